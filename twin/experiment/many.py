"""Many scenarios in one pool: the same replications of each, so that all of them meet the same chance."""

import os
from collections.abc import Sequence

import numpy as np

from twin.experiment.pools import pool_of
from twin.experiment.replicate import BLOCK, MOST_REPLICATIONS, Order, Result, measure_block
from twin.experiment.tasks import Checkpoint, Progress, finished
from twin.measures.gauge import FAMILIES, Family, Gauge
from twin.simulate.run import EngineName
from twin.spec.scenario import Scenario


def replicate_many(
    scenarios: Sequence[Scenario], *, reps: int, seed: int = 1, engine: EngineName = "auto",
    workers: int | None = None, cluster: str | None = None, families: Sequence[Family] = FAMILIES,
    confidence: float = 0.95, progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> list[Result]:  # fmt: skip
    """The result of each scenario, all over the same replications; the same for any number of workers.

    checkpoint  keeps finished blocks, so that a sweep that was stopped goes on from there.
    Raises ValueError for an impossible number.
    """
    if not 1 <= reps <= MOST_REPLICATIONS:
        raise ValueError(f"{reps} replications: give a number from 1 to {MOST_REPLICATIONS}")
    orders = [Order.of(scenario, seed, engine, families) for scenario in scenarios]
    cells = [Gauge(scenario, families).cells for scenario in scenarios]
    raw = [np.empty((reps, len(columns), 2)) for columns in cells]
    blocks = [(n, range(k, min(k + BLOCK, reps))) for n in range(len(orders)) for k in range(0, reps, BLOCK)]
    tasks = [orders[number].task(block) for number, block in blocks]
    measure_block(orders[0], range(1))
    done = 0
    with pool_of(os.cpu_count() or 1 if workers is None else workers, cluster) as pool:
        for place, numbers in finished(tasks, pool, checkpoint):
            number, block = blocks[place]
            raw[number][block.start : block.stop] = numbers
            done += len(block)
            if progress is not None:
                progress(done, reps * len(orders))
    name = engine if engine == "simpy" else "fast"
    return [
        Result(scenario, seed, name, columns, numbers, confidence)
        for scenario, columns, numbers in zip(scenarios, cells, raw, strict=True)
    ]
