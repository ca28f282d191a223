"""Sensitivity: known shares are found under heavy noise, effects rank, ranges of every unit are read."""

import json

import numpy as np
import pytest

from tests.worlds import small_desk
from twin.decide.axes import Axis
from twin.decide.sensitivity import Factor, Output, factors_of, screen, sensitivity, variance_shares
from twin.decide.variants import Variants
from twin.tape.points import unit_points

FACTORS = [Factor(Axis.parse(f"{name}=0..1.0"), "", "") for name in "abc"]


def ishigami(units):
    x = np.pi * (2 * units - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def noisy(function, deviation):
    """A response seen through two sets of independent noise as strong as asked."""
    def respond(units):
        from scipy.special import ndtri

        value = function(units)
        noise = deviation * ndtri(unit_points(7, "noise", len(units), 2))
        return value + noise[:, 0], value + noise[:, 1], 2 * deviation**2

    return respond


@pytest.mark.parametrize("deviation", [0.0, 2.0])
def test_shares_of_a_known_function_are_found_whatever_the_noise(deviation):
    # Ishigami and Homma (1990), with a = 7, b = 0.1: V = a2/8 + b pi4/5 + b2 pi8/18 + 1/2.
    a, b = 7.0, 0.1
    variance = a**2 / 8 + b * np.pi**4 / 5 + b**2 * np.pi**8 / 18 + 0.5
    first = [0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8, 0.0]
    beyond = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = [first[0] + beyond, first[1], beyond]
    found = variance_shares(FACTORS, noisy(ishigami, deviation), 8192, seed=1)
    shares = {one.factor.path: one for one in found.shares}
    for k, name in enumerate("abc"):
        assert shares[name].first == pytest.approx(first[k] / variance, abs=0.06)
        assert shares[name].total == pytest.approx(total[k] / variance, abs=0.06)
        assert shares[name].total_low <= total[k] / variance <= shares[name].total_high + 0.02
    assert found.deviation**2 == pytest.approx(variance, rel=0.06)
    assert (found.chance > 0.3) is (deviation > 0)


def test_screening_ranks_by_size_and_tells_direction_and_interaction():
    found = screen(FACTORS, noisy(lambda u: 10 * u[:, 0] - 3 * u[:, 1], 0.0), 20, seed=2)
    assert [effect.factor.path for effect in found] == ["a", "b", "c"]
    assert [effect.mean for effect in found] == pytest.approx([10, -3, 0])
    assert all(effect.spread == pytest.approx(0, abs=1e-9) for effect in found)
    mixed = screen(FACTORS, noisy(lambda u: 10 * (u[:, 0] - 0.5) * (u[:, 1] - 0.5), 0.0), 20, seed=2)
    assert mixed[0].spread > 0.5 * mixed[0].size > 0


def ranged():
    data = json.loads(small_desk().model_dump_json())
    visits = data["demand"]["tickets"]["how_to"]["visits"]
    visits["first"]["work"] = {"mean": "20 min", "cv": 1, "assumed": "x", "range": ["10 min", "30 min"]}
    visits["second"]["work"] = {"mean": "1 h", "cv": 1, "assumed": "x", "range": ["50 min", "70 min"]}
    data["deployment"]["components"]["db"]["mtbf"] = {"value": "120 h", "assumed": "x", "range": ["100 h", "1 weeks"]}
    data["demand"]["tickets"]["how_to"]["arrivals"]["rate"] = {
        "value": "40 / day", "cited": "y", "range": ["30 / day", "2 per h"]
    }  # fmt: skip
    return Variants(data)


def test_factors_are_the_figures_with_a_range_whatever_their_units():
    variants = ranged()
    factors = {factor.path: factor for factor in factors_of(variants.base)}
    assert len(factors) == 4
    assert factors["deployment.components.db.mtbf"].axis.at(0.999999).startswith("604")
    rate = factors["demand.tickets.how_to.arrivals.rate"].axis
    assert variants.at({rate.path: rate.at(1e-9)}).demand.tickets["how_to"].arrivals.rate == pytest.approx(30 / 86_400)
    assert [f.path for f in factors_of(variants.base, ("cited",))] == [rate.path]


def test_a_scenario_ranks_its_assumptions():
    found = sensitivity(ranged(), output=Output("sojourn"), trajectories=4, points=16, strongest=2, reps=4, workers=1)
    assert len(found.effects) == 4
    assert found.effects[0].factor.path in (
        "demand.tickets.how_to.arrivals.rate", "demand.tickets.how_to.visits.first.work.mean"
    )  # fmt: skip
    assert found.effects[0].mean > 0
    assert len(found.shares.shares) == 2
    assert 0 < found.shares.chance < 1
    with pytest.raises(ValueError, match='no measure "nonsense" in this scenario; known here: '):
        sensitivity(ranged(), output=Output("nonsense"), workers=1)
    with pytest.raises(ValueError, match='no measure "sojourn" of priority=P9; give --where KEY=VALUE: '):
        sensitivity(ranged(), output=Output("sojourn", (("priority", "P9"),)), workers=1)
    with pytest.raises(ValueError, match="no figure has a plausible range"):
        sensitivity(Variants(json.loads(small_desk().model_dump_json())), workers=1)
