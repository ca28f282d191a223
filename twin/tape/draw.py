"""Draw the tape of one replication by a recipe."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.spec.changes import Surge
from twin.tape.arrivals import batched, day_factors, merged, poisson_arrivals, renewal_arrivals, surge_arrivals
from twin.tape.changes import Course, course_of, draws_of
from twin.tape.faults import draw_lives
from twin.tape.laws import log_of
from twin.tape.paths import draw_paths
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key, replication_key, uniform
from twin.tape.tape import LIFE_CLASS, Tape

COMMON_CAUSE, AFTER_CHANGE = 1, 2


@dataclass
class Stream:
    """Sorted instants of one source of tickets, their keys and class; work, change occurrence and level if known."""

    at: NDArray[np.int64]
    keys: NDArray[np.uint64]
    ticket_class: int
    work: NDArray[np.int64] | None = None
    occurrence: int = -1
    level: int = -1


@dataclass
class _Changes:
    """The courses of all change occurrences of a replication, collected column by column."""

    holds: list[tuple[int, int, int, int, int, int, int]] = field(default_factory=list)
    phases: list[tuple[int, int, int, int]] = field(default_factory=list)
    booked: list[tuple[int, int, int]] = field(default_factory=list)
    shocks: list[tuple[int, int, int, int]] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)


def draw(recipe: Recipe, seed: int, replication: int = 0) -> Tape:
    """The tape of one replication; a pure function of recipe, seed and replication."""
    with np.errstate(over="ignore"):
        return _draw(recipe, seed, replication)


def _draw(recipe: Recipe, seed: int, replication: int) -> Tape:
    root = replication_key(seed, replication)
    factors = _Factors(recipe, root)
    changes = _draw_changes(recipe, root, factors)
    streams = [*_class_streams(recipe, root, factors), *changes.streams]
    at, keys, labels, index = _merge(streams)
    life_from, life_key, lives = _draw_lives(recipe, root, changes)
    stream_class = np.array([stream.ticket_class for stream in streams] or [0], np.int16)
    ticket_class = np.concatenate([stream_class[labels], lives[:, LIFE_CLASS].astype(np.int16)])
    work, occurrence, level = _known(streams, labels, index, len(lives))
    all_keys = np.concatenate([keys, life_key]) if len(life_key) else keys
    priority, patience, path_from, steps = draw_paths(
        all_keys,
        ticket_class,
        work,
        recipe.classes,
        recipe.visits,
        recipe.visit_of,
        recipe.laws,
        2 * len(all_keys) + 16,
    )
    if level is not None:
        priority = np.where(level >= 0, level, priority).astype(np.int8)
    return Tape(
        opened_at=at, ticket_class=ticket_class, priority=priority, patience=patience, ticket_occurrence=occurrence,
        path_from=path_from, steps=steps, life_from=life_from, lives=lives,
        shocks=_table(sorted(changes.shocks), 4), holds=_table(changes.holds, 7), phases=_table(changes.phases, 4),
        booked=_table(changes.booked, 3),
        end_ticks=recipe.scenario.clock.end_ticks, world=recipe.world, seed=seed, replication=replication,
    )  # fmt: skip


def _table(rows: Sequence[tuple[int, ...]], columns: int) -> NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, columns)


class _Factors:
    """Day factors of one replication: the common one times each class's own."""

    def __init__(self, recipe: Recipe, root: np.uint64) -> None:
        self._recipe, self._root = recipe, root
        self._days = max((int(pieces.day[-1]) + 1 for pieces in recipe.pieces.values()), default=1)
        self._common = np.ones(self._days)
        self._apply(self._common, recipe.scenario.demand.busyness_cv, "all")
        self._own: dict[str, NDArray[np.float64]] = {}

    def _apply(self, factor: NDArray[np.float64], cv: float, *name: str) -> None:
        if cv > 0:
            day_factors(below(self._root, name_key("busyness", *name)), cv**-2.0, self._days, factor)

    def of(self, ticket: str) -> NDArray[np.float64]:
        """The factor of each day for one class."""
        if ticket not in self._own:
            arrivals = self._recipe.scenario.demand.tickets[ticket].arrivals
            factor = self._common.copy()
            self._apply(factor, arrivals.busyness_cv if arrivals else 0.0, "class", ticket)
            self._own[ticket] = factor
        return self._own[ticket]


