"""Shared nodes over arrays: users by the service at which each is done, as a heap per node."""

from typing import Any

from twin.compiled import inlined, lean
from twin.eventlog.requests import OK
from twin.simulate.fast_requests.world import (
    COMPLETIONS,
    HEAD,
    HEAD_AT,
    JOBS,
    NOW,
    ON_CPU,
    OVERFLOW,
    POSITION,
    SPEED_NOW,
    STATE,
    TOO_MANY_JOBS,
    V_AT,
    WHERE,
    V,
    schedule,
    use,
    wake,
)
from twin.simulate.request_plan import STATION_SERVERS
from twin.simulate.sharing import GRAIN_BITS, shared, ticks_until


@lean
def join_shared(w: Any, n: Any, s: Any, u: Any, work: Any) -> Any:
    """User u's request joins shared node n of station s with so much work."""
    settle(w, n, s)
    w.user[u, STATE] = ON_CPU
    jobs = w.node[n, JOBS]
    if jobs >= w.finish.shape[1]:
        w.count[OVERFLOW] |= TOO_MANY_JOBS
        return
    w.node[n, JOBS] = jobs + 1
    _rise(w, n, jobs, u, w.node[n, V] + (work << GRAIN_BITS))
    plan_ahead(w, n, s)


@lean
def leave_shared(w: Any, n: Any, u: Any) -> Any:
    """User u leaves a shared node, done or not."""
    s = w.node_station[n]
    settle(w, n, s)
    jobs = w.node[n, JOBS] - 1
    w.node[n, JOBS] = jobs
    hole = w.user[u, POSITION]
    if hole < jobs:
        last, finish = w.sharing[n, jobs], w.finish[n, jobs]
        parent = (hole - 1) >> 1
        if hole > 0 and _is_before(finish, last, w.finish[n, parent], w.sharing[n, parent]):
            _rise(w, n, hole, last, finish)
        else:
            _sink(w, n, hole, last, finish)
    plan_ahead(w, n, s)


@inlined
def finish_shared(w: Any, u: Any) -> Any:
    """User u's work at a shared node is done, if it is the one that is due now."""
    n = w.user[u, WHERE]
    if w.node[n, HEAD] == u and w.node[n, HEAD_AT] == w.count[NOW]:
        leave_shared(w, n, u)
        wake(w, u, OK)


@inlined
def _is_before(finish: Any, u: Any, other_finish: Any, other: Any) -> Any:
    return finish < other_finish or (finish == other_finish and u < other)


@inlined
def _rise(w: Any, n: Any, i: Any, u: Any, finish: Any) -> Any:
    while i > 0:
        parent = (i - 1) >> 1
        if not _is_before(finish, u, w.finish[n, parent], w.sharing[n, parent]):
            break
        _put(w, n, i, w.sharing[n, parent], w.finish[n, parent])
        i = parent
    _put(w, n, i, u, finish)


@inlined
def _sink(w: Any, n: Any, i: Any, u: Any, finish: Any) -> Any:
    jobs = w.node[n, JOBS]
    while True:
        child = 2 * i + 1
        if child >= jobs:
            break
        right = child + 1
        if right < jobs and _is_before(
            w.finish[n, right], w.sharing[n, right], w.finish[n, child], w.sharing[n, child]
        ):
            child = right
        if not _is_before(w.finish[n, child], w.sharing[n, child], finish, u):
            break
        _put(w, n, i, w.sharing[n, child], w.finish[n, child])
        i = child
    _put(w, n, i, u, finish)


@inlined
def _put(w: Any, n: Any, i: Any, u: Any, finish: Any) -> Any:
    w.finish[n, i] = finish
    w.sharing[n, i] = u
    w.user[u, POSITION] = i


@inlined
def _rate(w: Any, s: Any, jobs: Any) -> Any:
    return w.rate[s, min(jobs, w.rate.shape[1]) - 1]


@inlined
def settle(w: Any, n: Any, s: Any) -> Any:
    """Bring the service of a shared node up to now."""
    now, jobs = w.count[NOW], w.node[n, JOBS]
    if jobs > 0:
        servers = w.station[s, STATION_SERVERS]
        w.node[n, V] += shared(now - w.node[n, V_AT], jobs, servers, w.node[n, SPEED_NOW], _rate(w, s, jobs))
    w.node[n, V_AT] = now


@inlined
def plan_ahead(w: Any, n: Any, s: Any) -> Any:
    """Schedule who is done next at a shared node, if that has changed."""
    now, jobs = w.count[NOW], w.node[n, JOBS]
    servers = w.station[s, STATION_SERVERS]
    use(w.node, n, now, min(jobs, servers))
    if jobs == 0:
        w.node[n, V] = 0
        w.node[n, HEAD] = -1
        w.node[n, HEAD_AT] = -1
        return
    u = w.sharing[n, 0]
    left = max(w.finish[n, 0] - w.node[n, V], 0)
    due = now + ticks_until(left, jobs, servers, w.node[n, SPEED_NOW], _rate(w, s, jobs))
    if due != w.node[n, HEAD_AT] or u != w.node[n, HEAD]:
        w.node[n, HEAD] = u
        w.node[n, HEAD_AT] = due
        schedule(w, due, COMPLETIONS | u)
