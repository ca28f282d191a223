"""SLA clocks of every ticket of a log, in one pass over its rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.eventlog.schema import (
    ABANDONED,
    OPENED,
    REOPENED,
    RESOLVED,
    RESTORED,
    RETURNED,
    STARTED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)

Array = NDArray[Any]

OPENED_AT, PRIORITY, RESPONDED, RESTORED_IN, RESOLVED_IN, AGE, IS_DONE, PAUSED, PAUSE_FROM, OPEN_AT_START = range(10)
COLUMNS = 10
UNDONE, DONE, GIVEN_UP = 0, 1, 2
CLOCKS = ("respond", "restore", "resolve")
MISSED, MET, UNDECIDED, NOT_COUNTED = 0, 1, 2, 3


@kernel
def _business_time(at: int, k: int, first: Array, pointer: Array, opens: Array, closes: Array, before: Array) -> Any:
    last = first[k + 1] - 1
    if last < first[k]:
        return 0, 1
    p = pointer[k]
    while p < last and opens[p + 1] <= at:
        p += 1
    pointer[k] = p
    if at <= opens[p]:
        return before[p], 1
    if at > closes[p]:
        return before[p] + closes[p] - opens[p], 1
    return before[p] + at - opens[p], 0


@kernel
def read_clocks(  # noqa: C901
    at: Array, event: Array, entity: Array, place: Array, value: Array, tickets: int, end: int, pauses: Array,
    answers: Array, calendar_of: Array, first: Array, opens: Array, closes: Array, before: Array,
) -> Array:  # fmt: skip
    """Clock readings per ticket, shape (tickets, COLUMNS): int64, -1 where it did not happen.

    Readings are half business ticks since opening, pauses taken out: 2 x ticks, plus 1 if the calendar was closed
    just before. So a reading is on time if it is at most 2 x target: what runs out at closing is late afterwards.
    pauses       whether waits on the customer and on the vendor stop the clock; calendar_of  calendar by priority.
    answers      whether the touch of a tier is an answer (not that of self-service).
    first        spans of calendar k are first[k] to first[k + 1] of opens, closes and before (open ticks before).
    """
    table = np.full((tickets, COLUMNS), -1, np.int64)
    pointer = first[:-1].copy()
    for row in range(len(at)):
        code = event[row]
        if code > ABANDONED:
            continue
        is_pause = (code == WAITS_CUSTOMER and pauses[0]) or (code == WAITS_VENDOR and pauses[1])
        is_other = code in (OPENED, STARTED, RESTORED, RESOLVED)
        if not (is_pause or is_other or code in (RETURNED, REOPENED, ABANDONED)):
            continue
        now, line = at[row], table[entity[row]]
        if code == OPENED:
            line[PRIORITY] = value[row]
            line[OPENED_AT] = now
            line[PAUSED] = 0
            line[IS_DONE] = UNDONE
        elif line[OPENED_AT] < 0 or (code == STARTED and (line[RESPONDED] >= 0 or not answers[place[row]])):
            continue
        elif code == REOPENED:
            line[IS_DONE] = UNDONE
            line[RESOLVED_IN] = -1
            continue
        elif code == RETURNED and line[PAUSE_FROM] < 0:
            continue
        open_ticks, is_late = _business_time(now, calendar_of[line[PRIORITY]], first, pointer, opens, closes, before)
        if code == OPENED:
            line[OPEN_AT_START] = open_ticks
            continue
        if is_pause:
            line[PAUSE_FROM] = open_ticks
            continue
        if code == RETURNED:
            line[PAUSED] += open_ticks - line[PAUSE_FROM]
            line[PAUSE_FROM] = -1
            continue
        if now == line[OPENED_AT]:
            is_late = 0
        reading = 2 * (open_ticks - line[OPEN_AT_START] - line[PAUSED]) + is_late
        if code == STARTED:
            line[RESPONDED] = reading
        elif code == ABANDONED:
            line[AGE] = reading
            line[IS_DONE] = GIVEN_UP
        else:
            if line[RESTORED_IN] < 0:
                line[RESTORED_IN] = reading
            if code == RESOLVED:
                line[RESOLVED_IN] = reading
                line[IS_DONE] = DONE
    for ticket in range(tickets):
        line = table[ticket]
        if line[OPENED_AT] >= 0 and line[IS_DONE] == UNDONE:
            calendar = calendar_of[line[PRIORITY]]
            open_ticks, is_late = _business_time(end, calendar, first, pointer, opens, closes, before)
            if line[PAUSE_FROM] >= 0:
                open_ticks, is_late = line[PAUSE_FROM], 0
            line[AGE] = 2 * (open_ticks - line[OPEN_AT_START] - line[PAUSED]) + is_late
    return table


@kernel
def _verdict(line: Array, clock: int, target: int) -> int:
    if target < 0:
        return NOT_COUNTED
    reading = line[RESPONDED + clock]
    if reading >= 0:
        return MET if reading <= target else MISSED
    if line[IS_DONE] == GIVEN_UP:
        if clock > 0:
            return NOT_COUNTED
        return MET if line[AGE] <= target else MISSED
    return MISSED if line[AGE] > target else UNDECIDED


@kernel
def judge(table: Array, targets: Array, begin: int, end: int, month_edges: Array, year_edges: Array) -> Any:
    """Verdict per ticket and clock (tickets opened in [begin, end)), counts, and counts per month and per year.

    targets   half ticks by priority and clock, -1 if not promised.
    Returns   verdicts int8 (tickets, 3); counts int64 (priorities, 3, 4) by verdict; the same per month and per year.
    """
    priorities = targets.shape[0]
    months, years = len(month_edges) - 1, len(year_edges) - 1
    verdicts = np.full((table.shape[0], 3), NOT_COUNTED, np.int8)
    counts = np.zeros((priorities, 3, 4), np.int64)
    by_month = np.zeros((months, priorities, 3, 4), np.int64)
    by_year = np.zeros((years, priorities, 3, 4), np.int64)
    for ticket in range(table.shape[0]):
        line = table[ticket]
        opened, priority = line[OPENED_AT], line[PRIORITY]
        if opened < begin or opened >= end:
            continue
        month = np.searchsorted(month_edges, opened, side="right") - 1
        year = np.searchsorted(year_edges, opened, side="right") - 1
        for clock in range(3):
            verdict = _verdict(line, clock, targets[priority, clock])
            verdicts[ticket, clock] = verdict
            counts[priority, clock, verdict] += 1
            if 0 <= month < months:
                by_month[month, priority, clock, verdict] += 1
            if 0 <= year < years:
                by_year[year, priority, clock, verdict] += 1
    return verdicts, counts, by_month, by_year
