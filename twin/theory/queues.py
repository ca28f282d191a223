"""Single-server queues with general service or general arrivals."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gamma
from scipy.stats import poisson

from twin.theory.means import Array, QueueMeans, means_from_wait, quantile_of, require_positive, require_stable

Transform = Callable[[complex], complex]


@dataclass(frozen=True)
class Moments:
    """First three raw moments of a service time."""

    first: float
    second: float
    third: float

    @property
    def variance(self) -> float:
        """Second central moment."""
        return self.second - self.first**2


def exponential_moments(mean: float) -> Moments:
    """Raw moments of an exponential law."""
    return Moments(mean, 2 * mean**2, 6 * mean**3)


def deterministic_moments(value: float) -> Moments:
    """Raw moments of a constant."""
    return Moments(value, value**2, value**3)


def lognormal_moments(mean: float, cv: float) -> Moments:
    """Raw moments of the lognormal law with this mean and coefficient of variation."""
    spread = 1 + cv**2
    return Moments(mean, mean**2 * spread, mean**3 * spread**3)


def weibull_moments(shape: float, scale: float) -> Moments:
    """Raw moments of a Weibull law."""
    first, second, third = (scale**order * float(gamma(1 + order / shape)) for order in (1, 2, 3))
    return Moments(first, second, third)


@dataclass(frozen=True)
class WaitMoments:
    """Means of a queue, with the variances of its wait and sojourn."""

    means: QueueMeans
    wait_variance: float
    sojourn_variance: float


def mg1(arrival_rate: float, service: Moments) -> WaitMoments:
    """Stationary means and variances of M/G/1/inf/FCFS.

    Raises ValueError if the queue is unstable.
    Source: Pollaczek (1930) and Khinchine (1932) for the means; Takacs (1962), Introduction to the Theory of Queues.
    """
    require_positive(arrival_rate=arrival_rate, mean_service=service.first)
    spare = 1 - arrival_rate * service.first
    require_stable(1 - spare)
    wait = arrival_rate * service.second / (2 * spare)
    variance = wait**2 + arrival_rate * service.third / (3 * spare)
    means = means_from_wait(arrival_rate, service.first, 1, wait)
    return WaitMoments(means, variance, variance + service.variance)


def md1_wait_cdf(arrival_rate: float, service: float, t: float) -> float:
    """Probability of a wait of at most t in M/D/1/inf/FCFS.

    Raises ValueError if the queue is unstable.
    Source: Crommelin (1932); in the cancellation-free form of Franx (2001), A simple solution for the M/D/c
    waiting time distribution.
    """
    require_positive(arrival_rate=arrival_rate, service=service)
    load = arrival_rate * service
    require_stable(load)
    if t < 0:
        return 0.0
    blocks = math.floor(t / service) + 1
    at_most = np.cumsum(_md1_number_law(load, blocks + 1))[1:]
    recent = poisson.pmf(np.arange(blocks), arrival_rate * (blocks * service - t))
    return min(1.0, float(recent @ at_most[::-1]))


def _md1_number_law(load: float, size: int) -> Array:
    """First probabilities of the number in system in M/D/1, by level crossings at departures."""
    none, tails = math.exp(-load), poisson.sf(np.arange(size), load)
    law = np.zeros(size)
    law[0] = 1 - load
    for level in range(size - 1):
        law[level + 1] = (law[0] * tails[level] + law[1 : level + 1] @ tails[level:0:-1]) / none
    return law


def md1_wait_quantile(arrival_rate: float, service: float, level: float) -> float:
    """Smallest t with P(wait <= t) >= level in M/D/1/inf/FCFS; add the service time for the sojourn.

    Raises ValueError if the queue is unstable.
    Source: Tijms (2003), A First Course in Stochastic Models, ch. 9.
    """
    return quantile_of(lambda t: md1_wait_cdf(arrival_rate, service, t), level, service)


def exponential_transform(mean: float) -> Transform:
    """Laplace-Stieltjes transform of an exponential law."""
    return lambda s: 1 / (1 + mean * s)


def deterministic_transform(value: float) -> Transform:
    """Laplace-Stieltjes transform of a constant."""
    return lambda s: complex(np.exp(-value * s))


def erlang_transform(phases: int, mean: float) -> Transform:
    """Laplace-Stieltjes transform of an Erlang law with this many phases."""
    return lambda s: (1 + mean * s / phases) ** -phases


@dataclass(frozen=True)
class GiM1:
    """Stationary law of GI/M/1: an arrival waits with probability root, the sojourn is exponential."""

    root: float
    means: QueueMeans

    def sojourn_quantile(self, level: float) -> float:
        """Time that a share `level` of sojourns does not exceed."""
        return -self.means.sojourn * math.log(1 - level)


def gim1(arrival_rate: float, interarrival: Transform, service_rate: float) -> GiM1:
    """Stationary law of GI/M/1/inf/FCFS.

    interarrival  Laplace-Stieltjes transform of the interarrival time, of mean 1 / arrival_rate.
    Raises ValueError if the queue is unstable.
    Source: Kleinrock (1975), Queueing Systems vol. 1, ch. 6.
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate)
    utilisation = arrival_rate / service_rate
    require_stable(utilisation)

    def excess(root: float) -> float:
        return interarrival(service_rate * (1 - root)).real - root

    gap = 0.5 * (1 - utilisation)
    while excess(1 - gap) >= 0:
        gap /= 2
    root = float(brentq(excess, 0.0, 1 - gap, xtol=1e-15, rtol=1e-14))
    wait = root / (service_rate * (1 - root))
    return GiM1(root, means_from_wait(arrival_rate, 1 / service_rate, 1, wait))


def batch_mm1(batch_rate: float, batch_sizes: Sequence[tuple[int, float]], service_rate: float) -> QueueMeans:
    """Stationary means per customer of M^X/M/1/inf/FCFS.

    batch_sizes  (size, probability) pairs that sum to one.
    Raises ValueError if the queue is unstable.
    Source: Gross and Harris (1998), Fundamentals of Queueing Theory, 3rd ed., sec. 3.1.
    """
    require_positive(batch_rate=batch_rate, service_rate=service_rate)
    if abs(sum(share for _, share in batch_sizes) - 1) > 1e-9:
        raise ValueError("the probabilities of batch_sizes must sum to one")
    first = sum(size * share for size, share in batch_sizes)
    second = sum(size**2 * share for size, share in batch_sizes)
    utilisation = batch_rate * first / service_rate
    require_stable(utilisation)
    in_system = batch_rate * (second + first) / (2 * service_rate * (1 - utilisation))
    return means_from_wait(batch_rate * first, 1 / service_rate, 1, in_system / (batch_rate * first) - 1 / service_rate)
