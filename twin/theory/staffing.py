"""Least staffing that meets a service level, by Erlang C."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp

from twin.theory.erlang import wait_probability
from twin.theory.jackson import Tier, TwoTiers
from twin.theory.means import require_positive, require_ratio


def service_level(arrival_rate: float, mean_service: float, agents: int, wait_limit: float) -> float:
    """Probability of a wait of at most wait_limit in M/M/c/inf/FCFS; 0 if the queue is unstable.

    Source: Gans, Koole and Mandelbaum (2003), Telephone call centers, sec. 4.
    """
    require_positive(mean_service=mean_service)
    if arrival_rate < 0 or wait_limit < 0:
        raise ValueError("arrival_rate and wait_limit must not be negative")
    load = arrival_rate * mean_service
    if agents <= load:
        return 0.0
    return 1 - wait_probability(load, agents) * math.exp(-(agents - load) * wait_limit / mean_service)


def least_agents(arrival_rate: float, mean_service: float, wait_limit: float, target: float) -> int:
    """Fewest agents for which P(wait <= wait_limit) reaches the target in M/M/c/inf/FCFS; at least one.

    target  below one.
    Source: Koole (2013), Call Center Optimization, ch. 3.
    """
    require_ratio(target=target)
    if target == 1:
        raise ValueError("target must be below one: some arrival always waits longer")
    agents = max(1, math.floor(arrival_rate * mean_service) + 1)
    while service_level(arrival_rate, mean_service, agents, wait_limit) < target:
        agents += 1
    return agents


@dataclass(frozen=True)
class Staffing:
    """Least staffing of a queue and what it achieves; beta is its distance from the load, in square roots of it."""

    offered_load: float
    agents: int
    level: float
    level_one_less: float
    speed_of_answer: float
    occupancy: float
    beta: float


def least_staffing(arrival_rate: float, mean_service: float, wait_limit: float, target: float) -> Staffing:
    """Fewest agents that reach the target in M/M/c/inf/FCFS, with the measures they give.

    Source: Koole (2013), Call Center Optimization, ch. 3; Halfin and Whitt (1981) for beta.
    """
    require_positive(arrival_rate=arrival_rate)
    load = arrival_rate * mean_service
    agents = least_agents(arrival_rate, mean_service, wait_limit, target)
    level, less = (service_level(arrival_rate, mean_service, c, wait_limit) for c in (agents, agents - 1))
    answer = wait_probability(load, agents) * mean_service / (agents - load)
    return Staffing(load, agents, level, less, answer, load / agents, (agents - load) / math.sqrt(load))


def square_root_staffing(offered_load: float, beta: float) -> int:
    """Servers by the square-root rule, ceil(R + beta sqrt(R)).

    Source: Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers.
    """
    require_positive(offered_load=offered_load)
    return math.ceil(offered_load + beta * math.sqrt(offered_load))


def hourly_requirement(
    arrival_rates: Sequence[float], mean_service: float, wait_limit: float, target: float
) -> tuple[int, ...]:
    """Fewest agents in each period, each taken as stationary and independent of the others (SIPP).

    Source: Green, Kolesar and Soares (2001), Improving the SIPP approach for staffing service systems.
    """
    return tuple(least_agents(rate, mean_service, wait_limit, target) for rate in arrival_rates)


@dataclass(frozen=True)
class ShiftPlan:
    """Agents on each shift, and their total cost."""

    agents: tuple[int, ...]
    cost: float


def cheapest_shifts(
    requirement: Sequence[int], shifts: Sequence[tuple[int, int]], costs: ArrayLike
) -> ShiftPlan:
    """Cheapest agents per shift that cover a cyclic requirement, by integer programming.

    shifts  (first period, length), wrapping round the end of the requirement.
    Raises ValueError if no shifts cover the requirement.
    Source: Dantzig (1954), A comment on Edie's traffic delays at toll booths.
    """
    cover = np.zeros((len(requirement), len(shifts)))
    for column, (first, length) in enumerate(shifts):
        cover[np.arange(first, first + length) % len(requirement), column] = 1
    answer = milp(costs, constraints=LinearConstraint(cover, lb=requirement), integrality=np.ones(len(shifts)),
                  bounds=Bounds(lb=0), options={"mip_rel_gap": 0})
    if not answer.success:
        raise ValueError(f"no shifts cover the requirement: {answer.message}")
    agents = np.rint(answer.x).astype(int)
    return ShiftPlan(tuple(agents.tolist()), float(agents @ np.asarray(costs, dtype=np.float64)))


def cheapest_two_tiers(
    arrival_rate: float, service_rates: tuple[float, float], escalation_ratio: float,
    wait_limits: tuple[float, float], targets: tuple[float, float],
) -> TwoTiers:
    """Cheapest tiers that each meet their own P(wait <= limit), whatever an agent costs.

    The tiers separate because the first one's departures are a Poisson stream.
    Source: Burke (1956), The output of a queuing system.
    """
    require_ratio(escalation_ratio=escalation_ratio)
    rates = (arrival_rate, arrival_rate * escalation_ratio)
    first, second = (
        Tier(mu, least_agents(rate, 1 / mu, limit, target))
        for rate, mu, limit, target in zip(rates, service_rates, wait_limits, targets, strict=True)
    )
    return TwoTiers(arrival_rate, first, second, escalation_ratio)
