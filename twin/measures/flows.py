"""How tickets flow through queues and tiers, in one pass over the rows of a log."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.eventlog.schema import (
    ABANDONED,
    ESCALATED,
    FAILED,
    INTERRUPTED,
    ON_DUTY,
    OPENED,
    PAGED,
    PAUSED,
    REASSIGNED,
    REOPENED,
    RESOLVED,
    RESTORED,
    STARTED,
    TRIAGED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)

Array = NDArray[Any]

STATE, SINCE, PLACE, OFF_MARK, IS_FRESH, OPENED_AT = range(6)
STARTED_AT, ENDED_AT, HANDOFFS, REOPENS, TOUCHES, PRIORITY = range(6, 12)
TICKET_COLUMNS = 12
QUEUED, PREEMPTED, CALLED, TRIAGING, WORKING, ON_CUSTOMER, ON_VENDOR, CLOSED, GONE = range(9)

DETECTION, TRIAGE, OFF_SHIFT, CALL_OUT, PREEMPTION, CUSTOMER, VENDOR, WORK, REWORK, AS_CLOSED, FIRST_QUEUE = range(11)

VISITS, VISITS_WAITED, WAIT_TICKS, LENGTH_TICKS = range(4)
BUSY_TICKS, DUTY_TICKS, OVERTIME_TICKS = range(3)
OPEN_TICKS, OPEN_AT_HORIZON, OPEN_MAX, PAGES = range(4)


class Flows(NamedTuple):
    """What `read_flows` returns; int64, ticks.

    tickets  (tickets, TICKET_COLUMNS), -1 for never; parts  (tickets, FIRST_QUEUE + queues), or (0, ...) if unasked.
    queues, priorities  (n, 4): visits, visits that waited, wait, length over time; tickets opened in measured time.
    tiers  (n, 3): busy, on duty, busy beyond those on duty; shifts  (n, 2): busy and on duty inside the shift.
    backlog  (4): open tickets over time, open at the horizon, most open, pages.
    """

    tickets: Array
    parts: Array
    queues: Array
    priorities: Array
    tiers: Array
    shifts: Array
    backlog: Array


@kernel
def _settle(
    tier: int, now: int, heads: Array, busy: Array, last: Array, tiers: Array, shifts: Array,
    first_shift: Array, first: Array, pointer: Array, passed: Array, spans: Any,
) -> None:  # fmt: skip
    opens, closes, before = spans
    length = now - last[tier]
    if length <= 0:
        return
    tiers[tier, BUSY_TICKS] += busy[tier] * length
    tiers[tier, DUTY_TICKS] += heads[tier] * length
    if busy[tier] > heads[tier]:
        tiers[tier, OVERTIME_TICKS] += (busy[tier] - heads[tier]) * length
    last[tier] = now
    for shift in range(first_shift[tier], first_shift[tier + 1]):
        if first[shift + 1] == first[shift]:
            continue
        p = pointer[shift]
        while p + 1 < first[shift + 1] and opens[p + 1] <= now:
            p += 1
        pointer[shift] = p
        open_ticks = before[p] + min(max(now - opens[p], 0), closes[p] - opens[p])
        shifts[shift, 0] += busy[tier] * (open_ticks - passed[shift])
        shifts[shift, 1] += heads[tier] * (open_ticks - passed[shift])
        passed[shift] = open_ticks


@kernel
def _count_wait(totals: Array, length: int, inside: int, is_fresh: int, is_measured: bool) -> None:
    totals[LENGTH_TICKS] += inside
    if is_measured:
        totals[WAIT_TICKS] += length
        if is_fresh == 1:
            totals[VISITS] += 1
            if length > 0:
                totals[VISITS_WAITED] += 1


@kernel
def _part_of(state: int, reopens: int) -> int:
    if state == CALLED:
        return CALL_OUT
    if state in (TRIAGING, WORKING):
        return REWORK if reopens > 0 else (TRIAGE if state == TRIAGING else WORK)
    if state == ON_CUSTOMER:
        return CUSTOMER
    return VENDOR if state == ON_VENDOR else AS_CLOSED


@kernel
def _state_after(code: int, with_triage: int) -> int:
    if code == STARTED:
        return TRIAGING if with_triage == 1 else WORKING
    if code == TRIAGED:
        return WORKING
    if code == PAGED:
        return CALLED
    if code == WAITS_CUSTOMER:
        return ON_CUSTOMER
    if code == WAITS_VENDOR:
        return ON_VENDOR
    if code == RESOLVED:
        return CLOSED
    if code == ABANDONED:
        return GONE
    return PREEMPTED if code == INTERRUPTED else QUEUED


@kernel
def _open_before(begin: int, first: Array, spans: Any) -> Any:
    passed = np.zeros(len(first) - 1, np.int64)
    for shift in range(len(passed)):
        for p in range(first[shift], first[shift + 1]):
            passed[shift] += max(min(spans[1][p], begin) - spans[0][p], 0)
    return passed


@kernel
def read_flows(  # noqa: C901
    at: Array, event: Array, entity: Array, place: Array, value: Array, ticket_unit: Array, units: int, end: int,
    begin: int, horizon: int, sizes: Array, first_served: Array, served: Array,
    first_shift: Array, first: Array, spans: Any, with_parts: bool,
) -> Any:  # fmt: skip
    """The fields of `Flows`, in that order.

    units   more than the largest unit number; sizes  how many queues, tiers and priorities there are.
    served  queues of tier k are first_served[k] to first_served[k + 1]; its shifts lie likewise in first_shift.
    first   spans of shift k are first[k] to first[k + 1] of the arrays in spans: opens, closes, open ticks before.
    """
    count, n_queues, n_tiers, n_shifts = len(ticket_unit), sizes[0], sizes[1], len(first) - 1
    tickets = np.full((count, TICKET_COLUMNS), -1, np.int64)
    parts = np.zeros((count if with_parts else 0, FIRST_QUEUE + n_queues), np.int64)
    queues, priorities = np.zeros((n_queues, 4), np.int64), np.zeros((sizes[2], 4), np.int64)
    tiers, shifts = np.zeros((n_tiers, 3), np.int64), np.zeros((n_shifts, 2), np.int64)
    backlog = np.zeros(4, np.int64)
    heads, busy = np.zeros(n_tiers, np.int64), np.zeros(n_tiers, np.int64)
    last, pointer = np.full(n_tiers, begin, np.int64), first[:-1].copy()
    passed = _open_before(begin, first, spans)
    queue_heads, off_ticks = np.zeros(n_queues, np.int64), np.zeros(n_queues, np.int64)
    off_since = np.zeros(n_queues, np.int64)
    failed_at = np.full(units, -1, np.int64)
    is_open, open_since = 0, begin
    rows = len(at)
    for row in range(rows + count):
        if row < rows:
            code, now, ticket = event[row], at[row], entity[row]
            if code == ON_DUTY:
                tier = place[row]
                seen = min(max(now, begin), horizon)
                _settle(tier, seen, heads, busy, last, tiers, shifts, first_shift, first, pointer, passed, spans)
                for k in range(first_served[tier], first_served[tier + 1]):
                    queue = served[k]
                    if queue_heads[queue] == 0:
                        off_ticks[queue] += now - off_since[queue]
                    off_since[queue] = now
                    queue_heads[queue] += value[row] - heads[tier]
                heads[tier] = value[row]
                continue
            if code == FAILED:
                failed_at[ticket] = now
                continue
            if code > PAGED or code == RESTORED:
                continue
        else:
            code, now, ticket = 0, end, row - rows
            if tickets[ticket, STATE] < 0:
                continue
        line = tickets[ticket]
        seen = min(max(now, begin), horizon)
        state, since, length = line[STATE], line[SINCE], now - line[SINCE]
        part = AS_CLOSED
        if code == OPENED:
            line[OPENED_AT], line[PRIORITY], line[HANDOFFS], line[REOPENS], line[TOUCHES] = now, value[row], 0, 0, 0
            if with_parts and ticket_unit[ticket] >= 0 and failed_at[ticket_unit[ticket]] >= 0:
                parts[ticket, DETECTION] = now - failed_at[ticket_unit[ticket]]
            length = 0
        elif state in (QUEUED, PREEMPTED):
            queue = line[PLACE]
            if with_parts:
                off = off_ticks[queue] - line[OFF_MARK] + (now - off_since[queue] if queue_heads[queue] == 0 else 0)
                parts[ticket, OFF_SHIFT] += off
                parts[ticket, PREEMPTION if state == PREEMPTED else FIRST_QUEUE + queue] += length - off
            inside = seen - min(max(since, begin), horizon)
            is_measured = begin <= line[OPENED_AT] < horizon
            _count_wait(queues[queue], length, inside, line[IS_FRESH], is_measured)
            _count_wait(priorities[line[PRIORITY]], length, inside, line[IS_FRESH], is_measured)
            line[IS_FRESH] = 0
            length = 0
        else:
            part = _part_of(state, line[REOPENS])
        if code == 0 and (state in (CLOSED, GONE)):
            length = 0
        if with_parts and length > 0:
            parts[ticket, part] += length
        if row >= rows:
            continue
        was_busy, is_busy = state in (CALLED, TRIAGING, WORKING), code in (PAGED, STARTED, TRIAGED)
        if was_busy and (not is_busy or line[PLACE] != place[row]):
            _settle(line[PLACE], seen, heads, busy, last, tiers, shifts, first_shift, first, pointer, passed, spans)
            busy[line[PLACE]] -= 1
            was_busy = False
        if is_busy and not was_busy:
            _settle(place[row], seen, heads, busy, last, tiers, shifts, first_shift, first, pointer, passed, spans)
            busy[place[row]] += 1
        line[SINCE], line[PLACE] = now, place[row]
        line[STATE] = _state_after(code, value[row])
        if code == STARTED:
            line[TOUCHES] += 1
            if line[STARTED_AT] < 0:
                line[STARTED_AT] = now
        elif code == PAGED and begin <= now < horizon:
            backlog[PAGES] += 1
        elif code in (RESOLVED, ABANDONED):
            line[ENDED_AT] = now
        elif line[STATE] == QUEUED or line[STATE] == PREEMPTED:
            queue = place[row]
            line[IS_FRESH] = 0 if code in (INTERRUPTED, PAUSED) else 1
            line[OFF_MARK] = off_ticks[queue] + (now - off_since[queue] if queue_heads[queue] == 0 else 0)
            if code in (ESCALATED, REASSIGNED):
                line[HANDOFFS] += 1
            elif code == REOPENED:
                line[REOPENS] += 1
                line[ENDED_AT] = -1
        step = 1 if code in (OPENED, REOPENED) else -1 if code in (RESOLVED, ABANDONED) else 0
        if step != 0:
            if seen > open_since:
                backlog[OPEN_MAX] = max(backlog[OPEN_MAX], is_open)
                backlog[OPEN_TICKS] += is_open * (seen - open_since)
                open_since = seen
            is_open += step
            if now < horizon:
                backlog[OPEN_AT_HORIZON] = is_open
    if horizon > open_since:
        backlog[OPEN_MAX] = max(backlog[OPEN_MAX], is_open)
        backlog[OPEN_TICKS] += is_open * (horizon - open_since)
    for tier in range(n_tiers):
        _settle(tier, horizon, heads, busy, last, tiers, shifts, first_shift, first, pointer, passed, spans)
    return tickets, parts, queues, priorities, tiers, shifts, backlog
