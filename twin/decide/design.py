"""Designs of experiments: points in the unit cube from counter-based draws, equal for equal seeds."""

import numpy as np
from numpy.typing import NDArray

from twin.tape.points import unit_points

Floats = NDArray[np.float64]


def latin_hypercube(seed: int, points: int, dimensions: int, purpose: str = "latin hypercube") -> Floats:
    """A Latin hypercube, shape (points, dimensions): each of `points` equal slices of each axis holds one point.

    Source: McKay, Beckman and Conover (1979), A comparison of three methods for selecting values of input variables.
    """
    slices = np.argsort(unit_points(seed, f"{purpose}: order", points, dimensions), axis=0, kind="stable")
    return np.asarray((slices + unit_points(seed, f"{purpose}: place", points, dimensions)) / points)
