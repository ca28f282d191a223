"""Every law has the mean, spread and distribution it says; elementary functions keep their error bounds."""

import math

import numpy as np
import pytest
from scipy import stats

from twin.compiled import is_compiled, kernel
from twin.spec.values import Law
from twin.tape.functions import exp_of, log_of, normal_quantile
from twin.tape.laws import law_row, length_of, settle, ticks_of
from twin.tape.streams import child, word_of

N = 1_000_000 if is_compiled() else 20_000
MEAN = 3000.0


@kernel
def fill(laws, key, drawn):  # type: ignore[no-untyped-def]
    """Draw number 3 of neighbouring entities by the first row of a law table."""
    for k in range(len(drawn)):
        drawn[k] = length_of(laws, 0, child(key, np.uint64(k)), 3)


def lengths(row: tuple[float, float, float, float], n: int = N) -> np.ndarray:
    """That many lengths by one row of a law table."""
    drawn = np.empty(n)
    with np.errstate(over="ignore"):
        fill(np.array([row]), np.uint64(12345), drawn)
    return drawn


def hyperexponential(cv: float) -> tuple[float, float, float]:
    """Share and the two means of the two-phase law with balanced means."""
    share = 0.5 * (1.0 + math.sqrt((cv**2 - 1.0) / (cv**2 + 1.0)))
    return share, MEAN / (2.0 * share), MEAN / (2.0 * (1.0 - share))


def cdf_of(name: str, cv: float):  # type: ignore[no-untyped-def]
    """The distribution function by another implementation."""
    if name == "exponential":
        return stats.expon(scale=MEAN).cdf
    if name == "lognormal":
        sigma = math.sqrt(math.log1p(cv**2))
        return stats.lognorm(sigma, scale=MEAN * math.exp(-(sigma**2) / 2)).cdf
    if name == "gamma":
        return stats.gamma(1 / cv**2, scale=MEAN * cv**2).cdf
    if name == "uniform":
        half = MEAN * cv * math.sqrt(3)
        return stats.uniform(MEAN - half, 2 * half).cdf
    if name == "weibull":
        from scipy.optimize import brentq

        shape = brentq(lambda k: stats.weibull_min(k).std() / stats.weibull_min(k).mean() - cv, 0.2, 50)
        return stats.weibull_min(shape, scale=MEAN / math.gamma(1 + 1 / shape)).cdf
    share, first, second = hyperexponential(cv)
    return lambda x: share * -np.expm1(-x / first) + (1 - share) * -np.expm1(-x / second)


@pytest.mark.parametrize(
    ("name", "cv"),
    [
        ("exponential", 1.0), ("lognormal", 0.3), ("lognormal", 1.0), ("lognormal", 2.0), ("gamma", 0.5),
        ("gamma", 1.5), ("weibull", 0.5), ("weibull", 1.8), ("hyperexponential", 2.0), ("uniform", 0.4),
    ],
)  # fmt: skip
def test_a_law_has_its_mean_spread_and_distribution(name: str, cv: float) -> None:
    law = Law.model_validate({"mean": f"{MEAN} s", "cv": cv, "law": name})
    drawn = lengths(law_row(law, 1.0))
    n = len(drawn)
    fourth = np.mean((drawn - drawn.mean()) ** 4) / drawn.var() ** 2
    assert drawn.mean() == pytest.approx(MEAN, abs=4 * MEAN * cv / math.sqrt(n))
    assert drawn.std() / drawn.mean() == pytest.approx(cv, rel=4 * math.sqrt((fourth + 4 * cv**2) / (4 * n)))
    assert stats.kstest(drawn, cdf_of(name, cv)).pvalue > 0.001


def test_a_fixed_law_is_its_mean() -> None:
    assert set(lengths(law_row(Law.model_validate({"mean": "90 s"}), 60.0), 10)) == {2.0}


def test_a_gamma_law_of_great_spread_stays_finite_and_keeps_its_mean() -> None:
    drawn = lengths(law_row(Law.model_validate({"mean": f"{MEAN} s", "cv": 6.0, "law": "gamma"}), 1.0))
    assert np.isfinite(drawn).all()
    assert drawn.min() >= 0.0
    assert drawn.mean() == pytest.approx(MEAN, abs=5 * MEAN * 6.0 / math.sqrt(len(drawn)))


def test_lengths_settled_many_at_a_time_are_those_drawn_one_by_one() -> None:
    given = [("lognormal", 1.0), ("gamma", 2.0), ("exponential", 1.0), ("lognormal", 0.2)]
    laws = np.array([law_row(Law.model_validate({"mean": "2 h", "cv": cv, "law": name}), 1.0) for name, cv in given])
    row = (np.arange(3000) % 5 - 1).astype(np.int16)
    with np.errstate(over="ignore"):
        keys = [np.uint64(child(np.uint64(9), np.uint64(k))) for k in range(len(row))]
        words = [word_of.py_func(key, 7) if hasattr(word_of, "py_func") else word_of(key, 7) for key in keys]
        ticks = np.array(words, np.uint64).view(np.int64)
        expected = [
            ticks_of(laws, int(r), key, 7) if r >= 0 else known for r, key, known in zip(row, keys, ticks, strict=True)
        ]
        settle(laws, row, ticks)
    assert ticks.tolist() == expected


def relative_error(got: np.ndarray, exact: np.ndarray) -> float:
    """The largest relative error."""
    return float(np.max(np.abs(got - exact) / np.abs(exact)))


def test_logarithm_keeps_its_bound() -> None:
    near_one = [np.linspace(0.5, 0.9999, 5000), 1 - 2.0 ** -np.arange(1, 54), 1 + 2.0 ** -np.arange(1, 53)]
    x = np.concatenate([np.exp(np.linspace(-700, 700, 20_000)), *near_one])
    assert relative_error(np.array([log_of(v) for v in x]), np.log(x)) < 1e-13
    assert log_of(1.0) == 0.0


def test_exponential_keeps_its_bound_and_is_cut_beyond() -> None:
    x = np.concatenate([np.linspace(-700, 700, 20_001), np.linspace(-1, 1, 5001)])
    assert relative_error(np.array([exp_of(v) for v in x]), np.exp(x)) < 1e-13
    assert exp_of(-1e6) == exp_of(-700.0)
    assert exp_of(1e6) == exp_of(700.0)


def test_normal_quantile_keeps_its_bound() -> None:
    low = np.linspace(1e-4, 0.4999, 10_000)
    p = np.concatenate([low, 1.0 - low, 2.0 ** -np.arange(2, 54)])
    exact = stats.norm.ppf(p)
    assert relative_error(np.array([normal_quantile(v) for v in p]), exact) < 5e-13
    assert normal_quantile(0.5) == 0.0
