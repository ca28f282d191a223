"""What changes do to incidents: rate ratios on the same item against weekday-matched days, with a placebo."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.readers.dated import Dated

Floats = NDArray[Any]
Ints = NDArray[np.int64]

DAYS: Final = 7  # after a change
SHIFTS: Final = (-28, -21, -14, 14, 21, 28)  # days from a change to the matched ones: the same weekdays
PLACEBO: Final = (-21, 21)
DAY_MIN: Final = 1440
WEEK_MIN: Final = DAYS * DAY_MIN
USUAL_LOG_RATIO: Final = 0.3  # how far log rate ratios of kinds of changes usually are from 0, assumed
Z_95: Final = 1.959963984540054
_LEAST_CHANGES: Final = 30
_LEAST_ITEMS: Final = 10
_LEAST_STEADY: Final = 500  # incidents on items that never change, to tell busy weeks by
_LEAST_EXPECTED: Final = 5.0


@dataclass(frozen=True)
class Ratio:
    """Incidents on the item in the week after changes of a kind, over those on matched days.

    low, high  95 % interval, items as clusters; observed incidents, expected by matched days; changes  on items.
    placebo, placebo_low, placebo_high  the same for days three weeks off, where nothing changed.
    """

    label: str
    kind: str
    changes: int
    observed: float
    expected: float
    ratio: float
    low: float
    high: float
    placebo: float
    placebo_low: float
    placebo_high: float


@dataclass(frozen=True)
class ChangesFit:
    """Ratios of all changes and by label; the naive share of incidents that follow a change within a week; by_day
    ratios on each of the seven days; deviance gained per change out of sample, and its standard error."""

    ratios: tuple[Ratio, ...]
    naive_ratio: float
    by_day: Floats
    gain: float
    gain_error: float
    held_out: int


@dataclass(frozen=True)
class _Exposed:
    """Changes on items within the record: row of the item, incidents after, and mean over matched weeks."""

    item: Ints
    observed: Floats
    expected: Floats


class _Counts:
    """Incidents of each item and of items that never change, between any two minutes, and where changes reach."""

    def __init__(self, item: Ints, minute: Ints, end: int, where: Ints, when: Ints) -> None:
        self.end = end
        self._changes = np.sort(where * (4 * end + 1) + when)
        self._room = 4 * end + 1
        self._keys = np.sort(item * self._room + minute)
        never = ~np.isin(item, where)
        self._steady = np.sort(minute[never]) if never.sum() >= _LEAST_STEADY else None

    def of(self, item: Ints, begin: Ints, length: int) -> Floats:
        """Incidents on items in (begin, begin + length]; nan where that is not all in the record."""
        inside = (begin >= 0) & (begin + length <= self.end)
        low, high = (np.where(inside, edge, 0) for edge in (begin, begin + length))
        counts = [np.searchsorted(self._keys, item * self._room + edge, side="right") for edge in (low, high)]
        return np.where(inside, counts[1] - counts[0], np.nan)

    def changed(self, item: Ints, begin: Ints, length: int) -> NDArray[np.bool_]:
        """Whether a change on the item reaches, with its week, into (begin, begin + length]."""
        edges = np.maximum(begin - WEEK_MIN, 0), np.maximum(begin + length, 0)
        low, high = (np.searchsorted(self._changes, item * self._room + edge, side="right") for edge in edges)
        return np.asarray(high > low)

    def volume(self, begin: Ints, length: int) -> Floats:
        """Incidents on items that never change in (begin, begin + length], at least one; 1 if these are few."""
        if self._steady is None:
            return np.ones(len(begin))
        low, high = (np.searchsorted(self._steady, edge, side="right") for edge in (begin, begin + length))
        return np.asarray(np.maximum(high - low, 1), np.float64)


def fit_changes(
    changes: Dated, incidents: Dated, labels: Sequence[str] = ("board", "risk", "family", "kind")
) -> ChangesFit:  # fmt: skip
    """Rate ratios of incidents after changes. Raises ValueError if hardly any change has weeks to compare with.

    Matched weeks are free of changes on the item and of what follows them; what items without any change do in a
    week, in holidays for instance, is divided out.
    Source: Maclure (1991), The case-crossover design, Am. J. Epidemiology 133(2); controls on both sides.
    """
    first = min(incidents.at.min(), changes.at.min()).astype("datetime64[D]").astype("datetime64[m]")
    end = int((incidents.at.max() - first).astype(np.int64)) + 1
    item = np.unique(np.concatenate([changes.item, incidents.item]).astype(str), return_inverse=True)[1]
    where, of_incidents = item[: len(changes)], item[len(changes) :]
    when, opened = ((one.at - first).astype(np.int64) for one in (changes, incidents))
    counts = _Counts(of_incidents, opened, end, where, when)
    ratios = [_ratio("all", "all changes", where, when, counts)]
    if ratios[0].expected < _LEAST_EXPECTED:
        raise ValueError("hardly any incident lies on an item that changed; check that both name items alike")
    for label in labels:
        values = changes.labels.get(label, np.empty(0, object))
        for value in np.unique(values.astype(str)).tolist():
            chosen = values.astype(str) == value
            if len(np.unique(where[chosen])) >= _LEAST_ITEMS and chosen.sum() >= _LEAST_CHANGES:
                found = _ratio(label, value, where[chosen], when[chosen], counts)
                is_sure = found.expected >= _LEAST_EXPECTED and not math.isnan(found.ratio)
                ratios += [found] if is_sure else []
    by_day = [_exposed(where, when + day * DAY_MIN, counts, length=DAY_MIN) for day in range(DAYS)]
    shares = np.array([one.observed.sum() / max(one.expected.sum(), 1e-9) for one in by_day])
    naive = _naive(where, when, of_incidents, opened)
    return ChangesFit(tuple(ratios), naive, shares, *_out_of_sample(changes, where, when, counts, labels))


def _exposed(
    item: Ints, at: Ints, counts: _Counts, moved: int = 0, shifts: Sequence[int] = SHIFTS, length: int = WEEK_MIN
) -> _Exposed:
    """Observed and expected incidents after each change, once per item and day; `moved` days off the change."""
    _, first = np.unique(np.stack([item, at // DAY_MIN], axis=1), axis=0, return_index=True)
    item, begin = item[first], at[first] + moved * DAY_MIN
    observed, volume = counts.of(item, begin, length), counts.volume(begin, length)
    matched = np.stack([
        np.where(counts.changed(item, begin + shift * DAY_MIN, length), np.nan,
                 counts.of(item, begin + shift * DAY_MIN, length) * volume
                 / counts.volume(begin + shift * DAY_MIN, length))
        for shift in shifts
    ], axis=1)  # fmt: skip
    known = (~np.isnan(matched)).sum(axis=1)
    kept = ~np.isnan(observed) & (known > 0)
    if moved in PLACEBO:
        kept &= ~counts.changed(item, begin, length)
    return _Exposed(item[kept], observed[kept], (np.nansum(matched, axis=1) / np.maximum(known, 1))[kept])


def _ratio(label: str, kind: str, item: Ints, at: Ints, counts: _Counts) -> Ratio:
    real = _exposed(item, at, counts)
    fake = [_exposed(item, at, counts, moved, [shift - moved for shift in SHIFTS if shift != moved])
            for moved in PLACEBO]  # fmt: skip
    both = _Exposed(
        np.concatenate([one.item for one in fake]), np.concatenate([one.observed for one in fake]),
        np.concatenate([one.expected for one in fake]),
    )  # fmt: skip
    observed, expected = float(real.observed.sum()), float(real.expected.sum())
    return Ratio(label, kind, len(real.item), observed, expected, *_interval(real)[:3], *_interval(both)[:3])


def _interval(exposed: _Exposed) -> tuple[float, float, float, float]:
    """Ratio of sums, its 95 % interval on the log scale by linearisation, items as clusters, and the standard error."""
    observed, expected = float(exposed.observed.sum()), float(exposed.expected.sum())
    if observed <= 0 or expected <= 0 or len(np.unique(exposed.item)) < _LEAST_ITEMS:
        return math.nan, math.nan, math.nan, math.nan
    share = exposed.observed / observed - exposed.expected / expected
    error = math.sqrt(float((np.bincount(exposed.item, share) ** 2).sum()))
    ratio = observed / expected
    return ratio, ratio * math.exp(-Z_95 * error), ratio * math.exp(Z_95 * error), error


def _naive(item: Ints, at: Ints, incident_item: Ints, opened: Ints) -> float:
    """Share of incidents within a week after some change on the item: what counting alone would blame on changes."""
    room = 4 * int(max(opened.max(), at.max())) + WEEK_MIN
    keys, asked = np.sort(item * room + at), incident_item * room + opened
    last = np.searchsorted(keys, asked, side="right") - 1
    gap = asked - keys[np.maximum(last, 0)]
    return float(((last >= 0) & (gap >= 0) & (gap < WEEK_MIN)).mean())


def _out_of_sample(
    changes: Dated, item: Ints, at: Ints, counts: _Counts, labels: Sequence[str]
) -> tuple[float, float, int]:
    """Poisson deviance gained per change and item of the last third by ratios learned on the first two thirds, each
    shrunk to 1 by its uncertainty; the gain's standard error; how many. Matched weeks lie in the past only."""
    past, cut = tuple(shift for shift in SHIFTS if shift < 0), int(counts.end * 2 / 3)
    label = next((name for name in labels if name in changes.labels), None)
    values = changes.labels[label].astype(str) if label else np.full(len(item), "all")
    gains, clusters = [], []
    for value in np.unique(values).tolist():
        chosen = values == value
        early, late = chosen & (at + WEEK_MIN < cut), chosen & (at >= cut)
        before = _exposed(item[early], at[early], counts, shifts=past)
        after = _exposed(item[late], at[late], counts, shifts=past)
        ratio, _, _, error = _interval(before)
        known = 0.0 if math.isnan(ratio) else USUAL_LOG_RATIO**2 / (USUAL_LOG_RATIO**2 + error**2) * math.log(ratio)
        gains.append(2 * (after.observed * known - math.expm1(known) * after.expected))
        clusters.append(after.item)
    gain, cluster = np.concatenate(gains), np.concatenate(clusters)
    if not len(gain):
        return math.nan, math.nan, 0
    centred = np.bincount(cluster, gain - gain.mean())
    return float(gain.mean()), float(np.sqrt((centred**2).sum()) / len(gain)), len(gain)
