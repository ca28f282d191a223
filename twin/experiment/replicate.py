"""Replications: run a scenario many times, on all cores, until the answer is as sure as asked."""

import math
import os
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.experiment.load_effects import loaded
from twin.experiment.pools import pool_of
from twin.experiment.table import Row, tidy
from twin.experiment.tasks import Checkpoint, Progress, Task, finished
from twin.measures.cells import Cell
from twin.measures.gauge import FAMILIES, Family, Gauge
from twin.simulate.run import EngineName, Model
from twin.spec.load import digest_of
from twin.spec.scenario import Scenario

FIRST_REPLICATIONS = 30
DEFAULT_REPLICATIONS = 100
MOST_REPLICATIONS = 100_000
BLOCK = 10


@dataclass(frozen=True)
class Precision:
    """How sure the answer must be: the half-width of the interval of `measure` at most `half_width`, in its unit.

    where  dimensions that pick the row; every row that fits must be that sure.
    """

    measure: str
    half_width: float
    where: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Precision":
        """The precision that "attainment=0.002" asks for. Raises ValueError for anything else."""
        name, _, width = text.partition("=")
        try:
            half_width = float(width)
        except ValueError:
            half_width = 0.0
        if not 0 < half_width < math.inf:
            raise ValueError(
                f"--precision {text}: write MEASURE=HALF-WIDTH with a number above 0, e.g. attainment=0.002"
            )
        return cls(name, half_width)


@dataclass(frozen=True)
class Result:
    """What a scenario's replications measured.

    raw  float64, shape (replications, cells, 2): numerators and denominators.
    """

    scenario: Scenario
    seed: int
    engine: str
    cells: tuple[Cell, ...]
    raw: NDArray[np.float64]
    confidence: float = 0.95

    @property
    def replications(self) -> int:
        """How many replications were run."""
        return len(self.raw)

    def rows(self) -> list[Row]:
        """The tidy table: one row per measure with its interval."""
        return tidy(self.cells, self.raw, self.confidence)

    def __getitem__(self, name: str) -> list[Row]:
        """The rows of one measure."""
        return [row for row in self.rows() if row.name == name]


@dataclass(frozen=True)
class Order:
    """What a worker needs to know to measure replications; equal orders share one prepared trial."""

    digest: str
    seed: int
    engine: EngineName
    families: tuple[Family, ...]
    scenario: Scenario = field(compare=False)

    @classmethod
    def of(
        cls, scenario: Scenario, seed: int, engine: EngineName = "auto", families: Sequence[Family] = FAMILIES
    ) -> "Order":
        """The order to measure a scenario under a seed."""
        return cls(digest_of(scenario), seed, engine, tuple(families), scenario)

    def task(self, replications: range) -> Task:
        """The task to measure some replications."""
        name = f"replications {self.digest} {self.seed} {self.engine} {self.families} {replications}"
        return Task(name, measure_block, (self, replications))


class Trial:
    """One order made ready: measures any replication of it."""

    def __init__(self, order: Order) -> None:
        scenario, curve = loaded(order.scenario)
        self._order, self._model = order, Model(scenario)
        self.gauge = Gauge(scenario, order.families, curve)

    def measure(self, replication: int) -> NDArray[np.float64]:
        """Numerators and denominators of one replication, shape (cells, 2)."""
        tape = self._model.tape(self._order.seed, replication)
        return self.gauge.measure(self._model.run(tape, self._order.engine))


@lru_cache(maxsize=4)
def trial_of(order: Order) -> Trial:
    """The trial of an order, prepared once per process."""
    return Trial(order)


def measure_block(order: Order, replications: range) -> NDArray[np.float64]:
    """Numerators and denominators of several replications, shape (replications, cells, 2)."""
    return np.stack([trial_of(order).measure(replication) for replication in replications])


def replicate(
    scenario: Scenario, *, reps: int | None = None, precision: Precision | None = None, seed: int = 1,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None,
    families: Sequence[Family] = FAMILIES, confidence: float = 0.95, progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Result:  # fmt: skip
    """The measures of a scenario over replications.

    reps        how many (default 100); or precision: at least 30, and as many as it takes, up to 100,000.
    workers     processes to use (default: all cores); cluster  address of a dask scheduler instead. The result is
                the same for any number of either.
    progress    called with (done, expected) replications.
    checkpoint  keeps finished blocks, so that a run that was stopped goes on from there.
    Raises ValueError for an impossible number and for a precision on a measure that does not exist.
    """
    if reps is not None and not 1 <= reps <= MOST_REPLICATIONS:
        raise ValueError(f"{reps} replications: give a number from 1 to {MOST_REPLICATIONS}")
    order = Order.of(scenario, seed, engine, families)
    cells = trial_of(order).gauge.cells
    if precision is not None and not any(_asked(cell, precision) for cell in cells):
        raise ValueError(f'no measure "{precision.measure}" to be precise about; see twin run --json for the names')
    measure_block(order, range(1))
    count = reps or (FIRST_REPLICATIONS if precision else DEFAULT_REPLICATIONS)
    with pool_of(os.cpu_count() or 1 if workers is None else workers, cluster) as pool:
        raw = _run(pool, order, range(count), progress, checkpoint)
        while precision is not None and count < MOST_REPLICATIONS:
            needed = _needed(cells, raw, precision, confidence)
            if needed <= count:
                break
            raw = np.concatenate([raw, _run(pool, order, range(count, needed), progress, checkpoint)])
            count = needed
    return Result(scenario, seed, engine if engine == "simpy" else "fast", cells, raw, confidence)


def _asked(cell: Cell, precision: Precision) -> bool:
    return cell.name == precision.measure and all(pair in cell.where for pair in precision.where)


def _needed(cells: tuple[Cell, ...], raw: NDArray[np.float64], precision: Precision, confidence: float) -> int:
    chosen = [k for k, cell in enumerate(cells) if _asked(cell, precision)]
    rows = tidy([cells[k] for k in chosen], np.ascontiguousarray(raw[:, chosen]), confidence)
    widths = [(row.high - row.low) / 2 for row in rows if not math.isnan(row.high)]
    ratio = max(widths, default=0.0) / precision.half_width
    return len(raw) if ratio <= 1.0 else min(math.ceil(1.1 * len(raw) * ratio**2) + 1, MOST_REPLICATIONS)


def _run(
    pool: Executor | None, order: Order, replications: range, progress: Progress | None, kept: Checkpoint | None
) -> NDArray[np.float64]:
    """Measure replications block by block; blocks are cut at fixed places, so that a checkpoint fits any run."""
    first, stop = replications.start, replications.stop
    blocks = [range(max(k, first), min(k + BLOCK, stop)) for k in range(first - first % BLOCK, stop, BLOCK)]
    raw = np.empty((len(replications), len(trial_of(order).gauge.cells), 2))
    done = first
    for place, numbers in finished([order.task(block) for block in blocks], pool, kept):
        block = blocks[place]
        raw[block.start - first : block.stop - first] = numbers
        done += len(block)
        if progress is not None:
            progress(done, stop)
    return raw
