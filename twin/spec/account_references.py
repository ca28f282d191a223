"""Names in the sections on money and accounts that must mean something, and figures that must fit together."""

from collections.abc import Collection

from twin.spec.agreements import Agreement
from twin.spec.desks import made_of, queue_names
from twin.spec.findings import Findings
from twin.spec.problems import Path, shown
from twin.spec.profiles import resolve
from twin.spec.scenario import Scenario


def check_accounts(scenario: Scenario, findings: Findings) -> None:
    """Note each name that is used but not defined, and what these sections can't mean."""
    _check_classes(scenario, findings)
    if scenario.money is not None:
        _check_money(scenario, findings)
    if scenario.satisfaction is not None:
        _check_satisfaction(scenario, findings)
    for name, agreement in scenario.agreements.items():
        _check_agreement(("agreements", name), agreement, scenario, findings)
    if scenario.audit is not None:
        tickets = scenario.demand.tickets
        _known(findings, ("audit", "complaint"), scenario.audit.complaint, tickets, "ticket class")
        for index, name in enumerate(scenario.audit.proactive):
            _known(findings, ("audit", "proactive", index), name, tickets, "ticket class")
    _check_risks(scenario, findings)
    if scenario.error_budget is not None:
        functions = ("whole", *scenario.deployment.functions)
        findings.known(("error_budget", "function"), scenario.error_budget.function, functions, "function")
    if scenario.hypercare is not None:
        findings.known(("hypercare", "change"), scenario.hypercare.change, scenario.changes, "change")


def _check_classes(scenario: Scenario, findings: Findings) -> None:
    tickets = scenario.demand.tickets
    named = [name for name, ticket in tickets.items() if ticket.responsible is not None]
    for name, ticket in tickets.items():
        if ticket.dispute is not None and not made_of(ticket.dispute, ticket.visits):
            reason = f"the parties argue in queue {shown(ticket.dispute)}, which the ticket does not visit"
            findings.error(("demand", "tickets", name, "dispute"), reason, findings.hint(ticket.dispute, ticket.visits))
        if named and ticket.responsible is None:
            reason = f"nobody answers for this class, while {shown(tickets[named[0]].responsible)} does for another"
            findings.warn(("demand", "tickets", name), reason, 'name a role: "responsible"')
    if named:
        _check_promises(scenario, findings)


def _check_promises(scenario: Scenario, findings: Findings) -> None:
    """Where classes have owners, the policy is meant to be whole: each priority needs an answer and a solution time."""
    promised = resolve(scenario.contract, scenario.support.priorities) if scenario.contract.targets else {}
    for priority, target in promised.items():
        lacks = [clock for clock in ("respond", "resolve") if getattr(target, clock) is None]
        if lacks == ["resolve"] and target.restore is not None:
            continue
        if lacks and len(lacks) < 2:
            reason = f"priority {shown(priority)} has no time to {lacks[0]}"
            findings.warn(("contract", "targets", priority), reason, f'add "{lacks[0]}"')


def _check_money(scenario: Scenario, findings: Findings) -> None:
    money, tiers = scenario.money, scenario.support.tiers
    assert money is not None
    for name, wage in money.wages.items():
        _known(findings, ("money", "wages", name), name, tiers, "tier")
        for shift in wage.shifts if name in tiers else ():
            findings.known(("money", "wages", name, "shifts", shift), shift, tiers[name].shifts, "shift")
        if name in tiers and tiers[name].units_of is not None:
            reason = "these heads are machines, which get no wages"
            findings.error(("money", "wages", name), reason, 'write what they cost under "tools"')
    for name in money.downtime:
        findings.known(("money", "downtime", name), name, ("whole", *scenario.deployment.functions), "function")
    for name in money.penalties.missed:
        findings.known(("money", "penalties", "missed", name), name, scenario.support.priorities, "priority")
    findings.known(("money", "tariff"), money.tariff, money.tariffs, "tariff")
    for index, name in enumerate(money.incidents):
        _known(findings, ("money", "incidents", index), name, scenario.demand.tickets, "ticket class")
    if money.tariffs and not any(tier.party == "vendor" for tier in tiers.values()):
        reason = "there are tariffs, but no tier is the vendor's: nobody works for the fee"
        findings.warn(("money", "tariffs"), reason, 'write "party: vendor" at a tier')


def _check_agreement(path: Path, agreement: Agreement, scenario: Scenario, findings: Findings) -> None:
    for index, tier in enumerate(agreement.tiers):
        _known(findings, (*path, "tiers", index), tier, scenario.support.tiers, "tier")
    for priority in agreement.targets:
        findings.known((*path, "targets", priority), priority, scenario.support.priorities, "priority")
    findings.known((*path, "calendar"), agreement.calendar, ("always", *scenario.calendars), "calendar")


def _check_risks(scenario: Scenario, findings: Findings) -> None:
    components, calendars = scenario.deployment.components, ("always", *scenario.calendars)
    for index, name in enumerate(scenario.security.fixed_by if scenario.security is not None else ()):
        findings.known(("security", "fixed_by", index), name, scenario.changes, "change")
    if scenario.recovery is not None:
        for name in scenario.recovery.lag:
            findings.known(("recovery", "lag", name), name, components, "component")
            if name in components and components[name].redundancy != "standby":
                reason = "there is no standby that could be behind"
                findings.error(("recovery", "lag", name), reason, 'remove it, or write "redundancy: standby"')
    for name, workflow in scenario.workflows.items():
        functions = ("whole", *scenario.deployment.functions)
        findings.known(("workflows", name, "function"), workflow.function, functions, "function")
    for name, link in scenario.links.items():
        findings.known(("links", name, "component"), link.component, components, "component")
        findings.known(("links", name, "calendar"), link.calendar, calendars, "calendar")
        findings.known(("links", name, "window"), link.window, calendars, "calendar")


def _check_satisfaction(scenario: Scenario, findings: Findings) -> None:
    spec, tickets = scenario.satisfaction, scenario.demand.tickets.values()
    assert spec is not None
    channels = [ticket.channel for ticket in tickets if ticket.channel is not None]
    for name in spec.channels:
        findings.known(("satisfaction", "channels", name), name, channels, "channel")
    for name in spec.queues:
        _known(findings, ("satisfaction", "queues", name), name, queue_names(scenario), "queue")


def _known(findings: Findings, path: Path, name: str | None, names: Collection[str], what: str) -> None:
    """Note an error if the name is unknown and shorthand made nothing of it."""
    if name is not None and not made_of(name, names):
        findings.known(path, name, names, what)
