"""Continuous-time Markov chains: stationary laws, transients, queues in a random environment."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve
from scipy.stats import poisson

from twin.theory.means import Array, largest_poisson, require_positive, require_stable

State = TypeVar("State", bound=Hashable)


def explore(start: State, moves: Callable[[State], Iterable[tuple[State, float]]]) -> tuple[list[State], Any]:
    """States reachable from start, in order of discovery, and their sparse generator.

    moves  for a state, its (next state, rate) pairs; pairs of rate zero are ignored.
    """
    states, index = [start], {start: 0}
    rows: list[int] = []
    columns: list[int] = []
    rates: list[float] = []
    for row, state in enumerate(states):
        for target, rate in moves(state):
            if rate == 0:
                continue
            if target not in index:
                index[target] = len(states)
                states.append(target)
            rows.append(row)
            columns.append(index[target])
            rates.append(rate)
    off_diagonal = sparse.coo_array((rates, (rows, columns)), shape=(len(states), len(states))).tocsr()
    return states, generator_of(off_diagonal)


def generator_of(off_diagonal: Any) -> Any:
    """Sparse generator whose rows sum to zero, from the rates between distinct states."""
    return (off_diagonal - sparse.diags_array(np.asarray(off_diagonal.sum(axis=1)).ravel())).tocsr()


def stationary(generator: Any) -> Array:
    """Stationary distribution of an irreducible chain with a sparse or dense generator."""
    matrix = sparse.csc_array(generator)
    if matrix.shape[0] == 1:
        return np.ones(1)
    relative = spsolve(matrix[1:, 1:].T.tocsc(), -matrix[[0], 1:].toarray().ravel())
    weights = np.concatenate([[1.0], relative])
    return np.asarray(weights / weights.sum())


def birth_death(births: Array, deaths: Array) -> Array:
    """Stationary distribution of a birth-death chain on 0..n.

    births  (n,) rates up from states 0..n-1.
    deaths  (n,) rates down from states 1..n.
    """
    logs = np.concatenate([[0.0], np.cumsum(np.log(births) - np.log(deaths))])
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def uniformise(start: Array, generator: Any, duration: float) -> tuple[Array, Array]:
    """Row vector start x exp(generator x duration), and its integral over the duration.

    The generator may lose mass (absorption). Passing its transpose propagates a column vector backwards.
    Source: Jensen (1953), Markoff chains as an aid in the study of Markoff processes.
    """
    fastest = float(-generator.diagonal().min())
    if duration == 0 or fastest == 0:
        return start.copy(), start * duration
    step = (sparse.eye_array(len(start)) + generator / fastest).T.tocsr()
    jumps = np.arange(largest_poisson(fastest * duration) + 1)
    beyond = poisson.sf(jumps, fastest * duration)
    count = int((beyond > 1e-17).sum()) + 1
    at_jump, after_jump = poisson.pmf(jumps[:count], fastest * duration), beyond[:count] / fastest
    vector, end, integral = start, np.zeros_like(start), np.zeros_like(start)
    for now, later in zip(at_jump, after_jump, strict=True):
        end += now * vector
        integral += later * vector
        vector = step @ vector
    return end, integral


@dataclass(frozen=True)
class EnvironmentQueue:
    """Stationary law of a queue in a random environment.

    phases  (m,) probabilities of the environment's phases.
    """

    mean_in_system: float
    empty: float
    phases: Array


def random_environment_queue(arrival_rate: float, environment: Array, service_rates: Array) -> EnvironmentQueue:
    """Stationary means of a queue with Poisson arrivals whose total service rate depends on a Markov phase.

    environment    (m, m) generator of the phase.
    service_rates  (c + 1, m) total rate with j in system in each phase; row c also holds for every j > c.
    Raises ValueError if the queue is unstable.
    Source: Neuts (1981), Matrix-Geometric Solutions in Stochastic Models; Latouche and Ramaswami (1999), ch. 8 and 12.
    """
    require_positive(arrival_rate=arrival_rate)
    phases = stationary(environment)
    require_stable(arrival_rate / max(float(phases @ service_rates[-1]), 1e-300))
    identity = np.eye(len(environment))
    top = len(service_rates) - 1
    local = [environment - arrival_rate * identity - np.diag(rates) for rates in service_rates]
    first_passage = _first_passage(arrival_rate * identity, local[top], np.diag(service_rates[top]))
    tail = arrival_rate * np.linalg.inv(-(local[top] + arrival_rate * first_passage))
    ratios: list[Array] = [tail]
    for level in range(top, 0, -1):
        down = np.diag(service_rates[min(level + 1, top)])
        ratios.insert(0, arrival_rate * np.linalg.inv(-(local[level] + ratios[0] @ down)))
    levels: list[Array] = [stationary(local[0] + ratios[0] @ np.diag(service_rates[min(1, top)]))]
    for ratio in ratios[:top]:
        levels.append(levels[-1] @ ratio)
    return _sum_levels(levels, np.linalg.inv(identity - tail), tail, phases)


def _sum_levels(levels: list[Array], geometric: Array, tail: Array, phases: Array) -> EnvironmentQueue:
    top = len(levels) - 1
    at_top = levels[top] @ geometric
    total = sum(float(level.sum()) for level in levels[:top]) + float(at_top.sum())
    weighted = sum(j * float(level.sum()) for j, level in enumerate(levels[:top])) + top * float(at_top.sum())
    beyond = float((at_top @ tail @ geometric).sum())
    return EnvironmentQueue((weighted + beyond) / total, float(levels[0].sum()) / total, phases)


def _first_passage(up: Array, local: Array, down: Array) -> Array:
    """Matrix G of first-passage phase probabilities one level down, by logarithmic reduction."""
    inverse = np.linalg.inv(-local)
    high, low = inverse @ up, inverse @ down
    result, path = low.copy(), high.copy()
    while np.abs(path).max() > 1e-16 and np.abs(low).max() > 1e-300:
        censored = np.linalg.inv(np.eye(len(local)) - high @ low - low @ high)
        high, low = censored @ high @ high, censored @ low @ low
        result += path @ low
        path = path @ high
    return np.asarray(result)
