"""How load moves from hour to hour: users present, what the capacity curve makes of them, and the work carried over.

Requests settle within seconds while load changes over hours, so each hour is looked up on the curve as if it lasted for
ever (pointwise stationary approximation: Green and Kolesar (1991), Management Science 37(1)). What an hour can't serve
waits for the next one as in a fluid, because there the approximation fails.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.spec.capacity import ALL_UP, CapacityCurve
from twin.spec.demand import Arrivals, Profile
from twin.spec.scenario import Scenario
from twin.spec.workload import Persona, Workload

Array = NDArray[np.float64]

HOUR_S = 3600.0
SLOW_PROFILE = "slow hours"
_WEEKS = 4  # until a week begins as the one before it


@dataclass(frozen=True)
class Course:
    """What the curve makes of a course of load: per span, mean response in s, and whether answers are too slow."""

    response: Array
    is_slow: NDArray[np.bool_]
    backlog: Array


def total_load(workload: Workload) -> tuple[float, str]:
    """What the workload offers as written, and its unit: users, or sessions per second if nobody is always there."""
    seen = [persona for persona in workload.personas.values() if not persona.is_background]
    users = sum(persona.users or 0 for persona in seen)
    if users:
        return float(users), "users"
    return sum(_per_s(persona) for persona in seen), "sessions/s"


def _per_s(persona: Persona) -> float:
    return 1.0 / persona.interarrival.mean if persona.interarrival else persona.rate or 0.0


def peak_load(scenario: Scenario, workload: Workload, curve: CapacityCurve) -> float:
    """Load in the busiest hour, in the unit of the curve: users present, or the sessions as the workload has them."""
    users = scenario.demand.users
    return users.named * users.concurrent_ratio if curve.unit == "users" else total_load(workload)[0]


def course_of(load: Array, seconds: Array, states: list[str], curve: CapacityCurve, workload: Workload) -> Course:
    """What the curve makes of spans of constant load, one after the other.

    load     in the unit of the curve; seconds  length of each span; states  of the deployment ("": none that was
             measured carries that little).
    backlog  requests carried over from each span to the next.
    """
    slow = workload.slow_hours
    assert slow is not None
    pace = float(curve.of("throughput")[0, 0] / curve.load[0])
    most = {state: curve.saturation(state) for state in curve.states}
    effective, carried, waiting = np.empty(len(load)), np.empty(len(load)), 0.0
    for k, (offered, length, state) in enumerate(zip(load.tolist(), seconds.tolist(), states, strict=True)):
        rate = offered * pace + waiting / length
        waiting = max(rate - most.get(state, 0.0), 0.0) * length
        effective[k], carried[k] = rate / pace, waiting
    response, errors = np.empty(len(load)), np.empty(len(load))
    named = np.array(states)
    for state in set(states):
        here = named == state
        known = state if state in curve.states else ALL_UP
        response[here] = curve.at("response", effective[here], known)
        errors[here] = curve.at("error_ratio", effective[here], known)
    stuck = np.array([state not in curve.states for state in states]) & (load > 0)
    is_slow = (response > slow.response) | (errors > slow.errors_ratio) | (carried > 0) | stuck
    return Course(response, is_slow, carried)


def levels_of_week(profile: Profile | None) -> Array:
    """Activity in each hour of the week from Monday 00:00, the busiest slice of the profile being 1."""
    if profile is None:
        return np.ones(168)
    weights = np.array(profile.weights)
    minutes = (1440 if profile.span == "day" else 10_080) // len(weights)
    each = weights[np.arange(10_080) // minutes % len(weights)]
    return np.asarray(each.reshape(168, 60).mean(axis=1) / weights.max())


def slow_week(scenario: Scenario, curve: CapacityCurve) -> tuple[Array, Course]:
    """Load in each hour of a usual week with all nodes up, and what the curve makes of it.

    Raises ValueError if the scenario says nothing about slow hours.
    """
    workload = scenario.workload
    if workload is None or workload.slow_hours is None:
        raise ValueError(f'{scenario.name}: no "slow_hours" in a workload; add them')
    profile = scenario.demand.users.profile
    levels = levels_of_week(scenario.demand.profiles[profile] if profile is not None else None)
    load = peak_load(scenario, workload, curve) * levels
    spans = np.tile(load, _WEEKS)
    found = course_of(spans, np.full(len(spans), HOUR_S), [ALL_UP] * len(spans), curve, workload)
    return load, Course(found.response[-168:], found.is_slow[-168:], found.backlog[-168:])


def with_slow_hours(scenario: Scenario, curve: CapacityCurve) -> Scenario:
    """The scenario with the tickets that its slow hours bring, as arrivals of the class named for them; the scenario as
    it is if it names none or has no slow hour."""
    slow = scenario.workload.slow_hours if scenario.workload is not None else None
    if slow is None or slow.ticket is None or slow.tickets_per_user == 0:
        return scenario
    load, found = slow_week(scenario, curve)
    users = scenario.demand.users
    present = load if curve.unit == "users" else load / load.max() * users.named * users.concurrent_ratio
    tickets = slow.tickets_per_user * present * found.is_slow
    if tickets.sum() <= 0:
        return scenario
    usual = scenario.demand.profiles[users.profile] if users.profile is not None else None
    profile = Profile(weights=tuple(tickets.tolist()), calendar=usual.calendar if usual else None,
                      days_off_ratio=usual.days_off_ratio if usual else 1.0)  # fmt: skip
    arrivals = Arrivals.model_construct(rate=float(tickets.mean()) / HOUR_S, profile=SLOW_PROFILE)
    demand = scenario.demand
    classes = {**demand.tickets, slow.ticket: demand.tickets[slow.ticket].model_copy(update={"arrivals": arrivals})}
    profiles = {**demand.profiles, SLOW_PROFILE: profile}
    changed = demand.model_copy(update={"tickets": classes, "profiles": profiles})
    return scenario.model_copy(update={"demand": changed})
