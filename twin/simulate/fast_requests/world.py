"""All arrays of one replication of a workload under way, and the small steps everything else is made of."""

from typing import Any, NamedTuple

from twin.compiled import inlined
from twin.simulate.fast.world import drop_first
from twin.simulate.order import ARRIVAL, COMPLETION, REQUEST_BITS, REQUEST_SHIFT, TIMER

# Columns of a user (one row per slot): who it is, its request, and where that stands. WHERE is a node or an instance of
# a pool, COLUMN its place in `spent`; DONE_AT when the state ends by itself; AFTER and BEFORE neighbours in a line.
(
    NUMBER,
    PERSONA,
    PLACE,
    NEXT,
    IS_SESSION,
    INTENDED,
    START,
    TRANSACTION,
    ATTEMPTS,
    AT,
    STATE,
    WHERE,
    COLUMN,
    SINCE,
    LEFT,
    DONE_AT,
    DEADLINE,
    AFTER,
    BEFORE,
    POSITION,
    HELD,
    LICENCE,
    OUTCOME,
    CARD,
) = range(USER_COLUMNS := 24)
IDLE, IN_LINE, SERVED, ON_CPU, IN_POOL, BACKING_OFF = range(6)
NO_LICENCE, HAS_LICENCE, ASKS_LICENCE = range(3)
# Nodes: speed now and usual, pauses and outs under way, ordered, ready, requests bound, users in use of servers, their
# sum over time and since when, sum when measurement began and at the last look, line, users in service (if tracked),
# and for shared ones service V, when it was brought up to date, next to be done and when.
(
    SPEED_NOW,
    SPEED_USUAL,
    PAUSES,
    OUTS,
    IS_ORDERED,
    IS_READY,
    BOUND,
    USED,
    SUM,
    USED_SINCE,
    BASE,
    SEEN,
    FIRST,
    LAST,
    IN_SERVICE,
    V,
    V_AT,
    JOBS,
    HEAD,
    HEAD_AT,
) = range(NODE_COLUMNS := 20)
# Instances of pools have the columns USED to LAST at the same places, and WAITING.
WAITING = V
# Counters.
(
    NOW,
    ROWS,
    EVENTS,
    FIRST_READY,
    READY,
    FREE,
    SLOTS_USED,
    OVERFLOW,
    END,
    AGENDA_ROWS,
    NEXT_SESSION,
    NEXT_ROW,
    IS_STARTED,
    DEALT,
) = range(COUNTERS := 14)
# What a run stops for: its end, rows to be fetched, and what was too small.
ENDED, FULL, TOO_MANY_EVENTS, TOO_MANY_USERS, TOO_MANY_JOBS = 0, 1, 2, 4, 8

COMPLETIONS, TIMERS, ARRIVALS = (rank << REQUEST_BITS for rank in (COMPLETION, TIMER, ARRIVAL))


class World(NamedTuple):
    """Plan, tape and state; see `RequestPlan` and `RequestTape` for the tables of the same names."""

    program: Any
    station: Any
    rate: Any
    node_station: Any
    pool: Any
    pool_of: Any
    transaction: Any
    factor: Any
    licence: Any
    lock_from: Any
    cache_size: Any
    cache_objects: Any
    hit_ratio: Any
    warm_up: Any
    agenda: Any
    persona: Any
    leaves: Any
    mix: Any
    laws: Any
    wanted: Any
    wanted_from: Any
    shape_at: Any
    shape_ratio: Any
    cards: Any
    user: Any
    user_key: Any
    request_key: Any
    user_spent: Any
    held: Any
    bound: Any
    node: Any
    tray: Any
    last_node: Any
    locked: Any
    cache: Any
    link: Any
    looked_up: Any
    finish: Any
    sharing: Any
    heap: Any
    ready: Any
    free: Any
    count: Any
    row: Any
    row_spent: Any


@inlined
def schedule(w: Any, at: Any, rank_and_entity: Any) -> Any:
    """Put an event on the heap of the future, unless it lies behind the end."""
    if at >= w.count[END]:
        return
    size = w.count[EVENTS]
    if size >= len(w.heap):
        w.count[OVERFLOW] |= TOO_MANY_EVENTS
        return
    what = (at << REQUEST_SHIFT) | rank_and_entity
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


@inlined
def take_first(w: Any) -> Any:
    """Take the earliest event off the heap."""
    w.count[EVENTS] = drop_first(w.heap, w.count[EVENTS])


@inlined
def wake(w: Any, u: Any, outcome: Any) -> Any:
    """User u goes on when whoever caused it has come to rest."""
    w.user[u, OUTCOME] = outcome
    place = w.count[READY]
    w.ready[place] = u
    place += 1
    w.count[READY] = place if place < len(w.ready) else 0


@inlined
def use(place: Any, i: Any, now: Any, used: Any) -> Any:
    """So many servers of node (or pool) i are in use from now on."""
    place[i, SUM] += place[i, USED] * (now - place[i, USED_SINCE])
    place[i, USED_SINCE] = now
    place[i, USED] = used


@inlined
def line_up(w: Any, place: Any, i: Any, u: Any) -> Any:
    """User u joins the end of the line of node (or pool) i."""
    last = place[i, LAST]
    w.user[u, BEFORE] = last
    w.user[u, AFTER] = -1
    if last < 0:
        place[i, FIRST] = u
    else:
        w.user[last, AFTER] = u
    place[i, LAST] = u


@inlined
def leave_line(w: Any, place: Any, i: Any, u: Any) -> Any:
    """User u leaves the line of node (or pool) i."""
    before, after = w.user[u, BEFORE], w.user[u, AFTER]
    if before < 0:
        place[i, FIRST] = after
    else:
        w.user[before, AFTER] = after
    if after < 0:
        place[i, LAST] = before
    else:
        w.user[after, BEFORE] = before
