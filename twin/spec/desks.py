"""Queues and pools of a scenario in their fixed order, so that every room numbers them alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from twin.spec.scenario import Scenario
from twin.spec.support import Tier

KNOWLEDGE_BASE: Final = "knowledge base"
CHATBOT: Final = "chatbot"


@dataclass(frozen=True)
class Pool:
    """Agents who share queues: the regular heads of a tier, or its people on call.

    name   the tier's, or "<tier> on call"; priority_limit  the least urgent priority they take (index).
    """

    name: str
    tier: str
    spec: Tier
    is_on_call: bool
    priority_limit: int


def queue_names(scenario: Scenario) -> tuple[str, ...]:
    """Queues in order of first mention by the ticket classes, then by the tiers."""
    mentioned = [name for ticket in scenario.demand.tickets.values() for name in (ticket.queue, *ticket.visits)]
    served = [name for tier in scenario.support.tiers.values() for name in tier.serves]
    return tuple(dict.fromkeys([*mentioned, *served]))


def pools(scenario: Scenario) -> tuple[Pool, ...]:
    """Regular pools in the order of the tiers, then the on-call pools in the same order."""
    tiers, levels = scenario.support.tiers.items(), scenario.support.priorities
    regular = [Pool(name, name, tier, False, len(levels) - 1) for name, tier in tiers]
    called = [
        Pool(f"{name} on call", name, tier, True, levels.index(tier.on_call.priorities))
        for name, tier in tiers
        if tier.on_call is not None
    ]
    return (*regular, *called)


def made_of(written: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that a written one stands for: itself, else what shorthand made of it, such as "L2 bom" or "L3/cad"."""
    known = tuple(names)
    if written in known:
        return (written,)
    return tuple(name for name in known if name.startswith((f"{written} ", f"{written}/")))
