"""The frontier: payments, efficient plans, the best plan within a budget, and the command."""

import io
import json
import sys
from dataclasses import replace

import pytest

from tests.worlds import small_desk
from twin.cli import main
from twin.decide.frontier import frontier
from twin.report.frontier import frontier_figure, frontier_title, render_frontier
from twin.spec.scenario import Scenario

MONEY = {
    "currency": "EUR", "wages": {"L1": {"per_hour": 40}, "L2": {"per_hour": 60}}, "downtime": {"whole": 100},
    "budget": {"per_year": 1_900_000, "service_ratios": [0.1, 0.25, 0.3, 0.35]},
}  # fmt: skip
HOURS = 80 * 36.5  # eight week days of ten hours in ten days, in a year


def plan(first: int, second: int, **money: object) -> Scenario:
    """A desk with that many heads in its two lines; nobody is paid for being on call."""
    scenario = small_desk(money={**MONEY, **money}, **{
        "support.tiers.L1.shifts.day.heads": first, "support.tiers.L2.shifts.day.heads": second,
        "support.tiers.L2.on_call": None, "support.tiers.L1.at_shift_end": "pause",
        "support.tiers.L2.at_shift_end": "pause",
    })  # fmt: skip
    return scenario.model_copy(update={"name": f"{first} and {second}"})


def test_payments_are_wages_without_the_loss_from_downtime():
    found = frontier([plan(2, 2), plan(3, 2), plan(2, 4)], reps=6, workers=1)
    paid = {one.name: one.payments.estimate for one in found.plans}
    wages = {f"{a} and {b}": (a * 40 + b * 60) * HOURS for a, b in ((2, 2), (3, 2), (2, 4))}
    assert paid == pytest.approx(wages, rel=1e-6)
    assert [one.name for one in found.plans] == ["2 and 2", "3 and 2", "2 and 4"]


def test_more_money_never_buys_less_and_what_is_too_dear_is_not_bought():
    found = frontier([plan(2, 2), plan(3, 2), plan(2, 4)], reps=6, workers=1)
    names = [one.plan.name if one.plan else None for one in found.attainable]
    assert names[0] is None  # the cheapest costs 584,000, the smallest budget is 190,000
    assert names[-1] is not None
    levels = [one.plan.level.estimate for one in found.attainable if one.plan]
    assert levels == sorted(levels)
    for one in found.attainable:
        affordable = [p for p in found.plans if p.payments.estimate <= one.budget]
        assert one.plan is None or one.plan.level.estimate == max(p.level.estimate for p in affordable)
    cheapest, dearest = found.plans[0], found.plans[-1]
    assert cheapest.is_efficient
    assert dearest.is_efficient == all(dearest.level.estimate > p.level.estimate for p in found.plans[:-1])


def test_the_figure_shows_each_plan_and_its_title_what_money_buys():
    found = frontier([plan(2, 2), plan(2, 4)], reps=4, workers=1)
    texts = [text.get_text() for axes in frontier_figure(found).axes for text in axes.texts]
    assert {"2 and 2", "2 and 4"} <= set(texts)
    assert "points" in frontier_title(found) or "no better plan" in frontier_title(found)
    nothing = replace(found, attainable=tuple(replace(one, plan=None) for one in found.attainable))
    assert frontier_title(nothing) == "No plan is surely within any of the budgets"


def test_a_plan_whose_interval_alone_exceeds_the_budget_is_said_not_surely_within():
    from rich.console import Console

    found = frontier([plan(2, 2)], reps=2, workers=1)
    cheap = replace(found.plans[0], payments=replace(found.plans[0].payments, estimate=900.0, high=1100.0))
    pairs = zip(found.attainable, (800.0, 1000.0), strict=False)
    budgets = tuple(replace(one, budget=budget, plan=None) for one, budget in pairs)
    screen = Console(file=io.StringIO(), width=200)
    render_frontier(replace(found, plans=(cheap,), attainable=budgets), screen)
    text = screen.file.getvalue()
    assert "No plan is within 800 EUR (10 %)." in text
    assert "surely within 1,000 EUR (25 %): “2 and 2” is by its estimate, but may cost up to 1,100." in text


@pytest.mark.parametrize(("scenarios", "reason"), [
    ([small_desk()], '"small desk" has no section "money"'),
    ([plan(2, 2, budget=None)], "names no budget"),
])  # fmt: skip
def test_plans_without_money_are_refused(scenarios, reason):
    with pytest.raises(ValueError, match=reason):
        frontier(scenarios, reps=2, workers=1)


def test_the_command_prints_one_object(monkeypatch, capsys, tmp_path):
    file = tmp_path / "plan.json.yaml"
    file.write_text(json.dumps(plan(2, 2).model_dump(mode="json")))
    words = ["frontier", str(file), "--reps", "2", "--workers", "1", "--out", str(tmp_path / "out"), "--json"]
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    about = json.loads(capsys.readouterr().out)
    assert stop.value.code in (0, None)
    assert [one["plan"] for one in about["plans"]] == ["2 and 2"]
    assert (tmp_path / "out" / "frontier.png").is_file()
