"""Figure of one replication over time: what was down and why, when changes ran, how many tickets were open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.eventlog.schema import (
    ABANDONED,
    CHANGE_PHASE,
    DOWN,
    HELD,
    OPENED,
    PLANNED_CAUSES,
    RELEASED,
    REOPENED,
    RESOLVED,
    UP,
)
from twin.report import takeaways
from twin.report.figures import drawn
from twin.report.style import BLUE, GREY, NARROW_BELOW_IN, SKY, VERMILLION, WIDE_IN, bare, canvas, notice, whole_numbers
from twin.spec.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_POINTS: Final = 360
_MOST_LANES: Final = 14
_THINNEST: Final = 1 / 400
_BEGAN, _ENDED, _EXPOSED = 0, 1, 2
_KINDS: Final[dict[tuple[bool, bool], dict[str, Any]]] = {
    (True, False): {"facecolor": SKY, "height": 0.34},
    (False, False): {"facecolor": VERMILLION, "height": 0.74},
    (False, True): {"facecolor": "white", "edgecolor": VERMILLION, "height": 0.5},
}


@dataclass(frozen=True)
class Span:
    """A stretch [begin, end) in ticks in which something was so."""

    begin: int
    end: int
    is_planned: bool = False
    is_partial: bool = False


@dataclass(frozen=True)
class Lane:
    """A component or a change: its name, when it was down or ran, and when a faulty version showed (ticks)."""

    name: str
    spans: list[Span]
    faults: list[int] = field(default_factory=list)


@drawn
def timeline_figure(
    log: EventLog, scenario: Scenario, *, width_in: float = WIDE_IN, with_title: bool = True
) -> "Figure":
    """Lanes of components and changes, and the number of open tickets, over the simulated time of one log."""
    lanes = _lanes(log)
    if not len(log):
        return notice("Nothing happened in this run.", width_in)
    title = takeaways.timeline(int(log.provenance.get("replication", 0))) if with_title else ""
    rows = max(len(lanes), 1)
    figure = canvas(width_in, (2.8 if width_in < NARROW_BELOW_IN else 2.35) + 0.24 * rows, title)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[0.24 * rows + 0.1, 1.3])
    _draw_lanes(upper, lanes, log, scenario)
    _draw_backlog(lower, log, scenario)
    for axes in (upper, lower):
        _draw_background(axes, log, scenario)
    _time_axis(lower, scenario)
    _key(figure, scenario, is_narrow=width_in < NARROW_BELOW_IN)
    if not lanes:
        upper.text(0.01, 0.5, "no components, no changes", transform=upper.transAxes, va="center", color=GREY)
    return figure


def outages(log: EventLog, component: int) -> list[Span]:
    """Stretches in which a component was down, by the number it has in the log."""
    found, since, planned = list[Span](), -1, False
    rows = np.flatnonzero(((log.event == DOWN) | (log.event == UP)) & (log.place == component))
    for row in rows.tolist():
        if log.event[row] == DOWN:
            since, planned = int(log.at[row]), int(log.value[row]) in PLANNED_CAUSES
        elif since >= 0:
            found.append(Span(since, int(log.at[row]), planned))
            since = -1
    return [*found, Span(since, log.end_ticks, planned)] if since >= 0 else found


def partial_outages(log: EventLog, component: int) -> list[Span]:
    """Stretches in which a change kept some users from a component."""
    found, since = list[Span](), dict[int, int]()
    rows = np.flatnonzero(((log.event == HELD) | (log.event == RELEASED)) & (log.place == component))
    for row in rows.tolist():
        who, now = int(log.entity[row]), int(log.at[row])
        if log.event[row] == HELD:
            if log.value[row] < 1000:
                since.setdefault(who, now)
        elif who in since:
            found.append(Span(since.pop(who), now, is_partial=True))
    return [*found, *(Span(begin, log.end_ticks, is_partial=True) for begin in since.values())]


def change_spans(log: EventLog, change: int) -> tuple[list[Span], list[int]]:
    """Stretches in which a change ran, and the ticks at which one of its faults showed."""
    rows = np.flatnonzero((log.event == CHANGE_PHASE) & (log.place == change))
    began, spans, faults = dict[int, int](), list[Span](), list[int]()
    for row in rows.tolist():
        who, now, phase = int(log.entity[row]), int(log.at[row]), int(log.value[row])
        if phase == _BEGAN:
            began[who] = now
        elif phase == _ENDED and who in began:
            spans.append(Span(began.pop(who), now, True))
        elif phase == _EXPOSED:
            faults.append(now)
    return [*spans, *(Span(begin, log.end_ticks, True) for begin in began.values())], faults


def open_tickets(log: EventLog, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Most tickets open at once in each stretch [edges[k], edges[k + 1])."""
    step = np.zeros(len(log), np.int64)
    step[(log.event == OPENED) | (log.event == REOPENED)] = 1
    step[(log.event == RESOLVED) | (log.event == ABANDONED)] = -1
    rows = np.flatnonzero(step)
    at, level = log.at[rows], np.cumsum(step[rows])
    most = np.zeros(len(edges) - 1, np.int64)
    for k, (begin, end) in enumerate(pairwise(edges.tolist())):
        first, last = np.searchsorted(at, [begin, end])
        most[k] = max(level[first:last].max(initial=0), level[first - 1] if first else 0)
    return most


