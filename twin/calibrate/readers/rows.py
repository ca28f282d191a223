"""The rows of an export as numbers, and which of them make no sense."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.calibrate.readers.column_map import MEANINGS, ColumnMap
from twin.calibrate.readers.report import BadRow, ReadError
from twin.calibrate.readers.table import MISSING, UNREADABLE, Table, instants
from twin.spec.problems import did_you_mean, shown

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
STAMPS: Final = ("updated", "opened", "resolved", "closed", "created")
NEW: Final = MEANINGS.index("new")


@dataclass
class Rows:
    """Rows of a table as integers: stamps in seconds (UTC), numbers of cases, states, groups; -1 for missing.

    most_bad_ratio  share of rows that may make no sense before the file is refused.
    order  rows sorted by case, time and count of updates; bad  the rows set aside so far, by their number.
    """

    table: Table
    column_map: ColumnMap
    most_bad_ratio: float = 1.0
    stamps: dict[str, Ints] = field(default_factory=dict)
    bad: dict[int, BadRow] = field(default_factory=dict)
    hidden: Mask = field(default_factory=lambda: np.zeros(0, bool))

    def __post_init__(self) -> None:
        codes = self.table.codes
        self.case, self.cases = codes("case")
        self.state, self.states = codes("state")
        self.priority, self.priorities = codes("priority")
        self.group, self.groups = codes("group")
        self.resolver, self.resolvers = codes("resolver")
        meanings = [MEANINGS.index(self.column_map.states.get(name, "new")) for name in self.states]
        self.meaning = np.array([*meanings, -1], np.int8)[self.state]
        for name in STAMPS:
            absent = np.full(len(self.table), MISSING)
            column = self.table.columns.get(name)
            layout = self.column_map.time_formats, self.column_map.time_zone
            self.stamps[name] = absent if column is None else instants(column, *layout)
        sequence = self.table.columns.get("sequence")
        numbers = None if sequence is None else pd.to_numeric(sequence, errors="coerce").fillna(-1).to_numpy()
        if "opened" not in self.table.columns:
            self.stamps["opened"] = self._first_updates()
        self.sequence = np.zeros(len(self.table), np.int64) if numbers is None else numbers.astype(np.int64)
        self.order = np.lexsort((self.sequence, self.stamps["updated"], self.case))
        self.hidden = np.zeros(len(self.table), bool)

    def _first_updates(self) -> Ints:
        updated, readable = self.stamps["updated"], self.stamps["updated"] > UNREADABLE
        first = np.full(len(self.cases) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, self.case[readable], updated[readable])
        return np.where(readable, first[self.case], updated)

    def hide_after(self, known_at: int) -> None:
        """Leave what an export at that second would have shown: rows written before it, and no later stamp in them.

        Raises ReadError if nothing is left.
        """
        self.hidden = self.stamps["updated"] >= known_at
        if self.hidden.all():
            raise ReadError(f"{self.table.file}: no row is older than the instant to read it as of; name a later one")
        for name in ("resolved", "closed"):
            self.stamps[name] = np.where(self.stamps[name] >= known_at, MISSING, self.stamps[name])

    def is_good(self) -> Mask:
        """True for rows neither set aside nor hidden."""
        good = ~self.hidden
        good[list(self.bad)] = False
        return good

    def refuse(self, mask: Mask, reason: Callable[[int], str], remedy: str | Callable[[int], str]) -> None:
        """Set aside the rows of the mask that were not set aside before. ReadError if they become too many."""
        found = np.flatnonzero(mask & self.is_good()).tolist()
        count, total = len(self.bad) + len(found), int((~self.hidden).sum())
        is_refused = bool(found) and (count > self.most_bad_ratio * total or count == total)
        for row in found[:1] if is_refused else found:
            case = self.cases[self.case[row]] if self.case[row] >= 0 else ""
            told = remedy if isinstance(remedy, str) else remedy(row)
            self.bad[row] = BadRow(self.table.file, self.table.row_of(row), case, reason(row), told)
        if is_refused:
            limit = f"at least {count} of {total} rows make no sense, more than {self.most_bad_ratio:g} of them may"
            raise ReadError(f"{self.bad[min(self.bad)]} ({limit if count < total else 'no row makes sense'})")

    def text(self, column: str, row: int) -> str:
        """What is written in a cell, in quotes."""
        return shown(str(self.table.columns[column].iloc[row]))

    def name(self, column: str) -> str:
        """The file's name of a column."""
        return str(getattr(self.column_map.columns, column))


def set_bad_rows_aside(rows: Rows) -> None:
    """Put every row that makes no sense into `rows.bad`. ReadError if they are too many."""
    _unreadable(rows)
    _contradictory_stamps(rows)
    _out_of_order(rows)


