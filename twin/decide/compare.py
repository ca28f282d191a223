"""Scenarios on the same tape: what the difference between them is, and what the common tape was worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.experiment.replicate import Result, replicate
from twin.experiment.table import Row, tidy_difference
from twin.experiment.tasks import Checkpoint, Progress, part_of
from twin.measures.cells import Cell
from twin.measures.gauge import FAMILIES, Family
from twin.simulate.run import EngineName
from twin.spec.scenario import Scenario


@dataclass(frozen=True)
class Difference:
    """A scenario against the first one: rows of (it - first) over paired replications, shared measures only.

    variance_reduction  per row: variance of the difference on independent tapes over that on the common tape;
                        NaN where neither varies.
    """

    name: str
    rows: list[Row]
    variance_reduction: list[float]


@dataclass(frozen=True)
class Comparison:
    """Results of the scenarios in the order given, and the difference of each to the first."""

    results: list[Result]
    differences: list[Difference]


def compare(
    scenarios: Sequence[Scenario], *, reps: int = 200, seed: int = 1, engine: EngineName = "auto",
    workers: int | None = None, cluster: str | None = None, families: Sequence[Family] = FAMILIES,
    confidence: float = 0.95, progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Comparison:  # fmt: skip
    """Run two or more scenarios on the same random numbers and pair them replication by replication.

    What scenarios share (a class of tickets, a component, a change of the same name) gets the same draws in each.
    Raises ValueError for fewer than two scenarios.
    """
    if len(scenarios) < 2:
        raise ValueError("give at least two scenarios to compare")
    results = [
        replicate(
            scenario, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster, families=families,
            confidence=confidence, progress=part_of(progress, number * reps, reps * len(scenarios)),
            checkpoint=checkpoint,
        )
        for number, scenario in enumerate(scenarios)
    ]  # fmt: skip
    return Comparison(results, [_difference(results[0], other) for other in results[1:]])


def _difference(base: Result, other: Result) -> Difference:
    here = {cell: k for k, cell in enumerate(base.cells)}
    shared: list[Cell] = [cell for cell in other.cells if cell in here and cell.kind != "quantile"]
    there = {cell: k for k, cell in enumerate(other.cells)}
    left = np.ascontiguousarray(other.raw[:, [there[cell] for cell in shared]])
    right = np.ascontiguousarray(base.raw[:, [here[cell] for cell in shared]])
    return paired(other.scenario.name, shared, left, right, base.confidence)


def paired(
    name: str, cells: Sequence[Cell], left: NDArray[np.float64], right: NDArray[np.float64], confidence: float
) -> Difference:
    """The difference left - right of a scenario of that name to the first, over paired replications.

    left, right  shape (replications, len(cells), 2): numerators and denominators.
    """
    rows = tidy_difference(cells, left, right, confidence)
    return Difference(name, rows, _variance_reduction(left, right))


def _variance_reduction(left: NDArray[np.float64], right: NDArray[np.float64]) -> list[float]:
    """Variance of the linearised difference with independent tapes over that with the common one, per cell."""
    if len(left) < 2:
        return [math.nan] * left.shape[1]
    a, b = _influence(left), _influence(right)
    common = np.var(a - b, axis=0)
    independent = np.var(a, axis=0) + np.var(b, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return [float(gain) for gain in np.where(independent > 0, independent / common, np.nan)]


def _influence(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    top, bottom = raw[..., 0], raw[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top.sum(axis=0) / bottom.sum(axis=0)
        return np.asarray(np.nan_to_num((top - ratio * bottom) / bottom.mean(axis=0)))
