"""Small unavailabilities from regenerative cycles: exact values, sane weights, gains over crude runs, refusals.

Run as a program it prints the table of docs/rare_events.md: python -m tests.theory.test_rare; with the word
coverage, how often the intervals cover.
"""

import sys
import time
from typing import Any

import numpy as np
import pytest

from twin.eventlog.schema import DOWN, UP
from twin.experiment.rare import RareResult, unavailability
from twin.simulate.run import Model
from twin.spec.load import load_data
from twin.spec.scenario import Scenario
from twin.theory.reliability import RepairCrew, common_cause_unavailability, standby_pair

NEXT_999 = 3.5  # Student's t for 99.9 %, 49 degrees of freedom


def exponential(mean: str) -> dict[str, str]:
    return {"mean": mean, "law": "exponential"}


def world(repair: Any, heads: int = 1, **parts: dict[str, Any]) -> Scenario:
    for part in parts.values():
        part.setdefault("repair", {"ticket": "breakdown", "priority": "P0"})
    return load_data({
        "name": "rare", "clock": {"start": "2026-01-05T00:00", "horizon": "100 years"},
        "deployment": {"components": parts},
        "demand": {"tickets": {"breakdown": {"queue": "repairs", "visits": {"repairs": {"work": repair}}}}},
        "support": {
            "priorities": ["P0"],
            "tiers": {"crew": {"serves": ["repairs"], "shifts": {"all": {"heads": heads}}}},
        },
    }).scenario  # fmt: skip


def standby_a() -> tuple[Scenario, float]:
    failover = {"delay": exponential("60 s"), "coverage": 0.95, "manual": exponential("45 min")}
    pair = {"units": 2, "mtbf": "4000 h", "redundancy": "standby", "failover": failover}
    return world(exponential("12 h"), db=pair), 1 - standby_pair(4000, 12, 0.95, 1 / 60, 0.75).availability


def k_of_n(units: int, needed: int, mtbf: float, repair: float, crews: int) -> tuple[Scenario, float]:
    part = {"units": units, "needed": needed, "mtbf": f"{mtbf} h"}
    exact = 1 - RepairCrew(units, mtbf, repair, crews).availability(needed)
    return world(exponential(f"{repair} h"), crews, app=part), exact


def common_cause_a() -> tuple[Scenario, float]:
    part = {"units": 2, "mtbf": "4000 h", "common_cause": 0.05}
    return world(exponential("12 h"), 2, vault=part), common_cause_unavailability(4000, 12, 0.05)


CASES = {
    "standby-a": standby_a(),
    "kofn-a": k_of_n(4, 3, 2000, 24, 1),
    "kofn-a, repair 1.8 h": k_of_n(4, 3, 2000, 1.8, 1),
    "ccf-a": common_cause_a(),
    "1 of 3": k_of_n(3, 1, 2000, 24, 1),
    "2 of 4, 2 crews": k_of_n(4, 2, 2000, 24, 2),
    "machine repairman, 5 of 6": k_of_n(6, 5, 50, 1, 2),
}


def standard_error(result: RareResult) -> float:
    return (result.row.high - result.row.low) / 2 / 2.0096


@pytest.mark.parametrize("name", CASES)
def test_the_exact_value_lies_inside_the_interval(name: str) -> None:
    scenario, exact = CASES[name]
    result = unavailability(scenario, cycles=20_000, seed=2, confidence=0.999)
    assert result.row.low <= exact <= result.row.high
    assert result.row.high - result.row.low < 0.2 * exact


def test_the_same_seed_gives_the_same_result() -> None:
    scenario, _ = CASES["standby-a"]
    assert unavailability(scenario, cycles=1000, seed=3) == unavailability(scenario, cycles=1000, seed=3)


def test_the_interval_covers_the_exact_value_as_often_as_it_says() -> None:
    scenario, exact = CASES["kofn-a, repair 1.8 h"]
    rows = [unavailability(scenario, cycles=10_000, seed=seed).row for seed in range(1000, 1040)]
    assert sum(row.low <= exact <= row.high for row in rows) >= 34  # 99.7 % of the time if each covers with 95 %


@pytest.mark.parametrize("name", ["standby-a", "kofn-a", "ccf-a"])
def test_weights_have_mean_one(name: str) -> None:
    results = [unavailability(CASES[name][0], cycles=5000, seed=seed) for seed in range(10)]
    means = np.array([result.mean_weight for result in results])
    assert abs(means.mean() - 1.0) < 4.0 * means.std(ddof=1) / np.sqrt(len(means))
    assert all(result.effective_outages > 1000 for result in results)


def test_any_bias_gives_the_same_answer() -> None:
    scenario, exact = CASES["kofn-a"]
    for bias in (0.0, 0.5, 0.95):
        result = unavailability(scenario, bias=bias, cycles=20_000, seed=4)
        assert abs(result.row.estimate - exact) < NEXT_999 * standard_error(result)


def test_a_law_with_a_heavy_tail_agrees_with_plain_replications() -> None:
    part = {"units": 2, "mtbf": "4000 h", "monitoring": {"coverage": 0.5, "reported_after": "1 h"}}
    alone = {"units": 1, "mtbf": "8000 h"}
    scenario = world({"mean": "8 h", "cv": 2}, 1, app=part, db=alone)
    for component in ("app", "db"):
        shares, _ = crude_runs(scenario, 40, 500, component)
        result = unavailability(scenario, component, seed=5)
        error = np.hypot(standard_error(result), shares.std(ddof=1) / np.sqrt(40))
        assert abs(result.row.estimate - shares.mean()) < NEXT_999 * error


