"""Streams of tickets: those of every class, extra ones after changes, and their merge into one row of arrivals."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.spec.changes import Surge
from twin.tape.arrivals import batched, day_factors, merged, poisson_arrivals, renewal_arrivals, surge_arrivals
from twin.tape.recipe import Recipe
from twin.tape.streams import below, children, name_key

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Stream:
    """Sorted instants of one source of tickets, their keys and class; work, change occurrence and level if known."""

    at: Ints
    keys: Keys
    ticket_class: int
    work: Ints | None = None
    occurrence: int = -1
    level: int = -1

    def kept(self, chosen: NDArray[np.bool_]) -> "Stream":
        """The stream with the chosen tickets alone."""
        work = None if self.work is None else self.work[chosen]
        return replace(self, at=self.at[chosen], keys=self.keys[chosen], work=work)


class Factors:
    """Day factors of one replication: the common one times each class's own."""

    def __init__(self, recipe: Recipe, root: np.uint64) -> None:
        self._recipe, self._root = recipe, root
        self._days = max((int(pieces.day[-1]) + 1 for pieces in recipe.pieces.values()), default=1)
        self._common = np.ones(self._days)
        self._apply(self._common, recipe.scenario.demand.busyness_cv, "all")
        self._own: dict[str, Floats] = {}

    def _apply(self, factor: Floats, cv: float, *name: str) -> None:
        if cv > 0:
            day_factors(below(self._root, name_key("busyness", *name)), cv**-2.0, self._days, factor)

    def of(self, ticket: str) -> Floats:
        """The factor of each day for one class."""
        if ticket not in self._own:
            arrivals = self._recipe.scenario.demand.tickets[ticket].arrivals
            factor = self._common.copy()
            self._apply(factor, arrivals.busyness_cv if arrivals else 0.0, "class", ticket)
            self._own[ticket] = factor
        return self._own[ticket]


def class_streams(recipe: Recipe, root: np.uint64, factors: Factors) -> list[Stream]:
    """The tickets of each class that has arrivals of its own."""
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
            work = [-1 if known.work is None else clock.ticks(known.work) for known in kept]
            opened = [clock.ticks(known.at) for known in kept]
            streams.append(known_stream(key, opened, c, np.array(work, np.int64)))
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


def known_stream(key: np.uint64, at: Any, ticket_class: int, work: Ints | None = None) -> Stream:
    """A stream of tickets at known instants (ticks, sorted), each with a key of its own below `key`."""
    keys = children(key, np.arange(len(at), dtype=np.uint64))
    return Stream(np.array(at, np.int64), keys, ticket_class, work)


def surge_stream(recipe: Recipe, key: np.uint64, surge: Surge, begin: int, end: int, factors: Factors) -> Stream:
    """Extra tickets of one class in [begin, end), in proportion to its usual rate."""
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


def merge(streams: list[Stream]) -> tuple[Ints, Keys, Ints, Ints]:
    """All tickets in order: instants, keys, number of the stream of each, and its place in that stream."""
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


def known(
    streams: list[Stream], labels: Ints, index: Ints, lives: int
) -> tuple[Ints, NDArray[np.int32], Ints | None]:
    """Work, change occurrence and level of each ticket, -1 where chance decides; `lives` more of them at the end."""
    total = len(labels) + lives
    work, occurrence = np.full(total, -1, np.int64), np.full(total, -1, np.int32)
    level: Ints | None = None
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
