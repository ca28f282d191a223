"""A roster: which person of each tier works which shift, under the labour rules."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from twin.decide.staffing.space import Plan, Space, opened
from twin.spec.scenario import Scenario
from twin.spec.staffing import LabourRules

WEEK_S: Final = 7 * 86_400
DAY_S: Final = 86_400
_LONGEST_DUTY_H = 12.0
_USUAL_DUTY_H = 8.0


@dataclass(frozen=True)
class Duty:
    """One person's turn: on shift, or at home (shift "on call"), from start to end in UTC."""

    tier: str
    person: str
    shift: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class _Slot:
    tier: str
    shift: str
    start_s: float
    end_s: float

    @property
    def hours(self) -> float:
        return (self.end_s - self.start_s) / 3600.0


@dataclass
class _Person:
    name: str
    hours: float = 0.0
    last_end_s: float = -math.inf
    days: set[int] = field(default_factory=set)
    by_week: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    weeks_on_call: int = 0

    def can(self, slot: _Slot, rules: LabourRules) -> bool:
        """Whether the slot keeps the person's rest, days in a row, and hours on average and in a week."""
        day, week = int(slot.start_s // DAY_S), int(slot.start_s // WEEK_S)
        average = rules.weekly_hours / 3600.0 * (1.0 - rules.absence_ratio)
        rested = slot.start_s - self.last_end_s >= rules.rest
        run = 0
        while day - 1 - run in self.days:
            run += 1
        in_week = self.by_week[week] + slot.hours <= rules.weekly_hours / 3600.0 + slot.hours / 2
        return rested and run < rules.days_in_a_row and in_week and self.hours < average * (week + 1)

    def take(self, slot: _Slot) -> None:
        """Give the slot to the person."""
        self.hours += slot.hours
        self.last_end_s = slot.end_s
        self.days.add(int(slot.start_s // DAY_S))
        self.by_week[int(slot.start_s // WEEK_S)] += slot.hours


def roster(space: Space, plan: Plan, weeks: int = 8) -> list[Duty]:
    """Turns of every person over the first weeks of the clock, in order of time; people are added as the rules ask.

    The one with the fewest hours who may take a turn takes it; calls at home go round week by week. Shifts longer than
    12 hours are cut into turns of at most 8.
    """
    scenario = space.at(plan)
    start = scenario.clock.start_utc
    end_s = min(weeks * WEEK_S, scenario.clock.horizon)
    turns: list[Duty] = []
    for name, desk in space.desks.items():
        people = [_Person(f"{name}-{k + 1:02d}") for k in range(space.people(plan)[name])]
        for slot in _slots(scenario, name, end_s):
            free = [one for one in people if one.can(slot, desk.rules)]
            if not free:
                free = [_Person(f"{name}-{len(people) + 1:02d}")]
                people += free
            chosen = min(free, key=lambda one: (one.hours, one.name))
            chosen.take(slot)
            turns.append(_duty(slot, chosen.name, start))
        turns += _on_call(scenario, name, people, desk.rules, start, end_s)
    return sorted(turns, key=lambda one: (one.start, one.tier, one.person, one.shift))


def headcount(turns: list[Duty]) -> dict[str, int]:
    """Persons of each tier that a roster names."""
    people: defaultdict[str, set[str]] = defaultdict(set)
    for one in turns:
        people[one.tier].add(one.person)
    return {tier: len(names) for tier, names in people.items()}


def _slots(scenario: Scenario, name: str, end_s: float) -> list[_Slot]:
    tick, found = scenario.clock.tick, []
    for shift, written in scenario.support.tiers[name].shifts.items():
        for begin, close in opened(scenario, written.calendar) * tick:
            if begin >= end_s:
                break
            for first, last in _turns(float(begin), min(float(close), end_s)):
                found += [_Slot(name, shift, first, last)] * written.heads
    return sorted(found, key=lambda slot: (slot.start_s, slot.shift))


def _turns(begin: float, close: float) -> Iterator[tuple[float, float]]:
    hours = (close - begin) / 3600.0
    parts = 1 if hours <= _LONGEST_DUTY_H else math.ceil(hours / _USUAL_DUTY_H)
    for k in range(parts):
        yield begin + (close - begin) * k / parts, begin + (close - begin) * (k + 1) / parts


def _on_call(
    scenario: Scenario, name: str, people: list[_Person], rules: LabourRules, start: datetime, end_s: float
) -> Iterator[Duty]:
    on_call = scenario.support.tiers[name].on_call
    heads = on_call.heads if on_call is not None else 0
    for week in range(math.ceil(end_s / WEEK_S) if heads else 0):
        fit = [one for one in people if one.weeks_on_call < math.ceil((week + 1) * rules.on_call_ratio)]
        while len(fit) < heads:
            people.append(_Person(f"{name}-{len(people) + 1:02d}"))
            fit.append(people[-1])
        for one in sorted(fit, key=lambda one: (one.weeks_on_call, one.name))[:heads]:
            one.weeks_on_call += 1
            slot = _Slot(name, "on call", float(week * WEEK_S), min(float((week + 1) * WEEK_S), end_s))
            yield _duty(slot, one.name, start)


def _duty(slot: _Slot, person: str, start: datetime) -> Duty:
    begin, end = start + timedelta(seconds=slot.start_s), start + timedelta(seconds=slot.end_s)
    return Duty(slot.tier, person, slot.shift, begin, end)
