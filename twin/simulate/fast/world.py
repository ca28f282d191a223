"""All arrays of one replication under way, and the two ways to touch them: write a row, schedule an event."""

from typing import Any, Final, NamedTuple

from twin.compiled import inlined, lean
from twin.simulate import plan as P
from twin.simulate.order import AT_SHIFT, MOST_TICKS

# Columns of the ticket table, filled in when a ticket opens: step under way, ticks of agent time left in it, when the
# agent took it (waiting: -1 before the first start; away: when it is back), when the agent will be done (-1: no agent
# at work), pool, level, neighbours in line, place in line, slot, queue, state.
STEP, LEFT, SINCE, DONE_AT, POOL, LEVEL, AFTER, BEFORE, PLACE, SLOT, QUEUE, STATE = range(TICKET_COLUMNS := 12)
WAITING, AT_WORK, CALLED_OUT, AWAY, CLOSED = range(5)
# Pools: as in `plan`, then heads on duty, jobs in hand, first slot of its list (-1: none kept), queues it serves, -1.
HEADS, BUSY, FIRST_SLOT, SERVES = range(P.POOL_COLUMNS, P.POOL_COLUMNS + 4)
# Queues: first and last ticket in line for each level, then the pools that serve it, -1.
# Components: as in `plan`, then units up, units held, whole holds, end of a takeover (-1: none), is up.
UNITS_UP, UNITS_HELD, WHOLE_HOLDS, TAKEOVER_UNTIL, IS_UP = range(P.PART_COLUMNS, P.PART_COLUMNS + 5)
# Units: component, end of its lives, then in service, active, life under way, came up at, when this life ends.
UNIT_PART, LAST_LIFE, IN_SERVICE, ACTIVE, LIFE, UP_AT, ENDS_AT = range(7)
# Counters.
NOW, ROWS, EVENTS, JOINED, OVERFLOW, LEVELS, ARRIVALS, RAISED_BY, IS_ANSWER_DUE, ENDS = range(COUNTERS := 10)

LATEST: Final = (1 << 63) - 1  # later than any event


class World(NamedTuple):
    """Plan, tape and state as int64 tables, one row per entity; columns of tape and log as these have them."""

    ticket: Any
    path_from: Any
    patience: Any
    misjudged: Any
    occurrence: Any
    step: Any
    pool: Any
    slots: Any
    queue: Any
    part: Any
    unit: Any
    life: Any
    shock: Any
    hold: Any
    agenda: Any
    dues: Any
    due_spans: Any
    heap: Any
    ends: Any
    count: Any
    at: Any
    event: Any
    entity: Any
    place: Any
    value: Any


@inlined
def write(w: Any, event: Any, entity: Any, place: Any, value: Any) -> Any:
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


@inlined
def schedule(w: Any, at: Any, rank_and_entity: Any) -> Any:
    """Put an event on the heap of the future, unless no run lasts so long; rank_and_entity as `order.key` makes it."""
    if at >= MOST_TICKS:
        return
    size = w.count[EVENTS]
    if size >= len(w.heap):
        w.count[OVERFLOW] = 1
        return
    _put(w.heap, size, (at << AT_SHIFT) | rank_and_entity)
    w.count[EVENTS] = size + 1


@lean
def schedule_end(w: Any, at: Any, rank_and_entity: Any) -> Any:
    """As `schedule`, on a heap of its own: ends of lives are many and far, and would make every other event dear."""
    if at >= MOST_TICKS:
        return
    size = w.count[ENDS]
    if size >= len(w.ends):
        w.count[OVERFLOW] = 1
        return
    _put(w.ends, size, (at << AT_SHIFT) | rank_and_entity)
    w.count[ENDS] = size + 1


@inlined
def _put(heap: Any, size: Any, what: Any) -> Any:
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent] <= what:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = what


@inlined
def drop_first(heap: Any, size: Any) -> Any:
    """Take the earliest event off a heap of `size` events; the new size."""
    size -= 1
    last = heap[size]
    heap[size] = LATEST  # so that the last of an even number of events has a sibling, and no later one
    i, child = 0, 1
    while child < size:
        child += 1 if heap[child + 1] < heap[child] else 0
        if heap[child] >= last:
            break
        heap[i] = heap[child]
        i, child = child, 2 * child + 1
    heap[i] = last
    return size
