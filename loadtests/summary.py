"""A run in numbers: throughput, response and errors per level, from the raw record."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loadtests.journal import read_run

FEWEST_FOR_P99 = 1000
HEADS = ("done", "per s", "mean s", "p50", "p95", "p99", "refused", "errors")
MEASURED = ("ok", "refused", "error", "timeout", "reset")


@dataclass(frozen=True, slots=True)
class Window:
    """One level of a run, measured from its settling on: [from_at, to_at) in microseconds since 1970."""

    label: str
    amount: float
    from_at: int
    to_at: int

    @property
    def length_s(self) -> float:
        """How long it was measured."""
        return (self.to_at - self.from_at) / 1e6


@dataclass(frozen=True, slots=True)
class Summary:
    """One level, or one verb of a level: completed transactions, response in seconds from the intended start.

    p99_s is None below 1,000 samples; unfinished  due in the window and never answered.
    """

    label: str
    verb: str
    amount: float
    count: int
    per_s: float
    mean_s: float | None
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    refused_ratio: float
    error_ratio: float
    unfinished: int


def windows(folder: Path) -> list[Window]:
    """The levels of a run that have a measured part. Raises FileNotFoundError when the run never started."""
    told = json.loads((folder / "levels.json").read_text(encoding="utf-8"))
    start = told["started_at"]
    return [
        Window(label, amount, start + round(1e6 * (start_s + settle_s)), start + round(1e6 * end_s))
        for label, start_s, end_s, amount, settle_s, *_ in told["levels"]
        if end_s > start_s + settle_s
    ]


def summarise(folder: Path) -> list[Summary]:
    """For each level: all transactions together (verb ""), then each verb."""
    _, table = read_run(folder)
    columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
    found = []
    for window in windows(folder):
        verbs = sorted(set(columns["verb"]) - {"log_in"})
        found += [row for verb in ["", *verbs] if (row := _summary(window, verb, columns)).count or not verb]
    return found


def _summary(window: Window, verb: str, columns: dict[str, Any]) -> Summary:
    is_mine = columns["verb"] == verb if verb else columns["verb"] != "log_in"
    done = is_mine & (columns["ended_at"] >= window.from_at) & (columns["ended_at"] < window.to_at)
    measured = done & np.isin(columns["outcome"], MEASURED)
    due = is_mine & (columns["intended_at"] >= window.from_at) & (columns["intended_at"] < window.to_at)
    outcomes = columns["outcome"][measured]
    response_s = (columns["ended_at"] - columns["intended_at"])[measured & (columns["outcome"] == "ok")] / 1e6
    count = int(measured.sum())
    quantiles = [float(np.quantile(response_s, q)) if len(response_s) else None for q in (0.5, 0.95, 0.99)]
    return Summary(
        window.label, verb, window.amount, count, count / window.length_s,
        float(response_s.mean()) if len(response_s) else None, quantiles[0], quantiles[1],
        quantiles[2] if len(response_s) >= FEWEST_FOR_P99 else None,
        float(np.mean(outcomes == "refused")) if count else 0.0,
        float(np.mean((outcomes != "ok") & (outcomes != "refused"))) if count else 0.0,
        int((due & ~np.isin(columns["outcome"], MEASURED)).sum()),
    )  # fmt: skip


def table(rows: list[Summary]) -> str:
    """The levels for people: one line each."""
    heads = f"{'level':>8} " + " ".join(f"{head:>7}" for head in HEADS)
    return "\n".join([heads, *(_line(row) for row in rows if not row.verb)])


def _line(row: Summary) -> str:
    times = " ".join(map(_s, (row.mean_s, row.p50_s, row.p95_s, row.p99_s)))
    return f"{row.label:>8} {row.count:7d} {row.per_s:7.2f} {times} {row.refused_ratio:7.2%} {row.error_ratio:7.2%}"


def as_json(rows: list[Summary]) -> list[dict[str, Any]]:
    """The rows as plain data."""
    return [asdict(row) for row in rows]


def _s(seconds: float | None) -> str:
    return f"{seconds:7.3f}" if seconds is not None else f"{'-':>7}"
