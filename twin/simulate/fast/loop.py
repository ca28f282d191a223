"""The loop over time: whichever comes first of agenda, heap and arrivals, until the end of the tape."""

from typing import Any

import numpy as np

from twin.compiled import entry, inlined, lean
from twin.eventlog import schema as E
from twin.simulate import plan as P
from twin.simulate.dues import due_at
from twin.simulate.fast.desk import begin, go_on, join, leave_line, place, release, set_heads
from twin.simulate.fast.estate import come_back, end_life, hold, release_all, start_life, strike, taken_over
from twin.simulate.fast.world import (
    ARRIVALS,
    AWAY,
    CALLED_OUT,
    CLOSED,
    DONE_AT,
    ENDS,
    ENDS_AT,
    EVENTS,
    IN_SERVICE,
    IS_ANSWER_DUE,
    IS_UP,
    LEVEL,
    LIFE,
    NOW,
    OVERFLOW,
    POOL,
    QUEUE,
    RAISED_BY,
    SINCE,
    STATE,
    STEP,
    UNIT_PART,
    WAITING,
    drop_first,
    schedule,
    schedule_end,
    write,
)
from twin.simulate.order import AT_SHIFT, COMPLETION, ENTITY_BITS, FAILURE, RETURN, TIMER
from twin.tape.tape import (
    BY_ESCALATION,
    BY_REASSIGNMENT,
    FOLLOW_UP,
    KIND_MASK,
    LIFE_UNIT,
    REOPEN,
    SHOCK_AT,
    STEP_KIND,
    STEP_QUEUE,
    STEP_TICKS,
    WAIT_CUSTOMER,
    WAIT_VENDOR,
)

OPENED, ESCALATED, REASSIGNED, RESOLVED = E.OPENED, E.ESCALATED, E.REASSIGNED, E.RESOLVED
TRIAGED, RESTORED, RETURNED, REOPENED, ABANDONED = E.TRIAGED, E.RESTORED, E.RETURNED, E.REOPENED, E.ABANDONED
WAITS_CUSTOMER, WAITS_VENDOR, DETECTED, CHANGE_PHASE = E.WAITS_CUSTOMER, E.WAITS_VENDOR, E.DETECTED, E.CHANGE_PHASE
REPAIRED, MAINTENANCE_ENDED = E.REPAIRED, E.MAINTENANCE_ENDED
RAISED, RECLASSIFIED = E.RAISED, E.RECLASSIFIED
DUTY, PHASE, HOLD = P.DUTY, P.PHASE, P.HOLD
LEVEL_DOWN_COLUMN, LEVEL_COLUMN = P.PART_LEVEL_DOWN, P.PART_LEVEL
ENTITY_MASK, RANK_MASK, LATE = (1 << ENTITY_BITS) - 1, 7, (1 << 63) - 1
TIMERS = TIMER << ENTITY_BITS


@entry
def run(w: Any, opened_at: Any, priority: Any, end: Any) -> Any:
    """Run to tick `end`; 0, or 1 if the log or the heap was too small."""
    for u in range(len(w.unit)):
        start_life(w, u)
    for shock in range(len(w.shock)):
        schedule_end(w, w.shock[shock, SHOCK_AT], (FAILURE << ENTITY_BITS) | (len(w.unit) + shock))
    arrivals, known = len(opened_at), len(w.agenda)
    next_ticket, next_row = 0, 0
    arrives = opened_at[0] if arrivals > 0 else end
    agenda = w.agenda[0, 0] if known > 0 else end
    heap, ends = w.heap, w.ends
    while w.count[OVERFLOW] == 0:
        first = heap[0] if w.count[EVENTS] > 0 else LATE
        is_end = w.count[ENDS] > 0 and ends[0] < first
        first = ends[0] if is_end else first
        due = first >> AT_SHIFT
        if agenda <= due and agenda <= arrives:
            if agenda >= end:
                break
            w.count[NOW] = agenda
            _keep_agenda(w, next_row)
            next_row += 1
            agenda = w.agenda[next_row, 0] if next_row < known else end
        elif due <= arrives:
            if due >= end:
                break
            w.count[NOW] = due
            if is_end:
                w.count[ENDS] = drop_first(ends, w.count[ENDS])
            else:
                w.count[EVENTS] = drop_first(heap, w.count[EVENTS])
            rank, entity = (first >> ENTITY_BITS) & RANK_MASK, first & ENTITY_MASK
            if rank == COMPLETION:
                if w.ticket[entity, DONE_AT] == due:
                    _complete(w, entity)
            else:
                _other(w, rank, entity)
        else:
            if arrives >= end:
                break
            w.count[NOW] = arrives
            open_ticket(w, next_ticket, np.int64(priority[next_ticket]))
            next_ticket += 1
            arrives = opened_at[next_ticket] if next_ticket < arrivals else end
    return w.count[OVERFLOW]


