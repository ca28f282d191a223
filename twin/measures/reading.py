"""One log under measurement: what several families need of it, worked out once."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog, Names
from twin.eventlog.schema import OPENED, RECLASSIFIED
from twin.measures.frame import Frame, names_in

Array = NDArray[Any]


@dataclass
class Reading:
    """A log, the names behind its numbers, and results that families share, by name."""

    log: EventLog
    frame: Frame
    shared: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def value(self) -> Array:
        """The values of the log; tickets whose priority was corrected open with the right one."""
        code = self.log.event
        found = np.flatnonzero(code == RECLASSIFIED)
        if not len(found):
            return self.log.value
        opened = np.flatnonzero(code == OPENED)
        row_of = np.zeros(len(self.log.ticket_class), np.intp)
        row_of[self.log.entity[opened]] = opened
        value = self.log.value.copy()
        value[row_of[self.log.entity[found]]] = value[found]
        return value

    @property
    def names(self) -> Names:
        """Names behind the log's numbers."""
        return names_in(self.log, self.frame)


def numbers(numerators: Any, denominators: Any = 1.0) -> Array:
    """Pairs (numerator, denominator), shape (n, 2), float64; 0 / 0 where a denominator is 0."""
    top, bottom = np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)
    if top.shape == bottom.shape or bottom.ndim == 0:
        pairs = np.empty((*top.shape, 2))
        pairs[..., 0], pairs[..., 1] = top, bottom
        pairs = pairs.reshape(-1, 2)
    else:
        pairs = np.stack(np.broadcast_arrays(top, bottom), axis=-1).reshape(-1, 2)
    pairs[pairs[:, 1] == 0.0] = 0.0
    return pairs
