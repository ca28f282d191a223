"""Business calendars: weekly windows of local time, holidays and make-up days; and the spans of ticks they open."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from twin.calendar.zones import DAY_S, Ints, TickAxis, offsets_between, zone

_DAY_MIN = 1440
_EVERY_DAY = frozenset(range(7))
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Window:
    """Opening hours on some days of the week: minutes of local wall-clock time, days counted from 0 = Monday.

    A window that closes at or before it opens runs past midnight and belongs to the day on which it opens.
    Raises ValueError for days outside 0-6 or minutes outside the day.
    """

    days: frozenset[int]
    open_min: int
    close_min: int

    def __post_init__(self) -> None:
        if not self.days <= _EVERY_DAY:
            raise ValueError(f"days {sorted(self.days)}: write numbers from 0 (Monday) to 6 (Sunday)")
        if not (0 <= self.open_min < _DAY_MIN and 0 <= self.close_min <= _DAY_MIN):
            raise ValueError(f"window {self.open_min}-{self.close_min} min: write times from 00:00 to 24:00")

    @property
    def length_min(self) -> int:
        """Wall-clock minutes from opening to closing, 1 to 1440."""
        return self.close_min - self.open_min + (_DAY_MIN if self.close_min <= self.open_min else 0)


@dataclass(frozen=True)
class BusinessCalendar:
    """Weekly windows in one time zone, closed on holidays, and open whenever a calendar of `union` is.

    Make-up `workdays` follow Monday's windows whatever their weekday, also if listed as a holiday. From `until` on it
    is closed for good, union or not. Raises ValueError for an unknown time zone.
    """

    time_zone: str
    windows: tuple[Window, ...]
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    union: tuple["BusinessCalendar", ...] = ()
    until: date | None = None

    def __post_init__(self) -> None:
        zone(self.time_zone)


ALWAYS = BusinessCalendar("UTC", (Window(_EVERY_DAY, 0, _DAY_MIN),))


def is_always(calendar: BusinessCalendar) -> bool:
    """True if the calendar never closes: a whole-day window on all days and no holidays, in any of its parts."""
    if calendar.until is not None:
        return False
    whole = any(window.days == _EVERY_DAY and window.length_min == _DAY_MIN for window in calendar.windows)
    return (whole and calendar.holidays <= calendar.workdays) or any(is_always(part) for part in calendar.union)


def spans(calendar: BusinessCalendar, start: datetime, ticks_end: int, tick_s: float = 1.0) -> Ints:
    """Open intervals [open, close) in ticks since `start`: sorted, merged, within [0, ticks_end); shape (n, 2).

    Edges are wall-clock times, so a window across a clock change is an hour shorter or longer; an edge that the
    clock repeats or skips is read as RFC 5545 says. Raises ValueError for a naive start.
    """
    axis = TickAxis.of(start, tick_s)
    if ticks_end <= 0:
        return np.empty((0, 2), np.int64)
    if is_always(calendar):
        return np.array([[0, ticks_end]], np.int64)
    parts = [axis.ticks_of(part) for part in _utc_windows(calendar, axis.epoch_s(0), axis.epoch_s(ticks_end) + 1)]
    clipped = np.clip(np.concatenate([np.empty((0, 2), np.int64), *parts]), 0, ticks_end)
    return _merged(clipped)


def _utc_windows(calendar: BusinessCalendar, first_s: int, last_s: int) -> Iterator[Ints]:
    if calendar.until is None:
        yield from _endless_windows(calendar, first_s, last_s)
        return
    table = offsets_between(calendar.time_zone, first_s, last_s)
    end_s = table.to_utc(_day_numbers([calendar.until]) * DAY_S)
    for windows in _endless_windows(calendar, first_s, last_s):
        yield np.minimum(windows, end_s)


def _endless_windows(calendar: BusinessCalendar, first_s: int, last_s: int) -> Iterator[Ints]:
    table = offsets_between(calendar.time_zone, first_s, last_s)
    days = np.arange(first_s // DAY_S - 2, last_s // DAY_S + 3, dtype=np.int64)
    is_makeup = np.isin(days, _day_numbers(calendar.workdays))
    weekday = np.where(is_makeup, 0, (days + 3) % 7)
    works = is_makeup | ~np.isin(days, _day_numbers(calendar.holidays))
    for window in calendar.windows:
        opens = days[works & np.isin(weekday, list(window.days))] * DAY_S + window.open_min * 60
        yield np.stack([table.to_utc(opens), table.to_utc(opens + window.length_min * 60)], axis=1)
    for part in calendar.union:
        yield from _utc_windows(part, first_s, last_s)


def _day_numbers(days: Iterable[date]) -> Ints:
    return np.array([day.toordinal() - _EPOCH_DAY for day in days], np.int64)


def _merged(intervals: Ints) -> Ints:
    kept = intervals[intervals[:, 0] < intervals[:, 1]]
    kept = kept[np.argsort(kept[:, 0], kind="stable")]
    if len(kept) == 0:
        return kept
    reach = np.maximum.accumulate(kept[:, 1])
    is_first = np.concatenate([[True], kept[1:, 0] > reach[:-1]])
    return np.stack([kept[is_first, 0], reach[np.append(is_first[1:], True)]], axis=1)


def step_function(shifts: Iterable[tuple[NDArray[np.int64], int]]) -> tuple[Ints, Ints]:
    """Heads on duty over time, summed over (spans, heads) pairs: (at, heads), both int64 of equal length.

    `heads[k]` holds from tick `at[k]` until `at[k + 1]`; `at[0]` is 0, and only real changes are kept.
    A span cut off at the horizon ends there, so a last step down at the horizon itself is usual.
    """
    at, change = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
    for intervals, heads in shifts:
        at += [intervals[:, 0], intervals[:, 1]]
        change += [np.full(len(intervals), heads, np.int64), np.full(len(intervals), -heads, np.int64)]
    ticks, place = np.unique(np.concatenate(at), return_inverse=True)
    delta = np.zeros(len(ticks), np.int64)
    np.add.at(delta, place, np.concatenate(change))
    is_kept = (delta != 0) | (ticks == 0)
    return ticks[is_kept], np.cumsum(delta)[is_kept]
