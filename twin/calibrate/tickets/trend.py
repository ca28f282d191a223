"""Drifts carried forward with damping, and which memory and damping forecast best inside the record."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.tickets.kinds import Efforts, Kinds, fit_kinds
from twin.calibrate.tickets.volume import is_as_good

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

DAMPINGS: Final = (0.0, 0.5, 0.8, 0.9, 1.0)  # per week; 0: no trend
MEMORIES: Final = (math.inf, 2.0)  # half-lives in weeks
COUNTS: Final = (3, 4)
TESTED_WEEKS: Final = 2.0  # what a fold inside the record forecasts, and how far a trend is carried beyond its end


@dataclass(frozen=True)
class Choice:
    """How the recent past is read: how many kinds; for the first-contact share and for the time at the desk, half-life
    in weeks by which old tickets count less, and damping per week of the drift."""

    count: int = 4
    share_memory: float = math.inf
    share_damping: float = 0.0
    effort_memory: float = math.inf
    effort_damping: float = 0.0


@dataclass(frozen=True)
class Share:
    """Log-odds of a resolution at first contact at the instant of knowledge, their change per week, and the standard
    errors of both."""

    level: float
    slope: float
    level_error: float
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
    """The share resolved at first contact by logistic regression on the week, by iterated weighted least squares."""
    own = weights(week, memory)
    x = np.stack([np.ones(len(week)), week if with_trend else np.zeros(len(week))], axis=1)
    ridge = np.diag([1e-6, 1e-6 if with_trend else 1.0])
    beta = np.array([math.log((is_first.mean() + 1e-4) / (1 - is_first.mean() + 1e-4)), 0.0])
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-x @ beta))
        information = (x * (own * p * (1 - p))[:, None]).T @ x + ridge
        beta = beta + np.linalg.solve(information, x.T @ (own * (is_first - p)) - ridge @ beta * [0.0, 1.0])
    error = np.sqrt(np.diag(np.linalg.inv(information)))
    return Share(float(beta[0]), float(beta[1]), float(error[0]), float(error[1] if with_trend else 0.0))


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
    """The simplest choice that forecasts the weeks of the folds as well as the best, and mean scores per ticket.

    Scores are predictive log-likelihoods. Of all within one standard error of the best (weeks of folds are the units)
    the one with the least trend, then the longest memory, then the fewest kinds is taken.
    Source: Breiman, Friedman, Olshen and Stone (1984), section 3.4.3, the one standard error rule.
    """
    if not folds:
        return Choice(), {}
    share = {
        (damping, -memory): np.concatenate([_share_scores(fold, memory, damping) for fold in folds])
        for memory, damping in product(MEMORIES, DAMPINGS)
    }
    effort: dict[tuple[float, ...], Floats] = {}
    for count, memory, with_drift in product(COUNTS, MEMORIES, (False, True)):
        fits = [_fit(fold, count, memory, with_drift) for fold in folds]
        for damping in DAMPINGS:
            if (damping > 0) == with_drift:
                of_folds = [_effort_scores(fold, fit, damping) for fold, fit in zip(folds, fits, strict=True)]
                effort[damping, -memory, count] = np.concatenate(of_folds)
    d_share, m_share = _simplest(share)
    d_effort, m_effort, kinds = _simplest(effort)
    total = max(sum(len(fold.next_is_first) for fold in folds), 1)
    scores = {f"share: damping {d:g}, memory {-m:g} weeks": float(v.sum()) / total for (d, m), v in share.items()}
    for (d, m, k), value in effort.items():
        scores[f"effort: damping {d:g}, memory {-m:g} weeks, {k:g} kinds"] = float(value.sum()) / total
    return Choice(int(kinds), -m_share, d_share, -m_effort, d_effort), scores


def _simplest(scores: Mapping[Any, Floats]) -> tuple[float, ...]:
    best: tuple[float, ...] = max(scores, key=lambda key: float(scores[key].sum()))
    ranked: list[tuple[float, ...]] = sorted(scores)
    return next(key for key in ranked if key == best or is_as_good(scores[best] - scores[key]))


def forecast_errors(folds: list[Fold], choice: Choice) -> tuple[list[float], list[float]]:
    """How wrong forecasts were in each week of the folds, beyond chance: squares of the errors of the log-odds of the
    first-contact share, and of a shift of all log efforts (negative where less than chance makes)."""
    of_share, of_effort = [], []
    for fold in folds:
        share = fit_share(fold.is_first, fold.first_week, choice.share_memory, choice.share_damping > 0)
        for week in np.unique(fold.next_first_week).tolist():
            seen = fold.next_is_first[fold.next_first_week == week]
            expected = share.at(damped(week, choice.share_damping))
            chance = len(seen) * expected * (1 - expected)
            if chance > 5:
                of_share.append((float(seen.sum() - len(seen) * expected) ** 2 - chance) / chance**2)
        kinds = _fit(fold, choice.count, choice.effort_memory, choice.effort_damping > 0)
        number = np.floor(np.maximum(fold.next_efforts.week, 0.0))
        for one in np.unique(number).tolist():
            ahead = fold.next_efforts.chosen(number == one)
            if ahead.is_done.sum() >= 30:
                moved = kinds.shifted(kinds.drift * damped(one + 0.5, choice.effort_damping))
                shift, error = moved.shift(ahead)
                of_effort.append(shift**2 - error**2)
    return of_share, of_effort


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
