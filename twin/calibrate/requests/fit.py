"""The demands of a system from its records: estimated in several ways, chosen by a level of load kept back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twin.calibrate.requests.estimators import ESTIMATORS
from twin.calibrate.requests.evidence import Demands, Evidence, NotEstimable, evidence
from twin.calibrate.requests.hindrance import NONE, Hindrance, hindrance
from twin.calibrate.requests.levels import hindrance_by_levels, uses_of
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.pace import slowness
from twin.calibrate.requests.queue import picks
from twin.calibrate.requests.record import Level, Record
from twin.calibrate.requests.refuse import refuse
from twin.calibrate.requests.replaying import own_sizes, replay
from twin.tape.streams import below, name_key, replication_key

LONGEST_BLOCK_S, FEWEST_BLOCKS = 10.0, 40
WIDER = 1.04  # Student's t with 39 degrees of freedom over the normal: few blocks make resamples too alike
RESAMPLES = 200
CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class Judged:
    """How one estimator did on the level kept back: relative errors; why  the data do not support it, else empty.

    work_error  of the CPU seconds used there; 0 where they were not watched.
    """

    estimator: str
    mean_error: float
    class_error: float
    work_error: float
    why: str = ""

    @property
    def score(self) -> float:
        """What it is chosen by: the smaller, the better."""
        return self.mean_error + self.class_error + self.work_error


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a transaction: core seconds with interval, variation, delay that loads no core."""

    verb: str
    step: int
    name: str
    visits: float
    mean_s: float
    low_s: float
    high_s: float
    cv: float
    delay_s: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The demands, how they were chosen, and on which machine speed.

    shares  of the stations in all work; speed_s  CPU seconds of the fixed work meanwhile, None without a probe.
    hindrance  what requests on the same cores cost each other; the demands are those of a request by itself.
    """

    estimator: str
    steps: tuple[Step, ...]
    shares: dict[str, float]
    judged: tuple[Judged, ...]
    held_out: str
    speed_s: float | None
    limits: Limits
    hindrance: Hindrance = NONE

    def per_transaction(self) -> dict[str, float]:
        """Core seconds of each transaction, over all its requests."""
        verbs = dict.fromkeys(step.verb for step in self.steps)
        return {verb: sum(s.visits * s.mean_s for s in self.steps if s.verb == verb) for verb in verbs}


def calibrate_requests(
    records: Sequence[Record], limits: Limits, held_out: str | None = None, seed: int = 1
) -> Calibration:
    """The demands of the best estimator, learned from all steady levels; it is chosen on the level kept back.

    Levels with a beat tell only what requests cost each other.

    held_out  label of that level; default: the busiest one that is not short.
    Raises ValueError for data that cannot be used, with the measurement that is missing.
    """
    everything = _one(records)
    refuse(everything, limits)
    record = replace(everything, levels=tuple(level for level in everything.levels if not level.beat_s))
    kept_back = _held_out(record, held_out)
    rest = [level for level in record.levels if level is not kept_back]
    judged = tuple(_judge(name, record, rest, kept_back, limits) for name in ESTIMATORS)
    usable = [one for one in judged if not one.why]
    if not usable:
        raise ValueError("no estimator can be used: " + "; ".join(f"{one.estimator}: {one.why}" for one in judged))
    best = min(usable, key=lambda one: one.score).estimator
    whole = evidence(record, record.levels, limits)
    demands = ESTIMATORS[best](whole)
    bursts_too = evidence(everything, everything.levels, limits)
    by_levels = hindrance_by_levels(bursts_too, demands.mean_s)
    company = hindrance(bursts_too) if by_levels is None else by_levels
    alone = replace(demands, mean_s=demands.mean_s / (1.0 + company.cost * company.met))
    steps = _steps(whole, alone, seed)
    return Calibration(best, steps, demands.shares, judged, kept_back.label, _speed(whole), limits, company)


def _one(records: Sequence[Record]) -> Record:
    if len(records) != 1:
        raise ValueError(f"{len(records)} records of requests: calibrate from one run with several levels of load")
    return records[0]


def _held_out(record: Record, label: str | None) -> Level:
    if len(record.levels) < 2:
        raise ValueError("one level of load: measure a second one, to choose the estimator by")
    if label is None:
        count = {level: int(np.sum(_within(record, level))) for level in record.levels}
        long = [level for level in record.levels if 2 * count[level] >= max(count.values())]
        return max(long, key=lambda level: count[level] / level.length_s)
    named = [level for level in record.levels if level.label == label]
    if not named:
        raise ValueError(f'no level "{label}"; there are {", ".join(level.label for level in record.levels)}')
    return named[0]


def _within(record: Record, level: Level) -> Any:
    return record.within(level) & (record.verb >= 0) & record.is_good


def _judge(name: str, record: Record, rest: list[Level], kept_back: Level, limits: Limits) -> Judged:
    """Learn from the other levels, replay the record, compare the responses of the level kept back."""
    data = evidence(record, rest, limits)
    try:
        demands = ESTIMATORS[name](data)
    except NotEstimable as reason:
        return Judged(name, np.inf, np.inf, np.inf, str(reason))
    inside = _within(record, kept_back)
    observed = record.end_s - record.start_s
    starts, ends = replay(data, demands, own_sizes(data))
    predicted = ends - starts
    verbs = [k for k in range(len(record.verbs)) if np.any(inside & (record.verb == k))]
    pairs = [(observed[inside & (record.verb == k)], predicted[inside & (record.verb == k)]) for k in verbs]
    errors = [abs(b.mean() / a.mean() - 1) for a, b in pairs]
    weights = [len(a) for a, _ in pairs]
    whole = abs(float(predicted[inside].mean() / observed[inside].mean()) - 1)
    used = _work_error(evidence(record, [kept_back], limits), demands)
    return Judged(name, whole, float(np.average(errors, weights=weights)), used)


def _work_error(data: Evidence, demands: Demands) -> float:
    """How far the demands of a level's requests are from the CPU seconds used there; 0 where not all were watched."""
    return abs(1.0 / max(float(uses_of(data, demands.mean_s)[0]), 1e-12) - 1.0) if data.is_watched else 0.0


