"""The requests model, fast: the plan and tape of a replication to its request log by compiled loops."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.requests import REQUEST_COLUMNS, RequestLog
from twin.simulate.fast_requests import world as W
from twin.simulate.fast_requests.loop import run
from twin.simulate.order import FIRST_OBJECT
from twin.simulate.request_log import log_of
from twin.simulate.request_plan import STATION_MOST, STATION_NODE, STATION_START, RequestPlan
from twin.simulate.sharing import FULL_SPEED
from twin.spec.workload_check import MOST_HELD
from twin.tape.requests import RequestTape

Ints = NDArray[np.int64]

_OF_PLAN: Final = (
    "program", "station", "rate", "node_station", "pool", "pool_of", "transaction", "factor", "licence", "lock_from",
    "cache_size", "cache_objects", "hit_ratio", "warm_up",
)  # fmt: skip
_OF_TAPE: Final = (
    "agenda", "persona", "leaves", "mix", "laws", "wanted", "wanted_from", "shape_at", "shape_ratio", "cards",
)  # fmt: skip
BLOCK: Final = 8192  # rows fetched at a time, so that they stay in the processor's cache


def simulate(plan: RequestPlan, tape: RequestTape) -> RequestLog:
    """The request log of a tape under a plan, the same as the reference engine's, row for row."""
    slots = len(tape.user_key) + (64 if len(tape.session_at) else 0) + 1
    events, jobs = 4 * slots + 1024, min(slots, 256)
    while True:
        w = world_of(plan, tape, slots, events, jobs)
        written, lacks = _run(w, tape)
        if lacks == W.ENDED:
            return _log(plan, tape, w, written)
        events *= 2 if lacks & W.TOO_MANY_EVENTS else 1
        jobs *= 4 if lacks & W.TOO_MANY_JOBS else 1
        slots *= 4 if lacks & W.TOO_MANY_USERS else 1
        if slots >= FIRST_OBJECT:
            raise ValueError(
                f"more than {FIRST_OBJECT:,} users at a time; give fewer, or a queue bound that refuses them"
            )


def _run(w: W.World, tape: RequestTape) -> tuple[list[tuple[Any, ...]], int]:
    """Blocks of rows as columns, the last of them `spent`, and what was too small."""
    blocks = []
    while True:
        lacks = run(
            w,
            tape.user_persona,
            tape.user_place,
            tape.session_at,
            tape.session_key,
            tape.session_persona,
            tape.end_ticks,
        )
        rows = int(w.count[W.ROWS])
        block = [w.row[:rows, k].astype(kind) for k, (_, kind) in enumerate(REQUEST_COLUMNS)]
        blocks.append((*block, w.row_spent[:rows].copy()))
        w.count[W.ROWS] = 0
        if lacks != W.FULL:
            return blocks, lacks


def world_of(plan: RequestPlan, tape: RequestTape, slots: int, events: int, jobs: int) -> W.World:
    """The arrays of a replication before its first event, with room for so many users, events, and jobs on a shared
    node."""
    rows = BLOCK + slots
    users, caches = len(tape.user_key), len(plan.cache_size)
    count = np.zeros(W.COUNTERS, np.int64)
    count[W.SLOTS_USED], count[W.END], count[W.AGENDA_ROWS] = users, tape.end_ticks, len(tape.agenda)
    user_key = np.zeros(slots, np.uint64)
    user_key[:users] = tape.user_key
    cache = np.zeros((caches, 3), np.int64)
    cache[:, 1:] = -1
    return W.World(
        **{name: getattr(plan, name) for name in _OF_PLAN},
        **{name: getattr(tape, name) for name in _OF_TAPE},
        user=np.zeros((slots, W.USER_COLUMNS), np.int64),
        user_key=user_key,
        request_key=np.zeros(slots, np.uint64),
        user_spent=np.zeros((slots, plan.places), np.int64),
        held=np.zeros((slots, MOST_HELD), np.int64),
        bound=np.full((slots, plan.bound_columns), -1, np.int64),
        node=_nodes(plan),
        tray=_idle(len(plan.pool_of)),
        last_node=plan.station[:, STATION_MOST] - 1,
        locked=np.zeros(int(plan.lock_from[-1]), np.int8),
        cache=cache,
        link=np.zeros((int(tape.wanted_from[-1]), 3), np.int64),
        looked_up=np.zeros((caches, 2), np.int64),
        finish=np.empty((len(plan.node_station), jobs), np.int64),
        sharing=np.empty((len(plan.node_station), jobs), np.int64),
        heap=np.empty(events, np.int64),
        ready=np.empty(slots + 1, np.int64),
        free=np.empty(slots, np.int64),
        count=count,
        row=np.empty((rows, len(REQUEST_COLUMNS)), np.int64),
        row_spent=np.empty((rows, plan.places), np.int64),
    )


def _idle(places: int) -> Ints:
    table = np.zeros((places, W.NODE_COLUMNS), np.int64)
    table[:, [W.FIRST, W.LAST, W.IN_SERVICE, W.HEAD, W.HEAD_AT]] = -1
    return table


def _nodes(plan: RequestPlan) -> Ints:
    table = _idle(len(plan.node_station))
    table[:, [W.SPEED_NOW, W.SPEED_USUAL]] = FULL_SPEED
    for row in plan.station:
        first = row[STATION_NODE]
        table[first : first + row[STATION_START], [W.IS_ORDERED, W.IS_READY]] = 1
    return table


def _log(plan: RequestPlan, tape: RequestTape, w: W.World, blocks: list[tuple[Any, ...]]) -> RequestLog:
    *columns, spent = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    named = {name: column for (name, _), column in zip(REQUEST_COLUMNS, columns, strict=True)}
    places = np.concatenate([w.node, w.tray])
    busy = places[:, W.SUM] + places[:, W.USED] * (tape.end_ticks - places[:, W.USED_SINCE]) - places[:, W.BASE]
    return log_of(plan, tape, named, spent, busy, w.looked_up)
