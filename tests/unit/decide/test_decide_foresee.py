"""A forecast with uncertain inputs: worlds differ by their inputs, stay within the ranges, and come back for a seed."""

from pathlib import Path

from twin.decide.evidence import Measured
from twin.decide.foresee import drawn, evidence_of, foresee
from twin.spec.load import load
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
    assert 0.0 <= found.probability("hypercare_availability", 0.999) <= 1.0
    assert 0.9 < found.mean("hypercare_availability") <= 1.0
