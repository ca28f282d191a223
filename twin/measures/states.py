"""What users could not do at which time: the log's component rows folded into segments of constant state."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.eventlog.schema import (
    CAUSE_CHANGE_FAULT,
    DETECTED,
    DOWN,
    FAILED,
    HELD,
    MAINTAINED,
    MAINTENANCE_ENDED,
    OPENED,
    RELEASED,
    REPAIRED,
    STARTED,
    UP,
)

Array = NDArray[Any]

FAILURES, TO_DETECT, DETECTIONS, TO_ACKNOWLEDGE, TO_RESTORE, UNIT_DOWN = range(6)


@kernel
def _released(holds: Array, held: int, occurrence: int, component: int, share: int) -> int:
    for k in range(held):
        if holds[k, 0] == occurrence and holds[k, 1] == component and share in (0, holds[k, 2]):
            for later in range(k + 1, held):
                holds[later - 1] = holds[later]
            return held - 1
    return held


@kernel
def read_states(  # noqa: C901
    cuts: Array, at: Array, event: Array, entity: Array, place: Array, value: Array, needs: Array, is_planned: Array
) -> Any:
    """Users hit per segment [cuts[j], cuts[j + 1]) and subject, in thousandths, and to whom it is due.

    needs       which components each subject needs, bool (subjects, components); is_planned  by cause.
    Returns     hit, hit by causes that are not planned, cause, component; int64 (segments, subjects), -1 for none.
    A release ends the oldest hold of that share, or of any share if it names none (0).
    A subject is down while a needed component is; the one that went down first and still is gets the blame. Partial
    outages on several components are taken to hit the same users.
    """
    segments, subjects, components = len(cuts) - 1, needs.shape[0], needs.shape[1]
    hit, counted = np.zeros((segments, subjects), np.int64), np.zeros((segments, subjects), np.int64)
    cause, culprit = np.full((segments, subjects), -1, np.int64), np.full((segments, subjects), -1, np.int64)
    down_row, down_cause = np.full(components, -1, np.int64), np.zeros(components, np.int64)
    holds, held, partial = np.zeros((len(at), 3), np.int64), 0, np.zeros(components, np.int64)
    row = 0
    for j in range(segments):
        while row < len(at) and at[row] <= cuts[j]:
            code, component = event[row], place[row]
            if code == DOWN:
                down_row[component], down_cause[component] = row, value[row]
            elif code == UP:
                down_row[component] = -1
            elif code == HELD:
                holds[held, 0], holds[held, 1], holds[held, 2] = entity[row], component, value[row]
                held += 1
            elif code == RELEASED:
                held = _released(holds, held, entity[row], component, value[row])
            row += 1
        partial[:] = 0
        for k in range(held):
            if holds[k, 2] < 1000:
                partial[holds[k, 1]] = max(partial[holds[k, 1]], holds[k, 2])
        for subject in range(subjects):
            first, worst, is_counted = -1, -1, False
            for component in range(components):
                if not needs[subject, component]:
                    continue
                if down_row[component] >= 0:
                    is_counted = is_counted or not is_planned[down_cause[component]]
                    if first < 0 or down_row[component] < down_row[first]:
                        first = component
                if partial[component] > 0 and (worst < 0 or partial[component] > partial[worst]):
                    worst = component
            reach = partial[worst] if worst >= 0 else 0
            counted[j, subject] = 1000 if is_counted else reach
            hit[j, subject] = 1000 if first >= 0 else reach
            if first >= 0:
                cause[j, subject], culprit[j, subject] = down_cause[first], first
            elif worst >= 0:
                cause[j, subject], culprit[j, subject] = CAUSE_CHANGE_FAULT, worst
    return hit, counted, cause, culprit


@kernel
def read_repairs(  # noqa: C901
    at: Array, event: Array, entity: Array, place: Array, ticket_unit: Array, units: int, components: int,
    begin: int, horizon: int, end: int,
) -> Array:  # fmt: skip
    """Failures, and ticks to detect, acknowledge and restore, per component; int64 (components, 6).

    Failures count if they happen in [begin, horizon) and are followed to `end`, where what is unfinished counts with
    its age. The last column is the ticks in which units were out of service inside [begin, horizon).
    """
    totals = np.zeros((components, 6), np.int64)
    failed, detected = np.full(units, -1, np.int64), np.full(units, -1, np.int64)
    out_since, part = np.full(units, -1, np.int64), np.zeros(units, np.int64)
    waits_since = np.full(len(ticket_unit), -1, np.int64)
    for row in range(len(at)):
        code, now = event[row], at[row]
        if code in (OPENED, STARTED):
            ticket = entity[row]
            unit = ticket_unit[ticket]
            if unit < 0:
                continue
            if code == OPENED and begin <= failed[unit] < horizon:
                waits_since[ticket] = now if detected[unit] < 0 else detected[unit]
                totals[part[unit], DETECTIONS] += 1
            elif code == STARTED and waits_since[ticket] >= 0:
                totals[part[unit], TO_ACKNOWLEDGE] += now - waits_since[ticket]
                waits_since[ticket] = -1
            continue
        if code < FAILED or code > MAINTENANCE_ENDED:
            continue
        unit, component = entity[row], place[row]
        part[unit] = component
        if code in (FAILED, MAINTAINED):
            if out_since[unit] < 0:
                out_since[unit] = now
            if code == FAILED:
                failed[unit], detected[unit] = now, -1
                if begin <= now < horizon:
                    totals[component, FAILURES] += 1
            continue
        is_measured = begin <= failed[unit] < horizon
        if (code in (DETECTED, REPAIRED)) and failed[unit] >= 0:
            if detected[unit] < 0:
                detected[unit] = now
                if is_measured:
                    totals[component, TO_DETECT] += now - failed[unit]
            if code == REPAIRED:
                if is_measured:
                    totals[component, TO_RESTORE] += now - failed[unit]
                failed[unit] = -1
        if code != DETECTED and out_since[unit] >= 0:
            totals[component, UNIT_DOWN] += max(min(now, horizon) - max(out_since[unit], begin), 0)
            out_since[unit] = -1
    for unit in range(units):
        if out_since[unit] >= 0:
            totals[part[unit], UNIT_DOWN] += max(horizon - max(out_since[unit], begin), 0)
        if begin <= failed[unit] < horizon:
            totals[part[unit], TO_RESTORE] += end - failed[unit]
            if detected[unit] < 0:
                totals[part[unit], TO_DETECT] += end - failed[unit]
    for ticket in range(len(ticket_unit)):
        if waits_since[ticket] >= 0:
            totals[part[ticket_unit[ticket]], TO_ACKNOWLEDGE] += end - waits_since[ticket]
    return totals
