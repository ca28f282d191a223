"""Replications: run a scenario many times, on all cores, until the answer is as sure as asked."""

import math
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.experiment.table import Row, tidy
from twin.measures.cells import Cell
from twin.measures.gauge import FAMILIES, Family, Gauge
from twin.simulate.run import EngineName, Model
from twin.spec.scenario import Scenario

Progress = Callable[[int, int], None]

FIRST_REPLICATIONS = 30
MOST_REPLICATIONS = 100_000


@dataclass(frozen=True)
class Precision:
    """How sure the answer must be: the half-width of the interval of `measure` at most `half_width`, in its unit.

    where  dimensions that pick the row; every row that fits must be that sure.
    """

    measure: str
    half_width: float
    where: tuple[tuple[str, str], ...] = ()

    def fits(self, row: Row) -> bool:
        """Whether a row of the tidy table is one of those asked for."""
        return row.name == self.measure and all(row.where.get(key) == value for key, value in self.where)


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


class Trial:
    """One scenario under one seed: measures any replication of it."""

    def __init__(self, scenario: Scenario, seed: int, engine: EngineName, families: Sequence[Family]) -> None:
        self.model, self.seed, self.engine = Model(scenario), seed, engine
        self.gauge = Gauge(scenario, families)

    def warm(self) -> None:
        """Prepare what all replications share, before workers are started."""
        self.measure(0)

    def measure(self, replication: int) -> NDArray[np.float64]:
        """Numerators and denominators of one replication, shape (cells, 2)."""
        return self.gauge.measure(self.model.run(self.model.tape(self.seed, replication), self.engine))

    def block(self, replications: range) -> NDArray[np.float64]:
        """The same for several, shape (replications, cells, 2)."""
        return np.stack([self.measure(replication) for replication in replications])


def replicate(
    scenario: Scenario, *, reps: int | None = None, precision: Precision | None = None, seed: int = 1,
    engine: EngineName = "auto", workers: int | None = None, families: Sequence[Family] = FAMILIES,
    confidence: float = 0.95, progress: Progress | None = None,
) -> Result:  # fmt: skip
    """The measures of a scenario over replications.

    reps        how many (default 100); or precision: at least 30, and as many as it takes, up to 100,000.
    workers     processes to use (default: all cores); the result is the same for any number.
    progress    called with (done, expected) replications.
    Raises ValueError for an impossible number and for a precision on a measure that does not exist.
    """
    if reps is not None and not 1 <= reps <= MOST_REPLICATIONS:
        raise ValueError(f"{reps} replications: give a number from 1 to {MOST_REPLICATIONS}")
    trial = Trial(scenario, seed, engine, families)
    if precision is not None and not any(_asked(cell, precision) for cell in trial.gauge.cells):
        raise ValueError(f'no measure "{precision.measure}" to be precise about; see twin run --json for the names')
    trial.warm()
    count = reps or (FIRST_REPLICATIONS if precision else 100)
    with _pool(trial, workers or os.cpu_count() or 1) as pool:
        raw = _run(pool, trial, range(count), progress)
        while precision is not None and count < MOST_REPLICATIONS:
            needed = _needed(trial.gauge.cells, raw, precision, confidence)
            if needed <= count:
                break
            raw = np.concatenate([raw, _run(pool, trial, range(count, needed), progress)])
            count = needed
    return Result(scenario, seed, _engine_name(engine), trial.gauge.cells, raw, confidence)


def _asked(cell: Cell, precision: Precision) -> bool:
    return cell.name == precision.measure and all(pair in cell.where for pair in precision.where)


def _engine_name(engine: EngineName) -> str:
    return "simpy" if engine == "simpy" else "fast"


def _needed(cells: tuple[Cell, ...], raw: NDArray[np.float64], precision: Precision, confidence: float) -> int:
    chosen = [k for k, cell in enumerate(cells) if _asked(cell, precision)]
    rows = tidy([cells[k] for k in chosen], np.ascontiguousarray(raw[:, chosen]), confidence)
    widths = [(row.high - row.low) / 2 for row in rows if not math.isnan(row.high)]
    ratio = max(widths, default=0.0) / precision.half_width
    return len(raw) if ratio <= 1.0 else min(math.ceil(1.1 * len(raw) * ratio**2) + 1, MOST_REPLICATIONS)


_trial: Trial | None = None


def _block(trial: Trial | None, replications: range) -> NDArray[np.float64]:
    mine = trial or _trial
    assert mine is not None
    return mine.block(replications)


@contextmanager
def _pool(trial: Trial, workers: int) -> Iterator[Executor | None]:
    global _trial
    if workers == 1:
        yield None
        return
    pool: Executor
    if sys.platform == "linux":
        _trial = trial
        context = multiprocessing.get_context("fork")
        pool = ProcessPoolExecutor(workers, context, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    else:
        pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        _trial = None


def _run(
    pool: Executor | None, trial: Trial, replications: range, progress: Progress | None
) -> NDArray[np.float64]:
    first, count = replications.start, len(replications)
    size = max(1, min(50, count // 16))
    blocks = [range(k, min(k + size, replications.stop)) for k in range(first, replications.stop, size)]
    raw = np.empty((count, len(trial.gauge.cells), 2))
    done = 0
    for block, numbers in _finished(pool, trial, blocks):
        raw[block.start - first : block.stop - first] = numbers
        done += len(block)
        if progress is not None:
            progress(first + done, replications.stop)
    return raw


def _finished(
    pool: Executor | None, trial: Trial, blocks: list[range]
) -> Iterator[tuple[range, NDArray[np.float64]]]:
    if pool is None:
        for block in blocks:
            yield block, trial.block(block)
        return
    shared = None if isinstance(pool, ProcessPoolExecutor) else trial
    futures = {pool.submit(_block, shared, block): block for block in blocks}
    for future in as_completed(futures):
        yield futures[future], future.result()
