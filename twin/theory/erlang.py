"""Erlang's formulas: M/M/c with infinite, finite or no waiting room."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from twin.theory.markov import birth_death
from twin.theory.means import QueueMeans, means_from_wait, require_positive, require_stable
from twin.theory.phase_type import PhaseType


def blocking_probability(offered_load: float, servers: int) -> float:
    """Probability that an arrival is lost in M/G/c/c (Erlang B, insensitive to the service law).

    offered_load  arrival rate x mean service time, in erlangs.
    Source: Jagerman (1974), Some properties of the Erlang loss function.
    """
    if offered_load < 0 or servers < 0:
        raise ValueError(f"offered_load and servers must not be negative, got {offered_load} and {servers}")
    blocking = 1.0
    for server in range(1, servers + 1):
        blocking = offered_load * blocking / (server + offered_load * blocking)
    return blocking


def wait_probability(offered_load: float, servers: int) -> float:
    """Probability that an arrival waits in M/M/c/inf/FCFS (Erlang C).

    offered_load  arrival rate x mean service time, in erlangs; 0 <= offered_load < servers.
    Raises ValueError if the queue is unstable.
    Source: Cooper (1981), Introduction to Queueing Theory, 2nd ed.
    """
    require_positive(servers=servers)
    require_stable(offered_load / servers)
    blocking = blocking_probability(offered_load, servers)
    return servers * blocking / (servers - offered_load * (1 - blocking))


def mmc_means(arrival_rate: float, service_rate: float, servers: int) -> QueueMeans:
    """Stationary means of M/M/c/inf/FCFS.

    service_rate  of one server.
    Raises ValueError if the queue is unstable.
    Source: Kleinrock (1975), Queueing Systems vol. 1, ch. 3.
    """
    spare = _spare_rate(arrival_rate, service_rate, servers)
    wait = wait_probability(arrival_rate / service_rate, servers) / spare
    return means_from_wait(arrival_rate, 1 / service_rate, servers, wait)


def mmc_wait(arrival_rate: float, service_rate: float, servers: int) -> PhaseType:
    """Law of the stationary wait in M/M/c/inf/FCFS: an atom at zero and an exponential tail.

    Raises ValueError if the queue is unstable.
    Source: Cooper (1981), Introduction to Queueing Theory, 2nd ed.
    """
    spare = _spare_rate(arrival_rate, service_rate, servers)
    return PhaseType(np.array([wait_probability(arrival_rate / service_rate, servers)]), np.array([[-spare]]))


def mmc_wait_quantile(arrival_rate: float, service_rate: float, servers: int, level: float) -> float:
    """Smallest t with P(wait <= t) >= level in M/M/c/inf/FCFS, for a level in [0, 1).

    Raises ValueError if the queue is unstable.
    Source: Cooper (1981), Introduction to Queueing Theory, 2nd ed.
    """
    if not 0 <= level < 1:
        raise ValueError(f"level must lie in [0, 1), got {level}")
    spare = _spare_rate(arrival_rate, service_rate, servers)
    waits = wait_probability(arrival_rate / service_rate, servers)
    return math.log(waits / (1 - level)) / spare if waits > 1 - level else 0.0


def mmc_sojourn(arrival_rate: float, service_rate: float, servers: int) -> PhaseType:
    """Law of the stationary sojourn in M/M/c/inf/FCFS.

    Raises ValueError if the queue is unstable.
    Source: Gross and Harris (1998), Fundamentals of Queueing Theory, 3rd ed., ch. 2.
    """
    spare = _spare_rate(arrival_rate, service_rate, servers)
    waits = wait_probability(arrival_rate / service_rate, servers)
    return PhaseType(np.array([waits, 1 - waits]), np.array([[-spare, spare], [0.0, -service_rate]]))


def _spare_rate(arrival_rate: float, service_rate: float, servers: int) -> float:
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers)
    require_stable(arrival_rate / (service_rate * servers))
    return servers * service_rate - arrival_rate


@dataclass(frozen=True)
class FiniteQueue:
    """Stationary measures of M/M/c/K; sojourn, wait and wait_probability are those of accepted arrivals."""

    blocking: float
    throughput: float
    in_system: float
    in_queue: float
    sojourn: float
    wait: float
    utilisation: float
    wait_probability: float


def mmck(arrival_rate: float, service_rate: float, servers: int, places: int) -> FiniteQueue:
    """Stationary measures of M/M/c/K.

    places  K, in service and waiting together; at least servers.
    Source: Gross and Harris (1998), Fundamentals of Queueing Theory, 3rd ed., ch. 2.
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers)
    if places < servers:
        raise ValueError(f"places must be at least servers, got {places} < {servers}")
    number = np.arange(places + 1)
    busy = np.minimum(number, servers)
    law = birth_death(np.full(places, arrival_rate), service_rate * busy[1:])
    throughput = arrival_rate * (1 - law[-1])
    in_system, in_service = float(law @ number), float(law @ busy)
    in_queue = in_system - in_service
    waits = float(law[servers:-1].sum() / (1 - law[-1]))
    return FiniteQueue(float(law[-1]), float(throughput), in_system, in_queue, float(in_system / throughput),
                       float(in_queue / throughput), in_service / servers, waits)


def halfin_whitt_wait_probability(beta: float) -> float:
    """Limit of the wait probability of M/M/c with c = R + beta sqrt(R) servers as the offered load R grows.

    beta  positive.
    Source: Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers.
    """
    require_positive(beta=beta)
    return float(1 / (1 + beta * norm.cdf(beta) / norm.pdf(beta)))
