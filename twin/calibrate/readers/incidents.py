"""Incidents of a ticket system's export, as an event log and a report of what was read."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.calibrate.readers import events
from twin.calibrate.readers.column_map import MEANINGS, ColumnMap, load_column_map
from twin.calibrate.readers.eventlogs import is_event_log, read_event_log
from twin.calibrate.readers.record import Acts, Record
from twin.calibrate.readers.report import ReadError, ReadReport
from twin.calibrate.readers.rows import Rows, file_of, set_bad_rows_aside
from twin.calibrate.readers.table import MISSING, read_table
from twin.calibrate.readers.tickets import rows_of
from twin.eventlog.log import EventLog, Names
from twin.eventlog.schema import COLUMNS, RESOLVED, WAITS_CUSTOMER, WAITS_VENDOR

Ints = NDArray[np.int64]
MOST_BAD_RATIO: Final = 0.01
CLASS: Final = "incident"
_DAY_S: Final = 86_400


def read_incidents(
    path: str | Path, column_map: ColumnMap | str | Path | None = None, *, tick: Literal["1 s", "1 min"] = "1 s",
    most_bad_ratio: float = MOST_BAD_RATIO, hash_key: str | None = None, known_at: datetime | None = None,
) -> Record:  # fmt: skip
    """The record of an incident export with one row per update.

    column_map  the map, or its file (default: ServiceNow). hash_key  keeps resolvers as hashes keyed by this secret;
    without it nothing about a person is kept. Rows that make no sense are set aside and listed in the report.
    known_at  read what an export at that instant (local, if it has no zone) would have shown.
    Raises ReadError, naming the row, if columns are missing or more than `most_bad_ratio` of the rows make no sense;
    ScenarioError for a column map that can't be used.
    """
    chosen = column_map if isinstance(column_map, ColumnMap) else load_column_map(column_map)
    file = file_of(path)
    table = read_event_log(file, chosen) if is_event_log(file) else read_table(file, chosen)
    rows = rows_of(table if hash_key is None else table.pseudonymised(hash_key), chosen, most_bad_ratio)
    as_of = _as_of(rows) if known_at is None else _seconds(known_at, chosen)
    if known_at is not None:
        rows.hide_after(as_of)
    _refuse_the_future(rows, as_of)
    set_bad_rows_aside(rows)
    return _Writer(rows, as_of, 60 if tick == "1 min" else 1).record(hash_key)


def _as_of(rows: Rows) -> int:
    zone = ZoneInfo(rows.column_map.time_zone)
    if rows.column_map.as_of is not None:
        try:
            given = datetime.fromisoformat(rows.column_map.as_of)
        except ValueError:
            text = f'as_of "{rows.column_map.as_of:.40}" is no time; write e.g. 2016-05-01T00:00'
            raise ReadError(f"{rows.table.file}: {text}") from None
        return _seconds(given, rows.column_map)
    last = int(rows.stamps["updated"].max(initial=0))
    day = datetime.fromtimestamp(max(last, 0), zone).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    return int(day.timestamp())


def _seconds(at: datetime, column_map: ColumnMap) -> int:
    return int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(column_map.time_zone))).timestamp())


def _refuse_the_future(rows: Rows, as_of: int) -> None:
    for name in ("updated", "resolved", "closed"):
        rows.refuse(
            rows.stamps[name] >= as_of,
            lambda row, name=name: f"{rows.name(name)} {rows.text(name, row)} is after the export",  # type: ignore[misc]
            "correct it, or as_of in the column map",
        )


class _Writer:
    """The good rows of an export, sorted by ticket, written as a log."""

    def __init__(self, rows: Rows, as_of: int, tick_s: int) -> None:
        self.rows, self.as_of, self.tick_s = rows, as_of, tick_s
        kept = rows.order[rows.is_good()[rows.order]]
        used, first = np.unique(rows.case[kept], return_index=True)
        opened = rows.stamps["opened"][kept[first]]
        by_opening = np.lexsort((used, opened))
        number = np.empty(len(rows.cases), np.int64)
        number[used[by_opening]] = np.arange(len(used))
        self.case_of = used[by_opening]
        self.kept = kept[np.argsort(number[rows.case[kept]], kind="stable")]
        self.ticket = number[rows.case[self.kept]]
        self.case_from = np.searchsorted(self.ticket, np.arange(len(used) + 1))
        zone = ZoneInfo(rows.column_map.time_zone)
        self.start = datetime.fromtimestamp(int(opened.min()), zone).replace(hour=0, minute=0, second=0)
        self.levels = _levels(rows)

    def record(self, hash_key: str | None) -> Record:
        """Log, report and clock."""
        found, notes = self._events()
        log = self._log(found)
        heads = self._seen_heads()
        report = self._report(notes, heads, _pending_ratio(log))
        return Record(log, report, self.rows.column_map, self.start, self.tick_s, self._resolvers(hash_key),
                      self._acts(), self._group_levels())  # fmt: skip

    def _group_levels(self) -> dict[str, int]:
        """Line of support of each group: as the map says, else as most rows of the group say."""
        said = dict(self.rows.column_map.levels)
        if "level" not in self.rows.table.columns:
            return said
        group, names = self._groups()
        level = pd.to_numeric(self.rows.table.columns["level"], errors="coerce").fillna(0).to_numpy()[self.kept]
        for number, name in enumerate(names):
            values = level[group == number].astype(np.int64)
            values = values[(values > 0) & (values < 10)]
            if name not in said and len(values):
                said[name] = int(np.bincount(values).argmax())
        return said

    def _acts(self) -> Acts | None:
        rows = self.rows
        person = rows.table.codes("actor" if "actor" in rows.table.columns else "resolver")[0][self.kept]
        closed = rows.meaning[self.kept] == MEANINGS.index("closed")
        known = (person >= 0) & ~closed
        group = self._groups()[0]
        return Acts(self._ticks("updated")[known], group[known], person[known]) if known.any() else None

    def _ticks(self, name: str) -> Ints:
        stamps = self.rows.stamps[name][self.kept]
        ticks = (stamps - int(self.start.astimezone(UTC).timestamp())) // self.tick_s
        return np.where(stamps == MISSING, -1, ticks)

    def _last(self, values: Ints) -> Ints:
        """Per ticket, the last value that is not missing."""
        last = np.full(len(self.case_of), -1, np.int64)
        known = values >= 0
        last[self.ticket[known]] = values[known]
        return last

    def _groups(self) -> tuple[Ints, list[str]]:
        rows = self.rows
        names = [*rows.groups, rows.column_map.no_group]
        here = np.where(rows.group[self.kept] < 0, len(rows.groups), rows.group[self.kept])
        listed = sorted({names[k] for k in np.unique(here).tolist()}, key=_natural)
        number = np.array([listed.index(name) if name in listed else -1 for name in names], np.int64)
        return number[here], listed

    def _events(self) -> tuple[Ints, Ints]:
        group, names = self._groups()
        levels = self._group_levels()
        level = np.array([levels.get(name, 0) for name in names], np.int64)
        number = np.array([self.levels.index(p) if p in self.levels else -1 for p in self.rows.priorities] + [-1])
        found, notes = events.write_history(
            self.case_from, self._ticks("updated"), self.rows.meaning[self.kept].astype(np.int64), group,
            (self.rows.resolver[self.kept] >= 0) | ("resolver" not in self.rows.table.columns),
            self._ticks("opened")[self.case_from[:-1]], self._last(self._ticks("resolved")),
            self._last(number[self.rows.priority[self.kept]]), level,
        )  # fmt: skip
        return found[np.argsort(found[:, 0], kind="stable")], notes

    def _end(self) -> int:
        return (self.as_of - int(self.start.astimezone(UTC).timestamp())) // self.tick_s

    def _log(self, rows: Ints) -> EventLog:
        groups = tuple(self._groups()[1])
        source, column_map = self.rows.table, self.rows.column_map
        about = {
            "source": Path(source.file).name, "digest": source.digest, "rows": len(source),
            "rows_set_aside": len(self.rows.bad), "column_map": column_map.model_dump(mode="json"),
            "start": self.start.isoformat(), "tick_s": self.tick_s,
            "as_of": datetime.fromtimestamp(self.as_of, self.start.tzinfo).isoformat(),
        }  # fmt: skip
        return EventLog(
            **{name: rows[:, k].astype(kind) for k, (name, kind) in enumerate(COLUMNS)},
            ticket_class=np.zeros(len(self.case_of), np.int16), ticket_unit=np.full(len(self.case_of), -1, np.int32),
            end_ticks=self._end(), provenance=about,
            names=Names(queues=groups, tiers=groups, classes=(CLASS,), priorities=self.levels),
            ticket_names=tuple(self.rows.cases[case] for case in self.case_of.tolist()),
        )  # fmt: skip

    def _seen_heads(self) -> dict[str, int]:
        group, names = self._groups()
        resolver = self.rows.resolver[self.kept]
        pairs = np.unique(np.stack([group, resolver], axis=1)[resolver >= 0], axis=0)
        return dict(zip(names, np.bincount(pairs[:, 0], minlength=len(names)).tolist(), strict=True))

    def _resolvers(self, key: str | None) -> tuple[str, ...]:
        if key is None:
            return ()
        return tuple([*self.rows.resolvers, ""][k] for k in self._last(self.rows.resolver[self.kept]).tolist())

    def _report(self, notes: Ints, heads: dict[str, int], pending: float) -> ReadReport:
        rows = self.rows
        as_of = datetime.fromtimestamp(self.as_of, self.start.tzinfo)
        seen = ~rows.hidden
        counts = np.bincount(rows.state[(rows.state >= 0) & seen], minlength=len(rows.states)).tolist()
        last = np.full(len(rows.cases), -1, np.int64)
        known = rows.order[(rows.priority[rows.order] >= 0) & (rows.case[rows.order] >= 0) & seen[rows.order]]
        last[rows.case[known]] = rows.priority[known]
        cases = len(np.unique(rows.case[seen & (rows.case >= 0)]))
        urgent = np.bincount(last[last >= 0], minlength=len(rows.priorities)).tolist()
        return ReadReport(
            file=rows.table.file, digest=rows.table.digest, rows=self._rows_seen(), cases=cases,
            states=dict(zip(rows.states, counts, strict=True)),
            priorities={name: urgent[rows.priorities.index(name)] for name in sorted(rows.priorities, key=_natural)},
            bad=tuple(rows.bad[row] for row in sorted(rows.bad)), cases_lost=cases - len(self.case_of),
            as_of=as_of.isoformat(), pending_ratio=pending, seen_heads=heads, assumed=self._assumed(notes, as_of),
        )  # fmt: skip

    def _rows_seen(self) -> int:
        """Rows of the file that were known; a row may stand for two updates."""
        seen = np.flatnonzero(~self.rows.hidden)
        of_file = self.rows.table.rows_of
        return len(seen) if of_file is None else len(np.unique(of_file[seen]))

    def _assumed(self, notes: Ints, as_of: datetime) -> tuple[str, ...]:
        rows, n = self.rows, notes.tolist()
        closed = np.unique(self.ticket[rows.meaning[self.kept] == MEANINGS.index("closed")])
        blank = int((self._last(self._ticks("resolved"))[closed] < 0).sum())
        known = rows.priority[self.kept] >= 0
        pairs = np.unique(np.stack([self.ticket[known], rows.priority[self.kept][known]], axis=1), axis=0)
        changed = len(pairs) - len(np.unique(pairs[:, 0]))
        told = [
            f"what was known at {as_of:%Y-%m-%d %H:%M}: later stamps are blank, open tickets are censored",
            f"local times are those of {rows.column_map.time_zone}",
            f"no ticket from before {self.start:%Y-%m-%d} is in the file: the backlog of the first day is unknown",
        ]
        share = f" ({blank / len(closed):.1%} of those closed)" if len(closed) else ""
        counted = [
            (blank, f"tickets are closed without a resolved time{share}: resolved at their last resolved row"),
            (n[events.CLOSED_ONLY], "closings without any resolved row: resolved when closed"),
            (n[events.UNSEEN_WORK], "resolutions without active work before them: begun at the moment of resolution"),
            (n[events.UNSEEN_START], "waits without active work before them: begun at the moment the wait began"),
            (n[events.NO_RESOLVER], "active rows without a resolver: still in the queue"),
            (n[events.MOVED_AWAY], "rows with another group during a wait: the hand-off is seen at the return"),
            (n[events.STALE_RESOLVED], "resolved times older than later work on the ticket: not used"),
            (n[events.BY_FIELD], "tickets without a resolved row: resolved at their resolved time"),
            (n[events.AFTER_CLOSING], "tickets worked on again after closing: reopened"),
            (changed, "changes of priority: the last one holds from the start"),
        ]
        told += [f"{count:,} {text}" for count, text in counted if count]
        unchecked = [name for name in rows.table.absent if name == rows.column_map.columns.created or
                     name == rows.column_map.columns.sequence]  # fmt: skip
        return (*told, *(f'the file has no column "{name}": order not checked by it' for name in unchecked))


def _levels(rows: Rows) -> tuple[str, ...]:
    return rows.column_map.priorities or tuple(sorted(rows.priorities, key=_natural))


def _natural(text: str) -> list[Any]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", text)]


def _pending_ratio(log: EventLog) -> float:
    """Share of the time from opening to the last event before resolution spent waiting on somebody."""
    order = np.argsort(log.entity, kind="stable")
    at, event, entity = log.at[order], log.event[order], log.entity[order]
    is_last = np.append(np.diff(entity) != 0, True)
    until = np.where(is_last, log.end_ticks, np.append(at[1:], log.end_ticks))
    length = np.where(event == RESOLVED, 0, until - at)
    total = int(length.sum())
    return float(length[np.isin(event, [WAITS_CUSTOMER, WAITS_VENDOR])].sum() / total) if total else 0.0


__all__ = ["MOST_BAD_RATIO", "Record", "read_incidents"]
