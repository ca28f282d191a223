"""Nodes over arrays: the same decisions as `twin.simulate.request_places` and `request_balance`."""

from typing import Any

from twin.compiled import inlined, lean
from twin.eventlog.requests import OK
from twin.simulate.fast_requests.shared import join_shared, leave_shared, plan_ahead, settle
from twin.simulate.fast_requests.world import (
    AFTER,
    AGENDA_ROWS,
    BEFORE,
    BOUND,
    COMPLETIONS,
    DONE_AT,
    FIRST,
    IN_LINE,
    IN_SERVICE,
    IS_ORDERED,
    IS_READY,
    LEFT,
    NOW,
    OUTS,
    PAUSES,
    POSITION,
    SEEN,
    SERVED,
    SPEED_NOW,
    SPEED_USUAL,
    STATE,
    SUM,
    USED,
    USED_SINCE,
    WHERE,
    leave_line,
    line_up,
    schedule,
    use,
    wake,
)
from twin.simulate.order import AGENDA, REQUEST_BITS
from twin.simulate.request_plan import (
    CPU,
    DELAY,
    FCFS,
    STATION_BALANCE,
    STATION_EVERY,
    STATION_KIND,
    STATION_LAG,
    STATION_LEAST,
    STATION_MOST,
    STATION_NODE,
    STATION_SERVERS,
    STATION_TARGET,
    STATION_TRACKED,
)
from twin.simulate.sharing import ticks_for, work_done
from twin.tape import requests as R

PAUSE, RESUME, SPEED, OUT, LOOK = R.PAUSE, R.RESUME, R.SPEED, R.OUT, R.LOOK
ORDERS = AGENDA << REQUEST_BITS


@inlined
def join(w: Any, n: Any, u: Any, work: Any) -> Any:
    """User u's request joins node n with so much work."""
    s = w.node_station[n]
    kind = w.station[s, STATION_KIND]
    w.user[u, WHERE] = n
    if kind == FCFS:
        w.user[u, LEFT] = work
        if w.node[n, USED] < w.station[s, STATION_SERVERS]:
            use(w.node, n, w.count[NOW], w.node[n, USED] + 1)
            _start(w, n, s, u)
        else:
            w.user[u, STATE] = IN_LINE
            line_up(w, w.node, n, u)
    elif kind == DELAY:
        use(w.node, n, w.count[NOW], w.node[n, USED] + 1)
        w.user[u, STATE] = SERVED
        w.user[u, DONE_AT] = w.count[NOW] + work
        schedule(w, w.count[NOW] + work, COMPLETIONS | u)
    else:
        join_shared(w, n, s, u, work)


@inlined
def _start(w: Any, n: Any, s: Any, u: Any) -> Any:
    now = w.count[NOW]
    due = now + w.user[u, LEFT]
    if w.station[s, STATION_TRACKED] == 1:
        first = w.node[n, IN_SERVICE]
        w.user[u, AFTER] = first
        w.user[u, BEFORE] = -1
        if first >= 0:
            w.user[first, BEFORE] = u
        w.node[n, IN_SERVICE] = u
        w.user[u, POSITION] = now
        due = now + ticks_for(w.user[u, LEFT], w.node[n, SPEED_NOW])
    w.user[u, STATE] = SERVED
    w.user[u, DONE_AT] = due
    schedule(w, due, COMPLETIONS | u)


@inlined
def finish_served(w: Any, u: Any) -> Any:
    """User u's work at a node with servers, or a delay, is done."""
    _free_server(w, w.user[u, WHERE], u)
    wake(w, u, OK)


@inlined
def _free_server(w: Any, n: Any, u: Any) -> Any:
    s = w.node_station[n]
    if w.station[s, STATION_TRACKED] == 1:
        before, after = w.user[u, BEFORE], w.user[u, AFTER]
        if before < 0:
            w.node[n, IN_SERVICE] = after
        else:
            w.user[before, AFTER] = after
        if after >= 0:
            w.user[after, BEFORE] = before
    first = w.node[n, FIRST]
    if first >= 0:
        leave_line(w, w.node, n, first)
        _start(w, n, s, first)
    else:
        use(w.node, n, w.count[NOW], w.node[n, USED] - 1)


