"""The breach waterfall: where the time of every ticket that missed a promised clock went."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.measures.cells import Cell, cell
from twin.measures.clocks import CLOCKS, MISSED
from twin.measures.flows import DETECTION, ENDED_AT, FIRST_QUEUE, OPENED_AT, PRIORITY, Flows
from twin.measures.frame import Frame, picked, positions
from twin.measures.queues import FlowReader
from twin.measures.reading import Reading, numbers
from twin.measures.service_level import ServiceLevel
from twin.spec.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]

PARTS: Final = (
    "detection", "triage", "off shift", "call-out", "preempted", "waiting on customer", "waiting on vendor", "work",
    "rework", "closed before reopening",
)  # fmt: skip


class Attribution:
    """Mean minutes per part of the breach waterfall, over tickets that missed a clock, and how many they are.

    Parts add up to the last resolution (or the abandonment, or the end of the log) less the opening, plus detection.
    Waiting counts as off shift while no tier that serves the queue has anybody on duty, else as preempted after an
    interruption, else as the queue's. Agent time after a reopening is rework.
    """

    def __init__(self, frame: Frame, flows: FlowReader, service_level: ServiceLevel) -> None:
        self.frame, self.flows, self.service_level = frame, flows, service_level
        self.parts = (*PARTS, *(f"queue: {queue}" for queue in frame.names.queues))
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        groups = [{}, *({"priority": priority} for priority in self.frame.names.priorities)]
        minutes = [cell("breach_part", "min", "ratio", **where, part=part) for where in groups for part in self.parts]
        return minutes + [cell("breached_tickets", "tickets", "mean", **where) for where in groups]

    def breached(self, reading: Reading) -> tuple[NDArray[np.intp], Flows, Array]:
        """Numbers of the tickets that missed a clock, the flows, and the verdicts per ticket and clock."""
        verdicts = self.service_level.read(reading)[1]
        return np.flatnonzero((verdicts == MISSED).any(axis=1)), self.flows.read(reading), verdicts

    def part_ticks(self, reading: Reading, flows: Flows, tickets: NDArray[np.intp]) -> Array:
        """Ticks per ticket and part, in our order of parts; shape (len(tickets), len(parts))."""
        queues = positions(self.frame.names.queues, reading.names.queues, "queue")
        chosen = flows.parts[tickets]
        in_queue = picked(np.ascontiguousarray(chosen[:, FIRST_QUEUE:].T), queues).T
        return np.concatenate([chosen[:, :FIRST_QUEUE], in_queue], axis=1)

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        tickets, flows, _ = self.breached(reading)
        minutes = self.part_ticks(reading, flows, tickets) / self.frame.ticks_per_min
        order = positions(self.frame.names.priorities, reading.names.priorities, "priority")
        group = flows.tickets[tickets, PRIORITY]
        members = [np.ones(len(tickets), bool), *(group == level for level in order)]
        sums = [minutes[chosen].sum(axis=0) for chosen in members]
        counts = [int(chosen.sum()) for chosen in members]
        shares = [numbers(total, count) for total, count in zip(sums, counts, strict=True)]
        return np.concatenate([*shares, numbers(counts)])


def waterfall(log: EventLog, scenario: Scenario) -> "pd.DataFrame":
    """One row per ticket that missed a clock: ticket, class, priority, missed clocks, opened_at and elapsed, and parts.

    Lengths in whole ticks; the columns from "detection" on add up to `elapsed`, exactly.
    """
    import pandas as pd

    frame = Frame(scenario)
    gauge = Attribution(frame, FlowReader(frame, with_parts=True), ServiceLevel(frame))
    reading = Reading(log, frame)
    tickets, flows, verdicts = gauge.breached(reading)
    parts = gauge.part_ticks(reading, flows, tickets)
    rows, names = flows.tickets[tickets], reading.names
    until = np.where(rows[:, ENDED_AT] >= 0, rows[:, ENDED_AT], log.end_ticks)
    missed = [[CLOCKS[k] for k in np.flatnonzero(line == MISSED)] for line in verdicts[tickets]]
    return pd.DataFrame({
        "ticket": [log.ticket_names[k] for k in tickets] if log.ticket_names else tickets,
        "class": [names.classes[k] for k in log.ticket_class[tickets]],
        "priority": [names.priorities[k] for k in rows[:, PRIORITY]],
        "missed": [", ".join(clocks) for clocks in missed],
        "opened_at": rows[:, OPENED_AT],
        "elapsed": until - rows[:, OPENED_AT] + parts[:, DETECTION],
        **{part: parts[:, k] for k, part in enumerate(gauge.parts)},
    })  # fmt: skip
