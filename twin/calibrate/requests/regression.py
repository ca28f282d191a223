"""Demands by non-negative least squares of CPU seconds on the number of transactions in short spans.

Source: Zhang, Cherkasova, Smirni (2007), A regression-based analytic model for dynamic resource provisioning.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from twin.calibrate.requests.evidence import Demands, Evidence, NotEstimable, divided, step_shares, watched

SPAN_S, WEIGHINGS = 10.0, 4
WORST_CONDITION, WORST_STANDARD_ERROR = 30.0, 0.1


def by_utilisation(data: Evidence) -> Demands:
    """Demands from CPU seconds by transaction counts.

    A transaction's demand is divided among its requests as their attained times are.
    """
    stations = watched(data)
    counts, edges = counted(data)
    condition(data, counts)
    spent = np.array([[data.spent(station, pair)[0] for pair in edges] for station in stations])
    per_verb, scale = _weighted(counts, np.diff(edges, axis=1), spent)
    total = per_verb.sum(axis=0)
    _refuse_vague(data.record.verbs, counts * scale, (spent.sum(axis=0) - counts @ total) * scale[:, 0], total)
    whole = (per_verb * counts.sum(axis=0)).sum(axis=1)
    shares = {station: float(part) for station, part in zip(stations, whole / max(whole.sum(), 1e-12), strict=True)}
    return Demands("utilisation", divided(data, total), shares, np.zeros(len(data.classes.keys)))


def _weighted(counts: Any, lengths: Any, spent: Any) -> tuple[Any, Any]:
    """Demand of each transaction at each station, and the weight of each span.

    A span's variance is taken as the sum over its transactions of their squared demands, found in a few rounds.
    """
    from scipy.optimize import nnls

    columns, variance = np.column_stack([counts, lengths]), counts.sum(axis=1)
    for _ in range(WEIGHINGS):
        scale = 1 / np.sqrt(np.maximum(variance, variance.max() * 1e-3))[:, None]
        found = np.array([nnls(columns * scale, one * scale[:, 0])[0][:-1] for one in spent])
        variance = counts @ found.sum(axis=0) ** 2 + 1e-12
    return found, scale


def counted(data: Evidence) -> tuple[Any, Any]:
    """Transactions in each span, in proportion to the time they were there; and the spans' edges."""
    edges = np.array([
        (low, min(low + SPAN_S, level.to_s))
        for level in data.levels
        for low in np.arange(level.from_s, level.to_s - SPAN_S / 2, SPAN_S)
    ])  # fmt: skip
    record, firsts = data.record, data.classes
    counts = np.zeros((len(edges), len(record.verbs)))
    share = step_shares(data)
    length = np.maximum(record.end_s - record.start_s, 1e-9)
    for row, (low, high) in enumerate(edges):
        overlap = np.clip(np.minimum(record.end_s, high) - np.maximum(record.start_s, low), 0.0, None) / length
        for k, (verb, _) in enumerate(firsts.keys):
            counts[row, verb] += share[k] * overlap[firsts.of == k].sum()
    return counts, edges


def condition(data: Evidence, counts: Any) -> float:
    """How much errors of the counts are amplified. Raises NotEstimable, naming what rises and falls together."""
    names = data.record.verbs
    if len(counts) < 2 * counts.shape[1]:
        raise NotEstimable(f"{len(counts)} spans for {counts.shape[1]} transactions: measure longer")
    sizes = np.linalg.norm(counts, axis=0)
    if np.any(sizes == 0):
        raise NotEstimable(f"{names[int(np.argmin(sizes))]} was never asked for: measure it")
    number = float(np.linalg.cond(counts / sizes))
    if number > WORST_CONDITION:
        alike = np.triu((counts / sizes).T @ (counts / sizes), 1)
        a, b = np.unravel_index(int(np.argmax(alike)), alike.shape)
        raise NotEstimable(
            f"{names[a]} and {names[b]} rise and fall together (condition number {number:.0f}): "
            "measure a level with another mix"
        )
    return number


def _refuse_vague(verbs: Sequence[str], counts: Any, residuals: Any, total: Any) -> None:
    """Raises NotEstimable when the standard error of a transaction's demand is a large part of it."""
    variance = float(residuals @ residuals) / max(len(counts) - counts.shape[1], 1)
    errors = np.sqrt(variance * np.diag(np.linalg.inv(counts.T @ counts)))
    relative = errors / np.maximum(total, 1e-12)
    worst = int(np.argmax(relative))
    if relative[worst] > WORST_STANDARD_ERROR:
        raise NotEstimable(
            f"the mix varies too little to tell {verbs[worst]} from the others (standard error "
            f"{min(relative[worst], 9.99):.0%} of its demand): measure a level with another mix, or longer"
        )
