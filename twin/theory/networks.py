"""Closed networks of queues, solved by mean value analysis: one class, several classes, stations of several servers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """Steady state of a closed network.

    throughput  per unit of time; response  without think time; utilisation  of a server, and queue  requests present,
    of each station.
    """

    throughput: float
    response: float
    utilisation: tuple[float, ...]
    queue: tuple[float, ...]


def mva(
    demands: Sequence[float], users: int, think: float = 0.0, servers: Sequence[int] | None = None,
    rates: Sequence[Sequence[float]] = (),
) -> Solution:  # fmt: skip
    """Exact mean value analysis of a closed network with one class.

    demands  mean service time per request at each station (visits x service); servers  of each (default 1; 0: delay).
    rates    for each station: how much it gets done with 1, 2, ... requests there relative to what its servers would if
             requests didn't hinder each other; the last holds for more (default: always 1).
    The servers of a station may be shared (processor sharing with at most one core each) or line up in order of arrival
    with exponential service: the means are the same.
    Raises ValueError for a negative number. Source: Reiser and Lavenberg (1980), Mean-value analysis of closed
    multichain queuing networks, JACM 27(2), section 3.
    """
    counts = [1] * len(demands) if servers is None else list(servers)
    if users < 0 or think < 0 or min(demands, default=0.0) < 0 or min(counts, default=1) < 0:
        raise ValueError("users, think time, demands and servers can't be negative; correct the one that is")
    if max(counts, default=1) > 1 or any(rates):
        return _convolution(demands, users, think, counts, rates or [()] * len(counts))
    queue = np.zeros(len(demands))
    work, is_delay = np.array(demands, float), np.array(counts) == 0
    throughput, residence = 0.0, work
    for n in range(1, users + 1):
        residence = np.where(is_delay, work, work * (1.0 + queue))
        throughput = n / (think + residence.sum()) if think + residence.sum() > 0 else 0.0
        queue = throughput * residence
    return _solution(throughput, residence, throughput * work, queue)


def _solution(throughput: float, residence: Array, utilisation: Array, queue: Array) -> Solution:
    return Solution(float(throughput), float(residence.sum()), tuple(utilisation.tolist()), tuple(queue.tolist()))


def _convolution(
    demands: Sequence[float], users: int, think: float, counts: Sequence[int], rates: Sequence[Sequence[float]]
) -> Solution:
    """Load-dependent stations by convolution of normalising constants, which stays exact at saturation where the
    recursion over marginal probabilities cancels. Source: Buzen (1973), CACM 16(9)."""
    scale = max(*demands, think / max(users, 1), 1e-300)
    given = zip(demands, counts, rates, strict=True)
    columns = [_states(demand / scale, users, count, hindered) for demand, count, hindered in given]
    columns.append(_states(think / scale, users, 0))
    constants = columns[0]
    for column in columns[1:]:
        constants = np.convolve(constants, column)[: users + 1]
    throughput = constants[users - 1] / constants[users] / scale if users else 0.0
    present = np.arange(users + 1)
    shares = [_shares(k, columns, users, constants[users]) for k in range(len(demands))]
    queue = np.array([share @ present for share in shares])
    used = [share @ (np.minimum(present, c) / c if c else present) for share, c in zip(shares, counts, strict=True)]
    residence = queue / throughput if throughput > 0 else np.array(demands, float)
    return _solution(float(throughput), residence, np.array(used), queue)


def _states(demand: float, users: int, count: int, rates: Sequence[float] = ()) -> Array:
    """Unnormalised probabilities of 0 .. users requests at a station by itself."""
    present = np.arange(1, users + 1)
    done = present if count == 0 else np.minimum(present, count)
    if rates:
        done = done * np.array(rates)[np.minimum(present, len(rates)) - 1]
    return np.concatenate([[1.0], np.cumprod(demand / done)])


def _shares(k: int, columns: Sequence[Array], users: int, constant: float) -> Array:
    """Probabilities of 0 .. users requests at station k."""
    rest = np.ones(1)
    for other, column in enumerate(columns):
        if other != k:
            rest = np.convolve(rest, column)[: users + 1]
    return columns[k] * rest[::-1] / constant


@dataclass(frozen=True)
class ClassSolution:
    """Steady state of a closed network with several classes.

    throughput, response  per class; residence  (class, station): time at a station per request; utilisation, queue  per
    station.
    """

    throughput: tuple[float, ...]
    response: tuple[float, ...]
    residence: Array
    utilisation: tuple[float, ...]
    queue: tuple[float, ...]


def mva_classes(demands: Sequence[Sequence[float]], users: Sequence[int], think: Sequence[float]) -> ClassSolution:
    """Exact mean value analysis of a closed network with several classes and single servers.

    demands  (class, station); users, think  per class. Work grows with the product of users + 1 over the classes.
    Source: Reiser and Lavenberg (1980), JACM 27(2), section 4.
    """
    work = np.array(demands, float)
    classes, stations = work.shape
    queues: dict[tuple[int, ...], Array] = {(0,) * classes: np.zeros(stations)}
    residence, throughput = work.copy(), np.zeros(classes)
    for population in product(*(range(count + 1) for count in users)):
        if not any(population):
            continue
        residence, throughput = np.zeros_like(work), np.zeros(classes)
        for c in range(classes):
            if population[c]:
                fewer = (*population[:c], population[c] - 1, *population[c + 1 :])
                residence[c] = work[c] * (1.0 + queues[fewer])
                throughput[c] = population[c] / (think[c] + residence[c].sum())
        queues[population] = throughput @ residence
    return ClassSolution(
        tuple(throughput.tolist()), tuple(residence.sum(axis=1).tolist()), residence,
        tuple((throughput @ work).tolist()), tuple(queues[tuple(users)].tolist()),
    )  # fmt: skip


@dataclass(frozen=True)
class OpenSolution:
    """Steady state of an open network with several classes: response and queue (class, station), utilisation."""

    response: Array
    queue: Array
    utilisation: Array


def open_network(rates: Sequence[float], demands: Sequence[Sequence[float]]) -> OpenSolution:
    """Open product-form network of single servers: residence = demand / (1 - utilisation).

    rates  arrivals per class; demands  (class, station). Raises ValueError if a station is saturated.
    Source: Lazowska, Zahorjan, Graham, Sevcik (1984), Quantitative System Performance, section 7.4.
    """
    arrivals, work = np.array(rates, float), np.array(demands, float)
    utilisation = arrivals @ work
    if (utilisation >= 1.0).any():
        raise ValueError(f"station {int(np.argmax(utilisation))} is offered {utilisation.max():.3g}; lower the rates")
    response = work / (1.0 - utilisation)
    return OpenSolution(response, arrivals[:, None] * response, utilisation)
