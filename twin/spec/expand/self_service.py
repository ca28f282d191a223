"""Knowledge base and chatbot become queues before the first one, served by tiers that are always there."""

from collections.abc import Collection, Mapping

from twin.spec.demand import Reassign, TicketClass, Visit
from twin.spec.desks import CHATBOT, KNOWLEDGE_BASE
from twin.spec.expand.rewriting import with_part, with_tickets, with_tiers
from twin.spec.findings import Findings
from twin.spec.problems import Path, shown
from twin.spec.scenario import Scenario
from twin.spec.support import Shift, Tier
from twin.spec.values import Law

_PLENTY = 1000
_BASE: Path = ("self_service", "knowledge_base")
_BOT: Path = ("self_service", "chatbot")


def uses_knowledge_base(scenario: Scenario) -> bool:
    """Whether users search articles before a ticket reaches people, and no queue stands for it yet."""
    return scenario.self_service.knowledge_base is not None and KNOWLEDGE_BASE not in scenario.support.tiers


def uses_chatbot(scenario: Scenario) -> bool:
    """Whether a robot answers first."""
    return scenario.self_service.chatbot is not None


def check_knowledge_base(scenario: Scenario, findings: Findings) -> None:
    """Note unknown classes and releases, and a name that is taken."""
    base = scenario.self_service.knowledge_base
    if base is None:
        return
    _check_queue(scenario, findings, _BASE, KNOWLEDGE_BASE, base.tickets)
    for k, name in enumerate(base.releases):
        findings.known((*_BASE, "releases", k), name, scenario.changes, "change")


def check_chatbot(scenario: Scenario, findings: Findings) -> None:
    """Note unknown classes, a name that is taken, and a wrong queue that is none."""
    bot = scenario.self_service.chatbot
    if bot is None:
        return
    _check_queue(scenario, findings, _BOT, CHATBOT, bot.tickets)
    if bot.misroute > 0 and bot.to is None:
        remedy = 'add "to": a queue that the class never visits'
        findings.error((*_BOT, "to"), "misroutes, but not said where to", remedy)
    served = {queue for tier in scenario.support.tiers.values() for queue in tier.serves}
    findings.known((*_BOT, "to"), bot.to, served, "queue")
    for name in bot.tickets:
        ticket = scenario.demand.tickets.get(name)
        if ticket is not None and bot.to in ticket.visits:
            reason = f"{shown(bot.to)} is no wrong queue for class {shown(name)}, which visits it"
            findings.error((*_BOT, "to"), reason, "name a queue that the class never visits")


def _check_queue(
    scenario: Scenario, findings: Findings, path: Path, queue: str, tickets: Collection[str]
) -> None:
    for name in tickets:
        findings.known((*path, "tickets", name), name, scenario.demand.tickets, "ticket class")
    if queue in scenario.support.tiers or any(queue in t.visits for t in scenario.demand.tickets.values()):
        findings.error(path, f"makes a tier and a queue {shown(queue)}, but there is one", "rename yours")


def expand_knowledge_base(scenario: Scenario) -> Scenario:
    """The scenario in which tickets start in the knowledge base; its drift stays in `self_service`."""
    base = scenario.self_service.knowledge_base
    if base is None:
        return scenario
    tickets = dict(scenario.demand.tickets)
    for name, answered in base.tickets.items():
        onward = {tickets[name].queue: 1.0 - answered * base.coverage}
        tickets[name] = _starts_at(tickets[name], KNOWLEDGE_BASE, Visit(work=base.lookup, next=onward))
    return _served(with_tickets(scenario, tickets), KNOWLEDGE_BASE)


def expand_chatbot(scenario: Scenario) -> Scenario:
    """The scenario in which tickets start at the chatbot; those misrouted are triaged in vain first."""
    bot = scenario.self_service.chatbot
    if bot is None:
        return scenario
    tickets = dict(scenario.demand.tickets)
    for name, solved in bot.tickets.items():
        first, left = tickets[name].queue, 1.0 - solved
        onward = {first: left * (1.0 - bot.misroute)}
        more: dict[str, Visit] = {}
        if bot.to is not None and bot.misroute > 0:
            onward[bot.to] = left * bot.misroute
            back = Reassign(to=first, probability=1.0)
            more[bot.to] = Visit(work=Law(mean="0 s"), triage=bot.triage, reassign=back)  # type: ignore[arg-type]
        tickets[name] = _starts_at(tickets[name], CHATBOT, Visit(work=bot.talk, next=onward), more)
    scenario = with_part(scenario, "self_service", chatbot=None)
    return _served(with_tickets(scenario, tickets), CHATBOT)


def _starts_at(ticket: TicketClass, queue: str, visit: Visit, more: Mapping[str, Visit] | None = None) -> TicketClass:
    return ticket.model_copy(update={"queue": queue, "visits": {queue: visit, **ticket.visits, **(more or {})}})


def _served(scenario: Scenario, queue: str) -> Scenario:
    tier = Tier(serves=(queue,), shifts={"always": Shift(heads=_PLENTY)}, level=0)
    return with_tiers(scenario, {queue: tier, **scenario.support.tiers})
