"""Availability of repairable units: alternation, redundancy, repair crews, standby, common cause."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, gamma, poisson

from twin.theory.markov import birth_death, explore, stationary
from twin.theory.means import Array, largest_poisson, require_positive, require_ratio


@dataclass(frozen=True)
class AlternatingUnit:
    """A unit that is up at time zero, then alternates between exponential up and down times.

    Source: Takacs (1957), On certain sojourn time problems in the theory of stochastic processes; Barlow and
    Proschan (1975), Statistical Theory of Reliability and Life Testing.
    """

    mean_up: float
    mean_down: float

    def __post_init__(self) -> None:
        require_positive(mean_up=self.mean_up, mean_down=self.mean_down)

    @property
    def availability(self) -> float:
        """Long-run share of time up."""
        return self.mean_up / (self.mean_up + self.mean_down)

    @property
    def downtime_variance_rate(self) -> float:
        """Limit of the variance of the downtime in [0, t], over t."""
        return 2 * self.mean_up**2 * self.mean_down**2 / (self.mean_up + self.mean_down) ** 3

    @property
    def _relaxation(self) -> float:
        return 1 / self.mean_up + 1 / self.mean_down

    def availability_at(self, t: float) -> float:
        """Probability of being up at time t."""
        return self.availability + (1 - self.availability) * math.exp(-self._relaxation * t)

    def mean_downtime(self, t: float) -> float:
        """Expected downtime in [0, t]."""
        rate = self._relaxation
        return (1 - self.availability) * (t + math.expm1(-rate * t) / rate)

    def sd_downtime(self, t: float) -> float:
        """Standard deviation of the downtime in [0, t]."""
        rate, down = self._relaxation, 1 - self.availability
        faded = -math.expm1(-rate * t) / rate
        both_down = down * (t**2 / 2 - (t - faded) / rate)
        relapse = self.availability * (t - 2 * faded + t * math.exp(-rate * t)) / rate
        return math.sqrt(2 * down * (both_down + relapse) - self.mean_downtime(t) ** 2)

    def downtime_cdf(self, t: float, limit: float) -> float:
        """Probability that the downtime in [0, t] is at most limit."""
        if limit < 0 or t <= limit:
            return float(t <= limit)
        exposure = (t - limit) / self.mean_up
        failures = np.arange(1, largest_poisson(exposure) + 1)
        repaired = poisson.pmf(failures, exposure) @ gamma.cdf(limit, failures, scale=self.mean_down)
        return float(math.exp(-exposure) + repaired)

    def meet_probability(self, t: float, target: float) -> float:
        """Probability that the availability over [0, t] reaches the target ratio."""
        require_ratio(target=target)
        return self.downtime_cdf(t, (1 - target) * t)


@dataclass(frozen=True)
class RepairCrew:
    """Identical units, all in use, that fail while up and wait for one of several repair crews.

    Source: Palm (1947), The distribution of repairmen in servicing automatic machines; Trivedi (2002), Probability
    and Statistics with Reliability, Queuing and Computer Science Applications, 2nd ed., ch. 8.
    """

    units: int
    mean_up: float
    mean_repair: float
    crews: int

    def __post_init__(self) -> None:
        require_positive(units=self.units, mean_up=self.mean_up, mean_repair=self.mean_repair, crews=self.crews)

    @property
    def down_law(self) -> Array:
        """Probabilities of 0..units units down."""
        down = np.arange(self.units + 1)
        return birth_death((self.units - down[:-1]) / self.mean_up,
                           np.minimum(down[1:], self.crews) / self.mean_repair)

    @property
    def mean_units_down(self) -> float:
        """Expected number of units down, in repair or waiting for it."""
        return float(self.down_law @ np.arange(self.units + 1))

    @property
    def mean_queue(self) -> float:
        """Expected number of units that wait for a crew."""
        return float(self.down_law @ np.maximum(np.arange(self.units + 1) - self.crews, 0))

    @property
    def failure_rate(self) -> float:
        """Unit failures per unit of time."""
        return (self.units - self.mean_units_down) / self.mean_up

    @property
    def crew_utilisation(self) -> float:
        """Share of time that a crew works."""
        return (self.mean_units_down - self.mean_queue) / self.crews

    def availability(self, needed: int) -> float:
        """Probability that at least `needed` units are up."""
        return float(self.down_law[: self.units - needed + 1].sum())

    def outage_rate(self, needed: int) -> float:
        """Outages of the k-of-n system per unit of time."""
        if not 1 <= needed <= self.units:
            raise ValueError(f"needed must lie in 1..{self.units}, got {needed}")
        return float(self.down_law[self.units - needed] * needed / self.mean_up)


@dataclass(frozen=True)
class StandbyPair:
    """Unavailability of an active and hot-standby pair, split by cause."""

    failover: float
    uncovered: float
    double: float

    @property
    def availability(self) -> float:
        """Long-run share of time in service."""
        return 1 - (self.failover + self.uncovered + self.double)


def standby_pair(
    mean_up: float, mean_repair: float, coverage: float, mean_failover: float, mean_manual: float
) -> StandbyPair:
    """Unavailability by cause of an active unit with a hot standby and one repair crew.

    coverage       probability that a failure of the active unit is noticed and failed over by itself.
    mean_failover  outage of a covered failure; mean_manual that of an uncovered one, in the unit of mean_up.
    Source: Trivedi and Bobbio (2017), Reliability and Availability Engineering, ch. 10.
    """
    require_positive(mean_up=mean_up, mean_repair=mean_repair, mean_failover=mean_failover, mean_manual=mean_manual)
    require_ratio(coverage=coverage)
    fail, repair = 1 / mean_up, 1 / mean_repair

    def moves(state: str) -> Iterator[tuple[str, float]]:
        rates = {
            "both": [("failover", coverage * fail), ("manual", (1 - coverage) * fail), ("single", fail)],
            "failover": [("single", 1 / mean_failover)],
            "manual": [("single", 1 / mean_manual)],
            "single": [("none", fail), ("both", repair)],
            "none": [("single", repair)],
        }
        yield from rates[state]

    states, generator = explore("both", moves)
    law = dict(zip(states, stationary(generator).tolist(), strict=True))
    return StandbyPair(law.get("failover", 0.0), law.get("manual", 0.0), law["none"])


def common_cause_unavailability(mean_up: float, mean_repair: float, common_ratio: float) -> float:
    """Unavailability of two parallel units, each with a crew, a share of whose failures takes both at once.

    common_ratio  the beta factor; 0 gives independent units.
    Source: Fleming (1975), the beta factor; IEC 61508-6 (2010), annex D.
    """
    require_positive(mean_up=mean_up, mean_repair=mean_repair)
    require_ratio(common_ratio=common_ratio)
    fail, repair = 1 / mean_up, 1 / mean_repair

    def moves(down: int) -> Iterator[tuple[int, float]]:
        if down == 0:
            yield 1, 2 * (1 - common_ratio) * fail
            yield 2, common_ratio * fail
        elif down == 1:
            yield 2, fail
            yield 0, repair
        else:
            yield 1, 2 * repair

    states, generator = explore(0, moves)
    return float(stationary(generator)[states.index(2)])


def k_of_n_availability(needed: int, units: int, availability: float) -> float:
    """Probability that at least `needed` of independent, equally available units are up.

    Source: Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing.
    """
    require_ratio(availability=availability)
    if not 1 <= needed <= units:
        raise ValueError(f"needed must lie in 1..{units}, got {needed}")
    return float(binom.sf(needed - 1, units, availability))


def series_availability(blocks: Sequence[float]) -> float:
    """Availability of independent blocks that are all needed.

    Source: Barlow and Proschan (1975), Statistical Theory of Reliability and Life Testing.
    """
    require_ratio(**{f"block {number}": value for number, value in enumerate(blocks)})
    return math.prod(blocks)
