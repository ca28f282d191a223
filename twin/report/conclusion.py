"""The conclusion: what a change board must know, in a few plain sentences."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.report.labels import CAUSES
from twin.report.promises import Promise, Verdict, promises
from twin.report.words import (
    MONTH_MIN,
    complement,
    counted,
    estimate,
    in_brackets,
    interval,
    length,
    out_of_ten,
    percent,
    sentence_list,
)
from twin.spec.tags import Assumption

ROUNDING: Final = 1e-12
_MOST_NAMED: Final = 3


def headline(found: list[Promise]) -> str:
    """How many promises are kept, missed and undecided, in one sentence."""
    counts = {verdict: sum(promise.verdict is verdict for promise in found) for verdict in Verdict}
    judged = len(found) - counts[Verdict.NOTHING]
    if not judged:
        return "There was no promise to judge."
    if counts[Verdict.KEPT] == judged:
        return "The promise is kept." if judged == 1 else f"All {judged} promises are kept."
    verb = "is" if 1 in (counts[Verdict.KEPT], judged) else "are"
    kept = f"{counts[Verdict.KEPT]} of {counted(judged, 'promise')} {verb} kept"
    tails = []
    if counts[Verdict.MISSED]:
        tails.append(f"{counts[Verdict.MISSED]} missed")
    if counts[Verdict.OPEN]:
        tails.append(f"{counts[Verdict.OPEN]} with too few runs to judge")
    return f"{', '.join([kept, *tails])}."


def conclusion(result: Result, ledger: list[Assumption]) -> list[str]:
    """Sentences: availability, what it means in minutes, late tickets, main causes, how much is assumed."""
    found = promises(result)
    system = [promise for promise in found if not promise.priority]
    tickets = [promise for promise in found if promise.priority]
    said = [*availability_sentences(result, system), *_ticket_sentences(tickets)]
    return [*said, *_evidence(ledger)]


def availability_sentences(result: Result, system: list[Promise]) -> list[str]:
    """Periods that keep the availability promise, minutes down in a month, and the main cause."""
    if not system:
        return ["The scenario has no deployment, so availability was not measured."]
    promise = system[0]
    if math.isnan(promise.row.estimate):
        return ["No service hours lie in the measured time, so availability was not measured."]
    promised, period = percent(promise.target), result.scenario.contract.period
    said = []
    if promise.kept is not None and not math.isnan(promise.kept.estimate):
        said.append(f"The PLM keeps its {promised} promise {_periods(promise.kept, period)}.")
    down = down_per_month(result, promise.row)
    clause = "" if result.scenario.contract.planned_maintenance_counts else ", announced maintenance not counted"
    said.append(
        f"Over all runs it is available {estimate(promise.row)} of the time{_range(promise.row)}{clause}: "
        f"{estimate(down)} down per month{_range(down)}, where the promise allows "
        f"{allowed_per_month(result, promise.target)}."
    )
    return [*said, *_main_cause(result)]


def down_per_month(result: Result, row: Row) -> Row:
    """A row of availability as minutes down in 30 days of service."""
    scale, gone = service_minutes(result), complement(row)
    return replace(gone, unit="min", estimate=scale * gone.estimate, low=scale * gone.low, high=scale * gone.high)


def allowed_per_month(result: Result, target: float) -> str:
    """Time down in 30 days that a promise allows."""
    return length((1 - target) * service_minutes(result))


def service_minutes(result: Result) -> float:
    """Minutes of service time in 30 days: all of them, or as many as the service calendar is open on average."""
    from twin.measures.frame import Frame

    scenario = result.scenario
    if scenario.contract.service_calendar == "always":
        return MONTH_MIN
    frame = Frame(scenario)
    is_open = frame.timeline(scenario.contract.service_calendar).open_ticks(frame.warm_up, frame.horizon)
    return MONTH_MIN * float(is_open) / (frame.horizon - frame.warm_up)


def availability_by_run(result: Result) -> NDArray[np.float64]:
    """Availability of the whole in service hours, one value per replication that has any; empty if not measured."""
    at = {"function": "whole", "variant": "service_hours"}
    for k, cell in enumerate(result.cells):
        if cell.name == "availability" and cell.kind == "mean" and cell.dimensions == at:
            return np.asarray(result.raw[result.raw[:, k, 1] > 0, k, 0])
    return np.zeros(0)


def late(promise: Promise) -> str:
    """The share of tickets that miss the promise, with its interval."""
    row = complement(promise.row)
    return f"{estimate(row)}{_range(row)}"


def _periods(kept: Row, period: str) -> str:
    if kept.estimate == 1.0:
        return f"in every {period} of every run"
    if kept.estimate == 0.0:
        return f"in no {period} of any run"
    return f"in {out_of_ten(kept, period + 's')}"


def _range(row: Row) -> str:
    return in_brackets(interval(row))


def _main_cause(result: Result) -> list[str]:
    rows = [row for row in result["downtime"] if row.where.get("function") == "whole" and row.estimate > 0]
    total = sum(row.estimate for row in rows)
    if not rows or total <= 0:
        return []
    top = max(rows, key=lambda row: row.estimate)
    name = CAUSES.get(top.where["cause"], top.where["cause"])
    return [f"{name} cause {percent(top.estimate / total, 0.01)} of all downtime, announced or not."]


def _ticket_sentences(tickets: list[Promise]) -> list[str]:
    if not tickets:
        return ["The contract promises no times for tickets."]
    missed = sorted((p for p in tickets if p.verdict is Verdict.MISSED), key=lambda p: p.margin)
    unclear = sorted((p for p in tickets if p.verdict is Verdict.OPEN), key=lambda p: p.margin)
    said = [
        f"{late(p)} of the tickets miss “{p.words}”; the contract allows {percent(1 - p.target)}."
        for p in missed[:_MOST_NAMED]
    ]
    if len(missed) > _MOST_NAMED:
        said.append(f"{counted(len(missed) - _MOST_NAMED, 'further promise')} on tickets are missed; see the table.")
    if unclear:
        names = sentence_list([f"“{p.words}” ({estimate(p.row)} on time)" for p in unclear])
        said.append(f"Too few runs to judge {names}.")
    if all(p.verdict is Verdict.KEPT for p in tickets):
        said.append("All promised times for tickets are kept.")
    return said


def _evidence(ledger: list[Assumption]) -> list[str]:
    if not ledger:
        return []
    counts = {tag: sum(row.tag == tag for row in ledger) for tag in ("measured", "cited", "assumed")}
    return [
        f"Of the {counted(len(ledger), 'figure')} behind this, {counts['measured']} "
        f"{'is' if counts['measured'] == 1 else 'are'} measured, {counts['cited']} cited and "
        f"{counts['assumed']} assumed: the conclusion is as good as they are."
    ]