def _class_streams(recipe: Recipe, root: np.uint64, factors: _Factors) -> list[Stream]:
    clock, streams = recipe.scenario.clock, []
    for c, (name, ticket) in enumerate(recipe.scenario.demand.tickets.items()):
        arrivals = ticket.arrivals
        if arrivals is None:
            continue
        key = below(root, name_key("tickets", name))
        if arrivals.scheduled:
            planned = sorted(arrivals.scheduled, key=lambda known: known.at)
            planned = [known for known in planned for _ in range(known.count)]
            kept = [known for known in planned if clock.ticks(known.at) < clock.horizon_ticks]
            at = np.array([clock.ticks(known.at) for known in kept], np.int64)
            keys = np.array([below(key, k) for k in range(len(kept))], np.uint64)
            work = [-1 if known.work is None else clock.ticks(known.work) for known in kept]
            streams.append(Stream(at, keys, c, np.array(work, np.int64)))
            continue
        if arrivals.interarrival is not None:
            at, keys = renewal_arrivals(key, recipe.laws, recipe.gap_row[name], clock.horizon_ticks)
        else:
            pieces = recipe.pieces[arrivals.profile]
            rate = (arrivals.rate or 0.0) * clock.tick
            at, keys = poisson_arrivals(
                key, rate, pieces.at, pieces.weight, pieces.day, factors.of(name), clock.horizon_ticks
            )
        if arrivals.batch:
            sizes = np.array(list(arrivals.batch), np.int64)
            at, keys = batched(at, keys, sizes, np.cumsum(list(arrivals.batch.values())))
        streams.append(Stream(at, keys, c))
    return streams


def _draw_changes(recipe: Recipe, root: np.uint64, factors: _Factors) -> _Changes:
    scenario, found = recipe.scenario, _Changes()
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
    _common_causes(recipe, root, found)
    return found


def _record(
    recipe: Recipe, found: _Changes, course: Course, name: str, number: int, occurrence: int, key: np.uint64,
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
    recipe: Recipe, found: _Changes, key: np.uint64, name: str, parts: list[int], settled: int, factors: _Factors
) -> None:
    change, clock = recipe.scenario.changes[name], recipe.scenario.clock
    flat = (np.zeros(1, np.int64), np.ones(1), np.zeros(1, np.int64), np.ones(1))
    if change.hazard is not None:
        for c in parts:
            mtbf = recipe.components[c].mtbf
            for u in np.flatnonzero(recipe.unit_component == c) if mtbf else []:
                peak = change.hazard.factor * clock.tick / (mtbf or 1.0)
                unit_key = below(key, recipe.unit_stream[u])
                half_life = change.hazard.half_life / clock.tick
                at, _ = surge_arrivals(unit_key, peak, half_life, settled, clock.end_ticks, *flat)
                found.shocks += [(int(tick), c, int(u), AFTER_CHANGE) for tick in at]
    for number, surge in enumerate(change.surges):
        arrivals = recipe.scenario.demand.tickets[surge.ticket].arrivals
        if arrivals is not None and arrivals.rate is not None:
            earlier = sum(other.ticket == surge.ticket for other in change.surges[:number])
            own = below(key, 100 + earlier) if earlier else key
            found.streams.append(_surge(recipe, own, surge, settled, clock.horizon_ticks, factors))


