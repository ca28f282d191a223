"""How cost grows: with tickets, staff, components, replications, features left unused, overload, and workers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from twin.bench.help_desk import A60, YEAR_DAYS
from twin.bench.ours import FAMILIES, WholePath
from twin.experiment.replicate import replicate

Changes = Mapping[str, Any]
Case = tuple[str, Changes]


@dataclass(frozen=True)
class Growth:
    """One line of a table: CPU milliseconds of set-up and of a replication, log rows, nanoseconds a row.

    relative  nanoseconds a row, divided by those of the first line.
    """

    label: str
    set_up_ms: float
    cpu_ms: float
    rows: int
    ns_per_row: float
    relative: float


def _staffed(tickets_per_day: int, factor: int) -> Changes:
    heads = {f"support.tiers.L{k}.shifts.always.heads": n * factor for k, n in enumerate(A60.heads, start=1)}
    return {"demand.tickets.incident.arrivals.rate": f"{tickets_per_day} / day", **heads}


def _components(count: int) -> Changes:
    part = {"mtbf": "2000 h", "monitoring": {"every": "5 min"}, "repair": {"ticket": "incident", "priority": "P3"}}
    return {"deployment.components": {f"part{k}": part for k in range(count)}} if count else {}


def _unused() -> Changes:
    law = {"mean": "1 h", "cv": 1}
    visit = {
        "triage": "5 min", "work": law, "wait_customer": {"probability": 0.3, "duration": law},
        "wait_vendor": {"probability": 0.1, "duration": law},
    }  # fmt: skip
    changed: dict[str, Any] = {}
    for k in range(10):
        changed[f"demand.tickets.spare{k}"] = {
            "queue": f"spare{k}", "priority": "P2", "patience": law, "follow_up": "1 h",
            "reopen": {"probability": 0.1, "after": law}, "visits": {f"spare{k}": visit},
        }  # fmt: skip
        changed[f"support.tiers.spare{k}"] = {
            "serves": [f"spare{k}"], "preempt": "P1", "at_shift_end": "pause", "shifts": {"always": {"heads": 3}},
        }  # fmt: skip
    changed["deployment.components"] = {"app": {"units": 3, "needed": 2}, "db": {"units": 2, "redundancy": "standby"}}
    changed["deployment.functions"] = {"search": {"needs": ["app", "db"]}}
    changed["changes"] = {"upgrade": {
        "components": ["app"], "at": "2036-01-05T20:00", "work": "3 h", "failure": 0.1, "rollback": "1 h",
        "hazard": {"factor": 3, "half_life": "5 d"},
        "surges": [{"ticket": "incident", "factor": 1, "half_life": "1 w"}],
    }}  # fmt: skip
    return changed


TABLES: Final[dict[str, tuple[Case, ...]]] = {
    "tickets a day (staff in proportion)": tuple((f"{60 * k:,}", _staffed(60 * k, k)) for k in (1, 10, 100)),
    "staff (60 tickets a day)": tuple((f"{9 * k:,}", _staffed(60, k)) for k in (1, 10, 100)),
    "components (each fails every 2,000 h)": tuple((f"{count:,}", _components(count)) for count in (0, 10, 100, 1000)),
    "features": (
        ("those of the model", {}),
        ("and 10 classes, 10 lines, 2 components, a change, all unused", _unused()),
    ),
    "load (staff 4/3/2)": (("60 a day", {}), ("600 a day, without end", _staffed(600, 1))),
}


def growth(title: str, days: int = YEAR_DAYS, passes: int = 5) -> list[Growth]:
    """The lines of one of the TABLES: medians over interleaved passes of the whole path."""
    paths = [WholePath(A60.scenario(days, changed)) for _, changed in TABLES[title]]
    samples = [[path.run(range(k, k + 1)) for path in paths] for k in range(passes + 1)][1:]
    lines: list[Growth] = []
    for k, ((label, _), path) in enumerate(zip(TABLES[title], paths, strict=True)):
        column = [samples_of_pass[k] for samples_of_pass in samples]
        cpu_ms, rows = 1e3 * median(one.cpu_s for one in column), int(median(one.rows for one in column))
        per_row = median(1e9 * one.cpu_s / one.rows for one in column)
        relative = per_row / (lines[0].ns_per_row if lines else per_row)
        lines.append(Growth(label, 1e3 * path.set_up_s, cpu_ms, rows, per_row, relative))
    return lines


def replications_growth(counts: tuple[int, ...], days: int = YEAR_DAYS) -> list[tuple[int, float]]:
    """How many replications, and CPU milliseconds each, one worker, measures and intervals included."""
    scenario, lines = A60.scenario(days), []
    for count in counts:
        start = time.process_time()
        replicate(scenario, reps=count, workers=1, families=FAMILIES).rows()
        lines.append((count, 1e3 * (time.process_time() - start) / count))
    return lines


def worker_gain(replications: int, days: int = YEAR_DAYS, passes: int = 3) -> tuple[float, float, float]:
    """Elapsed seconds with one worker and with two, and the median of their ratios over interleaved passes."""
    scenario = A60.scenario(days)

    def elapsed(workers: int) -> float:
        start = time.perf_counter()
        replicate(scenario, reps=replications, workers=workers, families=FAMILIES)
        return time.perf_counter() - start

    pairs = [(elapsed(1), elapsed(2)) for _ in range(passes)]
    return median(one for one, _ in pairs), median(two for _, two in pairs), median(one / two for one, two in pairs)
