"""What all measures of one scenario share: measured time, periods, calendars and the numbering of names."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.calendar import ALWAYS_OPEN, Timeline, timeline_of
from twin.eventlog.log import EventLog, Names
from twin.measures.periods import Periods, months, years
from twin.spec.desks import pools, queue_names
from twin.spec.scenario import Scenario

YEAR_S = 365 * 86_400.0


class Frame:
    """Measured time [warm_up, horizon) of a scenario in ticks, its calendars as timelines, its names in order."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        clock = scenario.clock
        self.tick_s = clock.tick
        self.warm_up, self.horizon, self.end = clock.ticks(clock.warm_up), clock.horizon_ticks, clock.end_ticks
        self.names = names_of(scenario)
        self._timelines: dict[str, Timeline] = {"always": ALWAYS_OPEN}

    @cached_property
    def months(self) -> Periods:
        """Whole months inside the measured time."""
        return months(self.scenario.clock)

    @cached_property
    def years(self) -> Periods:
        """Whole years inside the measured time."""
        return years(self.scenario.clock)

    @property
    def per_year(self) -> float:
        """What turns a count over the measured time into one per year of 365 days."""
        return YEAR_S / ((self.horizon - self.warm_up) * self.tick_s)

    @property
    def ticks_per_min(self) -> float:
        """Ticks in a minute."""
        return 60.0 / self.tick_s

    def timeline(self, calendar: str) -> Timeline:
        """Open spans of a named calendar of the scenario over all simulated time."""
        if calendar not in self._timelines:
            from twin.spec.calendars import business_calendar

            hours = business_calendar(self.scenario, calendar)
            self._timelines[calendar] = timeline_of(hours, self.scenario.clock.start_utc, self.end, self.tick_s)
        return self._timelines[calendar]


def joined_spans(timelines: Sequence[Timeline]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Opens, closes and open ticks before each span, of all timelines one after the other."""
    nothing = np.zeros(0, np.int64)
    return (
        np.concatenate([nothing, *(line.opens for line in timelines)]),
        np.concatenate([nothing, *(line.closes for line in timelines)]),
        np.concatenate([nothing, *(line.open_before[:-1] for line in timelines)]),
    )


def names_of(scenario: Scenario) -> Names:
    """The scenario's names in the order it lists them; tiers are its pools: regular heads, then people on call."""
    return Names(
        queues=queue_names(scenario),
        tiers=tuple(pool.name for pool in pools(scenario)),
        components=tuple(scenario.deployment.components),
        changes=tuple(scenario.changes),
        classes=tuple(scenario.demand.tickets),
        priorities=scenario.support.priorities,
    )


def names_in(log: EventLog, frame: Frame) -> Names:
    """The names behind the log's numbers; where the log has none, those of the scenario in its order."""
    return _completed(log.names, frame.names)


@lru_cache(maxsize=256)
def _completed(given: Names, ours: Names) -> Names:
    kinds = Names.__dataclass_fields__
    return Names(**{kind: getattr(given, kind) or getattr(ours, kind) for kind in kinds})


def positions(ours: Sequence[str], theirs: Sequence[str], what: str) -> NDArray[np.intp]:
    """Where each of our names stands among theirs, -1 if they lack it. ValueError if they have one we don't know."""
    number = {name: index for index, name in enumerate(theirs)}
    unknown = [name for name in theirs if name not in ours]
    if unknown:
        raise ValueError(f'the scenario lacks the {what} "{unknown[0]}" of the log; give the scenario of the log')
    return np.array([number.get(name, -1) for name in ours], np.intp)


def picked(values: NDArray[Any], where: NDArray[np.intp]) -> NDArray[Any]:
    """Rows of `values` at those positions; zeros for position -1."""
    if len(values) == 0:
        return np.zeros((len(where), *values.shape[1:]), values.dtype)
    chosen: NDArray[Any] = values[where]
    chosen[where < 0] = 0
    return chosen
