"""Drifts carried forward with damping, and which memory and damping forecast best inside the record."""

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.tickets.kinds import Efforts, Kinds, fit_kinds
from twin.calibrate.tickets.volume import pooled

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

DAMPINGS: Final = (0.0, 0.5, 0.8, 0.9, 1.0)  # per week; 0: no trend
MEMORIES: Final = (math.inf, 2.0)  # half-lives in weeks
COUNTS: Final = (3, 4)
USUAL_LOGITS: Final = 0.1  # spread of weeks around a trend of the share, assumed where a record has few weeks
TESTED_WEEKS: Final = 2.0  # what a fold inside the record forecasts, and how far a trend is carried beyond its end


@dataclass(frozen=True)
class Choice:
    """How the recent past is read: how many kinds, half-life in weeks by which old tickets count less, and the damping
    per week of the drift of the first-contact share and of the time at the desk."""

    count: int = 4
    memory_weeks: float = math.inf
    share_damping: float = 0.0
    effort_damping: float = 0.0


@dataclass(frozen=True)
class Share:
    """Log-odds of a resolution at first contact at the instant of knowledge, change per week, and the standard
    deviations of a week around the trend and of the slope."""

    level: float
    slope: float
    spread: float
    slope_error: float

    def at(self, lead: float, off: float = 0.0) -> float:
        """The share `lead` damped weeks ahead, `off` logits from its expectation."""
        return float(1.0 / (1.0 + math.exp(-(self.level + self.slope * lead + off))))


def damped(lead_weeks: float, damping: float) -> float:
    """Weeks that a trend still moves over a lead time: the sum of damping ** k.

    Source: Gardner and McKenzie (1985), Forecasting trends in time series, Management Science 31(10).
    """
    if damping >= 1.0:
        return lead_weeks
    if damping <= 0.0:
        return 0.0
    return float(damping * (1.0 - damping**lead_weeks) / (1.0 - damping))


def carried(horizon_weeks: float, damping: float) -> float:
    """Weeks that a trend has moved on the average of a horizon; it is held where no fold could test it further on."""
    leads = (np.arange(64) + 0.5) / 64 * horizon_weeks
    return float(np.mean([damped(min(float(lead), TESTED_WEEKS), damping) for lead in leads]))


def weights(week: Floats, memory: float) -> Floats:
    """What a ticket counts by its age in weeks."""
    return np.ones(len(week)) if math.isinf(memory) else np.asarray(0.5 ** (-week / memory))


def fit_share(is_first: Mask, week: Floats, memory: float, with_trend: bool) -> Share:
    """The share resolved at first contact by logistic regression on the week, by iterated weighted least squares.

    The spread of weeks around the trend beyond chance is kept, for a forecast is no surer than that.
    """
    own = weights(week, memory)
    x = np.stack([np.ones(len(week)), week if with_trend else np.zeros(len(week))], axis=1)
    ridge = np.diag([1e-6, 1e-6 if with_trend else 1.0])
    beta = np.array([math.log((is_first.mean() + 1e-4) / (1 - is_first.mean() + 1e-4)), 0.0])
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-x @ beta))
        information = (x * (own * p * (1 - p))[:, None]).T @ x + ridge
        beta = beta + np.linalg.solve(information, x.T @ (own * (is_first - p)) - ridge @ beta * [0.0, 1.0])
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    spread = _spread(is_first, week, 1.0 / (1.0 + np.exp(-x @ beta)))
    scale = max(1.0, spread * math.sqrt(len(week) * float(p.mean() * (1 - p.mean())) / max(-week.min(), 1.0)))
    return Share(float(beta[0]), float(beta[1]), spread, float(error[1] * scale if with_trend else 0.0))


def _spread(is_first: Mask, week: Floats, p: Floats) -> float:
    number = np.floor(week).astype(np.int64)
    gaps = []
    for one in np.unique(number):
        rows = number == one
        expected, chance = p[rows].sum(), (p[rows] * (1 - p[rows])).sum()
        if chance > 5:
            gaps.append(((is_first[rows].sum() - expected) ** 2 - chance) / chance**2)
    return pooled(max(sum(gaps), 0.0), len(gaps), USUAL_LOGITS)


