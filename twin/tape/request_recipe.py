"""What a workload fixes before chance speaks, and the tape of one replication of it."""

import hashlib
import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.spec.scenario import Scenario
from twin.spec.transactions import Cache, Lock
from twin.spec.values import Law
from twin.spec.workload import Persona, Station, Workload
from twin.spec.workload_check import walk
from twin.tape import requests as R
from twin.tape.arrivals import merged, poisson_arrivals, renewal_arrivals
from twin.tape.laws import law_row, ticks_of
from twin.tape.streams import below, name_key, replication_key
from twin.units import to_ticks

Ints = NDArray[np.int64]
_RAMP_STEPS = 100


def workload_of(scenario: Scenario) -> Workload:
    """The workload of a scenario. Raises ValueError if it has none."""
    if scenario.workload is None:
        raise ValueError(f'{scenario.name}: no workload to simulate; add a "workload" section')
    return scenario.workload


def most_nodes(station: Station) -> int:
    """Nodes a station can have at most."""
    return station.autoscaling.most if station.autoscaling else station.nodes


def workload_digest(workload: Workload) -> str:
    """SHA-256 of what a tape is drawn from: all but sizes of pools and servers, and what nodes are for.

    So deployments that differ in those alone are compared on one tape.
    """
    content = workload.model_dump(mode="json", exclude={"pools", "slow_hours"})
    content["stations"] = {
        name: {key: one[key] for key in ("nodes", "pauses", "autoscaling")} for name, one in content["stations"].items()
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class RequestRecipe:
    """The tables request tapes are drawn by. One per scenario, shared by all replications and threads."""

    def __init__(self, scenario: Scenario) -> None:
        self.workload = load = workload_of(scenario)
        self.world = workload_digest(load)
        self.end = to_ticks(load.length, load.tick)
        rows = {law_row(law, load.tick): None for law in _laws(load)}
        self._rows = list(rows) or [(0.0, 0.0, 0.0, 0.0)]
        self.laws = np.array(self._rows)
        self.first_node = dict(
            zip(load.stations, _starts([most_nodes(one) for one in load.stations.values()]), strict=True)
        )
        self.persona, self.leaves, self.mix = self._personas()
        self.wanted, self.wanted_from = self._popularity()
        self.shape_at, self.shape_ratio = self._shape()

    def row(self, law: Law | None) -> int:
        """Row of a law in the law table, -1 for none."""
        return -1 if law is None else self._rows.index(law_row(law, self.workload.tick))

    def tape(self, seed: int, replication: int = 0) -> R.RequestTape:
        """The tape of one replication; a pure function of recipe, seed and replication."""
        with np.errstate(over="ignore"):
            return self._drawn(seed, replication)

    def _drawn(self, seed: int, replication: int) -> R.RequestTape:
        root = replication_key(seed, replication)
        users = [(p, name, one.users) for p, (name, one) in enumerate(self.workload.personas.items()) if one.users]
        keys = [below(below(root, name_key("persona", name)), k) for _, name, count in users for k in range(count)]
        session_at, session_key, session_persona = self._sessions(root)
        return R.RequestTape(
            user_key=np.array(keys, np.uint64),
            user_persona=np.array([p for p, _, count in users for _ in range(count)], np.int64),
            user_place=np.array([k for _, _, count in users for k in range(count)], np.int64),
            session_at=session_at, session_key=session_key, session_persona=session_persona,
            agenda=self._agenda(root), persona=self.persona, leaves=self.leaves, mix=self.mix, laws=self.laws,
            wanted=self.wanted, wanted_from=self.wanted_from, shape_at=self.shape_at, shape_ratio=self.shape_ratio,
            cards=np.empty((0, 2), np.int64), end_ticks=self.end, world=self.world, seed=seed, replication=replication,
        )  # fmt: skip

    def _personas(self) -> tuple[Ints, NDArray[np.float64], NDArray[np.float64]]:
        load, transactions = self.workload, list(self.workload.transactions)
        persona = np.full((len(load.personas), R.PERSONA_COLUMNS), -1, np.int64)
        mix = np.ones((len(load.personas), len(transactions)))
        leaves = np.zeros(len(load.personas))
        for p, one in enumerate(load.personas.values()):
            shares = [one.mix.get(name, 0.0) for name in transactions]
            mix[p] = np.cumsum(shares)
            mix[p, max(k for k, share in enumerate(shares) if share > 0) :] = 1.0
            persona[p, R.PERSONA_THINK], persona[p, R.PERSONA_PACE] = self.row(one.think), self.row(one.pace)
            persona[p, R.PERSONA_ONLY] = int(np.argmax(shares)) if sum(share > 0 for share in shares) == 1 else -1
            persona[p, R.PERSONA_USERS] = one.users or 0
            persona[p, R.PERSONA_SHAPED] = bool(load.shape) and not one.is_background
            leaves[p] = 1.0 / one.requests if one.requests else 0.0 if one.users else 1.0
        return persona, leaves, mix

    def _popularity(self) -> tuple[NDArray[np.float64], Ints]:
        columns = []
        things: list[Lock | Cache] = [*self.workload.locks.values(), *self.workload.caches.values()]
        for one in things:
            weight = np.array([k**-one.skew for k in range(1, one.objects + 1)])
            columns.append(np.cumsum(weight) / weight.sum())
        sizes = [len(column) for column in columns]
        return np.concatenate([*columns, np.ones(1)]), np.array([0, *np.cumsum(sizes)], np.int64)

    def _shape(self) -> tuple[Ints, NDArray[np.float64]]:
        load = self.workload
        at = {0}
        for level in load.shape:
            steps = _RAMP_STEPS if level.over > 0 else 0
            at |= {to_ticks(level.at + level.over * k / max(steps, 1), load.tick) for k in range(steps + 1)}
        instants = np.array(sorted(tick for tick in at if tick < self.end), np.int64)
        return instants, np.array([load.ratio_at(float(tick) * load.tick) for tick in instants])

    def _sessions(self, root: np.uint64) -> tuple[Ints, NDArray[np.uint64], Ints]:
        runs = [(p, *self._arrivals(below(root, name_key("sessions", name)), one))
                for p, (name, one) in enumerate(self.workload.personas.items()) if one.users is None]  # fmt: skip
        if not runs:
            return np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, np.int64)
        sizes = np.array([len(at) for _, at, _ in runs])
        run_from = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        at, keys = np.concatenate([at for _, at, _ in runs]), np.concatenate([key for _, _, key in runs])
        at, keys, order = merged(at, keys, np.arange(len(at)), run_from)
        personas = np.array([p for p, _, _ in runs], np.int64)
        return at, keys, personas[np.searchsorted(run_from, order, side="right") - 1]

    def _arrivals(self, key: np.uint64, persona: Persona) -> tuple[Ints, NDArray[np.uint64]]:
        tick = self.workload.tick
        if persona.scheduled:
            at = np.array(sorted(to_ticks(one, tick) for one in persona.scheduled), np.int64)
            at = at[at < self.end]
            return at, np.array([below(key, k) for k in range(len(at))], np.uint64)
        if persona.interarrival is not None:
            at, keys = renewal_arrivals(key, self.laws, self.row(persona.interarrival), self.end)
            return at, keys
        shape_at, ratio = self.shape_at, self.shape_ratio
        if persona.is_background:
            shape_at, ratio = np.zeros(1, np.int64), np.ones(1)
        day, rate = np.zeros(len(shape_at), np.int64), (persona.rate or 0.0) * tick
        at, keys = poisson_arrivals(key, rate, shape_at, ratio, day, np.ones(1), self.end)
        return at, keys

    def _agenda(self, root: np.uint64) -> Ints:
        load = self.workload
        rows = [(to_ticks(load.warm_up, load.tick), R.MEASURE, 0, 0)]
        for number, (name, station) in enumerate(load.stations.items()):
            if station.pauses is not None:
                for node in range(most_nodes(station)):
                    key = below(root, name_key("pauses", name, str(node)))
                    rows += self._pauses(key, station, self.first_node[name] + node)
            if station.autoscaling is not None:
                every = max(to_ticks(station.autoscaling.every, load.tick), 1)
                rows += [(at, R.LOOK, number, 0) for at in range(every, self.end, every)]
        for one in load.disturbances:
            rows += self._disturbed(one.kind, self.first_node[one.station] + one.node - 1, one.at, one.lasts, one.speed)
        return np.array(sorted(row for row in rows if row[0] < self.end), np.int64).reshape(-1, 4)

    def _pauses(self, key: np.uint64, station: Station, node: int) -> Iterator[tuple[int, int, int, int]]:
        assert station.pauses is not None
        every, takes = self.row(station.pauses.every), self.row(station.pauses.takes)
        at, k = 0, 0
        while True:
            own = below(key, k)
            at += max(int(ticks_of(self.laws, every, own, 0)), 1)
            if at >= self.end:
                return
            yield at, R.PAUSE, node, 0
            at += max(int(ticks_of(self.laws, takes, own, 1)), 1)
            yield at, R.RESUME, node, 0
            k += 1

    def _disturbed(
        self, kind: str, node: int, at: float, lasts: float | None, speed: float
    ) -> list[tuple[int, int, int, int]]:
        tick = self.workload.tick
        begin, end = to_ticks(at, tick), R.NEVER if lasts is None else to_ticks(at + lasts, tick)
        if kind == "slow":
            return [(begin, R.SPEED, node, round(100 * speed)), (end, R.SPEED, node, 100)]
        return [(begin, R.OUT, node, R.FAILS if kind == "down" else 0), (end, R.IN, node, 0)]


def _starts(sizes: list[int]) -> list[int]:
    return [0, *np.cumsum(sizes).tolist()][:-1]


def _laws(load: Workload) -> Iterator[Law]:
    for station in load.stations.values():
        if station.pauses is not None:
            yield from (station.pauses.every, station.pauses.takes)
    for transaction in load.transactions.values():
        for step in walk(transaction.steps):
            yield from (law for law in (step.work, step.held_for) if law is not None)
        if transaction.retry is not None:
            yield transaction.retry.wait
    for persona in load.personas.values():
        yield from (law for law in (persona.think, persona.pace, persona.interarrival) if law is not None)
