"""One-sided bounds for shares and means from batches of observations that need not be independent.

Requests of one minute share its load, so they count for less than as many independent ones. The design effect of the
batches says how much less; the exact binomial bound is taken at that smaller number.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

Array = NDArray[Any]
FEWEST_BATCHES = 2


@dataclass(frozen=True, slots=True)
class Bound:
    """An estimate and its one-sided bounds, each at the confidence asked for; NaN where there is none.

    n  observations; effective  as how many independent ones they count.
    """

    estimate: float
    low: float
    high: float
    n: int
    effective: float


NOTHING = Bound(math.nan, math.nan, math.nan, 0, 0.0)


def design_effect(hits: Array, totals: Array) -> float:
    """How many times larger the variance of a share is than that of as many independent observations; at least 1.

    hits, totals  one entry per batch. Source: Kish (1965), Survey Sampling, section 5.4 (ratio of cluster totals).
    """
    used = totals > 0
    hits, totals, batches = hits[used], totals[used], int(used.sum())
    whole = totals.sum()
    share = hits.sum() / whole if whole else 0.0
    if batches < FEWEST_BATCHES or not 0.0 < share < 1.0:
        return 1.0
    spread = np.square(hits - share * totals).sum() * batches / (batches - 1) / whole**2
    return max(1.0, float(spread / (share * (1.0 - share) / whole)))


def share_bound(hits: Array, totals: Array, confidence: float = 0.95) -> Bound:
    """Bounds of a share from batches: Clopper and Pearson's at the effective number of observations.

    Source: Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data, Survey Methodology 24.
    """
    hits, totals = np.asarray(hits, np.float64), np.asarray(totals, np.float64)
    n = float(totals.sum())
    if n == 0:
        return NOTHING
    share = float(hits.sum()) / n
    effect = design_effect(hits, totals)
    effective = n / effect
    batches = int((totals > 0).sum())
    if effect > 1.0:  # the effect is itself estimated, from few batches
        effective *= float(stdtrit(n - 1, confidence) / stdtrit(batches - 1, confidence)) ** 2
    low, high = exact_bounds(share * effective, effective, confidence)
    return Bound(share, low, high, int(n), effective)


def exact_bounds(hits: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's one-sided lower and upper bound for `hits` of n, whole numbers or not."""
    tail = 1.0 - confidence
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, n - hits, confidence)) if hits < n else 1.0
    return low, high


def mean_bound(batches: list[Array], confidence: float = 0.95) -> Bound:
    """Bounds of a mean: Student's t over the batches (a ratio of their sums); over the values if there is one batch."""
    batches = [np.asarray(batch, np.float64) for batch in batches if len(batch)]
    if not batches:
        return NOTHING
    if len(batches) == 1:
        batches = [batches[0][k : k + 1] for k in range(len(batches[0]))]
    sums = np.array([batch.sum() for batch in batches])
    sizes = np.array([len(batch) for batch in batches], np.float64)
    n, count = int(sizes.sum()), len(batches)
    mean = float(sums.sum() / n)
    if count < FEWEST_BATCHES or not math.isfinite(mean):
        return Bound(mean, math.nan, math.nan, n, float(count))
    error = math.sqrt(float(np.square(sums - mean * sizes).sum()) * count / (count - 1)) / n
    reach = float(stdtrit(count - 1, confidence)) * error
    return Bound(mean, mean - reach, mean + reach, n, float(count))


def needed_for_share(share: float, target: float, effect: float, confidence: float = 0.95) -> float:
    """Observations after which a share that stays as it is lies beyond the target with that confidence.

    Infinite when the share lies on the target. Doubling, then halving the interval, on the exact bounds.
    """
    if share == target:
        return math.inf

    def is_enough(n: float) -> bool:
        low, high = exact_bounds(share * n, n, confidence)
        return low >= target if share > target else high <= target

    last = 1.0
    while not is_enough(last):
        last *= 2.0
        if last > 1e12:
            return math.inf
    first = last / 2.0
    while last - first > max(1.0, last / 1000):
        middle = (first + last) / 2.0
        first, last = (first, middle) if is_enough(middle) else (middle, last)
    return math.ceil(last) * effect
