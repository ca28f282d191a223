"""Figures of an account: the months one after the other, and where the time of late tickets goes."""

import math
from typing import TYPE_CHECKING, Final

from twin.decide.account import Account, Period
from twin.experiment.table import Row
from twin.report.account_lines import late_parts
from twin.report.figures import drawn
from twin.report.promises import find
from twin.report.style import BLACK, BLUE, NARROW_BELOW_IN, WIDE_IN, bare, canvas, notice, row_in, row_label
from twin.report.words import bounded, percent
from twin.spec.scenario import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_PARTS: Final = 8


def trend_title(account: Account) -> str:
    """Whether the last month was better than the one before, in tickets on time."""
    rows = [find(month.result.rows(), "attainment") for month in account.months]
    known = [row.estimate for row in rows if row is not None and not math.isnan(row.estimate)]
    if len(known) < 2:
        return "One month alone shows no trend"
    low, high, last = (percent(share, 0.005) for share in (min(known[:-1]), max(known[:-1]), known[-1]))
    return f"Tickets on time: {last} in the last month, {low if low == high else f'{low} to {high}'} before"


def causes_title(account: Account) -> str:
    """The largest part of the time of late tickets."""
    parts = late_parts(account.period)
    if not parts:
        return "No ticket was late"
    name, share = parts[0]
    return f"{percent(share, 0.05)} of the time of late tickets goes to one thing: {name[:1].lower() + name[1:]}"


@drawn
def trend_figure(account: Account, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Availability, tickets on time and satisfaction by month, with intervals where there are any, and the goals."""
    panels = _panels(account)
    if not panels:
        return notice("Nothing to show by month: no promises and no deployment.", width_in)
    figure = canvas(width_in, 1.5 * len(panels) + 0.3, trend_title(account) if with_title else "")
    grid = figure.subplots(len(panels), 1, squeeze=False, sharex=True)[:, 0]
    for axes, (words, goal, rows) in zip(grid, panels, strict=True):
        _months(axes, rows)
        axes.axhline(goal, color=BLACK, linewidth=1.2, zorder=1)
        axes.set_title(f"{words}, goal {percent(goal)} (line)")
    names = [month.name for month in account.months]
    step = math.ceil(len(names) / (4 if width_in < NARROW_BELOW_IN else 12))
    chosen = range((len(names) - 1) % step, len(names), step)
    grid[-1].set_xticks(list(chosen), [names[k] for k in chosen])
    grid[-1].set_xlim(-0.5, len(names) - 0.5)
    return figure


def _panels(account: Account) -> list[tuple[str, float, list[Row | None]]]:
    scenario: Scenario = account.period.result.scenario
    contract = scenario.contract
    whole = {"function": "whole", "variant": "service_hours"}
    wanted: list[tuple[str, float, str, dict[str, str]]] = [
        ("System available", contract.availability, "availability", whole),
        ("Tickets on time", contract.attainment, "attainment", {}),
    ]
    if scenario.satisfaction is not None:
        wanted.append(("Satisfied with a solution", scenario.satisfaction.goal, "satisfaction", {}))
    panels = []
    for words, goal, name, where in wanted:
        rows = [find(month.result.rows(), name, **where) for month in account.months]
        if any(row is not None and not math.isnan(row.estimate) for row in rows):
            panels.append((words, goal, rows))
    return panels


def _months(axes: "Axes", rows: list[Row | None]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    at = [k for k, row in enumerate(rows) if row is not None and not math.isnan(row.estimate)]
    known = [row for row in rows if row is not None and not math.isnan(row.estimate)]
    axes.plot(at, [row.estimate for row in known], "o-", color=BLUE, markersize=4.5, linewidth=1.2, zorder=3)
    for k, row in zip(at, known, strict=True):
        if not math.isnan(row.low + row.high):
            axes.plot([k, k], bounded(row), color=BLUE, linewidth=2.2, alpha=0.45, solid_capstyle="butt")
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.5g} %" if y <= 1 + 1e-9 else ""))
    axes.margins(y=0.18)


@drawn
def causes_figure(period: Period, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Share of the time of late tickets in each part, the largest on top."""
    parts = late_parts(period)
    if not parts:
        return notice("No late tickets to show: every promised time was kept.", width_in)
    shown, rest = parts[:_MOST_PARTS], math.fsum(share for _, share in parts[_MOST_PARTS:])
    shown += [(f"{len(parts) - _MOST_PARTS} more", rest)] if rest > 0 else []
    title = "Where the time of late tickets goes" if with_title else ""
    figure = canvas(width_in, 0.5 + row_in(width_in) * len(shown), title)
    axes = figure.subplots()
    for k, (name, share) in enumerate(shown):
        axes.barh(k, 100 * share, height=0.42, color=BLUE)
        row_label(axes, k - 0.26, name, percent(share, 0.005), width_in)
    axes.set_ylim(len(shown) - 0.6, -0.95)
    axes.set_yticks([])
    axes.set_xlim(left=0)
    axes.set_xlabel("% of the time of late tickets, from opening to the last solution")
    bare(axes)
    return figure
