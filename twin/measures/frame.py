"""What all measures of one scenario share: measured time, periods, calendars and the numbering of names."""

from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.calendar import ALWAYS_OPEN, Timeline, timeline_of
from twin.eventlog.log import EventLog, Names
from twin.measures.periods import Periods, months, years
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


def names_of(scenario: Scenario) -> Names:
    """The scenario's names in the order it lists them; queues in the order tiers serve and tickets visit them."""
    support, tickets = scenario.support, scenario.demand.tickets
    served = [queue for tier in support.tiers.values() for queue in tier.serves]
    visited = [queue for kind in tickets.values() for queue in kind.visits]
    return Names(
        queues=tuple(dict.fromkeys(served + visited)),
        tiers=tuple(support.tiers),
        components=tuple(scenario.deployment.components),
        changes=tuple(scenario.changes),
        classes=tuple(tickets),
        priorities=support.priorities,
    )


def names_in(log: EventLog, frame: Frame) -> Names:
    """The names behind the log's numbers; where the log has none, those of the scenario in its order."""
    return _completed(log.names, frame.names)


@lru_cache(maxsize=256)
def _completed(given: Names, ours: Names) -> Names:
    kinds = Names.__dataclass_fields__
    return Names(**{kind: getattr(given, kind) or getattr(ours, kind) for kind in kinds})


def positions(ours: Sequence[str], theirs: Sequence[str], what: str) -> NDArray[np.intp]:
    """Where each of our names stands among theirs.

    Raises ValueError if they lack one of ours or have one that we don't know.
    """
    if set(ours) != set(theirs):
        odd = sorted(set(ours) ^ set(theirs))[0]
        side = "the scenario" if odd in theirs else "the log"
        raise ValueError(f'{what} "{odd}" is missing in {side}: measure a log with the scenario it belongs to')
    number = {name: index for index, name in enumerate(theirs)}
    return np.array([number[name] for name in ours], np.intp)
