"""The rows of a log while it is being written by the reference engine."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.eventlog.schema import COLUMNS
from twin.simulate.plan import Plan
from twin.tape.tape import LIFE_UNIT, Tape


class Recorder:
    """Collects rows (at, event, entity, place, value) in the order they happen."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int, int]] = []

    def __call__(self, at: int, event: int, entity: int, place: int, value: int = 0) -> None:
        self.rows.append((at, event, entity, place, value))

    def log(self, plan: Plan, tape: Tape) -> EventLog:
        """The finished log."""
        table = np.array(self.rows, np.int64).reshape(-1, len(COLUMNS))
        return log_of(plan, tape, {name: table[:, k].astype(kind) for k, (name, kind) in enumerate(COLUMNS)})


def log_of(plan: Plan, tape: Tape, columns: dict[str, Any]) -> EventLog:
    """An event log from its columns and what plan and tape know about tickets."""
    return EventLog(
        **columns,
        ticket_class=tape.ticket_class,
        ticket_unit=_ticket_unit(tape),
        end_ticks=tape.end_ticks,
        names=plan.names,
        provenance={"world": tape.world, "seed": tape.seed, "replication": tape.replication},
    )


def _ticket_unit(tape: Tape) -> NDArray[np.int32]:
    unit = np.empty(len(tape.ticket_class), np.int32)
    unit[: tape.arrivals], unit[tape.arrivals :] = -1, tape.lives[:, LIFE_UNIT]
    return unit
