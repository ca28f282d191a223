"""Open networks with product form: Jackson networks, reopened tickets, two tiers in tandem."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.theory.erlang import mmc_means, mmc_sojourn
from twin.theory.means import Array, QueueMeans, require_ratio
from twin.theory.phase_type import convolve


@dataclass(frozen=True)
class OpenNetwork:
    """Traffic of each station, its queue, and the mean time from entry to exit."""

    arrival_rates: Array
    stations: tuple[QueueMeans, ...]
    sojourn: float


def jackson(
    entry_rates: ArrayLike, routing: ArrayLike, service_rates: Sequence[float], servers: Sequence[int]
) -> OpenNetwork:
    """Stationary means of an open Jackson network of M/M/c stations.

    entry_rates  (n,) Poisson arrivals from outside.
    routing      (n, n) probability of going from row to column; the rest of a row leaves.
    Raises ValueError if a station is unstable or the routing keeps customers for ever.
    Source: Jackson (1957), Networks of waiting lines.
    """
    entries, routes = np.asarray(entry_rates, dtype=np.float64), np.asarray(routing, dtype=np.float64)
    if routes.min() < 0 or max(abs(np.linalg.eigvals(routes))) >= 1:
        raise ValueError("routing must be non-negative and let every customer leave")
    rates = np.linalg.solve(np.eye(len(entries)) - routes.T, entries)
    stations = tuple(
        mmc_means(float(rate), mu, c) for rate, mu, c in zip(rates, service_rates, servers, strict=True)
    )
    return OpenNetwork(rates, stations, float(sum(s.in_system for s in stations) / entries.sum()))


@dataclass(frozen=True)
class Feedback:
    """Means of a queue with Bernoulli feedback; the queue's own are per visit."""

    visits: float
    arrival_rate: float
    queue: QueueMeans
    sojourn: float


def mmc_feedback(arrival_rate: float, service_rate: float, servers: int, reopen_ratio: float) -> Feedback:
    """Means of M/M/c whose completed jobs return to the tail of the queue with a fixed probability.

    Raises ValueError if the queue is unstable or reopen_ratio is one.
    Source: Jackson (1957), Networks of waiting lines; Disney (1981), Queueing networks.
    """
    require_ratio(reopen_ratio=reopen_ratio)
    if reopen_ratio == 1:
        raise ValueError("reopen_ratio must be below one")
    visits = 1 / (1 - reopen_ratio)
    queue = mmc_means(arrival_rate * visits, service_rate, servers)
    return Feedback(visits, arrival_rate * visits, queue, queue.in_system / arrival_rate)


@dataclass(frozen=True)
class Tier:
    """A tier of support: service rate of one agent, and agents."""

    service_rate: float
    agents: int


@dataclass(frozen=True)
class TwoTiers:
    """Two FCFS tiers in tandem, a share of the first tier's tickets going on to the second."""

    arrival_rate: float
    first: Tier
    second: Tier
    escalation_ratio: float

    def mean_sojourns(self) -> tuple[float, float, float]:
        """Mean sojourn in tier 1, in tier 2, and in all, of an average ticket.

        Raises ValueError if a tier is unstable.
        """
        first = mmc_means(self.arrival_rate, self.first.service_rate, self.first.agents).sojourn
        escalated = self.arrival_rate * self.escalation_ratio
        second = mmc_means(escalated, self.second.service_rate, self.second.agents).sojourn
        return first, second, first + self.escalation_ratio * second

    def sojourn_cdf(self, t: float) -> float:
        """Probability that a ticket leaves within t of its arrival.

        Raises ValueError if a tier is unstable.
        Source: Burke (1969), The dependence of sojourn times in tandem M/M/s queues; Reich (1957).
        """
        first = mmc_sojourn(self.arrival_rate, self.first.service_rate, self.first.agents)
        escalated = self.arrival_rate * self.escalation_ratio
        second = mmc_sojourn(escalated, self.second.service_rate, self.second.agents)
        both = convolve(first, second).cdf(t)
        return (1 - self.escalation_ratio) * first.cdf(t) + self.escalation_ratio * both
