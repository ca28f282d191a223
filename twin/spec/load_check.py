"""Can the demand be served at all: paths that never end, and offered load above the heads there are."""

from collections.abc import Iterator

from twin.spec.findings import Findings
from twin.spec.offered import endless_queues, mean_heads, offered_load, transitions
from twin.spec.problems import shown_bare
from twin.spec.scenario import Scenario


def check_load(scenario: Scenario, findings: Findings) -> None:
    """Note ticket paths that go round for ever, and tiers whose offered load exceeds their mean heads.

    The references of the scenario must be sound.
    """
    for name, ticket in scenario.demand.tickets.items():
        endless = endless_queues(ticket)
        if endless:
            route = " -> ".join(map(shown_bare, _round_trip(transitions(ticket), endless[0])))
            reason = f"a ticket can go round for ever ({route}): nothing there ever resolves it"
            findings.error(("demand", "tickets", name, "visits", endless[0]), reason, "lower a probability below 1")
    if not findings.errors:
        _check_capacity(scenario, findings)


def _round_trip(chances: dict[str, dict[str, float]], queue: str) -> list[str]:
    route = [queue]
    while route[-1] not in route[:-1]:
        row = chances[route[-1]]
        route.append(max(row, key=lambda to: row[to]))
    return route[route.index(route[-1]) :]


def _check_capacity(scenario: Scenario, findings: Findings) -> None:
    load, heads = offered_load(scenario), mean_heads(scenario)
    servers = {queue: frozenset(_serving(scenario, queue)) for queue in load}
    reported: list[frozenset[str]] = []
    for group in sorted(_groups(set(servers.values())), key=lambda one: (len(one), sorted(one))):
        erlangs = sum(work for queue, work in load.items() if servers[queue] <= group)
        available = sum(heads[name] for name in group)
        if erlangs > 0 and erlangs >= available and not any(known <= group for known in reported):
            reported.append(group)
            names = [name for name in heads if name in group]
            whose = "" if len(names) == 1 else f" in tiers {', '.join(map(shown_bare, names))} together"
            reason = f"offered {erlangs:.3g} erlangs on {available:.3g} heads on average{whose}: queues will grow"
            findings.warn(("support", "tiers", names[0]), reason, "add heads or hours, or reduce demand or work")


def _serving(scenario: Scenario, queue: str) -> Iterator[str]:
    return (name for name, tier in scenario.support.tiers.items() if queue in tier.serves)


def _groups(servers: set[frozenset[str]]) -> set[frozenset[str]]:
    """Tiers that share queues: those of each queue, and all that are linked by queues."""
    linked: list[frozenset[str]] = []
    for one in servers:
        touching = [other for other in linked if other & one]
        linked = [other for other in linked if not other & one] + [one.union(*touching)]
    return servers | set(linked)
