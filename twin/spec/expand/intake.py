"""A ticket class with several channels becomes a class for each: its share of the tickets, and its own intake."""

from twin.spec.demand import Arrivals, TicketClass, Visit
from twin.spec.expand.rewriting import with_tickets
from twin.spec.findings import Findings
from twin.spec.problems import shown
from twin.spec.scenario import Scenario
from twin.spec.values import Law


def uses_channels(scenario: Scenario) -> bool:
    """Whether tickets of a class come in several ways."""
    return any(ticket.channels for ticket in scenario.demand.tickets.values())


def channel_class(name: str, channel: str) -> str:
    """The name of the class of one channel."""
    return f"{name} by {channel}"


def check_channels(scenario: Scenario, findings: Findings) -> None:
    """Note classes that can't be split: no arrivals at a rate, another use of the class, an intake that has triage."""
    named = _named_elsewhere(scenario)
    for name, ticket in scenario.demand.tickets.items():
        path = ("demand", "tickets", name, "channels")
        if not ticket.channels:
            continue
        if ticket.arrivals is None or ticket.arrivals.rate is None:
            findings.error(path, "only tickets that arrive at a rate come by channels", "give arrivals a rate")
        if name in named:
            reason = f"class {shown(name)} is split by channel, but {named[name]} names it as one"
            findings.error(path, reason, f"name {shown(channel_class(name, next(iter(ticket.channels))))} there")
        if any(channel.intake for channel in ticket.channels.values()) and ticket.visits[ticket.queue].triage:
            findings.error(path, "the first visit has a triage of its own", "say it as the intake of each channel")


def _named_elsewhere(scenario: Scenario) -> dict[str, str]:
    parts = scenario.deployment.components.items()
    found = {part.repair.ticket: f"the repair of {shown(name)}" for name, part in parts if part.repair is not None}
    for name, change in scenario.changes.items():
        found |= {surge.ticket: f"a surge of change {shown(name)}" for surge in change.surges}
        found |= {change.restore: f"change {shown(name)}"} if change.restore else {}
    service = scenario.self_service
    for what, one in (("the knowledge base", service.knowledge_base), ("the chatbot", service.chatbot)):
        found |= dict.fromkeys(one.tickets if one else (), what)
    for name, training in service.training.items():
        found |= dict.fromkeys(training.avoids, f"training {shown(name)}")
    for name, review in scenario.prevention.reviews.items():
        found |= dict.fromkeys(review.tickets, f"review {shown(name)}")
    for name, drill in scenario.prevention.drills.items():
        found |= dict.fromkeys(drill.tickets, f"drill {shown(name)}")
    for name, watch in scenario.prevention.watches.items():
        found |= dict.fromkeys((watch.of, watch.ticket, *watch.prevents), f"watch {shown(name)}")
    return found


def expand_channels(scenario: Scenario) -> Scenario:
    """The scenario with a class for each channel; Poisson streams split by shares stay Poisson."""
    tickets: dict[str, TicketClass] = {}
    for name, ticket in scenario.demand.tickets.items():
        if not ticket.channels or ticket.arrivals is None:
            tickets[name] = ticket
        for channel, way in ticket.channels.items():
            if way.ratio > 0.0 and ticket.arrivals is not None:
                tickets[channel_class(name, channel)] = _by(ticket, ticket.arrivals, channel, way.ratio, way.intake)
    return with_tickets(scenario, tickets)


def _by(ticket: TicketClass, arrivals: Arrivals, channel: str, ratio: float, intake: Law | None) -> TicketClass:
    visits: dict[str, Visit] = dict(ticket.visits)
    if intake is not None:
        visits[ticket.queue] = visits[ticket.queue].model_copy(update={"triage": intake})
    fewer = arrivals.model_copy(update={"rate": (arrivals.rate or 0.0) * ratio})
    return ticket.model_copy(update={"arrivals": fewer, "visits": visits, "channel": channel, "channels": {}})
