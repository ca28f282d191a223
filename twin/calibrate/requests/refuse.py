"""What no estimator should be given, and why."""

from typing import Any

import numpy as np

from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import Record

FEWEST_OVERLAPS = 20.0
FEWEST_REQUESTS = 30
MOST_BAD_RATIO, MOST_RARE_RATIO = 0.1, 0.15


def refuse(record: Record, limits: Limits) -> None:
    """Raises ValueError for closed users passed off as open ones, for too few requests and for too many failures."""
    whole = record.verb >= 0
    if limits.users == "open" and is_closed_loop(record):
        raise ValueError(
            'these are requests of closed users (nobody asked before the last answer came), not "users: open": '
            "say users: closed, or measure with open arrivals"
        )
    _refuse_rare(record)
    bad = float(np.mean(~record.is_good[whole]))
    if bad > MOST_BAD_RATIO:
        raise ValueError(
            f"{bad:.0%} of the requests failed: their demands are not those of work done; find out why first"
        )


def _refuse_rare(record: Record) -> None:
    """Raises ValueError when transactions seen only a few times take a large part of the time."""
    counts = np.array([np.sum((record.verb == k) & (record.step == 0)) for k in range(len(record.verbs))])
    length = record.end_s - record.start_s
    time = np.array([length[record.verb == k].sum() for k in range(len(record.verbs))])
    rare = np.flatnonzero(counts < FEWEST_REQUESTS)
    ratio = float(time[rare].sum() / max(time.sum(), 1e-12))
    if ratio > MOST_RARE_RATIO:
        seen = ", ".join(f"{record.verbs[k]} ({counts[k]})" for k in rare)
        raise ValueError(
            f"{ratio:.0%} of the time went into transactions seen fewer than {FEWEST_REQUESTS} times: {seen}; "
            "measure longer"
        )


def is_closed_loop(record: Record) -> bool:
    """Whether each user waited for the answer before the next transaction, where chance would have had overlaps.

    If transactions came by themselves, a user's next one would start before the last answer about as often as responses
    are long in relation to the gaps between starts; with 20 such overlaps expected and none seen, they did not.
    """
    first, last = _ends_of_chains(record)
    order = np.lexsort((record.intended_s[first], record.user[first]))
    user, due, end = (values[order] for values in (record.user[first], record.intended_s[first], record.end_s[last]))
    same = user[1:] == user[:-1]
    if not same.any():
        return False
    gaps, responses = (due[1:] - due[:-1])[same], (end[:-1] - due[:-1])[same]
    overlaps = int(np.sum(due[1:][same] < end[:-1][same] - 1e-9))
    mean_gap = max(float(gaps.mean()), 1e-9)
    expected = float(np.sum(1.0 - np.exp(-responses / mean_gap)))
    return expected >= FEWEST_OVERLAPS and overlaps == 0


def _ends_of_chains(record: Record) -> tuple[Any, Any]:
    """The first and the last request of each transaction."""
    order = np.lexsort((record.start_s, record.chain))
    order = order[record.verb[order] >= 0]
    chain = record.chain[order]
    is_first = np.concatenate([[True], chain[1:] != chain[:-1]])
    is_last = np.concatenate([chain[1:] != chain[:-1], [True]])
    return order[is_first], order[is_last]


def quantile(values: Any, level: float) -> float:
    """A sample quantile. Raises ValueError when fewer than 10 samples lie beyond it (1,000 samples for p99)."""
    fewest = round(10 / (1 - level))
    if len(values) < fewest:
        raise ValueError(f"p{100 * level:g} from {len(values)} samples: at least {fewest:,} are needed; measure longer")
    return float(np.quantile(values, level))
