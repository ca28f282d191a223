"""A backtest for people and for files: how right the forecasts were, beside the baselines."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.calibrate.backtest import CARRY_FORWARD, SEASONAL_NAIVE, TWIN, Backtest, Line
from twin.calibrate.tickets.told import fit_object, told, unknowns
from twin.report.backtest_figures import attainment_figure, pit_figure, survival_figure, weeks_figure
from twin.report.page import picture, rendered, version
from twin.report.words import NO_NUMBER, number, percent
from twin.units import finite

if TYPE_CHECKING:
    from rich.console import Console

WHO: Final = (TWIN, CARRY_FORWARD, SEASONAL_NAIVE)
_DISTANCE: Final = "resolution time, tickets opened (Wasserstein)"
_RESOLVED: Final = "resolution time, tickets resolved (Wasserstein)"


def errors(result: Backtest) -> dict[str, dict[str, float]]:
    """Mean absolute errors by figure and by who forecast; distances in hours."""
    names = list(dict.fromkeys(line.name for trial in result.trials for line in trial.lines))
    found = {
        _DISTANCE: {who: float(np.mean([trial.distances[who] for trial in result.trials])) for who in WHO},
        _RESOLVED: {who: float(np.mean([trial.resolved_distances[who] for trial in result.trials])) for who in WHO},
    }
    return {**found, **{name: {who: result.mean_error(name, who) for who in WHO} for name in names}}


def backtest_object(result: Backtest) -> dict[str, Any]:
    """The backtest as plain data."""
    coverage, count = result.coverage()
    windows = [
        {
            "from": trial.begin.isoformat(), "until": trial.end.isoformat(), "learned": fit_object(trial.fit),
            "distances_h": dict(trial.distances), "resolved_distances_h": dict(trial.resolved_distances),
            "figures": [{key: finite(value) for key, value in line.__dict__.items()} for line in trial.lines],
        }
        for trial in result.trials
    ]  # fmt: skip
    scored = {name: {who: finite(value) for who, value in of_who.items()} for name, of_who in errors(result).items()}
    return {
        "version": version(), "source": result.source, "errors": scored, "coverage_80": finite(coverage),
        "intervals": count, "pit": result.pits(), "windows": windows,
    }  # fmt: skip


def write_backtest(result: Backtest, about: Mapping[str, Any], folder: Path) -> Path:
    """Path of the backtest.html written into `folder`, with the figures as PNG in folder/figures."""
    figures = folder / "figures"
    last = result.trials[-1]
    notes = {
        "survival": "Share of tickets still open by hours since opening, last window; open tickets are censored. Band: "
        "80 % of the simulated futures.",
        "attainment": "Windows and targets, all priorities. Circle: what happened; line: 80 % interval of the twin; "
        "cross: carry-forward.",
        "weeks": "Tickets opened, and open at the end of the week. Circle: what happened; line: 80 % interval.",
        "pit": "Even columns: intervals are right. Heaps at the ends: too narrow; in the middle: too wide.",
    }
    draws = {
        "survival": (_distance_sentence(result), survival_figure),
        "attainment": (_attainment_sentence(result), attainment_figure),
        "weeks": (_coverage_sentence(result), weeks_figure),
        "pit": ("Where what happened lies among the simulated futures", pit_figure),
    }
    pictures = [picture(name, title, notes[name], figures, draw, result) for name, (title, draw) in draws.items()]
    first, end = result.trials[0].begin, last.end
    page = rendered(
        "backtest.html", title=f"{Path(result.source).name.split('.')[0]}, {first:%d %b %Y} to {end:%d %b %Y}",
        headline=_headline(result), sentences=[s + "." for s in _sentences(result)], pictures=pictures,
        errors=[(name, [_value(name, of[who]) for who in WHO]) for name, of in errors(result).items()],
        learned=told(last.fit), unknown=unknowns(last.fit),
        tables=[(f"{t.begin:%d %b} to {t.end:%d %b}", [_cells(line) for line in t.lines]) for t in result.trials],
        footers=[{"facts": _facts(result, about), "warnings": [], "tags": [], "shared": ""}],
    )  # fmt: skip
    path = folder / "backtest.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def render_backtest(result: Backtest, console: "Console") -> None:
    """Print the errors beside the baselines, and what they mean."""
    from rich.table import Table

    table = Table(title="Mean absolute errors", title_justify="left")
    for heading in ("", "twin", "carry-forward", "seasonal naive"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, of_who in errors(result).items():
        table.add_row(name, *(_value(name, of_who[who]) for who in WHO))
    console.print(table)
    for sentence in _sentences(result):
        console.print(sentence)


def _sentences(result: Backtest) -> list[str]:
    return [_distance_sentence(result), _attainment_sentence(result), _coverage_sentence(result)]


def _headline(result: Backtest) -> str:
    found = errors(result)[_DISTANCE]
    if found[TWIN] < min(found[CARRY_FORWARD], found[SEASONAL_NAIVE]):
        return "The twin forecast resolution times better than both baselines."
    if found[TWIN] < found[CARRY_FORWARD]:
        return "The twin forecast resolution times better than carry-forward, but not than the last week repeated."
    return "The twin forecast resolution times no better than carry-forward."


def _distance_sentence(result: Backtest) -> str:
    found = errors(result)[_DISTANCE]
    return (
        f"Predicted resolution times were {number(found[TWIN])} h off on average; carry-forward was "
        f"{number(found[CARRY_FORWARD])} h off, the last week repeated {number(found[SEASONAL_NAIVE])} h"
    )


def _attainment_sentence(result: Backtest) -> str:
    names = [name for name in errors(result) if name.startswith("within")]
    parts = [f"{100 * result.mean_error(name):.1f} points {name}" for name in names]
    return f"The share resolved in time was off by {', '.join(parts)}" if parts else "No target was asked for"


def _coverage_sentence(result: Backtest) -> str:
    share, count = result.coverage()
    return f"{percent(share) if count else 'None'} of {count} weekly figures lay inside their 80 % interval"


def _cells(line: Line) -> tuple[str, ...]:
    values = (line.real, line.twin, line.carry_forward, line.seasonal_naive)
    real, twin, carry, naive = (_text(line.unit, value) for value in values)
    low, high = _text(line.unit, line.low), _text(line.unit, line.high)
    return line.name, line.where, real, twin, f"{low} to {high}" if low != NO_NUMBER else NO_NUMBER, carry, naive


def _text(unit: str, value: float) -> str:
    if math.isnan(value):
        return NO_NUMBER
    return f"{100 * value:.1f} %" if unit == "1" else f"{value:,.0f}"


def _value(name: str, value: float) -> str:
    if math.isnan(value):
        return NO_NUMBER
    if name in (_DISTANCE, _RESOLVED):
        return f"{value:.1f} h"
    return f"{value:,.0f} tickets" if name in ("opened", "resolved", "backlog") else f"{100 * value:.1f} points"


def _facts(result: Backtest, about: Mapping[str, Any]) -> list[tuple[str, str]]:
    record = result.trials[0].fit.record.report
    return [
        ("Source", Path(result.source).name), ("Digest of the source", record.digest[:16]),
        ("Windows", str(len(result.trials))), ("Futures a window", str(about["replications"])),
        ("Seed", str(about["seed"])), ("Holidays of", str(about["country"] or "no country given")),
        ("Version", version()),
    ]  # fmt: skip

