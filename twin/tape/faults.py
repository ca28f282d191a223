"""Unit lives and shocks: when each unit would fail, how the failure is noticed and taken over."""

from typing import Any

import numpy as np

from twin.compiled import kernel
from twin.tape.functions import exp_of, log_of
from twin.tape.laws import ticks_of
from twin.tape.streams import child, uniform
from twin.tape.tape import (
    LIFE_AUTOMATIC,
    LIFE_CLASS,
    LIFE_COLUMNS,
    LIFE_MAINTENANCE,
    LIFE_REPORT,
    LIFE_TAKEOVER,
    LIFE_TICKS,
    LIFE_UNIT,
    LIFE_UPKEEP,
    LIFE_WARNED,
)

# Draws of a life; 2, 3 and 16 on belong to its ticket (`paths`).
DRAW_LIFE, DRAW_SEEN, DRAW_TAKEOVER, DRAW_MAINTENANCE, DRAW_REPORT, DRAW_AUTOMATIC = 0, 1, 4, 5, 6, 7
DRAW_ONSET, DRAW_TO_FAILURE, DRAW_WARNING, DRAW_IS_WARNED, DRAW_RESTART = range(8, 13)

# Columns of the component table.
(
    PART_SCALE, PART_SHAPE, PART_COVERAGE, PART_REPORT, PART_AUTOMATIC, PART_DELAY, PART_MANUAL, PART_PM_EVERY, PART_PM,
    PART_CLASS, PART_ONSET, PART_TO_FAILURE, PART_WARNING, PART_RECALL, PART_RESTART,
) = range(PART_COLUMNS := 15)  # fmt: skip


@kernel
def draw_lives(keys: Any, component: Any, parts: Any, laws: Any, shocks: Any, end: Any) -> Any:
    """The successive lives of each unit, enough of them for any course of events before tick `end`.

    keys       uint64 per unit; component  int64 per unit; parts  float64 (component, PART_*), scale 0: no mtbf.
    shocks     int64 per unit: how many shocks could cut a life short.
    Returns (life_from, key per life, lives as `tape` describes them).
    """
    life_from = np.empty(len(keys) + 1, np.int64)
    room = 4 * len(keys) + 16
    key = np.empty(room, np.uint64)
    lives = np.empty((room, LIFE_COLUMNS), np.int64)
    n = 0
    for u in range(len(keys)):
        life_from[u] = n
        c = component[u]
        lived, longest, j = 0, 0, 0
        while j == 0 or lived - shocks[u] * longest < end:
            if n == room:
                room *= 2
                wide_key, wide = np.empty(room, np.uint64), np.empty((room, LIFE_COLUMNS), np.int64)
                wide_key[:n], wide[:n] = key, lives
                key, lives = wide_key, wide
            own = child(keys[u], j)
            key[n] = own
            _draw_life(own, parts, c, laws, lives, n, end)
            lives[n, LIFE_UNIT] = u
            length = lives[n, LIFE_TICKS]
            if lives[n, LIFE_UPKEEP] > 0:
                length = min(length, lives[n, LIFE_UPKEEP])
            lived += min(length, end)
            longest = max(longest, min(length, end))
            n += 1
            j += 1
    life_from[len(keys)] = n
    return life_from, key[:n], lives[:n]


@kernel
def _draw_life(own: Any, parts: Any, c: Any, laws: Any, lives: Any, n: Any, end: Any) -> Any:
    _draw_end(own, parts, c, laws, lives, n, end)
    draw_outcome(own, parts, c, laws, lives, n)


@kernel
def draw_outcome(own: Any, parts: Any, c: Any, laws: Any, lives: Any, n: Any) -> Any:
    """What follows if a life ends in a failure, into row n of `lives`: report, takeover, class of the ticket."""
    seen = uniform(own, DRAW_SEEN) < parts[c, PART_COVERAGE]
    lives[n, LIFE_REPORT] = -1 if seen else ticks_of(laws, int(parts[c, PART_REPORT]), own, DRAW_REPORT)
    automatic = uniform(own, DRAW_AUTOMATIC) < parts[c, PART_AUTOMATIC]
    row = int(parts[c, PART_DELAY] if automatic else parts[c, PART_MANUAL])
    lives[n, LIFE_TAKEOVER] = ticks_of(laws, row, own, DRAW_TAKEOVER) if row >= 0 else 0
    lives[n, LIFE_AUTOMATIC] = 1 if automatic else 0
    lives[n, LIFE_CLASS] = np.int64(parts[c, PART_CLASS])


@kernel
def _draw_end(own: Any, parts: Any, c: Any, laws: Any, lives: Any, n: Any, end: Any) -> Any:
    life = np.int64(4) * end + 4
    upkeep = np.int64(parts[c, PART_PM_EVERY]) if parts[c, PART_PM_EVERY] > 0.0 else np.int64(-1)
    row, draw, warned = int(parts[c, PART_PM]), DRAW_MAINTENANCE, 0
    if parts[c, PART_SCALE] > 0.0:
        hazard = -log_of(uniform(own, DRAW_LIFE))
        stretch = hazard if parts[c, PART_SHAPE] == 1.0 else exp_of(log_of(hazard) / parts[c, PART_SHAPE])
        life = np.int64(min(parts[c, PART_SCALE] * stretch + 0.5, 4.0 * end + 4.0))
    if parts[c, PART_ONSET] >= 0:
        onset = ticks_of(laws, int(parts[c, PART_ONSET]), own, DRAW_ONSET)
        life = min(onset + ticks_of(laws, int(parts[c, PART_TO_FAILURE]), own, DRAW_TO_FAILURE), life)
        if parts[c, PART_WARNING] >= 0 and uniform(own, DRAW_IS_WARNED) < parts[c, PART_RECALL]:
            seen_at = max(onset + ticks_of(laws, int(parts[c, PART_WARNING]), own, DRAW_WARNING), 1)
            if upkeep < 0 or seen_at < upkeep:
                upkeep, row, draw, warned = seen_at, int(parts[c, PART_RESTART]), DRAW_RESTART, 1
    lives[n, LIFE_TICKS], lives[n, LIFE_UPKEEP], lives[n, LIFE_WARNED] = max(life, 1), upkeep, warned
    lives[n, LIFE_MAINTENANCE] = ticks_of(laws, row, own, draw) if row >= 0 else 0
