"""Local wall-clock time and UTC, by arrays: one table of UTC-offset transitions per zone and span of years."""

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.units import UnitError

Ints = NDArray[np.int64]

DAY_S = 86_400
_WEEK_US = 7 * DAY_S * 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY_SHIFT_S = 3 * DAY_S


def zone(time_zone: str) -> ZoneInfo:
    """Time zone of an IANA name, such as "Europe/Berlin". Raises ValueError naming the nearest known zone."""
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        nearest = difflib.get_close_matches(time_zone[:60], sorted(available_timezones()), n=1, cutoff=0.0)
        remedy = f', did you mean "{nearest[0]}"?' if nearest else ": install the tzdata package"
        raise ValueError(f"unknown time zone {time_zone!r}{remedy}") from None


@dataclass(frozen=True, eq=False)
class Offsets:
    """UTC offsets of a zone, in seconds: `offset_s[k]` holds from `since_s[k]` (epoch seconds) on."""

    since_s: Ints
    offset_s: Ints

    def to_local(self, utc_s: Ints) -> Ints:
        """Local wall-clock seconds, counted as if the zone were UTC."""
        return utc_s + self.offset_s[np.searchsorted(self.since_s[1:], utc_s, side="right")]

    def to_utc(self, local_s: Ints) -> Ints:
        """Epoch seconds of local wall-clock times.

        A time that occurs twice means its first occurrence; one skipped by the clock is read with the offset before
        the gap. Source: RFC 5545, section 3.3.5; the same as fold=0 of PEP 495.
        """
        switch_s = self.since_s[1:] + np.maximum(self.offset_s[1:], self.offset_s[:-1])
        return local_s - self.offset_s[np.searchsorted(switch_s, local_s, side="right")]


def offsets_between(time_zone: str, first_s: int, last_s: int) -> Offsets:
    """UTC offsets of the zone over at least [first_s, last_s] (epoch seconds) and a few days on each side.

    Raises ValueError for an unknown zone or outside the years 2 to 9998.
    """
    lowest, highest = datetime(2, 1, 5, tzinfo=UTC), datetime(9998, 12, 27, tzinfo=UTC)
    if not _epoch_s(lowest) <= first_s <= last_s <= _epoch_s(highest):
        raise ValueError("a calendar must lie within the years 2 to 9998: shorten the horizon or move the start")
    first, last = (_EPOCH + timedelta(seconds=s) for s in (first_s - 4 * DAY_S, last_s + 4 * DAY_S))
    return _offsets_of_years(time_zone, first.year, last.year)


@lru_cache(maxsize=64)
def _offsets_of_years(time_zone: str, first_year: int, last_year: int) -> Offsets:
    tz = zone(time_zone)
    begin = _epoch_s(datetime(first_year, 1, 1, tzinfo=UTC))
    end = _epoch_s(datetime(last_year + 1, 1, 1, tzinfo=UTC))
    since, offset = [begin], [_offset_s(tz, begin)]
    for day in range(begin, end, DAY_S):
        after = _offset_s(tz, day + DAY_S)
        if after != offset[-1]:
            since.append(_transition_s(tz, day, day + DAY_S))
            offset.append(after)
    return Offsets(np.array(since, np.int64), np.array(offset, np.int64))


def _transition_s(tz: ZoneInfo, before_s: int, after_s: int) -> int:
    old = _offset_s(tz, before_s)
    while after_s - before_s > 1:
        middle = (before_s + after_s) // 2
        before_s, after_s = (middle, after_s) if _offset_s(tz, middle) == old else (before_s, middle)
    return after_s


def _offset_s(tz: ZoneInfo, utc_s: int) -> int:
    offset = (_EPOCH + timedelta(seconds=utc_s)).astimezone(tz).utcoffset()
    return 0 if offset is None else offset // timedelta(seconds=1)


def _epoch_s(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(seconds=1)


@dataclass(frozen=True)
class TickAxis:
    """Ticks of one scenario: instant 0 and tick length, both in whole microseconds."""

    start_us: int
    tick_us: int

    @classmethod
    def of(cls, start: datetime, tick_s: float) -> "TickAxis":
        """The axis that starts at an aware datetime. Raises ValueError for a naive one or a tick below 1 us."""
        if start.tzinfo is None:
            raise ValueError(f"the start {start} has no UTC offset: write one, e.g. 2026-01-01T00:00:00+01:00")
        tick_us = round(tick_s * 1e6) if 0 < tick_s < 1e9 else 0
        if tick_us < 1:
            raise UnitError(f"a tick of {tick_s} s is impossible: give between 1e-6 and 1e9 seconds")
        return cls((start - _EPOCH) // timedelta(microseconds=1), tick_us)

    def epoch_s(self, ticks: int) -> int:
        """Epoch second in which a tick falls."""
        return (self.start_us + ticks * self.tick_us) // 1_000_000

    def ticks_of(self, utc_s: Ints) -> Ints:
        """Nearest ticks to epoch seconds, halves up."""
        return (2 * (utc_s * 1_000_000 - self.start_us) + self.tick_us) // (2 * self.tick_us)


def hour_of_week(
    ticks: ArrayLike, start: datetime, time_zone: str, tick_s: float = 1.0, slices_per_week: int = 168
) -> Ints:
    """Local slice of the week of each tick: 0 begins on Monday 00:00 wall-clock time; same shape as `ticks`.

    With 168 slices these are hours. An hour that the clock repeats counts twice, one that it skips never.
    Raises ValueError for an unknown zone, a naive start or fewer than 1 slice.
    """
    if slices_per_week < 1:
        raise ValueError(f"{slices_per_week} slices per week: give at least 1")
    axis, at = TickAxis.of(start, tick_s), np.asarray(ticks, np.int64)
    if at.size == 0:
        return np.empty(at.shape, np.int64)
    table = offsets_between(time_zone, axis.epoch_s(int(at.min())), axis.epoch_s(int(at.max())))
    utc_us = axis.start_us + at * axis.tick_us
    utc_s = utc_us // 1_000_000
    local_us = utc_us + (table.to_local(utc_s) - utc_s + _MONDAY_SHIFT_S) * 1_000_000
    return np.asarray(local_us % _WEEK_US * slices_per_week // _WEEK_US, np.int64)
