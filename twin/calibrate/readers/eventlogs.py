"""Event logs in XES (IEEE 1849) and OCEL 2.0 (JSON or XML), streamed into the columns a column map reads."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError, iterparse

import pandas as pd

from twin.calibrate.readers.column_map import ColumnMap
from twin.calibrate.readers.report import ReadError
from twin.calibrate.readers.table import Table
from twin.spec.problems import did_you_mean, one_line, shown

CASE: Final = "case"  # the name a column map uses for the trace (XES) or object (OCEL) an event belongs to
_OPTIONAL: Final = ("created", "sequence", "actor", "level")


def is_event_log(path: Path) -> bool:
    """Whether a file is an event log by its name: .xes, .jsonocel, .xmlocel, .json or .xml, perhaps with .gz."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith((".xes", ".jsonocel", ".xmlocel", ".json", ".xml"))


def read_event_log(path: Path, column_map: ColumnMap) -> Table:
    """The mapped columns of an event log. Attributes of an event go before those of its case, which are called by
    their key, or by "case:" and their key.

    Raises ReadError if the file can't be read or lacks an attribute.
    """
    rows = list(_events(path))
    if not rows:
        raise ReadError(f"{path}: holds no event; export at least one")
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns, absent = {}, []
    for meaning, name in column_map.columns.model_dump().items():
        if name in names:
            columns[meaning] = pd.Series([row.get(name) for row in rows], dtype=str)
        elif name is not None and meaning in _OPTIONAL:
            absent.append(name)
        elif name is not None:
            raise ReadError(f"{path}: no event has {shown(name)} (for {meaning}); {did_you_mean(name, names)}")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Table(str(path), digest, columns, tuple(absent))


def _events(path: Path) -> Iterator[dict[str, str]]:
    opener: Any = gzip.open if path.name.endswith(".gz") else open
    name = path.name.lower().removesuffix(".gz")
    try:
        with opener(path, "rb") as file:
            if name.endswith((".json", ".jsonocel")):
                yield from _ocel_json(json.load(file), path)
            elif name.endswith(".xes"):
                yield from _xes(file)
            else:
                yield from _ocel_xml(file)
    except (OSError, EOFError, ParseError, ValueError, KeyError) as error:
        if isinstance(error, ReadError):
            raise
        raise ReadError(one_line(f"{path}: is no event log: {error}; export it as XES or OCEL 2.0")) from None


def _xes(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Events of the traces of an XES log; each trace is forgotten when it is done."""
    depth: list[str] = []
    for step, element in iterparse(file, ("start", "end")):
        tag = element.tag.rsplit("}", 1)[-1]
        if step == "start":
            depth.append(tag)
            continue
        depth.pop()
        if tag == "trace":
            yield from _trace(element)
            element.clear()


def _trace(trace: Element) -> Iterator[dict[str, str]]:
    of_case = _attributes(trace)
    case = of_case.get("concept:name", "")
    known = {**of_case, **{f"case:{key}": value for key, value in of_case.items()}, CASE: case}
    for event in trace:
        if event.tag.rsplit("}", 1)[-1] == "event":
            yield _timed({**known, **_attributes(event), CASE: case})


def _attributes(element: Element) -> dict[str, str]:
    return {
        child.attrib["key"]: child.attrib["value"]
        for child in element
        if "key" in child.attrib and "value" in child.attrib
    }


def _timed(row: dict[str, str]) -> dict[str, str]:
    """The row with its ISO time as local text without zone, in whole seconds of UTC if it had one."""
    for key in ("time:timestamp", "time"):
        if key in row:
            at = pd.Timestamp(row[key])
            row[key] = (at.tz_convert("UTC") if at.tzinfo else at).strftime("%Y-%m-%d %H:%M:%S")
    return row


def _ocel_json(log: Any, path: Path) -> Iterator[dict[str, str]]:
    """One row per event and object it concerns. Source: OCEL 2.0 specification, section 7 (JSON)."""
    if not isinstance(log, dict) or not {"events", "objects"} <= log.keys():
        raise ReadError(f"{path}: has no events and objects; export it as OCEL 2.0")
    kind = {one["id"]: str(one["type"]) for one in log["objects"]}
    static = {one["id"]: {a["name"]: str(a["value"]) for a in one.get("attributes", [])} for one in log["objects"]}
    for event in log["events"]:
        own = {a["name"]: str(a["value"]) for a in event.get("attributes", [])}
        for related in event.get("relationships", []):
            target = related["objectId"]
            yield _timed({
                **static.get(target, {}), **own, CASE: target, "object_type": kind.get(target, ""),
                "activity": str(event["type"]), "time": str(event["time"]),
            })  # fmt: skip


def _ocel_xml(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """The same from XML, where objects stand before events. Source: OCEL 2.0 specification, section 6 (XML)."""
    kind: dict[str, str] = {}
    static: dict[str, dict[str, str]] = {}
    for _, element in iterparse(file, ("end",)):
        tag = element.tag.rsplit("}", 1)[-1]
        if tag not in ("object", "event") or "id" not in element.attrib:
            continue
        parts = [one for one in element.iter() if one.tag.rsplit("}", 1)[-1] == "attribute"]
        own = {one.attrib["name"]: one.text or "" for one in parts}
        if tag == "object":
            kind[element.attrib["id"]], static[element.attrib["id"]] = element.attrib.get("type", ""), own
        else:
            related = [one.attrib["object-id"] for one in element.iter() if "object-id" in one.attrib]
            for target in related:
                yield _timed({
                    **static.get(target, {}), **own, CASE: target, "object_type": kind.get(target, ""),
                    "activity": element.attrib.get("type", ""), "time": element.attrib["time"],
                })  # fmt: skip
        element.clear()
