"""A scenario and a tape laid out for the engines: pools, queues, components, and the agenda of known events."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import spans, step_function
from twin.eventlog.log import Names
from twin.simulate.dues import dues_of
from twin.simulate.order import MOST_ENTITIES, MOST_TICKS
from twin.spec.calendars import business_calendar
from twin.spec.desks import Pool, pools, queue_names
from twin.spec.scenario import Scenario
from twin.tape import tape as T
from twin.tape.tape import Tape
from twin.tape.world import booked_tiers

Ints = NDArray[np.int64]

# Columns of the pool table: least urgent level taken, least urgent level that preempts (-1: none), work in hand is
# paused when heads drop, ticks of a call-out, component whose units are the heads (-1: none).
POOL_LIMIT, POOL_PREEMPT, POOL_PAUSES, POOL_CALL_OUT, POOL_UNITS_OF = range(POOL_COLUMNS := 5)
# Columns of the component table.
PART_UNITS, PART_NEEDED, PART_STANDBY, PART_FIRST, PART_CHECK, PART_LEVEL_DOWN, PART_LEVEL, PART_POOL = range(
    PART_COLUMNS := 8
)
# Kinds of agenda rows, in the order they happen within a tick.
DUTY: Final = 0  # entity = pool, value = heads
RELEASE: Final = 1  # entity = hold
PHASE: Final = 2  # entity = occurrence, place = change, value = phase
HOLD: Final = 3  # entity = hold


@dataclass(frozen=True, eq=False)
class Plan:
    """What a scenario fixes for every replication.

    pools       int64 (pool, POOL_*); pool_queues, queue_pools  int64, who serves what in order, padded with -1;
    parts       int64 (component, PART_*); unit_part  int64 per unit; levels  number of priorities;
    dues  int64 (priority, DUE_*): ticks on its clock after which a ticket is raised (-1: never), and the spans of that
          clock; due_spans  int64 (span, 3): opens, closes, open ticks before; raised_by  levels; is_answer_due  whether
          an answer ends the clock;
    duty_at, duty_heads   steps of heads on duty per pool; booked_as  number per pool of its tier on a tape, or -1.
    """

    pools: Ints
    pool_queues: Ints
    queue_pools: Ints
    parts: Ints
    unit_part: Ints
    levels: int
    dues: Ints
    due_spans: Ints
    raised_by: int
    is_answer_due: bool
    duty_at: tuple[Ints, ...]
    duty_heads: tuple[Ints, ...]
    booked_as: tuple[int, ...]
    names: Names
    end_ticks: int

    @cached_property
    def quiet_agenda(self) -> Ints:
        """The agenda of a tape without changes: heads on duty alone."""
        nothing = np.empty((0, 3), np.int64)
        rows = _in_order([_duty_rows(self, nothing, p) for p in range(len(self.pools))])
        return rows[rows[:, 0] < self.end_ticks]

    @property
    def most_heads(self) -> Ints:
        """The most heads a pool ever has."""
        limit = [int(heads.max(initial=0)) for heads in self.duty_heads]
        for p, part in enumerate(self.pools[:, POOL_UNITS_OF]):
            limit[p] = max(limit[p], int(self.parts[part, PART_UNITS]) if part >= 0 else 0)
        return np.array(limit, np.int64)


def plan_of(scenario: Scenario) -> Plan:
    """The plan of a scenario. Raises ValueError if its clock is too long or too fine for the order of events."""
    clock = scenario.clock
    if clock.end_ticks >= MOST_TICKS:
        raise ValueError(
            f"{clock.end_ticks} ticks are too many (limit {MOST_TICKS}); shorten the horizon or coarsen the tick"
        )
    desks, queues = pools(scenario), queue_names(scenario)
    components = list(scenario.deployment.components)
    levels = scenario.support.priorities
    steps = [_duty(scenario, pool) for pool in desks]
    units = [c for c, part in enumerate(scenario.deployment.components.values()) for _ in range(part.units)]
    serves = [[queues.index(queue) for queue in pool.spec.serves] for pool in desks]
    booked = booked_tiers(scenario)
    served_by = [[p for p, served in enumerate(serves) if q in served] for q in range(len(queues))]
    return Plan(
        pools=np.array([_pool_row(scenario, pool, components) for pool in desks], np.int64).reshape(-1, POOL_COLUMNS),
        pool_queues=_padded(serves),
        queue_pools=_padded(served_by),
        parts=_part_table(scenario),
        unit_part=np.array(units, np.int64),
        levels=len(levels),
        **dues_of(scenario),
        duty_at=tuple(at for at, _ in steps),
        duty_heads=tuple(heads for _, heads in steps),
        booked_as=tuple(
            -1 if pool.is_on_call or pool.name not in booked else booked.index(pool.name) for pool in desks
        ),
        names=Names(
            queues=queues,
            tiers=tuple(pool.name for pool in desks),
            components=tuple(components),
            changes=tuple(scenario.changes),
            classes=tuple(scenario.demand.tickets),
            priorities=tuple(levels),
        ),
        end_ticks=clock.end_ticks,
    )


def _pool_row(scenario: Scenario, pool: Pool, components: list[str]) -> list[int]:
    tier, levels = pool.spec, scenario.support.priorities
    call_out = scenario.clock.ticks(tier.on_call.call_out) if pool.is_on_call and tier.on_call else 0
    units_of = components.index(tier.units_of) if tier.units_of and not pool.is_on_call else -1
    pauses = int(tier.at_shift_end == "pause" or units_of >= 0)
    return [pool.priority_limit, levels.index(tier.preempt) if tier.preempt else -1, pauses, call_out, units_of]


def _duty(scenario: Scenario, pool: Pool) -> tuple[Ints, Ints]:
    clock, tier = scenario.clock, pool.spec

    def opens(name: str) -> Ints:
        return spans(business_calendar(scenario, name), clock.start_utc, clock.end_ticks, clock.tick)

    on_shift = step_function([(opens(shift.calendar), shift.heads) for shift in tier.shifts.values()])
    if not pool.is_on_call or tier.on_call is None:
        return on_shift
    if tier.on_call.calendar is not None:
        return step_function([(opens(tier.on_call.calendar), tier.on_call.heads)])
    at, heads = on_shift
    is_empty = (heads == 0).astype(np.int64)
    kept = np.concatenate([[True], np.diff(is_empty) != 0])
    return at[kept], is_empty[kept] * tier.on_call.heads


def _part_table(scenario: Scenario) -> Ints:
    clock, levels = scenario.clock, scenario.support.priorities
    feeds = {tier.units_of: p for p, tier in enumerate(scenario.support.tiers.values()) if tier.units_of}
    rows, first = [], 0
    for name, part in scenario.deployment.components.items():
        down = levels.index(part.repair.priority) if part.repair else 0
        degraded = levels.index(part.repair.degraded) if part.repair and part.repair.degraded else down
        check = clock.ticks(part.monitoring.every)
        is_standby = int(part.redundancy == "standby")
        rows.append([part.units, part.needed, is_standby, first, check, down, degraded, feeds.get(name, -1)])
        first += part.units
    return np.array(rows, np.int64).reshape(-1, PART_COLUMNS)


def _padded(rows: list[list[int]]) -> Ints:
    width = max((len(row) for row in rows), default=0)
    return np.array([row + [-1] * (width - len(row)) for row in rows], np.int64).reshape(len(rows), width)


def agenda_of(plan: Plan, tape: Tape) -> Ints:
    """What is known to happen, in order: int64 (row, 5) of at, kind, entity, place, value.

    Raises ValueError if the tape has more tickets than the order of events can tell apart.
    """
    if 2 * len(tape.ticket_class) + len(plan.unit_part) + 1 >= MOST_ENTITIES:
        raise ValueError(f"more than {MOST_ENTITIES // 2} tickets in one replication; shorten the horizon")
    if not (len(tape.holds) or len(tape.phases) or len(tape.booked)):
        return plan.quiet_agenda
    parts = [_duty_rows(plan, tape.booked, p) for p in range(len(plan.pools))]
    holds = np.arange(len(tape.holds))
    ends = holds[tape.holds[:, T.HOLD_UNTIL] >= 0]
    parts.append(_rows(tape.holds[ends, T.HOLD_UNTIL], RELEASE, ends, 0, 0))
    parts.append(_rows(tape.phases[:, T.PHASE_AT], PHASE, *(tape.phases[:, k] for k in range(1, 4))))
    parts.append(_rows(tape.holds[:, T.HOLD_AT], HOLD, holds, 0, 0))
    agenda = _in_order(parts)
    return agenda[(agenda[:, 0] < tape.end_ticks) & (agenda[:, 0] >= 0)]


def _in_order(parts: list[Ints]) -> Ints:
    rows = np.concatenate([np.empty((0, 5), np.int64), *parts])
    return np.ascontiguousarray(rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))])


def _duty_rows(plan: Plan, bookings: Ints, p: int) -> Ints:
    if plan.pools[p, POOL_UNITS_OF] >= 0:
        return _rows(np.zeros(1, np.int64), DUTY, p, p, plan.parts[plan.pools[p, POOL_UNITS_OF], PART_UNITS])
    at, heads = plan.duty_at[p], plan.duty_heads[p]
    booked = bookings[bookings[:, T.BOOKED_TIER] == plan.booked_as[p]]
    if len(booked):
        booked = booked[np.argsort(booked[:, T.BOOKED_AT], kind="stable")]
        every = np.unique(np.concatenate([at, booked[:, T.BOOKED_AT]]))
        taken = np.concatenate([[0], np.cumsum(booked[:, T.BOOKED_HEADS])])
        taken = taken[np.searchsorted(booked[:, T.BOOKED_AT], every, side="right")]
        left = np.maximum(heads[np.searchsorted(at, every, side="right") - 1] - taken, 0)
        kept = np.concatenate([[True], np.diff(left) != 0])
        at, heads = every[kept], left[kept]
    return _rows(at, DUTY, p, p, heads)


def _rows(at: Any, kind: int, entity: Any, place: Any, value: Any) -> Ints:
    columns = np.broadcast_arrays(at, kind, entity, place, value)
    return np.stack(columns, axis=1).astype(np.int64).reshape(-1, 5)
