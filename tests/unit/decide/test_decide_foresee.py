"""A forecast with uncertain inputs: worlds differ by their inputs, stay within the ranges, and come back for a seed."""

from pathlib import Path

import pytest

from twin.decide.abort import abort_point
from twin.decide.evidence import Measured
from twin.decide.forecast import forecast
from twin.decide.foresee import drawn, evidence_of, foresee
from twin.spec.load import load
from twin.spec.problems import ScenarioError
from twin.spec.tags import Assumption

SCENARIO = Path(__file__).parents[3] / "scenarios" / "goals_of_the_first_month.yaml"


def test_inputs_are_drawn_within_their_ranges_and_can_be_read_back() -> None:
    ledger = [row for row in load(SCENARIO).ledger if row.range]
    first, again, other = drawn(ledger, 1, 0), drawn(ledger, 1, 0), drawn(ledger, 1, 1)
    assert first == again != other
    assert len(first) > 10
    assert load(SCENARIO, overrides=first).scenario != load(SCENARIO, overrides=other).scenario


def test_units_stay_and_whole_numbers_stay_whole() -> None:
    rows = [
        Assumption("a", "4000 h", "assumed", "", ("2000 h", "9000 h")),
        Assumption("b", "3", "assumed", "", ("2", "6")),
        Assumption("c", "0.1", "assumed", "", ("0", "0.2")),
    ]
    for world in range(20):
        found = drawn(rows, 1, world)
        assert 2000 <= float(found["a"].removesuffix(" h")) <= 9000
        assert int(found["b"]) in range(2, 7)
        assert 0 <= float(found["c"]) <= 0.2


def test_worlds_are_the_batches_of_simulated_evidence() -> None:
    short = {"clock.horizon": "25 weeks"}
    found = foresee(SCENARIO, 2, 2, 1, short, workers=1)
    measure = next(one for one in evidence_of(found, "x").measures if one.name == "hypercare_availability")
    assert isinstance(measure, Measured)
    assert measure.has_input_uncertainty
    assert measure.source == "simulated"
    assert measure.values is not None
    assert len(measure.values) == 2
    chance = found.chance({"hypercare_availability": 0.999})
    assert chance.low <= chance.estimate <= chance.high
    assert chance.n == 4
    assert 0.9 < found.mean("hypercare_availability").estimate <= 1.0


def test_options_meet_the_same_worlds_and_the_best_is_named() -> None:
    goals = {"hypercare_availability": 0.99, "hypercare_satisfaction": 0.9}
    plan = {
        "worlds": 3, "replications": 2, "fed": [{"path": "clock.horizon", "value": "25 weeks"}], "goals": goals,
        "options": {"same": {}, "never up": {"deployment.components.app.mtbf": "1 h"}},
        "abort": {"change": "upgrade", "back_by": "2 d"},
    }  # fmt: skip
    planned, told = forecast(SCENARIO, plan, workers=1)
    first, same, worse = told["options"]
    assert {**first, "name": ""} == {**same, "name": ""}
    assert worse["all"][0] < first["all"][0]
    assert told["best"] == "as planned"
    assert "same" in told["as_good"]
    assert planned.ahead_of(planned, goals).estimate == 0
    assert first["surge"][0] > 1.2
    assert told["abort"]["count"] == 100
    assert told["abort"]["low_s"] <= told["abort"]["takes_s"] <= told["abort"]["high_s"]


def test_the_abort_point_leaves_the_time_that_nearly_every_rollback_takes() -> None:
    fixed = {"clock.horizon": "25 weeks", "changes.upgrade.rollback": "3 h"}
    found = abort_point(SCENARIO, "upgrade", 172_800.0, reps=80, overrides=fixed)
    assert (found.low_s, found.takes_s, found.high_s) == (10_800, 10_800, 10_800)
    assert f"{found.back_at:%Y-%m-%d %H:%M}" == "2026-05-18 08:00"
    assert f"{found.decide_at:%Y-%m-%d %H:%M}" == "2026-05-18 05:00"
    with pytest.raises(ScenarioError, match="did you mean"):
        abort_point(SCENARIO, "upgrades", 1.0)
