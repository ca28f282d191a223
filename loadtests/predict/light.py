"""What a load test at light load says of the server's core: at rest and at work, its demands, and how sure they are."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from loadtests.plan import Plan
from loadtests.predict.model import Z90, scaled
from loadtests.predict.pace import Usual, paced, speed_at
from loadtests.summary import summarise
from twin.calibrate.requests.evidence import evidence
from twin.calibrate.requests.fit import Calibration, calibrate_requests
from twin.calibrate.requests.hindrance import LEAST_CONTRAST
from twin.calibrate.requests.levels import share_of, uses_of
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import Record, read_load_test

GROUP = "machine"  # all that the server's core does: kernel and short-lived database processes included
REST_S = 20.0  # before each load: what the core does when nobody is served
MOST_AT_REST = 0.2
LEAST_PACE = 0.1
FELT_SD = 0.5  # assumed: how far what a load feels of a slower machine is from what others feel
BELIEVED = 0.5  # assumed: of how far the light load right before a measurement was from the calibration


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
    """The calibration of a record, at its usual pace; what the witness usually takes, None without one.

    felt        how much more of a slower machine the load feels than what tells the pace.
    scatter_cv  coefficient of variation of a window of a measurement around the pace; change_cv  of a stretch of the
    record around what is expected of it after the one before.
    """

    found: Calibration
    witness: Usual | None
    felt: float
    scatter_cv: float
    change_cv: float


def calibrated(folder: Path, workers: int, window_s: float) -> LightLoad:
    """What a record of light load says, also of windows of a measurement that are so long."""
    record, witness = paced(folder, workers)
    limits = Limits.model_validate({
        "users": "closed", "workers": workers,
        "stations": {"core": {"cores": 1, "groups": [GROUP], "background": background(record)}},
    })  # fmt: skip
    first = calibrate_requests([record], limits)
    felt = felt_by(record, first)
    record = feeling(record, felt, first.speed_s or 1.0)
    estimated = calibrate_requests([record], limits)
    uses = stretches(record, uses_at(record, estimated))
    found = anchored(estimated, float(np.mean(uses)))
    later = stretches(record, uses_at(unpaced(record), found))
    return LightLoad(found, witness, felt, spread_of(uses, longest_s(record), window_s), change_of(later))


def felt_by(record: Record, found: Calibration) -> float:
    """How much more of a slower machine the load feels than what tells the pace, by least squares over levels. As near
    to 1 as it is unsure; 1 if nobody looked, or the machine was always the same."""
    if record.speed is None or not found.speed_s:
        return 1.0
    slower = np.nan_to_num([speed_at(record, level) for level in record.levels], nan=found.speed_s)
    if np.ptp(slower) < LEAST_CONTRAST * found.speed_s:
        return 1.0
    uses = uses_at(unpaced(record), found)
    felt, sd = share_of(np.log(uses), slower / found.speed_s - 1.0, np.ones((len(uses), 1)))
    return 1.0 + (max(0.0, felt) - 1.0) / (1.0 + (sd / FELT_SD) ** 2)


def feeling(record: Record, felt: float, usual: float) -> Record:
    """The record with its pace, which is `usual` in general, as the load felt it."""
    if record.speed is None:
        return record
    at, value = record.speed.T
    return replace(record, speed=np.column_stack([at, np.maximum(usual + felt * (value - usual), LEAST_PACE * usual)]))


def stretches(record: Record, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Means of a value of levels over stretches of the record: levels in a row, until they are as long as the longest;
    what is left at the end is left out."""
    longest = longest_s(record)
    found, length, total = [], 0.0, 0.0
    for level, value in zip(record.levels, values, strict=True):
        length, total = length + level.length_s, total + level.length_s * float(value)
        if length >= longest:
            found.append(total / length)
            length, total = 0.0, 0.0
    return np.array(found)


def longest_s(record: Record) -> float:
    """How long the longest level of a record is, in seconds."""
    return max(level.length_s for level in record.levels)


def pace_beside(folder: Path, found: Calibration) -> float:
    """How many times as long as at calibration the same work is expected to take after a light load: half way to what
    its core seconds say, as the last minute tells about as much of the next ones as the quarter of an hour before."""
    return 1.0 + BELIEVED * (float(np.mean(uses_at(unpaced(read_load_test(folder)), found))) - 1.0)


def unpaced(record: Record) -> Record:
    """The record as if nobody had looked at the machine's pace."""
    return replace(record, speed=None)


def anchored(found: Calibration, use: float) -> Calibration:
    """The calibration with all work times `use`, the share of it that the core was seen to do: by the utilisation law
    the core's seconds are known, and estimators say how they divide. What is left of a response is delay elsewhere."""
    steps = tuple(replace(step, delay_s=step.delay_s + max(0.0, 1.0 - use) * step.mean_s) for step in found.steps)
    return scaled(replace(found, steps=steps), use)


def spread_of(few: NDArray[np.float64], length_s: float, window_s: float) -> float:
    """Coefficient of variation, to draw from, of a window around the mean of a few stretches of `length_s`, by theirs.

    Stretches count as independent (assumed), as if all of it came from what users happen to be dealt: the longer a
    window, the less it scatters. How unsure the mean is counts in.
    """
    one = stretched(float(np.std(few, ddof=1) / np.mean(few)), len(few) - 1)
    return one * math.sqrt(length_s / window_s + 1.0 / len(few))


def change_of(levels: NDArray[np.float64]) -> float:
    """Coefficient of variation of a level around what is expected of it after the one before, to draw from."""
    distance = levels / np.mean(levels) - 1.0
    change = distance[1:] - BELIEVED * distance[:-1]
    return stretched(float(np.sqrt(np.mean(change**2))), len(change))


def stretched(cv: float, freedom: int) -> float:
    """Coefficient of variation by which to draw from a normal law, so that 90 % of the draws reach as far as Student's
    law demands for one that was found with so many degrees of freedom."""
    return cv * float(stdtrit(freedom, 0.95)) / Z90


def uses_at(record: Record, found: Calibration) -> NDArray[np.float64]:
    """CPU seconds used in each level over those expected at the machine's pace, or the usual one if nobody looked."""
    data = evidence(record, record.levels, found.limits)
    known = {(step.verb, step.step): step.mean_s for step in found.steps}
    mean_s = np.array([known.get((record.verbs[verb], step), np.nan) for verb, step in data.classes.keys])
    return np.asarray(uses_of(data, mean_s, found.hindrance.cost))
