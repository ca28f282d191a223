"""When people work and when tickets come: working hours, days off, the shape of the week, and how busy days differ."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import BusinessCalendar, Timeline, Window, hour_of_week, timeline_of
from twin.calendar.public_holidays import holidays_of
from twin.calibrate.readers.record import Record

Ints = NDArray[np.int64]
Floats = NDArray[Any]

HOURS: Final = 168
_BUSY_HOUR_RATIO: Final = 0.25  # of the busiest hour: from here on an hour counts as worked
_BUSY_DAY_RATIO: Final = 0.35  # of the median working day: below, a working day was off
_WEEKEND_RATIO: Final = 0.35
_PRIOR_TICKETS: Final = 150.0  # what the pooled shape of the day weighs against a weekday's own


@dataclass(frozen=True)
class Working:
    """The hours in which tickets move, and the days off, as far as an instant tells.

    days  0 is Monday; hours  (open, close) of local time; days_off  dates, of the past as seen, of the future as the
    public holidays of `country` say.
    """

    zone: str
    days: frozenset[int]
    hours: tuple[int, int]
    days_off: frozenset[date]
    country: str | None

    def calendar(self) -> BusinessCalendar:
        """The business calendar of these hours."""
        window = Window(self.days, self.hours[0] * 60, self.hours[1] * 60)
        return BusinessCalendar(self.zone, (window,), self.days_off)

    def timeline(self, record: Record, end_ticks: int) -> Timeline:
        """Open spans on the record's clock, up to a tick that may lie beyond its end."""
        return timeline_of(self.calendar(), record.start, end_ticks, record.tick_s)

    def timeline_at(self, record: Record, first_tick: int, minutes: float) -> Timeline:
        """Open spans of a window that begins at a tick of the record, counted from there."""
        start = record.start + timedelta(seconds=first_tick * record.tick_s)
        return timeline_of(self.calendar(), start, round(minutes * 60 / record.tick_s), record.tick_s)


@dataclass(frozen=True)
class Days:
    """The local days of a record: their first ticks (one more than days: the end), dates and tickets opened."""

    first: Ints
    dates: tuple[date, ...]
    opened: Ints

    @property
    def weekday(self) -> Ints:
        """0 for Monday, per day."""
        return np.array([one.weekday() for one in self.dates], np.int64)


@dataclass(frozen=True)
class Shape:
    """The usual week: mean tickets per weekday (7), relative activity by hour (168), and what is opened on a day off
    relative to the same weekday."""

    weekday: Floats
    hours: Floats
    day_off_ratio: float


def days_of(record: Record, opened: Ints) -> Days:
    """Local days of a record, midnight to midnight whatever the clock does; the last is perhaps cut by its end."""
    begin, first, dates = record.start.timestamp(), [0], [record.start.date()]
    while True:
        after = dates[-1] + timedelta(days=1)
        midnight = datetime(after.year, after.month, after.day, tzinfo=record.start.tzinfo)
        first.append(min(round((midnight.timestamp() - begin) / record.tick_s), record.log.end_ticks))
        if first[-1] >= record.log.end_ticks:
            break
        dates.append(after)
    edges = np.array(first, np.int64)
    return Days(edges, tuple(dates), np.histogram(opened, edges)[0].astype(np.int64))


def slots(record: Record, ticks: Ints) -> Ints:
    """Hour of the local week of each tick, 0 to 167."""
    return np.asarray(hour_of_week(ticks, record.start, record.column_map.time_zone, record.tick_s, HOURS), np.int64)


def working(record: Record, days: Days, acted: Ints, country: str | None, years: range) -> Working:
    """Working hours from when people acted (ticks), days off from the days on which hardly a ticket opened."""
    by_hour = np.bincount(slots(record, acted), minlength=HOURS).reshape(7, 24).astype(float)
    total = by_hour.sum(axis=1)
    usual = float(np.median(total[:5]))
    worked = frozenset(day for day in range(7) if day < 5 or total[day] > _WEEKEND_RATIO * usual)
    shape = by_hour[sorted(worked)].sum(axis=0)
    busy = np.flatnonzero(shape >= _BUSY_HOUR_RATIO * shape.max())
    off = seen_off(days)
    if country is not None:
        off |= {day for day in holidays_of(country, years) if day not in days.dates}
    return Working(record.column_map.time_zone, worked, (int(busy[0]), int(busy[-1]) + 1), frozenset(off), country)


def seen_off(days: Days) -> set[date]:
    """Week days on which hardly anything was opened."""
    is_week = (days.weekday < 5) & (np.diff(days.first) > 0.9 * np.diff(days.first).max())
    if not is_week.any():
        return set()
    usual = float(np.median(days.opened[is_week]))
    low = is_week & (days.opened < _BUSY_DAY_RATIO * usual)
    return {day for day, is_low in zip(days.dates, low.tolist(), strict=True) if is_low}


def shape_of(record: Record, days: Days, opened: Ints, off: frozenset[date]) -> Shape:
    """The usual week of a record, its hours drawn towards the pooled shape of weekdays or of the weekend."""
    is_off = np.array([day in off for day in days.dates])
    weekday = days.weekday
    mean = np.zeros(7)
    for k in range(7):
        kept = (weekday == k) & ~is_off
        mean[k] = days.opened[kept].mean() if kept.any() else 0.0
    mean = np.where(mean > 0, mean, mean[mean > 0].mean() if (mean > 0).any() else 1.0)
    usual = ~is_off[np.clip(np.searchsorted(days.first, opened, side="right") - 1, 0, len(is_off) - 1)]
    by_hour = np.bincount(slots(record, opened[usual]), minlength=HOURS).reshape(7, 24).astype(float)
    hours = np.zeros((7, 24))
    for group in (range(5), range(5, 7)):
        pooled = by_hour[list(group)].sum(axis=0) + 0.1
        pooled /= pooled.sum()
        for k in group:
            hours[k] = mean[k] * (by_hour[k] + _PRIOR_TICKETS * pooled) / (by_hour[k].sum() + _PRIOR_TICKETS)
    expected = mean[weekday[is_off]].sum()
    ratio = float(days.opened[is_off].sum() / expected) if expected > 0 else 0.05
    return Shape(mean, hours.ravel(), min(ratio, 1.0))


def expected_per_day(days: Days, shape: Shape, off: frozenset[date]) -> Floats:
    """Tickets that the usual week has on each day, days off and a cut last day counted down."""
    is_off = np.array([day in off for day in days.dates])
    length = np.minimum(np.diff(days.first) / np.median(np.diff(days.first)), 1.0)
    return np.asarray(shape.weekday[days.weekday] * np.where(is_off, shape.day_off_ratio, 1.0) * length)
