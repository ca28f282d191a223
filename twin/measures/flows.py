"""How tickets flow through queues and tiers, in one pass over the rows of a log."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import entry, inlined, lean
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
HEADS, BUSY, LAST = range(3)
FIRST_SPAN, SPANS_TO, SPAN, PASSED = range(4)
QUEUE_HEADS, OFF_TICKS, OFF_SINCE = range(3)


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


class Duty(NamedTuple):
    """Who is on duty while a log is read.

    tier   int64 (tier, 3): heads, busy, counted up to; first_shift  its shifts; opens, closes, before  of all shifts.
    shift  int64 (shift, 4): its first span, the end of its spans, the span under way, open ticks counted so far.
    """

    tier: Array
    shift: Array
    first_shift: Array
    opens: Array
    closes: Array
    before: Array


@lean
def _settle(found: Any, duty: Any, tier: int, now: int) -> None:
    heads, busy = duty.tier[tier, HEADS], duty.tier[tier, BUSY]
    length = now - duty.tier[tier, LAST]
    if length <= 0:
        return
    found.tiers[tier, BUSY_TICKS] += busy * length
    found.tiers[tier, DUTY_TICKS] += heads * length
    if busy > heads:
        found.tiers[tier, OVERTIME_TICKS] += (busy - heads) * length
    duty.tier[tier, LAST] = now
    for shift in range(duty.first_shift[tier], duty.first_shift[tier + 1]):
        p, spans_to = duty.shift[shift, SPAN], duty.shift[shift, SPANS_TO]
        if spans_to == duty.shift[shift, FIRST_SPAN]:
            continue
        while p + 1 < spans_to and duty.opens[p + 1] <= now:
            p += 1
        duty.shift[shift, SPAN] = p
        open_ticks = duty.before[p] + min(max(now - duty.opens[p], 0), duty.closes[p] - duty.opens[p])
        passed = open_ticks - duty.shift[shift, PASSED]
        found.shifts[shift, 0] += busy * passed
        found.shifts[shift, 1] += heads * passed
        duty.shift[shift, PASSED] = open_ticks


@inlined
def _off_ticks(line_of: Array, queue: int, now: int) -> Any:
    off = line_of[queue, OFF_TICKS]
    return off + (now - line_of[queue, OFF_SINCE] if line_of[queue, QUEUE_HEADS] == 0 else 0)


@inlined
def _count_wait(totals: Array, k: int, length: int, inside: int, is_fresh: int, is_measured: bool) -> None:
    totals[k, LENGTH_TICKS] += inside
    if is_measured:
        totals[k, WAIT_TICKS] += length
        if is_fresh == 1:
            totals[k, VISITS] += 1
            if length > 0:
                totals[k, VISITS_WAITED] += 1


@inlined
def _part_of(state: int, reopens: int) -> int:
    if state == CALLED:
        return CALL_OUT
    if state in (TRIAGING, WORKING):
        return REWORK if reopens > 0 else (TRIAGE if state == TRIAGING else WORK)
    if state == ON_CUSTOMER:
        return CUSTOMER
    return VENDOR if state == ON_VENDOR else AS_CLOSED


@inlined
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


@entry
def _open_before(begin: int, shift: Array, opens: Array, closes: Array) -> None:
    for k in range(len(shift)):
        for p in range(shift[k, FIRST_SPAN], shift[k, SPANS_TO]):
            shift[k, PASSED] += max(min(closes[p], begin) - opens[p], 0)


def read_flows(
    at: Array, event: Array, entity: Array, place: Array, value: Array, ticket_unit: Array, units: int, end: int,
    begin: int, horizon: int, sizes: Array, first_served: Array, served: Array,
    first_shift: Array, first: Array, spans: Any, with_parts: bool,
) -> Flows:  # fmt: skip
    """The flows of a log.

    units   more than the largest unit number; sizes  how many queues, tiers and priorities there are.
    served  queues of tier k are first_served[k] to first_served[k + 1]; its shifts lie likewise in first_shift.
    first   spans of shift k are first[k] to first[k + 1] of the arrays in spans: opens, closes, open ticks before.
    """
    count, n_queues, n_tiers, n_shifts = len(ticket_unit), sizes[0], sizes[1], len(first) - 1
    found = Flows(
        tickets=np.full((count, TICKET_COLUMNS), -1, np.int64, order="F"),
        parts=np.zeros((count if with_parts else 0, FIRST_QUEUE + n_queues), np.int64),
        queues=np.zeros((n_queues, 4), np.int64), priorities=np.zeros((sizes[2], 4), np.int64),
        tiers=np.zeros((n_tiers, 3), np.int64), shifts=np.zeros((n_shifts, 2), np.int64),
        backlog=np.zeros(4, np.int64),
    )  # fmt: skip
    tier = np.zeros((n_tiers, 3), np.int64)
    tier[:, LAST] = begin
    shift = np.zeros((n_shifts, 4), np.int64)
    shift[:, FIRST_SPAN], shift[:, SPANS_TO], shift[:, SPAN] = first[:-1], first[1:], first[:-1]
    _open_before(begin, shift, spans[0], spans[1])
    fill_flows(
        found, Duty(tier, shift, first_shift, *spans), at, event, entity, place, value, ticket_unit, end, begin,
        horizon, first_served, served, np.zeros((n_queues, 3), np.int64), np.full(units, -1, np.int64), with_parts,
    )  # fmt: skip
    return found


@entry
def fill_flows(  # noqa: C901
    found: Any, duty: Any, at: Array, event: Array, entity: Array, place: Array, value: Array, ticket_unit: Array,
    end: int, begin: int, horizon: int, first_served: Array, served: Array, line_of: Array, failed_at: Array,
    with_parts: bool,
) -> None:  # fmt: skip
    """Fill in what `read_flows` returns; line_of  (queue, 3): heads that serve it, ticks without any, since when."""
    tickets, parts, backlog = found.tickets, found.parts, found.backlog
    count = len(tickets)
    is_open, open_since = 0, begin
    rows = len(at)
    for row in range(rows + count):
        if row < rows:
            code, now, ticket = event[row], at[row], entity[row]
            if code == ON_DUTY:
                tier = place[row]
                seen = min(max(now, begin), horizon)
                _settle(found, duty, tier, seen)
                for k in range(first_served[tier], first_served[tier + 1]):
                    queue = served[k]
                    if line_of[queue, QUEUE_HEADS] == 0:
                        line_of[queue, OFF_TICKS] += now - line_of[queue, OFF_SINCE]
                    line_of[queue, OFF_SINCE] = now
                    line_of[queue, QUEUE_HEADS] += value[row] - duty.tier[tier, HEADS]
                duty.tier[tier, HEADS] = value[row]
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
                off = _off_ticks(line_of, queue, now) - line[OFF_MARK]
                parts[ticket, OFF_SHIFT] += off
                parts[ticket, PREEMPTION if state == PREEMPTED else FIRST_QUEUE + queue] += length - off
            inside = seen - min(max(since, begin), horizon)
            is_measured = begin <= line[OPENED_AT] < horizon
            _count_wait(found.queues, queue, length, inside, line[IS_FRESH], is_measured)
            _count_wait(found.priorities, line[PRIORITY], length, inside, line[IS_FRESH], is_measured)
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
            _settle(found, duty, line[PLACE], seen)
            duty.tier[line[PLACE], BUSY] -= 1
            was_busy = False
        if is_busy and not was_busy:
            _settle(found, duty, place[row], seen)
            duty.tier[place[row], BUSY] += 1
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
            line[OFF_MARK] = _off_ticks(line_of, queue, now)
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
    for tier in range(len(duty.tier)):
        _settle(found, duty, tier, horizon)
