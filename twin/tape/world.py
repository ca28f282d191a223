"""What of a scenario a tape depends on: its digest, the tiers whose heads it books, the policies that make it drift."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from twin.spec.scenario import Scenario
from twin.spec.values import Law
from twin.spec.workforce import Session


def world_digest(scenario: Scenario) -> str:
    """SHA-256 of the parts a tape is drawn from: clock, deployment, demand (with calendars), changes, priorities, and
    what people and policies do to work, demand and duty.

    Contract and staffing are not among them, so one tape serves every staffing; but the heads of a tier with
    shrinkage are, for chance decides who of them is missing.
    """
    parts = {"clock", "calendars", "deployment", "demand", "changes", "workforce", "self_service", "prevention"}
    world = scenario.model_dump(mode="json", include=parts)
    used = {profile.calendar for profile in scenario.demand.profiles.values()}
    tiers = scenario.support.tiers
    shifts = {name: tiers[name].shifts for name in scenario.workforce.shrinkage}
    used |= {shift.calendar for those in shifts.values() for shift in those.values()}
    served = {name: list(tiers[name].serves) for name in _tiers_with_queues(scenario)}
    world["calendars"] = {name: written for name, written in world["calendars"].items() if name in _united(world, used)}
    levels = scenario.support.model_dump(mode="json", include={"priorities", "priority_matrix"})
    heads = {
        tier: {name: shift.model_dump(mode="json") for name, shift in those.items()} for tier, those in shifts.items()
    }
    return hashlib.sha256(json.dumps([world, levels, heads, served], sort_keys=True).encode()).hexdigest()


def _tiers_with_queues(scenario: Scenario) -> set[str]:
    """Tiers whose queues decide which tickets an effect on their people reaches."""
    return {*scenario.workforce.attrition, *scenario.workforce.learning}


def _united(world: dict[str, Any], names: set[str | None]) -> set[str | None]:
    found, front = set(names), [*names]
    while front:
        written = world["calendars"].get(front.pop(), {})
        fresh = set(written.get("union", ())) - found
        found |= fresh
        front += fresh
    return found


def booked_tiers(scenario: Scenario) -> tuple[str, ...]:
    """Tiers whose heads a tape books, in order of first mention: their numbers there, whatever the staffing."""
    force = scenario.workforce
    named = [tier for change in scenario.changes.values() for tier in change.staff]
    named += [absence.tier for absence in force.absences.values()]
    named += [*force.shrinkage, *force.attrition]
    named += [tier for session in _sessions(scenario) for tier in session.staff]
    return tuple(dict.fromkeys(named))


def laws_of_policies(scenario: Scenario) -> Iterator[Law]:
    """Laws of lengths that policies draw."""
    force = scenario.workforce
    yield from (absence.lasts for absence in force.absences.values())
    yield from (one.hiring for one in force.attrition.values())
    yield from (session.lasts for session in _sessions(scenario))


def _sessions(scenario: Scenario) -> list[Session]:
    service = scenario.self_service
    return [*service.training.values(), *service.handovers.values(), *scenario.prevention.drills.values()]


def uses_policies(scenario: Scenario) -> bool:
    """Whether anything drifts, so that tickets depend on the day they open, or people or policies act on the tape."""
    force, service, prevention = scenario.workforce, scenario.self_service, scenario.prevention
    return bool(
        force.absences or force.shrinkage or force.attrition or force.learning
        or service.knowledge_base or service.training or service.handovers
        or prevention.drills or prevention.watches or prevention.reviews or prevention.backups
        or any(ticket.misjudged for ticket in scenario.demand.tickets.values())
    )  # fmt: skip
