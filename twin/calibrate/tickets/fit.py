"""All that is learned from the tickets of a record, as known at its end."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import Timeline
from twin.calibrate.readers.record import Record
from twin.calibrate.tickets.desks import Desks, Habits, Visits, desks_of, habits_of, visits_of
from twin.calibrate.tickets.kinds import Efforts, Kinds, fit_kinds
from twin.calibrate.tickets.spells import Spells, spells_of
from twin.calibrate.tickets.staff import Staff, staff_of
from twin.calibrate.tickets.trend import TESTED_WEEKS, Choice, Fold, Share, choose, fit_share, forecast_errors, weights
from twin.calibrate.tickets.volume import Volume, pooled, volume_of
from twin.calibrate.tickets.week import (
    Days,
    Shape,
    Working,
    days_of,
    expected_per_day,
    shape_of,
    working,
)

Ints = NDArray[np.int64]
Floats = NDArray[Any]
Mask = NDArray[np.bool_]

FIRST_CONTACT_MIN: Final = 60.0
WEEK_MIN: Final = 10_080.0
MOST_FOLDS: Final = 6
USUAL_LOGITS: Final = 0.15  # errors of a week's log-odds of first contact, assumed where a record has few weeks
USUAL_EFFORT: Final = 0.15  # errors of a week's log desk time, assumed where a record has few weeks
_LEAST_WEEKS: Final = 2.0  # that a fold learns from


@dataclass(frozen=True)
class FirstContact:
    """Tickets resolved within the hour of their opening: mean and cv of the minutes they take, the share of each desk
    that resolves them, and the chance of each hand-off among them."""

    mean_min: float
    cv: float
    desks: Floats
    again: float


@dataclass(frozen=True)
class Reopening:
    """Resolved tickets that come back: probability, mean and cv of the minutes until they do."""

    probability: float
    mean_min: float
    cv: float


@dataclass(frozen=True)
class TicketsFit:
    """What a record teaches, each part with its uncertainty. Times of `spells` are ticks of the record.

    share_spread, effort_spread  how wrong forecasts of a week were inside the record, beyond chance: standard deviation
    of the log-odds of the first-contact share, and of the logarithm of the time at the desk.
    """

    record: Record
    spells: Spells
    clock: Timeline
    working: Working
    days: Days
    shape: Shape
    volume: Volume
    choice: Choice
    scores: dict[str, float]
    share: Share
    first_contact: FirstContact
    kinds: Kinds
    share_spread: float
    effort_spread: float
    efforts: Efforts
    effort_tickets: Ints
    desks: Desks
    visits: Visits
    habits: list[list[Habits]]
    belongs: Floats
    reopening: Reopening
    staff: Staff

    @property
    def tick_min(self) -> float:
        """Minutes a tick."""
        return self.record.tick_s / 60.0


def fit_tickets(record: Record, country: str | None = None) -> TicketsFit:
    """Everything learned from a record. Raises ValueError if it is too short or has too few tickets."""
    spells = spells_of(record.log)
    if spells.tickets < 100:
        raise ValueError(f"{spells.tickets} tickets are too few to learn from; give a longer record")
    days = days_of(record, spells.opened)
    if len(days.dates) < 14:
        raise ValueError(f"{len(days.dates)} days are too few to learn from; give at least two weeks")
    years = range(days.dates[0].year, days.dates[-1].year + 2)
    hours = working(record, days, _acted(record, spells), country, years)
    clock = hours.timeline(record, record.log.end_ticks)
    shape = shape_of(record, days, spells.opened, hours.days_off)
    return _fitted(record, spells, days, hours, clock, shape)


def _fitted(
    record: Record, spells: Spells, days: Days, hours: Working, clock: Timeline, shape: Shape
) -> TicketsFit:
    tick_min = record.tick_s / 60.0
    desks = desks_of(record, spells)
    visits = visits_of(spells, desks, clock, tick_min)
    folds = folds_of(spells, clock, tick_min)
    choice, scores = choose(folds)
    share_errors, effort_errors = forecast_errors(folds, choice)
    is_first, week, efforts, tickets = known(spells, clock, tick_min, spells.end_ticks)
    share = fit_share(is_first, week, choice.share_memory, choice.share_damping > 0)
    alike = efforts.gathered()
    weighted = replace(alike, weight=alike.weight * weights(alike.week, choice.effort_memory))
    kinds = fit_kinds(weighted, choice.count, choice.effort_damping > 0)
    belongs = np.zeros((spells.tickets, choice.count))
    belongs[tickets] = kinds.belongs(efforts)
    return TicketsFit(
        record=record, spells=spells, clock=clock, working=hours, days=days, shape=shape,
        volume=_volume(days, shape, hours, spells), choice=choice, scores=scores, share=share,
        first_contact=_first_contact(spells, visits, len(desks.names), tick_min), kinds=kinds,
        share_spread=_pooled(share_errors, USUAL_LOGITS), effort_spread=_pooled(effort_errors, USUAL_EFFORT),
        efforts=efforts, effort_tickets=tickets, desks=desks,
        visits=visits, habits=habits_of(visits, belongs, len(desks.stations)), belongs=belongs,
        reopening=_reopening(spells, tick_min), staff=staff_of(record, spells, desks, clock),
    )  # fmt: skip


def _acted(record: Record, spells: Spells) -> Ints:
    if record.acts is not None:
        return record.acts.at
    done = spells.resolved_first()
    return np.concatenate([spells.opened, done[done >= 0]])


def known(spells: Spells, clock: Timeline, tick_min: float, at: int) -> tuple[Mask, Floats, Efforts, Ints]:
    """What was known at a tick: first-contact flags and weeks (negative) of tickets at least an hour old, and the
    efforts and numbers of the others."""
    done = spells.resolved_first()
    is_done = (done >= 0) & (done < at)
    is_first = is_done & ((done - spells.opened) * tick_min < FIRST_CONTACT_MIN)
    week = (spells.opened - at) * tick_min / WEEK_MIN
    seen = spells.opened < at
    old = seen & ((at - spells.opened) * tick_min >= FIRST_CONTACT_MIN)
    rest = np.flatnonzero(seen & ~is_first)
    minutes = spells.effort(clock, at)[rest] * tick_min
    efforts = Efforts(minutes, is_done[rest], week[rest], np.ones(len(rest)))
    return is_first[old], week[old], efforts, rest


def folds_of(spells: Spells, clock: Timeline, tick_min: float) -> list[Fold]:
    """Rolling origins inside the record: what was known some weeks before its end, and what came in the next two."""
    folds = []
    week = WEEK_MIN / tick_min
    for back in range(1, MOST_FOLDS + 1):
        origin = int(spells.end_ticks - back * week)
        if origin - int(spells.opened[0]) < _LEAST_WEEKS * week:
            break
        is_first, first_week, efforts, _ = known(spells, clock, tick_min, origin)
        until = min(origin + int(TESTED_WEEKS * week), spells.end_ticks)
        seen_first, seen_week, seen, tickets = known(spells, clock, tick_min, spells.end_ticks)
        old = (spells.end_ticks - spells.opened) * tick_min >= FIRST_CONTACT_MIN
        opened = spells.opened[old]
        ahead = (opened >= origin) & (opened < until)
        rest = (spells.opened[tickets] >= origin) & (spells.opened[tickets] < until)
        shift = (spells.end_ticks - origin) / week
        weight = np.ones(int(rest.sum()))
        next_efforts = Efforts(seen.minutes[rest], seen.is_done[rest], seen.week[rest] + shift, weight)
        next_week = np.floor(seen_week[ahead] + shift) + 0.5
        folds.append(Fold(is_first, first_week, efforts, seen_first[ahead], next_week, next_efforts))
    return folds


def _volume(days: Days, shape: Shape, hours: Working, spells: Spells) -> Volume:
    expected = expected_per_day(days, shape, hours.days_off)
    noon = (days.first[:-1] + days.first[1:]) // 2
    edges = np.sort(np.concatenate([days.first, noon]))
    halves = np.histogram(spells.opened, edges)[0].reshape(-1, 2).astype(np.float64)
    share = halves.sum(axis=0) / max(halves.sum(), 1.0)
    usual = np.array([day not in hours.days_off for day in days.dates])
    weekday = days.weekday < 5
    kept = usual & weekday
    return volume_of(expected, days.opened, halves[kept], expected[kept, None] * share)


def _first_contact(spells: Spells, visits: Visits, desks: int, tick_min: float) -> FirstContact:
    done = spells.resolved_first()
    is_first = (done >= 0) & ((done - spells.opened) * tick_min < FIRST_CONTACT_MIN)
    if is_first.sum() < 5:
        return FirstContact(10.0, 1.0, np.eye(desks)[0], 0.0)
    minutes = np.maximum((done - spells.opened)[is_first] * tick_min, tick_min / 2)
    ends = is_first[visits.ticket] & (visits.to == -1)
    share = np.bincount(visits.desk[ends], minlength=desks) / max(int(ends.sum()), 1)
    again = 1.0 - float(ends.sum()) / max(float(is_first[visits.ticket].sum()), 1.0)
    return FirstContact(float(minutes.mean()), float(minutes.std() / minutes.mean()), share, again)


def _reopening(spells: Spells, tick_min: float) -> Reopening:
    done = np.flatnonzero(spells.state == 3)
    back = np.append(np.diff(spells.ticket) == 0, False)[done]
    lengths = (spells.until - spells.begin)[done][back] * tick_min
    if len(lengths) < 5:
        return Reopening(0.0, 0.0, 0.0)
    mean = max(float(lengths.mean()), 1.0)
    return Reopening(len(lengths) / len(done), mean, max(float(lengths.std()) / mean, 0.01))


def _pooled(squares: list[float], usual: float) -> float:
    return pooled(max(sum(squares), 0.0), len(squares), usual)
