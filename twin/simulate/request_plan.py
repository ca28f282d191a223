"""What both engines of the requests model know beforehand: transactions as little programs, stations, nodes and limits
as integer tables."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.requests import RequestNames
from twin.simulate.sharing import FULL_RATE
from twin.spec.transactions import Step
from twin.spec.workload import Station, Workload
from twin.tape.request_recipe import RequestRecipe, most_nodes
from twin.tape.requests import FIRST_STEP
from twin.units import to_ticks

Ints = NDArray[np.int64]

# Instructions: what, whom, row of a law (or where to go on), slot of the draw.
DONE, VISIT, HOLD, GIVE, LOCK, UNLOCK, LOOK_UP = range(7)
OP, ARG, LAW, SLOT = range(4)

CPU, FCFS, DELAY = range(3)
(
    STATION_KIND,
    STATION_SERVERS,
    STATION_NODE,
    STATION_MOST,
    STATION_LEAST,
    STATION_START,
    STATION_BALANCE,
    STATION_BOUND,
    STATION_TARGET,
    STATION_EVERY,
    STATION_LAG,
    STATION_TRACKED,
) = range(STATION_COLUMNS := 12)
POOL_SIZE, POOL_QUEUE, POOL_FIRST, POOL_STATION = range(POOL_COLUMNS := 4)
ENDLESS: Final = 1 << 40

TRANSACTION_TIMEOUT, TRANSACTION_TIMES, TRANSACTION_WAIT, TRANSACTION_START = range(TRANSACTION_COLUMNS := 4)


@dataclass(frozen=True)
class RequestPlan:
    """Integer tables of a workload.

    program      (instruction, 4): those of transaction t start at its TRANSACTION_START and end with DONE.
    station      (station, STATION_*): kind, servers of a node, number of its first node, most, least and first nodes,
                 1 for least connections, column of `bound` (-1: always node 1), target in thousandths (0: no
                 autoscaling), ticks between looks, lag, whether nodes can stand still or slow down.
    rate         (station, r): how much a shared node gets done with r + 1 requests on it, in 1/1024.
    node_station, pool_of   station of each node, pool of each instance of a pool (one per node where it is per node).
    pool         (pool, POOL_*): size, most in line, first instance, station of whose nodes it is (-1: of none).
    transaction  (transaction, TRANSACTION_*): time-out in ticks (-1: none), repetitions, law of the wait, start.
    factor       by which each further wait grows.
    licence      pool a persona's sessions hold, -1 for none.
    lock_from    first object of each lock; caches  capacity of each cache, -1: of a hit ratio.
    hit_ratio, warm_up   of each cache: share of hits in the long run, ticks of the time constant.
    """

    program: Ints
    station: Ints
    rate: Ints
    node_station: Ints
    pool: Ints
    pool_of: Ints
    transaction: Ints
    factor: NDArray[np.float64]
    licence: Ints
    lock_from: Ints
    cache_size: Ints
    cache_objects: Ints
    hit_ratio: NDArray[np.float64]
    warm_up: NDArray[np.float64]
    names: RequestNames
    measured_from: int
    tick_s: float

    @property
    def places(self) -> int:
        """Stations and pools: columns of `spent` in a request log."""
        return len(self.station) + len(self.pool)

    @property
    def bound_columns(self) -> int:
        """Stations at which a request must remember its node."""
        return int(self.station[:, STATION_BOUND].max()) + 1


def request_plan(recipe: RequestRecipe) -> RequestPlan:
    """The plan of a scenario's workload; rows of laws as the recipe numbers them."""
    load = recipe.workload
    stations, pools = list(load.stations), list(load.pools)
    station, node_station = _stations(load, recipe)
    pool, pool_of = _pools(load, station)
    writer = _Writer(load, recipe)
    starts = [writer.transaction(one.steps) for one in load.transactions.values()]
    caches = list(load.caches.values())
    retries = [one.retry for one in load.transactions.values()]
    return RequestPlan(
        program=np.array(writer.rows, np.int64),
        station=station,
        rate=_rates(load),
        node_station=node_station,
        pool=pool,
        pool_of=pool_of,
        transaction=np.array(
            [
                (
                    -1 if one.timeout is None else max(to_ticks(one.timeout, load.tick), 1),
                    one.retry.times if one.retry else 0,
                    recipe.row(one.retry.wait) if one.retry else -1,
                    start,
                )
                for one, start in zip(load.transactions.values(), starts, strict=True)
            ],
            np.int64,
        ),
        factor=np.array([retry.factor if retry else 1.0 for retry in retries]),
        licence=np.array(
            [-1 if one.licence is None else pools.index(one.licence) for one in load.personas.values()], np.int64
        ),
        lock_from=np.cumsum([0, *(one.objects for one in load.locks.values())]).astype(np.int64),
        cache_size=np.array(
            [-1 if one.capacity is None else min(one.capacity, one.objects) for one in caches], np.int64
        ),
        cache_objects=np.cumsum([0, *(one.objects if one.capacity else 0 for one in caches)]).astype(np.int64),
        hit_ratio=np.array([one.hit_ratio or 0.0 for one in caches]),
        warm_up=np.array([one.warm_up / load.tick for one in caches]),
        names=RequestNames(
            tuple(load.personas), tuple(load.transactions), tuple(stations), tuple(pools), tuple(load.caches)
        ),
        measured_from=to_ticks(load.warm_up, load.tick),
        tick_s=load.tick,
    )


