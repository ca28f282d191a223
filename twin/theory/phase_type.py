"""Phase-type laws, and the M/PH/1 queue whose wait and sojourn are again of phase type."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from twin.theory.means import Array, quantile_of, require_positive, require_stable


@dataclass(frozen=True)
class PhaseType:
    """Time to absorption of a Markov chain; missing mass of the start is an atom at zero.

    start       (m,) probabilities of the transient phases.
    generator   (m, m) rates among them; rows sum to zero or less.
    """

    start: Array
    generator: Array

    @property
    def exits(self) -> Array:
        """Absorption rate of each phase, (m,)."""
        return np.asarray(-self.generator.sum(axis=1))

    def mean(self) -> float:
        """Expected value."""
        return float(-self.start @ np.linalg.solve(self.generator, np.ones(len(self.start))))

    def cdf(self, t: float) -> float:
        """Probability of a value of at most t."""
        if t < 0:
            return 0.0
        return float(1 - self.start @ expm(self.generator * t).sum(axis=1))

    def quantile(self, level: float) -> float:
        """Smallest t with cdf(t) >= level, for a level in [0, 1)."""
        return quantile_of(self.cdf, level, self.mean() or 1.0)


def erlang(phases: int, mean: float) -> PhaseType:
    """Sum of independent exponentials of equal rate, as a phase-type law with the given mean."""
    require_positive(phases=phases, mean=mean)
    rate = phases / mean
    start = np.eye(phases)[0]
    return PhaseType(start, rate * (np.eye(phases, k=1) - np.eye(phases)))


def hyperexponential(mean: float, squared_cv: float) -> PhaseType:
    """Mixture of two exponentials with balanced means.

    squared_cv  above 1.
    Source: Tijms (2003), A First Course in Stochastic Models, appendix B.
    """
    require_positive(mean=mean)
    if squared_cv <= 1:
        raise ValueError(f"a hyperexponential law needs squared_cv above 1, got {squared_cv}")
    first = 0.5 * (1 + math.sqrt((squared_cv - 1) / (squared_cv + 1)))
    start = np.array([first, 1 - first])
    return PhaseType(start, np.diag(-2 * start / mean))


def convolve(first: PhaseType, second: PhaseType) -> PhaseType:
    """Law of the sum of two independent phase-type variables.

    Source: Neuts (1981), Matrix-Geometric Solutions in Stochastic Models, ch. 2.
    """
    size = len(first.start)
    atom = 1 - first.start.sum()
    generator = np.zeros((size + len(second.start),) * 2)
    generator[:size, :size] = first.generator
    generator[:size, size:] = np.outer(first.exits, second.start)
    generator[size:, size:] = second.generator
    return PhaseType(np.concatenate([first.start, atom * second.start]), generator)


def mph1_wait(arrival_rate: float, service: PhaseType) -> PhaseType:
    """Stationary wait in M/PH/1/inf/FCFS, with its atom at zero.

    Raises ValueError if the queue is unstable.
    Source: Asmussen (2003), Applied Probability and Queues, 2nd ed., theorem III.5.1.
    """
    require_positive(arrival_rate=arrival_rate)
    mean = service.mean()
    require_stable(arrival_rate * mean)
    residual = np.linalg.solve(-service.generator.T, service.start) / mean
    start = arrival_rate * mean * residual
    return PhaseType(start, service.generator + np.outer(service.exits, start))


def mph1_sojourn(arrival_rate: float, service: PhaseType) -> PhaseType:
    """Stationary sojourn in M/PH/1/inf/FCFS.

    Raises ValueError if the queue is unstable.
    Source: Neuts (1981), Matrix-Geometric Solutions in Stochastic Models, ch. 3.
    """
    return convolve(mph1_wait(arrival_rate, service), service)
