"""The paths that tickets of a log went, read back from its rows, and the work they are assumed to have taken."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import Timeline
from twin.compiled import kernel
from twin.eventlog.log import EventLog
from twin.eventlog.schema import (
    ABANDONED,
    AT_QUEUE,
    ESCALATED,
    INTERRUPTED,
    OPENED,
    PAGED,
    PAUSED,
    REASSIGNED,
    REOPENED,
    RESOLVED,
    RESTORED,
    RETURNED,
    STARTED,
    TRIAGED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)
from twin.tape.laws import ticks_of
from twin.tape.tape import (
    BY_ESCALATION,
    BY_REASSIGNMENT,
    FOLLOW_UP,
    KIND_MASK,
    REOPEN,
    STEP_KIND,
    STEP_QUEUE,
    STEP_TICKS,
    TRIAGE,
    WAIT_CUSTOMER,
    WAIT_VENDOR,
    WORK,
)

Array = NDArray[Any]
Ints = NDArray[np.int64]

# Columns beyond those of the tape: ticks in service, ticks from joining the queue to leaving the agent (-1: the record
# ends before), ticket, stretch of work (a visit to a queue, waits inside it included) counted over all tickets.
SEEN, STAY, TICKET, STRETCH = 3, 4, 5, 6
STEP_COLUMNS: Final = 7
_IDLE: Final = -1


def recorded_paths(
    log: EventLog, number: Ints, tickets: int, queues: Ints, hours: Timeline | None = None
) -> tuple[Ints, Ints, Ints]:
    """path_from, steps and patience of the tickets of a log, as a tape has them, STEP_TICKS filled for waits only.

    number  new number of each ticket of the log, -1: left out; queues  new number of each queue; hours  count the whole
    time at a queue, in line or in service, in these business hours instead of the ticks in service.
    """
    rows = np.flatnonzero((log.event <= PAGED) & (number[np.minimum(log.entity, len(number) - 1)] >= 0))
    who = number[log.entity[rows]]
    order = np.argsort(who, kind="stable")
    rows, who = rows[order], who[order]
    event, place = log.event[rows].astype(np.int64), log.place[rows].astype(np.int64)
    at_queue = np.isin(event, AT_QUEUE)
    place[at_queue] = queues[place[at_queue]]
    row_from = np.searchsorted(who, np.arange(tickets + 1))
    at, value = log.at[rows].astype(np.int64), log.value[rows].astype(np.int64)
    path_from, steps, patience = _read_paths(row_from, at, event, place, value, log.end_ticks)
    if hours is not None:
        worked = hours.open_ticks(np.zeros(len(at), np.int64), at)
        _, by_hours, _ = _read_paths(row_from, worked, event, place, value, hours.open_between(0, log.end_ticks))
        steps[:, SEEN] = np.where(by_hours[:, STAY] >= 0, by_hours[:, STAY], by_hours[:, SEEN])
    return path_from, steps, patience


@kernel
def _read_paths(row_from: Array, at: Array, event: Array, place: Array, value: Array, end: int) -> Any:  # noqa: C901
    tickets = len(row_from) - 1
    path_from, patience = np.empty(tickets + 1, np.int64), np.full(tickets, -1, np.int64)
    steps = np.zeros((2 * len(at) + tickets, STEP_COLUMNS), np.int64)
    n, stretch = 0, -1
    for t in range(tickets):
        path_from[t] = n
        queue, entered, since, seen, reached, kind = -1, 0, _IDLE, 0, 0, WORK
        was_started, is_open, left_at = False, True, 0
        for row in range(row_from[t], row_from[t + 1]):
            code, now = event[row], at[row]
            ends = code in (TRIAGED, RESTORED, ESCALATED, REASSIGNED, WAITS_CUSTOMER, WAITS_VENDOR, RESOLVED)
            if since != _IDLE and (ends or code in (INTERRUPTED, PAUSED)):
                seen += now - since
                since = _IDLE
            if ends:
                if not was_started:
                    kind = TRIAGE
                steps[n] = (kind | reached, queue, 0, seen, now - entered, t, stretch)
                n += 1
                entered, seen, reached, kind, was_started = now, 0, 0, WORK, code in (TRIAGED, RESTORED)
            if code in (OPENED, REOPENED, ESCALATED, REASSIGNED):
                if code == REOPENED:
                    steps[n - 1, STEP_QUEUE], steps[n - 1, STEP_TICKS] = place[row], now - left_at
                stretch += 1
                queue, entered, is_open = place[row], now, True
                reached = BY_ESCALATION if code == ESCALATED else (BY_REASSIGNMENT if code == REASSIGNED else 0)
            elif code == STARTED:
                kind = TRIAGE if value[row] == 1 else kind
                since, was_started = now, True
            elif code in (TRIAGED, RESTORED):
                since, kind = now, WORK if code == TRIAGED else FOLLOW_UP
            elif code in (WAITS_CUSTOMER, WAITS_VENDOR):
                wait = WAIT_CUSTOMER if code == WAITS_CUSTOMER else WAIT_VENDOR
                steps[n] = (wait, place[row], end, 0, 0, t, stretch)
                n += 1
                left_at = now
            elif code == RETURNED:
                steps[n - 1, STEP_QUEUE], steps[n - 1, STEP_TICKS] = place[row], now - left_at
                queue, entered = place[row], now
            elif code == RESOLVED:
                is_open = False
                if row + 1 < row_from[t + 1]:
                    steps[n] = (REOPEN, queue, 0, 0, 0, t, stretch)
                    n += 1
                    left_at = now
            elif code == ABANDONED:
                patience[t] = now - at[row_from[t]]
        if is_open:
            stretch += 1
            seen += end - since if since != _IDLE else 0
            if kind == TRIAGE:
                steps[n] = (TRIAGE | reached, queue, 0, seen, -1, t, stretch)
                n += 1
                seen, reached = 0, 0
                kind = WORK
            steps[n] = (kind | reached, queue, 0, seen, -1, t, stretch)
            n += 1
    path_from[tickets] = n
    return path_from, steps[:n], patience


def put_work(steps: Ints, rows: tuple[Ints, Ints], laws: Array, keys: NDArray[np.uint64], work_share: float) -> None:
    """Fill STEP_TICKS of all steps that are work; rows: law of work and of triage per step, -1 for none.

    work_share  of the time in service, or -1: drawn by the laws, no longer than seen in service (than the stay, where
    never seen in service), and shared out over the parts of a stretch as they were seen. What the record does not
    finish has its work drawn in either case, on top of what was seen.
    """
    with np.errstate(over="ignore"):
        _put_work(steps, rows[0], rows[1], laws, keys, work_share)


@kernel
def _put_work(steps: Array, work_row: Array, triage_row: Array, laws: Array, keys: Array, work_share: float) -> None:
    count, start, draw = len(steps), 0, 0
    while start < count:
        stop, t = start, steps[start, TICKET]
        draw = draw + 2 if start > 0 and steps[start - 1, TICKET] == t else 0
        seen, stay, last = 0, 0, -1
        while stop < count and steps[stop, STRETCH] == steps[start, STRETCH]:
            if steps[stop, STEP_KIND] & KIND_MASK == WORK:
                seen += steps[stop, SEEN]
                stay += steps[stop, STAY]
                last = stop
            stop += 1
        is_open = last >= 0 and steps[last, STAY] < 0
        total = 0
        if last >= 0 and (work_share < 0.0 or is_open):
            total = ticks_of(laws, work_row[last], keys[t], draw)
            total = total if is_open else min(total, seen if seen > 0 else stay)
        left = total
        for step in range(start, stop):
            kind, part = steps[step, STEP_KIND] & KIND_MASK, steps[step, SEEN]
            if kind == FOLLOW_UP and work_share < 0.0:
                steps[step, STEP_TICKS] = part
            elif kind in (WORK, TRIAGE, FOLLOW_UP) and (work_share >= 0.0 or is_open):
                steps[step, STEP_TICKS] = np.int64(part * max(work_share, 0.0) + 0.5)
                if is_open and kind == WORK:
                    steps[step, STEP_TICKS] += total
                elif is_open and triage_row[step] >= 0:
                    steps[step, STEP_TICKS] += ticks_of(laws, triage_row[step], keys[t], draw + 1)
            elif kind == TRIAGE and triage_row[step] >= 0:
                longest = part if part > 0 else steps[step, STAY]
                drawn = ticks_of(laws, triage_row[step], keys[t], draw + 1)
                steps[step, STEP_TICKS] = min(drawn, longest)
            elif kind == WORK:
                steps[step, STEP_TICKS] = left if step == last else (total * part // seen if seen > 0 else 0)
                left -= steps[step, STEP_TICKS]
        start = stop
