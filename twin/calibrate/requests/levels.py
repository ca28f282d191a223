"""What levels say as wholes: the core seconds they used, and by bursts beside steady users what requests cost each
other. Cores, unlike responses, do not wait for each other: what they used is known without a model of the queue."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import stdtrit

from twin.calibrate.requests.evidence import Evidence, work_within
from twin.calibrate.requests.hindrance import (
    CONFIDENCE,
    LEAST_CONTRAST,
    LEAST_RATE,
    NONE,
    ROUNDS,
    Hindrance,
    met_at,
)
from twin.calibrate.requests.record import Level

FEWEST_LEVELS = 4


def uses_of(data: Evidence, mean_s: Any, cost: float = 0.0) -> Any:
    """Core seconds used in each level over those expected of its requests.

    mean_s  core seconds of each class, by itself; what is not known took what it got.
    cost    the share that each other request on the cores adds.
    """
    work = np.where(data.classes.of >= 0, mean_s[data.classes.of], np.nan) * (1.0 + cost * data.met)
    expected = replace(data, got_s=np.where(np.isfinite(work), work, data.got_s))
    spent = sum(data.spent(name, data.edges())[::2] for name in data.limits.stations)
    return np.asarray(spent / [work_within(replace(expected, levels=(level,))) for level in data.levels])


def hindrance_by_levels(data: Evidence, mean_s: Any) -> Hindrance | None:
    """The cost of company by least squares over levels: the core seconds used, over those expected of requests that
    meet nobody, grow with the others met. NONE if they do not; None without bursts, or if not all cores were watched.

    Levels that were dealt the same transactions are compared with each other only, so that what they had to do, which
    is more or less than expected by chance, does not matter.

    mean_s  core seconds of each class, as one knows them; a common factor does not matter.
    """
    steady = np.array([not level.beat_s for level in data.levels])
    if steady.all() or not steady.any() or len(steady) < FEWEST_LEVELS or not data.is_watched:
        return None
    met, uses = np.array([met_at(data, level) for level in data.levels]), uses_of(data, mean_s)
    dealt = _dealt_alike(data.levels)
    freedom = len(met) - dealt.shape[1] - 1
    if freedom < 1 or np.abs(_within(met, dealt)).max() < LEAST_CONTRAST or uses.min() <= 0:
        return None
    cost, sd = share_of(np.log(uses), met, dealt)
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * sd
    return Hindrance(cost, max(0.0, cost - reach), cost + reach, float(met[steady].mean())) if cost > 0 else NONE


def share_of(logs: Any, cause: Any, dealt: Any) -> tuple[float, float]:
    """By which share a cause makes levels dearer, and the standard deviation of that, by least squares:
    logs = log(1 + share cause) + a constant for each column of `dealt`."""
    share = 0.0
    for _ in range(ROUNDS):
        grown = np.maximum(1.0 + share * cause, LEAST_RATE)
        column, left = _within(cause / grown, dealt), _within(logs - np.log(grown), dealt)
        share += float(column @ left / (column @ column))
    freedom = max(1, len(logs) - dealt.shape[1] - 1)
    return share, float(left @ left / freedom / (column @ column)) ** 0.5


def _within(values: Any, dealt: Any) -> Any:
    """How far values are from the mean of those that belong together."""
    return values - dealt @ (values @ dealt / dealt.sum(axis=0))


def _dealt_alike(levels: Sequence[Level]) -> Any:
    """Which levels (rows) belong together: a column of 0 and 1 for each that were dealt the same, steady and in bursts;
    one for all others."""
    kinds: dict[int | None, set[bool]] = {}
    for level in levels:
        kinds.setdefault(level.first, set()).add(level.beat_s > 0)
    of = [level.first if len(kinds[level.first]) == 2 else None for level in levels]
    return np.array([[float(one == column) for column in dict.fromkeys(of)] for one in of])
