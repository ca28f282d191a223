"""The page and files of a change calendar: what moves, what it gains, and the calendar to import."""

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from twin.decide.schedule import Outcome, Schedule, moved_words
from twin.report.figures import drawn
from twin.report.folder import write_manifest
from twin.report.ics import Event, write_calendar
from twin.report.ledger import ledger
from twin.report.page import picture, rendered
from twin.report.style import BLUE, GREY, VERMILLION, WIDE_IN, bare, canvas
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def amount(value: float, found: Schedule, with_unit: bool = True) -> str:
    """A loss in the unit of the objective."""
    text = f"{value:,.0f}" if found.objective == "cost" else f"{100 * value:.2f}"
    unit = found.unit if found.objective == "cost" else "points of broken promises"
    return (f"{text} {unit}" if with_unit else text).replace("-", "−")


def headline(found: Schedule) -> str:
    """The answer in one sentence."""
    gain, low, high = found.gain
    count = len(moved_words(found))
    ends = f"({amount(low, found, False)} to {amount(high, found, False)})"
    if count == 0:
        return "The present calendar stays: no move tried was better."
    if not found.is_better:
        return f"No clear gain over the present calendar: {amount(gain, found)} {ends}; decide by other reasons."
    return f"Moving {count} of {len(found.found)} changes saves {amount(gain, found)} {ends}."


def write_schedule(found: Schedule, loaded: Loaded, folder: Path) -> dict[str, Any]:
    """Fill a new folder with schedule.html, changes.ics, dates.json, figures and manifest.json; the manifest."""
    dates = {
        f"changes.{name}": {"at": None, "repeat": None, "dates": [
            one.start.isoformat(timespec="minutes") for one in found.found if one.change == name
        ]}
        for name in dict.fromkeys(one.change for one in found.found)
    }  # fmt: skip
    about = {
        "scenario": loaded.scenario.name, "digest": loaded.digest, "seed": found.seed,
        "objective": found.objective, "unit": found.unit, "replications": found.replications,
        "calendars_tried": found.tried, "is_better": found.is_better,
        "gain": dict(zip(("estimate", "low", "high"), found.gain, strict=True)),
        "before": _outcome(found.before), "after": _outcome(found.after), "dates": dates,
    }  # fmt: skip
    write_manifest(about, folder)
    (folder / "dates.json").write_text(json.dumps(dates, indent=1))
    _write_calendar(found, loaded, folder)
    facts = [
        ("Scenario", loaded.scenario.name), ("Digest of the scenario", loaded.digest or "not known"),
        ("Seed", str(found.seed)), ("Calendars tried", f"{found.tried:,}"), ("Fresh runs", f"{found.replications:,}"),
    ]  # fmt: skip
    page = rendered(
        "schedule.html", title=f"Change calendar of “{loaded.scenario.name}”", headline=headline(found),
        moves=[(name, f"{old:%a %d %b %Y %H:%M}", f"{new:%a %d %b %Y %H:%M}") for name, old, new in moved_words(found)],
        parts=[(name, amount(found.before.parts[name], found), amount(found.after.parts[name], found))
               for name in found.before.parts],
        total=(amount(found.before.mean, found), amount(found.after.mean, found)),
        pictures=[picture("calendar", "Where the changes go", "Grey: the present date; coloured: the date found.",
                          folder / "figures", calendar_figure, found)],
        footers=[{"facts": facts, **ledger(loaded)}],
    )  # fmt: skip
    (folder / "schedule.html").write_text(page, encoding="utf-8", newline="\n")
    return about


@drawn
def calendar_figure(found: Schedule, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Present and new start of every occurrence, by date and hour of the week, with blackouts shaded."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

    names = list(dict.fromkeys(one.change for one in found.found))
    figure = canvas(width_in, 0.9 + 0.55 * len(names), "Where the changes go" if with_title else "")
    axes = figure.subplots()
    for old, new in zip(found.present, found.found, strict=True):
        row = names.index(new.change)
        then, now = (float(date2num(one.start)) for one in (old, new))  # type: ignore[no-untyped-call]
        axes.plot(then, row, "|", color=GREY, markersize=16, markeredgewidth=2)
        if old.start != new.start:
            axes.annotate("", (now, row), (then, row), arrowprops={"arrowstyle": "-", "color": GREY})
        axes.plot(now, row, "o", color=BLUE if old.start != new.start else GREY, markersize=6)
    planning = found.scenario.planning
    for one in planning.blackouts if planning else ():
        ends = date2num(np.array([one.begins, one.ends], "datetime64[D]"))  # type: ignore[no-untyped-call]
        axes.axvspan(*ends, color=VERMILLION, alpha=0.2, linewidth=0)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    bare(axes)
    return figure


def _write_calendar(found: Schedule, loaded: Loaded, folder: Path) -> None:
    local = ZoneInfo(loaded.scenario.clock.time_zone)
    events = []
    for one in found.found:
        change = loaded.scenario.changes[one.change]
        start = one.start.replace(tzinfo=local).astimezone(UTC)
        end = start + timedelta(seconds=change.strategy.length + change.work.mean)
        note = f"components: {', '.join(change.components)}; strategy: {change.strategy.kind}"
        events.append(Event(f"{one.change}-{one.number}", one.change, start, end, note))
    write_calendar(events, folder / "changes.ics", f"Changes of {loaded.scenario.name}")


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"estimate": outcome.mean, "low": outcome.low, "high": outcome.high, "parts": outcome.parts}
