"""What a staffing may be: the levers of a plan, its cost per year, and the rules it must keep."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from twin.calendar import spans
from twin.spec.calendars import business_calendar
from twin.spec.scenario import Scenario
from twin.spec.staffing import LabourRules, Staffing, TierStaffing
from twin.spec.support import Tier

Plan = tuple[int, ...]

YEAR_H: Final = 8760.0
_YEAR_S = 365 * 86_400
_ON_CALL_SHARE = 0.2


@dataclass(frozen=True)
class Lever:
    """One number of a plan: heads of a shift, people on call of a tier (shift ""), or which calendar a shift follows.

    low, high  least and most; for hours a position in `calendars`.
    """

    kind: Literal["heads", "on call", "hours"]
    tier: str
    shift: str
    low: int
    high: int
    calendars: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What the lever moves: "L2 night", "L2 on call", "L3 hours of cover"."""
        return f"{self.tier} {self.kind}" if self.kind == "on call" else (
            f"{self.tier} {self.shift}" if self.kind == "heads" else f"{self.tier} hours of {self.shift}"
        )

    @property
    def path(self) -> str:
        """The dotted path of the scenario that the lever sets."""
        tier = f"support.tiers.{self.tier}"
        if self.kind == "on call":
            return f"{tier}.on_call.heads"
        return f"{tier}.shifts.{self.shift}.{'heads' if self.kind == 'heads' else 'calendar'}"

    def value(self, number: int) -> int | str:
        """What the scenario says there for that number of the plan."""
        return self.calendars[number] if self.kind == "hours" else number


