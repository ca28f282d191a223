"""Gauss quadrature against a gamma law."""

import numpy as np
from scipy.linalg import eigh_tridiagonal

from twin.theory.means import Array, require_positive


def gamma_nodes(shape: float, count: int) -> tuple[Array, Array]:
    """Nodes and probabilities, both (count,), of the Gauss rule of a Gamma(shape, 1) variable.

    Sums over the rule are exact expectations of polynomials up to degree 2 count - 1.
    Raises ValueError unless shape and count are positive.
    Source: Golub and Welsch (1969), Calculation of Gauss quadrature rules.
    """
    require_positive(shape=shape, count=count)
    index = np.arange(count, dtype=np.float64)
    above = index[1:]
    nodes, vectors = eigh_tridiagonal(2 * index + shape, np.sqrt(above * (above + shape - 1)))
    return nodes, vectors[0] ** 2