def crude_runs(
    scenario: Scenario, reps: int, years: int, component: str = "", seed: int = 7
) -> tuple[np.ndarray[Any, Any], int]:  # fmt: skip
    """Share of time that a component (by default the first) is down in each replication, and rows of all logs."""
    clock = scenario.clock.model_copy(update={"horizon": years * 31_536_000.0})
    model = Model(scenario.model_copy(update={"clock": clock}))
    shares, rows = [], 0
    for number in range(reps):
        tape = model.tape(seed, number)
        log = model.run(tape, "fast")
        own = log.place == (log.names.components.index(component) if component else 0)
        sign = ((log.event == UP) & own).astype(np.int64) - ((log.event == DOWN) & own)
        shares.append(float(log.at @ sign - sign.sum() * tape.end_ticks) / tape.end_ticks)
        rows += len(log.at)
    return np.array(shares), rows


def gains(name: str, rounds: int, reps: int, years: int, cycles: int) -> tuple[float, float, Any]:
    """Mean estimate over exact value, and how many times more events and (per round) CPU seconds crude runs take than
    cycles at equal error; each round runs both, one after the other."""
    scenario, exact = CASES[name]
    crude_runs(scenario, 1, 10), unavailability(scenario, cycles=cycles)
    shares, results, seconds, rows = [], [], [], 0
    for number in range(rounds):
        start = time.process_time()
        some, written = crude_runs(scenario, reps, years, seed=7 + number)
        middle = time.process_time()
        results.append(unavailability(scenario, cycles=cycles, seed=1 + number))
        seconds.append((middle - start) / (time.process_time() - middle))
        shares.append(some)
        rows += written
    squares = np.mean([standard_error(result) ** 2 for result in results])
    ratio = float(np.concatenate(shares).var(ddof=1) / reps / squares)
    mean = float(np.mean([result.row.estimate for result in results]))
    return mean / exact, ratio * rows / sum(result.events for result in results), ratio * np.array(seconds)


@pytest.mark.parametrize("name", ["standby-a", "kofn-a, repair 1.8 h"])
def test_equal_error_takes_a_hundredth_of_the_events(name: str) -> None:
    _, events, _ = gains(name, 1, 60, 200, 20_000)
    assert events > 300


REFUSED = {
    "age": {"shape": 2.0},
    "maintenance": {"maintenance": {"every": "90 d", "takes": "2 h"}},
    "checked every": {"monitoring": {"every": "5 min"}},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_components_with_a_memory_are_refused(reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        unavailability(world("2 h", app={"units": 2, "mtbf": "100 h", **REFUSED[reason]}))


def test_tickets_and_staffing_with_a_memory_are_refused() -> None:
    from tests.worlds import small_desk

    with pytest.raises(ValueError, match=r"how_to tickets arrive by themselves.*heads of L1 change with the calendar"):
        unavailability(small_desk())
    good = world("2 h", app={"units": 2, "mtbf": "100 h"})
    tickets = good.demand.tickets["breakdown"]
    for what in ("follow_up", "patience"):
        law = tickets.visits["repairs"].work
        demand = good.demand.model_copy(update={"tickets": {"breakdown": tickets.model_copy(update={what: law})}})
        with pytest.raises(ValueError, match=f"breakdown tickets have {what}"):
            unavailability(good.model_copy(update={"demand": demand}))


def test_bad_requests_are_refused() -> None:
    scenario, _ = CASES["kofn-a"]
    with pytest.raises(ValueError, match='no function or component "mail"; give one of whole, app'):
        unavailability(scenario, "mail")
    with pytest.raises(ValueError, match="give at least 500 cycles"):
        unavailability(scenario, cycles=10)
    with pytest.raises(ValueError, match="outages in effect"):
        unavailability(CASES["2 of 4, 2 crews"][0], cycles=500, bias=0.0)
    with pytest.raises(ValueError, match="does not end"):
        unavailability(world("40 h", app={"units": 9, "needed": 1, "mtbf": "10 h"}), cycles=500)


def print_gains() -> None:
    print("| case | exact | estimate / exact | events | CPU | quartiles |\n|---|---|---|---|---|---|")
    for case in CASES:
        quotient, fewer_events, less_cpu = gains(case, 7, 20, 400, 20_000)
        low, middle, high = np.quantile(less_cpu, (0.25, 0.5, 0.75))
        print(
            f"| {case} | {CASES[case][1]:.3g} | {quotient:.4f} | {fewer_events:.3g} | {middle:.3g} "
            f"| {low:.3g} to {high:.3g} |",
            flush=True,
        )


def print_coverage(cycles: int = 10_000, seeds: int = 150) -> None:
    print("| case | intervals that cover | lie too low | mean estimate / exact |\n|---|---|---|---|")
    for case in ("standby-a", "kofn-a, repair 1.8 h", "1 of 3", "ccf-a"):
        scenario, exact = CASES[case]
        rows = [unavailability(scenario, cycles=cycles, seed=5000 + number).row for number in range(seeds)]
        low, middle, high = np.array([(row.low, row.estimate, row.high) for row in rows]).T / exact
        covers = np.mean((low <= 1.0) & (high >= 1.0))
        print(f"| {case} | {covers:.3f} | {np.mean(high < 1.0):.3f} | {middle.mean():.4f} |", flush=True)


if __name__ == "__main__":
    print_coverage() if "coverage" in sys.argv else print_gains()
