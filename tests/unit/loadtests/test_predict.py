"""Predictions from known demands, and how they are held against measurements."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from loadtests.crew import Dealer, mix_of
from loadtests.journal import Journal
from loadtests.plan import Plan
from loadtests.predict.compare import Point, errors, points, read_repeat, verdict
from loadtests.predict.light import anchored, change_of, spread_of
from loadtests.predict.model import (
    Prediction,
    by_mva,
    by_usl,
    dealt_to,
    demand_s,
    drawn,
    knee_of,
    scaled,
)
from loadtests.predict.page import write_page
from loadtests.predict.windows import PACES, at_pace, by_pace, simulated, without_chance
from loadtests.summary import Summary
from loadtests.targets.base import target_of
from twin.calibrate.requests.fit import Calibration, Step
from twin.calibrate.requests.hindrance import NONE, Hindrance
from twin.calibrate.requests.limits import Limits
from twin.tape.streams import below, uniform
from twin.theory.networks import mva

STEPS = (
    Step("search", 0, "find", 1.0, 0.02, 0.018, 0.022, 1.0, 0.0, 500),
    Step("open_item", 0, "read", 1.0, 0.05, 0.045, 0.055, 1.0, 0.0, 500),
    Step("open_item", 1, "files", 1.0, 0.03, 0.027, 0.033, 1.0, 0.0, 500),
)
LIMITS = Limits.model_validate({"users": "closed", "workers": 50, "stations": {"core": {"groups": ["workers"]}}})
FOUND = Calibration("response", STEPS, {"core": 1.0}, (), "4", 0.002, LIMITS)
PLAN = Plan.model_validate({
    "target": {"kind": "tryton"}, "think": {"mean": "1 s", "law": "exponential"},
    "personas": {"a": {"share": 3, "does": {"search": 1}}, "b": {"share": 1, "does": {"search": 1, "open_item": 1}}},
    "load": {"shape": "steps", "amounts": [1], "hold": "1 s"},
})  # fmt: skip


def test_the_mix_is_the_one_that_is_dealt() -> None:
    assert mix_of(PLAN) == pytest.approx({"search": 0.875, "open_item": 0.125})
    work, delay = demand_s(FOUND, mix_of(PLAN))
    assert (work, delay) == pytest.approx((0.875 * 0.02 + 0.125 * 0.08, 0.0))
    assert knee_of(FOUND, PLAN) == pytest.approx((1 + work) / work)


def test_rows_of_cards_are_those_that_a_load_test_deals() -> None:
    dealer = Dealer(PLAN, target_of(PLAN.target.address))
    dealt = [dealer.deal().verb for _ in range(195)]
    row = dealt_to(PLAN, 130)
    assert list(row.verbs) == dealt
    assert list(row.think_s) == [dealer.think_s(k) for k in range(195)]
    assert row.mix(30, 130)["search"] == dealt[30:130].count("search") / 100
    assert dealt_to(PLAN, 40_000).mix(0, 40_000) == pytest.approx(mix_of(PLAN))


def test_requests_that_cost_each_other_lower_the_knee_and_widen_the_interval() -> None:
    company = Hindrance(0.02, 0.01, 0.03, 1.0)
    found = replace(FOUND, hindrance=company)
    alone, _ = demand_s(FOUND, mix_of(PLAN))
    assert demand_s(found, mix_of(PLAN))[0] == pytest.approx(1.02 * alone)
    assert demand_s(found, mix_of(PLAN), 49.0)[0] == pytest.approx(1.98 * alone)
    assert knee_of(found, PLAN) < knee_of(FOUND, PLAN)
    costs = [drawn(found, 0.0, 1, k).hindrance.cost for k in range(300)]
    assert sum(costs) / 300 == pytest.approx(0.02, rel=0.05)
    assert 0.07 < sum(not 0.01 < cost < 0.03 for cost in costs) / 300 < 0.14
    assert {drawn(FOUND, 0.0, 1, k).hindrance for k in range(5)} == {NONE}


def test_the_simulator_meets_exact_theory_where_it_holds() -> None:
    """Exponential work, one shared core, no limit in reach: mean value analysis is exact whatever the classes."""
    sure = replace(FOUND, steps=tuple(replace(step, low_s=step.mean_s, high_s=step.mean_s) for step in STEPS))
    rows = {(p.measure, p.verb): p for p in simulated(sure, PLAN, 30, 20.0, 400.0, 0.0, reps=12)}
    exact = mva([demand_s(sure, mix_of(PLAN))[0], 0.0], 30, 1.0, [1, 0])
    assert rows["per_s", ""].estimate == pytest.approx(exact.throughput, rel=0.02)
    assert rows["mean_s", ""].estimate == pytest.approx(exact.response, rel=0.08)
    assert rows["mean_s", "open_item"].estimate > 2 * rows["mean_s", "search"].estimate
    by_theory = {p.measure: p.estimate for p in by_mva(sure, PLAN, [30])}
    assert by_theory == pytest.approx({"per_s": exact.throughput, "mean_s": exact.response})


def test_what_chance_did_is_taken_out() -> None:
    chance = np.array([uniform(below(np.uint64(1), k), 0) - 0.5 for k in range(60)])
    values = np.column_stack([3.0 * np.exp(1.5 * chance), np.full(60, np.nan)])
    values[:45, 1] = 1.0
    found = without_chance(values, chance)
    assert found[:, 0] == pytest.approx(np.full(60, 3.0))
    assert found[:45, 1] == pytest.approx(np.ones(45))
    assert np.isnan(found[45:, 1]).all()
    assert (without_chance(values[:19, :1], chance[:19]) == values[:19, :1]).all(), "too few to say"


def response(**given: Any) -> Prediction:
    """The mean response of thirty users within a minute."""
    rows = simulated(FOUND, PLAN, 30, 5.0, 60.0, 0.0, reps=40, **given)
    (mean,) = [p for p in rows if (p.measure, p.verb) == ("mean_s", "")]
    return mean


def width(one: Prediction) -> float:
    """How far apart the ends of an interval are."""
    assert one.low is not None
    assert one.high is not None
    return one.high - one.low


def test_windows_whose_cards_are_known_are_predicted_closer() -> None:
    cards = dealt_to(PLAN, 1900)
    hurried = replace(cards, think_s=tuple(0.9 * s for s in cards.think_s))
    known = response(dealt=cards)
    assert width(known) < 0.8 * width(response())
    assert response(dealt=hurried).estimate > 1.1 * known.estimate
    unseen = replace(cards, verbs=tuple("report" if k % 2 else verb for k, verb in enumerate(cards.verbs)))
    assert response(dealt=unseen).estimate > 0.0, "what calibration never saw is left out"


def test_windows_that_used_more_of_the_core_waited_longer() -> None:
    used = demand_s(FOUND, mix_of(PLAN))[0]
    usual = response(used_s=used)
    assert response(used_s=1.05 * used).estimate > 1.1 * usual.estimate
    assert width(usual) < width(response())


def test_the_spread_of_a_few_levels_reaches_further_and_less_far_over_a_longer_window() -> None:
    few = np.array([0.98, 1.02, 1.0, 1.0])
    one = np.std(few, ddof=1) * 2.3534 / 1.645
    assert spread_of(few, 60.0, 60.0) == pytest.approx(one * np.sqrt(1.0 + 1 / 4), rel=1e-3)
    assert spread_of(few, 60.0, 240.0) == pytest.approx(one * np.sqrt(1 / 4 + 1 / 4), rel=1e-3)
    assert spread_of(np.tile(few, 100), 60.0, 60.0) == pytest.approx(np.std(few), rel=0.01)
    assert spread_of(2.0 * few, 60.0, 90.0) == pytest.approx(spread_of(few, 60.0, 90.0))


def test_the_change_between_levels_is_what_a_minute_may_bring() -> None:
    assert change_of(np.array([0.9, 1.1, 0.9, 1.1])) == pytest.approx(0.15 * 2.3534 / 1.645, rel=1e-3)
    assert change_of(np.full(4, 3.0)) == 0.0


def test_the_core_s_seconds_are_those_that_it_was_seen_to_use() -> None:
    less, more = anchored(FOUND, 0.9), anchored(FOUND, 1.1)
    assert [step.mean_s for step in less.steps] == pytest.approx([0.9 * step.mean_s for step in STEPS])
    assert [step.delay_s for step in less.steps] == pytest.approx([0.1 * step.mean_s for step in STEPS])
    assert demand_s(more, mix_of(PLAN)) == pytest.approx((1.1 * demand_s(FOUND, mix_of(PLAN))[0], 0.0))


def test_uncertain_demands_widen_the_interval() -> None:
    wide = replace(FOUND, steps=tuple(replace(s, low_s=0.6 * s.mean_s, high_s=1.4 * s.mean_s) for s in STEPS))
    spans = []
    for found in (FOUND, wide):
        (mean,) = [
            p for p in simulated(found, PLAN, 30, 5.0, 60.0, 0.0, reps=20) if (p.measure, p.verb) == ("mean_s", "")
        ]
        assert mean.low is not None
        assert mean.high is not None
        spans.append(mean.high - mean.low)
    assert spans[1] > 1.3 * spans[0]
    means = [drawn(FOUND, 0.0, 1, k).steps[0].mean_s for k in range(300)]
    assert sum(means) / 300 == pytest.approx(0.02, rel=0.02)
    assert 0.07 < sum(m < 0.018 or m > 0.022 for m in means) / 300 < 0.14


def test_a_slower_machine_is_predicted_to_answer_later() -> None:
    rows = by_pace(FOUND, PLAN, 20, 2.0, 20.0, 0.0, 4, 0, dealt_to(PLAN, 400))
    for method in ("simulator", "mva"):
        means = [row.estimate for row in rows if (row.method, row.measure, row.verb) == (method, "mean_s", "")]
        assert len(means) == len(PACES)
        assert means[-1] > 1.4 * means[0]
    slower = scaled(FOUND, 1.4)
    assert [row.estimate for row in rows if row.method == "mva" and row.pace == 1.4] == [
        row.estimate for row in by_mva(slower, PLAN, [20])
    ]
    assert demand_s(slower, mix_of(PLAN))[0] == pytest.approx(1.4 * demand_s(FOUND, mix_of(PLAN))[0])


def test_the_pace_of_the_machine_picks_between_predictions() -> None:
    mine, mva = partial(Prediction, "simulator", 20, "mean_s", ""), partial(Prediction, "mva", 20, "mean_s", "")
    rows = [
        mine(9.0, 8.0, 10.0), mine(0.5, 0.4, 0.6, pace=1.0), mine(0.7, 0.5, 0.9, pace=1.1),
        mva(0.4, pace=1.0), mva(0.8, pace=1.1), Prediction("mva", 30, "mean_s", "", 9.0, pace=1.0),
    ]  # fmt: skip
    simulator, theirs = at_pace(rows, 20, 1.05)
    assert (simulator.method, simulator.pace) == ("simulator at pace", None)
    assert (simulator.estimate, simulator.low, simulator.high) == pytest.approx((0.6, 0.45, 0.75))
    assert (theirs.method, theirs.low, theirs.high) == ("mva at pace", None, None)
    assert theirs.estimate == pytest.approx(0.6)
    assert at_pace(rows, 20, 1.2) == []


def test_the_scalability_law_answers_from_light_levels() -> None:
    rows = by_usl([(2, 1.9), (4, 3.7), (8, 7.0)], PLAN, [20])
    assert [row.measure for row in rows] == ["per_s", "mean_s"]
    assert rows[1].estimate == pytest.approx(20 / rows[0].estimate - 1)


def test_points_errors_and_verdict(tmp_path: Path) -> None:
    measured = [
        Summary("20", "", 20.0, 2000, 10.0, 0.50, 0.4, 1.0, 2.0, 0.0, 0.0, 0),
        Summary("20", "search", 20.0, 500, 2.5, 0.2, 0.1, 0.3, None, 0.0, 0.0, 0),
        Summary("20", "report", 20.0, 29, 0.1, 0.9, 0.8, 1.0, None, 0.0, 0.0, 0),
    ]
    mine = partial(Prediction, "simulator")
    rows = [
        mine(20, "per_s", "", 10.2, 9.9, 10.5), mine(20, "mean_s", "", 0.55, 0.51, 0.6),
        mine(20, "mean_s", "search", 0.21, 0.18, 0.25), mine(20, "p99_s", "", 2.5, 1.9, 3.0),
        mine(20, "mean_s", "report", 9.0, 8.0, 10.0), mine(30, "per_s", "", 9.0, 8.0, 10.0),
        Prediction("mva", 20, "mean_s", "", 0.6), Prediction("usl", 20, "mean_s", "", 0.51),
        Prediction("simulator at pace", 20, "mean_s", "", 0.52, 0.51, 0.6),
    ]  # fmt: skip
    found = points(1, rows, measured)
    assert [(p.users, p.verb) for p in found if p.method == "simulator"] == [
        (20, ""),
        (20, ""),
        (20, "search"),
        (20, ""),
    ]
    assert errors(found, "simulator", "mean_s") == pytest.approx([0.1])
    lines = {line.claim: (line.value, line.is_met) for line in verdict(found, knee_users=25.0, light_ratio=0.41)}
    assert lines["calibration: users, of those at the knee"] == (0.41, False)
    assert lines["simulator: error of throughput"] == (pytest.approx(0.02), True)
    assert lines["simulator: error of p99"] == (pytest.approx(0.25), False)
    assert lines["simulator: error of mean response by transaction"] == (pytest.approx(0.05), True)
    assert lines["simulator: points in 90 % intervals"] == (0.75, False)
    assert lines["simulator: nearer than MVA above 70 % of the knee"] == (1.0, True)
    assert lines["simulator: nearer than USL above 70 % of the knee"] == (0.0, False)
    assert lines["own demand: error of throughput"] == (None, None)
    assert lines["simulator at pace: error of mean response"] == (pytest.approx(0.04), True)
    assert lines["simulator at pace: points in 90 % intervals"] == (0.0, False)
    assert lines["simulator at pace: nearer than MVA at pace above 70 % of the knee"] == (None, None)
    assert lines["simulator at pace: nearer than USL above 70 % of the knee"] == (0.0, False)
    assert {line.is_met for line in verdict(points(1, rows, measured), 40.0, 0.4) if "nearer" in line.claim} == {None}
    facts = {
        "knee_users": 25.0, "light_ratio": 0.4, "server": "tryton", "pace_by": "a second server",
        "levels": [
            {"users": 20, "written_at": 2.0, "began_at": 3.0, "seed": 7, "pace_before": 1.07, "pace": 1.042},
            {"users": 30, "written_at": 4.0, "began_at": 5.0, "seed": 8, "pace_before": 1.0, "pace": None},
        ],
    }  # fmt: skip
    page = write_page(tmp_path / "page.html", found, verdict(found, 25.0, 0.4), 25.0, [facts]).read_text()
    assert page.count("<tr>") > 12
    assert "calibrated at up to 40 % of its knee" in page
    assert "+10.0 %" in page
    assert "<td>1.070</td><td>1.042</td>" in page
    assert page.count("not watched") == 1
    assert "A server of kind tryton" in page
    assert "a second server told which one" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_measurement_before_its_prediction_is_refused(tmp_path: Path) -> None:
    record = tmp_path / "measured-1"
    record.mkdir()
    journal = Journal(record)
    journal.end_transaction(journal.begin_transaction(1, "a", "search", 5_000_000, 5_000_000), 5_100_000, "ok")
    journal.close()
    told = {"written_at": 1.0, "knee_users": 20.0, "light_ratio": 0.3, "predictions": []}
    told |= {"workers": 4, "speed_s": None, "witness": None, "felt": 1.0}
    (tmp_path / "predictions.json").write_text(json.dumps(told))
    (tmp_path / "predictions-1.json").write_text(json.dumps({"written_at": 4.0, "pace": 1.1, "predictions": []}))
    (tmp_path / "own_demand.json").write_text(json.dumps({"predictions": []}))
    for file in (tmp_path / "calibration.yaml", record / "plan.yaml"):
        file.write_text(yaml.safe_dump(PLAN.model_dump(mode="json", exclude_none=True)))
    levels = record / "levels.json"
    levels.write_text(json.dumps({"started_at": 5_000_000, "levels": [["1", 0.0, 1.0, 1.0, 0.0]]}))
    _, rows, facts = read_repeat(tmp_path)
    assert rows[0].count == 1
    assert facts["server"] == "tryton"
    assert facts["levels"] == [
        {"users": 1, "written_at": 4.0, "began_at": 5.0, "seed": 1, "pace_before": 1.1, "pace": None}
    ]
    levels.write_text(json.dumps({"started_at": 3_000_000, "levels": [["1", 0.0, 1.0, 1.0, 0.0]]}))
    with pytest.raises(ValueError, match="began before its predictions were written"):
        read_repeat(tmp_path)


def test_a_point_knows_whether_it_was_covered() -> None:
    point = Point(1, "mva", 20, "per_s", "", 9.0, None, None, 10.0)
    assert point.error == pytest.approx(-0.1)
    assert point.is_covered is None
