"""Active users over time, as a running total: what user-weighted availability weighs with."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.calendar import hour_of_week
from twin.calendar.zones import DAY_S, TickAxis, offsets_between
from twin.measures.frame import Frame
from twin.spec.demand import Profile

Array = NDArray[Any]

_QUARTER_S = 900
_WEEK_S = 7 * DAY_S


class ActiveUsers:
    """Users at work: `concurrent_ratio` of the named ones in the busiest slice of the profile, else in proportion."""

    def __init__(self, frame: Frame) -> None:
        users = frame.scenario.demand.users
        peak = users.named * users.concurrent_ratio
        profile = frame.scenario.demand.profiles[users.profile] if users.profile is not None else None
        self._edges = np.array([0, frame.end], np.float64)
        levels = np.ones(1)
        if profile is not None:
            self._edges, levels = _levels(frame, profile)
        self._total = np.concatenate([[0.0], np.cumsum(peak * levels * np.diff(self._edges))])

    def until(self, ticks: Array) -> Array:
        """User ticks in [0, t) for each tick."""
        return np.asarray(np.interp(ticks, self._edges, self._total))


def _levels(frame: Frame, profile: Profile) -> tuple[Array, Array]:
    clock, weights = frame.scenario.clock, np.array(profile.weights)
    axis = TickAxis.of(clock.start_utc, clock.tick)
    slices = len(weights) * (7 if profile.span == "day" else 1)
    step = math.gcd(_WEEK_S // slices, _QUARTER_S)
    first, last = axis.epoch_s(0), axis.epoch_s(frame.end) + 1
    starts = np.arange(first // step * step, last, step, dtype=np.int64)
    begins = axis.ticks_of(starts)
    number = hour_of_week(begins, clock.start_utc, clock.time_zone, clock.tick, slices)
    levels = weights[number % len(weights)] / weights.max()
    if profile.calendar is not None:
        levels = np.where(_is_holiday(frame, profile.calendar, starts), levels * profile.days_off_ratio, levels)
    edges = np.clip(np.append(begins, frame.end), 0, frame.end)
    kept = np.concatenate([[True], levels[1:] != levels[:-1]])
    return np.append(edges[:-1][kept], edges[-1]).astype(np.float64), levels[kept]


def _is_holiday(frame: Frame, calendar: str, epoch_s: Array) -> Array:
    from twin.spec.calendars import business_calendar

    hours = business_calendar(frame.scenario, calendar)
    table = offsets_between(frame.scenario.clock.time_zone, int(epoch_s[0]), int(epoch_s[-1]))
    days = table.to_local(epoch_s) // DAY_S
    off = [day.toordinal() - 719_163 for day in hours.holidays - hours.workdays]
    return np.asarray(np.isin(days, np.array(off, np.int64)))
