"""Arrival instants: modulated Poisson, renewal, decaying surges, and the merge of their streams."""

import math
from typing import Any

import numpy as np

from twin.compiled import entry, kernel
from twin.tape.functions import log_of
from twin.tape.laws import gamma_of, length_of
from twin.tape.paths import DRAW_BATCH
from twin.tape.streams import child, uniform


@kernel
def day_factors(key: Any, shape: Any, days: Any, factor: Any) -> Any:
    """Multiply each day's factor by a gamma variate of mean 1 and the given shape (cv = shape ** -0.5)."""
    for day in range(days):
        factor[day] *= gamma_of(child(key, day), 0, shape) / shape


def poisson_arrivals(
    key: Any, rate: Any, piece_at: Any, piece_weight: Any, piece_day: Any, factor: Any, horizon: Any
) -> Any:
    """Instants (ticks, sorted) and keys of a Poisson stream of `rate` per tick, times weight and day factor.

    Unit exponentials are laid along the cumulated intensity, so arrival number k keeps its other draws
    whatever the rate.
    """
    piece_to = np.append(piece_at[1:], horizon)
    intensity = rate * piece_weight * factor[piece_day]
    total = float(intensity @ (piece_to - piece_at))
    room = int(total + 8.0 * math.sqrt(total)) + 16
    while True:
        at, keys, step = np.empty(room, np.int64), np.empty(room, np.uint64), np.empty(room)
        exponential_steps(key, keys, step)
        n = lay_along(step, intensity, piece_at, piece_to, at)
        if n >= 0:
            return at[:n], keys[:n]
        room *= 2


@entry
def exponential_steps(key: Any, keys: Any, step: Any) -> Any:
    """Fill in the keys of the successive arrivals of a stream and their unit exponential steps."""
    for k in range(len(step)):
        keys[k] = child(key, k)
        step[k] = -log_of(uniform(keys[k], 0))


@entry
def lay_along(step: Any, intensity: Any, begin: Any, end: Any, at: Any) -> Any:
    """Fill in the ticks at which the cumulated intensity passes the cumulated steps; how many, -1 if steps are few."""
    n, target, passed = 0, step[0], 0.0
    for i in range(len(intensity)):
        mass = intensity[i] * (end[i] - begin[i])
        while target < passed + mass:
            at[n] = min(begin[i] + int((target - passed) / intensity[i]), end[i] - 1)
            n += 1
            if n == len(step):
                return -1
            target += step[n]
        passed += mass
    return n


@kernel
def renewal_arrivals(key: Any, laws: Any, row: Any, horizon: Any) -> Any:
    """Instants (ticks, sorted) and keys of a renewal stream; the first gap starts at tick 0."""
    room = 1024
    at = np.empty(room, np.int64)
    keys = np.empty(room, np.uint64)
    n, time = 0, 0.0
    while True:
        own = child(key, n)
        time += max(length_of(laws, row, own, 0), 1e-3)
        if time >= horizon:
            return at[:n], keys[:n]
        if n == room:
            room *= 2
            at, keys = _wider(at, room), _wider(keys, room)
        at[n], keys[n] = int(time), own
        n += 1


@kernel
def surge_arrivals(
    key: Any,
    peak: Any,
    half_life: Any,
    begin: Any,
    end: Any,
    piece_at: Any,
    piece_weight: Any,
    piece_day: Any,
    factor: Any,
) -> Any:
    """Extra arrivals in [begin, end): intensity `peak` per tick, halving every half_life (0: constant), times the
    class's weight and day factor; by thinning of the envelope, so a candidate keeps its draws whatever survives."""
    most = 0.0
    for i in range(len(piece_at)):
        most = max(most, piece_weight[i] * factor[piece_day[i]])
    at = np.empty(64, np.int64)
    keys = np.empty(64, np.uint64)
    n, k, i, mass = 0, 0, 0, 0.0
    decay = 0.6931471805599453 / half_life if half_life > 0 else 0.0
    while peak * most > 0.0:
        own = child(key, k)
        k += 1
        mass -= log_of(uniform(own, 0))
        if decay > 0.0:
            left = 1.0 - mass * decay / (peak * most)
            if left <= 0.0:
                break
            tick = begin + int(-log_of(left) / decay)
        else:
            tick = begin + int(mass / (peak * most))
        if tick >= end:
            break
        while i + 1 < len(piece_at) and piece_at[i + 1] <= tick:
            i += 1
        if uniform(own, 5) * most < piece_weight[i] * factor[piece_day[i]]:
            if n == len(at):
                at, keys = _wider(at, 2 * n), _wider(keys, 2 * n)
            at[n], keys[n] = tick, own
            n += 1
    return at[:n], keys[:n]


@kernel
def batched(at: Any, keys: Any, sizes: Any, cumulated: Any) -> Any:
    """Each instant repeated for the members of its batch, each member with a key of its own."""
    size = np.empty(len(at), np.int64)
    total = 0
    for i in range(len(at)):
        u, s = uniform(keys[i], DRAW_BATCH), 0
        while s + 1 < len(sizes) and u >= cumulated[s]:
            s += 1
        size[i] = sizes[s]
        total += sizes[s]
    out_at, out_keys = np.empty(total, np.int64), np.empty(total, np.uint64)
    n = 0
    for i in range(len(at)):
        for member in range(size[i]):
            out_at[n], out_keys[n] = at[i], child(keys[i], member)
            n += 1
    return out_at, out_keys


@kernel
def merged(at: Any, keys: Any, label: Any, run_from: Any) -> Any:
    """Sorted runs merged into one; ties keep the order of the runs. Runs start at run_from (last entry: the end)."""
    bounds = run_from.copy()
    at2, keys2, label2 = at.copy(), keys.copy(), label.copy()
    while len(bounds) > 2:
        runs = len(bounds) - 1
        pairs = (runs + 1) // 2
        joined = np.empty(pairs + 1, np.int64)
        for pair in range(pairs):
            low = bounds[2 * pair]
            middle = bounds[min(2 * pair + 1, runs)]
            high = bounds[min(2 * pair + 2, runs)]
            joined[pair] = low
            i, j = low, middle
            for out in range(low, high):
                if j >= high or (i < middle and at[i] <= at[j]):
                    at2[out], keys2[out], label2[out] = at[i], keys[i], label[i]
                    i += 1
                else:
                    at2[out], keys2[out], label2[out] = at[j], keys[j], label[j]
                    j += 1
        joined[pairs] = bounds[runs]
        at, at2, keys, keys2, label, label2 = at2, at, keys2, keys, label2, label
        bounds = joined
    return at, keys, label


@kernel
def _wider(column: Any, room: Any) -> Any:
    wide = np.empty(room, column.dtype)
    wide[: len(column)] = column
    return wide
