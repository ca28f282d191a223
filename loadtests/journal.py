"""The raw record of a run: every request and transaction, kept even when the process is killed.

Each begin and each end is one line, handed to the system at once, so that only a line the kernel never saw can be lost.
A request that began and never ended is in the record as "cut", and a transaction as well. At the end the lines
become Parquet. Times are whole microseconds since 1970, UTC.
"""

import os
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FILES = ("requests-", "transactions-")  # what a journal becomes
OUTCOMES = ("ok", "refused", "error", "timeout", "reset", "cut", "unsent")
REQUESTS = pa.schema([
    ("user", pa.int64()), ("persona", pa.string()), ("transaction", pa.int64()), ("verb", pa.string()),
    ("step", pa.int16()), ("request", pa.string()), ("intended_at", pa.int64()), ("started_at", pa.int64()),
    ("ended_at", pa.int64()), ("outcome", pa.string()), ("status", pa.int16()), ("sent_bytes", pa.int64()),
    ("received_bytes", pa.int64()), ("process", pa.string()),
])  # fmt: skip
TRANSACTIONS = pa.schema([
    ("user", pa.int64()), ("persona", pa.string()), ("transaction", pa.int64()), ("verb", pa.string()),
    ("intended_at", pa.int64()), ("started_at", pa.int64()), ("ended_at", pa.int64()), ("outcome", pa.string()),
    ("why", pa.string()), ("process", pa.string()),
])  # fmt: skip
OUTSIDE = {"user": -1, "persona": "", "transaction": 0, "verb": "", "intended_at": 0}  # a request of no transaction
_ORIGIN = time.time_ns() - time.monotonic_ns()


def now() -> int:
    """Microseconds since 1970 on a clock that never steps back within this process."""
    return (_ORIGIN + time.monotonic_ns()) // 1000


