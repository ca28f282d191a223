"""Names in a scenario that must mean something: queues, calendars, components, ticket classes, priorities, tiers."""

from twin.spec.changes import Change
from twin.spec.demand import TicketClass
from twin.spec.deployment import Component
from twin.spec.findings import Findings
from twin.spec.planning_check import check_planning
from twin.spec.problems import Path, shown
from twin.spec.profiles import PROFILES
from twin.spec.scenario import Scenario
from twin.spec.staffing_check import check_staffing
from twin.spec.support import Tier


def check_references(scenario: Scenario, findings: Findings) -> None:
    """Note each name that is used but not defined."""
    _check_calendars(scenario, findings)
    for name, component in scenario.deployment.components.items():
        _check_component(("deployment", "components", name), component, scenario, findings)
    for name, function in scenario.deployment.functions.items():
        for index, needed in enumerate(function.needs):
            path = ("deployment", "functions", name, "needs", index)
            findings.known(path, needed, scenario.deployment.components, "component")
    _check_demand(scenario, findings)
    _check_support(scenario, findings)
    _check_contract(scenario, findings)
    check_staffing(scenario, findings)
    check_planning(scenario, findings)
    for name, change in scenario.changes.items():
        _check_change(("changes", name), change, scenario, findings)


def _calendars(scenario: Scenario) -> tuple[str, ...]:
    return ("always", *scenario.calendars)


def _check_calendars(scenario: Scenario, findings: Findings) -> None:
    for name, calendar in scenario.calendars.items():
        if name == "always":
            findings.error(("calendars", name), '"always" is built in and never closes', "give yours another name")
        for index, part in enumerate(calendar.union):
            findings.known(("calendars", name, "union", index), part, _calendars(scenario), "calendar")


def _check_component(path: Path, component: Component, scenario: Scenario, findings: Findings) -> None:
    for index, needed in enumerate(component.depends_on):
        findings.known((*path, "depends_on", index), needed, scenario.deployment.components, "component")
    if component.repair is not None:
        at, priorities = (*path, "repair"), scenario.support.priorities
        findings.known((*at, "ticket"), component.repair.ticket, scenario.demand.tickets, "ticket class")
        findings.known((*at, "priority"), component.repair.priority, priorities, "priority")
        findings.known((*at, "degraded"), component.repair.degraded, priorities, "priority")


def _check_demand(scenario: Scenario, findings: Findings) -> None:
    demand = scenario.demand
    findings.known(("demand", "users", "profile"), demand.users.profile, demand.profiles, "profile")
    for name, profile in demand.profiles.items():
        findings.known(("demand", "profiles", name, "calendar"), profile.calendar, _calendars(scenario), "calendar")
    for name, ticket in demand.tickets.items():
        path: Path = ("demand", "tickets", name)
        if ticket.arrivals is not None:
            findings.known((*path, "arrivals", "profile"), ticket.arrivals.profile, demand.profiles, "profile")
        _check_path(path, ticket, findings)
        _check_priority(path, ticket, scenario, findings)


def _check_path(path: Path, ticket: TicketClass, findings: Findings) -> None:
    def visited(at: Path, queue: str | None) -> None:
        if queue is not None and queue not in ticket.visits:
            remedy = f"{findings.hint(queue, ticket.visits)}; or say in visits what happens there"
            findings.error(at, f"goes on to queue {shown(queue)}, which has no visit", remedy)

    for queue, visit in ticket.visits.items():
        for to in visit.next:
            visited((*path, "visits", queue, "next", to), to)
        visited((*path, "visits", queue, "reassign", "to"), visit.reassign.to if visit.reassign else None)
    visited((*path, "reopen", "to"), ticket.reopen.to if ticket.reopen else None)


def _check_priority(path: Path, ticket: TicketClass, scenario: Scenario, findings: Findings) -> None:
    priorities, matrix = scenario.support.priorities, scenario.support.priority_matrix
    if isinstance(ticket.priority, str):
        findings.known((*path, "priority"), ticket.priority, priorities, "priority")
    for name in ticket.priority if isinstance(ticket.priority, dict) else ():
        findings.known((*path, "priority", name), name, priorities, "priority")
    for impact in ticket.impact or ():
        findings.known((*path, "impact", impact), impact, matrix, "impact")
        for urgency in (ticket.urgency or {}) if impact in matrix else ():
            what = f"urgency (for impact {shown(impact)})"
            findings.known((*path, "urgency", urgency), urgency, matrix[impact], what)


