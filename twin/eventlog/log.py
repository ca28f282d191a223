"""The event log: columns of what happened, the names behind the numbers, and where the log comes from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import COLUMNS, EVENT_NAMES

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


@dataclass(frozen=True)
class Names:
    """What the numbers in a log stand for: index -> name."""

    queues: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventLog:
    """What happened, in order of happening.

    at, event, entity, place, value  columns of equal length (`schema.COLUMNS`), at in ticks from the start.
    ticket_class   class index of each ticket number; tickets that never opened have no OPENED row.
    ticket_unit    unit whose failure the ticket repairs, -1 for none.
    end_ticks      the log covers [0, end_ticks).
    provenance     scenario digest, seed, replication, source: enough to make the log again.
    """

    at: Array
    event: Array
    entity: Array
    place: Array
    value: Array
    ticket_class: Array
    ticket_unit: Array
    end_ticks: int
    names: Names = Names()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    ticket_names: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.at)

    def columns(self) -> dict[str, Array]:
        """The event columns by name, in the order of the schema."""
        return {name: getattr(self, name) for name, _ in COLUMNS}

    def digest(self) -> str:
        """SHA-256 over the event and ticket columns: equal digests, equal history."""
        state = hashlib.sha256()
        for column in (*self.columns().values(), self.ticket_class, self.ticket_unit):
            state.update(np.ascontiguousarray(column).tobytes())
        return state.hexdigest()

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a data frame: at (ticks), event (name), entity, place, value."""
        import pandas as pd

        return pd.DataFrame({**self.columns(), "event": [EVENT_NAMES[int(code)] for code in self.event]})


def first_difference(left: EventLog, right: EventLog) -> str | None:
    """The first row in which two logs differ, in words; None if they are the same."""
    shared = min(len(left), len(right))
    unequal = np.zeros(shared, dtype=bool)
    for name, _ in COLUMNS:
        unequal |= getattr(left, name)[:shared] != getattr(right, name)[:shared]
    rows = np.flatnonzero(unequal)
    if len(rows):
        return f"row {rows[0]}: {_row(left, rows[0])} against {_row(right, rows[0])}"
    if len(left) != len(right):
        longer = left if len(left) > len(right) else right
        side = "left" if longer is left else "right"
        return f"row {shared}: only the {side} log goes on, with {_row(longer, shared)}"
    return None


def _row(log: EventLog, row: int) -> str:
    name = EVENT_NAMES.get(int(log.event[row]), str(log.event[row]))
    return f"(at {log.at[row]}: {name} entity {log.entity[row]} place {log.place[row]} value {log.value[row]})"


def write_log(log: EventLog, path: Path) -> None:
    """Write the log as Parquet: rows in the file, everything else in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {
        "names": {name: list(getattr(log.names, name)) for name in Names.__dataclass_fields__},
        "provenance": dict(log.provenance),
        "end_ticks": log.end_ticks,
        "ticket_class": log.ticket_class.tolist(),
        "ticket_unit": log.ticket_unit.tolist(),
        "ticket_names": list(log.ticket_names),
    }
    table = pa.table(log.columns()).replace_schema_metadata({"twin": json.dumps(about, sort_keys=True)})
    pq.write_table(table, path, compression="zstd")


def read_log(path: Path) -> EventLog:
    """The log a file written by `write_log` holds. ValueError if the file is no event log."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    about = json.loads((table.schema.metadata or {}).get(b"twin", b"null"))
    if about is None or set(table.column_names) != {name for name, _ in COLUMNS}:
        raise ValueError(f"{path}: not an event log; expected one that twin run wrote")
    columns = {name: table[name].to_numpy().astype(kind) for name, kind in COLUMNS}
    return EventLog(
        **columns,
        ticket_class=np.array(about["ticket_class"], np.int16),
        ticket_unit=np.array(about["ticket_unit"], np.int32),
        end_ticks=about["end_ticks"],
        names=Names(**{name: tuple(values) for name, values in about["names"].items()}),
        provenance=about["provenance"],
        ticket_names=tuple(about["ticket_names"]),
    )
