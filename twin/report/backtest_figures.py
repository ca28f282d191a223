"""Figures of a backtest: resolution times, attainment, weeks, and where what happened lies among the futures."""

from typing import TYPE_CHECKING

import numpy as np

from twin.calibrate.backtest import Backtest, Line
from twin.calibrate.score import GRID_H
from twin.report.figures import drawn
from twin.report.style import (
    BLACK,
    BLUE,
    GREY,
    NARROW_BELOW_IN,
    ORANGE,
    SKY,
    WIDE_IN,
    canvas,
    notice,
    whole_numbers,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN_H = (0.25, 1, 4, 24, 72, 168, 720)


@drawn
def survival_figure(result: Backtest, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Share of tickets still open by time since opening, in the last window: real, twin with band, carry-forward."""
    trial = result.trials[-1]
    figure = canvas(width_in, 3.0, "Tickets still open by hours since opening" if with_title else "")
    axes = figure.subplots()
    longest = (trial.end - trial.begin).total_seconds() / 3600
    shown = (GRID_H > 0) & (longest > GRID_H)
    hours, futures = GRID_H[shown], np.array([one.survival[shown] for one in trial.futures])
    low, high = np.quantile(futures, [0.1, 0.9], axis=0)
    axes.fill_between(hours, low, high, color=SKY, alpha=0.5, linewidth=0)
    axes.plot(hours, futures.mean(axis=0), color=BLUE, linewidth=1.6, label="twin")
    axes.plot(hours, trial.real.survival[shown], color=BLACK, linewidth=1.6, linestyle="--", label="what happened")
    axes.plot(hours, trial.carry.survival[shown], color=ORANGE, linewidth=1.6, linestyle=":", label="carry-forward")
    axes.set_xscale("log")
    ticks = [hour for hour in _SHOWN_H if hour <= longest]
    axes.set_xticks(ticks, [_hours(hour) for hour in ticks])
    axes.minorticks_off()
    axes.set_ylim(0, 1)
    axes.set_ylabel("share still open")
    axes.set_xlabel(wrapped("time since opening", width_in))
    axes.legend(frameon=False, fontsize=8.5)
    return figure


def _hours(hours: float) -> str:
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:g} h" if hours < 48 else f"{hours / 24:g} d"


@drawn
def attainment_figure(result: Backtest, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Attainment of each target in each window: what happened, interval of the twin, carry-forward."""
    names = list(dict.fromkeys(n.name for t in result.trials for n in t.lines if n.name.startswith("within")))
    if not names:
        return notice("No targets were asked for.", width_in)
    figure = canvas(width_in, 0.5 + 1.35 * len(names), "Tickets resolved within each target" if with_title else "")
    panels = figure.subplots(len(names), 1, squeeze=False, sharex=True)[:, 0]
    for axes, name in zip(panels, names, strict=True):
        lines = [next(n for n in t.lines if n.name == name and n.where == "all") for t in result.trials]
        _marks(axes, lines, 100.0)
        axes.plot(range(len(lines)), [100 * n.carry_forward for n in lines], "x", color=ORANGE, markersize=6)
        axes.set_title(name)
        axes.set_ylabel("%")
    labels = [f"{trial.begin:%d %b}" for trial in result.trials]
    _dates(panels[-1], labels, width_in)
    panels[-1].set_xlabel("window from")
    return figure


@drawn
def weeks_figure(result: Backtest, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Tickets opened and backlog per week: what happened and interval of the twin."""
    figure = canvas(width_in, 3.6, "Tickets opened and open, week by week" if with_title else "")
    panels = figure.subplots(2, 1, sharex=True)
    labels = [
        f"{t.begin.date() + week * np.timedelta64(7, 'D').astype(object):%d %b}"
        for t in result.trials
        for week in range(len(t.window.weeks) - 1)
    ]
    titles = {"opened": "opened", "backlog": "open at the end of the week"}
    for axes, (name, title) in zip(panels, titles.items(), strict=True):
        lines = [line for trial in result.trials for line in trial.lines if line.name == name]
        _marks(axes, lines, 1.0)
        axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
        axes.set_title(title)
        axes.set_ylabel("tickets")
    _dates(panels[-1], labels, width_in)
    panels[-1].set_xlabel("week from")
    return figure


@drawn
def pit_figure(result: Backtest, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Histogram of where what happened lies among the futures, over all weekly figures."""
    pits = result.pits()
    if not pits:
        return notice("No weekly figures to judge intervals by.", width_in)
    figure = canvas(width_in, 2.2, "Where what happened lies among the futures" if with_title else "")
    axes = figure.subplots()
    axes.hist(pits, np.linspace(0, 1, 11).tolist(), color=SKY, edgecolor="white", linewidth=0.5)
    axes.axhline(len(pits) / 10, color=BLACK, linewidth=1.0, linestyle="--")
    axes.set_xlim(0, 1)
    whole_numbers(axes)
    axes.set_ylabel("weekly figures")
    axes.set_xlabel(wrapped("share of simulated futures below what happened", width_in))
    return figure


def _marks(axes: "Axes", lines: list[Line], scale: float) -> None:
    for at, line in enumerate(lines):
        axes.plot([at, at], [scale * line.low, scale * line.high], color=BLUE, linewidth=4, alpha=0.55,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot(at, scale * line.real, "o", color=BLACK, markersize=5, markerfacecolor="white", zorder=3)
    axes.set_xlim(-0.6, len(lines) - 0.4)
    axes.margins(y=0.15)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)


def _dates(axes: "Axes", labels: list[str], width_in: float) -> None:
    step = max(1, round(len(labels) / (4 if width_in < NARROW_BELOW_IN else 9)))
    axes.set_xticks(range(0, len(labels), step), labels[::step])