def _unreadable(rows: Rows) -> None:
    for column, codes in (("case", rows.case), ("state", rows.state)):
        rows.refuse(codes < 0, lambda _, c=column: f"no {rows.name(c)}", "every row needs one")  # type: ignore[misc]
    for name, stamps in rows.stamps.items():
        rows.refuse(
            stamps == UNREADABLE,
            lambda row, name=name: f"{rows.name(name)} {rows.text(name, row)} is no time",  # type: ignore[misc]
            "write it like 2016-02-29 01:16:00 or 29/2/2016 01:16, or give its form in time_formats of the column map",
        )
    for name in ("updated", "opened"):
        is_missing = rows.stamps[name] == MISSING
        rows.refuse(is_missing, lambda _, name=name: f"no {rows.name(name)}", "every row needs one")  # type: ignore[misc]
    known = rows.column_map.states
    rows.refuse(
        _picked(rows.state, [name not in known for name in rows.states]),
        lambda row: f"unknown state {rows.text('state', row)}",
        lambda row: f"{did_you_mean(rows.states[rows.state[row]], known)}; say in the column map what it means",
    )
    levels = rows.column_map.priorities
    rows.refuse(
        _picked(rows.priority, [bool(levels) and name not in levels for name in rows.priorities]),
        lambda row: f"unknown priority {rows.text('priority', row)}",
        lambda row: f"{did_you_mean(rows.priorities[rows.priority[row]], levels)}; list it in the column map",
    )
    has_priority = np.zeros(len(rows.cases) + 1, bool)
    has_priority[rows.case[(rows.priority >= 0) & rows.is_good()]] = True
    rows.refuse(~has_priority[rows.case], lambda _: "no row of the incident has a priority", "every incident needs one")


def _picked(codes: Ints, flags: list[bool]) -> Mask:
    return np.array([*flags, False], bool)[codes]


def _contradictory_stamps(rows: Rows) -> None:
    good, opened = rows.is_good(), rows.stamps["opened"]
    first = np.full(len(rows.cases) + 1, MISSING)
    known = np.flatnonzero(good)[::-1]
    first[rows.case[known]] = opened[known]
    rows.refuse(good & (opened != first[rows.case]), lambda row: f"opened at {rows.text('opened', row)}, other rows "
                "of this incident say otherwise", "an incident opens once; correct it")  # fmt: skip
    pairs = (("resolved", "opened"), ("closed", "opened"), ("closed", "resolved"), ("updated", "opened"),
             ("updated", "created"))  # fmt: skip
    for later, earlier in pairs:
        after, before = rows.stamps[later], rows.stamps[earlier]
        rows.refuse(
            (after != MISSING) & (before != MISSING) & (after < before),
            lambda row, later=later, earlier=earlier: (  # type: ignore[misc]
                f"{rows.name(later)} {rows.text(later, row)} is before {rows.name(earlier)} {rows.text(earlier, row)}"
            ),
            "correct one of them, or the column map if these columns mean something else",
        )


def _out_of_order(rows: Rows) -> None:
    order = rows.order[rows.is_good()[rows.order]]
    same = np.concatenate([[False], np.diff(rows.case[order]) == 0])
    back = np.concatenate([[False], np.diff(rows.sequence[order]) < 0]) & same
    behind = dict(zip(order[1:].tolist(), order[:-1].tolist(), strict=True))
    rows.refuse(
        _at(rows, order[back]),
        lambda row: (
            f"update {rows.sequence[row]} at {rows.text('updated', row)} comes after update "
            f"{rows.sequence[behind[row]]} at {rows.text('updated', behind[row])}"
        ),
        "time and count of updates contradict each other; correct one of them",
    )
    if rows.column_map.returns_to_new:
        return
    order = order[rows.is_good()[order]]
    moved = np.cumsum(rows.meaning[order] != NEW)
    start = np.concatenate([[True], np.diff(rows.case[order]) != 0])
    before = np.maximum.accumulate(np.where(start, moved - (rows.meaning[order] != NEW), 0))
    rows.refuse(
        _at(rows, order[(rows.meaning[order] == NEW) & (moved > before)]),
        lambda row: f"state {rows.text('state', row)} at {rows.text('updated', row)} after work on it had begun",
        "say in the column map that this state is active, or correct the order",
    )


def _at(rows: Rows, chosen: Ints) -> Mask:
    mask = np.zeros(len(rows.table), bool)
    mask[chosen] = True
    return mask


def file_of(source: str | Path) -> Path:
    """The path of a source. ReadError if there is no such file."""
    path = Path(source)
    if not path.is_file():
        raise ReadError(f"{path}: no such file; check the path")
    return path
