"""A call centre's day: staffing steps, gamma busyness, balking and abandonment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import spsolve

from twin.theory.markov import birth_death, generator_of, uniformise
from twin.theory.means import Array, require_positive, require_ratio
from twin.theory.quadrature import gamma_nodes


@dataclass(frozen=True)
class CallCentre:
    """A day of equal periods; rates and lengths in one unit of time.

    arrival_rates     per period, at busyness one.
    agents            per period; on a drop calls in service finish, on a rise the queue is served at once.
    busyness_shape    the day's rates are multiplied by a Gamma(shape, 1 / shape) variable.
    balk_ratio        callers without patience; the others' patience is exponential with patience_rate.
    wait_limit        shorter than a period.
    """

    arrival_rates: Sequence[float]
    agents: Sequence[int]
    period: float
    service_rate: float
    patience_rate: float
    balk_ratio: float
    busyness_shape: float
    wait_limit: float

    def __post_init__(self) -> None:
        require_positive(lowest_rate=min(self.arrival_rates), fewest_agents=min(self.agents), period=self.period,
                         service_rate=self.service_rate, patience_rate=self.patience_rate)
        require_ratio(balk_ratio=self.balk_ratio)
        if len(self.arrival_rates) != len(self.agents):
            raise ValueError("arrival_rates and agents must have one value for each period")
        if not 0 <= self.wait_limit < self.period:
            raise ValueError(f"wait_limit must lie in [0, period), got {self.wait_limit}")


@dataclass(frozen=True)
class CallCentreDay:
    """Expected calls, and over them the shares lost and good (wait below the limit) and the mean wait."""

    calls: float
    lost_ratio: float
    wait: float
    good_ratio: float


def call_centre_day(centre: CallCentre, nodes: int = 24) -> CallCentreDay:
    """Expected measures of a day; after closing the queue drains with the last staffing.

    nodes  of the Gauss rule over the busyness.
    Source: model of L'Ecuyer's SSJ tutorial (CallCenter); Avramidis, Deslauriers and L'Ecuyer (2004), Modeling daily
    arrivals to a telephone call center; solved by uniformisation (Jensen 1953).
    """
    gammas, weights = gamma_nodes(centre.busyness_shape, nodes)
    kept = weights > 1e-10
    busyness, weights = gammas[kept] / centre.busyness_shape, weights[kept] / weights[kept].sum()
    grid = _Grid(centre, float(busyness[-1]))
    waiting, blocked, late = weights @ np.array([grid.totals(float(b)) for b in busyness])
    calls = centre.period * sum(centre.arrival_rates)
    lost = centre.patience_rate * waiting + centre.balk_ratio * blocked
    return CallCentreDay(calls, float(lost / calls), float(waiting / calls), float(1 - late / calls))


class _Grid:
    """Days of known busyness as chains on one grid of (calls in service, calls waiting)."""

    def __init__(self, centre: CallCentre, busiest: float) -> None:
        self.centre = centre
        self.shape = (max(centre.agents) + 1, self._longest_queue(busiest) + 1)
        served, line = np.indices(self.shape)
        self.served, self.line = served.ravel(), line.ravel()
        self.cell = np.arange(len(self.line))
        points, weights = np.polynomial.legendre.leggauss(6)
        self.points, self.weights = (points + 1) * centre.wait_limit / 2, weights * centre.wait_limit / 2
        before_change = centre.wait_limit - np.concatenate([[0.0], self.points])
        self.late = [[self._late(index, float(gap)) for gap in before_change] for index in range(len(centre.agents))]

    def totals(self, busyness: float) -> Array:
        """Expected time spent waiting, calls that found all agents busy, calls still waiting at the limit."""
        law: Array = (self.cell == 0).astype(np.float64)
        sums: Array = np.zeros(3)
        for index in range(len(self.centre.agents)):
            law = self._reassign(law, index)
            law, part = self._one_period(law, index, busyness * self.centre.arrival_rates[index])
            sums += part
        sums[0] += self._drain(law)
        return sums

    def _one_period(self, law: Array, index: int, rate: float) -> tuple[Array, Array]:
        alive = self._alive(law, self.centre.agents[index])
        generator = self._generator(index, rate)[alive][:, alive]
        patient = (1 - self.centre.balk_ratio) * rate
        early, *last = self.late[index]
        now, time = uniformise(law[alive], generator, self.centre.period - self.centre.wait_limit)
        late, done = float(time @ early[alive]), 0.0
        for point, weight, ends_late in zip(self.points, self.weights, last, strict=True):
            now, spent = uniformise(now, generator, point - done)
            late += weight * float(now @ ends_late[alive])
            time, done = time + spent, point
        now, spent = uniformise(now, generator, self.centre.wait_limit - done)
        time, end = time + spent, np.zeros(len(law))
        end[alive] = now
        busy = self.served[alive] >= self.centre.agents[index]
        return end, np.array([time @ self.line[alive], rate * (time @ busy), patient * late])

    def _alive(self, law: Array, agents: int) -> NDArray[np.intp]:
        """Cells that a period can reach: a line only behind a full team, an overfull one only if there now."""
        most = max(agents, int(self.served[law > 1e-20].max()))
        return np.flatnonzero((self.served <= most) & ((self.served >= agents) | (self.line == 0)))

    def _late(self, index: int, before_change: float) -> Array:
        """Probability, per cell, that a patient caller who arrives now still waits at the limit."""
        waits: Array = (self.served >= self.centre.agents[index]).astype(np.float64)
        after = self.centre.wait_limit - before_change
        if after > 0 and index + 1 < len(self.centre.agents):
            still = (self.served >= self.centre.agents[index + 1]).astype(np.float64)
            later = uniformise(still, self._tagged(index + 1).T, after)[0]
            target, stays = self._tagged_change(index)
            now = np.where(stays, later[target], 0.0) * waits
        else:
            now, before_change = waits, self.centre.wait_limit
        return uniformise(now, self._tagged(index).T, before_change)[0]

    def _tagged_change(self, index: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Cell of a waiting caller (line: callers ahead) after the next staffing, and whether it still waits."""
        free = np.maximum(self.centre.agents[index + 1] - self.served, 0)
        stays = self.line >= free
        served = self.served + free
        return served * self.shape[1] + np.where(stays, self.line - free, 0), stays

    def _reassign(self, law: Array, index: int) -> Array:
        free = np.maximum(self.centre.agents[index] - self.served, 0)
        taken = np.minimum(self.line, free)
        cells = (self.served + taken) * self.shape[1] + self.line - taken
        return np.bincount(cells, law, len(law)).astype(np.float64)

    def _generator(self, index: int, rate: float) -> Any:
        agents, width = self.centre.agents[index], self.shape[1]
        busy = self.served >= agents
        joins = rate * (1 - self.centre.balk_ratio) * (busy & (self.line < width - 1))
        starts = rate * ~busy
        leaves, ends = self._departures(agents)
        return generator_of(self._moves([(width, starts), (1, joins), *leaves, *ends]))

    def _tagged(self, index: int) -> Any:
        """Generator of a waiting caller's view, line being the callers ahead; absorbed on service or abandonment."""
        agents = self.centre.agents[index]
        waits = self.served >= agents
        leaves, ends = self._departures(agents)
        off = self._moves([(step, rate * waits) for step, rate in [*leaves, *ends]])
        total = waits * (self.served * self.centre.service_rate + (self.line + 1) * self.centre.patience_rate)
        # The caller at the head is served when an agent of a full but not overfull team is released.
        head = waits & (self.served == agents) & (self.line == 0)
        off = sparse.diags_array((~head).astype(np.float64)) @ off
        return (off - sparse.diags_array(total)).tocsr()

    def _departures(self, agents: int) -> tuple[list[tuple[int, Array]], list[tuple[int, Array]]]:
        """Moves (offset between cells, rate) by abandonment, and by the end of a service."""
        rate = self.served * self.centre.service_rate
        replaced = (self.served == agents) & (self.line > 0)
        ends = [(-1, rate * replaced), (-self.shape[1], rate * ~replaced)]
        return [(-1, self.line * self.centre.patience_rate)], ends

    def _moves(self, moves: list[tuple[int, Array]]) -> Any:
        rows, columns, rates = [], [], []
        for step, rate in moves:
            cells = self.cell[rate > 0]
            rows.append(cells)
            columns.append(cells + step)
            rates.append(rate[cells])
        triple = (np.concatenate(rates), (np.concatenate(rows), np.concatenate(columns)))
        return sparse.coo_array(triple, shape=(len(self.cell),) * 2).tocsr()

    def _drain(self, law: Array) -> float:
        """Expected time spent waiting after closing."""
        agents = self.centre.agents[-1]
        leaves, ends = self._departures(agents)
        alive = self.cell[(self.served >= agents) & (self.line > 0)]
        generator = generator_of(self._moves([*leaves, *ends]))[alive][:, alive]
        cost = spsolve(generator.tocsc(), -self.line[alive].astype(np.float64))
        return float(law[alive] @ cost)

    def _longest_queue(self, busiest: float) -> int:
        """A queue exceeded with negligible probability: busiest rate against fewest agents, for ever."""
        centre = self.centre
        joins = busiest * max(centre.arrival_rates) * max(1 - centre.balk_ratio, 1e-9)
        most = int(2 * joins / centre.patience_rate) + 200
        deaths = min(centre.agents) * centre.service_rate + centre.patience_rate * np.arange(1, most + 1)
        law = birth_death(np.full(most, joins), deaths)
        return int((np.cumsum(law[::-1])[::-1] > 1e-11).sum()) + 1
