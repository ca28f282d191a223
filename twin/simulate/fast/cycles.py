"""Many regenerative cycles of one world in one compiled loop, each run by the engine as it is and summed up at once."""

import math
from typing import Any

import numpy as np

from twin.compiled import entry, kernel, lean
from twin.eventlog import schema as E
from twin.simulate.fast import world as W
from twin.simulate.fast.loop import run
from twin.simulate.fast.world import LAST_LIFE, LIFE, ROWS, UNIT_PART
from twin.tape.functions import log_of
from twin.tape.streams import child, uniform
from twin.tape.tape import SHOCK_AT, SHOCK_PART

FAILED, REPAIRED, TAKEOVER, TAKEN_OVER, DOWN, UP = E.FAILED, E.REPAIRED, E.TAKEOVER, E.TAKEN_OVER, E.DOWN, E.UP
# What is known of a cycle: ticks down, its length (-1: longer than the window), log of the likelihood ratio, rows of
# its log.
DOWN_TICKS, LENGTH, LOG_RATIO, LOG_ROWS = range(SUM_COLUMNS := 4)


@kernel
def children(keys: Any, index: Any) -> Any:
    """The child number index[i] (uint64) of each key."""
    found = np.empty(len(keys), np.uint64)
    for i in range(len(keys)):
        found[i] = child(keys[i], index[i])
    return found


@kernel
def exponentials(keys: Any, draw: Any) -> Any:
    """Draw number `draw` of each key as a standard exponential number."""
    found = np.empty(len(keys), np.float64)
    for i in range(len(keys)):
        found[i] = -log_of(uniform(keys[i], draw))
    return found


@entry
def run_cycles(
    w: Any, fresh: Any, life_from: Any, life: Any, path_from: Any, priority: Any, shock_from: Any, shock: Any,
    forced: Any, chosen: Any, bias: Any, until: Any, rate: Any, shared: Any, needs: Any, marks: Any, end: Any,
    sums: Any,
) -> Any:  # fmt: skip
    """Run each cycle to tick `end`, fill in its `sums`, float64 (cycle, SUM_COLUMNS); 1 if log or heap was too small.

    w         the world of one copy: step, patience and occurrence are those of all cycles; fresh  a second one, as it
              begins. Rows: life_from  (cycle x unit) of life, path_from  (life) of step, shock_from  (cycle) of shock.
    forced    the unit (-1: none) whose failure begins a cycle, on the component that shock[shock_from[i]] names. Of its
              other units chosen[i], any with equal chances, live their first lives bias[i] times as fast until tick
              until[i], and so does its common cause. rate, shared  failures and common causes per tick by component.
    needs     which components count as downtime; marks  float64, 2 x units + components + 1, for the reader.
    """
    units = len(w.unit)
    for i in range(len(forced)):
        _refresh(w, fresh)
        a, b = life_from[i * units], life_from[(i + 1) * units]
        for u in range(units):
            w.unit[u, LIFE] = life_from[i * units + u] - a
            w.unit[u, LAST_LIFE] = life_from[i * units + u + 1] - a
        one = W.World(
            w.ticket[: b - a], path_from[a : b + 1], w.patience[a:b], w.misjudged, w.occurrence[a:b], w.step, w.pool,
            w.slots, w.queue, w.part, w.unit, life[a:b], shock[shock_from[i] : shock_from[i + 1]], w.hold, w.agenda,
            w.dues, w.due_spans, w.heap, w.ends, w.count, w.at, w.event, w.entity, w.place, w.value,
        )  # fmt: skip
        if run(one, path_from[:0], priority[:0], end) != 0:
            return 1
        first = one.shock[0, SHOCK_PART]
        _sum_up(one, forced[i], first, bias[i], until[i], rate[first], needs, marks, sums[i])
        sums[i, LOG_RATIO] = _log_ratio(
            one, forced[i], first, chosen[i], bias[i], until[i], rate[first], shared[first], marks, sums[i, LENGTH]
        )
    return 0


@lean
def _refresh(w: Any, fresh: Any) -> Any:
    _copy(w.pool, fresh.pool)
    _copy(w.queue, fresh.queue)
    _copy(w.part, fresh.part)
    _copy(w.unit, fresh.unit)
    for k in range(len(w.count)):
        w.count[k] = fresh.count[k]


@lean
def _copy(to: Any, table: Any) -> Any:
    for i in range(table.shape[0]):
        for k in range(table.shape[1]):
            to[i, k] = table[i, k]


@lean
def _sum_up(
    w: Any, forced: Any, first: Any, bias: Any, until: Any, rate: Any, needs: Any, marks: Any, sums: Any
) -> Any:  # fmt: skip
    units = len(w.unit)
    marks[:] = 0.0
    failed, takeovers, down, down_since, down_ticks, length = 0, 0, 0, 0, 0, -1
    for row in range(w.count[ROWS]):
        at, event, entity, place = w.at[row], w.event[row], w.entity[row], w.place[row]
        if event == FAILED:
            failed += 1
            if marks[entity] == 0.0:
                is_biased = w.value[row] == 0 and at <= until
                marks[entity] = math.exp(-(bias - 1.0) * rate * min(at, until)) * (bias if is_biased else 1.0)
        elif event == REPAIRED:
            failed -= 1
        elif event == TAKEOVER and marks[units + place] == 0.0:
            marks[units + place] = 1.0
            takeovers += 1
        elif event == TAKEN_OVER:
            marks[units + place] = 0.0
            takeovers -= 1
        elif event == DOWN and needs[place]:
            down_since = at if down == 0 else down_since
            down += 1
        elif event == UP and needs[place]:
            down -= 1
            down_ticks += at - down_since if down == 0 else 0
        if event in (REPAIRED, TAKEN_OVER) and failed == 0 and takeovers == 0:
            length = at
            down_ticks += at - down_since if down > 0 else 0
            break
    sums[DOWN_TICKS], sums[LENGTH], sums[LOG_ROWS] = down_ticks, length, w.count[ROWS]


@lean
def _log_ratio(
    w: Any, forced: Any, first: Any, chosen: Any, bias: Any, until: Any, rate: Any, shared: Any, marks: Any, length: Any
) -> Any:  # fmt: skip
    """Log of the density of a cycle over its density under bias, a mixture over the units that may have been chosen.

    The mean over all choices of the product of their ratios is an elementary symmetric polynomial.
    """
    units = len(w.unit)
    total = marks[len(marks) - units - 1 :]
    total[:] = 0.0
    total[0] = 1.0
    others = 0
    exposed = min(length, until)
    for u in range(units):
        if w.unit[u, UNIT_PART] == first and u != forced:
            others += 1
            ratio = marks[u] if marks[u] > 0.0 else math.exp(-(bias - 1.0) * rate * exposed)
            for k in range(min(others, chosen), 0, -1):
                total[k] += total[k - 1] * ratio
    choices = 1.0
    for k in range(chosen):
        choices *= (others - k) / (k + 1.0)
    common = 0
    for row in range(1, len(w.shock)):
        common += 1 if w.shock[row, SHOCK_PART] == first and w.shock[row, SHOCK_AT] <= exposed else 0
    under_bias = math.log(total[chosen] / choices) + common * math.log(bias) - (bias - 1.0) * shared * exposed
    return -under_bias
