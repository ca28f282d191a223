"""Changes on the tape: each occurrence becomes holds, phases, bookings, extra failures and extra tickets."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from twin.eventlog.schema import CAUSE_CHANGE, CAUSE_CHANGE_FAULT, CAUSE_UNANNOUNCED, PHASE_NAMES
from twin.spec.changes import Change
from twin.tape.functions import exp_of, log_of
from twin.tape.laws import ticks_of
from twin.tape.streams import uniform

BEGAN, ENDED, EXPOSED, ROLLBACK_BEGAN, ROLLED_BACK, ROLLBACK_FAILED = range(len(PHASE_NAMES))
DRAW_FAULTY, DRAW_WORK, DRAW_NOTICE, DRAW_ROLLBACK, DRAW_ROLLBACK_FAILS, DRAW_FOUND = range(6)


@dataclass(frozen=True)
class Hold:
    """A component (or `units` of its units, 0 for all; or a share of users) out of service from `at` to `until`."""

    at: int
    until: int
    units: int
    share: float
    cause: int


@dataclass
class Course:
    """What one occurrence of a change does: its holds on every component, phases (at, phase), and when a restore
    ticket opens (-1: none), when its people are booked (from, to), from when its after-effects run (-1: none); when a
    rollback was over (-1: none)."""

    holds: list[Hold] = field(default_factory=list)
    phases: list[tuple[int, int]] = field(default_factory=list)
    restore_at: int = -1
    booked: list[tuple[int, int]] = field(default_factory=list)
    settled_at: int = -1
    ended_at: int = -1


@dataclass(frozen=True)
class Draws:
    """What chance says about one occurrence, in ticks."""

    is_faulty: bool
    is_found_in_parallel: bool
    work: int
    notice: int
    rollback: int
    rollback_fails: bool
    length: int = 0


def draws_of(
    key: np.uint64, change: Change, laws: np.ndarray, rows: tuple[int, int, int], length: int = 0, longer: float = 1.0,
    debt: tuple[float, float] = (1.0, 1.0),
) -> Draws:  # fmt: skip
    """Draw one occurrence.

    rows    rows of work, notice and rollback in the law table; length  ticks that two systems run side by side, and
            `longer`, how many times as planned; debt  factors of the probability of a fault and of the work.
    """
    work, notice, rollback = rows
    missed = 1.0 - change.strategy.found_in_parallel
    if longer != 1.0 and missed > 0.0:
        missed = float(exp_of(log_of(missed) * longer))
    return Draws(
        is_faulty=bool(uniform(key, DRAW_FAULTY) < change.failure * debt[0]),
        is_found_in_parallel=bool(uniform(key, DRAW_FOUND) < 1.0 - missed),
        work=round(int(ticks_of(laws, work, key, DRAW_WORK)) * debt[1]),
        notice=int(ticks_of(laws, notice, key, DRAW_NOTICE)),
        rollback=int(ticks_of(laws, rollback, key, DRAW_ROLLBACK)),
        rollback_fails=bool(uniform(key, DRAW_ROLLBACK_FAILS) < change.rollback_failure),
        length=length,
    )


def course_of(change: Change, start: int, drawn: Draws, units: int, tick_s: float) -> Course:
    """The course of one occurrence that starts at tick `start`; units  the most units of a changed component."""
    course = Course(phases=[(start, BEGAN)])
    planned = CAUSE_CHANGE if change.planned else CAUSE_UNANNOUNCED
    kind = change.strategy.kind
    is_faulty = drawn.is_faulty and not (kind == "dual-run" and drawn.is_found_in_parallel)
    if kind == "rolling":
        exposed, steps = _rolling(course, start, drawn, units, planned)
    elif kind == "canary":
        exposed, steps = _canary(change, start, drawn, tick_s)
    else:
        exposed, steps = _whole(course, change, start, drawn, planned, tick_s)
    begin = start + drawn.length
    course.booked.append((begin, course.holds[-1].until if kind == "rolling" and course.holds else exposed))
    if is_faulty:
        _fault(course, change, drawn, exposed, steps, tick_s)
    else:
        course.settled_at = steps[-1][0]
        course.phases.append((course.settled_at, ENDED))
    return course


def _whole(
    course: Course, change: Change, start: int, drawn: Draws, planned: int, tick_s: float
) -> tuple[int, list[tuple[int, float]]]:
    kind = change.strategy.kind
    start += drawn.length
    length = round(change.strategy.switch / tick_s) if kind == "blue-green" else drawn.work
    begin = start + drawn.work if kind == "blue-green" else start
    if length > 0:
        course.holds.append(Hold(begin, begin + length, 0, 1.0, planned))
    return begin + length, [(begin + length, 1.0)]


def _rolling(course: Course, start: int, drawn: Draws, units: int, planned: int) -> tuple[int, list[tuple[int, float]]]:
    edges = [start + drawn.work * k // units for k in range(units + 1)]
    stop = edges[1] + drawn.notice if drawn.is_faulty else edges[-1]
    for begin, end in pairwise(edges):
        if begin < stop and end > begin:
            course.holds.append(Hold(begin, min(end, stop), 1, 1.0, planned))
    return edges[1], [(edge, (k + 1) / units) for k, edge in enumerate(edges[1:])]


def _canary(change: Change, start: int, drawn: Draws, tick_s: float) -> tuple[int, list[tuple[int, float]]]:
    at, steps = start + drawn.work, []
    for stage in change.strategy.stages:
        steps.append((at, stage.users_ratio))
        at += round(stage.soak / tick_s)
    return start + drawn.work, [*steps, (at, 1.0)]


def _fault(
    course: Course, change: Change, drawn: Draws, exposed: int, steps: list[tuple[int, float]], tick_s: float
) -> None:
    noticed = exposed + drawn.notice
    strategy = change.strategy
    back = strategy.switch / tick_s if strategy.kind == "blue-green" and drawn.rollback == 0 else 0
    over = noticed + (round(back) or drawn.rollback)
    if strategy.fallback is not None:
        over = noticed + round(strategy.fallback / tick_s)
    share, reached = 0.0, [(at, part) for at, part in steps if at <= noticed]
    for (at, part), until in zip(reached, [at for at, _ in reached[1:]] + [noticed], strict=True):
        share = part * change.fault_users_ratio
        if until > at:
            course.holds.append(Hold(at, until, 0, share, CAUSE_CHANGE_FAULT))
    during = reached[-1][1] if change.strategy.kind in ("canary", "rolling") else 1.0
    if over > noticed:
        course.holds.append(Hold(noticed, over, 0, during, CAUSE_CHANGE_FAULT))
    course.phases += [(exposed, EXPOSED), (noticed, ROLLBACK_BEGAN)]
    course.booked.append((noticed, over))
    course.ended_at = over
    if drawn.rollback_fails and strategy.fallback is None:
        course.phases.append((over, ROLLBACK_FAILED))
        course.restore_at = over
        course.holds.append(Hold(over, -1, 0, during, CAUSE_CHANGE_FAULT))
    else:
        course.phases.append((over, ROLLED_BACK))
