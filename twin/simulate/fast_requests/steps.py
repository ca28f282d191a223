"""The steps of requests over arrays: the same decisions as `twin.simulate.requests`."""

from typing import Any

from twin.compiled import inlined, lean
from twin.eventlog import requests as E
from twin.simulate.fast_requests.caches import is_hit, wanted
from twin.simulate.fast_requests.nodes import choose, join, withdraw
from twin.simulate.fast_requests.world import (
    ASKS_LICENCE,
    AT,
    ATTEMPTS,
    BACKING_OFF,
    BOUND,
    COLUMN,
    DEADLINE,
    DONE_AT,
    FIRST,
    HAS_LICENCE,
    HELD,
    IDLE,
    IN_POOL,
    LICENCE,
    NO_LICENCE,
    NOW,
    OUTCOME,
    PERSONA,
    SINCE,
    STATE,
    TIMERS,
    TRANSACTION,
    USED,
    WAITING,
    WHERE,
    leave_line,
    line_up,
    schedule,
    use,
    wake,
)
from twin.simulate.order import FIRST_OBJECT
from twin.simulate.request_plan import (
    ARG,
    DONE,
    GIVE,
    HOLD,
    LAW,
    LOCK,
    OP,
    POOL_FIRST,
    POOL_QUEUE,
    POOL_SIZE,
    POOL_STATION,
    SLOT,
    STATION_BOUND,
    STATION_NODE,
    TRANSACTION_START,
    TRANSACTION_TIMEOUT,
    TRANSACTION_TIMES,
    TRANSACTION_WAIT,
    UNLOCK,
    VISIT,
)
from twin.simulate.sharing import MOST_WORK
from twin.tape import requests as R

OK, REFUSED, TIMED_OUT, FAILED, LOCKED = E.OK, E.REFUSED, E.TIMED_OUT, E.FAILED, E.LOCKED
BACK_OFF, HELD_SLOT, NEVER = R.BACK_OFF, R.HELD, R.NEVER
# What `walk` returns when a request has not ended.
STILL_UNDER_WAY = -1


@inlined
def start_attempt(w: Any, u: Any) -> Any:
    """User u tries; the outcome, or STILL_UNDER_WAY."""
    t = w.user[u, TRANSACTION]
    w.user[u, ATTEMPTS] += 1
    w.user[u, AT] = w.transaction[t, TRANSACTION_START]
    for column in range(w.bound.shape[1]):
        w.bound[u, column] = -1
    timeout = w.transaction[t, TRANSACTION_TIMEOUT]
    if timeout >= 0:
        w.user[u, DEADLINE] = w.count[NOW] + timeout
        schedule(w, w.count[NOW] + timeout, TIMERS | u)
    licence = w.licence[w.user[u, PERSONA]]
    if licence >= 0 and w.user[u, LICENCE] == NO_LICENCE:
        w.user[u, LICENCE] = ASKS_LICENCE
        outcome = _take(w, u, licence, w.pool[licence, POOL_FIRST])
        if outcome != OK:
            return outcome
        w.user[u, LICENCE] = HAS_LICENCE
    return walk(w, u)


@inlined
def go_on(w: Any, u: Any) -> Any:
    """User u is woken; the outcome of the attempt, or STILL_UNDER_WAY."""
    w.user_spent[u, w.user[u, COLUMN]] += w.count[NOW] - w.user[u, SINCE]
    outcome = w.user[u, OUTCOME]
    if outcome != OK:
        return outcome
    if w.user[u, STATE] == IN_POOL:
        if w.user[u, LICENCE] == ASKS_LICENCE:
            w.user[u, LICENCE] = HAS_LICENCE
        else:
            _hold(w, u, w.user[u, WHERE])
    return walk(w, u)


@inlined
def _hold(w: Any, u: Any, what: Any) -> Any:
    held = w.user[u, HELD]
    w.held[u, held] = what
    w.user[u, HELD] = held + 1


@lean
def walk(w: Any, u: Any) -> Any:
    """Do the steps of user u's request from where it is; the outcome, or STILL_UNDER_WAY if it has to wait."""
    at = w.user[u, AT]
    while True:
        op, arg, law = w.program[at, OP], w.program[at, ARG], w.program[at, LAW]
        key, slot, attempt = w.request_key[u], w.program[at, SLOT], w.user[u, ATTEMPTS] - 1
        at += 1
        if op == VISIT:
            n = _node(w, u, arg)
            if n < 0:
                return REFUSED
            w.user[u, AT] = at
            w.user[u, COLUMN] = arg
            w.user[u, SINCE] = w.count[NOW]
            join(w, n, u, min(R.drawn_ticks(w.laws, law, key, slot, attempt), MOST_WORK))
            return STILL_UNDER_WAY
        if op == DONE:
            return OK
        if op == HOLD:
            w.user[u, AT] = at
            outcome = _take_held(w, u, arg)
            if outcome != OK:
                return outcome
        elif op in (GIVE, UNLOCK):
            _release_last(w, u)
        elif op == LOCK:
            if not _check_out(w, u, arg, law, slot):
                return LOCKED
        elif is_hit(w, arg, key, slot, attempt):
            at = law


