"""How many tickets come: the level with its memory, how days differ, and how wrong one-week-ahead forecasts were."""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[Any]

MEMORIES: Final = (math.inf, 6.0, 3.0, 1.5)  # half-lives in weeks that are tried
USUAL_SPREAD: Final = 0.07  # of weekly levels, assumed where a record has few weeks
_MOST_BUSYNESS: Final = 2.0
_WORTH_WEEKS: Final = 4.0  # what that assumption weighs


@dataclass(frozen=True)
class Volume:
    """The level relative to the usual week of the record, and its uncertainty.

    memory_weeks  half-life by which old days count less, the longest that forecast a week ahead as well as the best.
    busyness_cv   coefficient of variation of the factor common to all hours of a day; within_day  correlation of the
    excess of morning and afternoon (1: a busy morning means a busy afternoon).
    spread        standard deviation of the logarithm of the level of a week ahead, beyond chance and busyness.
    """

    level: float
    memory_weeks: float
    busyness_cv: float
    within_day: float
    spread: float


def volume_of(expected: Floats, opened: Ints, halves: Floats, half_expected: Floats) -> Volume:
    """The volume of a record from its days: expected by the usual week and really opened.

    halves, half_expected  the same for (usual working day, morning and afternoon).
    """
    memory = _memory(expected, opened)
    level = level_at(expected, opened, len(opened), memory)
    cv, within = _busyness(halves, half_expected, level)
    errors = _errors(expected, opened, memory)
    chance = np.median([1 / max(expected[d : d + 7].sum(), 1.0) + cv**2 / 6.0 for d in range(len(expected) - 6)] or [0])
    excess = float((errors**2).sum()) - len(errors) * float(chance)
    spread = pooled(max(excess, 0.0), len(errors), USUAL_SPREAD)
    return Volume(level, memory, cv, within, spread)


def pooled(squares: float, count: int, usual: float) -> float:
    """Standard deviation of some errors (their sum of squares and number), drawn towards a usual one where few."""
    return math.sqrt((squares + _WORTH_WEEKS * usual**2) / (count + _WORTH_WEEKS))


def level_at(expected: Floats, opened: Ints, day: int, memory: float) -> float:
    """The level at the start of a day, from the days before it."""
    age = (day - np.arange(day)) / 7.0
    weight = np.ones(day) if math.isinf(memory) else 0.5 ** (age / memory)
    return float((weight * opened[:day]).sum() / max((weight * expected[:day]).sum(), 1e-9))


def _errors(expected: Floats, opened: Ints, memory: float) -> Floats:
    """Logarithms of real over forecast tickets of each week, forecast from the weeks before it."""
    starts = range(len(expected) - 7, 6, -7)
    errors = [
        math.log(max(opened[d : d + 7].sum(), 0.5) / max(level_at(expected, opened, d, memory), 1e-9)
                 / max(expected[d : d + 7].sum(), 1e-9))
        for d in starts
    ]  # fmt: skip
    return np.array(errors)


def _memory(expected: Floats, opened: Ints) -> float:
    errors = {memory: np.abs(_errors(expected, opened, memory)) for memory in MEMORIES}
    best = min(errors, key=lambda memory: float(errors[memory].sum()))
    return next(memory for memory in MEMORIES if memory == best or is_as_good(errors[memory] - errors[best]))


def is_as_good(behind: Floats) -> bool:
    """Whether something is no worse than the best by more than a standard error; behind  by how much in each case."""
    error = float(behind.std(ddof=1)) * math.sqrt(len(behind)) if len(behind) > 1 else 0.0
    return float(behind.sum()) <= error


def _busyness(halves: Floats, expected: Floats, level: float) -> tuple[float, float]:
    """cv of the day factor from the covariance of morning and afternoon, and the correlation of their excess."""
    ratio = halves / np.maximum(level * expected, 1e-9)
    if len(ratio) < 5:
        return 0.0, 0.0
    gap = ratio - ratio.mean(axis=0)
    chance = (1 / np.maximum(level * expected, 1e-9)).mean(axis=0)
    common = float((gap[:, 0] * gap[:, 1]).sum() / (len(ratio) - 1))
    own = np.maximum(gap.var(axis=0, ddof=1) - chance, 1e-9)
    within = common / math.sqrt(float(own[0] * own[1])) if common > 0 else 0.0
    return min(math.sqrt(max(common, 0.0)), _MOST_BUSYNESS), min(within, 1.0)