@lean
def _keep_agenda(w: Any, row: Any) -> Any:
    kind, entity, value = w.agenda[row, 1], w.agenda[row, 2], w.agenda[row, 4]
    if kind == DUTY:
        set_heads(w, entity, value)
    elif kind == PHASE:
        write(w, CHANGE_PHASE, entity, w.agenda[row, 3], value)
    else:
        hold(w, entity, 1 if kind == HOLD else -1)


@inlined
def open_ticket(w: Any, t: Any, level: Any) -> Any:
    """Ticket t opens and joins its first queue."""
    step = w.path_from[t]
    queue = w.step[step, STEP_QUEUE]
    w.ticket[t, STEP] = step
    w.ticket[t, LEVEL] = level
    w.ticket[t, SINCE] = -1
    w.ticket[t, DONE_AT] = -1
    write(w, OPENED, t, queue, level)
    if w.patience[t] >= 0:
        schedule(w, w.count[NOW] + w.patience[t], TIMERS | t)
    if w.count[RAISED_BY] > 0:
        due = due_at(w.dues, w.due_spans, level, w.count[NOW])
        if due >= 0:
            schedule(w, due, TIMERS | (len(w.ticket) + len(w.unit) + t))
    join(w, t, queue, w.step[step, STEP_TICKS])


@inlined
def _complete(w: Any, t: Any) -> Any:
    if w.ticket[t, STATE] == CALLED_OUT:
        begin(w, t)
        return
    step = w.ticket[t, STEP] + 1
    if len(w.misjudged) > 0 and step == w.path_from[t] + 1:
        _find_out(w, t)
    if step == w.path_from[t + 1]:
        write(w, RESOLVED, t, w.ticket[t, POOL], 0)
        release(w, t)
        w.ticket[t, STATE] = CLOSED
        _restore(w, t)
        return
    w.ticket[t, STEP] = step
    kind, queue = w.step[step, STEP_KIND], w.step[step, STEP_QUEUE]
    what = kind & KIND_MASK
    if kind & (BY_ESCALATION | BY_REASSIGNMENT):
        write(w, ESCALATED if kind & BY_ESCALATION else REASSIGNED, t, queue, 0)
        release(w, t)
        join(w, t, queue, w.step[step, STEP_TICKS])
    elif what in (WAIT_CUSTOMER, WAIT_VENDOR, REOPEN):
        _go_away(w, t, step, what, queue)
    elif what == FOLLOW_UP:
        write(w, RESTORED, t, w.ticket[t, POOL], 0)
        _restore(w, t)
        go_on(w, t, w.step[step, STEP_TICKS])
    else:
        write(w, TRIAGED, t, w.ticket[t, POOL], 0)
        go_on(w, t, w.step[step, STEP_TICKS])


@lean
def _find_out(w: Any, t: Any) -> Any:
    level = np.int64(w.misjudged[t])
    if 0 <= level != w.ticket[t, LEVEL]:
        w.ticket[t, LEVEL] = level
        write(w, RECLASSIFIED, t, w.ticket[t, POOL], level)


