"""The frontier of service level against money: a figure for a page, and a table for the terminal."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from twin.decide.frontier import Attainable, Frontier, Plan
from twin.report import labels
from twin.report.figures import drawn
from twin.report.style import BLACK, BLUE, GREY, VERMILLION, WIDE_IN, canvas, save
from twin.report.words import bounded, measured, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console


def frontier_title(found: Frontier) -> str:
    """What the largest budget buys over the smallest."""
    known = [one for one in found.attainable if one.plan is not None]
    if not known:
        return "No plan is surely within any of the budgets"
    low, high = known[0], known[-1]
    assert low.plan is not None
    assert high.plan is not None
    if low.plan.name == high.plan.name:
        return f"{_ratio(high)} of the budget buys no better plan than {_ratio(low)}"
    gain = 100 * (high.plan.level.estimate - low.plan.level.estimate)
    return f"From {_ratio(low)} to {_ratio(high)} of the budget buys {gain:.1f} points"


def _ratio(one: Attainable) -> str:
    return f"{100 * one.service_ratio:g} %"


@drawn
def frontier_figure(found: Frontier, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Level against payments of each plan with intervals, the efficient ones joined, budgets as upright lines."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = canvas(width_in, 3.6, frontier_title(found) if with_title else "")
    axes = figure.subplots()
    for plan in found.plans:
        colour = BLUE if plan.is_efficient else GREY
        x, y = plan.payments.estimate / 1000, plan.level.estimate
        if not math.isnan(plan.level.low + plan.level.high):
            axes.plot([x, x], bounded(plan.level), color=colour, linewidth=2.0, solid_capstyle="butt")
        axes.plot(x, y, "o" if plan.is_efficient else "X", color=colour, markersize=7, zorder=3)
        ground = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        axes.annotate(plan.name, (x, y), (9, -13), textcoords="offset points", fontsize=8, bbox=ground, zorder=2)
    best = [plan for plan in found.plans if plan.is_efficient]
    axes.plot([p.payments.estimate / 1000 for p in best], [p.level.estimate for p in best], color=BLUE, linewidth=1.0)
    axes.margins(x=0.16, y=0.18)
    for one in found.attainable:
        axes.axvline(one.budget / 1000, color=VERMILLION, linewidth=1.2, linestyle="--", zorder=0)
        axes.annotate(
            _ratio(one), (one.budget / 1000, 1), (3, -3), xycoords=("data", "axes fraction"),
            textcoords="offset points", va="top", fontsize=8.5, color=BLACK,
        )  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.4g} %" if y <= 1 + 1e-9 else ""))
    axes.set_xlabel(f"payments, thousand {found.currency} a year; dashed: budgets for service")
    axes.set_ylabel(labels.measure(found.measure).lower())
    return figure


def write_frontier(found: Frontier, folder: Path) -> Path:
    """Path of the frontier.png written into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    save(frontier_figure(found), folder / "frontier.png")
    return folder / "frontier.png"


def render_frontier(found: Frontier, console: "Console") -> None:
    """Print the plans, and the best one within each budget."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(frontier_title(found)), title_justify="left")
    for heading in ("Plan", "Payments", labels.measure(found.measure), "Best within"):
        table.add_column(heading, justify="left" if heading == "Plan" else "right", overflow="fold")
    for plan in found.plans:
        table.add_row(*map(Text, (plan.name, measured(plan.payments), measured(plan.level), _within(plan, found))))
    console.print(table)
    for one in found.attainable:
        if one.plan is None:
            console.print(Text(_none_within(one, found)))


def _none_within(one: Attainable, found: Frontier) -> str:
    said = f"{number(one.budget)} {found.currency} ({_ratio(one)})"
    near = next((p for p in found.plans if p.payments.estimate <= one.budget < p.payments.high), None)
    if near is None:
        return f"No plan is within {said}."
    high = number(near.payments.high)
    return f"No plan is surely within {said}: “{near.name}” is by its estimate, but may cost up to {high}."


def _within(plan: Plan, found: Frontier) -> str:
    mine: list[Attainable] = [one for one in found.attainable if one.plan is not None and one.plan.name == plan.name]
    return ", ".join(_ratio(one) for one in mine) or ("efficient" if plan.is_efficient else "")
