"""All arrays of one replication under way, and the two ways to touch them: write a row, schedule an event."""

from typing import Any, NamedTuple

from twin.compiled import kernel
from twin.simulate.order import AT_SHIFT

# Columns of the ticket table: step under way, ticks of agent time left in it, when the agent took it, when the agent
# will be done (-1: no agent at work), pool, priority, neighbours in line, place in line, slot in the pool's list.
STEP, LEFT, SINCE, DONE_AT, POOL, LEVEL, AFTER, BEFORE, PLACE, SLOT, STATE, QUEUE = range(12)
TICKET_COLUMNS = 12
UNOPENED, WAITING, AT_WORK, CALLED_OUT, AWAY, CLOSED = range(6)

# Columns of the pool state: heads on duty, jobs in hand, first slot of its list.
HEADS, BUSY, FIRST_SLOT = range(3)
# Columns of the unit state: in service, active, life under way, came up at, when this life ends.
IN_SERVICE, ACTIVE, LIFE, UP_AT, ENDS_AT = range(5)
# Columns of the component state.
UNITS_UP, UNITS_HELD, WHOLE_HOLDS, TAKEOVER_UNTIL, IS_UP = range(5)
# Counters.
NOW, ROWS, EVENTS, JOINED, OVERFLOW = range(5)


class World(NamedTuple):
    """Plan, tape and state as arrays; the tables' columns are named above and in `plan`."""

    pools: Any
    pool_queues: Any
    queue_pools: Any
    parts: Any
    unit_part: Any
    path_from: Any
    step_kind: Any
    step_queue: Any
    step_ticks: Any
    patience: Any
    priority: Any
    occurrence: Any
    opened_at: Any
    life_from: Any
    life_ticks: Any
    life_report: Any
    life_takeover: Any
    life_automatic: Any
    life_maintenance: Any
    shock_at: Any
    shock_component: Any
    shock_unit: Any
    shock_cause: Any
    hold_until: Any
    hold_component: Any
    hold_units: Any
    hold_share: Any
    hold_cause: Any
    hold_occurrence: Any
    agenda: Any
    ticket: Any
    pool: Any
    slots: Any
    line_head: Any
    line_tail: Any
    unit: Any
    part: Any
    released: Any
    heap: Any
    count: Any
    at: Any
    event: Any
    entity: Any
    place: Any
    value: Any


@kernel
def write(w, event, entity, place, value):  # type: ignore[no-untyped-def]
    """Write a row at the present tick."""
    row = w.count[ROWS]
    if row >= len(w.at):
        w.count[OVERFLOW] = 1
        return
    w.at[row] = w.count[NOW]
    w.event[row] = event
    w.entity[row] = entity
    w.place[row] = place
    w.value[row] = value
    w.count[ROWS] = row + 1


@kernel
def schedule(w, at, rank_and_entity):  # type: ignore[no-untyped-def]
    """Put an event on the heap of the future; rank_and_entity as `order.key` makes it."""
    size = w.count[EVENTS]
    if size >= len(w.heap):
        w.count[OVERFLOW] = 1
        return
    what = (at << AT_SHIFT) | rank_and_entity
    heap = w.heap
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent] <= what:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = what
    w.count[EVENTS] = size + 1


@kernel
def drop_first(heap, size):  # type: ignore[no-untyped-def]
    """Take the earliest event off a heap of `size` events; the new size."""
    size -= 1
    last = heap[size]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = last
    return size