class Space:
    """The plans of a scenario. Raises ValueError if it has nothing to vary."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.staffing: Staffing = scenario.staffing or Staffing()
        self.levers: tuple[Lever, ...] = tuple(self._levers())
        if not self.levers:
            raise ValueError("no tier has shifts or people on call to vary; name some under staffing.tiers")
        self.desks: dict[str, Desk] = {
            name: Desk(scenario, name, tier, self._section(name) or TierStaffing(wage=0.0), self.staffing.rules)
            for name, tier in scenario.support.tiers.items()
            if self._has_people(name, tier)
        }

    def _has_people(self, name: str, tier: Tier) -> bool:
        """Whether its heads are people, or machines that the staffing names; self-service (level 0) has none."""
        return tier.units_of is None and (tier.level > 0 or name in self.staffing.tiers)

    def _section(self, tier: str) -> TierStaffing | None:
        return self.staffing.tiers.get(tier, None if self.staffing.tiers else TierStaffing())

    def _levers(self) -> list[Lever]:
        found = []
        for name, tier in self.scenario.support.tiers.items():
            section = self._section(name)
            if section is None or not self._has_people(name, tier):
                continue
            for shift, written in tier.shifts.items():
                bounds = section.heads.get(shift, None if section.heads else (0, max(2 * written.heads, 3)))
                if bounds is not None:
                    found.append(Lever("heads", name, shift, bounds[0], bounds[1]))
                if shift in section.hours:
                    choices = tuple(dict.fromkeys((written.calendar, *section.hours[shift])))
                    found.append(Lever("hours", name, shift, 0, len(choices) - 1, choices))
            if section.on_call is not None:
                found.append(Lever("on call", name, "", section.on_call[0], section.on_call[1]))
        return found

    @cached_property
    def present(self) -> Plan:
        """The plan that the scenario has now."""
        tiers, plan = self.scenario.support.tiers, []
        for lever in self.levers:
            tier = tiers[lever.tier]
            if lever.kind == "on call":
                plan.append(tier.on_call.heads if tier.on_call else 0)
            else:
                plan.append(tier.shifts[lever.shift].heads if lever.kind == "heads" else 0)
        return tuple(plan)

    def values(self, plan: Plan) -> dict[str, int | str]:
        """The plan as values by dotted path."""
        return {lever.path: lever.value(number) for lever, number in zip(self.levers, plan, strict=True)}

    def at(self, plan: Plan) -> Scenario:
        """The scenario with that staffing."""
        tiers = dict(self.scenario.support.tiers)
        for lever, number in zip(self.levers, plan, strict=True):
            tiers[lever.tier] = _moved(tiers[lever.tier], lever, number)
        return self.scenario.model_copy(update={"support": self.scenario.support.model_copy(update={"tiers": tiers})})

    def cost(self, plan: Plan) -> float:
        """Cost of the plan per year, in the currency of the staffing section."""
        return math.fsum(desk.cost(self._of(plan, name)) for name, desk in self.desks.items())

    def breach(self, plan: Plan) -> str:
        """The first rule that the plan breaks, in words; empty if it keeps them all."""
        for lever, number in zip(self.levers, plan, strict=True):
            if not lever.low <= number <= lever.high:
                return f"{lever.words} lies outside {lever.low} to {lever.high}"
        for name, desk in self.desks.items():
            if reason := desk.breach(self._of(plan, name)):
                return reason
        limit = self.budget
        return f"the cost is above the budget of {limit:,.0f}" if limit is not None and self.cost(plan) > limit else ""

    @property
    def budget(self) -> float | None:
        """Most the plan may cost per year; None without a limit."""
        budget = self.staffing.budget
        return None if budget is None else budget.per_year * budget.share

    def people(self, plan: Plan) -> dict[str, int]:
        """Persons that each tier needs at least under the labour rules."""
        return {name: desk.people(self._of(plan, name)) for name, desk in self.desks.items()}

    @cached_property
    def _by_tier(self) -> Mapping[str, tuple[tuple[int, Lever], ...]]:
        return {
            tier: tuple((k, lever) for k, lever in enumerate(self.levers) if lever.tier == tier)
            for tier in self.scenario.support.tiers
        }

    def _of(self, plan: Plan, tier: str) -> tuple[tuple[Lever, int], ...]:
        return tuple((lever, plan[k]) for k, lever in self._by_tier[tier])


def _moved(tier: Tier, lever: Lever, number: int) -> Tier:
    if lever.kind == "on call":
        if tier.on_call is None:
            return tier
        return tier.model_copy(update={"on_call": tier.on_call.model_copy(update={"heads": number})})
    key = "heads" if lever.kind == "heads" else "calendar"
    shift = tier.shifts[lever.shift].model_copy(update={key: lever.value(number)})
    return tier.model_copy(update={"shifts": {**tier.shifts, lever.shift: shift}})


class Desk:
    """Cost and rules of one tier: how long each set of its calendars is open together, over at most a year."""

    def __init__(
        self, scenario: Scenario, name: str, tier: Tier, section: TierStaffing, rules: LabourRules
    ) -> None:  # fmt: skip
        self.name, self.tier, self.section, self.rules = name, tier, section, rules
        wanted = {shift.calendar for shift in tier.shifts.values()} | {cover.calendar for cover in section.cover}
        wanted |= {calendar for choices in section.hours.values() for calendar in choices}
        if tier.on_call is not None and tier.on_call.calendar is not None:
            wanted.add(tier.on_call.calendar)
        self._column = {calendar: k for k, calendar in enumerate(sorted(wanted))}
        self._is_open, self._share = _patterns(scenario, list(self._column))
        self.cost = lru_cache(maxsize=None)(self._cost)
        self.breach = lru_cache(maxsize=None)(self._breach)

    def _state(self, moves: tuple[tuple[Lever, int], ...]) -> tuple[dict[str, tuple[str, int]], int]:
        shifts = {name: (shift.calendar, shift.heads) for name, shift in self.tier.shifts.items()}
        on_call = self.tier.on_call.heads if self.tier.on_call else 0
        for lever, number in moves:
            if lever.kind == "on call":
                on_call = number
            elif lever.kind == "heads":
                shifts[lever.shift] = (shifts[lever.shift][0], number)
            else:
                shifts[lever.shift] = (lever.calendars[number], shifts[lever.shift][1])
        return shifts, on_call

    def _duty(self, shifts: dict[str, tuple[str, int]]) -> NDArray[np.float64]:
        duty = np.zeros(len(self._share))
        for calendar, heads in shifts.values():
            duty += heads * self._is_open[:, self._column[calendar]]
        return duty

    def _called(self, duty: NDArray[np.float64]) -> NDArray[np.float64]:
        own = self.tier.on_call.calendar if self.tier.on_call else None
        return np.asarray(duty == 0 if own is None else self._is_open[:, self._column[own]], np.float64)

    def _cost(self, moves: tuple[tuple[Lever, int], ...]) -> float:
        shifts, on_call = self._state(moves)
        section, hours = self.section, 0.0
        for name, (calendar, heads) in shifts.items():
            open_ratio = float(self._share @ self._is_open[:, self._column[calendar]])
            hours += heads * section.premiums.get(name, 1.0) * open_ratio
        at_home = on_call * float(self._share @ self._called(self._duty(shifts)))
        wage = _ON_CALL_SHARE * section.wage if section.on_call_wage is None else section.on_call_wage
        return YEAR_H * (section.wage * hours + wage * at_home)

    def _breach(self, moves: tuple[tuple[Lever, int], ...]) -> str:
        shifts, _ = self._state(moves)
        duty = self._duty(shifts)
        for cover in self.section.cover:
            least = duty[self._is_open[:, self._column[cover.calendar]] > 0].min(initial=math.inf)
            if least < cover.heads:
                return f"{self.name} has {least:.0f} on duty at some time of {cover.calendar}, fewer than {cover.heads}"
        most, needed = self.section.people, self.people(moves)
        if most is not None and needed > most:
            return f"{self.name} needs {needed} people, more than {most}"
        return ""

    def people(self, moves: tuple[tuple[Lever, int], ...]) -> int:
        """Persons needed at least: for the hours, for the busiest moment, and for the share of weeks on call."""
        rules, (shifts, on_call) = self.rules, self._state(moves)
        duty = self._duty(shifts)
        weekly_h = 168.0 * float(self._share @ duty)
        paid_h = rules.weekly_hours / 3600.0 * (1.0 - rules.absence_ratio)
        for_hours, at_home = math.ceil(weekly_h / paid_h - 1e-9), math.ceil(on_call / rules.on_call_ratio - 1e-9)
        return max(for_hours, int(duty.max(initial=0.0)), at_home)


def _patterns(scenario: Scenario, calendars: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Which calendars are open together (pattern, calendar), and the share of time of each pattern."""
    clock = scenario.clock
    end = max(1, clock.ticks(min(clock.horizon, _YEAR_S)))
    spans_of = [opened(scenario, name) for name in calendars]
    edges = np.unique(np.concatenate([np.array([0, end]), *(one.ravel() for one in spans_of)]))
    at, length = edges[:-1], np.diff(edges).astype(np.float64)
    state = [_inside(one, at) for one in spans_of]
    table = np.stack(state, axis=1) if state else np.zeros((len(at), 0))
    patterns, place = np.unique(table, axis=0, return_inverse=True)
    share: NDArray[Any] = np.bincount(place.ravel(), length, len(patterns)) / length.sum()
    return patterns.astype(np.float64), share


def opened(scenario: Scenario, calendar: str) -> NDArray[np.int64]:
    """Open spans of a calendar in ticks over the horizon, at most its first year; shape (n, 2)."""
    clock = scenario.clock
    end = max(1, clock.ticks(min(clock.horizon, _YEAR_S)))
    return spans(business_calendar(scenario, calendar), clock.start_utc, end, clock.tick)


def _inside(open_spans: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    passed = np.searchsorted(open_spans[:, 0], at, side="right")
    return (passed > np.searchsorted(open_spans[:, 1], at, side="right")).astype(np.int64)
