"""The machine's pace in a load test: by its witness where it had one, by the probe's fixed work otherwise."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from loadtests.witness import PLACES, RECORD
from twin.calibrate.requests.hindrance import BLOCK_S, LEAST_CONTRAST, cost_of
from twin.calibrate.requests.queue import attained
from twin.calibrate.requests.record import Record, read_load_test

RECENT_S = 150.0


@dataclass(frozen=True, slots=True)
class Answers:
    """What a witness answered: which of its things, from start to end on the record's clock, the CPU seconds it took,
    and how many requests of the load it met on the core, on average over its work."""

    place: Any
    start_s: Any
    end_s: Any
    cpu_s: Any
    met: Any

    def usual_s(self, hindrance: float) -> Any:
        """CPU seconds that the thing at each place takes as if it met nobody, on average; NaN where it never was."""
        alone = self.cpu_s / (1.0 + hindrance * self.met)
        with np.errstate(invalid="ignore"):
            return np.bincount(self.place, alone, PLACES) / np.bincount(self.place, minlength=PLACES)

    def hindrance(self) -> float:
        """By which share each request met makes an answer dearer, within blocks of ten seconds; 0 where none is seen.

        The load's requests empty the witness's caches as they do each other's. That is no slower machine.
        """
        _, block = np.unique(self.start_s // BLOCK_S, return_inverse=True)
        count, took = np.bincount(block), self.cpu_s / self.usual_s(0.0)[self.place]
        usual, usual_met = ((np.bincount(block, what) / count)[block] for what in (took, self.met))
        distance, excess = self.met - usual_met, took / usual - 1.0
        if np.ptp(distance) < LEAST_CONTRAST:
            return 0.0
        return cost_of(excess, distance, usual_met, np.ones(len(distance)))[0]

    def slowness(self, usual_s: Any, within: Any) -> float:
        """How many times as long as usual the answers took, all of them together, among those `within`; NaN if none."""
        known = within & np.isfinite(usual_s[self.place])
        return float(self.cpu_s[known].sum() / usual_s[self.place][known].sum()) if known.any() else np.nan


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


def paced(folder: Path, workers: int) -> tuple[Record, Any]:
    """The record of a load test at light load, and what its witness usually takes, None without one.

    The record's speed is that of the witness, as if it had met nobody, relative to what it usually takes.
    """
    record = read_load_test(folder)
    answers = answers_of(folder, record, workers)
    if answers is None:
        return record, None
    cost = answers.hindrance()
    usual_s = answers.usual_s(cost)
    relative = answers.cpu_s / (1.0 + cost * answers.met) / usual_s[answers.place]
    return replace(record, speed=np.column_stack([answers.start_s, relative])), usual_s


def pace_now(record: Record, calibrated_s: float | None) -> float:
    """How many times as long as during a record the same work took in its last minutes: a machine that drifts does so
    within many minutes, so that the last ones say most of the next. 1 if nobody looked."""
    if record.speed is None or not calibrated_s:
        return 1.0
    at, value = record.speed.T
    return float(value[at >= at[-1] - RECENT_S].mean()) / calibrated_s


def paces_of(
    folder: Path, workers: int, calibrated: float | None, usual_s: Sequence[float] | None, cost: float
) -> dict[int, float]:
    """How many times as long as at calibration the same work took at each number of users; empty if nobody looked.

    calibrated  the speed there, of the fixed work or of the witness, which usually took so long for each thing.
    cost  of company among the load's requests. What they cost the witness, they are taken to cost each other; a pace
          leaves out what the predictions have in them of that, by how many they met.
    """
    record = read_load_test(folder)
    answers = answers_of(folder, record, workers) if usual_s else None
    if not calibrated or (answers is None and record.speed is None):
        return {}
    got, _, met = attained(record.start_s, record.end_s, workers, 1.0)
    found = {}
    for level in record.levels:
        here = record.within(level)
        if answers is None:
            at, value = record.speed.T
            looks = (at >= level.from_s) & (at < level.to_s)
            slow, company = float(value[looks].mean()) if looks.any() else np.nan, 0.0
        else:
            within = (answers.start_s >= level.from_s) & (answers.start_s < level.to_s)
            slow = answers.slowness(np.array(usual_s), within)
            company = cost * float(np.average(met[here], weights=got[here])) if here.any() else 0.0
        if np.isfinite(slow):
            found[round(float(level.label))] = slow / calibrated / (1.0 + company)
    return found
