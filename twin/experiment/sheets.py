"""The tape of one busy time, drawn life by life: only lives that can end within the window get an outcome."""

from typing import Any, NamedTuple

import numpy as np

from twin.compiled import inlined, lean
from twin.tape.courses import COMMON_CAUSE
from twin.tape.faults import DRAW_LIFE, draw_outcome
from twin.tape.functions import log_of
from twin.tape.laws import ticks_of
from twin.tape.paths import add_path
from twin.tape.streams import child, key_of, uniform
from twin.tape.tape import (
    LIFE_CLASS,
    LIFE_COLUMNS,
    LIFE_REPORT,
    LIFE_TICKS,
    LIFE_UNIT,
    LIFE_UPKEEP,
    LIFE_WARNED,
    STEP_TICKS,
)

# Beyond any window, in ticks.
NEVER = 1.0e18
# Counters of a sheet: steps drafted, rows of shocks, units that ever failed, whether there was no room.
DRAFTED, SHOCKS, TURNS, IS_FULL = range(SHEET_COUNTERS := 4)


class Ground(NamedTuple):
    """What holds for every busy time of a world.

    parts, laws, classes, visits, visit_of   the tables tapes are drawn by; part  components as the plan has them.
    component, stream   per unit; rate, shared  own failures and common causes per tick, by component; shock_stream
    uint64 and needs (does its downtime count) by component.
    crew      how many repairs go on at a time, by component; is_deep  whether candidates tell the first repairs of all
    its units; later  float64 by component: the outage to expect of one of its repairs, in ticks.
    event_part, event_unit (-1: common cause), event_rate   what may begin a busy time.
    call_out  ticks.
    """

    parts: Any
    laws: Any
    classes: Any
    visits: Any
    visit_of: Any
    part: Any
    component: Any
    stream: Any
    rate: Any
    shared: Any
    shock_stream: Any
    needs: Any
    crew: Any
    is_deep: Any
    later: Any
    event_part: Any
    event_unit: Any
    event_rate: Any
    call_out: Any


class Sheet(NamedTuple):
    """The tape of a busy time on which life j of unit u has row u * most + j, and room to foresee repairs.

    age      float64 per life, ticks it lasts before rounding; known  per unit, how many of these are drawn.
    repair   int64 per life, ticks from its end to its repair if nobody has to wait (-1: no outcome drawn).
    lives, path_from, steps, shocks   as on any tape; draft, law, draft_from, draft_to  steps in the order drawn.
    until, began, life, turn   foreseen per unit: tick of its repair (-1: up, NEVER: it waits), since when it is up, the
             life under way, its place in line. extra  float64 (1): tick of a common cause that was brought about.
    """

    most: Any
    lives: Any
    age: Any
    known: Any
    repair: Any
    path_from: Any
    steps: Any
    shocks: Any
    draft: Any
    law: Any
    draft_from: Any
    draft_to: Any
    until: Any
    began: Any
    life: Any
    turn: Any
    extra: Any
    count: Any


def sheet_of(units: int, most: int) -> Sheet:
    """An empty sheet with room for that many lives of each unit."""
    rows, room = units * most, 64 + 16 * units * most
    return Sheet(
        most=most, lives=np.zeros((rows, LIFE_COLUMNS), np.int64), age=np.zeros(rows), known=np.zeros(units, np.int64),
        repair=np.zeros(rows, np.int64), path_from=np.zeros(rows + 1, np.int64), steps=np.zeros((room, 3), np.int64),
        shocks=np.zeros((8 + rows, 4), np.int64), draft=np.zeros((room, 3), np.int64), law=np.zeros(room, np.int16),
        draft_from=np.zeros(rows, np.int64), draft_to=np.zeros(rows, np.int64), until=np.zeros(units),
        began=np.zeros(units), life=np.zeros(units, np.int64), turn=np.zeros(units, np.int64), extra=np.zeros(1),
        count=np.zeros(SHEET_COUNTERS, np.int64),
    )  # fmt: skip


@lean
def clear(s: Any) -> Any:
    """Nothing is drawn, and all units are up."""
    s.known[:] = 0
    s.repair[:] = -1
    s.count[:] = 0
    set_up(s)


@lean
def set_up(s: Any) -> Any:
    """All units are up, and nothing has been brought about."""
    s.until[:] = -1.0
    s.began[:] = 0.0
    s.life[:] = 0
    s.extra[0] = NEVER
    s.count[TURNS] = 0


@inlined
def life_key(g: Any, root: Any, u: Any, j: Any) -> Any:
    """The key of life j of unit u."""
    return child(child(root, g.stream[u]), j)


@lean
def age_of(g: Any, s: Any, root: Any, u: Any, j: Any) -> Any:
    """Ticks that life j of unit u lasts, drawn by its natural rate unless it is known."""
    if j >= s.most:
        s.count[IS_FULL] = 1
        return NEVER
    row = u * s.most + j
    if j >= s.known[u]:
        rate = g.rate[g.component[u]]
        s.age[row] = NEVER
        if rate > 0.0:
            s.age[row] = min(-log_of(uniform(life_key(g, root, u, j), DRAW_LIFE)) / rate, NEVER)
        s.known[u] = j + 1
    return s.age[row]


