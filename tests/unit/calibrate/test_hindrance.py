"""Requests that cost each other work: told from CPU seconds of levels at which they met more and less often."""

from typing import Any

import numpy as np
import pytest
from synthetic import busy, limits

from twin.calibrate.requests.evidence import evidence
from twin.calibrate.requests.fit import calibrate_requests
from twin.calibrate.requests.hindrance import NONE, Hindrance, hindrance
from twin.calibrate.requests.parts import scenario_part, told
from twin.calibrate.requests.record import Level, Record, sorted_record
from twin.spec.workload import Station

ALONE_S, GROUPS, GAP_S = 0.1, 40, 2.0


def record(cost: float, at_once: list[int], drift: tuple[float, ...] = ()) -> Record:
    """A level for each number of requests that start at once, again and again, each with the same work by itself."""
    rows: list[tuple[float, float, int]] = []
    levels, start = [], 0.0
    for k, count in enumerate(at_once):
        work = ALONE_S * (1.0 + cost * (count - 1)) * (drift[k] if drift else 1.0)
        starts = start + GAP_S * np.arange(GROUPS)
        rows += [(at, at + count * work, user) for at in starts.tolist() for user in range(count)]
        levels.append(Level(str(k), start - 0.5, start + GAP_S * GROUPS - 0.5, GAP_S if count > 1 else 0.0))
        start += GAP_S * GROUPS + 5.0
    columns: dict[str, Any] = {
        "verb": ["open"] * len(rows), "step": np.zeros(len(rows), np.int64), "name": ["open"] * len(rows),
        "chain": np.arange(len(rows)), "user": np.array([user for *_, user in rows]),
        "intended_s": np.array([row[0] for row in rows]), "start_s": np.array([row[0] for row in rows]),
        "end_s": np.array([row[1] for row in rows]), "is_good": np.ones(len(rows), bool),
    }  # fmt: skip
    made = sorted_record(columns, tuple(levels))
    return made.with_usage({"workers": busy(made)})


def test_bursts_show_what_requests_cost_each_other() -> None:
    made = record(0.05, [1, 1, 2, 4])
    found = hindrance(evidence(made, made.levels, limits()))
    assert found.cost == pytest.approx(0.05, abs=0.002)
    assert found.rates(4) == pytest.approx([1.0, 1 / 1.05, 1 / 1.1, 1 / 1.15], abs=0.005)


def test_rates_are_those_a_station_may_have() -> None:
    rates = Hindrance(0.5, 0.4, 0.6, 1.0).rates(200)
    assert Station(rates=rates).rates == rates
    assert min(rates) == 0.1


def test_drift_widens_the_interval_until_nothing_is_claimed() -> None:
    calm, shaky = (record(0.05, [1, 4, 1, 4, 1, 4], (1, 1, 1 + d, 1 + d, 1 - d, 1 - d)) for d in (0.01, 0.15))
    steady = hindrance(evidence(calm, calm.levels, limits()))
    assert steady.low < 0.05 < steady.high
    assert hindrance(evidence(shaky, shaky.levels, limits())) == NONE


@pytest.mark.parametrize("at_once", [[1, 1, 1, 1], [1, 4]])
def test_levels_that_are_alike_or_few_tell_nothing(at_once: list[int]) -> None:
    made = record(0.05, at_once)
    assert hindrance(evidence(made, made.levels, limits())) == NONE


def test_a_calibration_gives_the_work_of_a_request_by_itself_and_the_rates() -> None:
    found = calibrate_requests([record(0.05, [1, 1, 2, 4])], limits())
    assert found.per_transaction()["open"] == pytest.approx(ALONE_S, rel=0.01)
    assert scenario_part(found)["stations"]["core"]["rates"] == pytest.approx([1, 0.952, 0.909, 0.87], abs=0.005)
    assert any(line.startswith("each other request on the cores makes work 5.0%") for line in told(found))
