"""Selection among few systems: the best of them, and which of them keep a limit, with a chance of error as asked."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.theory.selection import kim_nelson_eta, ocba_fractions, rinott_h

Floats = NDArray[np.float64]
_rinott_h = lru_cache(maxsize=64)(rinott_h)
Sample = Callable[[int, range], Floats]
"""Values of system k in a range of replications, shape (replications,)."""


@dataclass(frozen=True)
class Selected:
    """The system chosen, its index; and the replications spent on each."""

    best: int
    spent: tuple[int, ...]


def kim_nelson(sample: Sample, systems: int, alpha: float, delta: float, first_stage: int = 20) -> Selected:
    """The system with the largest mean, with probability 1 - alpha if it leads by delta: fully sequential selection.

    Systems may share their random numbers. delta  smallest difference worth detecting, above 0.
    Source: Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation.
    """
    _check(delta, systems)
    if systems == 1:
        return Selected(0, (first_stage,))
    data = np.stack([sample(k, range(first_stage)) for k in range(systems)])
    spread = np.array([[float(np.var(a - b, ddof=1)) for b in data] for a in data])
    reach = 2.0 * kim_nelson_eta(systems, alpha, first_stage) * (first_stage - 1) * spread / delta**2
    total, alive, spent = data.sum(axis=1), list(range(systems)), np.full(systems, first_stage)
    done = first_stage
    while len(alive) > 1:
        edge = np.maximum(0.0, delta / 2.0 * (reach - done))
        alive = [i for i in alive if all(total[i] >= total[j] - edge[i, j] for j in alive if j != i)]
        if len(alive) <= 1:
            break
        for k in alive:
            total[k] += float(sample(k, range(done, done + 1))[0])
            spent[k] += 1
        done += 1
    best = max(alive, key=lambda k: total[k])
    return Selected(best, tuple(spent.tolist()))


def rinott(sample: Sample, systems: int, confidence: float, delta: float, first_stage: int = 20) -> Selected:
    """The system with the largest mean, with that confidence if it leads by delta: two stages, independent systems.

    Source: Rinott (1978), On two-stage selection procedures and related probability-inequalities.
    """
    _check(delta, systems)
    h = _rinott_h(systems, confidence, first_stage) if systems > 1 else 0.0
    means, spent = [], []
    for k in range(systems):
        first = sample(k, range(first_stage))
        count = max(first_stage, math.ceil(h**2 * float(np.var(first, ddof=1)) / delta**2))
        rest = sample(k, range(first_stage, count)) if count > first_stage else first[:0]
        means.append(float(np.concatenate([first, rest]).mean()))
        spent.append(count)
    return Selected(int(np.argmax(means)), tuple(spent))


def ocba(sample: Sample, systems: int, budget: int, first_stage: int = 10, step: int = 10) -> Selected:
    """The system with the largest mean by optimal computing budget allocation over a fixed budget of replications.

    Source: Chen, Lin, Yucesan and Chick (2000), Simulation budget allocation for further enhancing the efficiency of
    ordinal optimization.
    """
    _check(1.0, systems)
    data = [sample(k, range(first_stage)) for k in range(systems)]
    while (used := sum(map(len, data))) < budget and systems > 1:
        means = np.array([-float(one.mean()) for one in data])
        sds = [max(float(one.std(ddof=1)), 1e-12) for one in data]
        means = means + np.arange(systems) * 1e-12 * (1.0 + abs(means).max())
        wanted = ocba_fractions(means.tolist(), sds) * (used + step)
        short = int(np.argmax(wanted - np.array([len(one) for one in data])))
        more = min(step, budget - used)
        data[short] = np.concatenate([data[short], sample(short, range(len(data[short]), len(data[short]) + more))])
    return Selected(int(np.argmax([one.mean() for one in data])), tuple(map(len, data)))


def feasible(values: Floats, alpha: float, tolerance: float, systems: int = 1) -> Floats:
    """What sequential checks say of each constraint "mean at least 0": 1 it holds, -1 it does not, 0 undecided yet.

    values  shape (replications, constraints), the first 20 of which estimate the variance. With probability 1 - alpha
    no constraint of `systems` systems that is off by more than the tolerance is judged wrongly.
    Source: Andradottir and Kim (2010), Fully sequential procedures for comparing constrained systems via simulation.
    """
    first = min(20, len(values))
    if first < 2 or tolerance <= 0 or not 0 < alpha < 1:
        raise ValueError("feasible needs 2 replications, a tolerance above 0 and alpha in (0, 1)")
    share = alpha / (systems * values.shape[1])
    h2 = ((2.0 * share) ** (-2.0 / (first - 1)) - 1.0) * (first - 1)
    spread = np.var(values[:first], axis=0, ddof=1)
    total = np.cumsum(values, axis=0)
    done = np.arange(first, len(values) + 1)[:, None]
    edge = np.maximum(0.0, h2 * spread / (2.0 * tolerance) - tolerance * done / 2.0)
    at = total[first - 1 :]
    left = np.abs(at) >= edge
    when = np.argmax(left, axis=0)
    columns = np.arange(values.shape[1])
    return np.where(left[when, columns], np.where(at[when, columns] >= 0, 1.0, -1.0), 0.0)


def best_intervals(values: Floats, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Multiple comparisons with the best: bounds of each system's mean less the best of the others, (systems,) twice.

    values  shape (replications, systems), larger is better; systems share their random numbers. A system whose upper
    bound is 0 is not the best; one whose lower bound is 0 is. All bounds hold together with that confidence.
    Source: Hsu (1984), Constrained simultaneous confidence intervals for multiple comparisons with the best; paired
    Bonferroni form of Nelson and Matejcik (1995), Using common random numbers for indifference-zone selection.
    """
    from scipy.special import stdtrit

    n, systems = values.shape
    if n < 2 or systems < 2:
        raise ValueError("comparisons with the best need 2 replications of 2 systems")
    gap = values[:, :, None] - values[:, None, :]
    error = gap.std(axis=0, ddof=1) / math.sqrt(n)
    width = float(stdtrit(n - 1, 1.0 - (1.0 - confidence) / (systems * (systems - 1)))) * error
    mean = gap.mean(axis=0)
    off = ~np.eye(systems, dtype=bool)
    upper = np.array([np.min((mean + width)[i][off[i]]) for i in range(systems)])
    lower = np.array([np.min((mean - width)[i][off[i]]) for i in range(systems)])
    return np.minimum(lower, 0.0), np.maximum(upper, 0.0)


def _check(delta: float, systems: Sequence[int] | int) -> None:
    if delta <= 0 or (isinstance(systems, int) and systems < 1):
        raise ValueError("selection needs at least one system and a delta above 0")