@dataclass(frozen=True)
class Fold:
    """What was known at an instant inside the record, and what the tickets opened after it did until a later one."""

    is_first: Mask
    first_week: Floats
    efforts: Efforts
    next_is_first: Mask
    next_first_week: Floats
    next_efforts: Efforts


def choose(folds: list[Fold]) -> tuple[Choice, dict[str, float]]:
    """The choice of greatest predictive likelihood over the folds, less a trend that is not clearly better, and the
    mean score per ticket of each tried.

    Of all dampings within one standard error of the best the strongest is taken (weeks of folds are the units).
    Source: Breiman, Friedman, Olshen and Stone (1984), section 3.4.3, the one standard error rule.
    """
    if not folds:
        return Choice(), {}
    share = {
        (memory, damping): np.concatenate([_share_scores(fold, memory, damping) for fold in folds])
        for memory, damping in product(MEMORIES, DAMPINGS)
    }
    effort: dict[tuple[int, float, float], Floats] = {}
    for count, memory, with_drift in product(COUNTS, MEMORIES, (False, True)):
        fits = [_fit(fold, count, memory, with_drift) for fold in folds]
        for damping in DAMPINGS:
            if (damping > 0) == with_drift:
                of_folds = [_effort_scores(fold, fit, damping) for fold, fit in zip(folds, fits, strict=True)]
                effort[count, memory, damping] = np.concatenate(of_folds)
    both = {
        (count, memory, d_share, d_effort): float(share[memory, d_share].sum() + effort[count, memory, d_effort].sum())
        for count, memory, d_share, d_effort in product(COUNTS, MEMORIES, DAMPINGS, DAMPINGS)
    }
    count, memory = max(both, key=lambda key: both[key])[:2]
    d_share = _least_trend({damping: share[memory, damping] for damping in DAMPINGS})
    d_effort = _least_trend({damping: effort[count, memory, damping] for damping in DAMPINGS})
    total = max(sum(len(fold.next_is_first) for fold in folds), 1)
    told = sorted(both.items(), key=lambda item: -item[1])[:8]
    told += [(key, both[key]) for key in [(count, memory, d_share, d_effort)] if key not in dict(told)]
    scores = {"{} kinds, memory {:g} weeks, damping {:g} and {:g}".format(*key): value / total for key, value in told}
    return Choice(count, memory, d_share, d_effort), scores


def _least_trend(scores: dict[float, Floats]) -> float:
    best = max(scores, key=lambda damping: float(scores[damping].sum()))
    for damping in sorted(scores):
        behind = scores[best] - scores[damping]
        error = float(behind.std(ddof=1) * math.sqrt(len(behind))) if len(behind) > 1 else 0.0
        if float(behind.sum()) <= error:
            return damping
    return best


def _fit(fold: Fold, count: int, memory: float, with_drift: bool) -> Kinds:
    efforts = fold.efforts.gathered()
    own = efforts.weight * weights(efforts.week, memory)
    return fit_kinds(replace(efforts, weight=own), count, with_drift)


def _by_week(week: Floats, score: Floats) -> Floats:
    number = np.unique(np.floor(week), return_inverse=True)[1]
    return np.asarray(np.bincount(number, score))


def _share_scores(fold: Fold, memory: float, damping: float) -> Floats:
    share = fit_share(fold.is_first, fold.first_week, memory, damping > 0)
    p = np.array([share.at(damped(week, damping)) for week in np.unique(fold.next_first_week)])
    of_ticket = p[np.unique(fold.next_first_week, return_inverse=True)[1]]
    return _by_week(fold.next_first_week, np.log(np.where(fold.next_is_first, of_ticket, 1 - of_ticket)))


def _effort_scores(fold: Fold, kinds: Kinds, damping: float) -> Floats:
    week = np.maximum(fold.next_efforts.week, 0.0)
    ahead = np.array([damped(float(one) + 0.5, damping) for one in np.floor(week)])
    return _by_week(week, kinds.log_densities(replace(fold.next_efforts, week=ahead)))
