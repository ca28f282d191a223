"""Ageing and maintenance, detection, support hours and changes as causes of downtime."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import gamma, gammainc

from twin.theory.markov import explore, stationary
from twin.theory.means import require_positive, require_ratio


@dataclass(frozen=True)
class Rejuvenation:
    """Long-run shares of time failed and rejuvenating."""

    failed: float
    rejuvenating: float

    @property
    def availability(self) -> float:
        """Long-run share of time in service."""
        return 1 - self.failed - self.rejuvenating


def rejuvenation(
    mean_robust: float, mean_to_failure: float, mean_repair: float, mean_rejuvenation: float, rejuvenation_rate: float
) -> Rejuvenation:
    """Long-run shares of an ageing program: robust, then failure-probable until it fails or is rejuvenated.

    rejuvenation_rate  from the failure-probable state; zero for none.
    Source: Huang, Kintala, Kolettis and Fulton (1995), Software rejuvenation: analysis, module and applications.
    """
    require_positive(mean_robust=mean_robust, mean_to_failure=mean_to_failure, mean_repair=mean_repair,
                     mean_rejuvenation=mean_rejuvenation)
    if rejuvenation_rate < 0:
        raise ValueError(f"rejuvenation_rate must not be negative, got {rejuvenation_rate}")

    def moves(state: str) -> Iterator[tuple[str, float]]:
        rates = {
            "robust": [("probable", 1 / mean_robust)],
            "probable": [("failed", 1 / mean_to_failure), ("rejuvenating", rejuvenation_rate)],
            "failed": [("robust", 1 / mean_repair)],
            "rejuvenating": [("robust", 1 / mean_rejuvenation)],
        }
        yield from rates[state]

    states, generator = explore("robust", moves)
    law = dict(zip(states, stationary(generator).tolist(), strict=True))
    return Rejuvenation(law["failed"], law.get("rejuvenating", 0.0))


@dataclass(frozen=True)
class AgeReplacement:
    """A Weibull-ageing unit renewed on failure or, earlier, at a set age; each renewal takes its downtime.

    Source: Barlow and Hunter (1960), Optimum preventive maintenance policies.
    """

    shape: float
    scale: float
    failure_downtime: float
    planned_downtime: float

    def __post_init__(self) -> None:
        require_positive(shape=self.shape, scale=self.scale, failure_downtime=self.failure_downtime,
                         planned_downtime=self.planned_downtime)

    def failure_probability(self, age: float) -> float:
        """Probability that a unit fails before this age."""
        return -math.expm1(-math.pow(age / self.scale, self.shape))

    def mean_up(self, age: float = math.inf) -> float:
        """Expected time in service until the renewal."""
        whole = self.scale * float(gamma(1 + 1 / self.shape))
        return whole * float(gammainc(1 / self.shape, (age / self.scale) ** self.shape))

    def availability(self, age: float = math.inf) -> float:
        """Long-run share of time up when renewed at this age; without an age, on failure only."""
        up = self.mean_up(age)
        return up / (up + self._mean_downtime(age))

    def _mean_downtime(self, age: float) -> float:
        fails = self.failure_probability(age)
        return fails * self.failure_downtime + (1 - fails) * self.planned_downtime

    def best_age(self) -> float:
        """Age of planned renewal that maximises availability; infinite if no planned renewal pays."""
        extra = self.failure_downtime - self.planned_downtime
        if self.shape <= 1 or extra <= 0:
            return math.inf

        def gain(age: float) -> float:
            hazard = self.shape / self.scale * math.pow(age / self.scale, self.shape - 1)
            return hazard * extra * self.mean_up(age) - self._mean_downtime(age)

        upper = self.scale
        while gain(upper) < 0:
            upper *= 2
        return float(brentq(gain, 0.0, upper, xtol=1e-12 * upper, rtol=1e-14))


def mean_detection_delay(mean_up: float, interval: float) -> float:
    """Expected time from an exponential failure to the next periodic check, the clock starting with the unit.

    Source: renewal argument; Barlow and Proschan (1965), Mathematical Theory of Reliability, ch. 4.
    """
    require_positive(mean_up=mean_up, interval=interval)
    return -interval / math.expm1(-interval / mean_up) - mean_up


@dataclass(frozen=True)
class SupportCalendar:
    """Working windows (start, end) that repeat with a period, sorted and disjoint, in one unit of time.

    Source: definitions, averaged over a failure uniform in the period.
    """

    windows: Sequence[tuple[float, float]]
    period: float = 168.0

    def __post_init__(self) -> None:
        edges = [edge for window in self.windows for edge in window]
        if not edges or edges != sorted(edges) or edges[0] < 0 or edges[-1] > self.period:
            raise ValueError("windows must be sorted, disjoint and inside the period")
        require_positive(shortest_window=min(end - start for start, end in self.windows))

    @property
    def working_time(self) -> float:
        """Working time in one period."""
        return sum(end - start for start, end in self.windows)

    @property
    def _gaps(self) -> list[float]:
        """Time off after each window."""
        starts = [*(start for start, _ in self.windows[1:]), self.windows[0][0] + self.period]
        return [start - end for (_, end), start in zip(self.windows, starts, strict=True)]

    def mean_acknowledge_delay(self) -> float:
        """Expected time until somebody works."""
        return sum(gap**2 for gap in self._gaps) / (2 * self.period)

    def mean_elapsed(self, mean_effort: float) -> float:
        """Expected time until an exponential effort, worked in the windows only, is done."""
        require_positive(mean_effort=mean_effort)
        first = self._one_period(mean_effort, 0.0)[0] / -math.expm1(-self.working_time / mean_effort)
        return self._one_period(mean_effort, first)[1] / self.period

    def _one_period(self, mean_effort: float, following: float) -> tuple[float, float]:
        """Expected time from the first window's start, and its integral, given that of the next period."""
        total = 0.0
        for (start, end), gap in zip(reversed(self.windows), reversed(self._gaps), strict=True):
            lasts = math.exp((start - end) / mean_effort)
            excess = following + gap - mean_effort
            total += gap * (following + gap / 2) + mean_effort * (end - start + excess * (1 - lasts))
            following = mean_effort + excess * lasts
        return following, total


@dataclass(frozen=True)
class ChangeDowntime:
    """Downtime that failed changes cause within a horizon."""

    mean: float
    sd: float
    none_probability: float


def change_downtime(changes: int, failure_ratio: float, mean_outage: float, outage_cv: float) -> ChangeDowntime:
    """Downtime of a number of changes, each failing independently with an outage of given mean and cv.

    Source: Feller (1968), An Introduction to Probability Theory, vol. 1, ch. XII (compound distributions).
    """
    require_positive(changes=changes, mean_outage=mean_outage)
    require_ratio(failure_ratio=failure_ratio)
    mean = failure_ratio * mean_outage
    second = failure_ratio * mean_outage**2 * (1 + outage_cv**2)
    return ChangeDowntime(changes * mean, math.sqrt(changes * (second - mean**2)), (1 - failure_ratio) ** changes)
