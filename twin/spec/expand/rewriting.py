"""Parts of a scenario replaced by others, and queues of a ticket class renamed."""

from collections.abc import Callable, Mapping
from typing import Any

from twin.spec.demand import TicketClass, Visit
from twin.spec.scenario import Scenario
from twin.spec.support import Tier


def with_tickets(scenario: Scenario, tickets: Mapping[str, TicketClass]) -> Scenario:
    """The scenario with other ticket classes."""
    demand = scenario.demand.model_copy(update={"tickets": dict(tickets)})
    return scenario.model_copy(update={"demand": demand})


def with_tiers(scenario: Scenario, tiers: Mapping[str, Tier]) -> Scenario:
    """The scenario with other tiers."""
    support = scenario.support.model_copy(update={"tiers": dict(tiers)})
    return scenario.model_copy(update={"support": support})


def with_part(scenario: Scenario, part: str, **fields: Any) -> Scenario:
    """The scenario with some fields of one of its parts replaced."""
    return scenario.model_copy(update={part: getattr(scenario, part).model_copy(update=fields)})


def requeued(ticket: TicketClass, name: Callable[[str], str]) -> TicketClass:
    """The class with its queues renamed; of two visits that get the same name, the first stays."""
    visits: dict[str, Visit] = {}
    for queue, visit in ticket.visits.items():
        visits.setdefault(name(queue), _requeued_visit(visit, name, name(queue)))
    reopen = ticket.reopen
    if reopen is not None and reopen.to is not None:
        reopen = reopen.model_copy(update={"to": name(reopen.to)})
    return ticket.model_copy(update={"queue": name(ticket.queue), "visits": visits, "reopen": reopen})


def _requeued_visit(visit: Visit, name: Callable[[str], str], own: str) -> Visit:
    chances: dict[str, float] = {}
    for queue, chance in visit.next.items():
        if name(queue) != own or queue == own:
            chances[name(queue)] = chances.get(name(queue), 0.0) + chance
    reassign = visit.reassign
    if reassign is not None:
        to = name(reassign.to)
        reassign = None if to == own != reassign.to else reassign.model_copy(update={"to": to})
    return visit.model_copy(update={"next": chances, "reassign": reassign})
