"""The operations model, fast: the plan and tape of a replication to its event log by compiled loops."""

import numpy as np

from twin.eventlog.log import EventLog
from twin.eventlog.schema import COLUMNS
from twin.simulate.fast.loop import run
from twin.simulate.fast.world import FIRST_SLOT, TICKET_COLUMNS, World
from twin.simulate.plan import (
    PART_FIRST,
    PART_NEEDED,
    PART_UNITS,
    POOL_PAUSES,
    POOL_PREEMPT,
    Plan,
    agenda_of,
)
from twin.simulate.recorder import log_of
from twin.tape.tape import Tape


def simulate(plan: Plan, tape: Tape) -> EventLog:
    """The event log of a tape under a plan, the same as the reference engine's, row for row."""
    rows = 4 * len(tape.ticket_class) + 2 * len(tape.step_kind) + 1024
    events = len(tape.ticket_class) + 4 * len(plan.unit_part) + len(tape.shock_at) + 1024
    agenda = agenda_of(plan, tape)
    while True:
        w = _world(plan, tape, agenda, rows, events)
        if run(w, tape.end_ticks) == 0:
            break
        rows, events = 2 * rows, 2 * events
    written = int(w.count[1])
    return log_of(plan, tape, {name: getattr(w, name)[:written] for name, _ in COLUMNS})


def _world(plan: Plan, tape: Tape, agenda: np.ndarray, rows: int, events: int) -> World:
    tickets, units, parts = len(tape.ticket_class), len(plan.unit_part), len(plan.parts)
    queues = len(plan.queue_pools)
    pool = np.zeros((len(plan.pools), 3), np.int64)
    heads = plan.most_heads + 1
    tracked = (plan.pools[:, POOL_PREEMPT] >= 0) | (plan.pools[:, POOL_PAUSES] == 1)
    pool[:, FIRST_SLOT] = np.where(tracked, np.cumsum(np.where(tracked, heads, 0)) - heads, -1)
    unit = np.zeros((units, 5), np.int64)
    unit[:, 2] = tape.life_from[:-1]
    for row in plan.parts:
        unit[row[PART_FIRST] : row[PART_FIRST] + row[PART_NEEDED], 1] = 1
    part = np.zeros((parts, 5), np.int64)
    part[:, 0], part[:, 3], part[:, 4] = plan.parts[:, PART_UNITS], -1, 1
    return World(
        pools=plan.pools, pool_queues=plan.pool_queues, queue_pools=plan.queue_pools, parts=plan.parts,
        unit_part=plan.unit_part, path_from=tape.path_from, step_kind=tape.step_kind, step_queue=tape.step_queue,
        step_ticks=tape.step_ticks, patience=tape.patience, priority=tape.priority, occurrence=tape.ticket_occurrence,
        opened_at=tape.opened_at, life_from=tape.life_from, life_ticks=tape.life_ticks, life_report=tape.life_report,
        life_takeover=tape.life_takeover, life_automatic=tape.life_automatic, life_maintenance=tape.life_maintenance,
        shock_at=tape.shock_at, shock_component=tape.shock_component, shock_unit=tape.shock_unit,
        shock_cause=tape.shock_cause, hold_until=tape.hold_until, hold_component=tape.hold_component,
        hold_units=tape.hold_units, hold_share=tape.hold_share, hold_cause=tape.hold_cause,
        hold_occurrence=tape.hold_occurrence, agenda=agenda,
        ticket=np.empty((tickets, TICKET_COLUMNS), np.int64), pool=pool,
        slots=np.zeros(int(heads[tracked].sum()) + 1, np.int64),
        line_head=np.full((queues, plan.levels), -1, np.int64), line_tail=np.full((queues, plan.levels), -1, np.int64),
        unit=unit, part=part, released=np.zeros(int(tape.phase_occurrence.max(initial=0)) + 1, np.int8),
        heap=np.empty(events, np.int64), count=np.zeros(5, np.int64),
        **{name: np.empty(rows, kind) for name, kind in COLUMNS},
    )  # fmt: skip
