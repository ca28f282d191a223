"""What a sweep varies: axes as typed, grids, and Latin hypercubes from counter-based draws."""

import numpy as np
import pytest

from twin.decide.axes import Axis, grid, hypercube
from twin.decide.design import latin_hypercube
from twin.tape.points import unit_points


def test_axes_are_read_as_typed():
    assert Axis.parse("a.b=3,4, 5").levels() == ("3", "4", "5")
    assert Axis.parse("a=3..6").levels() == ("3", "4", "5", "6")
    assert Axis.parse("a=20 min..40 min/5").levels() == ("20 min", "25 min", "30 min", "35 min", "40 min")
    assert Axis.parse("a=0.5..1/3").levels() == ("0.5", "0.75", "1")
    assert Axis.parse("a={x: 1, y: 2},null").levels() == ("{x: 1, y: 2}", "null")
    assert Axis.parse("a=10..30 min").text(20.0) == "20 min"


@pytest.mark.parametrize("text", ["a", "a=", "=3", "a=1,,2", "a=1,1", "a=5..3", "a=1 h..3 min", "a=1..2/1"])
def test_a_bad_axis_names_the_remedy(text):
    with pytest.raises(ValueError, match=r"write PATH=|at least 2 values"):
        Axis.parse(text)


def test_a_reversed_range_of_one_unit_is_told_to_swap_its_ends():
    with pytest.raises(ValueError, match="swap the ends"):
        Axis.parse("a=2 h..1 h")
    with pytest.raises(ValueError, match="of one unit"):
        Axis.parse("a=60 min..1 h")


def test_a_grid_holds_every_combination_and_needs_values():
    points = grid([Axis.parse("a=1,2"), Axis.parse("b=x,y,z")])
    assert len(points) == 6
    assert points[1] == {"a": "1", "b": "y"}
    with pytest.raises(ValueError, match="a grid needs values"):
        grid([Axis.parse("a=1 h..2 h")])
    with pytest.raises(ValueError, match="limit"):
        grid([Axis.parse("a=1..1000"), Axis.parse("b=1..1000")])


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_axis():
    points = latin_hypercube(seed=3, points=40, dimensions=5)
    assert points.shape == (40, 5)
    assert (np.sort(np.floor(points * 40), axis=0) == np.arange(40)[:, None]).all()
    assert (points == latin_hypercube(seed=3, points=40, dimensions=5)).all()
    assert (points != latin_hypercube(seed=4, points=40, dimensions=5)).any()


def test_unit_points_are_uniform_and_independent_between_axes_and_purposes():
    points = unit_points(1, "one", 2000, 3)
    assert abs(points.mean(axis=0) - 0.5).max() < 0.03
    assert abs(np.corrcoef(points.T)[np.triu_indices(3, 1)]).max() < 0.08
    assert abs(np.corrcoef(points[:, 0], unit_points(1, "other", 2000, 1)[:, 0])[0, 1]) < 0.08


def test_a_hypercube_of_axes_covers_ranges_and_lists():
    points = hypercube([Axis.parse("a=1 h..3 h"), Axis.parse("b=x,y"), Axis.parse("c=2..4")], 30, seed=1)
    assert [sum(point["b"] == name for point in points) for name in "xy"] == [15, 15]
    assert [sum(point["c"] == name for point in points) for name in "234"] == [10, 10, 10]
    assert all(1 <= float(point["a"].removesuffix(" h")) <= 3 for point in points)
