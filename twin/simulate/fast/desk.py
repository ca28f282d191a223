"""Agents and waiting lines over arrays: the same decisions as `twin.simulate.desk`."""

from typing import Any

from twin.compiled import inlined, lean
from twin.eventlog.schema import INTERRUPTED, ON_DUTY, PAGED, PAUSED, STARTED
from twin.simulate.fast.world import (
    AFTER,
    AT_WORK,
    BEFORE,
    BUSY,
    CALLED_OUT,
    DONE_AT,
    FIRST_SLOT,
    HEADS,
    JOINED,
    LEFT,
    LEVEL,
    LEVELS,
    NOW,
    PLACE,
    POOL,
    QUEUE,
    SERVES,
    SINCE,
    SLOT,
    STATE,
    STEP,
    WAITING,
    schedule,
    write,
)
from twin.simulate.order import COMPLETION, ENTITY_BITS
from twin.simulate.plan import POOL_CALL_OUT, POOL_LIMIT, POOL_PAUSES, POOL_PREEMPT
from twin.tape.tape import KIND_MASK, STEP_KIND, TRIAGE

FINISH = COMPLETION << ENTITY_BITS


@inlined
def join(w: Any, t: Any, queue: Any, left: Any) -> Any:
    """Ticket t joins the end of a queue's line for `left` ticks of agent time."""
    w.ticket[t, QUEUE] = queue
    w.ticket[t, LEFT] = left
    w.count[JOINED] += 1
    w.ticket[t, PLACE] = w.count[JOINED]
    place(w, t)


@inlined
def go_on(w: Any, t: Any, left: Any) -> Any:
    """The same agent goes on with ticket t for another `left` ticks."""
    w.ticket[t, LEFT] = left
    w.ticket[t, SINCE] = w.count[NOW]
    _finish_later(w, t)


@inlined
def release(w: Any, t: Any) -> Any:
    """The agent lets go of ticket t and takes the next one, if still on duty."""
    p = w.ticket[t, POOL]
    _take_out(w, t, p)
    take_next(w, p, False)


@lean
def set_heads(w: Any, p: Any, heads: Any) -> Any:
    """Heads on duty from now on; work in hand beyond them is paused or finished, as the tier does."""
    w.pool[p, HEADS] = heads
    write(w, ON_DUTY, p, p, heads)
    paused = -1
    while w.pool[p, POOL_PAUSES] == 1 and w.pool[p, BUSY] > heads:
        t = _least_urgent(w, p)
        _put_back(w, t, p, PAUSED)
        w.ticket[t, AFTER] = paused
        paused = t
    while paused >= 0:
        t = paused
        paused = w.ticket[t, AFTER]
        place(w, t)
    take_next(w, p, True)


@inlined
def place(w: Any, t: Any) -> Any:
    """Find ticket t an agent or a place in line, and then each ticket it displaces."""
    while t >= 0:
        t = _place_one(w, t)


@inlined
def _place_one(w: Any, t: Any) -> Any:
    q, level = w.ticket[t, QUEUE], w.ticket[t, LEVEL]
    first_pool = 2 * w.count[LEVELS]
    can_preempt = False
    for k in range(first_pool, w.queue.shape[1]):
        p = w.queue[q, k]
        if p < 0:
            break
        if level <= w.pool[p, POOL_LIMIT]:
            if w.pool[p, BUSY] < w.pool[p, HEADS]:
                _assign(w, t, p, True)
                return -1
            can_preempt = can_preempt or level <= w.pool[p, POOL_PREEMPT]
    if can_preempt:
        for k in range(first_pool, w.queue.shape[1]):
            p = w.queue[q, k]
            if p < 0:
                break
            if level <= w.pool[p, POOL_LIMIT] and level <= w.pool[p, POOL_PREEMPT] and w.pool[p, BUSY] > 0:
                victim = _least_urgent(w, p)
                if w.ticket[victim, LEVEL] > level and w.pool[p, BUSY] <= w.pool[p, HEADS]:
                    was_called_out = w.ticket[victim, STATE] == CALLED_OUT
                    _put_back(w, victim, p, INTERRUPTED)
                    _assign(w, t, p, was_called_out)
                    return victim
    _line_up(w, t, q, level)
    return -1


@inlined
def _line_up(w: Any, t: Any, q: Any, level: Any) -> Any:
    after = w.queue[q, 2 * level]
    before = -1
    if after >= 0:
        tail = w.queue[q, 2 * level + 1]
        if w.ticket[tail, PLACE] < w.ticket[t, PLACE]:
            before, after = tail, -1
        else:
            while after >= 0 and w.ticket[after, PLACE] < w.ticket[t, PLACE]:
                before, after = after, w.ticket[after, AFTER]
    w.ticket[t, BEFORE] = before
    w.ticket[t, AFTER] = after
    if before >= 0:
        w.ticket[before, AFTER] = t
    else:
        w.queue[q, 2 * level] = t
    if after >= 0:
        w.ticket[after, BEFORE] = t
    else:
        w.queue[q, 2 * level + 1] = t
    w.ticket[t, STATE] = WAITING


