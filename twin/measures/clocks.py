"""SLA clocks of every ticket of a log, in one pass over its rows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import entry, inlined, lean
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
MOST_CODES = 128
NOTHING, OPENS, ANSWERS, RESTORES, RESOLVES, OTHER = range(6)
NEVER_CLOSED = -1
CLOCKS = ("respond", "restore", "resolve")
MISSED, MET, UNDECIDED, NOT_COUNTED = 0, 1, 2, 3


@inlined
def _business_time(at: int, k: int, first: Array, pointer: Array, opens: Array, closes: Array, before: Array) -> Any:
    if k == NEVER_CLOSED:
        return at, 1 if at <= 0 else 0
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


def read_clocks(
    at: Array, event: Array, entity: Array, place: Array, value: Array, tickets: int, end: int, pauses: Array,
    answers: Array, calendar_of: Array, first: Array, opens: Array, closes: Array, before: Array,
) -> Array:  # fmt: skip
    """Clock readings per ticket, shape (tickets, COLUMNS): int64, -1 where it did not happen.

    Readings are half business ticks since opening, pauses taken out: 2 x ticks, plus 1 if the calendar was closed
    just before. So a reading is on time if it is at most 2 x target: what runs out at closing is late afterwards.
    pauses       whether waits on the customer and on the vendor stop the clock.
    calendar_of  calendar by priority, NEVER_CLOSED for one that is always open.
    answers      whether the touch of a tier is an answer (not that of self-service).
    first        spans of calendar k are first[k] to first[k + 1] of opens, closes and before (open ticks before).
    """
    table = np.full((tickets, COLUMNS), -1, np.int64, order="F")
    does = np.zeros(MOST_CODES, np.int64)
    does[[OPENED, STARTED, RESTORED, RESOLVED]] = OPENS, ANSWERS, RESTORES, RESOLVES
    does[[RETURNED, REOPENED, ABANDONED]] = OTHER
    does[[WAITS_CUSTOMER, WAITS_VENDOR]] = np.where(pauses, OTHER, NOTHING)
    spans = (first, first[:-1].copy(), opens, closes, before)
    fill_clocks(table, does, at, event, entity, place, value, answers, calendar_of, *spans)
    fill_ages(table, end, calendar_of, *spans)
    return table


@entry
def fill_clocks(
    table: Array, does: Array, at: Array, event: Array, entity: Array, place: Array, value: Array, answers: Array,
    calendar_of: Array, first: Array, pointer: Array, opens: Array, closes: Array, before: Array,
) -> None:  # fmt: skip
    """Fill in what the rows of a log say; does  by event, how it bears on a clock; pointer  span under way."""
    for row in range(len(at)):
        what = does[event[row]]
        if what == NOTHING:
            continue
        now, t = at[row], entity[row]
        if what == OPENS:
            table[t, PRIORITY], table[t, OPENED_AT] = value[row], now
            table[t, PAUSED], table[t, IS_DONE] = 0, UNDONE
            calendar = calendar_of[value[row]]
            table[t, OPEN_AT_START] = _business_time(now, calendar, first, pointer, opens, closes, before)[0]
            continue
        if table[t, OPENED_AT] < 0:
            continue
        if what == ANSWERS and (table[t, RESPONDED] >= 0 or not answers[place[row]]):
            continue
        calendar = calendar_of[table[t, PRIORITY]]
        open_ticks, is_late = _business_time(now, calendar, first, pointer, opens, closes, before)
        if now == table[t, OPENED_AT]:
            is_late = 0
        reading = 2 * (open_ticks - table[t, OPEN_AT_START] - table[t, PAUSED]) + is_late
        if what == ANSWERS:
            table[t, RESPONDED] = reading
        elif what == OTHER:
            _take_other(table[t], event[row], open_ticks, reading)
        else:
            if table[t, RESTORED_IN] < 0:
                table[t, RESTORED_IN] = reading
            if what == RESOLVES:
                table[t, RESOLVED_IN], table[t, IS_DONE] = reading, DONE


@lean
def _take_other(line: Array, code: int, open_ticks: int, reading: int) -> None:
    if code == REOPENED:
        line[IS_DONE] = UNDONE
        line[RESOLVED_IN] = -1
    elif code == ABANDONED:
        line[AGE] = reading
        line[IS_DONE] = GIVEN_UP
    elif code != RETURNED:
        line[PAUSE_FROM] = open_ticks
    elif line[PAUSE_FROM] >= 0:
        line[PAUSED] += open_ticks - line[PAUSE_FROM]
        line[PAUSE_FROM] = -1


@entry
def fill_ages(
    table: Array, end: int, calendar_of: Array, first: Array, pointer: Array, opens: Array, closes: Array,
    before: Array,
) -> None:  # fmt: skip
    """Fill in the age of what is unfinished when the log ends."""
    for ticket in range(len(table)):
        line = table[ticket]
        if line[OPENED_AT] >= 0 and line[IS_DONE] == UNDONE:
            calendar = calendar_of[line[PRIORITY]]
            open_ticks, is_late = _business_time(end, calendar, first, pointer, opens, closes, before)
            if line[PAUSE_FROM] >= 0:
                open_ticks, is_late = line[PAUSE_FROM], 0
            line[AGE] = 2 * (open_ticks - line[OPEN_AT_START] - line[PAUSED]) + is_late


@inlined
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


def judge(table: Array, targets: Array, begin: int, end: int, month_edges: Array, year_edges: Array) -> Any:
    """Verdict per ticket and clock (tickets opened in [begin, end)), counts, and counts per month and per year.

    targets   half ticks by priority and clock, -1 if not promised.
    Returns   verdicts int8 (tickets, 3); counts int64 (priorities, 3, 4) by verdict; the same per month and per year.
    """
    verdicts = np.full((len(table), 3), NOT_COUNTED, np.int8)
    edges = np.unique(np.concatenate([month_edges, year_edges]))
    found = np.zeros((len(edges) + 1, len(targets), 3, 4), np.int64)
    count_verdicts(table, targets, begin, end, edges, verdicts, found)
    passed = np.cumsum(found, axis=0)
    by_month, by_year = (np.diff(passed[np.searchsorted(edges, own)], axis=0) for own in (month_edges, year_edges))
    return verdicts, passed[-1], by_month, by_year


@entry
def count_verdicts(
    table: Array, targets: Array, begin: int, end: int, edges: Array, verdicts: Array, found: Array
) -> None:
    """Fill in the verdicts that `judge` returns, and how many there are before the first edge and from each one on."""
    last = 0
    for ticket in range(table.shape[0]):
        opened, priority = table[ticket, OPENED_AT], table[ticket, PRIORITY]
        if opened < begin or opened >= end:
            continue
        while last < len(edges) and edges[last] <= opened:
            last += 1
        while last > 0 and edges[last - 1] > opened:
            last -= 1
        for clock in range(3):
            verdict = _verdict(table[ticket], clock, targets[priority, clock])
            verdicts[ticket, clock] = verdict
            found[last, priority, clock, verdict] += 1
