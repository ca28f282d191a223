"""The machine's pace in a load test: by its witness where it had one, by the probe's fixed work otherwise."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from loadtests.witness import PLACES, RECORD
from twin.calibrate.requests.hindrance import BLOCK_S, LEAST_CONTRAST, cost_of
from twin.calibrate.requests.record import Level, Record, read_load_test


@dataclass(frozen=True, slots=True)
class Answers:
    """What a witness answered: which of its things, from start to end on the record's clock, the CPU seconds it took,
    and how many requests of the load it met on the core, on average over its work."""

    place: Any
    start_s: Any
    end_s: Any
    cpu_s: Any
    met: Any

    def usual(self) -> "Usual":
        """What the answers cost on average as if they met nobody, and what company costs, within blocks of ten seconds.

        The load's requests empty the witness's caches as they do each other's. That is no slower machine.
        """
        _, block = np.unique(self.start_s // BLOCK_S, return_inverse=True)
        count, took = np.bincount(block), self.cpu_s / self._means(0.0)[self.place]
        mean, mean_met = ((np.bincount(block, what) / count)[block] for what in (took, self.met))
        distance, excess = self.met - mean_met, took / mean - 1.0
        known = np.ptp(distance) >= LEAST_CONTRAST
        cost = cost_of(excess, distance, mean_met, np.ones(len(distance)))[0] if known else 0.0
        return Usual(self._means(cost), cost)

    def relative(self, usual: "Usual") -> Any:
        """How many times as long as usual each answer took, company left out; NaN for places that were never asked."""
        return self.cpu_s / (1.0 + usual.cost * self.met) / usual.cpu_s[self.place]

    def slowness(self, usual: "Usual", within: Any) -> float:
        """How many times as long as usual the answers took, all of them together, among those `within`; NaN if none."""
        weight, relative = usual.cpu_s[self.place], self.relative(usual)
        known = within & np.isfinite(relative)
        return float(np.average(relative[known], weights=weight[known])) if known.any() else np.nan

    def _means(self, cost: float) -> Any:
        alone = self.cpu_s / (1.0 + cost * self.met)
        with np.errstate(invalid="ignore"):
            return np.bincount(self.place, alone, PLACES) / np.bincount(self.place, minlength=PLACES)


@dataclass(frozen=True, slots=True)
class Usual:
    """What a witness usually takes when it meets nobody: CPU seconds by place (NaN where it was never asked), and the
    share that each request of the load it meets adds."""

    cpu_s: Any
    cost: float


def answers_of(folder: Path, record: Record, workers: int) -> Answers | None:
    """The witness's answers beside a load test; None where it had no witness."""
    if not (folder / RECORD).is_file():
        return None
    table = pq.read_table(folder / RECORD)
    origin = int(json.loads((folder / "levels.json").read_text(encoding="utf-8"))["started_at"])
    start, end = ((table.column(name).to_numpy() - origin) / 1e6 for name in ("started_at", "ended_at"))
    place, cpu = (table.column(name).to_numpy() for name in ("place", "cpu_s"))
    return Answers(place, start, end, cpu, met_between(record, start, end, workers))


def met_between(record: Record, start_s: Any, end_s: Any, workers: int) -> Any:
    """How many requests one more met on a core between instants, on average over its work, if all take turns."""
    at = np.concatenate([record.start_s, record.end_s])
    order = np.argsort(at, kind="stable")
    at = at[order]
    step = np.where(order < len(record.start_s), 1, -1)
    busy = np.minimum(np.cumsum(step), workers)[:-1]
    length = np.diff(at)
    done = np.concatenate([[0.0], np.cumsum(length / (1.0 + busy))])
    shared = np.concatenate([[0.0], np.cumsum(length * busy / (1.0 + busy))])
    outside = np.maximum(at[0] - start_s, 0.0) + np.maximum(end_s - at[-1], 0.0)
    work, company = (np.interp(end_s, at, what) - np.interp(start_s, at, what) for what in (done, shared))
    return company / np.maximum(work + outside, 1e-9)


def paced(folder: Path, workers: int) -> tuple[Record, Usual | None]:
    """The record of a load test at light load, and what its witness usually takes, None without one.

    The record's speed is that of the witness, as if it had met nobody, relative to what it usually takes.
    """
    record = read_load_test(folder)
    answers = answers_of(folder, record, workers)
    if answers is None:
        return record, None
    usual = answers.usual()
    return replace(record, speed=np.column_stack([answers.start_s, answers.relative(usual)])), usual


def speed_at(record: Record, level: Level) -> float:
    """What was seen of the machine's speed within a level, on average; NaN if nobody looked."""
    if record.speed is None:
        return np.nan
    at, value = record.speed.T
    looks = (at >= level.from_s) & (at < level.to_s)
    return float(value[looks].mean()) if looks.any() else np.nan


def pace_at(
    folder: Path, workers: int, calibrated: float | None, usual: Usual | None, felt: float = 1.0, number: int = 0
) -> float | None:  # fmt: skip
    """How many times as long as at calibration the same work took at a level of a load test; None if nobody looked.

    calibrated  the speed there, of the fixed work or of the witness, of which `usual` tells what it usually takes.
    felt        how much more than that the load slows down.
    """
    if not calibrated:
        return None
    record = read_load_test(folder)
    level = record.levels[number]
    answers = answers_of(folder, record, workers) if usual else None
    if answers is not None and usual is not None:
        slow = answers.slowness(usual, (answers.start_s >= level.from_s) & (answers.start_s < level.to_s))
    else:
        slow = speed_at(record, level)
    return 1.0 + felt * (slow / calibrated - 1.0) if np.isfinite(slow) else None
