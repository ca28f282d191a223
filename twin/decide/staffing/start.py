"""Where the search starts: heads by Erlang's formulas hour by hour, and the cheapest shifts that cover them."""

from collections import defaultdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from twin.calendar import hour_of_week
from twin.decide.staffing.space import Lever, Plan, Space, opened
from twin.spec.demand import Profile, TicketClass
from twin.spec.offered import failures_per_s, ticket_rates, visit_counts
from twin.spec.profiles import resolve
from twin.spec.scenario import Scenario
from twin.spec.support import Tier
from twin.tape.recipe import priority_shares
from twin.theory.staffing import hourly_requirement

Floats = NDArray[np.float64]

HOURS: Final = 168
_COMMON_RATIO = 0.2
_SHARE_OF_RESOLUTION = 0.5


def start_plan(space: Space) -> Plan:
    """The plan to start from: per tier the cheapest heads that cover each hour's Erlang C requirement (SIPP).

    Load of hours without any shift is spread over the others. Bounds and minimum cover hold; people on call and the
    hours of shifts stay as they are.
    """
    plan = [min(max(now, lever.low), lever.high) for lever, now in zip(space.levers, space.present, strict=True)]
    for name, tier in space.scenario.support.tiers.items():
        places = [k for k, lever in enumerate(space.levers) if lever.tier == name and lever.kind == "heads"]
        if places:
            levers = [space.levers[k] for k in places]
            for k, heads in zip(places, _cheapest(space, name, tier, levers), strict=True):
                plan[k] = heads
    return tuple(plan)


def requirement(scenario: Scenario, name: str) -> NDArray[np.int64]:
    """Heads that a tier needs in each hour of the week, by Erlang C hour by hour, shape (168,)."""
    tier = scenario.support.tiers[name]
    load = _load(scenario, tier)
    if load is None:
        return np.zeros(HOURS, np.int64)
    per_h, service_h, limit_h, target = load
    is_open = _open_hours(scenario, tier)
    shut = per_h[is_open < 0.5].sum()
    if is_open.max() >= 0.5 and shut > 0:
        per_h = np.where(is_open >= 0.5, per_h * per_h.sum() / max(per_h.sum() - shut, 1e-12), 0.0)
    rates = [float(rate) for rate in per_h]
    found = dict(zip(rates, hourly_requirement(rates, service_h, limit_h, target), strict=True))
    return np.array([found[rate] if rate > 0 else 0 for rate in rates], np.int64)


def _cheapest(space: Space, name: str, tier: Tier, levers: list[Lever]) -> list[int]:
    scenario = space.scenario
    need = requirement(scenario, name).astype(np.float64)
    section = space.desks[name].section
    cover = np.stack([_share_open(scenario, tier.shifts[lever.shift].calendar) >= 0.5 for lever in levers], axis=1)
    varied = {lever.shift for lever in levers}
    for shift, written in tier.shifts.items():
        if shift not in varied:
            need -= written.heads * (_share_open(scenario, written.calendar) >= 0.5)
    for rule in section.cover:
        need = np.where(_share_open(scenario, rule.calendar) > 0, np.maximum(need, rule.heads), need)
    low, high = np.array([lever.low for lever in levers]), np.array([lever.high for lever in levers])
    need = np.minimum(need, cover @ high)
    price = [_share_open(scenario, tier.shifts[lever.shift].calendar).sum() for lever in levers]
    wages = [section.premiums.get(lever.shift, 1.0) * max(section.wage, 1e-6) for lever in levers]
    answer = milp(
        np.array(price) * np.array(wages), constraints=LinearConstraint(cover.astype(np.float64), lb=need),
        integrality=np.ones(len(levers)), bounds=Bounds(lb=low, ub=high), options={"mip_rel_gap": 0},
    )  # fmt: skip
    return [int(heads) for heads in (np.rint(answer.x) if answer.success else high)]


