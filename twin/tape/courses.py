"""All changes of a replication: the courses of their occurrences, and what they leave behind."""

from dataclasses import dataclass, field

import numpy as np

from twin.spec.changes import Surge
from twin.tape.arrivals import surge_arrivals
from twin.tape.changes import Course, course_of, draws_of
from twin.tape.demand import Factors, Stream, surge_stream
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key

COMMON_CAUSE, AFTER_CHANGE = 1, 2
_FLAT = (np.zeros(1, np.int64), np.ones(1), np.zeros(1, np.int64), np.ones(1))


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


def draw_changes(recipe: Recipe, root: np.uint64, factors: Factors) -> Facts:
    """The facts of all occurrences of all changes."""
    scenario, found = recipe.scenario, Facts()
    names = list(scenario.deployment.components)
    occurrence = 0
    for number, (name, change) in enumerate(scenario.changes.items()):
        stream = below(root, name_key("change", name))
        parts = [names.index(component) for component in change.components]
        units = max(recipe.components[c].units for c in parts)
        for k, start in enumerate(recipe.starts[name]):
            key = below(stream, k)
            drawn = draws_of(key, change, recipe.laws, recipe.change_rows[name])
            course = course_of(change, int(start), drawn, units, scenario.clock.tick)
            _record(recipe, found, course, name, number, occurrence, key, parts)
            if course.settled_at >= 0:
                _after_effects(recipe, found, key, name, parts, course.settled_at, factors)
            _dual_run_tickets(recipe, found, key, name, int(start), factors)
            occurrence += 1
    return found


def _record(
    recipe: Recipe, found: Facts, course: Course, name: str, number: int, occurrence: int, key: np.uint64,
    parts: list[int],
) -> None:  # fmt: skip
    change = recipe.scenario.changes[name]
    for hold in course.holds:
        for c in parts:
            share = round(1000 * hold.share)
            found.holds.append((hold.at, hold.until, c, hold.units, share, hold.cause, occurrence))
    found.phases += [(at, occurrence, number, phase) for at, phase in course.phases]
    tiers = recipe.booked_tiers
    for tier, heads in change.staff.items():
        for begin, end in course.booked if heads else ():
            found.booked += [(begin, tiers.index(tier), heads), (end, tiers.index(tier), -heads)]
    if course.restore_at >= 0 and change.restore is not None and change.restore_priority is not None:
        found.streams.append(
            Stream(
                np.array([course.restore_at], np.int64),
                np.array([below(key, 1_000_000)], np.uint64),
                recipe.class_names.index(change.restore),
                occurrence=occurrence,
                level=recipe.scenario.support.priorities.index(change.restore_priority),
            )
        )


def _after_effects(
    recipe: Recipe, found: Facts, key: np.uint64, name: str, parts: list[int], settled: int, factors: Factors
) -> None:
    change, clock = recipe.scenario.changes[name], recipe.scenario.clock
    if change.hazard is not None:
        for c in parts:
            mtbf = recipe.components[c].mtbf
            for u in np.flatnonzero(recipe.unit_component == c) if mtbf else []:
                peak = change.hazard.factor * clock.tick / (mtbf or 1.0)
                unit_key = below(key, recipe.unit_stream[u])
                half_life = change.hazard.half_life / clock.tick
                at, _ = surge_arrivals(unit_key, peak, half_life, settled, clock.end_ticks, *_FLAT)
                found.shocks += [(int(tick), c, int(u), AFTER_CHANGE) for tick in at]
    for number, surge in enumerate(change.surges):
        arrivals = recipe.scenario.demand.tickets[surge.ticket].arrivals
        if arrivals is not None and arrivals.rate is not None:
            earlier = sum(other.ticket == surge.ticket for other in change.surges[:number])
            own = below(key, 100 + earlier) if earlier else key
            found.streams.append(surge_stream(recipe, own, surge, settled, clock.horizon_ticks, factors))


def _dual_run_tickets(recipe: Recipe, found: Facts, key: np.uint64, name: str, start: int, factors: Factors) -> None:
    strategy, clock = recipe.scenario.changes[name].strategy, recipe.scenario.clock
    if strategy.kind != "dual-run" or strategy.extra_tickets == 0:
        return
    end = min(start + clock.ticks(strategy.length), clock.horizon_ticks)
    for ticket, spec in recipe.scenario.demand.tickets.items():
        if spec.arrivals is not None and spec.arrivals.rate is not None:
            surge = Surge.model_construct(ticket=ticket, factor=strategy.extra_tickets, half_life=0.0)
            found.streams.append(surge_stream(recipe, below(key, 7), surge, start, end, factors))
