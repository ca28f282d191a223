"""The capacity curve of a scenario's workload: every deployment state under every load, over replications."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin import __version__
from twin.experiment.intervals import mean_interval, ratio_interval
from twin.experiment.pools import pool_of
from twin.experiment.tasks import Checkpoint, Progress, Task, finished
from twin.measures.load import ALL, LoadGauge
from twin.simulate.request_run import RequestModel
from twin.simulate.run import EngineName
from twin.spec.capacity import ALL_UP, ESTIMATE, MEASURES, CapacityCurve, read_curve, write_curve
from twin.spec.load_hours import total_load
from twin.spec.scenario import Scenario
from twin.spec.workload import Persona, Workload
from twin.tape.request_recipe import workload_of

Array = NDArray[np.float64]
DEFAULT_REPLICATIONS: Final = 8
FACTORS: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
BUSY: Final = 0.9
CACHE: Final = Path("runs") / ".capacity"


def under(scenario: Scenario, factor: float, nodes: dict[str, int]) -> Scenario:
    """The scenario with so many times the load (background work apart), on so many nodes of each station."""
    load = workload_of(scenario)
    personas = {name: one if one.is_background else _times(one, factor) for name, one in load.personas.items()}
    stations = {
        name: one.model_copy(update={"nodes": nodes.get(name, one.nodes)}) for name, one in load.stations.items()
    }
    return scenario.model_copy(
        update={"workload": load.model_copy(update={"personas": personas, "stations": stations})}
    )


def _times(persona: Persona, factor: float) -> Persona:
    if persona.users is not None:
        return persona.model_copy(update={"users": max(round(persona.users * factor), 1)})
    if persona.interarrival is not None:
        law = persona.interarrival.model_copy(update={"mean": persona.interarrival.mean / factor})
        return persona.model_copy(update={"interarrival": law})
    return persona.model_copy(update={"rate": (persona.rate or 0.0) * factor}) if persona.rate is not None else persona


def states_of(workload: Workload) -> dict[str, dict[str, int]]:
    """Deployment states that matter: all nodes up, and one node less at each station with several."""
    full = {name: one.nodes for name, one in workload.stations.items()}
    states = {ALL_UP: full}
    for name, one in workload.stations.items():
        if one.nodes > 1 and one.autoscaling is None:
            states[f"{one.nodes - 1} of {one.nodes} {name} nodes"] = {**full, name: one.nodes - 1}
    return states


@dataclass(frozen=True)
class _Point:
    """One load on one state, and how to run it."""

    scenario: str
    factor: float
    nodes: tuple[tuple[str, int], ...]
    seed: int
    engine: EngineName


@lru_cache(maxsize=64)
def _ready(point: _Point) -> tuple[RequestModel, LoadGauge]:
    scenario = under(Scenario.model_validate_json(point.scenario), point.factor, dict(point.nodes))
    return RequestModel(scenario), LoadGauge(workload_of(scenario))


def _measure(point: _Point, replication: int) -> Array:
    model, gauge = _ready(point)
    return gauge.measure(model.run(model.tape(point.seed, replication), point.engine))


def capacity_curve(
    scenario: Scenario, *, loads: Sequence[float] | None = None, reps: int = DEFAULT_REPLICATIONS, seed: int = 1,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None, confidence: float = 0.95,
    cache: Path | None = CACHE, progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> CapacityCurve:  # fmt: skip
    """The capacity curve of a scenario's workload, from `cache` if it was computed before.

    loads  offered, in the unit of `total_load`; default: a tenth to twice what the scenario says.
    cache  folder of finished curves, by digest; None: compute anew and keep nothing.
    Raises ValueError if the scenario has no workload, or for a load that is not above 0.
    """
    total, unit = total_load(workload_of(scenario))
    if total <= 0:
        raise ValueError(
            f"{scenario.name}: only scheduled or background work, no load to vary; give a persona users or a rate"
        )
    offered = sorted({round(factor * total) if unit == "users" else factor * total for factor in FACTORS})
    offered = sorted(set(loads)) if loads is not None else [one for one in offered if one > 0]
    if not offered or offered[0] <= 0:
        raise ValueError("every load must be above 0; write e.g. --loads 100,200,400")
    place = None if cache is None else cache / f"{_digest(scenario, offered, reps, seed, engine)}.json"
    known = None if place is None else read_curve(place)
    if known is not None:
        return known
    states = states_of(workload_of(scenario))
    text = scenario.model_dump_json()
    points = [
        _Point(text, one / total, tuple(nodes.items()), seed, engine) for nodes in states.values() for one in offered
    ]
    raw = _run(points, reps, os.cpu_count() or 1 if workers is None else workers, cluster, progress, checkpoint)
    gauge = LoadGauge(workload_of(scenario))
    curve = _curve(gauge, states, np.array(offered, float), unit, raw, confidence, seed)
    if place is not None:
        write_curve(curve, place)
    return curve


def _digest(scenario: Scenario, offered: Sequence[float], reps: int, seed: int, engine: str) -> str:
    content = [scenario.model_dump(mode="json", include={"workload"}), list(offered), reps, seed, engine, __version__]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


def _run(
    points: list[_Point], reps: int, workers: int, cluster: str | None, progress: Progress | None,
    kept: Checkpoint | None,
) -> Array:  # fmt: skip
    places = [(p, k) for k in range(reps) for p in range(len(points))]
    tasks = [Task(f"requests {points[p]} {k}", _measure, (points[p], k)) for p, k in places]
    raw = np.empty((len(points), reps, *_measure(points[0], 0).shape))
    with pool_of(workers, cluster) as pool:
        for done, (place, numbers) in enumerate(finished(tasks, pool, kept), start=1):
            raw[places[place]] = numbers
            if progress is not None:
                progress(done, len(tasks))
    return raw


def _curve(
    gauge: LoadGauge,
    states: dict[str, dict[str, int]],
    load: Array,
    unit: str,
    raw: Array,
    confidence: float,
    seed: int,
) -> CapacityCurve:
    """raw  (state x load, replication, cell, 2)."""
    cells = [k for k, cell in enumerate(gauge.cells) if cell.name in MEASURES and cell.where == (("transaction", ALL),)]
    places = [k for k, cell in enumerate(gauge.cells) if cell.name == "utilisation"]
    values = np.empty((len(raw), len(cells) + len(places), 3))
    for column, k in enumerate([*cells, *places]):
        top, bottom = raw[:, :, k, 0].T, raw[:, :, k, 1].T
        found = (
            ratio_interval(top, bottom, confidence)
            if gauge.cells[k].kind == "ratio"
            else mean_interval(top, confidence)
        )
        values[:, column] = np.stack([found.estimate, found.low, found.high], axis=-1)
    shape = (len(states), len(load))
    stations = sum(1 for k in places if gauge.cells[k].where[0][0] == "station")
    used = values[:, len(cells) :, ESTIMATE]
    busiest = np.array([_bottleneck(row, stations) for row in used])
    throughput = raw[:, :, cells[MEASURES.index("throughput")], 0].reshape(*shape, -1)
    knee = np.array([_knee(one, load, used.reshape(*shape, -1)[s], confidence) for s, one in enumerate(throughput)])
    return CapacityCurve(
        tuple(states), tuple(states.values()), load, unit, tuple(gauge.cells[k].where[0][1] for k in places),
        values.reshape(*shape, -1, 3), busiest.reshape(shape), knee, confidence, raw.shape[1], seed,
    )  # fmt: skip


def _bottleneck(used: Array, stations: int) -> int:
    """The busiest station; a pool only if no station is busy, for a full pool may just wait for a busy station."""
    if used[:stations].max() < BUSY and len(used) > stations and used[stations:].max() >= BUSY:
        return stations + int(used[stations:].argmax())
    return int(used[:stations].argmax())


def _knee(throughput: Array, load: Array, used: Array, confidence: float) -> tuple[float, float, float]:
    """throughput (load, replication) -> knee with its interval; nan where no place is saturated."""
    if used[-1].max() < BUSY:
        return float("nan"), float("nan"), float("nan")
    per_replication = throughput.max(axis=0) / (throughput[0] / load[0])
    found = mean_interval(per_replication, confidence)
    return float(found.estimate), float(found.low), float(found.high)