def _load(scenario: Scenario, tier: Tier) -> tuple[Floats, float, float, float] | None:
    """Visits per hour by hour of the week, mean work in hours, the wait that is allowed in hours, and the target."""
    servers = _servers(scenario)
    per_h, work_h = np.zeros(HOURS), 0.0
    limits: defaultdict[tuple[float, float], float] = defaultdict(float)
    for name, ticket in scenario.demand.tickets.items():
        rate = hourly_rates(scenario, name)
        for queue, count in visit_counts(ticket).items():
            if queue not in tier.serves or rate.sum() == 0:
                continue
            visits = rate * count / servers[queue]
            per_h += visits
            visit = ticket.visits[queue]
            work = visit.work.mean + (visit.triage.mean if visit.triage else 0.0)
            work_h += float(visits.sum()) * work / 3600.0
            for limit, target, share in _limits(scenario, ticket, queue):
                limits[limit, target] += float(visits.sum()) * share
    total = float(per_h.sum())
    if total == 0.0:
        return None
    common = [key for key, weight in limits.items() if weight >= _COMMON_RATIO * total]
    limit_s, target = min(common or limits, default=(3600.0, scenario.contract.attainment))
    return per_h, work_h / total, limit_s / 3600.0, min(target, 0.999)


def _limits(scenario: Scenario, ticket: TicketClass, queue: str) -> list[tuple[float, float, float]]:
    staffing, contract = scenario.staffing, scenario.contract
    if staffing is not None and queue in staffing.waits:
        return [(staffing.waits[queue].within, staffing.waits[queue].ratio, 1.0)]
    shares = priority_shares(ticket, scenario.support.priority_matrix) or _repair_shares(scenario, ticket)
    found = []
    for priority, target in resolve(contract, scenario.support.priorities).items():
        ends = [end for end in (target.restore, target.resolve) if end is not None]
        within = [max(end - ticket.visits[queue].work.mean, 60.0) * _SHARE_OF_RESOLUTION for end in ends]
        if target.respond is not None and queue == ticket.queue:
            within.append(target.respond)
        if within:
            found.append((min(within), contract.attainment, shares.get(priority, 0.0)))
    return found


def _repair_shares(scenario: Scenario, ticket: TicketClass) -> dict[str, float]:
    parts = scenario.deployment.components.values()
    repairs = [part.repair for part in parts if part.repair and scenario.demand.tickets[part.repair.ticket] is ticket]
    return {repair.priority: 1.0 / len(repairs) for repair in repairs}


def _servers(scenario: Scenario) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for tier in scenario.support.tiers.values():
        for queue in tier.serves:
            counts[queue] += 1
    return counts


def hourly_rates(scenario: Scenario, name: str) -> Floats:
    """Tickets of a class per hour in each hour of a usual week, shape (168,)."""
    ticket = scenario.demand.tickets[name]
    parts = scenario.deployment.components.values()
    failures = sum(failures_per_s(part) for part in parts if part.repair and part.repair.ticket == name)
    reported = ticket_rates(scenario)[name] - failures
    profile = ticket.arrivals.profile if ticket.arrivals else None
    weights = _weights(scenario.demand.profiles[profile]) if profile else np.ones(HOURS)
    return np.asarray((failures + reported * weights) * 3600.0)


def _weights(profile: Profile) -> Floats:
    minutes = 1440 if profile.span == "day" else 10080
    by_minute = np.repeat(np.array(profile.weights, np.float64), minutes // len(profile.weights))
    by_hour = by_minute.reshape(-1, 60).mean(axis=1)
    return np.asarray(np.tile(by_hour, HOURS // len(by_hour)) / by_hour.mean())


def _open_hours(scenario: Scenario, tier: Tier) -> Floats:
    parts = [_share_open(scenario, shift.calendar) for shift in tier.shifts.values()]
    return np.asarray(np.max(parts, axis=0)) if parts else np.zeros(HOURS)


def _share_open(scenario: Scenario, calendar: str) -> Floats:
    """Share of each hour of the week that a calendar is open, over at most a year."""
    spans = opened(scenario, calendar)
    clock = scenario.clock
    grid = np.arange(0, max(int(spans.max(initial=0)), 1), max(clock.ticks(900.0), 1))
    passed = np.searchsorted(spans[:, 0], grid, side="right")
    is_open = passed > np.searchsorted(spans[:, 1], grid, side="right")
    hour: Any = hour_of_week(grid, clock.start_utc, clock.time_zone, clock.tick, HOURS)
    seen = np.bincount(hour, minlength=HOURS)
    return np.asarray(np.bincount(hour, is_open, HOURS) / np.maximum(seen, 1))
