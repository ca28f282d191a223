"""Tables of dated things on items: incidents and changes of any ITIL tool, and change calendars in iCalendar form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.calibrate.readers.report import ReadError
from twin.calibrate.readers.rows import file_of
from twin.spec.problems import did_you_mean, shown

# Names that tools give the columns; the first one found counts.
CHANGES: Final[dict[str, tuple[str, ...]]] = {
    "item": ("ci_name", "cmdb_ci", "Configuration item", "CI Name (aff)", "item", "service"),
    "id": ("change_id", "number", "Change ID", "key", "id"),
    "kind": ("change_type", "type", "Change Type", "category", "kind"),
    "risk": ("risk", "Risk Assessment", "risk_level"),
    "board": ("cab", "cab_required", "CAB-approval needed"),
    "at": ("actual_start", "work_start", "Actual Start", "start_date", "planned_start", "start"),
    "planned": ("planned_start", "start_date", "Planned Start"),
}
INCIDENTS: Final[dict[str, tuple[str, ...]]] = {
    "item": ("ci_name", "cmdb_ci", "Configuration item", "CI Name (aff)", "item", "service"),
    "id": ("incident_id", "number", "Incident ID", "key", "id"),
    "at": ("open_time", "opened_at", "Open Time", "created", "start"),
}
_LABELS: Final = ("kind", "risk", "board")
_NUMBER: Final = re.compile(r"\s*[0-9]+$")
_NEEDED: Final = ("item", "at")
_LINE = re.compile(r"^([A-Za-z-]+)((?:;[^:]*)?):(.*)$")
_MOST_OCCURRENCES: Final = 2000


@dataclass(frozen=True)
class Dated:
    """Things that happened on items: at (datetime64[m]), item, id and labels (kind, its family: the kind without
    a number at its end, risk, board) where known.

    set_aside  rows without an item or a plausible time, with their reason and count.
    """

    at: NDArray[Any]
    item: NDArray[Any]
    id: NDArray[Any]
    labels: Mapping[str, NDArray[Any]]
    set_aside: Mapping[str, int]
    file: str

    def __len__(self) -> int:
        return len(self.at)


def read_dated(
    path: str | Path, names: Mapping[str, Sequence[str]], given: Mapping[str, str] | None = None,
    between: tuple[datetime, datetime] | None = None,
) -> Dated:  # fmt: skip
    """The dated rows of a CSV table or of an iCalendar file.

    names  meaning -> column names to look for; given  meaning -> column, instead. between  times outside are
    implausible. Raises ReadError if a needed column is missing or the file can't be read.
    """
    file = file_of(path)
    if file.suffix.lower() == ".ics":
        return _kept(_calendar(file), file, between)
    try:
        frame = pd.read_csv(file, dtype=str, encoding="utf-8-sig")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise ReadError(f"{file}: can't be read: {error}; export it as CSV with a header") from None
    found: dict[str, pd.Series[Any]] = {}
    for meaning, candidates in names.items():
        wanted = [given[meaning]] if given and meaning in given else list(candidates)
        column = next((name for name in wanted if name in frame.columns), None)
        if column is not None:
            found[meaning] = frame[column]
        elif meaning in _NEEDED or (given and meaning in given):
            near = did_you_mean(wanted[0], list(frame.columns))
            raise ReadError(f"{file}:1: no column {shown(wanted[0])} (for {meaning}); {near}")
    return _kept(pd.DataFrame(found), file, between)


def _kept(frame: pd.DataFrame, file: Path, between: tuple[datetime, datetime] | None) -> Dated:
    at = pd.to_datetime(frame["at"], errors="coerce", format="mixed")
    if "planned" in frame:
        planned = pd.to_datetime(frame["planned"], errors="coerce", format="mixed")
        doubtful = at.isna() if between is None else at.isna() | (at < between[0]) | (at >= between[1])
        at = at.where(~doubtful, planned)
    no_item, no_time = frame["item"].isna(), at.isna()
    outside = ~no_time & ((at < between[0]) | (at >= between[1])) if between else ~no_time & False
    kept = (~no_item & ~no_time & ~outside).to_numpy()
    aside = {"no item": int(no_item.sum()), "no time": int((no_time & ~no_item).sum()),
             "time outside the record": int((outside & ~no_item).sum())}  # fmt: skip
    frame = frame[kept]
    identity = frame["id"] if "id" in frame else pd.Series([str(k) for k in range(len(frame))], index=frame.index)
    labels = {name: frame[name].fillna("(none)").astype(str).to_numpy() for name in _LABELS if name in frame.columns}
    if "kind" in labels:
        labels["family"] = np.array([_NUMBER.sub("", kind) for kind in labels["kind"].tolist()], object)
    return Dated(
        at[kept].to_numpy().astype("datetime64[m]"), frame["item"].to_numpy(), identity.to_numpy(), labels,
        {reason: count for reason, count in aside.items() if count}, str(file),
    )  # fmt: skip


def _calendar(file: Path) -> pd.DataFrame:
    """Events of an iCalendar file; the item is LOCATION (or X-ITEM), the kind the first of CATEGORIES.

    Source: RFC 5545, sections 3.1 (unfolding), 3.6.1 and 3.8.5.3.
    """
    try:
        text = re.sub(r"\r?\n[ \t]", "", file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise ReadError(f"{file}: can't be read as UTF-8 text; export the calendar again") from None
    rows, event = [], None
    for number, line in enumerate(text.splitlines(), start=1):
        match = _LINE.match(line)
        name = match[1].upper() if match else ""
        if line.strip().upper() == "BEGIN:VEVENT":
            event = {"line": str(number)}
        elif line.strip().upper() == "END:VEVENT" and event is not None:
            rows += _occurrences(event, file)
            event = None
        elif match and event is not None:
            event[name] = match[3].replace("\\,", ",").replace("\\;", ";")
    if not rows:
        raise ReadError(f"{file}: holds no event; export a calendar with VEVENT entries")
    return pd.DataFrame(rows)


def _occurrences(event: dict[str, str], file: Path) -> list[dict[str, str | None]]:
    from dateutil.rrule import rrulestr

    try:
        start = pd.Timestamp(event["DTSTART"]).tz_localize(None).to_pydatetime()
    except (KeyError, ValueError):
        raise ReadError(f"{file}:{event['line']}: the event has no DTSTART that is a time; correct it") from None
    starts = [start]
    if "RRULE" in event:
        rule = rrulestr(event["RRULE"].replace("Z", ""), dtstart=start)
        starts = rule.between(start - timedelta(seconds=1), start + timedelta(days=3660))[:_MOST_OCCURRENCES]
    item = event.get("X-ITEM", event.get("LOCATION"))
    kind = event.get("CATEGORIES", "change").split(",")[0]
    return [
        {"at": one.isoformat(), "item": item, "id": event.get("UID", event["line"]), "kind": kind} for one in starts
    ]
