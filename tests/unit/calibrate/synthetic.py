"""Records of requests whose demands are known, made by the queue itself from counter-based draws."""

import math
from typing import Any

import numpy as np

from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.queue import served
from twin.calibrate.requests.record import Level, Record, Series, sorted_record
from twin.tape.streams import below, name_key, replication_key, uniform


def draws(seed: int, what: str, count: int) -> Any:
    """Numbers uniform in (0, 1)."""
    key = below(replication_key(seed, 0), int(name_key(what)))
    return np.array([uniform(key, k) for k in range(count)])


def limits(users: str = "closed", workers: int = 4) -> Limits:
    """One core that workers and database share."""
    stations = {"core": {"cores": 1, "groups": ["workers"]}}
    return Limits.model_validate({"users": users, "workers": workers, "stations": stations})


def closed(
    demands: dict[str, list[float]], mix: list[float], users: list[int], *, each: int = 1500, think_s: float = 0.5,
    workers: int = 4, seed: int = 1, mixes: list[list[float]] | None = None,
) -> Record:  # fmt: skip
    """One level for each number of users; each transaction of `demands` is a row of requests with exponential work.

    mixes  a mix for each level, instead of the same one.
    """
    parts, levels, start = [], [], 0.0
    for level, count in enumerate(users):
        part = _level(demands, mixes[level] if mixes else mix, count, each, think_s, workers, seed + 100 * level)
        end = float(part["end_s"].max()) + 1.0
        levels.append(Level(str(count), start, start + end))
        part["chain"] = part["chain"] + 10_000_000 * level
        parts.append({**part, **{name: part[name] + start for name in ("start_s", "end_s", "intended_s")}})
        start += end
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    record = sorted_record(columns, tuple(levels))
    return record.with_usage({"workers": busy(record)})


def opened(demands: dict[str, list[float]], mix: list[float], rates: list[float], each: int = 1500) -> Record:
    """Transactions of one request that come by themselves, one level for each rate per second."""
    seed = 1
    gaps = np.concatenate([-np.log(draws(seed + k, "gap", each)) / rate for k, rate in enumerate(rates)])
    start = np.cumsum(gaps)
    edges = np.concatenate([[0.0], start[each - 1 :: each]])
    verbs = _verbs(demands, mix, len(start), seed)
    work = np.array([demands[verb][0] for verb in verbs]) * -np.log(draws(seed, "work", len(start)))
    starts, ends = served(start, np.full(len(start), -1), np.zeros(len(start)), work, 4, 1.0)
    users = (draws(seed, "who", len(start)) * 40).astype(np.int64)
    columns = _columns(verbs, np.zeros(len(start), np.int64), np.arange(len(start)), users, starts, ends)
    levels = [Level(f"{rate:g}", float(a), float(b)) for rate, a, b in zip(rates, edges, edges[1:], strict=False)]
    record = sorted_record(columns, tuple(levels))
    return record.with_usage({"workers": busy(record)})


def busy(record: Record) -> Series:
    """CPU seconds of one core that works whenever somebody is there, each half second."""
    grid = np.arange(-0.5, record.end_s.max() + 1.0, 0.5)
    order = np.argsort(record.start_s)
    spans: list[list[float]] = []
    for start, end in zip(record.start_s[order], record.end_s[order], strict=True):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    edges = np.array(spans)
    total = np.concatenate([[0.0], np.cumsum(edges[:, 1] - edges[:, 0])])
    at = np.concatenate([[grid[0]], edges.ravel(), [grid[-1]]])
    value = np.concatenate([[0.0], np.column_stack([total[:-1], total[1:]]).ravel(), [total[-1]]])
    return Series(grid, np.interp(grid, at, value))


def _level(
    demands: dict[str, list[float]], mix: list[float], users: int, each: int, think_s: float, workers: int, seed: int
) -> dict[str, Any]:
    verbs = _verbs(demands, mix, each, seed)
    sizes = [len(demands[verb]) for verb in verbs]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    step = np.concatenate([np.arange(size) for size in sizes])
    chain = np.repeat(np.arange(each), sizes)
    mean = np.concatenate([demands[verb] for verb in verbs])
    work = mean * -np.log(draws(seed, "work", len(mean)))
    think = think_s * -np.log(draws(seed, "think", each))
    after = np.arange(len(mean)) - 1
    last = first + np.array(sizes) - 1
    after[first] = np.where(np.arange(each) < users, -1, last[np.arange(each) - users])
    gaps = np.zeros(len(mean))
    gaps[first] = think
    starts, ends = served(np.where(after < 0, gaps, 0.0), after, gaps, work, workers, 1.0)
    return _columns([verbs[k] for k in chain], step, chain, chain % users, starts, ends)


def _verbs(demands: dict[str, list[float]], mix: list[float], count: int, seed: int) -> list[str]:
    names = list(demands)
    return [names[k] for k in np.searchsorted(np.cumsum(mix)[:-1], draws(seed, "mix", count))]


def _columns(verbs: Any, step: Any, chain: Any, user: Any, starts: Any, ends: Any) -> dict[str, Any]:
    assert not math.isnan(float(starts.sum() + ends.sum()))
    return {
        "verb": np.array(verbs), "step": step, "name": np.array([f"{v}.{s}" for v, s in zip(verbs, step, strict=True)]),
        "chain": chain, "user": user, "intended_s": starts.copy(), "start_s": starts, "end_s": ends,
        "is_good": np.ones(len(starts), bool),
    }  # fmt: skip
