"""The N-design of skills-based routing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twin.theory.markov import explore, stationary
from twin.theory.means import largest_poisson, require_positive

Load = tuple[int, int, int, int]


@dataclass(frozen=True)
class NDesign:
    """Stationary measures of the N-design; pairs hold class 1 and class 2, or pool 1 and pool 2."""

    wait_probability: tuple[float, float]
    abandon_probability: tuple[float, float]
    wait: tuple[float, float]
    occupancy: tuple[float, float]


@dataclass(frozen=True)
class _NModel:
    arrivals: tuple[float, float]
    service_rate: float
    patience: tuple[float, float]
    agents: tuple[int, int]
    longest: tuple[int, int]

    def moves(self, load: Load) -> Iterator[tuple[Load, float]]:
        first, second, line1, line2 = load
        yield self._arrival1(load), self.arrivals[0]
        yield self._arrival2(load), self.arrivals[1]
        own = (first, second, line1 - 1, line2) if line1 else (first - 1, second, line1, line2)
        yield own, first * self.service_rate
        yield self._release2(load), second * self.service_rate
        yield (first, second, line1 - 1, line2), line1 * self.patience[0]
        yield (first, second, line1, line2 - 1), line2 * self.patience[1]

    def _arrival1(self, load: Load) -> Load:
        first, second, line1, line2 = load
        if first < self.agents[0]:
            return first + 1, second, line1, line2
        if second < self.agents[1]:
            return first, second + 1, line1, line2
        return first, second, min(line1 + 1, self.longest[0]), line2

    def _arrival2(self, load: Load) -> Load:
        first, second, line1, line2 = load
        if second < self.agents[1]:
            return first, second + 1, line1, line2
        return first, second, line1, min(line2 + 1, self.longest[1])

    def _release2(self, load: Load) -> Load:
        first, second, line1, line2 = load
        if line2:
            return first, second, line1, line2 - 1
        return (first, second, line1 - 1, line2) if line1 else (first, second - 1, line1, line2)


def n_design(
    arrivals: tuple[float, float], service_rate: float, patience: tuple[float, float], agents: tuple[int, int]
) -> NDesign:
    """Stationary measures of the N-design with abandonment.

    Class 1 goes to pool 1, if that is full to pool 2; class 2 to pool 2 only; a released agent of pool 2 takes
    class 2 first. Queues are cut where a queue without servers has a tail below 1e-16.
    arrivals, patience  rates of class 1 and class 2; positive.
    Source: Garnett and Mandelbaum (2000), An introduction to skills-based routing; chain solved numerically.
    """
    require_positive(service_rate=service_rate, slowest=min(*arrivals, *patience), fewest_agents=min(agents))
    longest = tuple(largest_poisson(rate / leave) for rate, leave in zip(arrivals, patience, strict=True))
    model = _NModel(arrivals, service_rate, patience, agents, (longest[0], longest[1]))
    states, generator = explore((0, 0, 0, 0), model.moves)
    law, load = stationary(generator), np.array(states)
    full1, full2 = load[:, 0] == agents[0], load[:, 1] == agents[1]
    mean = law @ load
    return NDesign(
        (float(law @ (full1 & full2)), float(law @ full2)),
        (float(patience[0] * mean[2] / arrivals[0]), float(patience[1] * mean[3] / arrivals[1])),
        (float(mean[2] / arrivals[0]), float(mean[3] / arrivals[1])),
        (float(mean[0] / agents[0]), float(mean[1] / agents[1])),
    )
