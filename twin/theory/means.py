"""Mean values tied by Little's law, and the checks every closed form shares."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class QueueMeans:
    """Stationary means of a queue: load per server, numbers in system and queue, sojourn and wait."""

    utilisation: float
    in_system: float
    in_queue: float
    sojourn: float
    wait: float


def means_from_wait(arrival_rate: float, mean_service: float, servers: int, wait: float) -> QueueMeans:
    """Means of a queue without loss whose mean wait is known.

    Source: Little (1961), A proof for the queuing formula L = lambda W.
    """
    sojourn = wait + mean_service
    utilisation = arrival_rate * mean_service / servers
    return QueueMeans(utilisation, arrival_rate * sojourn, arrival_rate * wait, sojourn, wait)


def require_positive(**values: float) -> None:
    """Nothing; raises ValueError naming the first value that is not above zero."""
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be positive, got {value}")


def require_ratio(**values: float) -> None:
    """Nothing; raises ValueError naming the first value outside [0, 1]."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must lie in [0, 1], got {value}")


def require_stable(utilisation: float) -> None:
    """Nothing; raises ValueError if the utilisation is negative or not below one."""
    if not 0 <= utilisation < 1:
        raise ValueError(f"the queue is unstable: utilisation {utilisation} is not in [0, 1)")


def largest_poisson(mean: float) -> int:
    """A number that a Poisson count of this mean exceeds with probability below 1e-16."""
    return math.ceil(mean + 9 * math.sqrt(mean) + 30)


def quantile_of(cdf: Callable[[float], float], level: float, scale: float) -> float:
    """Smallest non-negative t with cdf(t) >= level, for a cdf continuous above zero.

    level  in [0, 1).
    scale  a positive first guess of the upper bracket, in the units of t.
    """
    if not 0 <= level < 1:
        raise ValueError(f"level must lie in [0, 1), got {level}")
    if cdf(0.0) >= level:
        return 0.0
    upper = scale
    while cdf(upper) < level:
        upper *= 2
    return float(brentq(lambda t: cdf(t) - level, 0.0, upper, xtol=1e-13 * upper, rtol=1e-13))
