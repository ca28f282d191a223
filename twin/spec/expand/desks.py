"""Tiers by skill, on-site tiers, tiers that close for good, and the world without a tier."""

from collections.abc import Callable
from datetime import date

from twin.spec.demand import TicketClass, Visit
from twin.spec.expand.rewriting import requeued, with_part, with_tickets, with_tiers
from twin.spec.findings import Findings
from twin.spec.problems import Path, shown
from twin.spec.scenario import Scenario
from twin.spec.support import Shift, SkillGroup, Tier, WorkingTime


def uses_groups(scenario: Scenario) -> bool:
    """Whether people of a tier differ by skill."""
    return any(tier.groups for tier in scenario.support.tiers.values())


def check_groups(scenario: Scenario, findings: Findings) -> None:
    """Note skills that no class asks for, modules that nobody knows, and tiers with both groups and shifts."""
    asked = {ticket.module for ticket in scenario.demand.tickets.values()} - {None}
    for name, tier in scenario.support.tiers.items():
        path: Path = ("support", "tiers", name)
        if tier.groups and (tier.shifts or tier.on_call or tier.units_of):
            reason = "its people are in groups, so it has no shifts, nobody on call and no units of its own"
            findings.error((*path, "groups"), reason, "move them into the groups")
        for group, people in tier.groups.items():
            for k, skill in enumerate(people.skills):
                findings.known((*path, "groups", group, "skills", k), skill, {*map(str, asked)}, "module")
    for kind, ticket in scenario.demand.tickets.items():
        for queue in ticket.visits if ticket.module else ():
            able = [tier for tier in scenario.support.tiers.values() if queue in tier.serves]
            if able and not any(not t.groups or _knows(t, ticket.module) for t in able):
                reason = f"nobody at queue {shown(queue)} knows module {shown(ticket.module)}"
                findings.error(("demand", "tickets", kind, "module"), reason, "add the skill to a group")


def _knows(tier: Tier, module: str | None) -> bool:
    return any(module in group.skills for group in tier.groups.values())


def group_tier(tier: str, group: str) -> str:
    """The name of the tier that a group becomes."""
    return f"{tier} {group}"


def expand_groups(scenario: Scenario) -> Scenario:
    """The scenario with a queue for each module where a tier has groups, and a tier for each group."""
    split = {queue for tier in scenario.support.tiers.values() if tier.groups for queue in tier.serves}
    modules = dict.fromkeys(ticket.module for ticket in scenario.demand.tickets.values() if ticket.module)
    tickets = {name: _for_experts(ticket, split) for name, ticket in scenario.demand.tickets.items()}
    tiers: dict[str, Tier] = {}
    for name, tier in scenario.support.tiers.items():
        for group, people in tier.groups.items():
            tiers[group_tier(name, group)] = _group(tier, people)
        if not tier.groups:
            serves = [part for q in tier.serves for part in (q, *(f"{q}/{m}" for m in modules if q in split))]
            tiers[name] = tier.model_copy(update={"serves": tuple(serves)})
    return with_tiers(with_tickets(scenario, tickets), _visited_only(tiers, tickets))


def _for_experts(ticket: TicketClass, split: set[str]) -> TicketClass:
    if ticket.module is None:
        return ticket
    return requeued(ticket, lambda queue: f"{queue}/{ticket.module}" if queue in split else queue)


def _group(tier: Tier, people: SkillGroup) -> Tier:
    serves = [part for queue in tier.serves for part in (*(f"{queue}/{skill}" for skill in people.skills), queue)]
    return tier.model_copy(update={
        "serves": tuple(serves), "shifts": people.shifts, "on_call": people.on_call, "groups": {},
        "at_shift_end": people.at_shift_end or tier.at_shift_end,
    })  # fmt: skip


def _visited_only(tiers: dict[str, Tier], tickets: dict[str, TicketClass]) -> dict[str, Tier]:
    visited = {queue for ticket in tickets.values() for queue in ticket.visits}
    kept = {name: tuple(queue for queue in tier.serves if queue in visited) for name, tier in tiers.items()}
    return {name: tier.model_copy(update={"serves": kept[name] or tier.serves}) for name, tier in tiers.items()}


def uses_travel(scenario: Scenario) -> bool:
    """Whether people of a tier travel to the place."""
    return any(tier.travel is not None for tier in scenario.support.tiers.values())


def check_travel(scenario: Scenario, findings: Findings) -> None:
    """Note queues that people with and without travel share, and visits that have a triage already."""
    for name, tier in scenario.support.tiers.items():
        path: Path = ("support", "tiers", name, "travel")
        for queue in tier.serves if tier.travel is not None else ():
            others = [other for other, t in scenario.support.tiers.items() if queue in t.serves and other != name]
            if others:
                reason = f"tier {shown(others[0])} serves queue {shown(queue)} too, without this way"
                findings.error(path, reason, "give the on-site people a queue of their own")
            for kind, ticket in scenario.demand.tickets.items():
                if queue in ticket.visits and ticket.visits[queue].triage is not None:
                    reason = f"class {shown(kind)} has a triage at {shown(queue)}, where the way is the triage"
                    findings.error(path, reason, "remove that triage")


