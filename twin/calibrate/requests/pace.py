"""How fast the machine was around each request: others on its host make it slow for seconds or minutes at a time."""

from typing import Any

import numpy as np

from twin.calibrate.requests.record import Record

BLOCK_S = 10.0


def paces(record: Record, got_s: Any, used: Any) -> Any:
    """How many times as long as usual the fixed work took around each request, in blocks of ten seconds.

    Usual is the mean over the work of the used requests. 1 for all without a probe, and where it did not look.
    """
    slow = slowness(record)
    if slow is None or not used.any():
        return np.ones(len(record))
    usual = got_s[used].sum() / (got_s[used] / slow[used]).sum()
    return slow / usual


def slowness(record: Record) -> Any:
    """Seconds that the fixed work took around each request: the mean of its block, of all where there was no look.

    None without a probe.
    """
    if record.speed is None:
        return None
    at, value = record.speed.T
    first = min(float(at[0]), float(record.start_s.min()))
    middle = (record.start_s + record.end_s) / 2
    blocks = int((max(float(at[-1]), float(middle.max())) - first) // BLOCK_S) + 1
    of_looks, of_requests = (((x - first) // BLOCK_S).astype(np.int64) for x in (at, middle))
    count = np.bincount(of_looks, minlength=blocks)
    mean = np.where(count > 0, np.bincount(of_looks, value, blocks) / np.maximum(count, 1), value.mean())
    return mean[of_requests]
