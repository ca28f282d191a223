"""Where the occurrences of changes may go: slots under blackouts, gaps between changes, and people to do the work."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from twin.calendar import spans, step_function
from twin.spec.calendars import business_calendar, days_of
from twin.spec.changes import Change
from twin.spec.occurring import starts_of
from twin.spec.planning import Planning, Slots
from twin.spec.scenario import Scenario


@dataclass(frozen=True)
class Occurrence:
    """One occurrence of a change: its number in the series, and its start in local wall-clock time."""

    change: str
    number: int
    start: datetime


Calendar = tuple[Occurrence, ...]


def present_calendar(scenario: Scenario) -> Calendar:
    """Every occurrence of every change, as the scenario has them now."""
    clock = scenario.clock
    local = ZoneInfo(clock.time_zone)
    found = []
    for name, change in scenario.changes.items():
        for number, start in enumerate(starts_of(change, clock).tolist()):
            at = clock.start_utc + timedelta(seconds=float(start) * clock.tick)
            found.append(Occurrence(name, number, at.astimezone(local).replace(tzinfo=None)))
    return tuple(found)


def as_scenario(scenario: Scenario, calendar: Calendar) -> Scenario:
    """The scenario with its changes at those times; occurrence k keeps its own chance wherever it goes."""
    changes = {}
    for name, change in scenario.changes.items():
        times = sorted(place.start for place in calendar if place.change == name)
        dates = tuple(at.isoformat(timespec="minutes") for at in times)
        changes[name] = change.model_copy(update={"at": None, "repeat": None, "dates": dates}) if dates else change
    return scenario.model_copy(update={"changes": changes})


class Rules:
    """What keeps an occurrence from a slot. `movable` names the changes that may move."""

    def __init__(self, scenario: Scenario, planning: Planning) -> None:
        self.scenario, self.planning = scenario, planning
        self._present = {(place.change, place.number): place.start for place in present_calendar(scenario)}
        named = planning.slots or dict.fromkeys(scenario.changes, Slots())
        self.slots = {name: slots for name, slots in named.items() if any(c == name for c, _ in self._present)}
        self.movable = tuple(self.slots)

    def allows(self, place: Occurrence) -> bool:
        """Whether the slot lies in measured time, outside blackouts, with the people for the work on duty."""
        clock, change = self.scenario.clock, self.scenario.changes[place.change]
        length = timedelta(seconds=change.strategy.length + change.work.mean)
        begin = self._offset_s(place.start)
        inside = clock.warm_up <= begin and begin + length.total_seconds() < clock.horizon
        return inside and not self._is_blacked_out(place.start, length) and self._is_staffed(change, begin)

    def clashes(self, calendar: Calendar, place: Occurrence) -> bool:
        """Whether another occurrence starts within the gap."""
        others = (one for one in calendar if (one.change, one.number) != (place.change, place.number))
        return any(abs((one.start - place.start).total_seconds()) < self.planning.gap for one in others)

    def _is_blacked_out(self, start: datetime, length: timedelta) -> bool:
        first, last = start.date(), (start + length).date()
        return any(
            first <= date.fromisoformat(one.ends) and last >= date.fromisoformat(one.begins)
            for one in self.planning.blackouts
        )

    def _offset_s(self, start: datetime) -> float:
        aware = start.replace(tzinfo=ZoneInfo(self.scenario.clock.time_zone)).astimezone(UTC)
        return (aware - self.scenario.clock.start_utc).total_seconds()

    def _is_staffed(self, change: Change, begin_s: float) -> bool:
        clock = self.scenario.clock
        last = begin_s + change.strategy.length + change.work.mean
        first = begin_s + (change.strategy.length if change.strategy.kind == "dual-run" else 0.0)
        for tier, heads in change.staff.items():
            at, duty = self._duty[tier]
            edges = np.searchsorted(at, [clock.ticks(first), clock.ticks(last)], side="right") - 1
            if duty[edges[0] : edges[1] + 1].min(initial=heads) < heads:
                return False
        return True

    @cached_property
    def _duty(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Steps of heads on duty per tier; one on call counts where nobody is."""
        clock, found = self.scenario.clock, {}
        for name, tier in self.scenario.support.tiers.items():
            opened = [
                (spans(business_calendar(self.scenario, shift.calendar), clock.start_utc, clock.end_ticks, clock.tick),
                 shift.heads)
                for shift in tier.shifts.values()
            ]  # fmt: skip
            at, heads = step_function(opened)
            at_home = tier.on_call.heads if tier.on_call else 0
            found[name] = (at, np.where(heads == 0, at_home, heads))
        return found

    def series(self, calendar: Calendar, name: str) -> Iterator[Calendar]:
        """Calendars in which all occurrences of a change go to the nearest slot of one week day and time."""
        slots = self.slots[name]
        for day in sorted(days_of(slots.days)):
            for start in slots.starts:
                yield self._placed(calendar, name, [(day, start)])

    def _placed(self, calendar: Calendar, name: str, kinds: list[tuple[int, str]]) -> Calendar:
        """The calendar with every occurrence of a change at the nearest free slot of some kinds, else where it is."""
        out = list(calendar)
        for k, place in enumerate(calendar):
            if place.change == name:
                free = (one for one in self._options(place, kinds) if not self.clashes(tuple(out), one))
                out[k] = next(free, place)
        return tuple(out)

    def _options(self, place: Occurrence, kinds: list[tuple[int, str]] | None = None) -> list[Occurrence]:
        """Allowed slots of an occurrence, nearest to its present start first."""
        slots, now = self.slots[place.change], self._present[place.change, place.number]
        days, wanted = days_of(slots.days), kinds
        reach = int(slots.within // 86_400) + 1
        found = []
        for offset in range(-reach, reach + 1):
            on = now.date() + timedelta(days=offset)
            for start in slots.starts:
                at = datetime.combine(on, time.fromisoformat(start.zfill(5)))
                is_kind = on.weekday() in days if wanted is None else (on.weekday(), start) in wanted
                if is_kind and abs((at - now).total_seconds()) <= slots.within:
                    found.append(replace(place, start=at))
        near = sorted(found, key=lambda one: (abs(one.start - now), one.start))
        return [one for one in near if self.allows(one)]

    def singles(self, calendar: Calendar, place: Occurrence) -> list[Calendar]:
        """Calendars that move one occurrence: to the same day and time of other weeks, then to other free slots."""
        now = next(one for one in calendar if (one.change, one.number) == (place.change, place.number))
        options = [one for one in self._options(now) if one.start != now.start and not self.clashes(calendar, one)]
        kind = (now.start.weekday(), now.start.time())
        alike = [one for one in options if (one.start.weekday(), one.start.time()) == kind]
        ordered = [*alike, *(one for one in options if one not in alike)]
        place_of = calendar.index(now)
        return [(*calendar[:place_of], one, *calendar[place_of + 1 :]) for one in ordered]