@lean
def _go_away(w: Any, t: Any, step: Any, what: Any, queue: Any) -> Any:
    if what == REOPEN:
        write(w, RESOLVED, t, w.ticket[t, POOL], 0)
    else:
        write(w, WAITS_CUSTOMER if what == WAIT_CUSTOMER else WAITS_VENDOR, t, queue, 0)
    release(w, t)
    if what == REOPEN:
        _restore(w, t)
    w.ticket[t, STATE] = AWAY
    back_at = w.count[NOW] + w.step[step, STEP_TICKS]
    w.ticket[t, SINCE] = back_at
    schedule(w, back_at, TIMERS | t)


@lean
def _restore(w: Any, t: Any) -> Any:
    life = t - w.count[ARRIVALS]
    if life >= 0:
        u = w.life[life, LIFE_UNIT]
        if w.unit[u, LIFE] == life and w.unit[u, IN_SERVICE] == 0:
            come_back(w, u, REPAIRED)
    elif w.occurrence[t] >= 0:
        release_all(w, np.int64(w.occurrence[t]))


@lean
def _other(w: Any, rank: Any, entity: Any) -> Any:
    units, now = len(w.unit), w.count[NOW]
    if rank == TIMER:
        if entity >= len(w.ticket) + units:
            _raise(w, entity - len(w.ticket) - units)
        elif entity >= len(w.ticket):
            _detect(w, entity - len(w.ticket))
        else:
            _time_out(w, entity)
    elif rank == FAILURE:
        if entity >= units:
            strike(w, entity - units)
        elif w.unit[entity, IN_SERVICE] == 1 and w.unit[entity, ENDS_AT] == now:
            end_life(w, entity)
    elif rank == RETURN:
        if entity >= units:
            taken_over(w, entity - units)
        else:
            come_back(w, entity, MAINTENANCE_ENDED)


@lean
def _detect(w: Any, u: Any) -> Any:
    c = w.unit[u, UNIT_PART]
    write(w, DETECTED, u, c, 0)
    level = w.part[c, LEVEL_COLUMN] if w.part[c, IS_UP] == 1 else w.part[c, LEVEL_DOWN_COLUMN]
    open_ticket(w, w.count[ARRIVALS] + w.unit[u, LIFE], level)


@lean
def _raise(w: Any, t: Any) -> Any:
    state, level = w.ticket[t, STATE], max(w.ticket[t, LEVEL] - w.count[RAISED_BY], 0)
    if state == CLOSED or level >= w.ticket[t, LEVEL]:
        return
    if w.count[IS_ANSWER_DUE] == 1 and not (state == WAITING and w.ticket[t, SINCE] < 0):
        return
    if state == AWAY and (w.step[w.ticket[t, STEP], STEP_KIND] & KIND_MASK) == REOPEN:
        return
    write(w, RAISED, t, w.ticket[t, QUEUE], level)
    if state == WAITING:
        leave_line(w, t)
        w.ticket[t, LEVEL] = level
        place(w, t)
    else:
        w.ticket[t, LEVEL] = level


@lean
def _time_out(w: Any, t: Any) -> Any:
    state = w.ticket[t, STATE]
    if state == AWAY and w.ticket[t, SINCE] == w.count[NOW]:
        step = w.ticket[t, STEP]
        queue = w.step[step, STEP_QUEUE]
        write(w, REOPENED if (w.step[step, STEP_KIND] & KIND_MASK) == REOPEN else RETURNED, t, queue, 0)
        w.ticket[t, STEP] = step + 1
        join(w, t, queue, w.step[step + 1, STEP_TICKS])
    elif state == WAITING and w.ticket[t, SINCE] < 0:
        leave_line(w, t)
        w.ticket[t, STATE] = CLOSED
        write(w, ABANDONED, t, w.ticket[t, QUEUE], 0)
