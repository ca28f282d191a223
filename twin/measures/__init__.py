"""From a log, simulated or real, to numbers: availability, service level, queues, attribution."""

from twin.measures.cells import Cell
from twin.measures.gauge import FAMILIES, Gauge

__all__ = ["FAMILIES", "Cell", "Gauge"]
