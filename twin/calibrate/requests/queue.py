"""One host as a queue, forwards and backwards: from demands to responses, and from responses back to demands.

Requests wait in one line, in order of arrival, for one of `workers`; those that have one share `cores` equally, each at
most one core. `attained` inverts `served`: given when requests came and went, it says how much work each one got.
"""

from typing import Any

import numpy as np

from twin.compiled import kernel
from twin.tape.streams import uniform


def attained(starts_s: Any, ends_s: Any, workers: int, cores: float) -> tuple[Any, Any, Any]:
    """Core seconds each request got, how long it waited for a worker, and how many others it met, on average over the
    work it got; all from when it came and went.

    A request that left while it waited (its user gave up) got nothing and met nobody. Arrays in order of starts.
    """
    order = np.argsort(ends_s, kind="stable")
    found: tuple[Any, Any, Any] = _attained(
        np.asarray(starts_s, float), np.asarray(ends_s, float), order, workers, float(cores)
    )
    return found


def served(first_s: Any, after: Any, gaps_s: Any, demands_s: Any, workers: int, cores: float) -> tuple[Any, Any]:
    """When each request starts and ends, given the demands.

    Request i comes at first_s[i] if after[i] is -1, else gaps_s[i] after request after[i] < i has ended. Each request
    is followed by at most one.
    """
    count = len(demands_s)
    following = np.full(count, -1, np.int64)
    chained = np.flatnonzero(np.asarray(after) >= 0)
    following[np.asarray(after)[chained]] = chained
    starts, ends = np.full(count, np.nan), np.full(count, np.nan)
    heap_at, heap_who = np.empty(count + 1), np.empty(count + 1, np.int64)
    _served(
        np.asarray(first_s, float), np.asarray(after, np.int64), following, np.asarray(gaps_s, float),
        np.asarray(demands_s, float), workers, float(cores), starts, ends, heap_at, heap_who,
    )  # fmt: skip
    return starts, ends


@kernel
def picks(key: Any, count: int, among: int) -> Any:
    """`count` whole numbers from 0 to `among` - 1, drawn by counter."""
    chosen = np.empty(count, np.int64)
    for k in range(count):
        chosen[k] = int(uniform(key, k) * among)
    return chosen


@kernel
def _attained(starts: Any, ends: Any, order: Any, workers: int, cores: float) -> Any:
    count = len(starts)
    got, waited, met = np.zeros(count), np.zeros(count), np.zeros(count)
    entered, met_before = np.full(count, -1.0), np.zeros(count)
    line = np.empty(count, np.int64)
    has_left = np.zeros(count, np.bool_)
    head = tail = busy = came = left = 0
    clock, work, company = 0.0, 0.0, 0.0
    while left < count:
        ending = order[left]
        is_end = came >= count or ends[ending] <= starts[came]
        at = ends[ending] if is_end else starts[came]
        if busy > 0:
            part = (at - clock) * min(1.0, cores / busy)
            work += part
            company += part * (busy - 1)
        clock = at
        if is_end:
            left += 1
            has_left[ending] = True
            if entered[ending] >= 0.0:
                got[ending] = work - entered[ending]
                met[ending] = (company - met_before[ending]) / max(got[ending], 1e-12)
                busy -= 1
            else:
                waited[ending] = at - starts[ending]
        else:
            line[tail] = came
            tail += 1
            came += 1
        while busy < workers and head < tail:
            who = line[head]
            head += 1
            if not has_left[who]:
                entered[who], met_before[who] = work, company
                waited[who] = clock - starts[who]
                busy += 1
    return got, waited, met


@kernel
def _push(heap_at: Any, heap_who: Any, size: int, at: float, who: int) -> int:
    """Add to a heap ordered by time, then number."""
    place = size
    while place > 0:
        above = (place - 1) // 2
        if heap_at[above] < at or (heap_at[above] == at and heap_who[above] < who):
            break
        heap_at[place], heap_who[place] = heap_at[above], heap_who[above]
        place = above
    heap_at[place], heap_who[place] = at, who
    return size + 1


@kernel
def _drop(heap_at: Any, heap_who: Any, size: int) -> int:
    """Remove the least of a heap."""
    size -= 1
    at, who = heap_at[size], heap_who[size]
    place = 0
    while 2 * place + 1 < size:
        below = 2 * place + 1
        other = below + 1
        if other < size and (
            heap_at[other] < heap_at[below] or (heap_at[other] == heap_at[below] and heap_who[other] < heap_who[below])
        ):
            below = other
        if at < heap_at[below] or (at == heap_at[below] and who < heap_who[below]):
            break
        heap_at[place], heap_who[place] = heap_at[below], heap_who[below]
        place = below
    heap_at[place], heap_who[place] = at, who
    return size


@kernel
def _served(
    first: Any, after: Any, following: Any, gaps: Any, demands: Any, workers: int, cores: float,
    starts: Any, ends: Any, heap_at: Any, heap_who: Any,
) -> None:  # fmt: skip
    count = len(demands)
    size = 0
    for who in range(count):
        if after[who] < 0:
            size = _push(heap_at, heap_who, size, first[who], who)
    line = np.empty(count, np.int64)
    done_at_work, serving = np.empty(workers), np.empty(workers, np.int64)
    head = tail = busy = finished = 0
    clock, work = 0.0, 0.0
    while finished < count:
        soonest = 0
        for place in range(1, busy):
            if done_at_work[place] < done_at_work[soonest]:
                soonest = place
        rate = min(1.0, cores / busy) if busy > 0 else 1.0
        end = clock + max(0.0, done_at_work[soonest] - work) / rate if busy > 0 else np.inf
        if size > 0 and heap_at[0] < end:
            work += (heap_at[0] - clock) * rate
            clock, who = heap_at[0], heap_who[0]
            size = _drop(heap_at, heap_who, size)
            starts[who] = clock
            line[tail] = who
            tail += 1
        else:
            work, clock, who = done_at_work[soonest], end, serving[soonest]
            busy -= 1
            done_at_work[soonest], serving[soonest] = done_at_work[busy], serving[busy]
            ends[who] = clock
            finished += 1
            if following[who] >= 0:
                size = _push(heap_at, heap_who, size, clock + gaps[following[who]], following[who])
        while busy < workers and head < tail:
            serving[busy] = line[head]
            done_at_work[busy] = work + demands[line[head]]
            head += 1
            busy += 1
