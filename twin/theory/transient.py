"""Queues that change with the time of day or start empty."""

import cmath
import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import gammainc

from twin.theory.markov import generator_of, uniformise
from twin.theory.means import largest_poisson, require_positive
from twin.theory.queues import Transform


@dataclass(frozen=True)
class SinusoidalLoad:
    """Periodic Poisson mean of the number busy in Mt/G/inf; extremes come `lag` after those of the arrivals."""

    mean: float
    amplitude: float
    lag: float
    period: float

    def at(self, t: float) -> float:
        """Mean number busy at time t."""
        return self.mean + self.amplitude * math.sin(2 * math.pi * (t - self.lag) / self.period)


def sinusoidal_load(
    base_rate: float, swing_rate: float, period: float, mean_service: float, service: Transform
) -> SinusoidalLoad:
    """Periodic mean number busy in Mt/G/inf with arrival rate base + swing x sin(2 pi t / period).

    service  Laplace-Stieltjes transform of the service time.
    Raises ValueError unless 0 <= swing_rate <= base_rate.
    Source: Eick, Massey and Whitt (1993), Mt/G/inf queues with sinusoidal arrival rates.
    """
    require_positive(period=period, mean_service=mean_service)
    if not 0 <= swing_rate <= base_rate:
        raise ValueError(f"swing_rate must lie between 0 and base_rate, got {swing_rate}")
    turn = 2j * math.pi / period
    response = (1 - service(turn)) / turn
    lag = (-cmath.phase(response) * period / (2 * math.pi)) % period
    return SinusoidalLoad(base_rate * mean_service, swing_rate * abs(response), lag, period)


@dataclass(frozen=True)
class QueueDay:
    """Expected measures of a day that starts empty; levels and waits are of the day's arrivals."""

    service_level: float
    wait: float
    occupancy: float
    served_in_limit: float


def mmc_day(arrival_rate: float, service_rate: float, servers: int, length: float, wait_limit: float) -> QueueDay:
    """Expected measures over [0, length] of M/M/c/inf/FCFS that starts empty.

    Stable or not; the number in system is cut where the number of all arrivals has a tail below 1e-16.
    Source: uniformisation (Jensen 1953), with arrivals seeing time averages (Wolff 1982).
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers, length=length)
    most = _largest_number(arrival_rate, service_rate, servers, length)
    number = np.arange(most + 1)
    busy = np.minimum(number, servers)
    up, down = np.full(most, float(arrival_rate)), float(service_rate) * busy[1:]
    generator = generator_of(sparse.diags_array([up, down], offsets=[1, -1]).tocsr())
    start = np.eye(1, most + 1)[0]
    share = uniformise(start, generator, length)[1] / length
    capacity, ahead = servers * service_rate, number - servers + 1
    in_limit = np.where(ahead > 0, gammainc(np.maximum(ahead, 1), capacity * wait_limit), 1.0)
    level = float(share @ in_limit)
    return QueueDay(level, float(share @ np.maximum(ahead, 0)) / capacity, float(share @ busy) / servers,
                    arrival_rate * length * level)


def _largest_number(arrival_rate: float, service_rate: float, servers: int, length: float) -> int:
    """A number in system exceeded with probability below 1e-16, by arrivals or by the stationary tail."""
    by_arrivals = largest_poisson(arrival_rate * length)
    load = arrival_rate / (servers * service_rate)
    if load >= 1:
        return by_arrivals
    by_tail = largest_poisson(arrival_rate / service_rate) + servers + math.ceil(math.log(1e-17, load))
    return min(by_arrivals, by_tail)
