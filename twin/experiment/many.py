"""Many scenarios in one pool: the same replications of each, so that all of them meet the same chance."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.experiment.pools import pool_of
from twin.experiment.replicate import (
    BLOCK,
    MOST_REPLICATIONS,
    Checkpoint,
    Order,
    Progress,
    Result,
    measure_block,
)
from twin.measures.gauge import FAMILIES, Family, Gauge
from twin.simulate.run import EngineName
from twin.spec.scenario import Scenario

Task = tuple[int, range]
Numbers = NDArray[np.float64]


def replicate_many(
    scenarios: Sequence[Scenario], *, reps: int, seed: int = 1, engine: EngineName = "auto",
    workers: int | None = None, cluster: str | None = None, families: Sequence[Family] = FAMILIES,
    confidence: float = 0.95, progress: Progress | None = None, checkpoint: Path | None = None,
) -> list[Result]:  # fmt: skip
    """The result of each scenario, all over the same replications; the same for any number of workers.

    checkpoint  folder that keeps finished blocks, so that a sweep that was stopped goes on from there.
    Raises ValueError for an impossible number.
    """
    if not 1 <= reps <= MOST_REPLICATIONS:
        raise ValueError(f"{reps} replications: give a number from 1 to {MOST_REPLICATIONS}")
    orders = [Order.of(scenario, seed, engine, families) for scenario in scenarios]
    cells = [Gauge(scenario, families).cells for scenario in scenarios]
    raw = [np.empty((reps, len(columns), 2)) for columns in cells]
    kept = [Checkpoint(checkpoint, order) if checkpoint is not None else None for order in orders]
    done = 0
    for (number, block), numbers in _blocks(orders, kept, reps, workers, cluster):
        raw[number][block.start : block.stop] = numbers
        done += len(block)
        if progress is not None:
            progress(done, reps * len(orders))
    name = engine if engine == "simpy" else "fast"
    return [
        Result(scenario, seed, name, columns, numbers, confidence)
        for scenario, columns, numbers in zip(scenarios, cells, raw, strict=True)
    ]


def forget(results: Sequence[Result], engine: EngineName, families: Sequence[Family], checkpoint: Path) -> None:
    """Remove what a checkpoint folder keeps of those results."""
    for result in results:
        Checkpoint(checkpoint, Order.of(result.scenario, result.seed, engine, families)).clear()


def _blocks(
    orders: Sequence[Order], kept: Sequence[Checkpoint | None], reps: int, workers: int | None, cluster: str | None
) -> Iterator[tuple[Task, Numbers]]:
    left: list[Task] = []
    for number in range(len(orders)):
        for start in range(0, reps, BLOCK):
            block, store = range(start, min(start + BLOCK, reps)), kept[number]
            known = store.load(block) if store is not None else None
            if known is None:
                left.append((number, block))
            else:
                yield (number, block), known
    if not left:
        return
    measure_block(orders[left[0][0]], range(1))
    with pool_of(os.cpu_count() or 1 if workers is None else workers, cluster) as pool:
        for (number, block), numbers in _measured(pool, orders, left):
            store = kept[number]
            if store is not None:
                store.save(block, numbers)
            yield (number, block), numbers


def _measured(
    pool: Executor | None, orders: Sequence[Order], tasks: Sequence[Task]
) -> Iterator[tuple[Task, Numbers]]:
    if pool is None:
        yield from (((number, block), measure_block(orders[number], block)) for number, block in tasks)
        return
    futures = {pool.submit(measure_block, orders[number], block): (number, block) for number, block in tasks}
    for future in as_completed(futures):
        yield futures[future], future.result()
