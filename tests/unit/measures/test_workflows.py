"""Cycle times: the longest of several waits, work across outages, serial against parallel approval."""

import math
from typing import Any

import numpy as np
import pytest
from measuring import DAY, HOUR, Measured, desk, log_of

from tests.worlds import small_desk
from twin.decide.compare import compare
from twin.eventlog.schema import DOWN, UP
from twin.measures.elapsed import cdf, mean_elapsed, mean_of_longest
from twin.spec.load import load_data
from twin.spec.problems import ScenarioError
from twin.spec.values import Law

DEPLOYED = {"components": {"app": {}}, "functions": {"bom": {"needs": ["app"]}}}


def law(mean_h: float, **shape: Any) -> Law:
    return Law.model_validate({"mean": f"{mean_h} h", **shape})


LAWS = [
    law(2), law(2, cv=1, law="exponential"), law(2, cv=1.5), law(2, cv=0.7, law="gamma"), law(2, cv=0.4, law="weibull"),
    law(2, cv=0.5, law="uniform"), law(2, cv=2, law="hyperexponential"),
]  # fmt: skip


@pytest.mark.parametrize("one", LAWS, ids=lambda one: one.name)
def test_each_law_has_its_mean_and_its_spread(one):
    grid = np.linspace(0, 400 * 3600, 400_001)
    above = 1.0 - np.array([cdf(one, t) for t in grid[:: 100]])
    step = grid[100] - grid[0]
    mean, square = (np.trapezoid(above * weight, dx=step) for weight in (1.0, 2.0 * grid[::100]))
    assert mean == pytest.approx(7200, rel=0.03)
    assert math.sqrt(max(square - mean**2, 0)) == pytest.approx(7200 * one.cv, rel=0.05, abs=300)
    assert mean_of_longest([one], [600.0]) == pytest.approx(7800, rel=1e-4)


def test_the_longest_of_exponential_waits_is_the_harmonic_sum():
    one = law(1, cv=1, law="exponential")
    assert mean_of_longest([one] * 4, [0.0] * 4) == pytest.approx(3600 * (1 + 1 / 2 + 1 / 3 + 1 / 4), rel=1e-6)
    other = law(3, cv=1, law="exponential")
    exact = 3600 * (1 + 3 - 1 / (1 / 1 + 1 / 3))
    assert mean_of_longest([one, other], [0.0, 0.0]) == pytest.approx(exact, rel=1e-6)
    assert mean_of_longest([law(1), law(2)], [7200.0, 1800.0]) == pytest.approx(3 * 3600)
    assert mean_of_longest([], []) == 0.0


def test_work_stands_still_in_an_outage_and_goes_on_after_it():
    cuts, up = np.array([0.0, 10, 14, 30]), np.array([1.0, 0.0, 1.0])
    # Starts in [0, 9.0] finish at once; in (9, 10) they wait the 4 of the outage; in [10, 14) what is left of it.
    starts = 29.0
    expected = 1 + (1 * 4 + 4 * 4 / 2) / starts
    assert mean_elapsed(cuts, up, 1.0) == pytest.approx(expected)
    assert mean_elapsed(cuts, np.ones(3), 5.0) == pytest.approx(5)
    assert mean_elapsed(cuts, np.full(3, 0.5), 5.0) == pytest.approx(10)
    assert math.isnan(mean_elapsed(cuts, up, 27.0))


def transaction(rows: list[tuple[int, ...]], **workflow: Any) -> Measured:
    scenario = desk(deployment=DEPLOYED, workflows={"change": workflow})
    return Measured(scenario, log_of(scenario, rows), "workflows")


EXP = {"mean": "8 h", "cv": 1, "law": "exponential"}
STEPS = {"draft": {"wait": {"mean": "2 h", "cv": 1}, "person": "3 h", "system": "1 h"}}
APPROVALS = {"design": {"wait": EXP}, "cost": {"wait": EXP, "person": "1 h"}, "quality": {"wait": EXP}}


def test_serial_adds_approvals_up_and_parallel_waits_for_the_last():
    plain = {name: {"wait": EXP} for name in APPROVALS}
    found = transaction([], steps=STEPS, approvals=plain, before="40 h", rate="100 per year")
    assert found.value("cycle_time", workflow="change") == pytest.approx(6 + 24)
    longest = 8 * (1 + 1 / 2 + 1 / 3)
    assert found.value("cycle_time", workflow="change", approvals="parallel") == pytest.approx(6 + longest, rel=1e-6)
    assert found.value("cycle_time_saved", workflow="change") == pytest.approx(1 - (6 + longest) / 30, rel=1e-6)
    assert found.value("cycle_time_change", workflow="change") == pytest.approx(30 / 40 - 1)
    assert found.value("workflow_hours", workflow="change") == pytest.approx(400)


@pytest.mark.parametrize("approval", ["serial", "parallel"])
def test_the_parts_add_up_to_the_whole(approval):
    rows = [(DAY, DOWN, 0, 0, 0), (2 * DAY, UP, 0, 0, 0)]
    found = transaction(rows, steps=STEPS, approvals=APPROVALS, approval=approval)
    parts = [found.value("cycle_part", workflow="change", part=part) for part in ("wait", "person", "system", "outage")]
    assert sum(parts) == pytest.approx(found.value("cycle_time", workflow="change"))
    assert parts[3] > 0


def test_an_outage_of_a_day_adds_what_the_integral_says():
    rows = [(DAY, DOWN, 0, 0, 0), (2 * DAY, UP, 0, 0, 0)]
    found = transaction(rows, steps={"draft": {"system": "1 h"}})
    added = (HOUR * DAY + DAY * DAY / 2) / (30 * DAY - HOUR) / HOUR
    assert found.value("cycle_part", workflow="change", part="outage") == pytest.approx(added)


def test_parallel_approval_and_a_sounder_base_shorten_the_cycle():
    flow = {"steps": STEPS, "approvals": APPROVALS}
    worlds = [
        small_desk(workflows={"change": flow}), small_desk(workflows={"change": flow | {"approval": "parallel"}}),
        small_desk(workflows={"change": flow}, **{"deployment.components.db.mtbf": "4000 h"}),
    ]  # fmt: skip
    for difference in compare(worlds, reps=12, workers=1, families=("workflows",)).differences:
        overall = next(row for row in difference.rows if row.name == "cycle_time" and len(row.where) == 1)
        assert overall.high < 0


def test_an_empty_transaction_and_an_unknown_function_are_refused():
    data = small_desk().model_dump(mode="json")
    with pytest.raises(ScenarioError, match="nothing happens in it"):
        load_data(data | {"workflows": {"change": {}}})
    with pytest.raises(ScenarioError, match='unknown function "bmo"'):
        load_data(data | {"workflows": {"change": {"function": "bmo", "steps": {"draft": {"person": "1 h"}}}}})
