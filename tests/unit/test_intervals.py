"""Interval methods: published constants, and coverage over 1,000 known systems."""

import json
from pathlib import Path

import numpy as np
import pytest

from twin.experiment.intervals import (
    NO_VARIATION,
    NOTHING,
    OUT_OF_RANGE,
    TOO_FEW,
    mean_interval,
    paired_ratio_difference_interval,
    proportion_interval,
    quantile_interval,
    quantile_ranks,
    ratio_interval,
)
from twin.experiment.table import tidy, tidy_difference, to_frame
from twin.measures.cells import Cell, cell

ORACLES = Path(__file__).parents[2].parent / "shared" / "oracles.json"
SYSTEMS = 1000
# 99.9 % binomial bounds of 1,000 intervals that each cover with probability 0.95
LOWEST, HIGHEST = 926, 972


@pytest.fixture(scope="module")
def constants():
    if not ORACLES.exists():
        pytest.skip("shared/oracles.json is not beside the repository")
    return next(o for o in json.loads(ORACLES.read_text())["oracles"] if o["id"] == "outan-a")["metrics"]


def covered(interval, truth):
    return int(((interval.low <= truth) & (truth <= interval.high)).sum())


def test_ranks_are_those_of_the_oracle(constants):
    for case in constants["quantile_ci_ranks"]:
        lower, upper, reached = quantile_ranks(case["n"], case["p"], case["level"])
        assert [lower, upper] == case["ranks"][:2]
        assert reached == pytest.approx(case["ranks"][2], rel=1e-9)


@pytest.mark.parametrize("method", ["wilson", "clopper_pearson"])
def test_proportions_are_those_of_the_oracle(constants, method):
    for case in constants["proportion_ci"]:
        interval = proportion_interval(case["x"], case["n"], case["level"], method)
        assert [float(interval.low), float(interval.high)] == pytest.approx(case[method], rel=1e-9)


def test_mean_intervals_cover():
    x = np.random.default_rng(1).normal(3.0, 2.0, (10, SYSTEMS))
    assert LOWEST <= covered(mean_interval(x), 3.0) <= HIGHEST


def test_ratio_intervals_cover():
    generator = np.random.default_rng(2)
    tickets = generator.poisson(200, (100, SYSTEMS))
    met = generator.binomial(tickets, 0.9)
    assert LOWEST <= covered(ratio_interval(met, tickets), 0.9) <= HIGHEST


def test_quantile_intervals_cover_at_least_as_often_as_asked():
    x = np.random.default_rng(3).exponential(1.0, (200, SYSTEMS))
    assert LOWEST <= covered(quantile_interval(x, 0.9), -np.log(0.1)) <= 985


def test_proportion_intervals_cover():
    x = np.random.default_rng(4).binomial(60, 0.3, SYSTEMS)
    assert LOWEST <= covered(proportion_interval(x, 60), 0.3) <= HIGHEST
    assert covered(proportion_interval(x, 60, method="clopper_pearson"), 0.3) >= LOWEST


def test_paired_intervals_cover_and_use_the_common_part():
    generator = np.random.default_rng(5)
    common = generator.normal(0.0, 10.0, (20, SYSTEMS))
    left, right = common + generator.normal(1.0, 1.0, (20, SYSTEMS)), common + generator.normal(0.0, 1.0, (20, SYSTEMS))
    interval = mean_interval(left - right)
    assert LOWEST <= covered(interval, 1.0) <= HIGHEST
    assert np.mean(interval.high - interval.low) < 2
    ones = np.ones_like(left)
    ratio = paired_ratio_difference_interval(np.stack([left, ones], -1), np.stack([right, ones], -1))
    assert ratio.low == pytest.approx(interval.low)


def test_no_interval_without_a_reason():
    one = mean_interval([4.0])
    assert (float(one.estimate), int(one.reason)) == (4.0, TOO_FEW)
    assert np.isnan(one.low)
    assert int(ratio_interval([0.0, 0.0], [0.0, 0.0]).reason) == NOTHING
    assert int(mean_interval([1.0, 1.0]).reason) == NO_VARIATION
    far = quantile_interval(np.arange(30.0), 0.99)
    assert (float(far.estimate), int(far.reason)) == (29.0, OUT_OF_RANGE)
    assert np.isnan(far.high)
    assert int(proportion_interval(0, 0).reason) == NOTHING
    with pytest.raises(ValueError, match="give wilson or clopper_pearson"):
        proportion_interval(1, 2, method="wald")


def test_undefined_replications_are_left_out():
    interval = mean_interval([1.0, 99.0, 3.0], is_defined=[True, False, True])
    assert (float(interval.estimate), int(interval.n)) == (2.0, 2)
    assert float(quantile_interval([1.0, 99.0, 3.0], 1.0, is_defined=[True, False, True]).estimate) == 3.0


def test_the_table_has_a_row_per_cell_in_order():
    cells = [
        cell("availability", "1", "mean", function="bom"), cell("attainment", "1", "ratio", priority="P1"),
        cell("kept", "1", "share"), Cell("availability", (("p", "0.5"),), "1", "quantile", 0.5),
    ]  # fmt: skip
    raw = np.array([[[0.5, 1], [9, 10], [1, 1], [0.5, 1]], [[0.7, 1], [1, 10], [0, 1], [0.7, 1]],
                    [[0.9, 1], [5, 5], [0, 0], [0.9, 1]]], float)  # fmt: skip
    rows = tidy(cells, raw)
    assert [row.name for row in rows] == ["availability", "attainment", "kept", "availability"]
    assert [row.estimate for row in rows] == pytest.approx([0.7, 0.6, 0.5, 0.7])
    assert [row.n for row in rows] == [3, 3, 2, 3]
    assert rows[1].where == {"priority": "P1"}
    frame = to_frame(rows)
    assert list(frame.columns[:5]) == ["name", "function", "priority", "p", "unit"]
    assert frame["function"].tolist() == ["bom", "", "", ""]
    differences = tidy_difference(cells, raw, raw)
    assert [row.estimate for row in differences] == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="do not fit 3 cells"):
        tidy(cells[:3], raw)
