"""How much work the demand brings to each queue, and how many people there are on average to do it."""

from collections import defaultdict

import numpy as np

from twin.calendar import spans
from twin.spec.calendars import business_calendar
from twin.spec.demand import Arrivals, TicketClass, Visit
from twin.spec.deployment import Component
from twin.spec.scenario import Scenario
from twin.spec.support import Tier

_YEAR_S = 365 * 86_400
_NO_EXIT = 1e-12


def transitions(ticket: TicketClass) -> dict[str, dict[str, float]]:
    """Probability of going from each queue to each other one (or itself) after a visit; what is left leaves.

    Reassignment happens after triage, functional escalation after the work, reopening after a resolution.
    """
    chances: dict[str, dict[str, float]] = {}
    for queue, visit in ticket.visits.items():
        row: defaultdict[str, float] = defaultdict(float)
        worked = 1.0
        if visit.reassign is not None:
            row[visit.reassign.to] += visit.reassign.probability
            worked -= visit.reassign.probability
        for to, probability in visit.next.items():
            row[to] += worked * probability
        if ticket.reopen is not None:
            row[ticket.reopen.to or queue] += resolved_ratio(visit) * ticket.reopen.probability
        chances[queue] = {to: chance for to, chance in row.items() if chance > 0}
    return chances


def resolved_ratio(visit: Visit) -> float:
    """Share of the visits that end with a resolution, reopened later or not."""
    worked = 1.0 - (visit.reassign.probability if visit.reassign else 0.0)
    return worked * max(0.0, 1.0 - sum(visit.next.values()))


def endless_queues(ticket: TicketClass) -> tuple[str, ...]:
    """Queues the ticket can reach and never leave for good, in the order of its visits."""
    chances = transitions(ticket)
    leaves = {queue for queue, row in chances.items() if sum(row.values()) < 1.0 - _NO_EXIT}
    while grown := {q for q, row in chances.items() if q not in leaves and leaves & row.keys()}:
        leaves |= grown
    reached, front = {ticket.queue}, [ticket.queue]
    while front:
        fresh = set(chances[front.pop()]) - reached
        reached |= fresh
        front += fresh
    return tuple(queue for queue in chances if queue in reached and queue not in leaves)


def visit_counts(ticket: TicketClass) -> dict[str, float]:
    """Mean number of visits to each queue per ticket, which solves the linear traffic equations.

    Raises ValueError if a ticket can stay for ever.
    Source: Jackson (1963), Jobshop-like queueing systems, Management Science 10(1), section 2.
    """
    if endless_queues(ticket):
        raise ValueError("the ticket can go round for ever; let it be resolved somewhere")
    queues, chances = [*ticket.visits], transitions(ticket)
    matrix = np.eye(len(queues))
    for row, queue in enumerate(queues):
        for to, chance in chances[queue].items():
            matrix[queues.index(to), row] -= chance
    first = np.array([queue == ticket.queue for queue in queues], float)
    return dict(zip(queues, np.linalg.solve(matrix, first).tolist(), strict=True))


def ticket_rates(scenario: Scenario) -> dict[str, float]:
    """Tickets per second of each class: reported by users, and opened by failures of components that have an MTBF."""
    rates = {name: _reported_per_s(ticket, scenario) for name, ticket in scenario.demand.tickets.items()}
    for component in scenario.deployment.components.values():
        if component.repair is not None:
            rates[component.repair.ticket] += failures_per_s(component)
    return rates


def _reported_per_s(ticket: TicketClass, scenario: Scenario) -> float:
    if ticket.arrivals is None:
        return 0.0
    groups_per_s = _groups_per_s(ticket.arrivals, scenario.clock.horizon)
    return groups_per_s * _batch_size(ticket.arrivals) * (1 - ticket.balk_ratio)


def _groups_per_s(arrivals: Arrivals, horizon_s: float) -> float:
    if arrivals.interarrival is not None:
        return 1.0 / max(arrivals.interarrival.mean, 1e-9)
    return arrivals.rate if arrivals.rate is not None else sum(known.count for known in arrivals.scheduled) / horizon_s


def _batch_size(arrivals: Arrivals) -> float:
    return sum(size * share for size, share in arrivals.batch.items()) if arrivals.batch else 1.0


def failures_per_s(component: Component) -> float:
    """Failure tickets per second of a component whose units are all up; a common cause opens one for each unit."""
    return component.units / component.mtbf if component.mtbf else 0.0


def offered_load(scenario: Scenario) -> dict[str, float]:
    """Mean work that arrives at each queue, in erlangs, averaged over the week; reopening and reassignment included.

    Work that failures and follow-ups bring is counted; the surges and staff of changes aren't.
    """
    load: defaultdict[str, float] = defaultdict(float)
    rates = ticket_rates(scenario)
    for name, ticket in scenario.demand.tickets.items():
        for queue, count in visit_counts(ticket).items():
            load[queue] += rates[name] * count * _work_s(ticket, ticket.visits[queue])
    return dict(load)


def _work_s(ticket: TicketClass, visit: Visit) -> float:
    triage = visit.triage.mean if visit.triage else 0.0
    worked = 1.0 - (visit.reassign.probability if visit.reassign else 0.0)
    closed = resolved_ratio(visit) * (1.0 - (ticket.reopen.probability if ticket.reopen else 0.0))
    follow_up = ticket.follow_up.mean if ticket.follow_up else 0.0
    return triage + worked * visit.work.mean + closed * follow_up


def mean_heads(scenario: Scenario) -> dict[str, float]:
    """Heads of each tier averaged over the horizon (at most its first year).

    People on call count only in a tier without shifts; machines (`units_of`) count as if always up.
    """
    return {name: _heads(scenario, tier) for name, tier in scenario.support.tiers.items()}


def _heads(scenario: Scenario, tier: Tier) -> float:
    if tier.units_of is not None:
        return float(scenario.deployment.components[tier.units_of].units)
    if tier.shifts:
        return sum(shift.heads * open_ratio(scenario, shift.calendar) for shift in tier.shifts.values())
    return tier.on_call.heads * open_ratio(scenario, tier.on_call.calendar or "always") if tier.on_call else 0.0


def open_ratio(scenario: Scenario, calendar: str) -> float:
    """Share of the horizon (at most its first year) in which a calendar is open."""
    clock = scenario.clock
    end = max(1, clock.ticks(min(clock.horizon, _YEAR_S)))
    opened = spans(business_calendar(scenario, calendar), clock.start_utc, end, clock.tick)
    return float((opened[:, 1] - opened[:, 0]).sum()) / end
