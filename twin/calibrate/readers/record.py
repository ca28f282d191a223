"""What was read: the log of a record, its clock, and who acted when."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.readers.column_map import ColumnMap
from twin.calibrate.readers.report import ReadReport
from twin.eventlog.log import EventLog

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Acts:
    """Who did something when: ticks, group (number of the queue) and person (a number without a name) per row.

    What a machine writes (a row of a ticket already closed, or that closes it) is left out.
    """

    at: Ints
    group: Ints
    person: Ints


@dataclass(frozen=True)
class Record:
    """What really happened: the log, the report of the reading, and the clock of its ticks.

    Every group is a queue and a tier of its own; tickets are numbered as they opened.
    start      local midnight of tick 0, aware; tick_s  seconds a tick.
    resolvers  keyed hash of the last resolver of each ticket ("" if none), only if asked for.
    acts       who acted when; None if the export names nobody. levels  line of support by group, where known.
    """

    log: EventLog
    report: ReadReport
    column_map: ColumnMap
    start: datetime
    tick_s: int
    resolvers: tuple[str, ...] = field(default=(), repr=False)
    acts: Acts | None = field(default=None, repr=False)
    levels: dict[str, int] = field(default_factory=dict)
