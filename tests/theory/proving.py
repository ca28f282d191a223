"""Run a world against its theorem: scenario, replications, intervals, verdicts."""

import math
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.experiment.intervals import mean_interval, ratio_interval
from twin.experiment.replicate import Result, replicate
from twin.simulate.run import Model
from twin.spec.load import load_data
from twin.spec.scenario import Scenario

CONFIDENCE = 0.999
MOST_REPLICATIONS = 50_000
_ROUNDS = 4
Array = NDArray[Any]
Bounds = tuple[float, float, float]


@dataclass(frozen=True)
class Outcome:
    """What the replications of a world gave: the measures, and what its log reader read, (replications, n, 2)."""

    result: Result
    logs: Array

    def row(self, name: str, where: dict[str, str]) -> Bounds:
        """Estimate and bounds of the row of the tidy table with exactly these dimensions."""
        found = [row for row in self.result[name] if row.where == where]
        assert len(found) == 1, f"no measure {name} {where}"
        return found[0].estimate, found[0].low, found[0].high

    def values(self, name: str, where: dict[str, str]) -> Array:
        """Numerators of a measure, one per replication."""
        cells = [k for k, cell in enumerate(self.result.cells) if (cell.name, cell.dimensions) == (name, where)]
        return np.asarray(self.result.raw[:, cells[0], 0])


@dataclass(frozen=True)
class Check:
    """A number known exactly, how the outcome estimates it, and the half-width asked for (None: as wide as it is).

    measure  what estimates it, in words, for the table.
    """

    name: str
    exact: float
    measure: str
    estimate: Callable[[Outcome], Bounds]
    half_width: float | None


@dataclass(frozen=True)
class World:
    """A model as a scenario, with what is known about it.

    read  numbers of one log, shape (n, 2): numerators and denominators of ratios over replications.
    """

    scenario: dict[str, Any]
    checks: Sequence[Check]
    families: tuple[Any, ...] = ("queues",)
    replications: int = 30
    read: Callable[[EventLog, Scenario], Array] | None = None


@dataclass(frozen=True)
class Verdict:
    """A check with its interval; `is_repeat` if the first run had a value of the world outside its interval."""

    check: Check
    estimate: float
    low: float
    high: float
    replications: int
    is_repeat: bool = False

    @property
    def is_inside(self) -> bool:
        """Whether the exact value lies in the interval; one that took the same value always must equal it."""
        slack = 1e-9 * abs(self.check.exact)
        return self.low - slack <= self.check.exact <= self.high + slack

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2

    @property
    def is_sharp(self) -> bool:
        """Whether the half-width is as asked."""
        return self.check.half_width is None or self.half_width <= self.check.half_width


def row(
    name: str, exact: float, measure: str, where: dict[str, str] | None = None, *,
    scale: float = 1.0, shift: float = 0.0, within: float | None = 0.01, half_width: float | None = None,
) -> Check:  # fmt: skip
    """A check of scale x measure + shift; `within` is relative to the exact value, `half_width` absolute."""
    asked = half_width if half_width is not None else None if within is None else within * abs(exact)

    def estimate(outcome: Outcome) -> Bounds:
        middle, *ends = (scale * x + shift for x in outcome.row(measure, where or {}))
        return middle, min(ends), max(ends)

    label = " ".join([measure, *(f"{key}={value}" for key, value in (where or {}).items())])
    return Check(name, float(exact), label, estimate, asked)


def logged(name: str, exact: float, label: str, index: int, *, within: float | None, is_mean: bool = False) -> Check:
    """A check of number `index` of the world's log reader: a ratio of sums, or the mean of replications."""

    def estimate(outcome: Outcome) -> Bounds:
        pair = outcome.logs[:, index]
        interval = (mean_interval(pair[:, 0] / pair[:, 1], CONFIDENCE) if is_mean
                    else ratio_interval(pair[:, 0], pair[:, 1], CONFIDENCE))
        return float(interval.estimate), float(interval.low), float(interval.high)

    return Check(name, float(exact), label, estimate, None if within is None else within * abs(exact))


def prove(world: World, *, seed: int = 1, is_full: bool = False, most: int = MOST_REPLICATIONS) -> list[Verdict]:
    """A verdict per check; in full in rounds, each with fresh random numbers and as many replications as the asked
    half-widths take by the round before; only the last counts. A world with a value outside its interval is run once
    more, four times as long: chance will not repeat itself, a bias will.


    most  replications at most; if more were needed, the verdicts say that they are not sharp.
    """
    scenario = load_data(world.scenario).scenario
    replications = world.replications
    verdicts = _verdicts(world, scenario, replications, seed)
    for more in range(1, _ROUNDS if is_full else 1):
        ratio = max((v.half_width / v.check.half_width for v in verdicts if v.check.half_width), default=0.0)
        if ratio <= 1.0 or replications >= most:
            break
        replications = max(replications, min(math.ceil(1.25 * replications * ratio**2), most))
        verdicts = _verdicts(world, scenario, replications, seed + more)
    if is_full and not all(v.is_inside for v in verdicts):
        repeated = _verdicts(world, scenario, min(4 * replications, most), seed + _ROUNDS)
        return [replace(verdict, is_repeat=True) for verdict in repeated]
    return verdicts


def _verdicts(world: World, scenario: Scenario, replications: int, seed: int) -> list[Verdict]:
    result = replicate(scenario, reps=replications, seed=seed, engine="fast", families=world.families,
                       confidence=CONFIDENCE)
    logs = _read_logs(world, scenario, replications, seed)
    outcome = Outcome(result, logs)
    return [Verdict(check, *check.estimate(outcome), replications) for check in world.checks]


_reading: tuple[Callable[[EventLog, Scenario], Array], Model, int] | None = None


def _read_one(replication: int) -> Array:
    assert _reading is not None
    read, model, seed = _reading
    return read(model.run(model.tape(seed, replication), "fast"), model.scenario)


def _read_logs(world: World, scenario: Scenario, replications: int, seed: int) -> Array:
    global _reading
    if world.read is None:
        return np.zeros((replications, 0, 2))
    _reading = (world.read, Model(scenario), seed)
    _read_one(0)
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("fork")) as pool:
        return np.array(list(pool.map(_read_one, range(replications), chunksize=max(1, replications // 64))))
