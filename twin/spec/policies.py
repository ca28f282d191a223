"""Names and dates in what people and policies do to a scenario."""

from collections.abc import Iterable, Iterator

from twin.spec.dated import Dated
from twin.spec.findings import Findings
from twin.spec.occurring import check_dates
from twin.spec.problems import Path, shown
from twin.spec.scenario import Scenario


def check_policies(scenario: Scenario, findings: Findings) -> None:
    """Note names that are used but not defined, dates that can't be read, and effects that reach nobody."""
    tiers, tickets = scenario.support.tiers, scenario.demand.tickets
    for path, dated in _dated(scenario):
        check_dates(dated, path, scenario.clock, findings, "it")
    for path, name in _tier_names(scenario):
        findings.known(path, name, tiers, "tier")
    for path, name in _ticket_names(scenario):
        findings.known(path, name, tickets, "ticket class")
    _check_queues(scenario, findings)
    _check_components(scenario, findings)
    for name, watch in scenario.prevention.watches.items():
        arrivals = tickets[watch.of].arrivals if watch.of in tickets else None
        if watch.of in tickets and (arrivals is None or arrivals.rate is None):
            reason = f"class {shown(watch.of)} has no rate, so no day of it is busier than another"
            findings.error(("prevention", "watches", name, "of"), reason, "watch a class that arrives at a rate")


def _dated(scenario: Scenario) -> Iterator[tuple[Path, Dated]]:
    for name, absence in scenario.workforce.absences.items():
        if absence.dated is not None:
            yield ("workforce", "absences", name), absence.dated
    service, prevention = scenario.self_service, scenario.prevention
    kinds: list[tuple[str, str, dict[str, Dated]]] = [
        ("self_service", "training", {**service.training}), ("self_service", "handovers", {**service.handovers}),
        ("prevention", "drills", {**prevention.drills}), ("prevention", "reviews", {**prevention.reviews}),
    ]  # fmt: skip
    for room, kind, events in kinds:
        yield from (((room, kind, name), event) for name, event in events.items())


def _tier_names(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    force, service = scenario.workforce, scenario.self_service
    for name, absence in force.absences.items():
        yield ("workforce", "absences", name, "tier"), absence.tier
    for kind in ("shrinkage", "attrition", "learning"):
        yield from ((("workforce", kind, tier), tier) for tier in getattr(force, kind))
    staffs = [(("self_service", "training", name), event.staff) for name, event in service.training.items()]
    staffs += [(("self_service", "handovers", name), event.staff) for name, event in service.handovers.items()]
    staffs += [(("prevention", "drills", name), event.staff) for name, event in scenario.prevention.drills.items()]
    for path, staff in staffs:
        yield from (((*path, "staff", tier), tier) for tier in staff)


def _ticket_names(scenario: Scenario) -> Iterator[tuple[Path, str]]:
    prevention = scenario.prevention
    for name, training in scenario.self_service.training.items():
        yield from _each(("self_service", "training", name, "avoids"), training.avoids)
    for name, drill in prevention.drills.items():
        yield from _numbered(("prevention", "drills", name, "tickets"), drill.tickets)
    for name, watch in prevention.watches.items():
        yield ("prevention", "watches", name, "of"), watch.of
        yield ("prevention", "watches", name, "ticket"), watch.ticket
        yield from _each(("prevention", "watches", name, "prevents"), watch.prevents)
    for name, review in prevention.reviews.items():
        yield from _each(("prevention", "reviews", name, "tickets"), review.tickets)
    if prevention.backups is not None:
        yield ("prevention", "backups", "restore"), prevention.backups.restore


def _each(path: Path, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    return (((*path, name), name) for name in names)


def _numbered(path: Path, names: Iterable[str]) -> Iterator[tuple[Path, str]]:
    return (((*path, k), name) for k, name in enumerate(names))


def _check_queues(scenario: Scenario, findings: Findings) -> None:
    queues = dict.fromkeys(queue for ticket in scenario.demand.tickets.values() for queue in ticket.visits)
    for name, handover in scenario.self_service.handovers.items():
        path: Path = ("self_service", "handovers", name)
        findings.known((*path, "queue"), handover.queue, queues, "queue")
        findings.known((*path, "to"), handover.to, queues, "queue")


def _check_components(scenario: Scenario, findings: Findings) -> None:
    backups, components = scenario.prevention.backups, scenario.deployment.components
    for name in backups.components if backups is not None else ():
        findings.known(("prevention", "backups", "components", name), name, components, "component")
    is_reviewed = bool(scenario.prevention.reviews)
    for name, part in components.items():
        if part.recurring > 0 and not is_reviewed:
            reason = "root causes come back, and nobody reviews them: they do as any other failure"
            findings.warn(("deployment", "components", name, "recurring"), reason, "add a review under prevention")
