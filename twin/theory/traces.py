"""Exact schedules of known jobs: small recursions to check an engine against."""

import heapq
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from twin.theory.means import Array, require_positive


def fcfs_starts(arrivals: Sequence[float], services: Sequence[float], servers: int) -> Array:
    """Instant at which each job starts in a FCFS queue with several servers.

    arrivals  in non-decreasing order.
    Source: Kiefer and Wolfowitz (1955), On the theory of queues with many servers.
    """
    require_positive(servers=servers)
    if any(later < earlier for earlier, later in pairwise(arrivals)):
        raise ValueError("arrivals must not decrease")
    free = [0.0] * servers
    starts = []
    for arrival, service in zip(arrivals, services, strict=True):
        start = max(arrival, heapq.heappop(free))
        heapq.heappush(free, start + service)
        starts.append(start)
    return np.array(starts)


def preemptive_completions(jobs: Sequence[tuple[float, int, float]]) -> Array:
    """Instant at which each job ends with one agent under preemptive-resume priorities, FCFS within a class.

    jobs  (arrival, priority, work), in order of arrival; the lowest number goes first.
    Source: the discipline's definition (Kleinrock 1976, Queueing Systems vol. 2, ch. 3).
    """
    ends = np.zeros(len(jobs))
    waiting: list[tuple[int, int]] = []
    left = [work for _, _, work in jobs]
    arrivals = [*(arrival for arrival, _, _ in jobs), float("inf")]
    if any(later < earlier for earlier, later in pairwise(arrivals)):
        raise ValueError("jobs must be in order of arrival")
    for index, (now, priority, _) in enumerate(jobs):
        heapq.heappush(waiting, (priority, index))
        while waiting and now < arrivals[index + 1]:
            job = waiting[0][1]
            spent = min(left[job], arrivals[index + 1] - now)
            left[job] -= spent
            now += spent
            if left[job] <= 0:
                ends[job] = now
                heapq.heappop(waiting)
    return ends
