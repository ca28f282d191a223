"""The operations model, fast: the plan and tape of a replication to its event log by compiled loops."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.eventlog.schema import COLUMNS
from twin.simulate.fast import world as W
from twin.simulate.fast.loop import run
from twin.simulate.plan import PART_FIRST, PART_NEEDED, PART_UNITS, POOL_PAUSES, POOL_PREEMPT, Plan, agenda_of
from twin.simulate.recorder import log_of
from twin.tape.tape import Tape

Ints = NDArray[np.int64]

ROWS_A_LIFE: Final = 8  # of the log, at most: failure, detection, repair, takeover, and what the component does


def simulate(plan: Plan, tape: Tape) -> EventLog:
    """The event log of a tape under a plan, the same as the reference engine's, row for row."""
    agenda = agenda_of(plan, tape)
    rows = len(tape.ticket_class) + 2 * len(tape.steps) + ROWS_A_LIFE * len(tape.lives) + 2 * len(agenda) + 1024
    events = len(tape.ticket_class) + 4 * len(plan.unit_part) + len(tape.shocks) + 1024
    while True:
        w = world_of(plan, tape, agenda, rows, events)
        if run(w, tape.opened_at, tape.priority, tape.end_ticks) == 0:
            break
        rows, events = 2 * rows, 2 * events
    written = int(w.count[W.ROWS])
    return log_of(plan, tape, {name: getattr(w, name)[:written] for name, _ in COLUMNS})


def world_of(plan: Plan, tape: Tape, agenda: Ints, rows: int, events: int) -> W.World:
    """The arrays of a replication before its first event, with room for that many log rows and future events."""
    rooms = _rooms_of(plan)
    count = np.zeros(W.COUNTERS, np.int64)
    count[W.LEVELS], count[W.ARRIVALS] = plan.levels, tape.arrivals
    count[W.RAISED_BY], count[W.IS_ANSWER_DUE] = plan.raised_by, plan.is_answer_due
    return W.World(
        ticket=np.empty((len(tape.ticket_class), W.TICKET_COLUMNS), np.int64),
        path_from=tape.path_from,
        patience=tape.patience,
        misjudged=_misjudged(tape),
        occurrence=tape.ticket_occurrence,
        step=tape.steps,
        pool=rooms.pool.copy(),
        slots=rooms.slots.copy(),
        queue=rooms.queue.copy(),
        part=rooms.part.copy(),
        unit=_begun(rooms.unit, tape),
        life=tape.lives,
        shock=tape.shocks,
        hold=tape.holds.copy(),
        agenda=agenda,
        dues=plan.dues,
        due_spans=plan.due_spans,
        heap=np.empty(events, np.int64),
        ends=np.empty(len(tape.lives) + len(tape.shocks) + 1, np.int64),
        count=count,
        **{name: np.empty(rows, kind) for name, kind in COLUMNS},
    )


def _misjudged(tape: Tape) -> NDArray[np.int8]:
    if tape.true_priority is tape.priority:
        return np.empty(0, np.int8)
    return tape.misjudged


class _Rooms(NamedTuple):
    """State of pools, queues, components and units before the first event, the same for every tape."""

    pool: Ints
    slots: Ints
    queue: Ints
    part: Ints
    unit: Ints


@lru_cache(maxsize=4)
def _rooms_of(plan: Plan) -> _Rooms:
    pool, slots = _pools(plan)
    queue = _with_end(np.full((len(plan.queue_pools), 2 * plan.levels), -1, np.int64), plan.queue_pools)
    return _Rooms(pool, slots, queue, _parts(plan), _units(plan))


def _pools(plan: Plan) -> tuple[Ints, Ints]:
    state = np.zeros((len(plan.pools), 3), np.int64)
    room = plan.most_heads + 1
    is_tracked = (plan.pools[:, POOL_PREEMPT] >= 0) | (plan.pools[:, POOL_PAUSES] == 1)
    state[:, 2] = np.where(is_tracked, np.cumsum(np.where(is_tracked, room, 0)) - room, -1)
    slots = np.zeros(int(room[is_tracked].sum()) + 1, np.int64)
    return _with_end(np.hstack([plan.pools, state]), plan.pool_queues), slots


def _with_end(table: Ints, rest: Ints) -> Ints:
    return np.hstack([table, rest, np.full((len(table), 1), -1, np.int64)])


def _parts(plan: Plan) -> Ints:
    state = np.zeros((len(plan.parts), 5), np.int64)
    part = np.hstack([plan.parts, state])
    part[:, W.UNITS_UP], part[:, W.TAKEOVER_UNTIL], part[:, W.IS_UP] = plan.parts[:, PART_UNITS], -1, 1
    return part


def _begun(unit: Ints, tape: Tape) -> Ints:
    unit = unit.copy()
    unit[:, W.LIFE], unit[:, W.LAST_LIFE] = tape.life_from[:-1], tape.life_from[1:]
    return unit


def _units(plan: Plan) -> Ints:
    unit = np.zeros((len(plan.unit_part), 7), np.int64)
    unit[:, W.UNIT_PART] = plan.unit_part
    for row in plan.parts:
        unit[row[PART_FIRST] : row[PART_FIRST] + row[PART_NEEDED], W.ACTIVE] = 1
    return unit
