"""What single change keeps a promise, and which of several scenarios to choose."""

import json
import sys

import pytest
from staffing_worlds import one_queue

from twin.cli import main
from twin.decide.best import staffing_cost, verdicts
from twin.decide.compare import compare
from twin.decide.explain import explain
from twin.decide.staffing.space import Space
from twin.report.brief import change_words, choice_words, recommendation
from twin.spec.load import load_data

SHORT = {"clock.horizon": "4 d"}


def calls(heads, **overrides):
    scenario = one_queue(20, **SHORT, **{"support.tiers.desk.shifts.all.heads": heads}, **overrides)
    return scenario.model_copy(update={"name": f"{heads} heads"})


def test_one_head_more_is_what_a_desk_one_short_needs():
    found = explain(calls(3), reps=30, workers=1)
    assert found.is_missed
    assert found.promise.words == "P0 answered"
    assert found.cheapest is not None
    assert found.cheapest.move.words == "one head more: desk all"
    assert found.cheapest.move.cost == pytest.approx(8760)
    assert found.cheapest.low >= 0.8


def test_a_promise_out_of_reach_of_single_changes_and_a_kept_one_are_told_apart():
    assert explain(calls(2), reps=20, workers=1).cheapest is None
    assert not explain(calls(6), "P0 answered", reps=20, workers=1).is_missed
    with pytest.raises(ValueError, match='no promise "P7"'):
        explain(calls(6), "P7", workers=1)


def test_the_command_says_so(tmp_path, monkeypatch, capsys):
    file = tmp_path / "calls.json"
    file.write_text(calls(3).model_dump_json())
    words = ["explain", str(file), "--reps", "20", "--workers", "1", "--out", str(tmp_path / "out"), "--json"]
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit):
        main()
    about = json.loads(capsys.readouterr().out)
    assert about["is_missed"]
    assert about["remedies"][0]["is_enough"]
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_the_cheapest_of_those_that_may_be_best_is_recommended():
    found = verdicts(compare([calls(3), calls(8), calls(9)], reps=30, workers=1))
    assert len(found) == 1
    three, eight, nine = found[0].contenders
    assert not three.may_be_best
    assert nine.lead_high > 0
    assert nine.cost - eight.cost == pytest.approx(8760)
    words = recommendation(found)
    assert words.startswith("Choose “9 heads”") if not eight.may_be_best else words.startswith("Choose “8 heads”")
    assert "worth its cost if a point is worth at least" in change_words(found[0])


def test_a_clear_winner_is_said_so():
    found = verdicts(compare([calls(3), calls(6)], reps=20, workers=1))
    assert found[0].contenders[1].is_best
    assert choice_words(found[0]) == "“6 heads” is best with 95 % confidence.".replace(" %", "\N{NO-BREAK SPACE}%")
    assert recommendation(found) == "Choose “6 heads”: no other is as good by every criterion."


def test_what_two_runs_cannot_tell_apart_is_not_recommended_and_needs_more_runs_than_were_made():
    found = verdicts(compare([calls(5), calls(6)], reps=2, workers=1))
    assert all(one.may_be_best for one in found[0].contenders)
    words = recommendation(found)
    assert words.startswith("No recommendation: “5 heads” and “6 heads” can't be told apart by 2 runs")
    assert words.endswith("the staffing of “5 heads” costs least.")
    assert found[0].needed > 2
    assert f"{found[0].needed:,.0f} runs would tell" in change_words(found[0])


def test_machines_of_self_service_are_no_head_hours():
    data = json.loads(calls(4).model_dump_json())
    with_bot = load_data({**data, "self_service": {"chatbot": {"tickets": {"call": 0.3}, "talk": {"mean": "2 min"}}}})
    assert "chatbot" in with_bot.scenario.support.tiers
    assert staffing_cost(with_bot.scenario) == pytest.approx(staffing_cost(calls(4)))
    assert [lever.tier for lever in Space(with_bot.scenario).levers] == ["desk"]
