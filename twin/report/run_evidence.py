"""A run folder as evidence for a gate: what its replications show, with inputs that were taken as certain."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from twin.decide.evidence import Card, Evidence, Measured, read_evidence
from twin.experiment.table import Row
from twin.report.folder import MANIFEST, read_run

UNITS = {"1", "min", "h", "s", "d"}
EACH_RUN = "each_run."


def evidence_at(path: Path) -> Evidence:
    """The evidence of a file or folder: what a rehearsal wrote, or what `twin run` wrote.

    Raises ValueError with place and reason when it is neither.
    """
    is_run = path.is_dir() and not (path / "evidence.json").is_file() and (path / MANIFEST).is_file()
    return evidence_of_run(path) if is_run else read_evidence(path)


def evidence_of_run(folder: Path) -> Evidence:
    """Each measure of a run folder with its one-sided 95 % bounds, and as each_run.NAME its value in each replication.

    A target on each_run.availability with a share asks for the probability that a run keeps the limit.
    """
    result, loaded, _ = read_run(folder)
    rows = replace(result, confidence=0.9).rows()  # two-sided 90 % bounds are one-sided 95 % bounds
    raw = np.asarray(result.raw)
    measures = [_bounds(row) for row in rows]
    measures += [
        _each_run(row, raw[:, k, :]) for k, (row, cell) in enumerate(zip(rows, result.cells, strict=True))
        if cell.kind in ("mean", "ratio")
    ]  # fmt: skip
    assumed = sum(one.tag == "assumed" for one in loaded.ledger)
    card = Card(
        verification=["two engines that agree event for event, and closed forms, in the twin's own tests"],
        gaps=[f"{assumed} figures of {result.scenario.name} are assumed, not measured"] if assumed else [],
    )
    return Evidence(title=result.scenario.name, measures=measures, card=card)


def _bounds(row: Row) -> Measured:
    estimate, low, high = (None if np.isnan(x) else float(x) for x in (row.estimate, row.low, row.high))
    unit: Any = row.unit if row.unit in UNITS else ""
    return Measured(name=row.name, where=row.where, unit=unit, source="simulated", bounds=(estimate, low, high, row.n))


def _each_run(row: Row, pairs: Any) -> Measured:
    used = pairs[pairs[:, 1] > 0]
    values: list[list[float | None]] = [[float(top / bottom)] for top, bottom in used]
    unit: Any = row.unit if row.unit in UNITS else ""
    return Measured(name=f"{EACH_RUN}{row.name}", where=row.where, unit=unit, source="simulated", values=values)
