"""Families of measures that a scenario switches on: each is made only if its section is there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from twin.measures.agreements import Agreements, OnCallLoad, Owners
from twin.measures.availability import Availability
from twin.measures.error_budget import ErrorBudgetFamily
from twin.measures.frame import Frame
from twin.measures.hypercare import HypercareFamily
from twin.measures.links import Links
from twin.measures.money import MoneyFamily
from twin.measures.parties import Parties
from twin.measures.queues import FlowReader
from twin.measures.readiness import Readiness
from twin.measures.review import Review
from twin.measures.risks import DataLoss, Exposure
from twin.measures.satisfaction import SatisfactionFamily
from twin.measures.service_level import ServiceLevel
from twin.measures.workflows import Workflows
from twin.spec.risks import Recovery

if TYPE_CHECKING:
    from twin.measures.gauge import Part


@dataclass(frozen=True)
class Kit:
    """What families share: the frame, and the readers of clocks, flows and availability."""

    frame: Frame
    service_level: ServiceLevel
    flows: FlowReader

    @cached_property
    def availability(self) -> Availability:
        """The reader of availability; logs read by it and by the family of that name share what they find."""
        return Availability(self.frame)

    @cached_property
    def satisfaction(self) -> SatisfactionFamily | None:
        """The family of satisfaction, if the scenario has that section."""
        spec = self.frame.scenario.satisfaction
        return None if spec is None else SatisfactionFamily(self.frame, spec, self.availability, self.service_level)


def _money(kit: Kit) -> "Part | None":
    money = kit.frame.scenario.money
    if money is None:
        return None
    return MoneyFamily(kit.frame, money, kit.availability, kit.service_level, kit.flows)


def _parties(kit: Kit) -> "Part | None":
    scenario = kit.frame.scenario
    both = len({tier.party for tier in scenario.support.tiers.values()}) > 1
    tickets = scenario.demand.tickets.values()
    special = any(one.dispute or one.scope == "out" or one.owner == "customer" for one in tickets)
    return Parties(kit.frame, kit.service_level) if both or special else None


def _satisfaction(kit: Kit) -> "Part | None":
    return kit.satisfaction


def _error_budget(kit: Kit) -> "Part | None":
    spec = kit.frame.scenario.error_budget
    if spec is None or not kit.availability.components:
        return None
    return ErrorBudgetFamily(kit.frame, spec, kit.availability)


def _hypercare(kit: Kit) -> "Part | None":
    spec = kit.frame.scenario.hypercare
    if spec is None:
        return None
    return HypercareFamily(kit.frame, spec, kit.availability, kit.service_level, kit.satisfaction)


def _agreements(kit: Kit) -> "Part | None":
    return Agreements(kit.frame, kit.service_level) if kit.frame.scenario.agreements else None


def _owners(kit: Kit) -> "Part | None":
    is_named = any(ticket.responsible is not None for ticket in kit.frame.scenario.demand.tickets.values())
    return Owners(kit.frame, kit.service_level) if is_named else None


def _on_call(kit: Kit) -> "Part | None":
    part = OnCallLoad(kit.frame)
    return part if part.cells else None


def _review(kit: Kit) -> "Part | None":
    spec = kit.frame.scenario.audit
    return None if spec is None else Review(kit.frame, spec, kit.availability, kit.service_level)


def _readiness(kit: Kit) -> "Part | None":
    part = Readiness(kit.frame)
    return part if part.cells else None


def _exposure(kit: Kit) -> "Part | None":
    spec = kit.frame.scenario.security
    return None if spec is None else Exposure(kit.frame, spec)


def _data_loss(kit: Kit) -> "Part | None":
    spec, backups = kit.frame.scenario.recovery, kit.frame.scenario.prevention.backups
    return None if spec is None and backups is None else DataLoss(kit.frame, spec or Recovery(), backups)


def _links(kit: Kit) -> "Part | None":
    return Links(kit.frame) if kit.frame.scenario.links else None


def _workflows(kit: Kit) -> "Part | None":
    return Workflows(kit.frame, kit.availability) if kit.frame.scenario.workflows else None


OPTIONAL: Final[Mapping[str, Callable[[Kit], "Part | None"]]] = {
    "money": _money,
    "parties": _parties,
    "satisfaction": _satisfaction,
    "error_budget": _error_budget,
    "hypercare": _hypercare,
    "agreements": _agreements,
    "owners": _owners,
    "on_call": _on_call,
    "review": _review,
    "readiness": _readiness,
    "exposure": _exposure,
    "data_loss": _data_loss,
    "links": _links,
    "workflows": _workflows,
}