def expand_travel(scenario: Scenario) -> Scenario:
    """The scenario in which the way is the triage of each visit on site."""
    ways = {q: tier.travel for tier in scenario.support.tiers.values() if tier.travel for q in tier.serves}
    tickets = {}
    for name, ticket in scenario.demand.tickets.items():
        visits: dict[str, Visit] = {
            queue: visit.model_copy(update={"triage": ways[queue]}) if queue in ways else visit
            for queue, visit in ticket.visits.items()
        }
        tickets[name] = ticket.model_copy(update={"visits": visits})
    tiers = {name: tier.model_copy(update={"travel": None}) for name, tier in scenario.support.tiers.items()}
    return with_tiers(with_tickets(scenario, tickets), tiers)


def uses_until(scenario: Scenario) -> bool:
    """Whether a tier closes for good, and its calendars don't say so yet."""
    return any(tier.until is not None and not _ends(tier) for tier in scenario.support.tiers.values())


def _ends(tier: Tier) -> bool:
    people: list[Tier | SkillGroup] = [tier, *tier.groups.values()]
    used = [shift.calendar for one in people for shift in one.shifts.values()]
    used += [one.on_call.calendar or "" for one in people if one.on_call]
    return all(name.endswith(f" until {tier.until}") for name in used)


def check_until(scenario: Scenario, findings: Findings) -> None:
    """Note dates that can't be read, and people on call of whom only the others' absence says when they are."""
    for name, tier in scenario.support.tiers.items():
        path: Path = ("support", "tiers", name)
        try:
            date.fromisoformat(tier.until or "2026-01-01")
        except ValueError:
            findings.error((*path, "until"), f"{shown(tier.until)} is no date", "write e.g. 2026-07-01")
        people: list[tuple[Path, Tier | SkillGroup]] = [(path, tier)]
        people += [((*path, "groups", group), one) for group, one in tier.groups.items()]
        for place, one in people:
            if tier.until is not None and one.on_call is not None and one.on_call.calendar is None:
                reason = "closes for good, but its people on call take over when nobody is on shift"
                findings.error((*place, "on_call"), reason, 'give on_call a "calendar"')


def expand_until(scenario: Scenario) -> Scenario:
    """The scenario in which the calendars of such a tier end on its last day."""
    calendars, tiers = dict(scenario.calendars), {}
    for name, tier in scenario.support.tiers.items():
        tiers[name] = tier
        if tier.until is None or _ends(tier):
            continue
        day = tier.until

        def ending(calendar: str, day: str = day) -> str:
            calendars[f"{calendar} until {day}"] = WorkingTime(union=(calendar,), until=day)
            return f"{calendar} until {day}"

        def closing(one: Tier | SkillGroup, ending: Callable[[str], str] = ending) -> dict[str, object]:
            on_call = one.on_call
            if on_call is not None:
                on_call = on_call.model_copy(update={"calendar": ending(on_call.calendar or "always")})
            shifts = {s: Shift(calendar=ending(shift.calendar), heads=shift.heads) for s, shift in one.shifts.items()}
            return {"shifts": shifts, "on_call": on_call}

        groups = {group: one.model_copy(update=closing(one)) for group, one in tier.groups.items()}
        tiers[name] = tier.model_copy(update={**closing(tier), "groups": groups})
    return with_tiers(scenario.model_copy(update={"calendars": calendars}), tiers)


def uses_without(scenario: Scenario) -> bool:
    """Whether a tier is left out."""
    return bool(scenario.workforce.without)


def check_without(scenario: Scenario, findings: Findings) -> None:
    """Note unknown tiers and queues."""
    left = {name: tier for name, tier in scenario.support.tiers.items() if name not in scenario.workforce.without}
    served = {queue for tier in left.values() for queue in tier.serves}
    for name, queue in scenario.workforce.without.items():
        path: Path = ("workforce", "without", name)
        findings.known(path, name, scenario.support.tiers, "tier")
        findings.known(path, queue, served, "queue (of another tier)")


def expand_without(scenario: Scenario) -> Scenario:
    """The scenario without some tiers: queues that only they serve give way to the queue named instead."""
    without = scenario.workforce.without
    tiers = {name: tier for name, tier in scenario.support.tiers.items() if name not in without}
    served = {queue for tier in tiers.values() for queue in tier.serves}
    gone = {queue: to for name, to in without.items() for queue in scenario.support.tiers[name].serves}
    instead = {queue: to for queue, to in gone.items() if queue not in served}
    tickets = {
        name: requeued(_without_visits(ticket, instead), lambda queue: instead.get(queue, queue))
        for name, ticket in scenario.demand.tickets.items()
    }
    return with_tiers(with_tickets(with_part(scenario, "workforce", without={}), tickets), tiers)


def _without_visits(ticket: TicketClass, instead: dict[str, str]) -> TicketClass:
    """The class without its visits to queues that give way, where it visits the other queue anyway."""
    visits = {q: visit for q, visit in ticket.visits.items() if instead.get(q) not in ticket.visits}
    return ticket.model_copy(update={"visits": visits})