def _stations(load: Workload, recipe: RequestRecipe) -> tuple[Ints, Ints]:
    table = np.zeros((len(load.stations), STATION_COLUMNS), np.int64)
    bound, disturbed = 0, {one.station: one for one in load.disturbances}
    for s, (name, one) in enumerate(load.stations.items()):
        is_bound = most_nodes(one) > 1 or name in disturbed
        table[s] = (
            ("cpu", "fcfs", "delay").index(one.kind),
            one.servers,
            recipe.first_node[name],
            most_nodes(one),
            one.autoscaling.least if one.autoscaling else one.nodes,
            one.nodes,
            one.balance == "least-connections",
            bound if is_bound else -1,
            *_scaling(one, load.tick),
            bool(one.pauses) or name in disturbed,
        )
        bound += is_bound
    sizes = table[:, STATION_MOST]
    return table, np.repeat(np.arange(len(table)), sizes)


def _rates(load: Workload) -> Ints:
    """The last rate of each station repeated, so that all have as many."""
    given = [one.rates or (1.0,) for one in load.stations.values()]
    longest = max(map(len, given), default=1)
    padded = [(*rates, *[rates[-1]] * (longest - len(rates))) for rates in given]
    return np.array([[round(rate * FULL_RATE) for rate in rates] for rates in padded], np.int64).reshape(-1, longest)


def _scaling(station: Station, tick: float) -> tuple[int, int, int]:
    scaling = station.autoscaling
    if scaling is None:
        return 0, 1, 0
    return max(round(1000 * scaling.target), 1), max(to_ticks(scaling.every, tick), 1), to_ticks(scaling.lag, tick)


def _pools(load: Workload, station: Ints) -> tuple[Ints, Ints]:
    names, rows, instances = list(load.stations), [], list[int]()
    for p, one in enumerate(load.pools.values()):
        home = -1 if one.per is None else names.index(one.per)
        rows.append((one.size, ENDLESS if one.queue is None else one.queue, len(instances), home))
        instances += [p] * (1 if home < 0 else int(station[home, STATION_MOST]))
    return np.array(rows, np.int64).reshape(-1, POOL_COLUMNS), np.array(instances, np.int64)


@dataclass
class _Writer:
    """Writes transactions as instructions, one after the other."""

    load: Workload
    recipe: RequestRecipe
    rows: list[tuple[int, int, int, int]] = field(default_factory=list)
    start: int = 0

    def transaction(self, steps: tuple[Step, ...]) -> int:
        """Write one transaction; where it starts."""
        self.start = len(self.rows)
        self._write(steps)
        self._add(DONE)
        return self.start

    def _add(self, op: int, arg: int = 0, law: int = -1) -> None:
        self.rows.append((op, arg, law, FIRST_STEP + len(self.rows) - self.start))

    def _write(self, steps: tuple[Step, ...]) -> None:
        load = self.load
        for step in steps:
            if step.visit is not None:
                self._add(VISIT, list(load.stations).index(step.visit), self.recipe.row(step.work))
            elif step.hold is not None:
                self._add(HOLD, list(load.pools).index(step.hold))
                self._write(step.do)
                self._add(GIVE)
            elif step.lock is not None:
                self._add(LOCK, list(load.locks).index(step.lock), self.recipe.row(step.held_for))
                self._write(step.do)
                if step.held_for is None:
                    self._add(UNLOCK)
            elif step.cache is not None:
                look_up = len(self.rows)
                self._add(LOOK_UP, list(load.caches).index(step.cache))
                self._write(step.miss)
                _, cache, _, slot = self.rows[look_up]
                self.rows[look_up] = (LOOK_UP, cache, len(self.rows), slot)
