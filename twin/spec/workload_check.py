"""Cross-checks of the workload: names that must mean something, and load that no deployment could carry."""

from collections.abc import Iterator

from twin.spec.findings import Findings
from twin.spec.problems import Path, shown
from twin.spec.scenario import Scenario
from twin.spec.transactions import Step
from twin.spec.workload import Workload

MOST_STEPS = 100
MOST_HELD = 8


def check_workload(scenario: Scenario, findings: Findings) -> None:
    """Note names in the workload that are not defined, and what contradicts itself."""
    load = scenario.workload
    if load is None:
        return
    top: Path = ("workload",)
    for name, station in load.stations.items():
        at = (*top, "stations", name, "component")
        findings.known(at, station.component, scenario.deployment.components, "component")
    for name, pool in load.pools.items():
        findings.known((*top, "pools", name, "per"), pool.per, load.stations, "station")
    for name, transaction in load.transactions.items():
        path = (*top, "transactions", name)
        _check_steps((*path, "steps"), transaction.steps, load, findings, ())
        if sum(1 for _ in walk(transaction.steps)) > MOST_STEPS:
            findings.error((*path, "steps"), f"more than {MOST_STEPS} steps", "merge some of them")
    for name, persona in load.personas.items():
        path = (*top, "personas", name)
        findings.known((*path, "licence"), persona.licence, load.pools, "pool")
        if persona.licence in load.pools and load.pools[persona.licence].per is not None:
            findings.error((*path, "licence"), "licences belong to no node", 'remove "per" from the pool')
        for transaction_name in persona.mix:
            findings.known((*path, "mix", transaction_name), transaction_name, load.transactions, "transaction")
    _check_disturbances(load, findings)
    if load.slow_hours is not None:
        at, slow = (*top, "slow_hours", "ticket"), load.slow_hours.ticket
        findings.known(at, slow, scenario.demand.tickets, "ticket class")
        ticket = scenario.demand.tickets.get(slow or "")
        if ticket is not None and ticket.arrivals is not None:
            findings.error(at, f"{shown(slow)} has arrivals of its own", "name a class that only slow hours bring")
        elif ticket is not None and ticket.priority is None and ticket.impact is None:
            findings.error(at, f"{shown(slow)} has no priority", "give the class a priority")


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """All steps of a transaction, outer before inner."""
    for step in steps:
        yield step
        yield from walk(step.do)
        yield from walk(step.miss)


def _check_steps(
    path: Path, steps: tuple[Step, ...], load: Workload, findings: Findings, held: tuple[str, ...]
) -> None:
    for index, step in enumerate(steps):
        at = (*path, index)
        findings.known((*at, "visit"), step.visit, load.stations, "station")
        findings.known((*at, "hold"), step.hold, load.pools, "pool")
        findings.known((*at, "lock"), step.lock, load.locks, "lock")
        findings.known((*at, "cache"), step.cache, load.caches, "cache")
        own = held
        if step.hold is not None or (step.lock is not None and step.held_for is None):
            own = (*held, f"{'pool' if step.hold else 'lock'} {step.hold or step.lock}")
            if own[-1] in held:
                findings.error(at, f"{own[-1]} is held twice by one request: it can wait for itself", "hold it once")
            if len(own) > MOST_HELD:
                findings.error(at, f"holds more than {MOST_HELD} things at a time", "hold fewer")
        _check_steps((*at, "do"), step.do, load, findings, own)
        _check_steps((*at, "miss"), step.miss, load, findings, own)


def _check_disturbances(load: Workload, findings: Findings) -> None:
    for index, one in enumerate(load.disturbances):
        at: Path = ("workload", "disturbances", index)
        findings.known((*at, "station"), one.station, load.stations, "station")
        station = load.stations.get(one.station)
        if station is None:
            continue
        most = station.autoscaling.most if station.autoscaling else station.nodes
        if station.kind == "delay":
            findings.error((*at, "station"), f"{shown(one.station)} is a delay and has no nodes", "name another one")
        elif one.node > most:
            findings.error((*at, "node"), f"node {one.node} of {most}", f"give a number from 1 to {most}")
