"""How fast an error budget burns: running totals of what users lost, and when an alert on them fires, exactly."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Burn(NamedTuple):
    """Ticks lost since the first cut, at each cut; linear in between and nothing before. Both float64, equal length."""

    cuts: Array
    total: Array

    def until(self, at: Array) -> Array:
        """Ticks lost before each tick."""
        return np.asarray(np.interp(at, self.cuts, self.total))

    def reaches(self, amount: float) -> float:
        """First tick at which that much has been lost; inf if it never is."""
        if amount > self.total[-1]:
            return float("inf")
        k = int(np.searchsorted(self.total, amount, side="left"))
        if k == 0:
            return float(self.cuts[0])
        low, high = self.total[k - 1], self.total[k]
        return float(self.cuts[k - 1] + (self.cuts[k] - self.cuts[k - 1]) * (amount - low) / (high - low))


def burn_of(cuts: Array, lost: Array) -> Burn:
    """The running total of `lost`, ticks per segment between the cuts."""
    return Burn(np.asarray(cuts, np.float64), np.concatenate([[0.0], np.cumsum(lost)]))


def firing(burn: Burn, windows: tuple[float, float], limits: tuple[float, float]) -> Array:
    """Spans [from, to] in which more than its limit was lost in each of both windows before, shape (n, 2), in order.

    windows, limits  ticks. Between the corners of both running sums everything is linear, so the ends are exact.
    Source: Beyer et al. (2018), The Site Reliability Workbook, chapter 5, multi-window burn-rate alerts.
    """
    corners = np.unique(np.concatenate([burn.cuts, *(burn.cuts + window for window in windows)]))
    corners = corners[corners <= burn.cuts[-1]]
    low, high = corners[:-1].copy(), corners[1:].copy()
    for window, limit in zip(windows, limits, strict=True):
        begin, end = _above(corners, burn.until(corners) - burn.until(corners - window), limit)
        low, high = np.maximum(low, begin), np.minimum(high, end)
    is_on = low < high
    joins = np.append(is_on[1:] & is_on[:-1] & (low[1:] == high[:-1]), False)
    starts = is_on & ~np.concatenate([[False], joins[:-1]])
    return np.stack([low[starts], high[is_on & ~joins]], axis=1)


def _above(corners: Array, value: Array, limit: float) -> tuple[Array, Array]:
    """Part [from, to] of each segment in which a piecewise linear value is above the limit; from > to for none."""
    left, right = value[:-1], value[1:]
    rise = np.where(right == left, 1.0, right - left)
    crossing = corners[:-1] + np.diff(corners) * (limit - left) / rise
    begin = np.where(left > limit, corners[:-1], np.where(right > limit, crossing, np.inf))
    end = np.where(right > limit, corners[1:], np.where(left > limit, crossing, -np.inf))
    return begin, end
