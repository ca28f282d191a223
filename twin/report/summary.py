"""The short table for the terminal: what the page says, in about fifteen lines."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.report.conclusion import allowed_per_month, down_per_month, headline
from twin.report.labels import CAUSES
from twin.report.promises import Promise, Verdict, promises
from twin.report.words import counted, estimate, interval, note, percent

if TYPE_CHECKING:
    from rich.console import Console

_MOST_LINES: Final = 18


@dataclass(frozen=True)
class Line:
    """One line of the summary: what, the estimate, its interval or why there is none, and what it means."""

    what: str
    estimate: str
    interval: str
    remark: str = ""


def summary(result: Result) -> list[Line]:
    """Availability and each promised time against target, periods that keep them, downtime by cause, utilisation."""
    lines = [line for promise in promises(result) for line in _promise_lines(result, promise)]
    causes = [row for row in result["downtime"] if row.where.get("function") == "whole" and row.estimate > 0]
    causes.sort(key=lambda row: -row.estimate)
    lines += [_line(f"Down by {CAUSES.get(row.where['cause'], row.where['cause']).lower()}", row) for row in causes]
    lines += [_line(f"Time {row.where['tier']} spends on tickets", row) for row in result["utilisation"]]
    return lines[:_MOST_LINES]


def render_summary(result: Result, console: "Console") -> None:
    """Print the summary as a table."""
    from rich.table import Table
    from rich.text import Text

    scenario = result.scenario
    table = Table(title=Text(scenario.name), caption=_caption(result), title_justify="left", caption_justify="left")
    for heading in ("", "Estimate", f"{percent(result.confidence)} interval", ""):
        table.add_column(heading, justify="right" if heading else "left", overflow="fold")
    for line in summary(result):
        table.add_row(*(Text(text) for text in (line.what, line.estimate, line.interval, line.remark)))
    console.print(table)
    console.print(Text(headline(promises(result))))


def _caption(result: Result) -> str:
    return f"{counted(result.replications, 'replication')}, seed {result.seed}, engine {result.engine}"


def _promise_lines(result: Result, promise: Promise) -> list[Line]:
    is_system = not promise.priority
    target = f"target {percent(promise.target)}: {promise.verdict.value}"
    lines = [_line(promise.words, promise.row, target)]
    if not is_system or promise.verdict is Verdict.NOTHING:
        return lines
    allowed = f"{allowed_per_month(result, promise.target)} allowed"
    down = down_per_month(result, promise.row)
    lines.append(Line("Down per month", estimate(down), interval(down), allowed))
    if promise.kept is not None:
        period = result.scenario.contract.period
        lines.append(_line(f"Chance that a {period} keeps the promise", promise.kept))
    return lines


def _line(what: str, row: Row, remark: str = "") -> Line:
    return Line(what, estimate(row), interval(row) or note(row).partition(":")[0], remark)
