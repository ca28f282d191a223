"""Selection: the best is found as often as asked, limits are judged as asked, comparisons with the best cover."""

import numpy as np
import pytest

from twin.experiment.selection import best_intervals, feasible, kim_nelson, ocba, rinott
from twin.tape.points import unit_points

REPEATS = 200


def normals(seed, count, systems):
    from scipy.special import ndtri

    return ndtri(unit_points(seed, "normals", count, systems))


def sample_of(seed, means, deviation=1.0, common=0.0, most=1500):
    """Normal systems with those means; `common` is the share of the variance that all of them share."""
    own = normals(seed, most, len(means) + 1)
    table = np.sqrt(1 - common) * own[:, :-1] + np.sqrt(common) * own[:, -1:]
    return lambda k, rows: means[k] + deviation * table[rows.start : rows.stop, k]


def least_correct(asked):
    """Correct selections of 200 that a procedure as good as asked falls below once in a thousand."""
    from scipy.stats import binom

    return int(binom.ppf(0.001, REPEATS, asked))


SLIPPAGE = [0.0, 0.0, 0.0, 0.5]
MEANS = np.array([0.2, -0.2])


@pytest.mark.parametrize("common", [0.0, 0.7])
def test_kim_nelson_selects_the_best_as_often_as_asked(common):
    found = [kim_nelson(sample_of(s, SLIPPAGE, common=common), 4, 0.1, 0.5, 10) for s in range(REPEATS)]
    assert sum(one.best == 3 for one in found) >= least_correct(0.9)
    assert all(min(one.spent) >= 10 for one in found)


def test_kim_nelson_needs_less_on_common_random_numbers():
    spent = [
        np.mean([sum(kim_nelson(sample_of(s, SLIPPAGE, common=c), 4, 0.1, 0.5, 10).spent) for s in range(30)])
        for c in (0.0, 0.9)
    ]
    assert spent[1] < 0.5 * spent[0]


def test_rinott_selects_the_best_as_often_as_asked():
    found = [rinott(sample_of(s, SLIPPAGE), 4, 0.9, 0.5, 15) for s in range(REPEATS)]
    assert sum(one.best == 3 for one in found) >= least_correct(0.9)


def test_ocba_spends_the_budget_where_it_is_hard_to_tell():
    found = [ocba(sample_of(s, [0.0, 0.0, 0.8, 1.0]), 4, 400) for s in range(50)]
    spent = np.mean([one.spent for one in found], axis=0)
    assert spent.sum() == 400
    assert min(spent[2:]) > max(spent[:2])
    assert sum(one.best == 3 for one in found) >= 40


def test_limits_are_judged_right_as_often_as_asked():
    verdicts = np.array([feasible(normals(s, 1500, 2) + MEANS, 0.1, 0.2, systems=2) for s in range(REPEATS)])
    right = (verdicts == [1, -1]).all(axis=1).sum()
    assert right >= least_correct(0.95)
    assert (feasible(normals(1, 30, 2), 0.1, 0.01) == 0).any()


def test_comparisons_with_the_best_hold_together():
    truth = np.array([0.3, 0.0, -1.0])
    lead = truth - np.array([0.0, 0.3, 0.3])
    held, separated = 0, 0
    for seed in range(REPEATS):
        low, high = best_intervals(normals(seed, 40, 3) + truth, 0.9)
        held += bool(np.all((low <= lead) & (lead <= high)))
        separated += high[2] == 0.0
    assert held >= least_correct(0.9)
    assert separated > 0.9 * REPEATS


def test_impossible_wishes_are_refused():
    with pytest.raises(ValueError, match="delta above 0"):
        kim_nelson(sample_of(1, [0.0]), 1, 0.05, 0.0)
    with pytest.raises(ValueError, match="2 replications of 2 systems"):
        best_intervals(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="tolerance above 0"):
        feasible(np.zeros((10, 1)), 0.1, 0.0)
