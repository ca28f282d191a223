"""Elapsed time: the longest of several random waits, and work that an outage interrupts. By integrals, no dice."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaln, ndtr

from twin.spec.values import Law

Array = NDArray[Any]

_TAIL: Final = 30.0


def cdf(law: Law, t: float) -> float:
    """Probability that a length of the law is at most t seconds."""
    if t < 0 or law.mean == 0.0:
        return float(t >= 0)
    x, cv = t / law.mean, law.cv
    if law.name == "fixed":
        return float(x >= 1.0)
    if law.name == "exponential":
        return -math.expm1(-x)
    if law.name == "lognormal":
        sigma = math.sqrt(math.log1p(cv * cv))
        return float(ndtr(math.log(x) / sigma + sigma / 2.0)) if x > 0 else 0.0
    if law.name == "gamma":
        return float(gammainc(1.0 / cv**2, x / cv**2))
    if law.name == "uniform":
        half = math.sqrt(3.0) * cv
        return min(max((x - 1.0 + half) / (2.0 * half), 0.0), 1.0) if half > 0 else float(x >= 1.0)
    if law.name == "weibull":
        shape = _weibull_shape(cv)
        return -math.expm1(-((x * math.exp(gammaln(1.0 + 1.0 / shape))) ** shape))
    p = (1.0 + math.sqrt((cv * cv - 1.0) / (cv * cv + 1.0))) / 2.0
    return 1.0 - p * math.exp(-2.0 * p * x) - (1.0 - p) * math.exp(-2.0 * (1.0 - p) * x)


def _weibull_shape(cv: float) -> float:
    from scipy.optimize import brentq

    def excess(shape: float) -> float:
        return float(gammaln(1.0 + 2.0 / shape) - 2.0 * gammaln(1.0 + 1.0 / shape)) - math.log1p(cv * cv)

    return float(brentq(excess, 0.05, 200.0))


def mean_of_longest(waits: Sequence[Law], added: Sequence[float]) -> float:
    """Mean seconds until the last of several independent waits is over, to each of which a fixed time is added.

    The integral of P(max > t); for n exponential waits of mean m it is m (1 + 1/2 + ... + 1/n).
    """
    from scipy.integrate import quad

    if not waits:
        return 0.0

    def above(t: float) -> float:
        return 1.0 - math.prod(cdf(law, t - more) for law, more in zip(waits, added, strict=True))

    ends = [more + law.mean * k for law, more in zip(waits, added, strict=True) for k in (0.0, 1.0, 4.0)]
    corners = sorted({0.0, *(end for end in ends if end > 0.0)})
    inside, last = sum(quad(above, a, b, limit=200)[0] for a, b in pairwise(corners)), corners[-1]
    # The tail on a logarithmic axis, where heavy ones are short.
    tail = quad(lambda u: above(last * math.exp(u)) * math.exp(u), 0.0, _TAIL, limit=200)[0] * last
    return float(inside + tail)


def mean_elapsed(cuts: Array, up: Array, work: float) -> float:
    """Mean ticks until `work` ticks of up time have passed, begun at a tick drawn evenly from those that can end.

    cuts  edges of the segments; up  share that can work in each. Work stands still in an outage and goes on after it.
    Exact: between the corners the finish is linear in the start. NaN if the work does not fit in at all.
    """
    total = np.concatenate([[0.0], np.cumsum(up * np.diff(cuts))])
    if work <= 0.0 or total[-1] <= work:
        return 0.0 if work <= 0.0 else math.nan
    last = _first_reach(cuts, total, np.array([total[-1] - work]))[0]
    corners = np.concatenate([cuts, _first_reach(cuts, total, total[total >= work] - work), [last]])
    corners = np.unique(corners[(corners >= cuts[0]) & (corners <= last)])
    middle, width = (corners[:-1] + corners[1:]) / 2.0, np.diff(corners)
    finish = _first_reach(cuts, total, np.interp(middle, cuts, total) + work)
    return float(((finish - middle) * width).sum() / width.sum()) if len(width) else work


def _first_reach(cuts: Array, total: Array, level: Array) -> Array:
    """First tick at which the running total reaches each level."""
    k = np.clip(np.searchsorted(total, level - 1e-9, side="left"), 1, len(total) - 1)
    rise = total[k] - total[k - 1]
    share = np.where(rise > 0, (level - total[k - 1]) / np.where(rise > 0, rise, 1.0), 0.0)
    return np.asarray(cuts[k - 1] + np.clip(share, 0.0, 1.0) * (cuts[k] - cuts[k - 1]))
