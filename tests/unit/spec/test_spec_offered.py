"""Traffic equations against sums worked by hand."""

from pathlib import Path
from typing import Any

import pytest

from twin.spec.demand import TicketClass
from twin.spec.load import load, load_data
from twin.spec.offered import endless_queues, failures_per_s, mean_heads, offered_load, visit_counts
from twin.spec.scenario import Scenario


def ticket(**parts: Any) -> TicketClass:
    return TicketClass.model_validate({"queue": "a", **parts})


def scenario(**parts: Any) -> Scenario:
    return load_data({"name": "x", "clock": {"start": "2026-01-05", "horizon": "4 weeks"}, **parts}).scenario


def test_visits_in_a_line() -> None:
    line = ticket(
        visits={"a": {"work": "1 h", "next": {"b": 0.25}}, "b": {"work": "1 h", "next": {"c": 0.5}}, "c": {"work": 0}}
    )
    assert visit_counts(line) == pytest.approx({"a": 1, "b": 0.25, "c": 0.125})


def test_reopening_multiplies_visits() -> None:
    assert visit_counts(ticket(visits={"a": {"work": "1 h"}}, reopen={"probability": 0.2})) == pytest.approx(
        {"a": 1.25}
    )


def test_reassignment_back_and_forth() -> None:
    # a = 1 + 0.5 b, b = 0.4 a
    away = {"work": "1 h", "reassign": {"to": "b", "probability": 0.4}}
    back = {"work": "1 h", "reassign": {"to": "a", "probability": 0.5}}
    assert visit_counts(ticket(visits={"a": away, "b": back})) == pytest.approx({"a": 1.25, "b": 0.5})


def test_escalation_follows_only_what_is_not_reassigned() -> None:
    visits = {
        "a": {"work": "1 h", "reassign": {"to": "b", "probability": 0.5}, "next": {"c": 0.5}},
        "b": {"work": 0},
        "c": {"work": 0},
    }
    assert visit_counts(ticket(visits=visits)) == pytest.approx({"a": 1, "b": 0.5, "c": 0.25})


def test_loops_that_end_and_loops_that_do_not() -> None:
    visits = {
        "a": {"work": 0, "next": {"b": 1}},
        "b": {"work": 0, "next": {"a": 0.999}},
        "c": {"work": 0, "next": {"c": 1}},
    }
    assert endless_queues(ticket(visits=visits)) == ()
    forever = ticket(visits={**visits, "b": {"work": 0, "next": {"c": 0.1, "a": 0.5}}})
    assert endless_queues(forever) == ("c",)
    with pytest.raises(ValueError, match="for ever"):
        visit_counts(forever)


def test_offered_load_counts_triage_batches_balking_and_rework() -> None:
    visit = {"triage": "6 min", "work": "60 min", "reassign": {"to": "b", "probability": 0.5}}
    fault = {
        "queue": "a",
        "priority": "P1",
        "balk_ratio": 0.5,
        "visits": {"a": visit, "b": {"work": "30 min"}},
        "arrivals": {"rate": "2 / h", "batch": {1: 0.5, 3: 0.5}},
    }
    tiers = {"t": {"serves": ["a", "b"], "shifts": {"s": {"heads": 9}}}}
    found = offered_load(scenario(demand={"tickets": {"f": fault}}, support={"tiers": tiers}))
    assert found == pytest.approx({"a": 2 * (0.1 + 0.5), "b": 2 * 0.5 * 0.5})


def test_failures_open_tickets() -> None:
    app = load(Path(__file__).parent / "everything.yaml").scenario.deployment.components["app"]
    assert failures_per_s(app) * 3600 == pytest.approx(3 / 2000)


def test_mean_heads_follow_the_calendar() -> None:
    calendars = {"office": {"days": "mon-fri", "hours": "08:00-16:00"}}
    tiers = {
        "day": {"serves": ["a"], "shifts": {"s": {"calendar": "office", "heads": 3}, "n": {"heads": 1}}},
        "home": {"serves": ["a"], "on_call": {"heads": 2, "call_out": "1 h", "priorities": "P0"}},
    }
    found = mean_heads(scenario(calendars=calendars, support={"tiers": tiers}))
    assert found == pytest.approx({"day": 3 * 40 / 168 + 1, "home": 2})