@lean
def _node(w: Any, u: Any, s: Any) -> Any:
    column = w.station[s, STATION_BOUND]
    if column < 0:
        return w.station[s, STATION_NODE]
    n = w.bound[u, column]
    if n < 0:
        n = choose(w, s)
        if n >= 0:
            w.bound[u, column] = n
            w.node[n, BOUND] += 1
    return n


@lean
def _take_held(w: Any, u: Any, pool: Any) -> Any:
    number, home = w.pool[pool, POOL_FIRST], w.pool[pool, POOL_STATION]
    if home >= 0:
        n = _node(w, u, home)
        if n < 0:
            return REFUSED
        number += n - w.station[home, STATION_NODE]
    outcome = _take(w, u, pool, number)
    if outcome == OK:
        _hold(w, u, number)
    return outcome


@inlined
def _take(w: Any, u: Any, pool: Any, number: Any) -> Any:
    if w.tray[number, USED] < w.pool[pool, POOL_SIZE]:
        use(w.tray, number, w.count[NOW], w.tray[number, USED] + 1)
        return OK
    if w.tray[number, WAITING] >= w.pool[pool, POOL_QUEUE]:
        return REFUSED
    w.tray[number, WAITING] += 1
    line_up(w, w.tray, number, u)
    w.user[u, STATE] = IN_POOL
    w.user[u, WHERE] = number
    w.user[u, COLUMN] = len(w.station) + pool
    w.user[u, SINCE] = w.count[NOW]
    return STILL_UNDER_WAY


@inlined
def give(w: Any, number: Any) -> Any:
    """One of a pool comes back, and goes to the first in line, if any."""
    first = w.tray[number, FIRST]
    if first < 0:
        use(w.tray, number, w.count[NOW], w.tray[number, USED] - 1)
        return
    w.tray[number, WAITING] -= 1
    leave_line(w, w.tray, number, first)
    wake(w, first, OK)


@inlined
def _release_last(w: Any, u: Any) -> Any:
    held = w.user[u, HELD] - 1
    w.user[u, HELD] = held
    what = w.held[u, held]
    if what >= 0:
        give(w, what)
    else:
        w.locked[-1 - what] = 0


@lean
def _check_out(w: Any, u: Any, lock: Any, law: Any, slot: Any) -> Any:
    key, attempt = w.request_key[u], w.user[u, ATTEMPTS] - 1
    thing = wanted(w, lock, key, slot, attempt)
    if w.locked[thing] == 1:
        return False
    w.locked[thing] = 1
    if law < 0:
        _hold(w, u, -1 - thing)
    else:
        held = max(R.drawn_ticks(w.laws, law, key, HELD_SLOT + slot, attempt), 1)
        schedule(w, w.count[NOW] + held, TIMERS | (FIRST_OBJECT + thing))
    return True


@lean
def cut_short(w: Any, u: Any, outcome: Any) -> Any:
    """The attempt of user u ends where it waits."""
    w.user[u, DEADLINE] = -1
    if w.user[u, STATE] == IN_POOL:
        w.tray[w.user[u, WHERE], WAITING] -= 1
        leave_line(w, w.tray, w.user[u, WHERE], u)
    else:
        withdraw(w, u)
    wake(w, u, outcome)


@inlined
def end_attempt(w: Any, u: Any, outcome: Any) -> Any:
    """Let go of everything; whether another attempt follows."""
    w.user[u, DEADLINE] = -1
    w.user[u, STATE] = IDLE
    if w.user[u, LICENCE] == ASKS_LICENCE:
        w.user[u, LICENCE] = NO_LICENCE
    while w.user[u, HELD] > 0:
        _release_last(w, u)
    for column in range(w.bound.shape[1]):
        if w.bound[u, column] >= 0:
            w.node[w.bound[u, column], BOUND] -= 1
            w.bound[u, column] = -1
    if outcome in (OK, LOCKED):
        return False
    t, attempts = w.user[u, TRANSACTION], w.user[u, ATTEMPTS]
    if attempts > w.transaction[t, TRANSACTION_TIMES]:
        return False
    _back_off(w, u, t, attempts)
    return True


@lean
def _back_off(w: Any, u: Any, t: Any, attempts: Any) -> Any:
    wait = float(R.drawn_ticks(w.laws, w.transaction[t, TRANSACTION_WAIT], w.request_key[u], BACK_OFF, attempts - 1))
    for _ in range(attempts - 1):
        wait = wait * w.factor[t]
    again = w.count[NOW] + max(int(min(wait, float(NEVER))), 1)
    w.user[u, STATE] = BACKING_OFF
    w.user[u, DONE_AT] = again
    schedule(w, again, TIMERS | u)