@lean
def repair_of(g: Any, s: Any, root: Any, u: Any, j: Any) -> Any:
    """Ticks from the end of life j of unit u to its repair if nobody has to wait, drawn unless known."""
    if j >= s.most:
        s.count[IS_FULL] = 1
        return 1
    row = u * s.most + j
    if s.repair[row] < 0:
        draw_repair(g, s, u, row, life_key(g, root, u, j))
    return s.repair[row]


@lean
def draw_repair(g: Any, s: Any, u: Any, row: Any, key: Any) -> Any:
    """Draw what follows the life in `row` of unit u: its report, takeover and ticket."""
    draw_outcome(key, g.parts, g.component[u], g.laws, s.lives, row)
    start = s.count[DRAFTED]
    kind = s.lives[row, LIFE_CLASS]
    end = add_path(key, kind, np.int64(-1), g.classes, g.visits, g.visit_of, g.laws, s.draft, s.law, start)
    if end < 0:
        s.count[IS_FULL] = 1
        end = start
    work = 0
    for k in range(start, end):
        if s.law[k] >= 0:
            s.draft[k, STEP_TICKS] = ticks_of(g.laws, np.int64(s.law[k]), key_of(s.draft[k, STEP_TICKS]), 0)
        work += s.draft[k, STEP_TICKS]
    s.draft_from[row], s.draft_to[row], s.count[DRAFTED] = start, end, end
    s.repair[row] = max(work + max(s.lives[row, LIFE_REPORT], 0), 1) + g.call_out


@lean
def finish(g: Any, s: Any, root: Any, event: Any, end: Any, last_life: Any) -> Any:
    """Draw what else may happen before tick `end`, and fill in the row after the last life of each unit.

    event  what begins the busy time: it cuts the first life of the units it fails.
    """
    c, unit = g.event_part[event], g.event_unit[event]
    _draw_shocks(g, s, root, c, unit, end)
    for u in range(len(g.component)):
        is_cut = g.component[u] == c and (unit < 0 or u == unit)
        struck = 0
        for row in range(1, s.count[SHOCKS]):
            struck += 1 if s.shocks[row, 1] == g.component[u] else 0
        last_life[u] = u * s.most + _draw_lives(g, s, root, u, is_cut, struck, end)
    k = 0
    for row in range(len(s.repair)):
        s.path_from[row] = k
        if s.repair[row] >= 0:
            for at in range(s.draft_from[row], s.draft_to[row]):
                for column in range(3):
                    s.steps[k, column] = s.draft[at, column]
                k += 1
    s.path_from[len(s.repair)] = k


@lean
def _draw_lives(g: Any, s: Any, root: Any, u: Any, is_cut: Any, struck: Any, end: Any) -> Any:
    lived, longest, j = 0, 0, 0
    while s.count[IS_FULL] == 0:
        row = u * s.most + j
        age = age_of(g, s, root, u, j)
        if s.count[IS_FULL] == 1:
            break
        ticks = max(np.int64(min(age + 0.5, 4.0 * end + 4.0)), 1)
        s.lives[row, LIFE_TICKS], s.lives[row, LIFE_UNIT] = ticks, u
        s.lives[row, LIFE_UPKEEP], s.lives[row, LIFE_WARNED] = -1, 0
        if j > 0 or not is_cut:
            lived += min(ticks, end)
            longest = max(longest, min(ticks, end))
        is_last = lived - struck * longest >= end
        if struck > 0 or not is_last:
            repair_of(g, s, root, u, j)
        if is_last:
            return j + 1
        j += 1
    return 0


@lean
def _draw_shocks(g: Any, s: Any, root: Any, c: Any, unit: Any, end: Any) -> Any:
    s.count[SHOCKS] = 0
    _add_shock(s, 0, c, unit, 0 if unit >= 0 else COMMON_CAUSE)
    if s.extra[0] < end:
        _add_shock(s, np.int64(s.extra[0]), c, -1, COMMON_CAUSE)
    for part in range(len(g.shared)):
        if g.shared[part] > 0.0:
            at, k = first_shock(g, root, part), 0
            while at < end and s.count[IS_FULL] == 0:
                _add_shock(s, np.int64(at), part, -1, COMMON_CAUSE)
                k += 1
                at += shock_gap(g, root, part, k)


@lean
def shock_gap(g: Any, root: Any, part: Any, k: Any) -> Any:
    """Ticks between common causes number k - 1 and k of a component."""
    return -log_of(uniform(child(root, g.shock_stream[part]), k)) / g.shared[part]


@lean
def first_shock(g: Any, root: Any, part: Any) -> Any:
    """Tick of the first natural common cause of a component (NEVER: it has none)."""
    return shock_gap(g, root, part, 0) if g.shared[part] > 0.0 else NEVER


@lean
def _add_shock(s: Any, at: Any, part: Any, unit: Any, cause: Any) -> Any:
    row = s.count[SHOCKS]
    if row == len(s.shocks):
        s.count[IS_FULL] = 1
        return
    while row > 0 and s.shocks[row - 1, 0] > at:
        for column in range(4):
            s.shocks[row, column] = s.shocks[row - 1, column]
        row -= 1
    s.shocks[row, 0], s.shocks[row, 1], s.shocks[row, 2], s.shocks[row, 3] = at, part, unit, cause
    s.count[SHOCKS] += 1