@inlined
def leave_line(w: Any, t: Any) -> Any:
    """Ticket t leaves the line it waits in."""
    q, level = w.ticket[t, QUEUE], w.ticket[t, LEVEL]
    before, after = w.ticket[t, BEFORE], w.ticket[t, AFTER]
    if before >= 0:
        w.ticket[before, AFTER] = after
    else:
        w.queue[q, 2 * level] = after
    if after >= 0:
        w.ticket[after, BEFORE] = before
    else:
        w.queue[q, 2 * level + 1] = before


@inlined
def take_next(w: Any, p: Any, is_fresh: Any) -> Any:
    """Free agents on duty take the most urgent tickets waiting for their pool."""
    while w.pool[p, BUSY] < w.pool[p, HEADS]:
        t = _next_for(w, p)
        if t < 0:
            return
        leave_line(w, t)
        _assign(w, t, p, is_fresh)


@inlined
def _next_for(w: Any, p: Any) -> Any:
    for level in range(w.pool[p, POOL_LIMIT] + 1):
        for k in range(SERVES, w.pool.shape[1]):
            q = w.pool[p, k]
            if q < 0:
                break
            if w.queue[q, 2 * level] >= 0:
                return w.queue[q, 2 * level]
    return -1


@inlined
def _assign(w: Any, t: Any, p: Any, is_fresh: Any) -> Any:
    now = w.count[NOW]
    w.ticket[t, POOL] = p
    w.ticket[t, SINCE] = now
    if w.pool[p, FIRST_SLOT] >= 0:
        slot = w.pool[p, BUSY]
        w.ticket[t, SLOT] = slot
        w.slots[w.pool[p, FIRST_SLOT] + slot] = t
    w.pool[p, BUSY] += 1
    if is_fresh and w.pool[p, POOL_CALL_OUT] > 0:
        w.ticket[t, STATE] = CALLED_OUT
        w.ticket[t, DONE_AT] = now + w.pool[p, POOL_CALL_OUT]
        write(w, PAGED, t, p, 0)
        schedule(w, w.ticket[t, DONE_AT], FINISH | t)
    else:
        begin(w, t)


@inlined
def begin(w: Any, t: Any) -> Any:
    """The agent begins or resumes work on ticket t."""
    w.ticket[t, STATE] = AT_WORK
    is_triage = (w.step[w.ticket[t, STEP], STEP_KIND] & KIND_MASK) == TRIAGE
    write(w, STARTED, t, w.ticket[t, POOL], 1 if is_triage else 0)
    _finish_later(w, t)


@inlined
def _finish_later(w: Any, t: Any) -> Any:
    done_at = w.count[NOW] + w.ticket[t, LEFT]
    w.ticket[t, DONE_AT] = done_at
    schedule(w, done_at, FINISH | t)


@lean
def _put_back(w: Any, t: Any, p: Any, event: Any) -> Any:
    if w.ticket[t, STATE] == AT_WORK:
        w.ticket[t, LEFT] = w.ticket[t, DONE_AT] - w.count[NOW]
    _take_out(w, t, p)
    write(w, event, t, w.ticket[t, QUEUE], 0)


@inlined
def _take_out(w: Any, t: Any, p: Any) -> Any:
    w.pool[p, BUSY] -= 1
    w.ticket[t, DONE_AT] = -1
    if w.pool[p, FIRST_SLOT] >= 0:
        first, slot = w.pool[p, FIRST_SLOT], w.ticket[t, SLOT]
        last = w.slots[first + w.pool[p, BUSY]]
        w.slots[first + slot] = last
        w.ticket[last, SLOT] = slot


@lean
def _least_urgent(w: Any, p: Any) -> Any:
    first = w.pool[p, FIRST_SLOT]
    worst = w.slots[first]
    for slot in range(first + 1, first + w.pool[p, BUSY]):
        t = w.slots[slot]
        if w.ticket[t, LEVEL] != w.ticket[worst, LEVEL]:
            is_worse = w.ticket[t, LEVEL] > w.ticket[worst, LEVEL]
        elif w.ticket[t, SINCE] != w.ticket[worst, SINCE]:
            is_worse = w.ticket[t, SINCE] > w.ticket[worst, SINCE]
        else:
            is_worse = t > worst
        if is_worse:
            worst = t
    return worst
