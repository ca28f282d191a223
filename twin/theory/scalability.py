"""Instant answers about load: bounds of throughput and response, and the universal scalability law."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bounds:
    """Throughput and response (without think time) lie between these."""

    throughput_low: float
    throughput_high: float
    response_low: float
    response_high: float


def asymptotic_bounds(demands: Sequence[float], users: int, think: float = 0.0) -> Bounds:
    """Asymptotic bounds of a closed network of single servers: valid whatever the distributions.

    Source: Lazowska et al. (1984), Quantitative System Performance, section 5.2.
    """
    total, most = sum(demands), max(demands)
    low, high = users / (users * total + think), min(1.0 / most, users / (total + think))
    return Bounds(low, high, max(total, users * most - think), users * total)


def balanced_bounds(demands: Sequence[float], users: int, think: float = 0.0) -> Bounds:
    """Balanced job bounds of a closed product-form network of single servers: tighter than the asymptotic ones.

    Source: Lazowska et al. (1984), Quantitative System Performance, section 5.4 and table 5.2.
    """
    total, most, mean = sum(demands), max(demands), sum(demands) / len(demands)
    slow = total + (users - 1) * most / (1.0 + think / (users * total))
    fast = total + (users - 1) * mean / (1.0 + think / total)
    high = min(1.0 / most, users / (think + fast))
    return Bounds(users / (think + slow), high, max(users * most - think, fast), slow)


def knee(demands: Sequence[float], think: float = 0.0, servers: Sequence[int] | None = None) -> float:
    """Users at which the bottleneck would saturate if nobody waited.

    That is (think time + sum of demands) / largest demand per server.
    """
    counts = [1] * len(demands) if servers is None else servers
    return (think + sum(demands)) / max(demand / count for demand, count in zip(demands, counts, strict=True))


@dataclass(frozen=True)
class Scalability:
    """The universal scalability law: throughput(n) = gamma n / (1 + alpha (n - 1) + beta n (n - 1)).

    gamma  throughput of one user; alpha  contention; beta  coherency.
    Source: Gunther (2007), Guerrilla Capacity Planning, chapter 4.
    """

    gamma: float
    alpha: float
    beta: float

    def throughput(self, users: float) -> float:
        """Throughput with so many users."""
        return self.gamma * users / (1.0 + self.alpha * (users - 1.0) + self.beta * users * (users - 1.0))

    @property
    def peak_users(self) -> float:
        """Users at which throughput is highest; infinite without coherency."""
        return float(np.sqrt((1.0 - self.alpha) / self.beta)) if self.beta > 0 else float("inf")


def fit_scalability(users: Sequence[float], throughput: Sequence[float]) -> Scalability:
    """The scalability law that fits measured throughputs best (least squares, relative errors).

    Raises ValueError for less than three different loads.
    """
    from scipy.optimize import least_squares

    n, x = np.array(users, float), np.array(throughput, float)
    if len(np.unique(n)) < 3:
        raise ValueError("three parameters need three loads or more; measure more of them")

    def errors(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.asarray(p[0] * n / (1.0 + p[1] * (n - 1.0) + p[2] * n * (n - 1.0)) / x - 1.0)

    start = (float(np.max(x / n)), 0.01, 1e-4)
    found = least_squares(
        errors, start, bounds=([0.0, 0.0, 0.0], [np.inf, 1.0, np.inf]), xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    return Scalability(*(float(one) for one in found.x))
