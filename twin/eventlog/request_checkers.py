"""Laws any request log obeys, simulated or real."""

from collections.abc import Iterator

import numpy as np

from twin.eventlog.requests import OUTCOME_NAMES, UNFINISHED, RequestLog


def check_requests(log: RequestLog) -> list[str]:
    """What a request log breaks, in words; empty if it is lawful."""
    return [*_causality(log), *_accounts(log), *_order(log), *_usage(log)]


def _causality(log: RequestLog) -> Iterator[str]:
    if (log.start_at < log.intended_at).any():
        yield "a request starts before it is due"
    if (log.end_at < log.start_at).any() or (log.end_at > log.end_ticks).any() or (log.start_at < 0).any():
        yield "a request ends before it starts, or behind the end of the log"
    if (log.attempts < 1).any() or not np.isin(log.outcome, range(len(OUTCOME_NAMES))).all():
        yield "a request without an attempt or with an unknown outcome"


def _accounts(log: RequestLog) -> Iterator[str]:
    if (log.spent < 0).any():
        yield "a request spends a negative time somewhere"
    total = log.spent.sum(axis=1)
    if (total > log.end_at - log.start_at).any():
        yield "a request spends more time at places than it takes"
    is_simple = (log.attempts == 1) & (log.outcome != UNFINISHED)
    if (total != log.end_at - log.start_at)[is_simple].any():
        yield "the parts of a request do not add up to the whole"


def _order(log: RequestLog) -> Iterator[str]:
    is_done = log.outcome != UNFINISHED
    if (np.diff(log.end_at[is_done]) < 0).any():
        yield "requests are not in the order in which they ended"
    if (np.diff(is_done.astype(np.int8)) > 0).any():
        yield "an unfinished request stands before a finished one"
    order = np.lexsort((log.start_at, log.user))
    same = np.diff(log.user[order]) == 0
    if (log.start_at[order][1:] < log.end_at[order][:-1])[same].any():
        yield "a user makes two requests at a time"


def _usage(log: RequestLog) -> Iterator[str]:
    if (log.busy < 0).any():
        yield "a place is in use for a negative time"
    if (log.looked_up[:, 0] > log.looked_up[:, 1]).any():
        yield "a cache has more hits than look-ups"
