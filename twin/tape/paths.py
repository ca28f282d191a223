"""The path of each ticket through the desks, drawn step by step."""

from typing import Any

import numpy as np

from twin.compiled import entry, inlined, lean
from twin.tape.laws import settle, ticks_of
from twin.tape.streams import uniform, word_of
from twin.tape.tape import (
    BY_ESCALATION,
    BY_REASSIGNMENT,
    FOLLOW_UP,
    REOPEN,
    STEP_KIND,
    STEP_QUEUE,
    STEP_TICKS,
    TRIAGE,
    WAIT_CUSTOMER,
    WAIT_VENDOR,
    WORK,
)

# Draws of a ticket (number 0 is its gap to the one before).
DRAW_PRIORITY, DRAW_PATIENCE, DRAW_BALK, DRAW_BATCH = 1, 2, 3, 4
DRAW_VISITS, DRAWS_A_VISIT = 16, 16
(
    DRAW_REASSIGN, DRAW_TRIAGE, DRAW_WORK, DRAW_CUSTOMER, DRAW_CUSTOMER_TICKS, DRAW_VENDOR, DRAW_VENDOR_TICKS,
    DRAW_NEXT, DRAW_REOPEN, DRAW_REOPEN_TICKS, DRAW_FOLLOW_UP,
) = range(11)  # fmt: skip

# Columns of the class table and of the visit table (floats: row numbers and queues are stored as they are).
(
    CLASS_QUEUE, CLASS_PATIENCE, CLASS_BALK, CLASS_REOPEN, CLASS_REOPEN_LAW, CLASS_REOPEN_TO, CLASS_FOLLOW_UP,
    CLASS_PRIORITIES,
) = range(8)  # fmt: skip
(
    VISIT_WORK, VISIT_TRIAGE, VISIT_REASSIGN, VISIT_REASSIGN_TO, VISIT_CUSTOMER, VISIT_CUSTOMER_LAW,
    VISIT_CUSTOMER_AFTER, VISIT_VENDOR, VISIT_VENDOR_LAW, VISIT_VENDOR_AFTER, VISIT_NEXT,
) = range(11)  # fmt: skip

MOST_VISITS = 10_000
STEPS_A_VISIT = 8


def draw_paths(
    key: Any, ticket_class: Any, fixed_work: Any, classes: Any, visits: Any, visit_of: Any, laws: Any, guess: Any
) -> Any:
    """Priority, patience and path of each ticket: (priority, patience, path_from, steps).

    key         uint64 per ticket; ticket_class  int16 per ticket; fixed_work  int64 per ticket, -1 where drawn.
    classes     float64 (class, CLASS_*; the cumulated priority shares follow); visits  float64 (visit, VISIT_*; pairs
                of queue and cumulated probability follow); visit_of  int64 (class, queue) -> visit, -1 for none.
    guess       how many steps there may be; more if need be.
    """
    n = len(key)
    priority, patience = np.empty(n, np.int8), np.empty(n, np.int64)
    path_from, steps, law = np.zeros(n + 1, np.int64), np.empty((guess, 3), np.int64), np.empty(guess, np.int16)
    drawn = 0
    while True:
        drawn = fill_paths(
            drawn,
            key,
            ticket_class,
            fixed_work,
            classes,
            visits,
            visit_of,
            laws,
            priority,
            patience,
            path_from,
            steps,
            law,
        )
        if drawn == n:
            break
        steps = np.concatenate([steps, np.empty((len(steps) + STEPS_A_VISIT, 3), np.int64)])
        law = np.concatenate([law, np.empty(len(steps) - len(law), np.int16)])
    steps = steps[: path_from[n]]
    settle(laws, law[: path_from[n]], steps[:, STEP_TICKS])
    return priority, patience, path_from, steps


@entry
def fill_paths(
    first: Any,
    key: Any,
    ticket_class: Any,
    fixed_work: Any,
    classes: Any,
    visits: Any,
    visit_of: Any,
    laws: Any,
    priority: Any,
    patience: Any,
    path_from: Any,
    steps: Any,
    law: Any,
) -> Any:
    """Draw the tickets from number `first` on; the number of the first one for which there is no room, if any.

    Ticks of a step are yet to be settled by row `law` of the law table; -1: they are known.
    """
    for t in range(first, len(key)):
        c = np.int64(ticket_class[t])
        end = add_path(key[t], c, fixed_work[t], classes, visits, visit_of, laws, steps, law, path_from[t])
        if end < 0:
            return t
        priority[t] = _priority(classes, c, key[t])
        patience[t] = _patience(classes, laws, c, key[t])
        path_from[t + 1] = end
    return len(key)


