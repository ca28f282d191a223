"""Unit lives and shocks: when each unit would fail, how the failure is noticed and taken over."""

from typing import Any

import numpy as np

from twin.compiled import kernel
from twin.tape.laws import exp_of, log_of, ticks_of
from twin.tape.streams import child, uniform

# Draws of a life; 2, 3 and 16 on belong to its ticket (`paths`).
DRAW_LIFE, DRAW_SEEN, DRAW_TAKEOVER, DRAW_MAINTENANCE, DRAW_REPORT, DRAW_AUTOMATIC = 0, 1, 4, 5, 6, 7

# Columns of the component table.
(
    PART_SCALE, PART_SHAPE, PART_COVERAGE, PART_REPORT, PART_AUTOMATIC, PART_DELAY, PART_MANUAL, PART_PM_EVERY, PART_PM,
    PART_CLASS,
) = range(10)  # fmt: skip
PART_COLUMNS = 10


@kernel
def draw_lives(keys: Any, component: Any, parts: Any, laws: Any, shocks: Any, end: Any) -> Any:
    """The successive lives of each unit, enough of them for any course of events before tick `end`.

    keys       uint64 per unit; component  int64 per unit; parts  float64 (component, PART_*), scale 0: never fails.
    shocks     int64 per unit: how many shocks could cut a life short.
    Returns (life_from, key per life, lives as `tape` describes them).
    """
    life_from = np.empty(len(keys) + 1, np.int64)
    room = 4 * len(keys) + 16
    key = np.empty(room, np.uint64)
    lives = np.empty((room, 7), np.int64)
    n = 0
    for u in range(len(keys)):
        life_from[u] = n
        c = component[u]
        lived, longest, j = 0, 0, 0
        while j == 0 or lived - shocks[u] * longest < end:
            if n == room:
                room *= 2
                wide_key, wide = np.empty(room, np.uint64), np.empty((room, 7), np.int64)
                wide_key[:n], wide[:n] = key, lives
                key, lives = wide_key, wide
            own = child(keys[u], j)
            key[n] = own
            _draw_life(own, parts, c, laws, lives, n, end)
            lives[n, 6] = u
            length = lives[n, 0]
            if parts[c, PART_PM_EVERY] > 0.0:
                length = min(length, np.int64(parts[c, PART_PM_EVERY]))
            lived += min(length, end)
            longest = max(longest, min(length, end))
            n += 1
            j += 1
    life_from[len(keys)] = n
    return life_from, key[:n], lives[:n]


@kernel
def _draw_life(own: Any, parts: Any, c: Any, laws: Any, lives: Any, n: Any, end: Any) -> Any:
    life = np.int64(4) * end + 4
    if parts[c, PART_SCALE] > 0.0:
        hazard = -log_of(uniform(own, DRAW_LIFE))
        stretch = hazard if parts[c, PART_SHAPE] == 1.0 else exp_of(log_of(hazard) / parts[c, PART_SHAPE])
        life = np.int64(min(parts[c, PART_SCALE] * stretch + 0.5, 4.0 * end + 4.0))
    lives[n, 0] = max(life, 1)
    seen = uniform(own, DRAW_SEEN) < parts[c, PART_COVERAGE]
    lives[n, 1] = -1 if seen else ticks_of(laws, int(parts[c, PART_REPORT]), own, DRAW_REPORT)
    automatic = uniform(own, DRAW_AUTOMATIC) < parts[c, PART_AUTOMATIC]
    row = int(parts[c, PART_DELAY] if automatic else parts[c, PART_MANUAL])
    lives[n, 2] = ticks_of(laws, row, own, DRAW_TAKEOVER) if row >= 0 else 0
    lives[n, 3] = 1 if automatic else 0
    lives[n, 4] = ticks_of(laws, int(parts[c, PART_PM]), own, DRAW_MAINTENANCE) if parts[c, PART_PM] >= 0 else 0
    lives[n, 5] = np.int64(parts[c, PART_CLASS])
