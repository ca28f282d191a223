"""Numbers that no measure gives, read from the event log: variances, quantiles of waits, counts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.eventlog.schema import ABANDONED, OPENED, RESOLVED, STARTED
from twin.spec.scenario import Scenario

Array = NDArray[Any]


def instants(log: EventLog, code: int) -> Array:
    """The tick at which the event first happened to each ticket, -1 for never."""
    at = np.full(len(log.ticket_class), -1, np.int64)
    rows = np.flatnonzero(log.event == code)[::-1]
    at[log.entity[rows]] = log.at[rows]
    return at


class Stays:
    """Waits and sojourns of the tickets that open in measured time, in units of time; tickets with one visit only."""

    def __init__(self, log: EventLog, scenario: Scenario, unit_s: float) -> None:
        clock = scenario.clock
        opened = instants(log, OPENED)
        is_measured = (opened >= clock.ticks(clock.warm_up)) & (opened < clock.horizon_ticks)
        begun, gone = instants(log, STARTED)[is_measured], instants(log, ABANDONED)[is_measured]
        done, opened = instants(log, RESOLVED)[is_measured], opened[is_measured]
        per_unit = unit_s / clock.tick
        self.is_gone, self.kind = gone >= 0, log.ticket_class[is_measured]
        self.wait = (np.where(self.is_gone, gone, begun) - opened) / per_unit
        self.sojourn = (done - opened) / per_unit


def ratio(top: Any, bottom: Any) -> list[float]:
    """A numerator and its denominator."""
    return [float(top), float(bottom)]


class Spread:
    """Reader of quantiles of the wait and second moments about known means: of wait, sojourn, number in system."""

    def __init__(self, unit_s: float, quantiles: Sequence[float], wait: float, sojourn: float, number: float) -> None:
        self.unit_s, self.quantiles, self.means = unit_s, tuple(quantiles), (wait, sojourn, number)

    def __call__(self, log: EventLog, scenario: Scenario) -> Array:
        """Quantiles of the wait, then the three second moments."""
        stays = Stays(log, scenario, self.unit_s)
        ranks = np.quantile(stays.wait, np.array(self.quantiles), method="inverted_cdf")
        pairs = [ratio(value, 1) for value in ranks]
        for values, mean in zip((stays.wait, stays.sojourn), self.means[:2], strict=True):
            pairs.append(ratio(np.square(values - mean).sum(), len(values)))
        return np.array([*pairs, self._number(log, scenario)])

    def _number(self, log: EventLog, scenario: Scenario) -> list[float]:
        begin, end = scenario.clock.ticks(scenario.clock.warm_up), scenario.clock.horizon_ticks
        rows = np.flatnonzero((log.event == OPENED) | (log.event == RESOLVED))
        at = np.clip(log.at[rows], begin, end)
        number = np.cumsum(np.where(log.event[rows] == OPENED, 1, -1))
        lengths = np.diff(np.append(at, end))
        return ratio((np.square(number - self.means[2]) * lengths).sum(), end - begin)


class Patience:
    """Reader of what callers met within a wait limit: (abandoned | waited), (wait | waited), and shares of all."""

    def __init__(self, unit_s: float, limit: float) -> None:
        self.unit_s, self.limit = unit_s, limit

    def __call__(self, log: EventLog, scenario: Scenario) -> Array:
        """Abandoned and wait per caller who waited; served, abandoned, waiting within the limit per caller; served
        within it per caller served; the same per caller who did not abandon within it."""
        stays = Stays(log, scenario, self.unit_s)
        waited, n, gone = stays.wait > 0, len(stays.wait), stays.is_gone
        served_in = (~gone & (stays.wait <= self.limit)).sum()
        gone_in = (gone & (stays.wait <= self.limit)).sum()
        return np.array([
            ratio((gone & waited).sum(), waited.sum()), ratio(stays.wait.sum(), waited.sum()),
            ratio(served_in, n), ratio(gone_in, n), ratio(n - served_in - gone_in, n),
            ratio(served_in, n - gone.sum()), ratio(served_in, n - gone_in),
        ])  # fmt: skip


class AbandonedByClass:
    """Reader of the share of each class that abandons."""

    def __call__(self, log: EventLog, scenario: Scenario) -> Array:
        """One ratio per class."""
        stays = Stays(log, scenario, 1.0)
        kinds = range(len(scenario.demand.tickets))
        return np.array([ratio((stays.is_gone & (stays.kind == k)).sum(), (stays.kind == k).sum()) for k in kinds])


class OpenAt:
    """Reader of how many tickets are open at given times of every measured period, about known means.

    Numbers: the mean at each time, then the second moment about the known mean over that mean.
    """

    def __init__(self, period_s: float, times_s: Sequence[float], means: Sequence[float]) -> None:
        self.period_s, self.times_s, self.means = period_s, np.array(times_s), np.array(means)

    def __call__(self, log: EventLog, scenario: Scenario) -> Array:
        """Shape (2 x times, 2)."""
        clock = scenario.clock
        first = round(clock.warm_up / self.period_s)
        starts = np.arange(first, round(clock.horizon / self.period_s)) * self.period_s
        rows = np.flatnonzero((log.event == OPENED) | (log.event == RESOLVED))
        number = np.concatenate([[0], np.cumsum(np.where(log.event[rows] == OPENED, 1, -1))])
        moments = (starts[:, np.newaxis] + self.times_s) / clock.tick
        counts = number[np.searchsorted(log.at[rows], moments)]
        scatter = np.square(counts - self.means).sum(axis=0) / self.means
        return np.array([ratio(top, len(starts)) for top in (*counts.sum(axis=0), *scatter)])


class DailyCount:
    """Reader of the second moment of the tickets per day about a known mean."""

    def __init__(self, mean: float) -> None:
        self.mean = mean

    def __call__(self, log: EventLog, scenario: Scenario) -> Array:
        """Mean and second moment, shape (2, 2)."""
        per_day = 86_400 / scenario.clock.tick
        days = round(scenario.clock.horizon / 86_400)
        count = np.bincount((log.at[log.event == OPENED] / per_day).astype(np.int64), minlength=days)
        return np.array([ratio(count.sum(), days), ratio(np.square(count - self.mean).sum(), days)])
