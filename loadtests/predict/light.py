"""What a load test at light load says of the server's core: at rest and at work, its demands, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from loadtests.plan import Plan
from loadtests.predict.model import Z90, scaled
from loadtests.predict.pace import pace_now, paced
from loadtests.summary import summarise
from twin.calibrate.requests.evidence import evidence, work_within
from twin.calibrate.requests.fit import Calibration, calibrate_requests
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import Record, read_load_test

GROUP = "machine"  # all that the server's core does: kernel and short-lived database processes included
REST_S = 20.0  # before each load: what the core does when nobody is served
MOST_AT_REST = 0.2
BLOCK_S = 30.0  # of the machine's drift


def rough_knee(pilot: Path, plan: Plan) -> float:
    """Users at the knee by the pilot's CPU seconds per transaction on one core."""
    record = read_load_test(pilot)
    (row,) = [row for row in summarise(pilot) if not row.verb]
    if not row.count:
        raise RuntimeError("the pilot answered nothing; see its locust.log")
    return max(10.0, plan.think.mean * row.count / busy_s(record, 0, background(record)) + 1)


def background(record: Record) -> float:
    """Share of the server's core that was busy before the load began. Raises RuntimeError on a busy machine."""
    series = record.usage[GROUP]
    begin = float(series.at_s[0])
    busy = max(0.0, float(series.grown(np.array([begin + 1.0, begin + REST_S - 1.0]))[0]) / (REST_S - 2.0))
    if busy > MOST_AT_REST:
        raise RuntimeError(f"the server's core was {busy:.0%} busy before any load; measure again on a quiet machine")
    return busy


def busy_s(record: Record, level: int, at_rest: float) -> float:
    """Seconds of the server's core within a level, as if nothing but the requests were there."""
    one = record.levels[level]
    grown = float(record.usage[GROUP].grown(np.array([one.from_s, one.to_s]))[0])
    return (grown - at_rest * one.length_s) / (1.0 - at_rest)


@dataclass(frozen=True, slots=True)
class LightLoad:
    """The calibration of a record, at its usual pace; the machine's pace in its last minutes; how much the machine's
    speed drifted meanwhile, and how much the steady levels scatter around it (coefficients of variation); CPU seconds
    that the witness usually takes for each of its things, None without one."""

    found: Calibration
    pace_now: float
    drift_cv: float
    scatter_cv: float
    witness_usual_s: list[float] | None


def calibrated(folder: Path, workers: int, steady: Sequence[int]) -> LightLoad:
    """What a record of light load says; `steady` are its levels without bursts."""
    record, usual_s = paced(folder, workers)
    limits = Limits.model_validate({
        "users": "closed", "workers": workers,
        "stations": {"core": {"cores": 1, "groups": [GROUP], "background": background(record)}},
    })  # fmt: skip
    estimated = calibrate_requests([record], limits)
    uses = uses_of(record, estimated)
    found = anchored(estimated, float(np.mean(uses)))
    spread = spread_of(uses[list(steady)])
    known = None if usual_s is None else usual_s.tolist()
    return LightLoad(found, pace_now(record, found.speed_s), drift_of(record), spread, known)


def anchored(found: Calibration, use: float) -> Calibration:
    """The calibration with all work times `use`, the share of it that the core was seen to do: by the utilisation law
    the core's seconds are known, and estimators say how they divide. What is left of a response is delay elsewhere."""
    steps = tuple(replace(step, delay_s=step.delay_s + max(0.0, 1.0 - use) * step.mean_s) for step in found.steps)
    return scaled(replace(found, steps=steps), use)


def spread_of(few: NDArray[np.float64]) -> float:
    """Coefficient of variation by which to draw from a normal law, so that 90 % of the draws reach as far as a few
    values let expect: theirs, stretched as Student's law demands."""
    return float(np.std(few, ddof=1) / np.mean(few)) * float(stdtrit(len(few) - 1, 0.95)) / Z90


def uses_of(record: Record, found: Calibration) -> NDArray[np.float64]:
    """CPU seconds used in each level over those expected at the machine's pace."""
    data = evidence(record, record.levels, found.limits)
    known = {(step.verb, step.step): step.mean_s for step in found.steps}
    mean = np.array([known.get((record.verbs[verb], step), np.nan) for verb, step in data.classes.keys])
    work = np.where(data.classes.of >= 0, mean[data.classes.of], np.nan) * (1.0 + found.hindrance.cost * data.met)
    expected = replace(data, got_s=np.where(np.isfinite(work), work, data.got_s))
    spent = data.spent("core", data.edges())[::2]
    return np.asarray(spent / [work_within(replace(expected, levels=(level,))) for level in record.levels])


def drift_of(record: Record) -> float:
    """Coefficient of variation of the machine's speed between half minutes; 0 without a probe."""
    if record.speed is None:
        return 0.0
    at, value = record.speed.T
    blocks = [value[at // BLOCK_S == block].mean() for block in np.unique(at // BLOCK_S)]
    return float(np.std(blocks) / np.mean(blocks))
