"""Constants of output analysis: selection of the best, and how many replications are enough."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2, norm

from twin.theory.means import Array, require_positive, require_stable


def rinott_h(systems: int, confidence: float, first_stage: int) -> float:
    """Rinott's constant h of two-stage selection of the best of several normal systems.

    first_stage  replications of each system; at least 2.
    Source: Rinott (1978), On two-stage selection procedures and related probability-inequalities.
    """
    _require_selection(systems, first_stage)
    if not 1 / systems < confidence < 1:
        raise ValueError(f"confidence must lie between 1/{systems} and 1, got {confidence}")
    freedom = first_stage - 1
    inverse, weights = _inverse_chi_square(freedom)
    spread = np.sqrt(inverse[:, None] + inverse[None, :])

    def excess(h: float) -> float:
        return float(weights @ (norm.cdf(h / spread) @ weights) ** (systems - 1)) - confidence

    upper = 1.0
    while excess(upper) < 0:
        upper *= 2
    return float(brentq(excess, 0.0, upper, xtol=1e-12))


def _inverse_chi_square(freedom: int) -> tuple[Array, Array]:
    """Nodes of freedom / chi-square and their probabilities: the trapezium rule in a normal score."""
    score = np.linspace(-8.5, 8.5, 241)
    below, above = chi2.ppf(norm.cdf(score), freedom), chi2.isf(norm.sf(score), freedom)
    weights = norm.pdf(score)
    return freedom / np.where(score < 0, below, above), weights / weights.sum()


def kim_nelson_eta(systems: int, alpha: float, first_stage: int) -> float:
    """Kim and Nelson's constant eta of fully sequential selection (c = 1); h squared is 2 eta (n0 - 1).

    alpha  error probability, in (0, 1).
    Source: Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation.
    """
    _require_selection(systems, first_stage)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie in (0, 1), got {alpha}")
    return float(0.5 * ((2 * alpha / (systems - 1)) ** (-2 / (first_stage - 1)) - 1))


def _require_selection(systems: int, first_stage: int) -> None:
    if systems < 2 or first_stage < 2:
        raise ValueError(f"systems and first_stage must be at least 2, got {systems} and {first_stage}")


def ocba_fractions(means: Sequence[float], sds: Sequence[float]) -> Array:
    """Shares of a budget that maximise the chance to select the smallest mean, (k,), summing to one.

    Raises ValueError if the smallest mean is shared.
    Source: Chen, Lin, Yucesan and Chick (2000), Simulation budget allocation for further enhancing the efficiency of
    ordinal optimization.
    """
    mean, sd = np.array(means, dtype=np.float64), np.array(sds, dtype=np.float64)
    best = int(mean.argmin())
    others = np.arange(len(mean)) != best
    if len(mean) < 2 or (mean[others] == mean[best]).any() or sd.min() <= 0:
        raise ValueError("ocba_fractions needs a single smallest mean among two or more, and positive sds")
    shares = np.zeros(len(mean))
    shares[others] = (sd[others] / (mean[others] - mean[best])) ** 2
    shares[best] = sd[best] * math.sqrt(float(((shares[others] / sd[others]) ** 2).sum()))
    return np.asarray(shares / shares.sum())


def replications_for_precision(mean: float, sd: float, relative_error: float, confidence: float) -> int:
    """Replications for an interval whose half-width is this share of the true mean (normal approximation).

    relative_error  in (0, 1); shrunk to g / (1 + g), as the mean is itself estimated.
    Source: Law (2015), Simulation Modeling and Analysis, 5th ed., sec. 9.4.
    """
    require_positive(relative_error=relative_error, magnitude=abs(mean))
    half_width = relative_error / (1 + relative_error) * abs(mean)
    return math.ceil((_z(confidence) * sd / half_width) ** 2)


def replications_to_resolve(sd: float, difference: float, alpha: float, power: float, samples: int = 2) -> int:
    """Replications per system to see a difference of means with a two-sided test of given level and power.

    samples  2: two independent systems of equal sd; 1: against a known value.
    Source: Lehmann and Romano (2005), Testing Statistical Hypotheses, 3rd ed.
    """
    require_positive(sd=sd, difference=abs(difference))
    if samples not in (1, 2):
        raise ValueError(f"samples must be 1 or 2, got {samples}")
    reach = _z(1 - alpha) + float(norm.ppf(power))
    return math.ceil(samples * (reach * sd / difference) ** 2)


def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    return float(norm.ppf((1 + confidence) / 2))


def mm1_wait_asymptotic_variance(utilisation: float, service_rate: float = 1.0) -> float:
    """Limit of n x Var(average wait of n successive customers) in M/M/1.

    Raises ValueError if the queue is unstable.
    Source: Daley (1968), The serial correlation coefficients of waiting times in a stationary single server queue.
    """
    require_stable(utilisation)
    rho = utilisation
    return rho * (2 + 5 * rho - 4 * rho**2 + rho**3) / (service_rate**2 * (1 - rho) ** 4)


def mm1_number_asymptotic_variance(utilisation: float, service_rate: float = 1.0) -> float:
    """Limit of t x Var(time average over [0, t] of the number in system) in M/M/1.

    Raises ValueError if the queue is unstable.
    Source: Whitt (1989), Planning queueing simulations.
    """
    require_stable(utilisation)
    return 2 * utilisation * (1 + utilisation) / (service_rate * (1 - utilisation) ** 4)


def mm1_customers_for_precision(utilisation: float, relative_error: float, confidence: float) -> float:
    """Customers for an interval of the mean wait in M/M/1 whose half-width is this share of it.

    Raises ValueError if the queue is unstable.
    Source: Whitt (1989), Planning queueing simulations.
    """
    require_positive(utilisation=utilisation, relative_error=relative_error)
    variance = mm1_wait_asymptotic_variance(utilisation)
    wait = utilisation / (1 - utilisation)
    return variance * (_z(confidence) / (relative_error * wait)) ** 2


@dataclass(frozen=True)
class Autoregression:
    """Stationary AR(1) process x' = phi x + noise.

    Source: Law (2015), Simulation Modeling and Analysis, 5th ed., sec. 9.5.
    """

    phi: float
    noise_sd: float

    def __post_init__(self) -> None:
        if not -1 < self.phi < 1:
            raise ValueError(f"phi must lie in (-1, 1), got {self.phi}")

    @property
    def variance(self) -> float:
        """Variance of one value."""
        return self.noise_sd**2 / (1 - self.phi**2)

    @property
    def asymptotic_variance(self) -> float:
        """Limit of n x Var(mean of n successive values)."""
        return self.noise_sd**2 / (1 - self.phi) ** 2

    @property
    def effective_ratio(self) -> float:
        """Independent values that one value is worth, for the mean."""
        return (1 - self.phi) / (1 + self.phi)