class Journal:
    """The open record of one process below a run's folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.process = f"{socket.gethostname()}-{os.getpid()}"
        self.path = folder / f"journal-{self.process}.tsv"
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._sequence = 0

    def begin_transaction(self, user: int, persona: str, verb: str, intended_at: int, started_at: int) -> int:
        """The new transaction's number, unique within the process."""
        return self._begin("T", user, persona, verb, intended_at, started_at)

    def end_transaction(self, transaction: int, ended_at: int, outcome: str, why: str = "") -> None:
        """Note how a transaction ended, with a few words when it was not ok."""
        self._write("t", transaction, ended_at, outcome, " ".join(why.split())[:200])

    def begin_request(self, transaction: int, step: int, request: str, started_at: int, sent_bytes: int) -> int:
        """The new request's number, unique within the process."""
        return self._begin("R", transaction, step, request, started_at, sent_bytes)

    def end_request(self, number: int, ended_at: int, outcome: str, status: int, received_bytes: int) -> None:
        """Note how a request ended."""
        self._write("r", number, ended_at, outcome, status, received_bytes)

    def unsent(self, user: int, persona: str, verb: str, intended_at: int) -> None:
        """Note a transaction that was due and never sent, because the run stopped first."""
        self.end_transaction(self._begin("T", user, persona, verb, intended_at, -1), now(), "unsent")

    def close(self) -> None:
        """Turn the lines into Parquet files beside the journal, and remove it; repeats do no harm."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            seal(self.path)

    def files(self) -> list[Path]:
        """The Parquet files of a closed journal."""
        return [self.path.with_name(f"{kind}{self.process}.parquet") for kind in FILES]

    def _begin(self, kind: str, *fields: object) -> int:
        self._sequence += 1
        self._write(kind, self._sequence, *fields)
        return self._sequence

    def _write(self, *fields: object) -> None:
        os.write(self._file, ("\t".join(map(str, fields)) + "\n").encode())


def seal(journal: Path) -> None:
    """Write the Parquet files of a journal, aside and renamed, and remove it."""
    for kind, table in zip(FILES, read_journal(journal), strict=True):
        place = journal.with_name(f"{kind}{journal.stem.removeprefix('journal-')}.parquet")
        pq.write_table(table, place.with_suffix(".new"))
        place.with_suffix(".new").replace(place)
    journal.unlink()


def read_journal(journal: Path) -> tuple[pa.Table, pa.Table]:
    """Requests and transactions of a journal; what never ended is "cut" at the last instant written.

    A last line that the kernel got only in part is left out.
    """
    process = journal.stem.removeprefix("journal-")
    whole = journal.read_text(encoding="utf-8", errors="replace").rpartition("\n")[0]
    lines = [line.split("\t") for line in whole.split("\n") if line]
    begun: dict[str, dict[int, list[str]]] = {"T": {}, "R": {}}
    ended: dict[str, dict[int, list[str]]] = {"T": {}, "R": {}}
    for kind, number, *fields in lines:
        (begun if kind.isupper() else ended)[kind.upper()][int(number)] = fields
    last = max((int(fields[0]) for rows in ended.values() for fields in rows.values()), default=0)
    last = max([last, *(int(f[-1]) for f in begun["T"].values()), *(int(f[3]) for f in begun["R"].values())])
    transactions = {n: _transaction(n, f, ended["T"].get(n), last) for n, f in begun["T"].items()}
    requests = [
        _request(f, ended["R"].get(n), transactions.get(int(f[0]), OUTSIDE), last) for n, f in begun["R"].items()
    ]
    return (
        _table([{**row, "process": process} for row in requests], REQUESTS),
        _table([{**row, "process": process} for row in transactions.values()], TRANSACTIONS),
    )


def read_run(folder: Path) -> tuple[pa.Table, pa.Table]:
    """Requests and transactions of a run's folder, of all its processes, journals of killed ones too, by start.

    A process may be sealing its journal at this moment: it counts once. Raises FileNotFoundError when the folder holds
    no record.
    """
    written = {}
    for path in sorted(folder.glob("journal-*.tsv")):
        with suppress(FileNotFoundError):
            written[path.stem.removeprefix("journal-")] = read_journal(path)
    parts = [*written.values()]
    parts += [
        (pq.read_table(path), pq.read_table(path.with_name(path.name.replace("requests-", "transactions-", 1))))
        for path in sorted(folder.glob("requests-*.parquet"))
        if path.stem.removeprefix("requests-") not in written
    ]
    if not parts:
        raise FileNotFoundError(f"{folder} holds no record of a run (journal-*.tsv or requests-*.parquet)")
    requests, transactions = (pa.concat_tables(tables) for tables in zip(*parts, strict=True))
    return requests.sort_by("started_at"), transactions.sort_by("intended_at")


def _transaction(number: int, fields: list[str], end: list[str] | None, last: int) -> dict[str, Any]:
    user, persona, verb, intended_at, started_at = fields
    ended_at, outcome, why = (int(end[0]), end[1], end[2]) if end else (last, "cut", "the load generator ended")
    return {
        "user": int(user), "persona": persona, "transaction": number, "verb": verb, "intended_at": int(intended_at),
        "started_at": int(started_at), "ended_at": ended_at, "outcome": outcome, "why": why,
    }  # fmt: skip


def _request(fields: list[str], end: list[str] | None, of: dict[str, Any], last: int) -> dict[str, Any]:
    _, step, request, started_at, sent = fields
    ended_at, outcome = (int(end[0]), end[1]) if end else (last, "cut")
    status, received = (int(end[2]), int(end[3])) if end else (0, 0)
    intended_at = of["intended_at"] if int(step) == 0 and of["transaction"] else int(started_at)
    return {
        **{name: of[name] for name in ("user", "persona", "transaction", "verb")},
        "step": int(step), "request": request, "intended_at": intended_at, "started_at": int(started_at),
        "ended_at": ended_at, "outcome": outcome, "status": status, "sent_bytes": int(sent), "received_bytes": received,
    }  # fmt: skip


def _table(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=schema)
