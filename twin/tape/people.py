"""People who are missing, who are new, and who learn: heads off duty, and work and escalations that drift."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin.calendar import spans
from twin.spec.calendars import business_calendar
from twin.spec.dated import Dated
from twin.spec.values import Law
from twin.spec.workforce import Attrition, Session
from twin.tape.drift import Drift, powers_of
from twin.tape.functions import log_of
from twin.tape.laws import ticks_of
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key, uniform

Floats = NDArray[np.float64]


def missing_people(drift: Drift, root: np.uint64) -> None:
    """Book the heads of absences and of shrinkage."""
    recipe = drift.recipe
    clock = recipe.scenario.clock
    for name, absence in recipe.scenario.workforce.absences.items():
        tier, key = recipe.booked_tiers.index(absence.tier), below(root, name_key("absence", name))
        if absence.dated is not None:
            book_dated(drift, absence.dated, absence.lasts, {absence.tier: absence.heads}, key)
        for person in range(absence.people if absence.every else 0):
            own, end, k = below(key, person), 0.0, 0
            while True:
                begin = end + _exponential(own, 2 * k, (absence.every or 0.0) / clock.tick)
                if begin >= clock.end_ticks:
                    break
                end = begin + max(int(ticks_of(recipe.laws, recipe.row(absence.lasts), own, 2 * k + 1)), 1)
                drift.facts.book(tier, 1, int(begin), int(end))
                k += 1
    for tier_name, share in recipe.scenario.workforce.shrinkage.items():
        _book_shrinkage(drift, tier_name, share, root)


def book_session(drift: Drift, session: Session, key: np.uint64) -> list[int]:
    """Book the staff of each session; the ticks at which they are over."""
    return book_dated(drift, session, session.lasts, session.staff, key)


def book_dated(drift: Drift, dated: Dated, lasts: Law, staff: dict[str, int], key: np.uint64) -> list[int]:
    """Book heads of tiers each time that something happens; the ticks at which each of them is over."""
    recipe, ends = drift.recipe, []
    for k, start in enumerate(recipe.dates(dated)):
        ends.append(start + int(ticks_of(recipe.laws, recipe.row(lasts), below(key, k), 0)))
        for tier, heads in staff.items():
            drift.facts.book(recipe.booked_tiers.index(tier), heads, start, ends[-1])
    return ends


def _exponential(key: np.uint64, draw: int, mean: float) -> float:
    return -mean * float(log_of(uniform(key, draw)))


def _book_shrinkage(drift: Drift, tier: str, share: float, root: np.uint64) -> None:
    recipe = drift.recipe
    number = recipe.booked_tiers.index(tier)
    for name, shift in recipe.scenario.support.tiers[tier].shifts.items():
        key = below(root, name_key("shrinkage", tier, name))
        for k, (begin, end) in enumerate(_daily_spans(recipe, shift.calendar)):
            own = below(key, k)
            missing = sum(uniform(own, head) < share for head in range(shift.heads))
            drift.facts.book(number, missing, begin, end)


def _daily_spans(recipe: Recipe, calendar: str) -> list[tuple[int, int]]:
    """Open spans of a calendar; one that is open longer than a day is cut at local midnights."""
    clock = recipe.scenario.clock
    found = []
    for begin, end in spans(business_calendar(recipe.scenario, calendar), clock.start_utc, clock.end_ticks, clock.tick):
        is_long = (end - begin) * clock.tick > 86_400
        cuts = recipe.day_at[(recipe.day_at > begin) & (recipe.day_at < end)].tolist() if is_long else []
        edges = [int(begin), *cuts, int(end)]
        found += list(pairwise(edges))
    return found


def leaving_people(drift: Drift, root: np.uint64) -> None:
    """Book the empty places of people who leave; newcomers work slower and escalate more while they ramp up."""
    recipe = drift.recipe
    for tier, attrition in recipe.scenario.workforce.attrition.items():
        number, key = recipe.booked_tiers.index(tier), below(root, name_key("attrition", tier))
        present, new = np.zeros(drift.days), np.zeros(drift.days)
        for person in range(attrition.people):
            here, newness = _one_place(drift, attrition, below(key, person), number)
            present += here
            new += newness
        surplus = new / np.maximum(present, 1.0)
        visits = drift.at_queues(recipe.scenario.support.tiers[tier].serves)
        drift.work[:, visits] *= (1.0 + (attrition.work_factor - 1.0) * surplus)[:, np.newaxis]
        drift.escalate[:, visits] *= (1.0 + (attrition.escalate_factor - 1.0) * surplus)[:, np.newaxis]


def _one_place(drift: Drift, attrition: Attrition, key: np.uint64, tier: int) -> tuple[Floats, Floats]:
    """Per day whether somebody holds the place (1 or 0), and how new they are: from 1 at the start to 0."""
    recipe, noon = drift.recipe, drift.noon
    clock = recipe.scenario.clock
    here, newness = np.ones(drift.days), np.zeros(drift.days)
    ramp = attrition.ramp_up / clock.tick
    begin, k = 0.0, 0
    while True:
        leaves = begin + _exponential(key, 2 * k, attrition.stays / clock.tick)
        if leaves >= clock.end_ticks:
            return here, newness
        begin = leaves + int(ticks_of(recipe.laws, recipe.row(attrition.hiring), key, 2 * k + 1))
        drift.facts.book(tier, 1, int(leaves), int(begin))
        is_empty, is_new = (noon >= leaves) & (noon < begin), (noon >= begin) & (noon < begin + ramp)
        here[is_empty] = 0.0
        newness[noon >= leaves] = 0.0
        newness[is_new] = 1.0 - (noon[is_new] - begin) / ramp
        k += 1


def learning_people(drift: Drift) -> None:
    """Work and escalations of a tier fall with each doubling of the tickets it has worked on."""
    scenario = drift.recipe.scenario
    for tier, learning in scenario.workforce.learning.items():
        queues = scenario.support.tiers[tier].serves
        theirs = [bool({*queues} & {*ticket.visits}) for ticket in scenario.demand.tickets.values()]
        seen = drift.opened[:, theirs].sum(axis=1)
        more = (learning.experience + np.cumsum(seen) - seen) / learning.experience
        at = drift.at_queues(queues)
        for factor, saved in ((drift.work, learning.work_saved), (drift.escalate, learning.escalations_saved)):
            left = powers_of(more, float(log_of(1.0 - saved)) / float(log_of(2.0)))
            factor[:, at] *= np.maximum(left, learning.least_ratio)[:, np.newaxis]
