"""From the rows of each incident to events: states and groups that change become what happened to the ticket."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.eventlog.schema import (
    ESCALATED,
    OPENED,
    PAUSED,
    REASSIGNED,
    REOPENED,
    RESOLVED,
    RETURNED,
    STARTED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)

Array = NDArray[Any]

NEW, ACTIVE, CUSTOMER, VENDOR, DONE, CLOSED = range(6)
_QUEUED, _SERVED, _AWAY, _ENDED = range(4)
# What was counted on the way.
(UNSEEN_WORK, UNSEEN_START, CLOSED_ONLY, STALE_RESOLVED, BY_FIELD, AFTER_CLOSING, MOVED_AWAY, NO_RESOLVER) = range(8)
NOTES: Final = 8


@kernel
def _last_resolution(meaning: Array, at: Array, row: int, end: int) -> Any:
    """Row after the last of a run of resolved and closed rows, and when the run's rows say it was resolved."""
    when, seen = at[row], meaning[row] == DONE
    while row < end and meaning[row] >= DONE:
        if meaning[row] == DONE:
            when, seen = at[row], True
        row += 1
    return row, when, seen


@kernel
def write_history(  # noqa: C901
    case_from: Array, at: Array, meaning: Array, group: Array, has_resolver: Array,
    opened: Array, resolved: Array, priority: Array, level: Array,
) -> Any:  # fmt: skip
    """Rows (at, event, ticket, place, value), ticket after ticket, and the counts of what was inferred.

    case_from  rows of ticket c are case_from[c] to case_from[c + 1] of at, meaning, group, has_resolver, in order of
    time; opened, resolved (-1: missing), priority  per ticket; level  line of support per group, 0 if unknown.
    """
    cases = len(opened)
    out = np.empty((4 * len(at) + 3 * cases, 5), np.int64)
    notes = np.zeros(NOTES, np.int64)
    n = 0
    for c in range(cases):
        first, end = case_from[c], case_from[c + 1]
        queue, state, away = group[first], _QUEUED, -1
        out[n] = (opened[c], OPENED, c, queue, priority[c])
        n += 1
        before, row = opened[c], first
        while row < end:
            m, now, following = meaning[row], at[row], row + 1
            until = now
            if m >= DONE:
                following, until, seen = _last_resolution(meaning, at, row, end)
                is_last = following == end
                if is_last and resolved[c] >= before:
                    until = resolved[c]
                elif is_last and resolved[c] >= 0:
                    notes[STALE_RESOLVED] += 1
                elif not seen:
                    notes[CLOSED_ONLY] += 1
                now = min(now, until)
            if state == _ENDED:
                out[n] = (now, REOPENED, c, group[row], 0)
                n += 1
                queue, state = group[row], _QUEUED
                if meaning[row - 1] == CLOSED:
                    notes[AFTER_CLOSING] += 1
            if state == _AWAY and m == away:
                if group[row] != queue:
                    notes[MOVED_AWAY] += 1
                before, row = now, following
                continue
            if state == _AWAY:
                out[n] = (now, RETURNED, c, queue, 0)
                n += 1
                state = _QUEUED
            if group[row] != queue:
                is_up = level[group[row]] > level[queue] > 0
                out[n] = (now, ESCALATED if is_up else REASSIGNED, c, group[row], 0)
                n += 1
                queue, state = group[row], _QUEUED
            if m == NEW and state == _SERVED:
                out[n] = (now, PAUSED, c, queue, 0)
                n += 1
                state = _QUEUED
            if m == ACTIVE and not has_resolver[row] and state == _QUEUED:
                notes[NO_RESOLVER] += 1
            if state == _QUEUED and (m >= CUSTOMER or (m == ACTIVE and has_resolver[row])):
                out[n] = (until, STARTED, c, queue, 0)
                n += 1
                state = _SERVED
                if m >= DONE:
                    notes[UNSEEN_WORK] += 1
                elif m != ACTIVE:
                    notes[UNSEEN_START] += 1
            if m in (CUSTOMER, VENDOR):
                out[n] = (now, WAITS_CUSTOMER if m == CUSTOMER else WAITS_VENDOR, c, queue, 0)
                n += 1
                state, away = _AWAY, m
            elif m >= DONE:
                out[n] = (until, RESOLVED, c, queue, 0)
                n += 1
                state = _ENDED
            before, row = max(now, until), following
        if state != _ENDED and resolved[c] >= 0:
            if resolved[c] < before:
                notes[STALE_RESOLVED] += 1
                continue
            notes[BY_FIELD] += 1
            if state == _AWAY:
                out[n] = (resolved[c], RETURNED, c, queue, 0)
                n += 1
            if state != _SERVED:
                out[n] = (resolved[c], STARTED, c, queue, 0)
                n += 1
            out[n] = (resolved[c], RESOLVED, c, queue, 0)
            n += 1
    return out[:n], notes
