"""Work that no user asks for becomes ticket classes: routine work, false alarms; runbooks make visits shorter."""

from twin.spec.demand import Arrivals, ScheduledTicket, TicketClass, Visit
from twin.spec.expand.rewriting import with_part, with_tickets
from twin.spec.findings import Findings
from twin.spec.occurring import check_dates, starts_of
from twin.spec.problems import Path, shown
from twin.spec.scenario import Scenario
from twin.spec.values import Law


def uses_routines(scenario: Scenario) -> bool:
    """Whether there is planned work."""
    return bool(scenario.workforce.routines)


def uses_false_alarms(scenario: Scenario) -> bool:
    """Whether there are alarms without a fault."""
    return bool(scenario.prevention.false_alarms)


def uses_runbooks(scenario: Scenario) -> bool:
    """Whether there are runbooks."""
    return bool(scenario.prevention.runbooks)


def check_routines(scenario: Scenario, findings: Findings) -> None:
    """Note dates that can't be read, unknown queues and priorities, names that are taken."""
    for name, routine in scenario.workforce.routines.items():
        path: Path = ("workforce", "routines", name)
        check_dates(routine, path, scenario.clock, findings, "the work")
        _check_class(scenario, findings, path, name, routine.queue, routine.priority)


def check_false_alarms(scenario: Scenario, findings: Findings) -> None:
    """Note unknown queues and priorities, and names that are taken."""
    for name, alarms in scenario.prevention.false_alarms.items():
        path: Path = ("prevention", "false_alarms", name)
        _check_class(scenario, findings, path, name, alarms.queue, alarms.priority)


def check_runbooks(scenario: Scenario, findings: Findings) -> None:
    """Note unknown classes and queues."""
    tickets = scenario.demand.tickets
    for name, runbook in scenario.prevention.runbooks.items():
        path: Path = ("prevention", "runbooks", name)
        visited = {queue for kind in runbook.tickets if kind in tickets for queue in tickets[kind].visits}
        for k, kind in enumerate(runbook.tickets):
            findings.known((*path, "tickets", k), kind, tickets, "ticket class")
        for k, queue in enumerate(runbook.queues):
            findings.known((*path, "queues", k), queue, visited, "queue (of these classes)")


def _check_class(
    scenario: Scenario, findings: Findings, path: Path, name: str, queue: str, priority: str
) -> None:
    if name in scenario.demand.tickets:
        findings.error(path, f"makes a ticket class {shown(name)}, but there is one", "give it another name")
    served = {served for tier in scenario.support.tiers.values() for served in tier.serves}
    findings.known((*path, "queue"), queue, served, "queue")
    findings.known((*path, "priority"), priority, scenario.support.priorities, "priority")


def expand_routines(scenario: Scenario) -> Scenario:
    """The scenario with a class of scheduled tickets for each routine that falls into the horizon."""
    tickets = dict(scenario.demand.tickets)
    for name, routine in scenario.workforce.routines.items():
        at = [tick * scenario.clock.tick for tick in starts_of(routine, scenario.clock).tolist()]
        planned = tuple(ScheduledTicket.model_construct(at=second, count=routine.pieces) for second in at)
        if planned:
            arrivals = Arrivals.model_construct(scheduled=planned)
            tickets[name] = _class(routine.queue, routine.priority, routine.work, arrivals)
    return with_tickets(with_part(scenario, "workforce", routines={}), tickets)


def expand_false_alarms(scenario: Scenario) -> Scenario:
    """The scenario with a Poisson class of tickets for each kind of false alarm."""
    tickets = dict(scenario.demand.tickets)
    for name, alarms in scenario.prevention.false_alarms.items():
        tickets[name] = _class(alarms.queue, alarms.priority, alarms.work, Arrivals.model_construct(rate=alarms.rate))
    return with_tickets(with_part(scenario, "prevention", false_alarms={}), tickets)


def _class(queue: str, priority: str, work: Law, arrivals: Arrivals) -> TicketClass:
    return TicketClass(queue=queue, visits={queue: Visit(work=work)}, priority=priority, arrivals=arrivals)


def expand_runbooks(scenario: Scenario) -> Scenario:
    """The scenario with the work and the escalations that the runbooks leave."""
    tickets = dict(scenario.demand.tickets)
    for runbook in scenario.prevention.runbooks.values():
        for kind in runbook.tickets:
            visits = dict(tickets[kind].visits)
            for queue in runbook.queues:
                if queue in visits:
                    visits[queue] = _by_the_book(visits[queue], runbook.work_ratio, runbook.escalate_ratio)
            tickets[kind] = tickets[kind].model_copy(update={"visits": visits})
    return with_tickets(with_part(scenario, "prevention", runbooks={}), tickets)


def _by_the_book(visit: Visit, work_ratio: float, escalate_ratio: float) -> Visit:
    work = visit.work.model_copy(update={"mean": visit.work.mean * work_ratio})
    chances = {queue: chance * escalate_ratio for queue, chance in visit.next.items()}
    return visit.model_copy(update={"work": work, "next": chances})
