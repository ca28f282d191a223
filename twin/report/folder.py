"""The run folder: everything one run leaves behind, written aside and renamed, never half there."""

import json
import math
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from twin import __version__
from twin.decide.account import Account
from twin.decide.compare import Comparison
from twin.eventlog.log import EventLog, read_log, write_log
from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.measures.cells import Cell
from twin.spec.load import Loaded
from twin.spec.problems import Problem
from twin.spec.scenario import Scenario
from twin.spec.tags import Assumption
from twin.units import finite

MANIFEST = "manifest.json"
SHARES = "shares.json"


def slug(name: str) -> str:
    """The name as a part of a path."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "run"


@contextmanager
def written_aside(folder: Path) -> Iterator[Path]:
    """A new folder to fill; it takes the place of `folder` when all is written, and vanishes if anything fails.

    Raises ValueError if `folder` holds something that is not a run folder, or can't be written.
    """
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or (folder / MANIFEST).is_file())):
        raise ValueError(f"{folder}: exists and is no run folder; name another one with --out")
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        aside.mkdir(parents=True)
    except OSError as error:
        raise ValueError(f"{folder}: can't be written ({error.strerror}); name another folder with --out") from error
    try:
        yield aside
        if folder.exists():
            folder.rename(old)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_manifest(about: Any, folder: Path) -> None:
    """Write what a folder holds as its manifest.json: the mark of a folder that may be replaced."""
    (folder / MANIFEST).write_text(json.dumps(about, indent=1, allow_nan=False), encoding="utf-8")


def row_object(row: Row) -> dict[str, Any]:
    """A row of the tidy table as plain data; bounds that do not exist are null and `note` says why."""
    return dict(finite(asdict(row)))


def write_run(
    result: Result, loaded: Loaded, log: EventLog, folder: Path, shares: Mapping[str, Any] | None = None
) -> None:
    """Fill a new run folder: manifest.json, scenario.json, measures.parquet, replications.npy, log.parquet; and
    shares.json if a sensitivity analysis was made beside it."""
    from twin.experiment.table import to_frame

    (folder / "scenario.json").write_text(result.scenario.model_dump_json(indent=1))
    manifest = {
        "version": __version__,
        "scenario": result.scenario.name,
        "file": loaded.path.name if loaded.path else None,
        "digest": loaded.digest,
        "seed": result.seed,
        "engine": result.engine,
        "replications": result.replications,
        "confidence": result.confidence,
        "cells": [
            [cell.name, [list(pair) for pair in cell.where], cell.unit, cell.kind, cell.p] for cell in result.cells
        ],
        "assumptions": [asdict(one) for one in loaded.ledger],
        "warnings": [asdict(one) for one in loaded.warnings],
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True))
    to_frame(result.rows()).to_parquet(folder / "measures.parquet")
    with (folder / "replications.npy").open("wb") as file:
        np.save(file, result.raw)
    write_log(log, folder / "log.parquet")
    if shares is not None:
        (folder / SHARES).write_text(json.dumps(shares, indent=1))


def read_shares(folder: Path) -> dict[str, Any] | None:
    """The sensitivity analysis in a run folder, None if there is none."""
    path = folder / SHARES
    return dict(json.loads(path.read_text())) if path.exists() else None


def read_run(folder: Path) -> tuple[Result, Loaded, EventLog]:
    """What `write_run` wrote. Raises ValueError if the folder is no run folder of this version."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        scenario = Scenario.model_validate_json((folder / "scenario.json").read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder}: no folder of twin run; name one that twin run wrote") from error
    cells = tuple(Cell(name, tuple(map(tuple, where)), *rest) for name, where, *rest in manifest["cells"])
    raw = np.load(folder / "replications.npy")
    result = Result(scenario, manifest["seed"], manifest["engine"], cells, raw, manifest["confidence"])
    ledger = [Assumption(**{**one, "range": one["range"] and tuple(one["range"])}) for one in manifest["assumptions"]]
    path = Path(manifest["file"]) if manifest["file"] else None
    warnings = [Problem(**one) for one in manifest.get("warnings", [])]
    return result, Loaded(scenario, ledger, warnings, path, manifest["digest"]), read_log(folder / "log.parquet")


def measures_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The tidy table as a list of objects."""
    return [row_object(row) for row in rows]


def account_object(account: Account, kind: str) -> dict[str, Any]:
    """An account as plain data: the period, its measures, and those of the months."""
    return {
        "kind": kind,
        "version": __version__,
        "source": account.source,
        "recorded": account.recorded,
        "period": account.period.name,
        "notes": list(account.notes),
        "measures": measures_json(account.period.result.rows()),
        "months": {month.name: measures_json(month.result.rows()) for month in account.months},
    }


def comparison_object(comparison: Comparison, loadeds: Sequence[Loaded]) -> dict[str, Any]:
    """A comparison as plain data: what was compared, and the paired differences to the first scenario."""
    base = comparison.results[0]
    return {
        "scenarios": [
            {"scenario": result.scenario.name, "digest": loaded.digest, "measures": measures_json(result.rows())}
            for result, loaded in zip(comparison.results, loadeds, strict=True)
        ],
        "seed": base.seed,
        "engine": base.engine,
        "replications": base.replications,
        "differences": [
            {
                "scenario": difference.name,
                "to": base.scenario.name,
                "measures": [
                    {**row_object(row), "variance_reduction": None if math.isinf(gain) or math.isnan(gain) else gain}
                    for row, gain in zip(difference.rows, difference.variance_reduction, strict=True)
                ],
            }
            for difference in comparison.differences
        ],
    }
