"""Processor sharing, bounded lines, and caches: closed forms the requests engine is held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shared:
    """Sojourn in M/M/c under processor sharing: mean, variance, and the tail on a grid of times."""

    mean: float
    variance: float
    times: Array
    tail: Array

    def quantile(self, p: float) -> float:
        """The time that a share p of the jobs does not exceed."""
        return float(np.interp(-np.log(1.0 - p), -np.log(self.tail), self.times))


def shared_cores(arrival_rate: float, service_rate: float, cores: int, most: int = 400) -> Shared:
    """Sojourn of a job in M/M/c-PS: every job gets an equal share, at most one core.

    A tagged job among n others leaves at rate mu min(1, c / (n + 1)); the others come and go. The tail is that of this
    chain, cut at `most` jobs, by uniformisation.
    Raises ValueError if the cores are saturated. Source: Coffman, Muntz, Trotter (1970), JACM 17(1), for one core.
    """
    if arrival_rate >= cores * service_rate:
        raise ValueError("the cores are saturated; lower the rate or add cores")
    others = np.arange(most)
    share = np.minimum(1.0, cores / (others + 1.0)) * service_rate
    up, down = np.where(others + 1 < most, arrival_rate, 0.0), others * share
    present = _stationary(arrival_rate, service_rate, cores, most)
    generator = np.diag(-(up + down + share)) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)
    once = np.linalg.solve(-generator, np.ones(most))
    twice = np.linalg.solve(-generator, once)
    mean, variance = float(present @ once), float(2.0 * present @ twice - (present @ once) ** 2)
    times = np.linspace(0.0, 12.0 * mean, 2401)
    return Shared(mean, variance, times, _tail(generator, present, times))


def _stationary(arrival_rate: float, service_rate: float, cores: int, most: int) -> Array:
    """What an arrival finds: probabilities of 0 .. most - 1 jobs in M/M/c."""
    ratio = arrival_rate / (service_rate * np.minimum(np.arange(1, most), cores))
    weight = np.concatenate([[1.0], np.cumprod(ratio)])
    return np.asarray(weight / weight.sum())


def _tail(generator: Array, start: Array, times: Array) -> Array:
    rate = float(-generator.diagonal().min())
    step = np.eye(len(generator)) + generator / rate
    width = float(times[1] - times[0])
    weight, term, k = np.exp(-rate * width), start.copy(), 0
    hop = weight * np.eye(len(generator))
    power = np.eye(len(generator))
    while weight > 1e-14 or k < rate * width:
        k += 1
        power, weight = power @ step, weight * rate * width / k
        hop += weight * power
    out = np.empty(len(times))
    for i in range(len(times)):
        out[i] = term.sum()
        term = term @ hop
    return out


def bounded_line(arrival_rate: float, service_rate: float, servers: int, most: int) -> tuple[float, float, float]:
    """Share refused, mean sojourn of the accepted and utilisation in M/M/c/K (K = most, those in service included).

    Source: Gross and Harris (1998), Fundamentals of Queueing Theory, section 2.5.
    """
    ratio = arrival_rate / (service_rate * np.minimum(np.arange(1, most + 1), servers))
    weight = np.concatenate([[1.0], np.cumprod(ratio)])
    weight /= weight.sum()
    refused = float(weight[-1])
    throughput = arrival_rate * (1.0 - refused)
    return refused, float(np.arange(most + 1) @ weight) / throughput, throughput / (servers * service_rate)


def recent_hit_ratio(weights: Sequence[float], capacity: int) -> float:
    """Hits of a least-recently-used cache whose objects are asked for independently, exactly.

    Sums over all sets of objects; at most 20 objects. Source: King (1971), Analysis of demand paging algorithms.
    """
    if len(weights) > 20:
        raise ValueError("more than 20 objects have too many orders to add up; use characteristic_hit_ratio")
    p = np.array(weights, float) / sum(weights)

    @cache
    def in_cache(kept: int) -> float:
        """Probability that the objects of a set (bits) are the ones used last."""
        if not kept:
            return 1.0
        total = 0.0
        for k in range(len(p)):
            if kept >> k & 1:
                before = kept & ~(1 << k)
                rest = 1.0 - sum(p[j] for j in range(len(p)) if before >> j & 1)
                total += in_cache(before) * p[k] / rest
        return float(total)

    if capacity >= len(p):
        return 1.0
    sets = [kept for kept in range(1 << len(p)) if kept.bit_count() == capacity]
    return float(sum(in_cache(kept) * sum(p[k] for k in range(len(p)) if kept >> k & 1) for kept in sets))


def characteristic_hit_ratio(weights: Sequence[float], capacity: int) -> float:
    """Hits of a least-recently-used cache, by the time an object stays: close for many objects.

    Source: Che, Tung, Wang (2002), Hierarchical web caching systems, IEEE JSAC 20(7).
    """
    from scipy.optimize import brentq

    p = np.array(weights, float) / sum(weights)
    if capacity >= len(p):
        return 1.0
    stay = brentq(lambda t: float((1.0 - np.exp(-p * t)).sum()) - capacity, 0.0, 1e12)
    return float(p @ (1.0 - np.exp(-p * stay)))
