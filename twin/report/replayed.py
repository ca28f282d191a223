"""A replay for people and for files: the record beside what the simulation makes of the same incidents."""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twin import __version__
from twin.decide.replay import Compared, Replay
from twin.eventlog.log import write_log
from twin.report.folder import MANIFEST
from twin.report.words import number, percent
from twin.units import finite

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN: Final = ("attainment", "sojourn", "first_wait", "wait", "backlog", "handoffs", "reopened_ratio", "utilisation")
_COLUMNS: Final = {
    "recorded": "Recorded",
    "as_recorded": "Simulated, staffing of the time",
    "simulated": "Simulated, this staffing",
}
_NO_INTERVAL: Final = "one recorded history: no interval, nothing was repeated"


def render_replay(result: Replay, console: "Console") -> None:
    """Print what was read, the measures side by side, and what a replay can't know."""
    from rich.table import Table

    report = result.report
    console.print(
        f"{report.file}: {report.rows:,} rows, {report.cases:,} incidents, {len(report.bad):,} rows set aside"
    )
    for line in report.assumed:
        console.print(f"  taken for granted: {line}")
    table = Table(title="Recorded and simulated", caption=_NO_INTERVAL, title_justify="left", caption_justify="left")
    names = [name for name in _COLUMNS if name != "as_recorded" or not _is_one_staffing(result)]
    for heading in ("", *(_COLUMNS[name] for name in names)):
        table.add_column(heading, justify="right" if heading else "left")
    for one in _shown(result):
        what = " ".join([one.name.replace("_", " "), *one.where.values()])
        table.add_row(what, *(_text(getattr(one, name), one.unit) for name in names))
    console.print(table)
    console.print(result.sanity)
    if result.misses:
        console.print("The record's breaches are not reproduced; no other staffing is answered for:")
    for miss in result.misses:
        console.print(f"  {miss}")
    for unknown in result.unknowns:
        console.print(f"  can't be known: {unknown}")


def write_replay(result: Replay, folder: Path) -> dict[str, Any]:
    """Fill a run folder with the logs and measures of a replay; the manifest as plain data."""
    about = {
        "version": __version__,
        "source": result.report.file,
        "digest": result.report.digest,
        "rows": result.report.rows,
        "incidents": result.report.cases,
        "states": dict(result.report.states),
        "priorities": dict(result.report.priorities),
        "rows_set_aside": [asdict(row) for row in result.report.bad],
        "assumed": list(result.report.assumed),
        "unknown": list(result.unknowns),
        "sanity": result.sanity,
        "not_reproduced": list(result.misses),
        "note": _NO_INTERVAL,
        "measures": [
            {**finite(asdict(one)), **({"as_recorded": None} if _is_one_staffing(result) else {})}
            for one in result.measures
        ],
    }
    (folder / MANIFEST).write_text(json.dumps(about, indent=1, default=str, allow_nan=False))
    for name in ("recorded", "as_recorded", "simulated"):
        log = getattr(result, name)
        if log is not None:
            write_log(log, folder / f"{name}.parquet")
    return about


def _shown(result: Replay) -> Iterator[Compared]:
    for one in result.measures:
        is_overall = not one.where or "priority" in one.where or "tier" in one.where
        if one.name in _SHOWN and is_overall and not (math.isnan(one.recorded) and math.isnan(one.simulated)):
            yield one


def _is_one_staffing(result: Replay) -> bool:
    return result.as_recorded is result.simulated


def _text(value: float, unit: str) -> str:
    if math.isnan(value):
        return "-"
    return percent(value) if unit == "1" else f"{number(value)} {unit}"
