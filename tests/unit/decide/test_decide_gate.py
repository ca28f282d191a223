"""The gate: go only on proof, no-go only beyond doubt, and otherwise what is missing and how long it takes."""

from datetime import timedelta
from typing import Any

import pytest
from gating import CARD, ERRORS, FAST, NOW, evidence, goals

from twin.decide.gate import Gate, Verdict, gate
from twin.decide.goals import Goals
from twin.tape.streams import below, name_key, replication_key, uniform

P95 = {"measure": "latency", "at_most": "2 s", "share": "95 %"}


def decided(*measures: dict[str, Any], by: Goals | None = None, **changes: Any) -> Gate:
    return gate(by or goals(), [evidence(*measures, **changes)], NOW)


def only(found: Gate, verdict: Verdict) -> Any:
    (check,) = found.failing(verdict)
    return check


def test_proof_of_everything_is_a_go() -> None:
    found = decided(ERRORS, FAST, by=goals(P95, {"measure": "errors", "at_most": "1 %"}))
    assert found.verdict is Verdict.GO
    assert {check.name for check in found.checks} == {
        "latency search", "errors", "load", "calibration", "credibility card",
    }  # fmt: skip


def test_an_error_share_that_is_too_high_beyond_doubt_is_a_no_go() -> None:
    found = decided({**ERRORS, "counts": [[30, 400]] * 5})
    assert found.verdict is Verdict.NO_GO
    assert "missed beyond doubt by 2,000 samples" in only(found, Verdict.NO_GO).reason


def test_too_few_samples_name_how_many_more_and_how_long() -> None:
    found = decided({**ERRORS, "counts": [[0, 20]] * 5, "per_h": 600})
    check = only(found, Verdict.NOT_ENOUGH)
    assert check.remedy == "about 199 more samples of errors: 20 min more at the pace of this test"


def test_an_estimate_beyond_the_target_asks_for_what_a_no_go_needs() -> None:
    two = goals({"measure": "errors", "at_most": "5 %"}, {"measure": "errors", "at_most": "90 %"})
    found = decided({**ERRORS, "counts": [[10, 100]], "per_h": None}, by=two)
    check = only(found, Verdict.NOT_ENOUGH)
    more = int(check.remedy.split()[1].replace(",", ""))
    assert more > 0
    n = 100 + more
    assert decided({**ERRORS, "counts": [[-(-n // 10), n]]}, by=two).verdict is Verdict.NO_GO


@pytest.mark.parametrize("measures", [[], [{**ERRORS, "counts": []}], [{**ERRORS, "counts": [[0, 0]]}]])
def test_zero_samples_never_pass(measures: list[dict[str, Any]]) -> None:
    found = decided(*measures)
    assert found.verdict is Verdict.NOT_ENOUGH
    assert "0 samples" in only(found, Verdict.NOT_ENOUGH).reason


def test_answers_that_never_came_are_slower_than_any_limit() -> None:
    lossy = {**FAST, "values": [[0.2] * 90 + [None] * 10] * 5}
    assert decided(lossy, by=goals(P95)).verdict is Verdict.NO_GO
    by_mean = decided(lossy, by=goals({"measure": "latency", "at_most": "2 s"}))
    assert "never came" in only(by_mean, Verdict.NOT_ENOUGH).remedy


def test_a_target_holds_for_each_measure_it_leaves_open() -> None:
    slow = {**FAST, "where": {"transaction": "report"}, "values": [[3.0] * 100] * 5}
    found = decided(FAST, slow, by=goals(P95))
    assert only(found, Verdict.NO_GO).name == "latency report"


def test_stale_unknown_and_drifted_calibrations_are_not_enough() -> None:
    fresh = {"made_at": NOW, "drift": [1.0, 0.98, 1.02], "minutes": 10}
    cases: list[tuple[Any, str]] = [
        (None, "nothing says how fast"),
        ({**fresh, "made_at": NOW - timedelta(days=9)}, "stale: 9 d, at most 7 d"),
        ({**fresh, "drift": None}, "was not measured"),
        ({**fresh, "drift": [1.2, 1.1, 1.3]}, "moved by +10 to +30 %"),
    ]
    for calibration, reason in cases:
        found = decided(ERRORS, calibration=calibration)
        assert found.verdict is Verdict.NOT_ENOUGH
        assert reason in only(found, Verdict.NOT_ENOUGH).reason
    assert decided(ERRORS, calibration=fresh).verdict is Verdict.GO


def test_load_may_lie_a_fifth_beyond_what_was_measured_unless_more_is_kept_away() -> None:
    assert decided(ERRORS, by=goals(load={"expected": 19})).verdict is Verdict.GO
    beyond = decided(ERRORS, by=goals(load={"expected": 20}))
    assert only(beyond, Verdict.NOT_ENOUGH).remedy == "a step of the load test with at least 17 users"
    limited = goals(load={"expected": 20, "limits": "the proxy admits 20 at once"})
    assert decided(ERRORS, by=limited).verdict is Verdict.GO
    assert decided(ERRORS, by=goals(load=None)).verdict is Verdict.NOT_ENOUGH


@pytest.mark.parametrize("part", CARD)
def test_an_incomplete_card_is_not_enough(part: str) -> None:
    found = decided(ERRORS, card={name: text for name, text in CARD.items() if name != part})
    assert part.replace("_", " ") in only(found, Verdict.NOT_ENOUGH).reason


def test_the_targets_file_completes_the_card() -> None:
    rest = {name: text for name, text in CARD.items() if name != "context_of_use"}
    by = goals(card={"context_of_use": "one site"})
    assert decided(ERRORS, by=by, card=rest).verdict is Verdict.GO


def test_simulated_evidence_needs_its_inputs_drawn_or_an_allowance() -> None:
    simulated = {"name": "availability", "source": "simulated", "bounds": [0.9995, 0.9993, 0.9997, 100]}
    target = {"measure": "availability", "at_least": "99.9 %"}
    assert "inputs drawn anew" in only(decided(simulated, by=goals(target)), Verdict.NOT_ENOUGH).remedy
    assert decided({**simulated, "has_input_uncertainty": True}, by=goals(target)).verdict is Verdict.GO
    assert decided(simulated, by=goals({**target, "allowance": "0.02 %"})).verdict is Verdict.GO
    assert decided(simulated, by=goals({**target, "allowance": "0.1 %"})).verdict is Verdict.NOT_ENOUGH


def test_a_missed_simulated_target_is_a_no_go() -> None:
    simulated = {"name": "availability", "source": "simulated", "bounds": [0.95, 0.94, 0.96, 100]}
    assert decided(simulated, by=goals({"measure": "availability", "at_least": "99.9 %"})).verdict is Verdict.NO_GO


def test_a_system_just_on_its_target_rarely_passes_and_rarely_fails() -> None:
    """At the target itself a go is an error in at most 5 % of all cases, and so is a no-go."""
    key = below(replication_key(1, 0), int(name_key("error rate of the gate")))
    verdicts = []
    for trial in range(120):
        mine = below(key, trial)
        counts = [[sum(float(uniform(mine, 100 * b + k)) < 0.1 for k in range(100)), 100] for b in range(5)]
        verdicts.append(decided({**ERRORS, "counts": counts}, by=goals({"measure": "errors", "at_most": 0.1})).verdict)
    most = 13  # P(Binomial(120, 0.05) > 13) < 0.01
    assert verdicts.count(Verdict.GO) <= most
    assert verdicts.count(Verdict.NO_GO) <= most
