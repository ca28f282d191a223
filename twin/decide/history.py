"""Histories that periods are cut from: a scenario to simulate many times, or a record of what really happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.readers import Record
from twin.decide.account import Window, windowed
from twin.decide.replay import as_measured, match_of, scenario_of
from twin.experiment.pools import pool_of
from twin.experiment.replicate import BLOCK, Result
from twin.experiment.tasks import Checkpoint, Progress, Task, in_order
from twin.measures.gauge import Gauge
from twin.simulate.run import EngineName, Model
from twin.spec.load import digest_of
from twin.spec.profiles import PROFILES
from twin.spec.scenario import Scenario


@dataclass(frozen=True)
class History:
    """Something that periods can be cut from: a scenario to simulate, or a record of what happened."""

    scenario: Scenario
    source: str
    record: Record | None = None
    reps: int = 30
    seed: int = 1
    engine: EngineName = "auto"
    workers: int = 1
    cluster: str | None = None
    notes: tuple[str, ...] = ()
    checkpoint: Checkpoint | None = None

    @property
    def recorded(self) -> bool:
        """Whether it really happened."""
        return self.record is not None

    def measured(self, windows: Sequence[Window], progress: Progress | None = None) -> list[Result]:
        """What was measured in each window."""
        if self.record is not None:
            log = as_measured(self.record, self.scenario, match_of(self.record.column_map))
            found = [Gauge(windowed(self.scenario, window)).measure(log)[np.newaxis] for window in windows]
            return [self._result(window, raw) for window, raw in zip(windows, found, strict=True)]
        job = _Job(digest_of(self.scenario), tuple(windows), self.seed, self.engine, self.scenario)
        blocks = [range(k, min(k + BLOCK, self.reps)) for k in range(0, self.reps, BLOCK)]
        with pool_of(self.workers, self.cluster) as pool:
            tasks = [Task(f"account {job.mark} {block}", _block, (job, block)) for block in blocks]
            parts = in_order(tasks, pool, self.checkpoint, progress, self.reps)
        cuts = np.cumsum([len(gauge.cells) for gauge in _tools(job)[1]])[:-1]
        raws = np.split(np.concatenate(parts), cuts, axis=1)
        return [self._result(window, raw) for window, raw in zip(windows, raws, strict=True)]

    def _result(self, window: Window, raw: NDArray[np.float64]) -> Result:
        scenario = windowed(self.scenario, window)
        engine = "none: recorded" if self.recorded else self.engine
        return Result(scenario, self.seed, engine, Gauge(scenario).cells, raw)


def history_of_record(record: Record, profile: str | None = None) -> History:
    """The history of a real ticket log, judged by a named service level.

    Raises ValueError for an unknown profile.
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"--profile {profile}: no such service level; write one of {', '.join(PROFILES)}")
    scenario = scenario_of(record)
    contract = scenario.contract.model_copy(update={"profile": profile})
    bad, rows = len(record.report.bad), record.report.rows
    notes = (*record.report.assumed, f"{bad:,} of {rows:,} rows made no sense and were left out")
    judged, source = scenario.model_copy(update={"contract": contract}), Path(record.report.file).name
    return History(judged, source, record, notes=notes)


@dataclass(frozen=True)
class _Job:
    digest: str
    windows: tuple[Window, ...]
    seed: int
    engine: EngineName
    scenario: Scenario = field(compare=False)

    @property
    def mark(self) -> str:
        """What tells the job from others."""
        return f"{self.digest} {self.windows} {self.seed} {self.engine}"


@lru_cache(maxsize=2)
def _tools(job: _Job) -> tuple[Model, list[Gauge]]:
    return Model(job.scenario), [Gauge(windowed(job.scenario, window)) for window in job.windows]


def _block(job: _Job, replications: range) -> NDArray[np.float64]:
    model, gauges = _tools(job)
    logs = (model.run(model.tape(job.seed, replication), job.engine) for replication in replications)
    return np.stack([np.concatenate([gauge.measure(log) for gauge in gauges]) for log in logs])
