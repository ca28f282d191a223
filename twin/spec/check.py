"""Cross-checks of a valid scenario: what no single model can see."""

from graphlib import CycleError, TopologicalSorter

from twin.calendar.zones import zone
from twin.spec.account_references import check_accounts
from twin.spec.calendars import calendar_faults
from twin.spec.dated import Dated
from twin.spec.findings import Findings
from twin.spec.load_check import check_load
from twin.spec.occurring import check_dates
from twin.spec.policies import check_policies
from twin.spec.problems import Path, Source, shown
from twin.spec.profiles import resolve
from twin.spec.references import check_references
from twin.spec.scenario import Scenario
from twin.spec.workload_check import check_workload

_MOST_CYCLES = 20


def check(scenario: Scenario, source: Source) -> Findings:
    """Errors and warnings about the scenario as a whole, with the lines of `source`."""
    findings = Findings(source)
    check_references(scenario, findings)
    check_policies(scenario, findings)
    check_accounts(scenario, findings)
    _check_dependencies(scenario, findings)
    _check_time(scenario, findings)
    check_workload(scenario, findings)
    if not findings.errors:
        check_load(scenario, findings)
        _check_use(scenario, findings)
        _check_targets(scenario, findings)
    return findings


def _check_dependencies(scenario: Scenario, findings: Findings) -> None:
    depends = {name: set(component.depends_on) for name, component in scenario.deployment.components.items()}
    while (cycle := _cycle(depends)) and len(findings.errors) < _MOST_CYCLES:
        path: Path = ("deployment", "components", cycle[0], "depends_on")
        findings.error(path, f"components depend on each other: {' -> '.join(cycle)}", "remove one dependency")
        depends[cycle[0]].discard(cycle[1])


def _cycle(depends: dict[str, set[str]]) -> list[str]:
    """A cycle, first name repeated at the end, each depending on the next; empty if there is none."""
    try:
        TopologicalSorter(depends).prepare()
    except CycleError as error:
        return [*reversed(error.args[1])]
    return []


def _check_time(scenario: Scenario, findings: Findings) -> None:
    try:
        zone(scenario.clock.time_zone)
    except ValueError as error:
        findings.refuse(("clock", "time_zone"), error)
        return
    if scenario.clock.warm_up >= scenario.clock.horizon:
        findings.error(("clock", "warm_up"), "the warm-up lasts to the horizon or beyond", "shorten it")
    for name, calendar in scenario.calendars.items():
        for key, fault in calendar_faults(calendar, scenario.clock):
            findings.refuse(("calendars", name, key), fault)
    cycle = _cycle({name: set(calendar.union) for name, calendar in scenario.calendars.items()})
    if cycle:
        reason = f"calendars unite each other: {' -> '.join(cycle)}"
        findings.error(("calendars", cycle[0], "union"), reason, "remove one of them")
    for name, change in scenario.changes.items():
        check_dates(change, ("changes", name), scenario.clock, findings, "the change")
        if change.retry is not None:
            windows = Dated(repeat=change.retry.windows)
            check_dates(windows, ("changes", name, "retry"), scenario.clock, findings, "a window")


def _check_use(scenario: Scenario, findings: Findings) -> None:
    components, functions = scenario.deployment.components, scenario.deployment.functions
    front = [one for function in functions.values() for one in function.needs]
    front += [tier.units_of for tier in scenario.support.tiers.values() if tier.units_of is not None]
    used: set[str] = set()
    while front:
        name = front.pop()
        if name not in used:
            used.add(name)
            front += components[name].depends_on
    for name in components if functions else ():
        if name not in used:
            reason = f"no function needs component {shown(name)}: its outages hurt nobody"
            findings.warn(("deployment", "components", name), reason, 'name it in a function\'s "needs", or remove it')


def _check_targets(scenario: Scenario, findings: Findings) -> None:
    contract, priorities = scenario.contract, scenario.support.priorities
    if contract.profile is None and not contract.targets:
        return
    promised = resolve(contract, priorities)
    for name in priorities:
        if name not in promised:
            reason = f"nothing is promised for priority {shown(name)}"
            findings.warn(("contract", "targets"), reason, f"add a row {shown(name)}, or an empty one: {name}: {{}}")
