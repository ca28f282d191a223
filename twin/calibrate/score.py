"""What became of tickets, and the figures by which a forecast and what happened are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import NEVER, Timeline
from twin.calibrate.tickets.spells import Spells

Ints = NDArray[np.int64]
Floats = NDArray[Any]
Mask = NDArray[np.bool_]

MOST_H: Final = 720.0  # resolution times are clipped here
STEP_H: Final = 0.25
GRID_H: Final = np.arange(0.0, MOST_H, STEP_H)
MOST_HANDOFFS: Final = 4
_LEAST_TICKETS: Final = 10.0


@dataclass(frozen=True)
class Target:
    """A promised time to resolve: hours of business time, or of any time."""

    hours: float
    is_business: bool

    @property
    def words(self) -> str:
        """How the target is called, e.g. "8 business hours"."""
        return f"{self.hours:g} {'business hours' if self.is_business else 'hours'}"


def target_of(text: str) -> Target:
    """The target that "8 business hours" or "24 h" asks for. Raises ValueError for anything else."""
    from twin.units import parse_duration

    head, is_business, _ = text.partition("business")
    try:
        hours = float(head) if is_business else parse_duration(text) / 3600
    except ValueError:
        hours = 0.0
    if not 0 < hours < 100_000:
        raise ValueError(f'--target {text}: write e.g. "8 business hours" or "24 h"')
    return Target(hours, bool(is_business))


@dataclass(frozen=True)
class Outcome:
    """Tickets opened, and what became of them until `end`; all in ticks of one clock; resolved NEVER: open at the end.

    counts    tickets that were opened in the window, not on the desk before; resolved  last resolution.
    priority  number; desk  where it was resolved or is; handoffs  how often it changed its queue.
    """

    opened: Ints
    resolved: Ints
    counts: Mask
    priority: Ints
    desk: Ints
    handoffs: Ints
    begin: int
    end: int


def outcome_of(spells: Spells, desk_of_queue: Ints, counts: Mask, begin: int, end: int) -> Outcome:
    """What became of the tickets of some spells."""
    last = np.append(np.diff(spells.ticket) != 0, True)
    desk, handoffs = np.zeros(spells.tickets, np.int64), np.zeros(spells.tickets, np.int64)
    desk[spells.ticket[last]] = desk_of_queue[spells.place[last]]
    np.maximum.at(handoffs, spells.ticket, np.where(spells.attempt == 0, spells.visit, 0))
    resolved = spells.resolved_last()
    resolved = np.where(resolved < 0, NEVER, resolved)
    return Outcome(spells.opened, resolved, counts, spells.priority, desk, handoffs, begin, end)


def survival(minutes: Floats, is_done: Mask, grid_h: Floats = GRID_H) -> Floats:
    """Share of tickets still open that many hours after their opening; open ones are censored.

    Source: Kaplan and Meier (1958), Nonparametric estimation from incomplete observations, JASA 53.
    """
    order = np.lexsort((~is_done, minutes))
    at, done = minutes[order], is_done[order]
    left = len(at) - np.arange(len(at))
    steps = np.cumprod(1.0 - done / np.maximum(left, 1))
    return np.asarray(np.concatenate([[1.0], steps])[np.searchsorted(at, 60.0 * grid_h, side="right")])


def distance_h(one: Floats, other: Floats, longest_h: float = MOST_H) -> float:
    """Wasserstein distance in hours of two resolution times clipped at 720 h or sooner, from their survival curves."""
    return float(np.abs(one - other)[longest_h > GRID_H].sum() * STEP_H)


def survival_of(outcome: Outcome, tick_min: float) -> Floats:
    """Survival curve of the tickets opened in the window, censored at its end."""
    kept = outcome.counts
    is_done = outcome.resolved[kept] < outcome.end
    until = np.where(is_done, outcome.resolved[kept], outcome.end)
    return survival((until - outcome.opened[kept]) * tick_min, is_done)


def resolved_survival(outcome: Outcome, tick_min: float) -> Floats:
    """Survival curve of the resolution times of all tickets resolved in the window, however old."""
    kept = (outcome.resolved >= outcome.begin) & (outcome.resolved < outcome.end)
    minutes = (outcome.resolved - outcome.opened)[kept] * tick_min
    return survival(minutes, np.ones(len(minutes), bool))


def attained(
    outcome: Outcome, target: Target, clock: Timeline, tick_min: float, chosen: Mask | None = None
) -> tuple[float, float]:
    """Tickets resolved within a target, and tickets due before the end of the window, of those opened in it."""
    ticks = np.full(len(outcome.opened), round(target.hours * 60 / tick_min))
    due = clock.advance(outcome.opened, ticks) if target.is_business else outcome.opened + ticks
    asked = outcome.counts & (due <= outcome.end)
    asked = asked if chosen is None else asked & chosen
    kept = asked & (outcome.resolved <= due)
    return float(kept.sum()), float(asked.sum())


def weekly(outcome: Outcome, weeks: Ints) -> dict[str, Floats]:
    """Tickets opened and resolved in each week and open at its end, of all tickets; weeks are edges in ticks."""
    opened = np.histogram(outcome.opened[outcome.counts], weeks)[0].astype(float)
    resolved = np.histogram(outcome.resolved, weeks)[0].astype(float)
    backlog = [
        float(((outcome.opened < edge) & (outcome.resolved >= edge)).sum())
        for edge in weeks[1:].tolist()
    ]
    return {"opened": opened, "resolved": resolved, "backlog": np.array(backlog)}


def routing(outcome: Outcome, desks: int) -> tuple[Floats, Floats]:
    """Shares of resolved tickets by the desk that resolved them, and by the number of hand-offs (4: or more)."""
    kept = outcome.counts & (outcome.resolved < outcome.end)
    many = max(float(kept.sum()), 1.0)
    handoffs = np.minimum(outcome.handoffs[kept], MOST_HANDOFFS)
    return (
        np.bincount(outcome.desk[kept], minlength=desks)[:desks] / many,
        np.bincount(handoffs, minlength=MOST_HANDOFFS + 1) / many,
    )


@dataclass(frozen=True)
class Figures:
    """The figures of one outcome.

    survival  of tickets opened in the window; resolved  of those resolved in it, however old.
    attainment  (target, priority or "all") -> resolved in time over due; by_week  the same of all tickets, per week.
    """

    survival: Floats
    resolved: Floats
    attainment: Mapping[tuple[str, str], tuple[float, float]]
    by_week: Mapping[str, Floats]
    desk_shares: Floats
    handoffs: Floats

    def share(self, key: tuple[str, str]) -> float:
        """Attainment, nan if hardly any ticket was due."""
        kept, asked = self.attainment[key]
        return kept / asked if asked >= _LEAST_TICKETS else float("nan")

    def _parts(self) -> list[Floats]:
        pairs = np.array(list(self.attainment.values()), float)
        return [self.survival, self.resolved, pairs.ravel(), self.desk_shares, self.handoffs, *self.by_week.values()]

    def packed(self) -> Floats:
        """All figures as one row of numbers."""
        return np.concatenate(self._parts())

    def unpacked(self, row: Floats) -> "Figures":
        """The figures of a packed row, of another outcome that was asked for the same figures."""
        edges = np.cumsum([len(part) for part in self._parts()])
        survival, resolved, pairs, shares, handoffs, *weeks = np.split(row, edges[:-1])
        attainment = dict(zip(self.attainment, map(tuple, pairs.reshape(-1, 2).tolist()), strict=True))
        return Figures(survival, resolved, attainment, dict(zip(self.by_week, weeks, strict=True)), shares, handoffs)


def figures_of(
    outcome: Outcome, targets: Sequence[Target], clock: Timeline, tick_min: float, names: Sequence[str], desks: int,
    weeks: Ints,
) -> Figures:  # fmt: skip
    """The figures of an outcome."""
    attainment, series = {}, weekly(outcome, weeks)
    number = np.searchsorted(weeks, outcome.opened, side="right") - 1
    for target in targets:
        attainment[target.words, "all"] = attained(outcome, target, clock, tick_min)
        for level, name in enumerate(names):
            attainment[target.words, name] = attained(outcome, target, clock, tick_min, outcome.priority == level)
        pairs = [attained(outcome, target, clock, tick_min, number == week) for week in range(len(weeks) - 1)]
        series[f"within {target.words}"] = np.array([k / a if a >= _LEAST_TICKETS else np.nan for k, a in pairs])
    shares, handoffs = routing(outcome, desks)
    curves = survival_of(outcome, tick_min), resolved_survival(outcome, tick_min)
    return Figures(*curves, attainment, series, shares, handoffs)
