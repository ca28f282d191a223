"""Requests that cost each other work: told from requests of one level that met more and fewer others."""

from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import numpy as np
import pytest
from synthetic import draws, limits

from twin.calibrate.requests.evidence import evidence
from twin.calibrate.requests.fit import calibrate_requests
from twin.calibrate.requests.hindrance import NONE, Hindrance, hindrance, met_at
from twin.calibrate.requests.levels import hindrance_by_levels, uses_of
from twin.calibrate.requests.parts import scenario_part, told
from twin.calibrate.requests.record import Level, Record, Series, sorted_record
from twin.spec.workload import Station

ALONE_S, GROUPS, GAP_S = 0.1, 40, 2.0
CROWDS = (1, 2, 1, 4)


def record(
    cost: float, crowds: list[tuple[int, ...]], drift: tuple[float, ...] = (), noise: float = 0.0, seed: int = 1,
    delay_s: float = 0.0,
) -> Record:  # fmt: skip
    """Levels of requests that start together, so many in turn, each with the same work by itself.

    drift  of the machine from level to level; noise  the part of a group's work that is chance; delay_s  that each one
    waits elsewhere, after the work.
    """
    rows: list[tuple[float, float, int]] = []
    spent: list[tuple[float, float]] = []
    levels, start = [], 0.0
    for k, level in enumerate(crowds):
        chance = 1.0 + noise * (2.0 * draws(100 * seed + k, "noise", GROUPS) - 1.0)
        for number, count in enumerate(islice(cycle(level), GROUPS)):
            work = ALONE_S * (1.0 + cost * (count - 1)) * (drift[k] if drift else 1.0) * float(chance[number])
            at = start + GAP_S * number
            rows += [(at, at + count * work + delay_s, user) for user in range(count)]
            spent += [(at, 0.0), (at + count * work, count * work)]
        levels.append(Level(str(k), start - 0.5, start + GAP_S * GROUPS - 0.5))
        start += GAP_S * GROUPS + 5.0
    columns: dict[str, Any] = {
        "verb": ["open"] * len(rows), "step": np.zeros(len(rows), np.int64), "name": ["open"] * len(rows),
        "chain": np.arange(len(rows)), "user": np.array([user for *_, user in rows]),
        "intended_s": np.array([row[0] for row in rows]), "start_s": np.array([row[0] for row in rows]),
        "end_s": np.array([row[1] for row in rows]), "is_good": np.ones(len(rows), bool),
    }  # fmt: skip
    made = sorted_record(columns, tuple(levels))
    at_s, cpu_s = np.array([*spent, (levels[-1].to_s, 0.0)]).T
    return made.with_usage({"workers": Series(at_s, np.cumsum(cpu_s))})


def cost_of(made: Record) -> Hindrance:
    """What its requests cost each other."""
    return hindrance(evidence(made, made.levels, limits()))


def test_crowds_within_a_level_show_what_requests_cost_each_other() -> None:
    found = cost_of(record(0.05, [CROWDS]))
    assert found.cost == pytest.approx(0.05, abs=1e-6)
    assert found.rates(4) == pytest.approx([1.0, 1 / 1.05, 1 / 1.1, 1 / 1.15], abs=1e-5)


def test_a_machine_that_drifts_from_level_to_level_does_not_matter() -> None:
    found = cost_of(record(0.05, [CROWDS, (1,), CROWDS, (4,)], (1.0, 0.7, 1.3, 1.1)))
    assert found.cost == pytest.approx(0.05, abs=1e-6)


def test_delay_elsewhere_does_not_hide_the_cost() -> None:
    found = cost_of(record(0.05, [CROWDS, CROWDS], delay_s=0.02))
    assert found.cost == pytest.approx(0.05, abs=0.01)


def test_chance_widens_the_interval_until_nothing_is_claimed() -> None:
    calm = [cost_of(record(0.05, [CROWDS] * 2, noise=0.1, seed=seed)) for seed in range(30)]
    assert 0.8 <= np.mean([one.low < 0.05 < one.high for one in calm]) <= 1.0
    assert cost_of(record(0.005, [CROWDS], noise=0.5)) == NONE


@pytest.mark.parametrize("crowds", [[(1,), (4,)], [(1,)]])
def test_requests_that_meet_alike_within_a_level_tell_nothing(crowds: list[tuple[int, ...]]) -> None:
    assert cost_of(record(0.05, crowds)) == NONE


