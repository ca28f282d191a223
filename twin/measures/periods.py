"""Whole months and years inside the measured time: the periods a contract promises something for."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from dateutil.relativedelta import relativedelta
from numpy.typing import NDArray

from twin.calendar.zones import TickAxis, zone
from twin.spec.scenario import Clock

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Periods:
    """Consecutive periods [edges[k], edges[k + 1]) in ticks; at least one."""

    name: str
    edges: Ints

    def __len__(self) -> int:
        return len(self.edges) - 1

    def of(self, ticks: Ints) -> Ints:
        """Number of the period each tick falls in, -1 for none."""
        number = np.searchsorted(self.edges, ticks, side="right") - 1
        return np.where(number < len(self), number, -1)


def months(clock: Clock) -> Periods:
    """Whole calendar months of the clock's zone inside [warm_up, horizon); all of it if there is no whole month."""
    first = _local_start(clock).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return _whole_periods("month", clock, first, relativedelta(months=1))


def years(clock: Clock) -> Periods:
    """Whole years counted from the end of the warm-up; all measured time if it is shorter than a year."""
    return _whole_periods("year", clock, _local_start(clock), relativedelta(years=1))


def _local_start(clock: Clock) -> datetime:
    axis = TickAxis.of(clock.start_utc, clock.tick)
    instant = axis.start_us + clock.ticks(clock.warm_up) * axis.tick_us
    return datetime.fromtimestamp(instant / 1e6, zone(clock.time_zone)).replace(tzinfo=None)


def _whole_periods(name: str, clock: Clock, first: datetime, step: relativedelta) -> Periods:
    begin, end = clock.ticks(clock.warm_up), clock.horizon_ticks
    axis, tz = TickAxis.of(clock.start_utc, clock.tick), zone(clock.time_zone)
    edges = list[int]()
    while not edges or edges[-1] <= end:
        local = (first + step * len(edges)).replace(tzinfo=tz)
        edges.append(int(axis.ticks_of(np.array([round(local.timestamp())], np.int64))[0]))
    whole = [edge for edge in edges if begin <= edge <= end]
    return Periods(name, np.array(whole if len(whole) > 1 else [begin, end], np.int64))
