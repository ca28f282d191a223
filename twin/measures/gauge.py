"""The gauge: made once for a scenario, it turns any log of that scenario into numbers."""

from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.measures.attribution import Attribution
from twin.measures.availability import Availability
from twin.measures.cells import Cell
from twin.measures.degraded import Degraded
from twin.measures.frame import Frame
from twin.measures.optional import OPTIONAL, Kit
from twin.measures.queues import FlowReader, Queues
from twin.measures.reading import Reading
from twin.measures.service_level import ServiceLevel
from twin.spec.capacity import CapacityCurve
from twin.spec.scenario import Scenario

Family = Literal[
    "availability", "service_level", "queues", "attribution", "money", "parties", "satisfaction", "error_budget",
    "hypercare", "agreements", "owners", "on_call", "review", "readiness", "load", "exposure", "data_loss",
    "links", "workflows",
]  # fmt: skip
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)


class Part(Protocol):
    """A family of measures: its cells, and their numbers for one log."""

    cells: tuple[Cell, ...]

    def measure(self, reading: Reading) -> NDArray[Any]:
        """Numerators and denominators of the cells, shape (n, 2)."""


class Gauge:
    """Cells, and the numbers of one log for them, over [warm_up, horizon) of the scenario's clock.

    families  which families of measures to take; those left out, and those whose section the scenario lacks, cost
              nothing. Raises ValueError for an unknown one.
    curve     of the scenario's workload, by which degraded time is found; without one that is left out.
    """

    def __init__(
        self, scenario: Scenario, families: Sequence[Family] = FAMILIES, curve: CapacityCurve | None = None
    ) -> None:
        unknown = [name for name in families if name not in FAMILIES]
        if unknown:
            raise ValueError(f'no family of measures "{unknown[0]}"; there are {", ".join(FAMILIES)}')
        self._frame = Frame(scenario)
        self._parts = self._made(families)
        if curve is not None and scenario.workload is not None and "load" in families:
            self._parts.append(Degraded(self._frame, scenario.workload, curve))
        self.cells: tuple[Cell, ...] = tuple(cell for part in self._parts for cell in part.cells)

    def _made(self, families: Sequence[Family]) -> list[Part]:
        frame, parts = self._frame, list[Part]()
        if "availability" in families:
            parts.append(Availability(frame))
        service_level, flows = ServiceLevel(frame), FlowReader(frame, with_parts="attribution" in families)
        if "service_level" in families:
            parts.append(service_level)
        if "queues" in families:
            parts.append(Queues(frame, flows))
        if "attribution" in families:
            parts.append(Attribution(frame, flows, service_level))
        kit = Kit(frame, service_level, flows)
        made = [make(kit) for name, make in OPTIONAL.items() if name in families]
        return [*parts, *(part for part in made if part is not None)]

    def measure(self, log: EventLog) -> NDArray[np.float64]:
        """Numerators and denominators, float64, shape (len(cells), 2).

        Raises ValueError if the log has names the scenario lacks.
        """
        reading = Reading(log, self._frame)
        return np.concatenate([np.zeros((0, 2)), *(part.measure(reading) for part in self._parts)])
