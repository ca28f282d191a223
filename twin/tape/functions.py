"""Logarithm, exponential and normal quantile by arithmetic that gives the same bits anywhere.

They are spelled out in +, -, x, / so that no library version or processor decides a last bit.
"""

import math
from typing import Any

import numpy as np

from twin.compiled import inlined, kernel, lean

_LN2_HI, _LN2_LO = 0.693147180369123816490, 1.90821492927058770002e-10
_ROOT_HALF_BITS, _EXPONENT_BITS = np.int64(0x3FE6A09E667F3BCD), np.int64(-(1 << 52))
# A float of this size has no room for fractions, and its last bits count in ones.
_WHOLE, _WHOLE_BITS = 1.5 * 2.0**52, np.int64(0x4338000000000000)
# The normal quantile has one formula in the middle, one for the tails and one for what is far out.
CENTRAL, FAR = 0.425, 5.0


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
    return central_quantile(p - 0.5) if abs(p - 0.5) <= CENTRAL else outer_quantile(p)


@inlined
def central_quantile(q: Any) -> Any:
    """Normal quantile of q + 0.5, for |q| up to CENTRAL."""
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
def outer_quantile(p: Any) -> Any:
    """Normal quantile of a p further than CENTRAL from the middle."""
    r = math.sqrt(-log_of(min(p, 1.0 - p)))
    z = tail(r) if r <= FAR else far_tail(r)
    return -z if p < 0.5 else z


@inlined
def tail(r: Any) -> Any:
    """Normal quantile, without sign, of a tail whose probability is exp(-r * r), for r up to FAR."""
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
    return top / low


@lean
def far_tail(r: Any) -> Any:
    """As `tail`, for r beyond FAR."""
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
    return top / low
