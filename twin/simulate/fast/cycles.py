"""A regenerative cycle of a world, run by the engine as it is and summed up at once, for compiled loops over many."""

from typing import Any

from twin.compiled import lean
from twin.eventlog import schema as E
from twin.simulate.fast.loop import run
from twin.simulate.fast.world import LAST_LIFE, ROWS

FAILED, REPAIRED, TAKEOVER, TAKEN_OVER, DOWN, UP = E.FAILED, E.REPAIRED, E.TAKEOVER, E.TAKEN_OVER, E.DOWN, E.UP
# What is known of a cycle: ticks down, its length (-1: longer than the window), rows of its log.
DOWN_TICKS, LENGTH, LOG_ROWS = range(SUM_COLUMNS := 3)


@lean
def run_cycle(
    w: Any, fresh: Any, last_life: Any, no_level: Any, end: Any, needs: Any, is_taken_over: Any, sums: Any
) -> Any:  # fmt: skip
    """Run a cycle to tick `end` and add it up in `sums`, float64 (SUM_COLUMNS); 1 if log or heap was too small.

    w, fresh  the world of one copy, whose state is made anew, and a second one, as it begins; last_life  row after the
    last life of each unit; no_level  levels of the tickets that come from outside: none; needs, is_taken_over  int64 by
    component: does its downtime count, and room.
    """
    _refresh(w, fresh)
    for u in range(len(last_life)):
        w.unit[u, LAST_LIFE] = last_life[u]
    if run(w, last_life[:0], no_level, end) != 0:
        return 1
    _sum_up(w, needs, is_taken_over, sums)
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
def _sum_up(w: Any, needs: Any, is_taken_over: Any, sums: Any) -> Any:
    is_taken_over[:] = 0
    failed, takeovers, down, down_since, down_ticks, length = 0, 0, 0, 0, 0, -1
    for row in range(w.count[ROWS]):
        at, event, place = w.at[row], w.event[row], w.place[row]
        if event == FAILED:
            failed += 1
        elif event == REPAIRED:
            failed -= 1
        elif event == TAKEOVER and is_taken_over[place] == 0:
            is_taken_over[place] = 1
            takeovers += 1
        elif event == TAKEN_OVER:
            is_taken_over[place] = 0
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
    sums[DOWN_TICKS], sums[LENGTH], sums[LOG_ROWS] = down_ticks, length, sums[LOG_ROWS] + w.count[ROWS]
