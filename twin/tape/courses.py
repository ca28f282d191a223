"""All changes of a replication: the courses of their occurrences, tried again where they were rolled back."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.spec.changes import Change
from twin.spec.dated import Dated
from twin.tape.arrivals import surge_arrivals
from twin.tape.changes import ROLLBACK_FAILED, Course, course_of, draws_of
from twin.tape.debt import Debts, made_occurrences
from twin.tape.demand import Stream
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key

COMMON_CAUSE, AFTER_CHANGE = 1, 2
FLAT = (np.zeros(1, np.int64), np.ones(1), np.zeros(1, np.int64), np.ones(1))
_RESTORE, _SYNC, _RETRIES = 1_000_000, 8, 9_000


@dataclass
class Facts:
    """What is known before the engine runs, collected row by row: see the tables of `Tape`."""

    holds: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)
    phases: list[tuple[int, int, int, int]] = field(default_factory=list)
    booked: list[tuple[int, int, int]] = field(default_factory=list)
    shocks: list[tuple[int, int, int, int]] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)

    def book(self, tier: int, heads: int, begin: int, end: int) -> None:
        """Take heads of a tier off duty in [begin, end)."""
        if heads > 0 and end > begin:
            self.booked += [(begin, tier, heads), (end, tier, -heads)]


@dataclass(frozen=True)
class Occurrence:
    """One try of a change: its number among all, its key, when it starts, how long two systems run side by side."""

    name: str
    change: Change
    number: int
    key: np.uint64
    start: int
    parts: list[int]
    length: int
    course: Course


def draw_occurrences(recipe: Recipe, root: np.uint64, facts: Facts) -> list[Occurrence]:
    """The tries of all changes, in order; their holds, phases, bookings and restore tickets are put into the facts."""
    scenario, found = recipe.scenario, list[Occurrence]()
    names = list(scenario.deployment.components)
    debts = Debts(recipe)
    for name, change in scenario.changes.items():
        stream = below(root, name_key("change", name))
        parts = [names.index(component) for component in change.components]
        for k, start in made_occurrences(recipe, name):
            key, at = below(stream, k), start
            for attempt in range(1 + (change.retry.at_most if change.retry else 0)):
                own = below(key, _RETRIES + attempt) if attempt else key
                one = _occurrence(recipe, facts, debts, name, len(found), own, at, parts)
                found.append(one)
                _record(recipe, facts, one)
                later = _next_window(recipe, change, one.course)
                if later < 0:
                    break
                at = later
    return found


def _occurrence(
    recipe: Recipe, facts: Facts, debts: Debts, name: str, number: int, key: np.uint64, start: int, parts: list[int]
) -> Occurrence:
    change, clock = recipe.scenario.changes[name], recipe.scenario.clock
    planned = clock.ticks(change.strategy.length) if change.strategy.kind == "dual-run" else 0
    length = planned if change.strategy.sync is None else _parallel(recipe, facts, change, key, start, planned)
    drawn = draws_of(
        key, change, recipe.laws, recipe.change_rows[name], length, length / planned if planned else 1.0,
        debts.factors(name, parts, start),
    )  # fmt: skip
    units = max(recipe.components[c].units for c in parts)
    course = course_of(change, start, drawn, units, clock.tick)
    return Occurrence(name, change, number, key, start, parts, length, course)


def _parallel(recipe: Recipe, facts: Facts, change: Change, key: np.uint64, start: int, planned: int) -> int:
    """How long a dual run lasts by its exit criteria; its synchronisation faults open tickets until then."""
    clock, sync, leave = recipe.scenario.clock, change.strategy.sync, change.strategy.exit
    if sync is None:
        return planned
    longest = clock.ticks(leave.longest) if leave else planned
    stop = min(start + longest, clock.horizon_ticks)
    half_life = sync.half_life / clock.tick
    at, keys = surge_arrivals(below(key, _SYNC), sync.rate * clock.tick, half_life, start, stop, *FLAT)
    length = planned
    if leave is not None:
        every = max(clock.ticks(leave.every), 1)
        while length < longest and _between(at, start + length - every, start + length) > leave.faults:
            length = min(length + every, longest)
    kept = at < start + length
    facts.streams.append(Stream(at[kept], keys[kept], recipe.class_names.index(sync.ticket)))
    return length


def _between(at: NDArray[np.int64], begin: int, end: int) -> int:
    return int(np.count_nonzero((at >= begin) & (at < end)))


def _next_window(recipe: Recipe, change: Change, course: Course) -> int:
    """When a change that was rolled back is tried again, -1 if it isn't."""
    if change.retry is None or course.ended_at < 0 or course.phases[-1][1] == ROLLBACK_FAILED:
        return -1
    windows = recipe.dates(Dated(repeat=change.retry.windows))
    return next((at for at in windows if at > course.ended_at), -1)


def _record(recipe: Recipe, facts: Facts, one: Occurrence) -> None:
    change, course = one.change, one.course
    for hold in course.holds:
        for c in one.parts:
            share = round(1000 * hold.share)
            facts.holds.append((hold.at, hold.until, c, hold.units, share, hold.cause, one.number))
    number = list(recipe.scenario.changes).index(one.name)
    facts.phases += [(at, one.number, number, phase) for at, phase in course.phases]
    tiers = recipe.booked_tiers
    for tier, heads in change.staff.items():
        for begin, end in course.booked:
            facts.book(tiers.index(tier), heads, begin, end)
    if course.restore_at >= 0 and change.restore is not None and change.restore_priority is not None:
        facts.streams.append(
            Stream(
                np.array([course.restore_at], np.int64),
                np.array([below(one.key, _RESTORE)], np.uint64),
                recipe.class_names.index(change.restore),
                occurrence=one.number,
                level=recipe.scenario.support.priorities.index(change.restore_priority),
            )
        )
