"""What desks promise each other: first waits of visits to a queue, and calls to each person on call."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.eventlog.schema import (
    ABANDONED,
    ESCALATED,
    OPENED,
    PAGED,
    REASSIGNED,
    REOPENED,
    RETURNED,
    STARTED,
)
from twin.measures.cells import Cell, cell
from twin.measures.frame import Frame, positions
from twin.measures.reading import Reading, numbers
from twin.spec.staffing import Staffing

Array = NDArray[Any]

_JOINS: Final = np.array([OPENED, ESCALATED, REASSIGNED, RETURNED, REOPENED])
_ENDS: Final = np.array([STARTED, ABANDONED])
_WEEK_S: Final = 7 * 86_400.0


class Handovers:
    """Share of the visits to each queue named in staffing.waits that wait at most as long as promised; calls a week
    to each person on call, for tiers whose staffing limits them.

    A visit counts if it begins in measured time; one that still waits at the end counts with the wait so far.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        scenario = frame.scenario
        staffing = scenario.staffing or Staffing()
        self._limits = {name: scenario.clock.ticks(one.within) for name, one in staffing.waits.items()}
        limited = [name for name, one in staffing.tiers.items() if one.pages_per_person is not None]
        on_call = {name: scenario.support.tiers[name].on_call for name in limited}
        self._people = {name: spec.heads for name, spec in on_call.items() if spec is not None}
        self.cells: tuple[Cell, ...] = (
            *(cell("handover_kept", "1", "ratio", queue=name) for name in self._limits),
            *(cell("pages_per_person", "1/week", "ratio", tier=name) for name in self._people),
        )

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        if not self.cells:
            return np.zeros((0, 2))
        return np.concatenate([self._waits(reading), self._pages(reading)])

    def _waits(self, reading: Reading) -> Array:
        queue, begin, wait = first_waits(reading.log)
        is_measured = (begin >= self.frame.warm_up) & (begin < self.frame.horizon)
        number = dict(zip(reading.names.queues, range(len(reading.names.queues)), strict=True))
        out = []
        for name, limit in self._limits.items():
            ours = is_measured & (queue == number.get(name, -1))
            out.append(numbers([float((wait[ours] <= limit).sum())], [float(ours.sum())]))
        return np.concatenate([np.zeros((0, 2)), *out])

    def _pages(self, reading: Reading) -> Array:
        log, frame = reading.log, self.frame
        paged = log.place[(log.event == PAGED) & (log.at >= frame.warm_up) & (log.at < frame.horizon)]
        counts = np.bincount(paged, minlength=len(reading.names.tiers))
        order = positions(frame.names.tiers, reading.names.tiers, "tier")
        weeks = (frame.horizon - frame.warm_up) * frame.tick_s / _WEEK_S
        names = frame.names.tiers
        calls = [float(counts[order[names.index(f"{name} on call")]]) for name in self._people]
        return numbers(calls, [max(heads, 1) * weeks for heads in self._people.values()])


def first_waits(log: EventLog) -> tuple[Array, Array, Array]:
    """Queue, first tick and first wait (ticks) of every visit to a queue, in the order of the tickets."""
    is_step = np.isin(log.event, np.concatenate([_JOINS, _ENDS]))
    ticket, at, event, place = (column[is_step] for column in (log.entity, log.at, log.event, log.place))
    order = np.argsort(ticket, kind="stable")
    ticket, at, event, place = ticket[order], at[order].astype(np.int64), event[order], place[order]
    follows = np.concatenate([(ticket[1:] == ticket[:-1]) & np.isin(event[1:], _ENDS), [False]])
    until = np.where(follows, np.concatenate([at[1:], at[:0], [0]])[: len(at)], log.end_ticks)
    joins = np.isin(event, _JOINS)
    return place[joins], at[joins], until[joins] - at[joins]
