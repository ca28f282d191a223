"""Independent uniform numbers in a table, for designs of experiments: equal seeds and names, equal numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.tape.streams import below, child, name_key, replication_key, uniform


@kernel
def _fill(root: Any, out: Any) -> Any:
    for column in range(out.shape[1]):
        key = child(root, column)
        for row in range(out.shape[0]):
            out[row, column] = uniform(key, row)


def unit_points(seed: int, purpose: str, points: int, dimensions: int) -> NDArray[np.float64]:
    """Independent points in the open unit cube, shape (points, dimensions).

    purpose  names the stream, so that two designs of one seed share no draws.
    """
    out = np.empty((points, dimensions))
    with np.errstate(over="ignore"):
        _fill(below(replication_key(seed, 0), name_key("design", purpose)), out)
    return out
