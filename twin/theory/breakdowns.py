"""Queues whose servers fail and are repaired."""

from dataclasses import dataclass

import numpy as np

from twin.theory.markov import random_environment_queue
from twin.theory.means import require_positive


@dataclass(frozen=True)
class BreakdownQueue:
    """Stationary measures of a queue with failing servers; utilisation is of the servers that are up."""

    in_system: float
    sojourn: float
    servers_up: float
    utilisation: float
    empty: float


def mmc_breakdowns(
    arrival_rate: float, service_rate: float, servers: int, failure_rate: float, repair_rate: float, crews: int
) -> BreakdownQueue:
    """Stationary measures of M/M/c whose servers fail, idle or busy, and wait for one of r repair crews.

    failure_rate  of each server that is up; an interrupted job resumes on another server or later.
    Raises ValueError if the queue is unstable.
    Source: White and Christie (1958) for one server; Neuts and Lucantoni (1979), A Markovian queue with N servers
    subject to breakdowns and repairs.
    """
    require_positive(service_rate=service_rate, servers=servers, failure_rate=failure_rate,
                     repair_rate=repair_rate, crews=crews)
    down = np.arange(servers + 1)
    up = servers - down
    repairs = repair_rate * np.minimum(down, crews)
    environment = np.diag(failure_rate * up[:-1], 1) + np.diag(repairs[1:], -1)
    environment -= np.diag(environment.sum(axis=1))
    busy = np.minimum(np.arange(servers + 1)[:, None], up[None, :])
    queue = random_environment_queue(arrival_rate, environment, service_rate * busy)
    servers_up = float(queue.phases @ up)
    return BreakdownQueue(queue.mean_in_system, queue.mean_in_system / arrival_rate, servers_up,
                          arrival_rate / (service_rate * servers_up), queue.empty)
