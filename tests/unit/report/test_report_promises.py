"""Promises, verdicts and the conclusion."""

import io
import math
from dataclasses import replace

import pytest
from reporting import by_hand, ran, ran_small, small, without

from twin.experiment.table import Row
from twin.measures.cells import cell
from twin.report.conclusion import allowed_per_month, conclusion, headline
from twin.report.promises import Promise, Verdict, promises, verdict_of
from twin.report.summary import render_summary, summary

WHOLE = {"function": "whole", "variant": "service_hours"}


@pytest.mark.parametrize(
    ("low", "high", "n", "verdict"),
    [
        (0.95, 0.97, 5, Verdict.KEPT),
        (0.90, 0.949, 5, Verdict.MISSED),
        (0.90, 0.96, 5, Verdict.OPEN),
        (1.0, 1.0, 30, Verdict.KEPT),
        (1.0, 1.0, 29, Verdict.OPEN),
        (0.5, 0.5, 30, Verdict.MISSED),
        (math.nan, math.nan, 1, Verdict.OPEN),
    ],
)
def test_verdict_goes_by_the_interval(low, high, n, verdict):
    assert verdict_of(Row("attainment", {}, "1", 0.95, low, high, 0.95, n, ""), 0.95) is verdict


def test_nothing_measured_is_its_own_verdict():
    nothing = Row("attainment", {}, "1", math.nan, math.nan, math.nan, 0.95, 9, "nothing happened to measure")
    assert verdict_of(nothing, 0.95) is Verdict.NOTHING


def test_every_promise_of_the_contract_is_judged():
    found = promises(ran_small()[0])
    assert [(p.priority, p.clock) for p in found] == [("", ""), ("P0", "respond"), ("P2", "resolve")]


def test_conclusion_states_periods_and_minutes_by_hand():
    result = by_hand([
        (cell("availability", "1", "mean", **WHOLE), [(0.9995, 1), (0.9997, 1)] * 20),
        (cell("availability_kept", "1", "ratio", period="month", **WHOLE), [(1, 2), (2, 2)] * 20),
    ])  # fmt: skip
    said = " ".join(conclusion(result, [])).replace("\N{NO-BREAK SPACE}", " ")
    assert "keeps its 99.9 % promise in 7.5 of 10 months" in said
    assert "17.3 min down per month" in said
    assert "the promise allows 43 min" in said
    assert headline(promises(result)) == "The promise is kept."


def test_service_hours_allow_less_downtime_per_month():
    data = small()
    data["calendars"] = {"half": {"hours": "00:00-12:00"}}
    data["contract"] |= {"service_calendar": "half"}
    result = by_hand([(cell("availability", "1", "mean", **WHOLE), [(1.0, 1)] * 2)], data)
    assert allowed_per_month(result, 0.99).startswith("3.6")


def test_conclusion_says_what_was_not_measured():
    result, loaded, _ = ran(without(small(), "deployment", "changes", "contract"), reps=2)
    said = " ".join(conclusion(result, loaded.ledger))
    assert "no deployment" in said
    assert "promises no times" in said
    assert "2 are measured" in said


def test_words_for_one_and_for_too_few_runs():
    result, loaded, _ = ran(small(), reps=2)
    one = [replace(row, tag="measured" if k == 0 else "assumed") for k, row in enumerate(loaded.ledger)]
    assert "1 is measured, 0 cited" in " ".join(conclusion(result, one))
    full = Row("attainment", {}, "1", 1.0, 1.0, 1.0, 0.95, 2, "the same in every replication")
    promise = Promise("P0 answered", 0.9, full, None, verdict_of(full, 0.9))
    assert promise.verdict.value == "too few runs to judge"
    assert headline([promise]) == "0 of 1 promise is kept, 1 with too few runs to judge."


def test_summary_has_availability_promises_causes_and_utilisation():
    words = [line.what for line in summary(ran_small()[0])]
    assert words[:3] == ["System available", "Down per month", "Chance that a month keeps the promise"]
    assert "Down by failures" in words
    assert "Time desk spends on tickets" in words


def test_summary_prints_a_table_and_takes_no_markup_from_names():
    from rich.console import Console

    result, _, _ = ran(small("[red]plant[/red]"), reps=2)
    console = Console(width=120, record=True, file=io.StringIO())
    render_summary(result, console)
    text = console.export_text()
    assert "[red]plant[/red]" in text
    assert "System available" in text
