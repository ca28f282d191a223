"""Figures of one result: availability against the promise, tickets on time, downtime by cause, where late time goes."""

import math
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import CAUSE_NAMES, PLANNED_CAUSES
from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.report import takeaways
from twin.report.conclusion import ROUNDING, availability_by_run, service_minutes
from twin.report.labels import CAUSES, part
from twin.report.promises import Promise, Verdict, promises
from twin.report.style import (
    BLACK,
    BLUE,
    GREY,
    NARROW_BELOW_IN,
    ORANGE,
    SKY,
    VERMILLION,
    WIDE_IN,
    bare,
    canvas,
    look,
    notice,
    row_in,
    row_label,
    whole_numbers,
    wrapped,
)
from twin.report.words import bounded, length, measured, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

T = TypeVar("T")
P = ParamSpec("P")

_SMALLEST_PART = 0.01
_AXIS_IN = 0.5


def drawn(function: "Callable[Concatenate[T, P], Figure]") -> "Callable[Concatenate[T, P], Figure]":
    """The function, drawing under our settings."""

    @wraps(function)
    def draw(what: T, /, *args: P.args, **kwargs: P.kwargs) -> "Figure":
        with look():
            return function(what, *args, **kwargs)

    return draw


@drawn
def availability_figure(result: Result, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Histogram over replications of the time down per month, against what the promise allows."""
    share = availability_by_run(result)
    if not len(share):
        return notice("No availability to show: the scenario has no deployment or no service hours.", width_in)
    scale, target = service_minutes(result), result.scenario.contract.availability
    down, allowed = (1.0 - share) * scale, (1.0 - target) * scale
    unit, size = ("hours", 60.0) if down.max() > 600 else ("minutes", 1.0)
    figure = canvas(width_in, 2.7, takeaways.availability(result) if with_title else "")
    axes = figure.subplots()
    _histogram(axes, down / size, allowed / size)
    kept, right = int((share >= target - ROUNDING).sum()), axes.get_xlim()[1]
    lines = f"promise: {percent(target)}\n({length(allowed)} down)\n{kept:,} of {len(down):,} runs keep it"
    is_left = allowed / size > 0.55 * right
    axes.annotate(
        lines, (allowed / size, 1), (-5 if is_left else 5, -2), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="right" if is_left else "left", va="top", fontsize=8.5,
    )  # fmt: skip
    axes.set_xlabel(wrapped(f"{unit} down per month of 30 days, average over a run", width_in))
    axes.set_ylabel("runs")
    return figure


@drawn
def attainment_figure(result: Result, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Share of tickets on time per priority and clock, with its interval, against the target."""
    found = [p for p in promises(result) if p.priority and p.verdict is not Verdict.NOTHING]
    if not found:
        return notice("No promised times to show: no targets, or no tickets that have one.", width_in)
    title = takeaways.attainment(result) if with_title else ""
    figure = canvas(width_in, _AXIS_IN + 0.15 + row_in(width_in) * len(found), title)
    axes = figure.subplots()
    target = found[0].target
    for number, promise in enumerate(found):
        _attainment_row(axes, number, promise, width_in)
    axes.axvline(target, color=BLACK, linewidth=1.2, zorder=1)
    lows = [promise.row.estimate if math.isnan(promise.row.low) else bounded(promise.row)[0] for promise in found]
    least = min([target, *lows])
    axes.set_xlim(max(least - 0.15 * (1 - least) - 0.01, -0.02), 1 + 0.04 * (1 - least) + 0.002)
    axes.set_ylim(len(found) - 0.6, -0.95)
    axes.set_yticks([])
    left, right = axes.get_xlim()
    side = "left" if target < left + 0.2 * (right - left) else "center"
    axes.set_title(f"target {percent(target)}", x=(target - left) / (right - left), ha=side, fontsize=8.5, loc="center")
    _percent_axis(axes)
    axes.set_xlabel("tickets on time")
    bare(axes)
    return figure


@drawn
def downtime_figure(result: Result, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Time down per year by cause, with intervals, the largest on top; what the contract does not count is pale."""
    rows = [row for row in result["downtime"] if row.where.get("function") == "whole" and row.estimate > 0]
    if not rows:
        return notice("No downtime to show: the system was never down, or there is no deployment.", width_in)
    rows.sort(key=lambda row: -row.estimate)
    title = takeaways.downtime(result) if with_title else ""
    figure = canvas(width_in, _AXIS_IN + row_in(width_in) * len(rows), title)
    axes = figure.subplots()
    counts_planned = result.scenario.contract.planned_maintenance_counts
    uncounted = set() if counts_planned else {CAUSE_NAMES[cause] for cause in PLANNED_CAUSES}
    unit, size = ("hours", 60.0) if max(row.estimate for row in rows) >= 120 else ("minutes", 1.0)
    for number, row in enumerate(rows):
        pale = row.where["cause"] in uncounted
        hatch, face = ("////", "white") if pale else ("", BLUE)
        axes.barh(number, row.estimate / size, height=0.42, facecolor=face, edgecolor=BLUE, hatch=hatch)
        _whisker(axes, number, row, size)
        name = CAUSES.get(row.where["cause"], row.where["cause"]) + (" (not counted)" if pale else "")
        row_label(axes, number - 0.26, name, measured(row), width_in)
    axes.set_ylim(len(rows) - 0.6, -0.95)
    axes.set_yticks([])
    axes.set_xlim(left=0)
    axes.set_xlabel(f"{unit} down per year")
    bare(axes)
    return figure


@drawn
def waterfall_figure(result: Result, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Where the time of late tickets goes: per priority, mean time in each part, one after the other."""
    groups = {name: rows for name in result.scenario.support.priorities if (rows := _parts(result, name))}
    if not groups:
        return notice("No late tickets to show: every promised time was kept.", width_in)
    pitch = row_in(width_in) if width_in < NARROW_BELOW_IN else 0.27
    heights = [pitch * len(rows) + 0.55 for rows in groups.values()]
    figure = canvas(width_in, sum(heights) + 0.1, takeaways.waterfall(result) if with_title else "")
    panels = figure.subplots(len(groups), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (priority, rows) in zip(panels, groups.items(), strict=True):
        _waterfall_panel(axes, rows, width_in)
        axes.set_title(wrapped(f"{priority}: {_late_count(result, priority)}", width_in))
    return figure


def _attainment_row(axes: "Axes", number: int, promise: Promise, width_in: float) -> None:
    row = promise.row
    marker, face, colour = {
        Verdict.KEPT: ("o", BLUE, BLUE), Verdict.MISSED: ("X", VERMILLION, VERMILLION)
    }.get(promise.verdict, ("D", "white", BLACK))  # fmt: skip
    if not math.isnan(row.low) and row.high > row.low:
        low, high = bounded(row)
        axes.plot([low, high], [number, number], color=colour, linewidth=2.2, solid_capstyle="butt")
    axes.plot(row.estimate, number, marker, markersize=8, color=colour, markerfacecolor=face, clip_on=False, zorder=3)
    row_label(axes, number - 0.2, promise.words, f"{measured(row)}: {promise.verdict.value}", width_in)


def _whisker(axes: "Axes", number: int, row: Row, size: float) -> None:
    if not math.isnan(row.low) and row.high > row.low:
        low, high = bounded(row)
        axes.plot([low / size, high / size], [number, number], color=ORANGE, linewidth=2.4, solid_capstyle="butt")
        axes.plot([low / size, high / size], [number, number], color=BLACK, linewidth=1.0, solid_capstyle="butt")


def _percent_axis(axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.4g} %" if -1e-9 <= x <= 1 + 1e-9 else ""))


def _parts(result: Result, priority: str) -> list[Row]:
    rows = [row for row in result["breach_part"] if row.where.get("priority") == priority and row.estimate > 0]
    total = sum(row.estimate for row in rows)
    return [row for row in rows if row.estimate >= _SMALLEST_PART * total]


def _late_count(result: Result, priority: str) -> str:
    rows = [row for row in result["breached_tickets"] if row.where == {"priority": priority}]
    return f"late in a run: {measured(rows[0])}" if rows else "late tickets"


def _waterfall_panel(axes: "Axes", rows: list[Row], width_in: float) -> None:
    total = sum(row.estimate for row in rows)
    unit, size = ("days", 1440.0) if total > 4320 else ("hours", 60.0) if total > 120 else ("minutes", 1.0)
    is_narrow, start = width_in < NARROW_BELOW_IN, 0.0
    for number, row in enumerate(rows):
        end = start + row.estimate
        colour = BLUE if number % 2 == 0 else SKY
        axes.barh(number, row.estimate / size, left=start / size, height=0.3 if is_narrow else 0.62, color=colour)
        if number + 1 < len(rows):
            axes.plot([end / size] * 2, [number, number + 1], color=GREY, linewidth=0.7, zorder=0)
        if is_narrow:
            row_label(axes, number - 0.18, part(row.where["part"]), measured(row), width_in)
        else:
            _bar_label(axes, number, (start / total, end / total), total / size, measured(row))
        start = end
    axes.set_yticks(range(len(rows)), [part(row.where["part"]) for row in rows])
    if is_narrow:
        axes.set_yticks([])
    axes.set_ylim(len(rows) - (0.7 if is_narrow else 0.5), -1.0 if is_narrow else -0.5)
    axes.set_xlim(0, 1.005 * total / size)
    axes.set_xlabel(wrapped(f"mean {unit} of a late ticket, one part after the other", width_in))
    bare(axes)


def _bar_label(axes: "Axes", number: int, span: tuple[float, float], width: float, text: str) -> None:
    start, end = span
    if 1 - end > 0.33:
        axes.text(end * width, number, f" {text}", ha="left", va="center", fontsize=8)
    elif start > 0.33:
        axes.text(start * width, number, f"{text} ", ha="right", va="center", fontsize=8)
    else:
        colour = "white" if number % 2 == 0 else BLACK
        axes.text((start + end) / 2 * width, number, text, ha="center", va="center", fontsize=8, color=colour)


def _histogram(axes: "Axes", values: NDArray[np.float64], limit: float) -> None:
    right = max(float(values.max()), 1.5 * limit)
    size = _nice_step(right / 24)
    edges = np.unique(np.append(np.arange(0.0, right + size, size), limit)).tolist()
    within = values <= limit * (1 + 1e-9)
    inside, outside = np.minimum(values[within], limit * (1 - 1e-9)), values[~within]
    axes.hist(inside, edges, color=SKY, edgecolor="white", linewidth=0.5)
    axes.hist(outside, edges, color=VERMILLION, edgecolor="white", linewidth=0.5, hatch="////")
    axes.axvline(limit, color=BLACK, linewidth=1.4)
    axes.set_ylim(0, 1.45 * axes.get_ylim()[1])
    axes.set_xlim(0, edges[-1])
    whole_numbers(axes)


def _nice_step(size: float) -> float:
    scale = 10.0 ** math.floor(math.log10(size)) if size > 0 else 1.0
    return next(scale * step for step in (1, 2, 2.5, 5, 10) if scale * step >= size * (1 - 1e-9))