def with_bursts(cost: float, drift: tuple[float, ...] = (), delay_s: float = 0.0) -> Record:
    """Two steady levels of pairs, and bursts of four beside each."""
    made = record(cost, [(1, 2), (4,), (1, 2), (4,)], drift, delay_s=delay_s)
    return replace(made, levels=tuple(replace(one, beat_s=GAP_S * (k % 2)) for k, one in enumerate(made.levels)))


def by_levels(made: Record) -> Hindrance | None:
    """The cost of company by what levels used as wholes."""
    return hindrance_by_levels(evidence(made, made.levels, limits()), np.array([ALONE_S]))


def test_what_bursts_use_more_than_steady_levels_is_the_cost_of_company() -> None:
    found = by_levels(with_bursts(0.05, delay_s=0.03))
    assert found is not None
    assert (found.cost, found.low, found.high) == pytest.approx((0.05, 0.05, 0.05), abs=1e-3)
    assert found.met == pytest.approx(2.1 / 3.1, abs=0.05), "at the steady levels"
    assert by_levels(with_bursts(-0.05)) == NONE
    assert by_levels(record(0.05, [(1, 2), (4,), (1, 2), (4,)])) is None, "no bursts"


def test_levels_that_scatter_widen_the_interval_of_the_cost() -> None:
    found = by_levels(with_bursts(0.05, drift=(0.99, 1.01, 1.01, 0.99)))
    assert found is not None
    assert found.low < 0.05 < found.high
    assert found.high - found.low > 0.01


def test_levels_that_were_dealt_the_same_are_compared_with_each_other_only() -> None:
    made = with_bursts(0.05, drift=(0.7, 0.7, 1.3, 1.3))
    dealt = replace(made, levels=tuple(replace(one, first=100 * (k // 2)) for k, one in enumerate(made.levels)))
    pooled, paired = by_levels(made), by_levels(dealt)
    assert pooled is not None
    assert paired is not None
    assert paired.cost == pytest.approx(0.05, abs=1e-3)
    assert paired.high - paired.low < 0.1 * (pooled.high - pooled.low)
    alone = replace(dealt, levels=tuple(replace(one, first=k) for k, one in enumerate(made.levels)))
    assert by_levels(alone) == pooled, "none of them dealt the same"


def test_levels_tell_which_share_of_the_expected_work_the_cores_did() -> None:
    made = with_bursts(0.05)
    found = uses_of(evidence(made, made.levels, limits()), np.array([ALONE_S / 2]), 0.05)
    assert found == pytest.approx(np.full(4, 2.0))


def test_a_calibration_goes_by_bursts_where_there_are_some() -> None:
    made = with_bursts(0.05, drift=(0.99, 1.01, 1.01, 0.99))
    found, expected = calibrate_requests([made], limits()).hindrance, by_levels(made)
    assert expected is not None
    assert (found.low, found.cost, found.high) == pytest.approx((expected.low, expected.cost, expected.high))
    assert found != cost_of(made)


def test_a_level_tells_how_many_others_its_requests_met() -> None:
    made = record(0.05, [(1,), (4,), (2, 4)])
    data = evidence(made, made.levels, limits())
    work_in_twos, work_in_fours = 2 * 1.05, 4 * 1.15
    mixed = (work_in_twos * 1 + work_in_fours * 3) / (work_in_twos + work_in_fours)
    assert [met_at(data, level) for level in made.levels] == pytest.approx([0.0, 3.0, mixed])


def test_rates_are_those_a_station_may_have() -> None:
    rates = Hindrance(0.5, 0.4, 0.6, 1.0).rates(200)
    assert Station(rates=rates).rates == rates
    assert min(rates) == 0.1


def test_a_calibration_gives_the_work_of_a_request_by_itself_and_the_rates() -> None:
    found = calibrate_requests([record(0.05, [CROWDS, CROWDS])], limits())
    assert found.per_transaction()["open"] == pytest.approx(ALONE_S, rel=0.01)
    assert scenario_part(found)["stations"]["core"]["rates"] == pytest.approx([1, 0.952, 0.909, 0.87], abs=0.005)
    assert any(line.startswith("each other request on the cores makes work 5.0%") for line in told(found))
