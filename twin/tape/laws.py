"""Random lengths from their mean and coefficient of variation, by arithmetic that gives the same bits anywhere.

Logarithm, exponential and normal quantile are spelled out in +, -, x, / so that no library version or processor
decides a last bit.
"""

import math
from typing import Any

import numpy as np

from twin.compiled import entry, inlined, kernel, lean
from twin.spec.values import Law
from twin.tape.streams import child, mix, uniform, unit_of, word_of

# Ticks: beyond any run, and safe to add to.
_LONGEST = 1.0e18

FIXED, EXPONENTIAL, LOGNORMAL, GAMMA, WEIBULL, HYPEREXPONENTIAL, UNIFORM = range(7)

_LN2_HI, _LN2_LO = 0.693147180369123816490, 1.90821492927058770002e-10
_ROOT_HALF_BITS, _EXPONENT_BITS = np.int64(0x3FE6A09E667F3BCD), np.int64(-(1 << 52))
# A float of this size has no room for fractions, and its last bits count in ones.
_CENTRAL, _BATCH = 0.425, 512
_WHOLE, _WHOLE_BITS = 1.5 * 2.0**52, np.int64(0x4338000000000000)


@kernel
def log_of(x: Any) -> Any:
    """Natural logarithm of a positive number (not a subnormal one), relative error below 1e-13.

    The number is split into m x 2**e with m near 1; the series is that of the inverse hyperbolic tangent.
    """
    bits = np.float64(x).view(np.int64)
    above = bits - _ROOT_HALF_BITS
    e = np.int64((above >> 52) + _WHOLE_BITS).view(np.float64) - _WHOLE
    m = np.int64(bits - (above & _EXPONENT_BITS)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    z2 = z * z
    low = (1.0 / 3.0 + z * (1.0 / 5.0)) + z2 * (1.0 / 7.0 + z * (1.0 / 9.0))
    high = (1.0 / 11.0 + z * (1.0 / 13.0)) + z2 * (1.0 / 15.0 + z * (1.0 / 17.0 + z * (1.0 / 19.0)))
    return e * _LN2_HI + (2.0 * (s + s * z * (low + z2 * z2 * high)) + e * _LN2_LO)


@kernel
def exp_of(x: Any) -> Any:
    """Exponential of a number, taken as -700 or 700 beyond these; relative error below 1e-13 (power series)."""
    x = min(max(x, -700.0), 700.0)
    whole = x * 1.44269504088896340736 + _WHOLE
    k = whole - _WHOLE
    r = (x - k * _LN2_HI) - k * _LN2_LO
    r2 = r * r
    r4 = r2 * r2
    low = (1.0 + r) + r2 * (0.5 + r * (1.0 / 6.0))
    mid = (1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0 + r * (1.0 / 5040.0))
    high = (1.0 / 40320.0 + r * (1.0 / 362880.0)) + r2 * (1.0 / 3628800.0 + r * (1.0 / 39916800.0))
    power_of_two = np.int64((np.float64(whole).view(np.int64) + 1023) << 52).view(np.float64)
    return (low + r4 * (mid + r4 * high)) * power_of_two


@kernel
def normal_quantile(p: Any) -> Any:
    """Quantile of the standard normal law, relative error about 1e-15. Source: Wichura (1988), algorithm AS 241."""
    return _central_quantile(p - 0.5) if abs(p - 0.5) <= _CENTRAL else _outer_quantile(p)


@inlined
def _central_quantile(q: Any) -> Any:
    r = 0.180625 - q * q
    top = (
        (
            (
                (
                    ((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                    + 45921.953931549871457
                )
                * r
                + 13731.693765509461125
            )
            * r
            + 1971.5909503065514427
        )
        * r
        + 133.14166789178437745
    ) * r + 3.387132872796366608
    low = (
        (
            (
                (
                    ((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                    + 21213.794301586595867
                )
                * r
                + 5394.1960214247511077
            )
            * r
            + 687.1870074920579083
        )
        * r
        + 42.313330701600911252
    ) * r + 1.0
    return q * top / low


@lean
def _outer_quantile(p: Any) -> Any:
    r = math.sqrt(-log_of(min(p, 1.0 - p)))
    if r <= 5.0:
        r -= 1.6
        top = (
            (
                (
                    (
                        ((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                        + 1.27045825245236838258
                    )
                    * r
                    + 3.64784832476320460504
                )
                * r
                + 5.7694972214606914055
            )
            * r
            + 4.6303378461565452959
        ) * r + 1.42343711074968357734
        low = (
            (
                (
                    (
                        ((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                        + 0.14810397642748007459
                    )
                    * r
                    + 0.68976733498510000455
                )
                * r
                + 1.6763848301838038494
            )
            * r
            + 2.05319162663775882187
        ) * r + 1.0
    else:
        r -= 5.0
        top = (
            (
                (
                    (
                        ((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                        + 0.026532189526576123093
                    )
                    * r
                    + 0.29656057182850489123
                )
                * r
                + 1.7848265399172913358
            )
            * r
            + 5.4637849111641143699
        ) * r + 6.6579046435011037772
        low = (
            (
                (
                    (
                        ((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                        + 7.868691311456132591e-4
                    )
                    * r
                    + 0.0148753612908506148525
                )
                * r
                + 0.13692988092273580531
            )
            * r
            + 0.59983220655588793769
        ) * r + 1.0
    return -top / low if p < 0.5 else top / low


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
    settle_words(law, row, ticks, np.empty(_BATCH, np.int64), np.empty(_BATCH), np.empty(_BATCH))


@entry
def settle_words(law: Any, row: Any, ticks: Any, chosen: Any, u: Any, z: Any) -> Any:
    """`settle` with room for a batch: lognormal lengths, the most common, are drawn many at a time."""
    n = 0
    for i in range(len(row)):
        if row[i] < 0:
            continue
        if law[row[i], 0] != LOGNORMAL:
            ticks[i] = _nearest(_length(law, np.int64(row[i]), np.uint64(ticks[i])))
            continue
        chosen[n] = i
        n += 1
        if n == len(chosen):
            _settle_batch(law, row, ticks, chosen, n, u, z)
            n = 0
    _settle_batch(law, row, ticks, chosen, n, u, z)


@lean
def _settle_batch(law: Any, row: Any, ticks: Any, chosen: Any, n: Any, u: Any, z: Any) -> Any:
    for k in range(n):
        u[k] = unit_of(np.uint64(ticks[chosen[k]]))
    for k in range(n):
        z[k] = _central_quantile(u[k] - 0.5)
    for k in range(n):
        if abs(u[k] - 0.5) > _CENTRAL:
            z[k] = _outer_quantile(u[k])
        z[k] = law[row[chosen[k]], 1] + law[row[chosen[k]], 2] * z[k]
    for k in range(n):
        z[k] = exp_of(z[k])
    for k in range(n):
        ticks[chosen[k]] = _nearest(z[k])


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
