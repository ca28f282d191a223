"""Confidence intervals over replications: means, ratios of sums, quantiles, proportions, paired differences.

The replication is the unit of inference. Every function takes replications along the first axis and treats what lies
along the others as separate cells; where no interval can be given the bounds are NaN and `reason` says why.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, betaincinv, ndtri, stdtrit

Array = NDArray[Any]

OK, NOTHING, TOO_FEW, NO_VARIATION, OUT_OF_RANGE = range(5)
REASONS: Final = (
    "",
    "nothing happened to measure",
    "fewer than 2 replications: no interval",
    "the same in every replication: the interval has no width",
    "too few replications for a bound this far out",
)


@dataclass(frozen=True)
class Interval:
    """Estimates with their bounds, one per cell; n replications count, reason is an index into REASONS."""

    estimate: Array
    low: Array
    high: Array
    n: Array
    reason: Array


def mean_interval(values: ArrayLike, confidence: float = 0.95, is_defined: ArrayLike | None = None) -> Interval:
    """Mean over replications with Student's t interval.

    values, is_defined  shape (replications, ...); a replication in which a cell is not defined is left out there.
    """
    x = np.asarray(values, np.float64)
    if is_defined is None:
        n = np.full(x.shape[1:], len(x), np.int64)
        centred = x - _quotient(x.sum(axis=0), n)
        total = x.sum(axis=0)
    else:
        mask = np.asarray(is_defined, bool)
        n = mask.sum(axis=0)
        total = np.where(mask, x, 0.0).sum(axis=0)
        centred = np.where(mask, x - _quotient(total, n), 0.0)
    return _student(_quotient(total, n), np.square(centred).sum(axis=0), n, confidence)


def ratio_interval(numerators: ArrayLike, denominators: ArrayLike, confidence: float = 0.95) -> Interval:
    """Sum of numerators over sum of denominators, with the delta-method interval over replications (Student's t).

    Source: Law (2015), Simulation Modeling and Analysis, 5th ed., section 4.5 and 9.5; Cochran (1977), chapter 6.
    """
    top, bottom = np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)
    n = np.full(top.shape[1:], len(top), np.int64)
    estimate = _quotient(top.sum(axis=0), bottom.sum(axis=0))
    squares = np.square(top - estimate * bottom).sum(axis=0)
    return _student(estimate, squares / np.square(_quotient(bottom.sum(axis=0), n)), n, confidence)


def quantile_interval(
    values: ArrayLike, p: float, confidence: float = 0.95, is_defined: ArrayLike | None = None
) -> Interval:
    """p-quantile over replications, distribution-free: bounds are order statistics.

    The estimate is the smallest value that at least p of the replications do not exceed.
    """
    x = np.asarray(values, np.float64)
    mask = np.ones(x.shape, bool) if is_defined is None else np.asarray(is_defined, bool)
    ordered, n = np.sort(np.where(mask, x, np.inf), axis=0), mask.sum(axis=0)
    flat, counts = ordered.reshape(len(x), -1), np.atleast_1d(n).ravel()
    out = np.full((3, len(counts)), np.nan)
    reason = np.where(counts == 0, NOTHING, np.where(counts < 2, TOO_FEW, OK)).astype(np.int8)
    for size in np.unique(counts[counts > 0]).tolist():
        columns = np.flatnonzero(counts == size)
        out[0, columns] = flat[max(int(np.ceil(p * size - 1e-9)), 1) - 1, columns]
        lower, upper, _ = quantile_ranks(size, p, confidence)
        if size >= 2 and lower >= 1:
            out[1, columns] = flat[lower - 1, columns]
        if size >= 2 and upper <= size:
            out[2, columns] = flat[upper - 1, columns]
        if size >= 2 and (lower < 1 or upper > size):
            reason[columns] = OUT_OF_RANGE
    shape = x.shape[1:]
    return Interval(out[0].reshape(shape), out[1].reshape(shape), out[2].reshape(shape), n, reason.reshape(shape))


@lru_cache(maxsize=1024)
def quantile_ranks(n: int, p: float, confidence: float = 0.95) -> tuple[int, int, float]:
    """Ranks of the order statistics (1 = smallest) that bound the p-quantile of n values, and their coverage.

    A rank of 0 or n + 1 means that there is no such bound. Source: David and Nagaraja (2003), section 7.1.
    """
    below = bdtr(np.arange(n + 1, dtype=np.float64), n, p)
    tail = (1.0 - confidence) / 2.0
    lower = int(np.searchsorted(below, tail))
    upper = int(np.searchsorted(below, 1.0 - tail)) + 1
    reached = float(below[min(upper - 1, n)] - (below[lower - 1] if lower >= 1 else 0.0))
    return lower, upper, reached


def proportion_interval(
    successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95, method: str = "wilson"
) -> Interval:
    """Share of successes with Wilson's score interval, or the exact one of Clopper and Pearson.

    Source: Brown, Cai and DasGupta (2001), Interval estimation for a binomial proportion.
    Raises ValueError for another method than "wilson" or "clopper_pearson".
    """
    x, n = np.broadcast_arrays(np.asarray(successes, np.float64), np.asarray(trials, np.float64))
    if method not in ("wilson", "clopper_pearson"):
        raise ValueError(f'no interval "{method}" for a proportion; give wilson or clopper_pearson')
    bounds = _wilson if method == "wilson" else _clopper_pearson
    low, high = bounds(x, np.where(n > 0, n, 1.0), confidence)
    empty = n == 0
    nan = np.where(empty, np.nan, 0.0)
    reason = np.where(empty, NOTHING, OK).astype(np.int8)
    return Interval(_quotient(x, n), low + nan, high + nan, n.astype(np.int64), reason)


def paired_ratio_difference_interval(left: ArrayLike, right: ArrayLike, confidence: float = 0.95) -> Interval:
    """Difference of two ratios of sums over paired replications, by the delta method with Student's t.

    left, right  shape (replications, ..., 2): numerators and denominators.
    """
    a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
    n = np.full(a.shape[1:-1], len(a), np.int64)
    estimates, parts = zip(*(_linearised(side) for side in (a, b)), strict=True)
    return _student(estimates[0] - estimates[1], np.square(parts[0] - parts[1]).sum(axis=0), n, confidence)


def weighted_ratios_interval(pairs: ArrayLike, weights: ArrayLike, confidence: float = 0.95) -> Interval:
    """Weighted sum of several worlds' ratios of sums over paired replications, by the delta method with Student's t.

    pairs  shape (worlds, replications, ..., 2): numerators and denominators; weights  one per world.
    """
    worlds, by = np.asarray(pairs, np.float64), np.asarray(weights, np.float64)
    estimates, parts = zip(*(_linearised(world) for world in worlds), strict=True)
    total = sum(weight * estimate for weight, estimate in zip(by, estimates, strict=True))
    spread = sum(weight * part for weight, part in zip(by, parts, strict=True))
    n = np.full(worlds.shape[2:-1], worlds.shape[1], np.int64)
    return _student(np.asarray(total), np.square(spread).sum(axis=0), n, confidence)


def _linearised(pairs: Array) -> tuple[Array, Array]:
    top, bottom = pairs[..., 0], pairs[..., 1]
    estimate = _quotient(top.sum(axis=0), bottom.sum(axis=0))
    return estimate, (top - estimate * bottom) / np.where(bottom.sum(axis=0) == 0, np.nan, bottom.mean(axis=0))


def _quotient(top: Any, bottom: Any) -> Array:
    whole = np.asarray(bottom, np.float64)
    return np.asarray(top / np.where(whole == 0, np.nan, whole))


def _student(estimate: Array, squares: Array, n: Array, confidence: float) -> Interval:
    enough = n >= 2
    freedom = np.where(enough, n - 1, 1)
    half = stdtrit(freedom, 0.5 + confidence / 2.0) * np.sqrt(squares / freedom / np.maximum(n, 1))
    half = np.where(enough, half, np.nan)
    flat = squares <= np.square(1e-12 * estimate) * n
    reason = np.where(flat, NO_VARIATION, OK)
    reason = np.where(enough, reason, TOO_FEW)
    reason = np.where(np.isnan(estimate), NOTHING, reason).astype(np.int8)
    return Interval(estimate, estimate - half, estimate + half, np.asarray(n), reason)


def _wilson(x: Array, n: Array, confidence: float) -> tuple[Array, Array]:
    z = float(ndtri(0.5 + confidence / 2.0))
    centre = (x + z * z / 2.0) / (n + z * z)
    half = z / (n + z * z) * np.sqrt(x * (n - x) / n + z * z / 4.0)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def _clopper_pearson(x: Array, n: Array, confidence: float) -> tuple[Array, Array]:
    tail = (1.0 - confidence) / 2.0
    low = np.where(x > 0, betaincinv(np.maximum(x, 1.0), n - x + 1.0, tail), 0.0)
    high = np.where(x < n, betaincinv(x + 1.0, np.maximum(n - x, 1.0), 1.0 - tail), 1.0)
    return low, high