def _check_support(scenario: Scenario, findings: Findings) -> None:
    support, tickets = scenario.support, scenario.demand.tickets
    for impact, row in support.priority_matrix.items():
        for urgency, priority in row.items():
            findings.known(("support", "priority_matrix", impact, urgency), priority, support.priorities, "priority")
    if len(set(support.priorities)) < len(support.priorities) or not support.priorities:
        findings.error(("support", "priorities"), "priorities are missing or repeated", "list each once")
    queues = dict.fromkeys(queue for ticket in tickets.values() for queue in ticket.visits)
    for name, tier in support.tiers.items():
        _check_tier(("support", "tiers", name), tier, queues, scenario, findings)
    served = dict.fromkeys(queue for tier in support.tiers.values() for queue in tier.serves)
    unserved: set[str] = set()
    for name, ticket in tickets.items():
        for queue in ticket.visits:
            if queue not in served and queue not in unserved:
                unserved.add(queue)
                at = ("demand", "tickets", name, "visits", queue)
                remedy = f'name it in a tier\'s "serves" ({findings.hint(queue, served)})'
                findings.error(at, f"no tier serves queue {shown(queue)}", remedy)


def _check_tier(path: Path, tier: Tier, queues: dict[str, None], scenario: Scenario, findings: Findings) -> None:
    priorities = scenario.support.priorities
    for index, queue in enumerate(tier.serves):
        if queue not in queues:
            reason = f"serves queue {shown(queue)}, which no ticket visits"
            findings.warn((*path, "serves", index), reason, findings.hint(queue, queues))
    for name, shift in tier.shifts.items():
        findings.known((*path, "shifts", name, "calendar"), shift.calendar, _calendars(scenario), "calendar")
    findings.known((*path, "preempt"), tier.preempt, priorities, "priority")
    findings.known((*path, "units_of"), tier.units_of, scenario.deployment.components, "component")
    if tier.units_of is not None and (tier.shifts or tier.on_call):
        reason = "its heads are the units of a component, so it has no shifts and nobody on call"
        findings.error((*path, "units_of"), reason, "remove units_of, or shifts and on_call")
    if tier.on_call is not None:
        findings.known((*path, "on_call", "priorities"), tier.on_call.priorities, priorities, "priority")
        findings.known((*path, "on_call", "calendar"), tier.on_call.calendar, _calendars(scenario), "calendar")


def _check_contract(scenario: Scenario, findings: Findings) -> None:
    contract, calendars = scenario.contract, _calendars(scenario)
    findings.known(("contract", "profile"), contract.profile, PROFILES, "SLA profile")
    findings.known(("contract", "calendar"), contract.calendar, calendars, "calendar")
    findings.known(("contract", "service_calendar"), contract.service_calendar, calendars, "calendar")
    for name, target in contract.targets.items():
        findings.known(("contract", "targets", name), name, scenario.support.priorities, "priority")
        findings.known(("contract", "targets", name, "calendar"), target.calendar, calendars, "calendar")


def _check_change(path: Path, change: Change, scenario: Scenario, findings: Findings) -> None:
    tickets = scenario.demand.tickets
    for index, name in enumerate(change.components):
        findings.known((*path, "components", index), name, scenario.deployment.components, "component")
    findings.known((*path, "restore"), change.restore, tickets, "ticket class")
    findings.known((*path, "restore_priority"), change.restore_priority, scenario.support.priorities, "priority")
    for tier in change.staff:
        findings.known((*path, "staff", tier), tier, scenario.support.tiers, "tier")
    if change.strategy.sync is not None:
        findings.known((*path, "strategy", "sync", "ticket"), change.strategy.sync.ticket, tickets, "ticket class")
    for link in change.compatibility:
        parts, at = scenario.deployment.components, (*path, "compatibility", link)
        findings.known(at, link, parts, "component")
        if link in parts and parts[link].repair is None:
            findings.error(at, f"{shown(link)} can break, but nobody repairs it", 'give the component a "repair"')
    if change.template is not None and findings.source.is_overridden((*path, "template")):
        findings.error((*path, "template"), "a template is filled in from the file", "name it there")
    for index, surge in enumerate(change.surges):
        findings.known((*path, "surges", index, "ticket"), surge.ticket, tickets, "ticket class")
