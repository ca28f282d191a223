"""What a load test at light load says of the server's core: at rest and at work, its demands, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from loadtests.plan import Plan
from loadtests.predict.model import Z90, scaled
from loadtests.predict.pace import Usual, paced
from loadtests.summary import summarise
from twin.calibrate.requests.evidence import evidence, work_within
from twin.calibrate.requests.fit import Calibration, calibrate_requests
from twin.calibrate.requests.hindrance import NONE, Hindrance, met_at
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import Record, read_load_test

GROUP = "machine"  # all that the server's core does: kernel and short-lived database processes included
REST_S = 20.0  # before each load: what the core does when nobody is served
MOST_AT_REST = 0.2


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
    """The calibration of a record, at its usual pace; what the witness usually takes, None without one; and two
    coefficients of variation: how much the steady levels scatter around the pace, and how much each level differs from
    the one before."""

    found: Calibration
    witness: Usual | None
    scatter_cv: float
    change_cv: float


def calibrated(folder: Path, workers: int, steady: Sequence[int]) -> LightLoad:
    """What a record of light load says; `steady` are its levels without bursts."""
    record, witness = paced(folder, workers)
    limits = Limits.model_validate({
        "users": "closed", "workers": workers,
        "stations": {"core": {"cores": 1, "groups": [GROUP], "background": background(record)}},
    })  # fmt: skip
    alone = replace(calibrate_requests([record], limits), hindrance=NONE)
    data = evidence(record, record.levels, limits)
    met = np.array([met_at(data, level) for level in record.levels])
    company = company_of(uses_of(record, alone), met, float(np.mean(met[list(steady)])))
    estimated = replace(alone, hindrance=company)
    uses = uses_of(record, estimated)
    found = anchored(estimated, float(np.mean(uses)))
    return LightLoad(found, witness, spread_of(uses[list(steady)]), change_of(uses_of(unpaced(record), found)))


def company_of(uses: NDArray[np.float64], met: NDArray[np.float64], usual_met: float) -> Hindrance:
    """The cost of company by least squares over levels, steady ones and bursts: the core seconds used, over those of
    requests that meet nobody, grow with the others met. None if they do not."""
    columns = np.column_stack([np.ones(len(met)), met])
    (alone, slope), *_ = np.linalg.lstsq(columns, uses, rcond=None)
    left = uses - columns @ [alone, slope]
    variance = float(left @ left) / (len(met) - 2) / float(np.sum((met - met.mean()) ** 2))
    cost, reach = float(slope / alone), float(stdtrit(len(met) - 2, 0.95) * variance**0.5 / alone)
    return Hindrance(cost, cost - reach, cost + reach, usual_met) if cost > 0 else NONE


def pace_beside(folder: Path, found: Calibration) -> float:
    """How many times as long as at calibration the same work takes, by the core seconds of a light load."""
    return float(np.mean(uses_of(unpaced(read_load_test(folder)), found)))


def unpaced(record: Record) -> Record:
    """The record as if nobody had looked at the machine's pace."""
    return replace(record, speed=None)


def anchored(found: Calibration, use: float) -> Calibration:
    """The calibration with all work times `use`, the share of it that the core was seen to do: by the utilisation law
    the core's seconds are known, and estimators say how they divide. What is left of a response is delay elsewhere."""
    steps = tuple(replace(step, delay_s=step.delay_s + max(0.0, 1.0 - use) * step.mean_s) for step in found.steps)
    return scaled(replace(found, steps=steps), use)


def spread_of(few: NDArray[np.float64]) -> float:
    """Coefficient of variation of a few values, to draw from."""
    return stretched(float(np.std(few, ddof=1) / np.mean(few)), len(few) - 1)


def change_of(levels: NDArray[np.float64]) -> float:
    """Coefficient of variation from one level to the next, to draw from."""
    change = np.diff(np.log(levels))
    return stretched(float(np.sqrt(np.mean(change**2))), len(change))


def stretched(cv: float, freedom: int) -> float:
    """Coefficient of variation by which to draw from a normal law, so that 90 % of the draws reach as far as Student's
    law demands for one that was found with so many degrees of freedom."""
    return cv * float(stdtrit(freedom, 0.95)) / Z90


def uses_of(record: Record, found: Calibration) -> NDArray[np.float64]:
    """CPU seconds used in each level over those expected at the machine's pace, or the usual one if nobody looked."""
    data = evidence(record, record.levels, found.limits)
    known = {(step.verb, step.step): step.mean_s for step in found.steps}
    mean = np.array([known.get((record.verbs[verb], step), np.nan) for verb, step in data.classes.keys])
    work = np.where(data.classes.of >= 0, mean[data.classes.of], np.nan) * (1.0 + found.hindrance.cost * data.met)
    expected = replace(data, got_s=np.where(np.isfinite(work), work, data.got_s))
    spent = data.spent("core", data.edges())[::2]
    return np.asarray(spent / [work_within(replace(expected, levels=(level,))) for level in record.levels])
