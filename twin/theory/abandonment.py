"""Erlang A: M/M/n with impatient customers, and its variants of the service level."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from twin.theory.markov import birth_death, uniformise
from twin.theory.means import Array, largest_poisson, require_positive


@dataclass(frozen=True)
class ErlangA:
    """Stationary measures of M/M/n+M; waits include those that end in abandonment.

    The three *_within_limit / waiting_at_limit shares are of all arrivals and sum to one.
    """

    wait_probability: float
    abandon_probability: float
    in_queue: float
    wait: float
    occupancy: float
    abandon_given_wait: float
    wait_given_wait: float
    served_within_limit: float
    abandoned_within_limit: float
    waiting_at_limit: float

    @property
    def level_of_arrivals(self) -> float:
        """Served within the limit, over all arrivals."""
        return self.served_within_limit

    @property
    def level_of_served(self) -> float:
        """Served within the limit, over all served."""
        return self.served_within_limit / (1 - self.abandon_probability)

    @property
    def level_without_early_abandons(self) -> float:
        """Served within the limit, over arrivals that did not abandon within it."""
        return self.served_within_limit / (1 - self.abandoned_within_limit)

    @property
    def level_of_waits(self) -> float:
        """Arrivals whose wait, however it ends, is within the limit."""
        return 1 - self.waiting_at_limit


def erlang_a(
    arrival_rate: float, service_rate: float, servers: int, patience_rate: float, wait_limit: float
) -> ErlangA:
    """Stationary measures of M/M/n+M/FCFS (Erlang A).

    patience_rate  1 / mean patience; positive, so the queue is always stable.
    wait_limit     the service level's time, in the inverse unit of the rates.
    Source: Palm (1957); Mandelbaum and Zeltyn (2007), Service engineering in action: the Palm/Erlang-A queue.
    """
    require_positive(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers,
                     patience_rate=patience_rate)
    if wait_limit < 0:
        raise ValueError(f"wait_limit must not be negative, got {wait_limit}")
    capacity = servers * service_rate
    law = _number_in_system(arrival_rate, service_rate, servers, patience_rate)
    ahead = law[servers:]
    waits, in_queue = float(ahead.sum()), float(ahead @ np.arange(len(ahead)))
    abandons, wait = patience_rate * in_queue / arrival_rate, in_queue / arrival_rate
    still, spent = uniformise(ahead, _line_ahead(len(ahead), capacity, patience_rate), wait_limit)
    return ErlangA(
        waits, abandons, in_queue, wait, arrival_rate * (1 - abandons) / capacity, abandons / waits, wait / waits,
        served_within_limit=float(law[:servers].sum() + capacity * spent[0]),
        abandoned_within_limit=float(patience_rate * spent.sum()),
        waiting_at_limit=float(still.sum()),
    )


def _number_in_system(arrival_rate: float, service_rate: float, servers: int, patience_rate: float) -> Array:
    """Law of the number in system, cut where the remaining tail is below rounding."""
    longest, load = largest_poisson(arrival_rate / patience_rate), arrival_rate / (servers * service_rate)
    if load < 1:
        longest = min(longest, math.ceil(math.log(1e-18, load)))
    number = np.arange(1, servers + longest + 1)
    deaths = service_rate * np.minimum(number, servers) + patience_rate * np.maximum(number - servers, 0)
    law = birth_death(np.full(len(number), arrival_rate), deaths)
    beyond = np.cumsum(law[::-1])[::-1]
    return law[: max(servers + 1, int((beyond > 1e-17).sum()))]


def _line_ahead(size: int, capacity: float, patience_rate: float) -> object:
    """Generator of the number waiting ahead of a customer who may abandon or be served (absorbed)."""
    moves = capacity + patience_rate * np.arange(size, dtype=np.float64)
    return sparse.diags_array([-(moves + patience_rate), moves[1:]], offsets=[0, -1]).tocsr()