def _surge(recipe: Recipe, key: np.uint64, surge: Surge, begin: int, end: int, factors: _Factors) -> Stream:
    clock = recipe.scenario.clock
    arrivals = recipe.scenario.demand.tickets[surge.ticket].arrivals
    peak = surge.factor * (arrivals.rate or 0.0) * clock.tick if arrivals else 0.0
    pieces = recipe.pieces[arrivals.profile if arrivals else None]
    own = below(key, name_key("surge", surge.ticket))
    at, keys = surge_arrivals(
        own, peak, surge.half_life / clock.tick, begin, end, pieces.at, pieces.weight, pieces.day,
        factors.of(surge.ticket),
    )  # fmt: skip
    return Stream(at, keys, recipe.class_names.index(surge.ticket))


def _dual_run_tickets(
    recipe: Recipe, found: _Changes, key: np.uint64, name: str, start: int, factors: _Factors
) -> None:
    strategy, clock = recipe.scenario.changes[name].strategy, recipe.scenario.clock
    if strategy.kind != "dual-run" or strategy.extra_tickets == 0:
        return
    end = min(start + clock.ticks(strategy.length), clock.horizon_ticks)
    for ticket, spec in recipe.scenario.demand.tickets.items():
        if spec.arrivals is not None and spec.arrivals.rate is not None:
            surge = Surge.model_construct(ticket=ticket, factor=strategy.extra_tickets, half_life=0.0)
            found.streams.append(_surge(recipe, below(key, 7), surge, start, end, factors))


def _common_causes(recipe: Recipe, root: np.uint64, found: _Changes) -> None:
    clock = recipe.scenario.clock
    for c, (name, part) in enumerate(recipe.scenario.deployment.components.items()):
        if not part.mtbf or part.common_cause <= 0.0:
            continue
        key, mean = below(root, name_key("common cause", name)), part.mtbf / clock.tick / part.common_cause
        time, k = 0.0, 0
        while True:
            time -= mean * float(log_of(uniform(below(key, k), 0)))
            k += 1
            if time >= clock.end_ticks:
                break
            found.shocks.append((int(time), c, -1, COMMON_CAUSE))


def _draw_lives(
    recipe: Recipe, root: np.uint64, changes: _Changes
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]:
    units = len(recipe.unit_component)
    if units == 0:
        return np.zeros(1, np.int64), np.empty(0, np.uint64), np.empty((0, 7), np.int64)
    keys = np.array([below(root, stream) for stream in recipe.unit_stream], np.uint64)
    cuts = np.zeros(units, np.int64)
    for _, c, u, _ in changes.shocks:
        cuts[(recipe.unit_component == c) if u < 0 else np.arange(units) == u] += 1
    end = recipe.scenario.clock.end_ticks
    life_from, key, lives = draw_lives(keys, recipe.unit_component, recipe.parts, recipe.laws, cuts, end)
    return life_from, key, lives


def _merge(
    streams: list[Stream],
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    if not streams:
        empty = np.empty(0, np.int64)
        return empty, np.empty(0, np.uint64), empty, empty
    sizes = [len(stream.at) for stream in streams]
    if len(streams) == 1:
        return streams[0].at, streams[0].keys, np.zeros(sizes[0], np.int64), np.arange(sizes[0])
    at = np.concatenate([stream.at for stream in streams])
    keys = np.concatenate([stream.keys for stream in streams])
    run_from = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    at, keys, order = merged(at, keys, np.arange(len(at)), run_from)
    labels = np.searchsorted(run_from, order, side="right") - 1
    return at, keys, labels, order - run_from[labels]


def _known(
    streams: list[Stream], labels: NDArray[np.int64], index: NDArray[np.int64], lives: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64] | None]:
    total = len(labels) + lives
    work, occurrence = np.full(total, -1, np.int64), np.full(total, -1, np.int32)
    level: NDArray[np.int64] | None = None
    for number, stream in enumerate(streams):
        if stream.work is None and stream.occurrence < 0:
            continue
        here = np.flatnonzero(labels == number)
        if stream.work is not None:
            work[here] = stream.work[index[here]]
        if stream.occurrence >= 0:
            level = np.full(total, -1, np.int64) if level is None else level
            level[here], occurrence[here] = stream.level, stream.occurrence
    return work, occurrence, level
