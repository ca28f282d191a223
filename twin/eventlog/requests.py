"""The request log: one row per request a user made, real or simulated, and how much of each place was in use."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]

OK, REFUSED, TIMED_OUT, FAILED, LOCKED, UNFINISHED = range(6)
OUTCOME_NAMES: Final = ("ok", "refused", "timed_out", "failed", "locked", "unfinished")

REQUEST_COLUMNS: Final = (
    ("user", np.int32),
    ("persona", np.int16),
    ("transaction", np.int16),
    ("attempts", np.int16),
    ("outcome", np.int8),
    ("intended_at", np.int64),
    ("start_at", np.int64),
    ("end_at", np.int64),
)


@dataclass(frozen=True)
class RequestNames:
    """What the numbers in a request log stand for: index -> name; users below `users` are always there."""

    personas: tuple[str, ...] = ()
    transactions: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()


@dataclass(frozen=True)
class RequestLog:
    """Requests in the order in which they ended; those under way at the end follow, unfinished.

    user, persona, transaction   who asked for what; attempts  tries, from 1; outcome  of the last one.
    intended_at, start_at, end_at   ticks: when it was due, when it began, when the user had the answer or gave up.
    spent      (request, place): ticks at each station (line included), then in line for each pool.
    busy       ticks of servers of each node, then of each pool, in use from measured_from to end_ticks.
    looked_up  (cache, 2): hits and look-ups in that time.
    tick_s     seconds in a tick.
    """

    user: Array
    persona: Array
    transaction: Array
    attempts: Array
    outcome: Array
    intended_at: Array
    start_at: Array
    end_at: Array
    spent: Array
    busy: Array
    looked_up: Array
    measured_from: int
    end_ticks: int
    tick_s: float
    names: RequestNames = RequestNames()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.user)

    def columns(self) -> dict[str, Array]:
        """The columns by name, in the order of the schema."""
        return {name: getattr(self, name) for name, _ in REQUEST_COLUMNS}

    def digest(self) -> str:
        """SHA-256 over all columns: equal digests, equal history."""
        state = hashlib.sha256()
        for column in (*self.columns().values(), self.spent, self.busy, self.looked_up):
            state.update(np.ascontiguousarray(column).tobytes())
        return state.hexdigest()

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a data frame: names for numbers, seconds for ticks, a column of seconds per place."""
        import pandas as pd

        places = (*self.names.stations, *self.names.pools)
        frame = pd.DataFrame(self.columns())
        frame["persona"] = np.array(self.names.personas)[self.persona]
        frame["transaction"] = np.array(self.names.transactions)[self.transaction]
        frame["outcome"] = np.array(OUTCOME_NAMES)[self.outcome]
        for name in ("intended_at", "start_at", "end_at"):
            frame[name] = getattr(self, name) * self.tick_s
        for k, place in enumerate(places):
            frame[f"at_{place}"] = self.spent[:, k] * self.tick_s
        return frame


def first_request_difference(left: RequestLog, right: RequestLog) -> str | None:
    """The first row or counter in which two request logs differ, in words; None if they are the same."""
    shared = min(len(left), len(right))
    unequal = (left.spent[:shared] != right.spent[:shared]).any(axis=1)
    for name, _ in REQUEST_COLUMNS:
        unequal |= getattr(left, name)[:shared] != getattr(right, name)[:shared]
    rows = np.flatnonzero(unequal)
    if len(rows):
        return f"row {rows[0]}: {_row(left, rows[0])} against {_row(right, rows[0])}"
    if len(left) != len(right):
        return f"{len(left)} rows against {len(right)}"
    for name in ("busy", "looked_up"):
        if not np.array_equal(getattr(left, name), getattr(right, name)):
            return f"{name}: {getattr(left, name).tolist()} against {getattr(right, name).tolist()}"
    return None


def _row(log: RequestLog, row: int) -> str:
    told = " ".join(f"{name} {getattr(log, name)[row]}" for name, _ in REQUEST_COLUMNS)
    return f"({told} spent {log.spent[row].tolist()})"


def write_requests(log: RequestLog, path: Path) -> None:
    """Write the log as Parquet: rows in the file, everything else in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {
        "names": {name: list(getattr(log.names, name)) for name in RequestNames.__dataclass_fields__},
        "provenance": dict(log.provenance), "busy": log.busy.tolist(), "looked_up": log.looked_up.tolist(),
        "measured_from": log.measured_from, "end_ticks": log.end_ticks, "tick_s": log.tick_s,
    }  # fmt: skip
    places = {f"spent_{k}": np.ascontiguousarray(log.spent[:, k]) for k in range(log.spent.shape[1])}
    table = pa.table({**log.columns(), **places})
    table = table.replace_schema_metadata({"twin.requests": json.dumps(about, sort_keys=True)})
    pq.write_table(table, path, compression="zstd")


def read_requests(path: Path) -> RequestLog:
    """The log a file written by `write_requests` holds. ValueError if the file is no request log."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    about = json.loads((table.schema.metadata or {}).get(b"twin.requests", b"null"))
    if about is None:
        raise ValueError(f"{path}: not a request log; expected one that write_requests wrote")
    places = [name for name in table.column_names if name.startswith("spent_")]
    spent = [table[name].to_numpy().astype(np.int64) for name in places]
    return RequestLog(
        **{name: table[name].to_numpy().astype(kind) for name, kind in REQUEST_COLUMNS},
        spent=np.stack(spent, axis=1) if spent else np.empty((table.num_rows, 0), np.int64),
        busy=np.array(about["busy"], np.int64), looked_up=np.array(about["looked_up"], np.int64).reshape(-1, 2),
        measured_from=about["measured_from"], end_ticks=about["end_ticks"], tick_s=about["tick_s"],
        names=RequestNames(**{name: tuple(values) for name, values in about["names"].items()}),
        provenance=about["provenance"],
    )  # fmt: skip