@lean
def withdraw(w: Any, u: Any) -> Any:
    """User u leaves a node before its work is done."""
    n = w.user[u, WHERE]
    if w.user[u, STATE] == IN_LINE:
        leave_line(w, w.node, n, u)
    elif w.user[u, STATE] == SERVED:
        _free_server(w, n, u)
    else:
        leave_shared(w, n, u)


@lean
def choose(w: Any, s: Any) -> Any:
    """The node that takes the next request at station s, -1 if none serves."""
    first, most = w.station[s, STATION_NODE], w.station[s, STATION_MOST]
    if w.station[s, STATION_BALANCE] == 1:
        best = -1
        for n in range(first, first + most):
            if _is_serving(w, n) and (best < 0 or w.node[n, BOUND] < w.node[best, BOUND]):
                best = n
        return best
    for step in range(1, most + 1):
        place = (w.last_node[s] + step) % most
        if _is_serving(w, first + place):
            w.last_node[s] = place
            return first + place
    return -1


@inlined
def _is_serving(w: Any, n: Any) -> Any:
    return w.node[n, IS_READY] == 1 and w.node[n, OUTS] == 0


@lean
def note(w: Any, kind: Any, number: Any, value: Any) -> Any:
    """A row of the agenda comes true."""
    if kind == LOOK:
        _look(w, number)
    elif kind in (PAUSE, RESUME):
        w.node[number, PAUSES] += 1 if kind == PAUSE else -1
        _set_speed(w, number)
    elif kind == SPEED:
        w.node[number, SPEED_USUAL] = value
        _set_speed(w, number)
    else:
        w.node[number, OUTS] += 1 if kind == OUT else -1


@lean
def _set_speed(w: Any, n: Any) -> Any:
    s, now = w.node_station[n], w.count[NOW]
    is_shared, before = w.station[s, STATION_KIND] == CPU, w.node[n, SPEED_NOW]
    if is_shared:
        settle(w, n, s)
    speed = 0 if w.node[n, PAUSES] > 0 else w.node[n, SPEED_USUAL]
    w.node[n, SPEED_NOW] = speed
    if is_shared:
        plan_ahead(w, n, s)
        return
    u = w.node[n, IN_SERVICE]
    while u >= 0:
        w.user[u, LEFT] -= work_done(now - w.user[u, POSITION], before)
        w.user[u, POSITION] = now
        w.user[u, DONE_AT] = now + ticks_for(w.user[u, LEFT], speed)
        schedule(w, w.user[u, DONE_AT], COMPLETIONS | u)
        u = w.user[u, AFTER]


@lean
def _look(w: Any, s: Any) -> Any:
    first, most = w.station[s, STATION_NODE], w.station[s, STATION_MOST]
    used, ordered, ready = 0, 0, 0
    for n in range(first, first + most):
        total = w.node[n, SUM] + w.node[n, USED] * (w.count[NOW] - w.node[n, USED_SINCE])
        if _is_serving(w, n):
            used += total - w.node[n, SEEN]
        w.node[n, SEEN] = total
        ordered += w.node[n, IS_ORDERED]
    whole = w.station[s, STATION_SERVERS] * w.station[s, STATION_EVERY] * w.station[s, STATION_TARGET]
    wanted = min(max((used * 1000 + whole - 1) // whole, w.station[s, STATION_LEAST]), most)
    for n in range(first, first + most):
        if ordered < wanted and w.node[n, IS_ORDERED] == 0:
            w.node[n, IS_ORDERED] = 1
            schedule(w, w.count[NOW] + w.station[s, STATION_LAG], ORDERS | (w.count[AGENDA_ROWS] + n))
            ordered += 1
        ready += w.node[n, IS_READY]
    n = first + most - 1
    while ordered == ready and ordered > wanted and n >= first:
        if w.node[n, IS_ORDERED] == 1:
            w.node[n, IS_ORDERED] = 0
            w.node[n, IS_READY] = 0
            ordered -= 1
            ready -= 1
        n -= 1
