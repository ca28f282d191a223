"""Designs of experiments: points in the unit cube from counter-based draws, equal for equal seeds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.tape.streams import below, name_key, replication_key, uniform

Floats = NDArray[np.float64]


def unit_points(seed: int, purpose: str, points: int, dimensions: int) -> Floats:
    """Independent points in the open unit cube, shape (points, dimensions).

    purpose  names the stream, so that two designs of one seed share no draws.
    """
    with np.errstate(over="ignore"):
        root = below(replication_key(seed, 0), name_key("design", purpose))
        keys = [below(root, column) for column in range(dimensions)]
        drawn = [[float(uniform(key, np.uint64(row))) for row in range(points)] for key in keys]
    return np.array(drawn, np.float64).reshape(dimensions, points).T


def latin_hypercube(seed: int, points: int, dimensions: int, purpose: str = "latin hypercube") -> Floats:
    """A Latin hypercube, shape (points, dimensions): each of `points` equal slices of each axis holds one point.

    Source: McKay, Beckman and Conover (1979), A comparison of three methods for selecting values of input variables.
    """
    slices = np.argsort(unit_points(seed, f"{purpose}: order", points, dimensions), axis=0, kind="stable")
    return np.asarray((slices + unit_points(seed, f"{purpose}: place", points, dimensions)) / points)


def rounded_uniform(unit: Any, low: int, high: int) -> NDArray[np.int64]:
    """Whole numbers from low to high, each as likely, for numbers uniform in (0, 1)."""
    return np.asarray(low + np.floor(np.asarray(unit) * (high - low + 1)), np.int64)