def _steps(data: Evidence, demands: Demands, seed: int) -> tuple[Step, ...]:
    """Each class with its interval: blocks of up to ten seconds drawn again, so that slow drift counts."""
    relative = _resampled(data, seed)
    bounds = np.nanquantile(relative, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    low, high = 1 + (bounds - 1) * WIDER
    firsts = {verb: k for k, (verb, step) in enumerate(data.classes.keys) if step == 0}
    counts = [int(np.sum(data.is_used & (data.classes.of == k))) for k in range(len(data.classes.keys))]
    found = []
    for k, (verb, step) in enumerate(data.classes.keys):
        mine = data.is_used & (data.classes.of == k)
        got, mean = data.got_s[mine], float(demands.mean_s[k])
        if not counts[k]:
            continue
        cv = float(got.std() / got.mean()) if got.mean() > 0 else 0.0
        name = str(data.record.name[mine][0])
        visits = counts[k] / max(1, counts[firsts.get(verb, k)])
        found.append(Step(
            data.record.verbs[verb], step, name, visits, mean, mean * float(low[k]), mean * float(high[k]), cv,
            float(demands.delay_s[k]), counts[k],
        ))  # fmt: skip
    return tuple(found)


def _resampled(data: Evidence, seed: int) -> Any:
    """Mean attained work of each class in resamples of blocks, relative to that of all; rows are resamples."""
    length_s = min(LONGEST_BLOCK_S, sum(level.length_s for level in data.levels) / FEWEST_BLOCKS)
    block = (data.record.start_s // length_s).astype(np.int64)
    used = np.flatnonzero(data.is_used)
    blocks, of = np.unique(block[used], return_inverse=True)
    size = len(data.classes.keys)
    cell = of * size + data.classes.of[used]
    work = np.bincount(cell, data.got_s[used], len(blocks) * size).reshape(len(blocks), size)
    count = np.bincount(cell, minlength=len(blocks) * size).reshape(len(blocks), size)
    key = below(replication_key(seed, 0), int(name_key("resample")))
    rows = np.empty((RESAMPLES, size))
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = work.sum(axis=0) / count.sum(axis=0)
        for row in range(RESAMPLES):
            mine = below(key, row)
            chosen = picks(mine, len(blocks), len(blocks))
            rows[row] = work[chosen].sum(axis=0) / count[chosen].sum(axis=0) / whole
    return rows


def _speed(data: Evidence) -> float | None:
    """CPU seconds of the fixed work at the pace that the demands are for; None without a probe."""
    slow = slowness(data.record)
    return None if slow is None else float((slow[data.is_used] / data.pace[data.is_used]).mean())
