"""One-sided bounds: exact for shares, honest about batches that hang together, and a sample size that is enough."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from twin.decide.bounds import design_effect, exact_bounds, mean_bound, needed_for_share, share_bound
from twin.tape.streams import below, name_key, replication_key, uniform


@pytest.mark.parametrize(("hits", "n"), [(0, 300), (3, 40), (40, 40), (17, 1000)])
def test_exact_bounds_are_those_of_another_program(hits: int, n: int) -> None:
    low, high = exact_bounds(hits, n, 0.95)
    other = binomtest(hits, n).proportion_ci(0.90, "exact")
    assert low == pytest.approx(other.low, abs=1e-9)
    assert high == pytest.approx(other.high, abs=1e-9)


def test_no_failure_in_299_is_the_fewest_that_show_99_percent() -> None:
    assert exact_bounds(0, 299)[1] <= 0.01 < exact_bounds(0, 298)[1]
    assert needed_for_share(0.0, 0.01, 1.0) == 299


def test_the_needed_number_is_enough_and_hardly_more() -> None:
    n = needed_for_share(0.96, 0.95, 1.0)
    assert exact_bounds(0.96 * n, n)[0] >= 0.95
    assert exact_bounds(0.96 * n * 0.98, n * 0.98)[0] < 0.95
    assert math.isinf(needed_for_share(0.95, 0.95, 1.0))


def test_batches_that_fail_together_count_for_less() -> None:
    together = share_bound(np.array([0.0] * 9 + [10.0]), np.full(10, 100.0))
    spread = share_bound(np.full(10, 1.0), np.full(10, 100.0))
    assert together.estimate == spread.estimate == 0.01
    assert together.effective < 0.3 * spread.effective == 300.0
    assert together.high > spread.high


def test_no_observation_gives_no_bound() -> None:
    assert math.isnan(share_bound(np.array([]), np.array([])).high)
    assert math.isnan(mean_bound([]).high)
    assert mean_bound([np.array([1.0])]).n == 1


def test_the_bound_of_a_share_covers_as_often_as_it_says() -> None:
    key = below(replication_key(1, 0), int(name_key("coverage of share bounds")))
    draws = np.array([float(uniform(key, k)) for k in range(400 * 200)]).reshape(400, 10, 20)
    shares = [share_bound((one < 0.9).sum(axis=1).astype(float), np.full(10, 20.0)).low for one in draws]
    assert np.mean(np.array(shares) <= 0.9) >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / 400)


def test_the_bound_of_a_mean_is_students() -> None:
    values = np.array([1.0, 2.0, 4.0, 7.0, 11.0])
    bound = mean_bound([values])
    reach = 2.13184678 * values.std(ddof=1) / math.sqrt(5)  # t(0.95, 4), from tables
    assert (bound.low, bound.high) == pytest.approx((values.mean() - reach, values.mean() + reach), rel=1e-6)
    assert design_effect(np.array([0.0]), np.array([5.0])) == 1.0
