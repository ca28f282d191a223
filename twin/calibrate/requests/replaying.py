"""A record replayed with other demands: the same users, thinking and order, other responses."""

from typing import Any

import numpy as np

from twin.calibrate.requests.evidence import Demands, Evidence
from twin.calibrate.requests.queue import picks, served
from twin.calibrate.requests.record import Record
from twin.tape.streams import below, name_key, replication_key


def replay(data: Evidence, demands: Demands, sizes: Any) -> tuple[Any, Any]:
    """When each request of the record would start and end with other demands.

    Thinking and the order of each user's requests stay as recorded: of closed users the next transaction waits for the
    answer, of open ones only the next request of the same transaction. sizes  of each request, relative to its class.
    """
    record = data.record
    after = followed(record, data.limits.users == "closed")
    gaps = np.where(after >= 0, record.start_s - record.end_s[after], 0.0)
    is_known = (data.classes.of >= 0) & np.isfinite(demands.mean_s[data.classes.of])
    work = np.where(is_known, demands.mean_s[data.classes.of] * sizes, data.got_s) * data.pace
    delay = np.where(is_known, demands.delay_s[data.classes.of], 0.0)
    starts, ends = served(
        record.start_s, after, np.maximum(gaps, 0.0) + np.where(after >= 0, delay[after], 0.0), work,
        data.limits.workers, data.limits.cores,
    )  # fmt: skip
    return starts, ends + delay


def drawn_sizes(data: Evidence, seed: int) -> Any:
    """For each request the relative size of another of its class, drawn from those used."""
    sizes = np.ones(len(data.record))
    for k in range(len(data.classes.keys)):
        mine = np.flatnonzero(data.classes.of == k)
        pool = data.got_s[data.is_used & (data.classes.of == k)]
        if len(pool) and pool.mean() > 0:
            key = below(below(replication_key(seed, 0), int(name_key("replay"))), k)
            sizes[mine] = pool[picks(key, len(mine), len(pool))] / pool.mean()
    return sizes


def own_sizes(data: Evidence) -> Any:
    """Each request's own size relative to its class within its level: only the class's mean is left open."""
    sizes = np.ones(len(data.record))
    for level in data.record.levels:
        inside = (data.record.start_s >= level.from_s) & (data.record.start_s < level.to_s)
        for k in range(len(data.classes.keys)):
            mine = inside & (data.classes.of == k)
            if mine.any() and data.got_s[mine].mean() > 0:
                sizes[mine] = data.got_s[mine] / data.got_s[mine].mean()
    return sizes


def followed(record: Record, is_closed: bool) -> Any:
    """The request each one waits for: the user's previous one when closed, that of the same transaction when open."""
    last: dict[int, int] = {}
    after = np.full(len(record), -1, np.int64)
    of = np.where(record.verb >= 0, record.user if is_closed else record.chain, -1 - np.arange(len(record)))
    for k, who in enumerate(of):
        before = last.get(int(who), -1)
        after[k] = before if before >= 0 and record.end_s[before] <= record.start_s[k] + 1e-9 else -1
        last[int(who)] = k
    return after
