"""Random lengths from their mean and coefficient of variation, by arithmetic that gives the same bits anywhere."""

import math
from typing import Any

import numpy as np

from twin.compiled import entry, inlined, kernel, lean
from twin.spec.values import Law
from twin.tape.functions import (
    CENTRAL,
    FAR,
    central_quantile,
    exp_of,
    far_tail,
    log_of,
    normal_quantile,
    tail,
)
from twin.tape.streams import child, mix, uniform, unit_of, word_of

# Ticks: beyond any run, and safe to add to.
_LONGEST = 1.0e18

FIXED, EXPONENTIAL, LOGNORMAL, GAMMA, WEIBULL, HYPEREXPONENTIAL, UNIFORM = range(7)

_BATCH = 512


@kernel
def gamma_of(key: Any, draw: Any, shape: Any) -> Any:
    """A gamma variate of mean `shape` and scale 1. Source: Marsaglia and Tsang (2000), boosted for shape < 1."""
    return _gamma(child(key, draw), shape)


@lean
def _gamma(own: Any, shape: Any) -> Any:
    boost = 1.0
    a = shape
    if shape < 1.0:
        boost = exp_of(log_of(uniform(own, 0)) / shape)
        a = shape + 1.0
    d = a - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    k = 1
    while True:
        x = normal_quantile(uniform(own, k))
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if log_of(uniform(own, k + 1)) < 0.5 * x * x + d - d * v + d * log_of(v):
                return boost * d * v
        k += 2


@kernel
def length_of(law: Any, row: Any, key: Any, draw: Any) -> Any:
    """A random length in ticks (float) by row `row` of the law table: code and three parameters."""
    return _length(law, row, word_of(key, draw))


@lean
def _length(law: Any, row: Any, word: Any) -> Any:
    code = int(law[row, 0])
    a, b, c = law[row, 1], law[row, 2], law[row, 3]
    if code == FIXED:
        return a
    if code == GAMMA:
        return b * _gamma(mix(word), a)
    u = unit_of(word)
    if code == LOGNORMAL:
        return exp_of(a + b * normal_quantile(u))
    if code == EXPONENTIAL:
        return -a * log_of(u)
    if code == WEIBULL:
        return a * exp_of(b * log_of(-log_of(u)))
    if code == HYPEREXPONENTIAL:
        return -b * log_of(u / a) if u < a else -c * log_of((1.0 - u) / (1.0 - a))
    return a + b * u


@kernel
def ticks_of(law: Any, row: Any, key: Any, draw: Any) -> Any:
    """A random length in whole ticks, nearest."""
    return _nearest(length_of(law, row, key, draw))


@inlined
def _nearest(length: Any) -> Any:
    return np.int64(math.floor(min(length, _LONGEST) + 0.5))


def settle(law: Any, row: Any, ticks: Any) -> Any:
    """Replace words in `ticks` (int64, the bits of `word_of`) by the ticks that `ticks_of` draws from them.

    row  int16 per entry: its row of the law table, -1 for an entry that stays as it is.
    """
    settle_words(law, row, ticks, np.empty((2, _BATCH), np.int64), np.empty((4, _BATCH)))


@entry
def settle_words(law: Any, row: Any, ticks: Any, places: Any, numbers: Any) -> Any:
    """`settle` with room for a batch: lognormal lengths, the most common, are drawn many at a time."""
    chosen, n = places[0], 0
    for i in range(len(row)):
        if row[i] < 0:
            continue
        if law[row[i], 0] != LOGNORMAL:
            ticks[i] = _nearest(_length(law, np.int64(row[i]), np.uint64(ticks[i])))
            continue
        chosen[n] = i
        n += 1
        if n == len(chosen):
            _settle_batch(law, row, ticks, chosen, n, places[1], numbers)
            n = 0
    _settle_batch(law, row, ticks, chosen, n, places[1], numbers)


@lean
def _settle_batch(law: Any, row: Any, ticks: Any, chosen: Any, n: Any, outer: Any, numbers: Any) -> Any:
    u, z = numbers[0], numbers[1]
    for k in range(n):
        u[k] = unit_of(np.uint64(ticks[chosen[k]]))
    for k in range(n):
        z[k] = central_quantile(u[k] - 0.5)
    _settle_outer(u, z, n, outer, numbers[2], numbers[3])
    for k in range(n):
        z[k] = law[row[chosen[k]], 1] + law[row[chosen[k]], 2] * z[k]
    for k in range(n):
        z[k] = exp_of(z[k])
    for k in range(n):
        ticks[chosen[k]] = _nearest(z[k])


@lean
def _settle_outer(u: Any, z: Any, n: Any, outer: Any, r: Any, found: Any) -> Any:
    many = 0
    for k in range(n):
        outer[many] = k
        r[many] = min(u[k], 1.0 - u[k])
        many += 1 if abs(u[k] - 0.5) > CENTRAL else 0
    for j in range(many):
        r[j] = math.sqrt(-log_of(r[j]))
    for j in range(many):
        found[j] = tail(r[j])
    for j in range(many):
        far = found[j] if r[j] <= FAR else far_tail(r[j])
        z[outer[j]] = -far if u[outer[j]] < 0.5 else far


def law_row(law: Law, tick_s: float) -> tuple[float, float, float, float]:
    """The table row of a law: its code and parameters, in ticks."""
    mean, cv = law.mean / tick_s, law.cv
    if mean <= 0.0 or law.name == "fixed":
        return FIXED, float(math.floor(mean + 0.5)), 0.0, 0.0
    if law.name == "exponential":
        return EXPONENTIAL, mean, 0.0, 0.0
    if law.name == "lognormal":
        variance = math.log1p(cv * cv)
        return LOGNORMAL, math.log(mean) - variance / 2.0, math.sqrt(variance), 0.0
    if law.name == "gamma":
        return GAMMA, 1.0 / cv**2, mean * cv**2, 0.0
    if law.name == "weibull":
        shape = weibull_shape(cv)
        return WEIBULL, mean / math.gamma(1.0 + 1.0 / shape), 1.0 / shape, 0.0
    if law.name == "hyperexponential":
        share = 0.5 * (1.0 + math.sqrt((cv**2 - 1.0) / (cv**2 + 1.0)))
        return HYPEREXPONENTIAL, share, mean / (2.0 * share), mean / (2.0 * (1.0 - share))
    half = mean * cv * math.sqrt(3.0)
    return UNIFORM, mean - half, 2.0 * half, 0.0


def weibull_shape(cv: float) -> float:
    """The shape of a Weibull law with this coefficient of variation (0.01 <= cv <= 100), by bisection."""
    low, high = 0.05, 200.0
    for _ in range(200):
        middle = math.sqrt(low * high)
        spread = math.exp(math.lgamma(1 + 2 / middle) - 2 * math.lgamma(1 + 1 / middle)) - 1
        low, high = (middle, high) if spread > cv * cv else (low, middle)
    return math.sqrt(low * high)
