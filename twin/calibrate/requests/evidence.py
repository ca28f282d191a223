"""What the estimators of demands see of a record: the levels to learn from, and what each request attained there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.pace import paces
from twin.calibrate.requests.queue import attained
from twin.calibrate.requests.record import Level, Record


class NotEstimable(ValueError):  # noqa: N818
    """An estimator that the data do not support; says which measurement is missing."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The kinds of request: (transaction, step), the class of each request (-1: none) and requests per transaction."""

    keys: tuple[tuple[int, int], ...]
    of: Any


@dataclass(frozen=True, slots=True)
class Demands:
    """Core seconds per request of each class, and the share of each station; delay_s loads no core."""

    estimator: str
    mean_s: Any
    shares: dict[str, float]
    delay_s: Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the estimators see: a record, the levels to learn from, what each request attained there, how many others it
    met, and how many times as long as usual the fixed work took meanwhile (1 without a probe).

    got_s and what `spent` gives are seconds of the machine at its usual pace, the mean over the levels' work.
    """

    record: Record
    levels: tuple[Level, ...]
    limits: Limits
    classes: Classes
    got_s: Any
    met: Any
    pace: Any
    is_used: Any

    @property
    def stations(self) -> tuple[str, ...]:
        """Stations whose CPU was watched throughout the levels."""
        return tuple(name for name in self.limits.stations if np.all(np.isfinite(self.spent(name, self.edges()))))

    @property
    def is_watched(self) -> bool:
        """Whether that holds for all stations."""
        return len(self.stations) == len(self.limits.stations)

    def edges(self) -> Any:
        """Starts and ends of the levels, in turn."""
        return np.array([at for level in self.levels for at in (level.from_s, level.to_s)])

    def spent(self, station: str, edges: Any) -> Any:
        """CPU seconds that requests took at a station between instants; NaN where one of its groups was not watched.

        What is used at rest is taken off, and the rest stretched as if nothing else were there. The machine's pace is
        that of the requests there, by what they got.
        """
        limits = self.limits.stations[station]
        if any(group not in self.record.usage for group in limits.groups):
            return np.full(len(edges) - 1, np.nan)
        grown = sum(self.record.usage[group].grown(edges) for group in limits.groups)
        at_rest = limits.background * limits.cores * np.diff(edges)
        return np.maximum(grown - at_rest, 0.0) / (1.0 - limits.background) / self._paces(edges)

    def _paces(self, edges: Any) -> Any:
        """The pace of the work between instants."""
        middle = (self.record.start_s + self.record.end_s) / 2
        span = np.searchsorted(edges, middle, side="right") - 1
        inside = (span >= 0) & (span < len(edges) - 1)
        seconds, usual = (
            np.bincount(span[inside], what[inside], len(edges) - 1) for what in (self.got_s * self.pace, self.got_s)
        )
        return np.where(usual > 0, seconds / np.where(usual > 0, usual, 1.0), 1.0)


def evidence(record: Record, levels: Sequence[Level], limits: Limits) -> Evidence:
    """The evidence of the requests that came and went within one of the levels."""
    got, _, met = attained(record.start_s, record.end_s, limits.workers, limits.cores)
    pairs = np.column_stack([record.verb, record.step])
    keys = sorted({(int(verb), int(step)) for verb, step in pairs if verb >= 0})
    number = {key: k for k, key in enumerate(keys)}
    classes = np.array([number.get((int(verb), int(step)), -1) for verb, step in pairs], np.int64)
    inside = np.zeros(len(record), bool)
    for level in levels:
        inside |= record.within(level)
    used = inside & record.is_good & (classes >= 0)
    pace = paces(record, got, used)
    return Evidence(record, tuple(levels), limits, Classes(tuple(keys), classes), got / pace, met, pace, used)


def means(data: Evidence, values: Any) -> Any:
    """Mean of the values over the used requests of each class; NaN for classes without."""
    used = data.is_used
    size = len(data.classes.keys)
    count = np.bincount(data.classes.of[used], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.bincount(data.classes.of[used], values[used], size) / count


def visits(data: Evidence) -> Any:
    """Requests of each class in one transaction."""
    count = np.array([np.sum(data.is_used & (data.classes.of == k)) for k in range(len(data.classes.keys))], float)
    first = {verb: count[k] for k, (verb, step) in enumerate(data.classes.keys) if step == 0}
    return np.array([count[k] / max(first.get(verb, 1.0), 1.0) for k, (verb, _) in enumerate(data.classes.keys)])


def step_shares(data: Evidence) -> Any:
    """Which share of its transaction's work each class does, by attained times; per transaction they add up to 1."""
    mean, per = means(data, data.got_s), visits(data)
    work = np.nan_to_num(mean) * per + 1e-9
    verbs = np.array([verb for verb, _ in data.classes.keys])
    return np.array([work[k] / per[k] / work[verbs == verb].sum() for k, verb in enumerate(verbs)])


def divided(data: Evidence, per_verb: Any) -> Any:
    """Demands of transactions divided among their requests."""
    share = step_shares(data)
    return np.array([per_verb[verb] * share[k] for k, (verb, _) in enumerate(data.classes.keys)])


def watched(data: Evidence) -> tuple[str, ...]:
    """The stations, all of whose CPU was watched. Raises NotEstimable otherwise."""
    missing = [name for name in data.limits.stations if name not in data.stations]
    if missing:
        raise NotEstimable(f"CPU seconds of {', '.join(missing)} are missing: run the probe beside the load")
    return data.stations


def split(data: Evidence) -> dict[str, float]:
    """Share of each station in the CPU used; with one station all of it.

    Raises NotEstimable when there are several and their CPU was not watched.
    """
    names = tuple(data.limits.stations)
    if len(names) == 1:
        return {names[0]: 1.0}
    spent = {name: float(data.spent(name, data.edges())[::2].sum()) for name in watched(data)}
    return {name: value / sum(spent.values()) for name, value in spent.items()}


def work_within(data: Evidence) -> float:
    """Core seconds got within the levels by all requests, parts of those that reach beyond included."""
    record, total = data.record, 0.0
    length = np.maximum(record.end_s - record.start_s, 1e-9)
    for level in data.levels:
        overlap = np.minimum(record.end_s, level.to_s) - np.maximum(record.start_s, level.from_s)
        total += float((data.got_s * np.clip(overlap, 0.0, None) / length).sum())
    return total