def _lanes(log: EventLog) -> list[Lane]:
    parts = [Lane(name, [*outages(log, k), *partial_outages(log, k)]) for k, name in enumerate(log.names.components)]
    parts.sort(key=lambda lane: -sum(span.end - span.begin for span in lane.spans))
    changes = [Lane(f"change: {name}", *change_spans(log, k)) for k, name in enumerate(log.names.changes)]
    return [*parts[:_MOST_LANES], *changes[:_MOST_LANES]]


def _draw_lanes(axes: "Axes", lanes: list[Lane], log: EventLog, scenario: Scenario) -> None:
    for number, lane in enumerate(lanes):
        axes.axhline(number, color="#DDDDDD", linewidth=0.6, zorder=0)
        for kind, look_of in _KINDS.items():
            spans = [span for span in lane.spans if (span.is_planned, span.is_partial) == kind]
            _bars(axes, spans, number, log, scenario, **look_of)
        at = _days(np.array(lane.faults, np.int64), scenario)
        axes.plot(at, [number] * len(at), "x", color=VERMILLION, markersize=6, mew=1.8)
    axes.set_yticks(range(len(lanes)), [lane.name for lane in lanes])
    axes.set_ylim(max(len(lanes), 1) - 0.4, -0.6)
    bare(axes, x=False)


def _bars(
    axes: "Axes", spans: list[Span], lane: int, log: EventLog, scenario: Scenario, *, height: float, **how: Any
) -> None:
    if not spans:
        return
    begins, ends = _edges(spans, log, scenario)
    stretches = list(zip(begins.tolist(), (ends - begins).tolist(), strict=True))
    axes.broken_barh(stretches, (lane - height / 2, height), **how)


def _edges(spans: list[Span], log: EventLog, scenario: Scenario) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    begins = np.array([span.begin for span in spans])
    ends = np.maximum([span.end for span in spans], begins + log.end_ticks * _THINNEST)
    return _days(begins, scenario), _days(ends, scenario)


def _key(figure: "Figure", scenario: Scenario, is_narrow: bool) -> None:
    from matplotlib.patches import Patch

    marks = [Patch(facecolor=VERMILLION, label="outage"), Patch(facecolor=SKY, label="announced change or maintenance")]
    if scenario.clock.warm_up > 0 or scenario.clock.drain > 0:
        marks.append(Patch(facecolor="#DDDDDD", label="not measured"))
    figure.legend(handles=marks, loc="outside lower left", ncols=1 if is_narrow else 3, frameon=False, fontsize=8.5)


def _draw_backlog(axes: "Axes", log: EventLog, scenario: Scenario) -> None:
    edges = np.unique(np.linspace(0, log.end_ticks, _MOST_POINTS + 1).astype(np.int64))
    high = open_tickets(log, edges)
    days = _days(edges, scenario)
    axes.stairs(high, days, fill=True, color=BLUE)
    axes.set_ylim(0, max(float(high.max()) * 1.05, 1.0))
    axes.set_ylabel("open tickets\n(most at once)")
    whole_numbers(axes)


def _draw_background(axes: "Axes", log: EventLog, scenario: Scenario) -> None:
    clock = scenario.clock
    for begin, end in _unmeasured(log, scenario):
        a, b = _days(np.array([begin, end]), scenario)
        axes.axvspan(a, b, color="#DDDDDD", linewidth=0, zorder=-2)
    windows = [span for change in range(len(log.names.changes)) for span in change_spans(log, change)[0]]
    for a, b in zip(*_edges(windows, log, scenario), strict=True) if windows else ():
        axes.axvspan(a, b, color="#CFE8F7", linewidth=0, zorder=-1)
    axes.set_xlim(*_days(np.array([0, min(log.end_ticks, clock.end_ticks)]), scenario))


def _unmeasured(log: EventLog, scenario: Scenario) -> Iterator[tuple[int, int]]:
    clock = scenario.clock
    if clock.warm_up > 0:
        yield 0, clock.ticks(clock.warm_up)
    if log.end_ticks > clock.horizon_ticks:
        yield clock.horizon_ticks, log.end_ticks


def _time_axis(axes: "Axes", scenario: Scenario) -> None:
    from zoneinfo import ZoneInfo

    import matplotlib.dates

    zone, dates = ZoneInfo(scenario.clock.time_zone), cast(Any, matplotlib.dates)
    locator = dates.AutoDateLocator(tz=zone, minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=zone))
    axes.set_xlabel(f"local time, {scenario.clock.time_zone}")


def _days(ticks: NDArray[Any], scenario: Scenario) -> NDArray[np.float64]:
    """Days since 1970, the unit of matplotlib's dates."""
    start = scenario.clock.start_utc.timestamp() / 86_400
    return start + np.asarray(ticks, np.float64) * scenario.clock.tick / 86_400
