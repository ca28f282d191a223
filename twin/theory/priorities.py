"""Queues with priority classes; the first class is the highest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.theory.erlang import mmc_means, wait_probability
from twin.theory.markov import random_environment_queue
from twin.theory.means import Array, require_positive, require_stable
from twin.theory.queues import Moments


def mg1_priority_waits(arrival_rates: Sequence[float], services: Sequence[Moments]) -> Array:
    """Mean wait of each class in M/G/1 under non-preemptive priorities.

    Raises ValueError if all classes together are unstable.
    Source: Cobham (1954), Priority assignment in waiting line problems.
    """
    before, upto, residual = _cumulative_loads(arrival_rates, services)
    return np.asarray(residual[-1] / ((1 - before) * (1 - upto)))


def mg1_preemptive_sojourns(arrival_rates: Sequence[float], services: Sequence[Moments]) -> Array:
    """Mean sojourn of each class in M/G/1 under preemptive-resume priorities.

    Raises ValueError if all classes together are unstable.
    Source: Kleinrock (1976), Queueing Systems vol. 2, ch. 3.
    """
    before, upto, residual = _cumulative_loads(arrival_rates, services)
    means = np.array([service.first for service in services])
    return np.asarray(means / (1 - before) + residual / ((1 - before) * (1 - upto)))


def _cumulative_loads(arrival_rates: Sequence[float], services: Sequence[Moments]) -> tuple[Array, Array, Array]:
    """Load of the classes above each class, of those and itself, and the residual work these bring."""
    if len(arrival_rates) != len(services) or min(arrival_rates) <= 0:
        raise ValueError("arrival_rates must be positive, one for each service")
    rates = np.array(arrival_rates)
    loads = rates * np.array([service.first for service in services])
    upto = np.cumsum(loads)
    require_stable(float(upto[-1]))
    residual = np.cumsum(rates * np.array([service.second for service in services])) / 2
    return np.concatenate([[0.0], upto[:-1]]), upto, residual


def mmc_priority_waits(arrival_rates: Sequence[float], service_rate: float, servers: int) -> Array:
    """Mean wait of each class in M/M/c under non-preemptive priorities, service rates being equal.

    Raises ValueError if all classes together are unstable.
    Source: Kella and Yechiali (1985), Waiting times in the non-preemptive priority M/M/c queue.
    """
    require_positive(service_rate=service_rate, servers=servers, lowest_arrival_rate=min(arrival_rates))
    upto = np.cumsum(arrival_rates) / (servers * service_rate)
    before = np.concatenate([[0.0], upto[:-1]])
    waits = wait_probability(sum(arrival_rates) / service_rate, servers)
    return np.asarray(waits / (servers * service_rate) / ((1 - before) * (1 - upto)))


def mmc_preemptive_sojourns(arrival_rates: Sequence[float], service_rate: float, servers: int) -> Array:
    """Mean sojourn of each class in M/M/c under preemptive-resume priorities, service rates being equal.

    Raises ValueError if all classes together are unstable.
    Source: Buzen and Bondi (1983), The response times of priority classes under preemptive resume in M/M/m queues.
    """
    require_positive(lowest_arrival_rate=min(arrival_rates))
    rates = np.array(arrival_rates)
    numbers = [mmc_means(float(rate), service_rate, servers).in_system for rate in np.cumsum(rates)]
    return np.asarray(np.diff(numbers, prepend=0.0) / rates)


@dataclass(frozen=True)
class TwoClasses:
    """Mean numbers in system and sojourns of a high and a low class."""

    high_in_system: float
    low_in_system: float
    high_sojourn: float
    low_sojourn: float


def mmc_preemptive_two_rates(
    high: tuple[float, float], low: tuple[float, float], servers: int
) -> TwoClasses:
    """Means of M/M/c under preemptive-resume priority of one class over another with another service rate.

    high, low  (arrival rate, service rate) of each class.
    The high class is the random environment of the low one; its number is cut where its tail is below 1e-17.
    Raises ValueError if both classes together are unstable.
    Source: Neuts (1981), Matrix-Geometric Solutions in Stochastic Models, for the method.
    """
    arrivals, rate = high
    means = mmc_means(arrivals, rate, servers)
    most = servers + int(np.ceil(np.log(1e-17) / np.log(means.utilisation)))
    number = np.arange(most + 1)
    environment = np.diag(np.full(most, arrivals), 1) + np.diag(rate * np.minimum(number[1:], servers), -1)
    environment -= np.diag(environment.sum(axis=1))
    free = np.maximum(servers - number, 0)
    service_rates = low[1] * np.minimum(np.arange(servers + 1)[:, None], free[None, :])
    queue = random_environment_queue(low[0], environment, service_rates)
    return TwoClasses(means.in_system, queue.mean_in_system, means.sojourn, queue.mean_in_system / low[0])
