"""Kinds of tickets by how much time at the desk they take: a censored mixture of lognormal laws whose shares and scale
may drift from week to week."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

Floats = NDArray[Any]
Mask = NDArray[np.bool_]

_ROUNDS: Final = 80
_LEAST_SIGMA: Final = 0.35
_MOST_SIGMA: Final = 1.8  # wider than that is a mixture of its own
_LEAST_SHARE: Final = 1e-4
_SETTLED: Final = 1e-6
_STEP: Final = 0.05


@dataclass(frozen=True)
class Efforts:
    """Time at the desk per ticket: minutes so far, whether it was resolved then, weeks from the instant of knowledge to
    the opening (negative), and what each counts."""

    minutes: Floats
    is_done: Mask
    week: Floats
    weight: Floats

    @property
    def log(self) -> Floats:
        """Natural logarithm of the minutes, at least of one."""
        return np.log(np.maximum(self.minutes, 1.0))

    def chosen(self, rows: Mask) -> "Efforts":
        """Some of the tickets."""
        return Efforts(self.minutes[rows], self.is_done[rows], self.week[rows], self.weight[rows])

    def gathered(self) -> "Efforts":
        """The same by steps of 5 % of length and weeks of opening: rows that are alike become one."""
        step, week = np.round(self.log / _STEP), np.floor(self.week)
        key = np.stack([step, week, self.is_done.astype(np.float64)], axis=1)
        kept, number = np.unique(key, axis=0, return_inverse=True)
        weight = np.bincount(number, self.weight)
        return Efforts(np.exp(kept[:, 0] * _STEP), kept[:, 2] > 0, kept[:, 1] + 0.5, weight)


@dataclass(frozen=True)
class Kinds:
    """Shares, log-means and log-standard deviations of the kinds (shortest first), at the instant of knowledge; `drift`
    is the change of all log-means per week."""

    share: Floats
    mu: Floats
    sigma: Floats
    drift: float = 0.0

    def shifted(self, by: float) -> "Kinds":
        """All lengths times e ** by, without drift."""
        return replace(self, mu=self.mu + by, drift=0.0)

    @property
    def mean_minutes(self) -> Floats:
        """Mean of each kind."""
        return np.asarray(np.exp(self.mu + self.sigma**2 / 2))

    def log_parts(self, efforts: Efforts) -> Floats:
        """Log of share times density (resolved) or of share times survival (open), per ticket and kind."""
        z = (efforts.log[:, None] - self.mu - self.drift * efforts.week[:, None]) / self.sigma
        density = -0.5 * z**2 - np.log(self.sigma) - 0.5 * math.log(2 * math.pi)
        return np.asarray(np.log(self.share) + np.where(efforts.is_done[:, None], density, log_ndtr(-z)))

    def belongs(self, efforts: Efforts) -> Floats:
        """Probability of each kind given what is known of a ticket; rows add up to 1."""
        return _shared_out(self.log_parts(efforts))[0]

    def log_likelihood(self, efforts: Efforts) -> float:
        """Weighted log-likelihood of the efforts."""
        return float((efforts.weight * self.log_densities(efforts)).sum())

    def shift(self, efforts: Efforts) -> tuple[float, float]:
        """Shift of all log-means that fits some efforts best, and its standard error, by a parabola."""
        value = np.array([self.shifted(by).log_likelihood(efforts) for by in (-0.3, 0.0, 0.3)])
        curve, slope = (value[0] - 2 * value[1] + value[2]) / 0.09, (value[2] - value[0]) / 0.6
        if curve >= 0:
            return 0.0, 0.3
        return float(np.clip(-slope / curve, -1.0, 1.0)), float(1.0 / math.sqrt(-curve))

    def log_densities(self, efforts: Efforts) -> Floats:
        """Log density (resolved) or log survival (open) of each ticket."""
        return _shared_out(self.log_parts(efforts))[1]


def _shared_out(parts: Floats) -> tuple[Floats, Floats]:
    """Probability of each kind, and log of the sum, from the logs of the parts."""
    most = parts.max(axis=1)
    share = np.exp(parts - most[:, None])
    total = share.sum(axis=1)
    return share / total[:, None], most + np.log(total)


def fit_kinds(efforts: Efforts, count: int, with_drift: bool) -> Kinds:
    """The kinds of greatest likelihood, by expectation and maximisation from the quantiles of what was resolved.

    Source: Dempster, Laird and Rubin (1977); moments of the truncated normal law, Johnson and Kotz (1970) ch. 13.
    """
    kinds = _start(efforts, count)
    last = -math.inf
    for _ in range(_ROUNDS):
        kinds, now = _improved(kinds, efforts, with_drift)
        if abs(now - last) < _SETTLED * abs(now):
            break
        last = now
    order = np.argsort(kinds.mu)
    return Kinds(kinds.share[order], kinds.mu[order], kinds.sigma[order], kinds.drift)


def _start(efforts: Efforts, count: int) -> Kinds:
    known = efforts.log[efforts.is_done]
    if len(known) < 10 * count:
        raise ValueError(f"{len(known)} resolved tickets are too few to learn kinds of work from; give a longer record")
    mu = np.quantile(known, (np.arange(count) + 0.5) / count)
    return Kinds(np.full(count, 1.0 / count), mu, np.full(count, max(float(known.std()) / count, 0.5)))


def _improved(kinds: Kinds, efforts: Efforts, with_drift: bool) -> tuple[Kinds, float]:
    """The kinds after one round, and the log-likelihood before it."""
    belongs, log_sum = _shared_out(kinds.log_parts(efforts))
    part = belongs * efforts.weight[:, None]
    moved = kinds.drift * efforts.week
    y = efforts.log
    z = (y[:, None] - kinds.mu - moved[:, None]) / kinds.sigma
    hazard = np.exp(-0.5 * z**2 - 0.5 * math.log(2 * math.pi) - log_ndtr(-z))
    is_open = ~efforts.is_done[:, None]
    value = np.where(is_open, kinds.mu + moved[:, None] + kinds.sigma * hazard, y[:, None])
    extra = np.where(is_open, kinds.sigma**2 * (1 + z * hazard - hazard**2), 0.0)
    total = np.maximum(part.sum(axis=0), 1e-9)
    drift = kinds.drift
    if with_drift:
        spread = part / kinds.sigma**2
        week = efforts.week[:, None]
        mean_week, mean_value = ((spread * x).sum(axis=0) / spread.sum(axis=0) for x in (week, value))
        below = (spread * (week - mean_week) ** 2).sum()
        drift = float((spread * (week - mean_week) * (value - mean_value)).sum() / max(below, 1e-9))
    free = value - drift * efforts.week[:, None]
    mu = (part * free).sum(axis=0) / total
    variance = (part * ((free - mu) ** 2 + np.maximum(extra, 0.0))).sum(axis=0) / total
    share = np.maximum(total / total.sum(), _LEAST_SHARE)
    sigma = np.clip(np.sqrt(variance), _LEAST_SIGMA, _MOST_SIGMA)
    return Kinds(share / share.sum(), mu, sigma, drift), float((efforts.weight * log_sum).sum())


def residual_moments(minutes: Floats, mu: float, sigma: float) -> tuple[Floats, Floats]:
    """Mean and second moment of what is left of a lognormal length, given that `minutes` have passed."""
    z = (np.log(np.maximum(minutes, 1.0)) - mu) / sigma
    left = np.maximum(ndtr(-z), 1e-300)
    first = np.exp(mu + sigma**2 / 2) * ndtr(sigma - z) / left
    second = np.exp(2 * mu + 2 * sigma**2) * ndtr(2 * sigma - z) / left
    mean = np.maximum(first - minutes, 1.0)
    return mean, np.maximum(second - 2 * minutes * first + minutes**2, mean**2)