@inlined
def add_path(
    key: Any,
    c: Any,
    fixed_work: Any,
    classes: Any,
    visits: Any,
    visit_of: Any,
    laws: Any,
    steps: Any,
    law: Any,
    at: Any,
) -> Any:
    """Add the steps of one ticket from row `at` on; the row after the last, or -1 if there is no room.

    Ticks are as `fill_paths` leaves them.
    """
    q, reached = int(classes[c, CLASS_QUEUE]), 0
    for number in range(MOST_VISITS):
        if at + STEPS_A_VISIT > len(steps):
            return -1
        v, start, draw = visit_of[c, q], at, DRAW_VISITS + DRAWS_A_VISIT * number
        moved = visits[v, VISIT_REASSIGN] > 0.0 and uniform(key, draw + DRAW_REASSIGN) < visits[v, VISIT_REASSIGN]
        if moved or visits[v, VISIT_TRIAGE] >= 0:
            at = _add(steps, law, at, TRIAGE, q, visits[v, VISIT_TRIAGE], key, draw + DRAW_TRIAGE)
        if not moved:
            at = _work(visits, laws, v, q, key, draw, fixed_work, steps, law, at)
        steps[start, STEP_KIND] |= reached
        if moved:
            q, reached = int(visits[v, VISIT_REASSIGN_TO]), BY_REASSIGNMENT
            continue
        after = _next_queue(visits, v, key, draw)
        if after >= 0:
            q, reached = after, BY_ESCALATION
            continue
        if classes[c, CLASS_FOLLOW_UP] >= 0:
            at = _add(steps, law, at, FOLLOW_UP, q, classes[c, CLASS_FOLLOW_UP], key, draw + DRAW_FOLLOW_UP)
        if not (classes[c, CLASS_REOPEN] > 0.0 and uniform(key, draw + DRAW_REOPEN) < classes[c, CLASS_REOPEN]):
            break
        if number + 1 == MOST_VISITS:
            break
        if classes[c, CLASS_REOPEN_TO] >= 0:
            q = int(classes[c, CLASS_REOPEN_TO])
        at = _add(steps, law, at, REOPEN, q, classes[c, CLASS_REOPEN_LAW], key, draw + DRAW_REOPEN_TICKS)
        reached = 0
    return at


@inlined
def _add(steps: Any, law: Any, at: Any, kind: Any, queue: Any, row: Any, key: Any, draw: Any) -> Any:
    law[at] = row
    steps[at, STEP_KIND], steps[at, STEP_QUEUE] = kind, queue
    steps[at, STEP_TICKS] = np.int64(word_of(key, draw)) if row >= 0 else 0
    return at + 1


@inlined
def _add_known(steps: Any, law: Any, at: Any, kind: Any, queue: Any, ticks: Any) -> Any:
    law[at] = -1
    steps[at, STEP_KIND], steps[at, STEP_QUEUE], steps[at, STEP_TICKS] = kind, queue, ticks
    return at + 1


@lean
def _ticks(laws: Any, row: Any, key: Any, draw: Any) -> Any:
    return ticks_of(laws, int(row), key, draw) if row >= 0 else 0


@inlined
def _priority(classes: Any, c: Any, key: Any) -> Any:
    last = classes.shape[1] - 1
    if classes[c, CLASS_PRIORITIES] >= 1.0 or classes[c, last] <= 0.0:
        return 0 if classes[c, last] > 0.0 else -1
    u = uniform(key, DRAW_PRIORITY)
    p = 0
    for column in range(CLASS_PRIORITIES, last):
        p += 1 if u >= classes[c, column] else 0
    return p


@inlined
def _patience(classes: Any, laws: Any, c: Any, key: Any) -> Any:
    if classes[c, CLASS_BALK] > 0.0 and uniform(key, DRAW_BALK) < classes[c, CLASS_BALK]:
        return 0
    if classes[c, CLASS_PATIENCE] < 0:
        return -1
    return _ticks(laws, classes[c, CLASS_PATIENCE], key, DRAW_PATIENCE)


@inlined
def _work(
    visits: Any, laws: Any, v: Any, q: Any, key: Any, draw: Any, fixed: Any, steps: Any, law: Any, at: Any
) -> Any:
    if fixed < 0 and visits[v, VISIT_CUSTOMER] <= 0.0 and visits[v, VISIT_VENDOR] <= 0.0:
        return _add(steps, law, at, WORK, q, visits[v, VISIT_WORK], key, draw + DRAW_WORK)
    work = fixed if fixed >= 0 else _ticks(laws, visits[v, VISIT_WORK], key, draw + DRAW_WORK)
    left = work
    for wait in range(2):
        column = VISIT_CUSTOMER if wait == 0 else VISIT_VENDOR
        if visits[v, column] > 0.0 and uniform(key, draw + DRAW_CUSTOMER + 2 * wait) < visits[v, column]:
            before = min(left, np.int64(work * visits[v, column + 2]))
            left -= before
            at = _add_known(steps, law, at, WORK, q, before)
            kind = WAIT_CUSTOMER if wait == 0 else WAIT_VENDOR
            at = _add(steps, law, at, kind, q, visits[v, column + 1], key, draw + DRAW_CUSTOMER_TICKS + 2 * wait)
    return _add_known(steps, law, at, WORK, q, left)


@inlined
def _next_queue(visits: Any, v: Any, key: Any, draw: Any) -> Any:
    if visits.shape[1] == VISIT_NEXT or visits[v, VISIT_NEXT] < 0:
        return -1
    u = uniform(key, draw + DRAW_NEXT)
    column = VISIT_NEXT
    while column < visits.shape[1] and visits[v, column] >= 0:
        if u < visits[v, column + 1]:
            return int(visits[v, column])
        column += 2
    return -1
