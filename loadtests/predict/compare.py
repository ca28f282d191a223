"""Predictions held against what was measured: errors by method and measure, coverage, and the verdict by fixed bars."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from loadtests.plan import read_plan
from loadtests.predict.model import Prediction
from loadtests.predict.pace import Usual, pace_at
from loadtests.predict.windows import at_pace
from loadtests.predict.written import measured, predicted
from loadtests.summary import Summary, summarise

FEWEST_OF_A_VERB = 30
MEASURES = ("per_s", "mean_s", "p95_s", "p99_s")
# Largest mean absolute relative error of the simulator over the points, by what was known of machine and demands.
PREDICTED = {"per_s": 0.05, "mean_s": 0.10, "p95_s": 0.15, "p99_s": 0.20, "by transaction": 0.15}
BARS = {
    "simulator": PREDICTED,
    "simulator at pace": PREDICTED,
    "own demand": {"per_s": 0.01, "mean_s": 0.05},
}
RIVALS = {"simulator": ("mva", "usl"), "simulator at pace": ("mva at pace", "usl")}
SHOWN = {"mva": "MVA", "mva at pace": "MVA at pace", "usl": "USL"}
COVERAGE = (0.82, 0.97)
MOST_LIGHT = 0.4
ABOVE_KNEE_RATIO = 0.7
FIXED = "a small piece of fixed work, timed on the server's core all along,"
WITNESSED = "a second server on the same core, asked for the same fifty things again and again,"
WORDS = {
    "per_s": "throughput", "mean_s": "mean response", "p95_s": "p95", "p99_s": "p99",
    "by transaction": "mean response by transaction",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One prediction and what was measured for it, in one repeat."""

    repeat: int
    method: str
    users: int
    measure: str
    verb: str
    predicted: float
    low: float | None
    high: float | None
    measured: float

    @property
    def error(self) -> float:
        """Predicted over measured, minus 1."""
        return self.predicted / self.measured - 1

    @property
    def is_covered(self) -> bool | None:
        """Whether the measurement lies in the interval; None without one."""
        return None if self.low is None or self.high is None else self.low <= self.measured <= self.high


@dataclass(frozen=True, slots=True)
class Line:
    """One claim of the verdict: what is held against which bar."""

    claim: str
    value: float | None
    bar: str
    is_met: bool | None


def points(repeat: int, predictions: Iterable[Prediction], measured: Sequence[Summary]) -> list[Point]:
    """Predictions matched with measurements; transactions seen fewer than 30 times at a level are left out."""
    found = {(round(row.amount), row.verb): row for row in measured}
    matched = []
    for one in predictions:
        row = found.get((one.users, one.verb))
        value = getattr(row, one.measure) if row else None
        if row is None or not value or (one.verb and row.count < FEWEST_OF_A_VERB):
            continue
        matched.append(
            Point(repeat, one.method, one.users, one.measure, one.verb, one.estimate, one.low, one.high, value)
        )
    return matched


def errors(found: Sequence[Point], method: str, measure: str, by_verb: bool = False) -> list[float]:
    """Absolute relative errors of a method, all points and repeats."""
    return [abs(p.error) for p in found if (p.method, p.measure, bool(p.verb)) == (method, measure, by_verb)]


def verdict(found: Sequence[Point], knee_users: float, light_ratio: float) -> list[Line]:
    """Each bar with what was reached, by method; None where nothing was measured for it.

    light_ratio  the largest number of users at calibration over those at the knee.
    """
    light = Line("calibration: users, of those at the knee", light_ratio, "at most 40 %", light_ratio <= MOST_LIGHT)
    lines = [light]
    for method, bars in BARS.items():
        lines += [_error(found, method, measure, most) for measure, most in bars.items()]
        lines += [_coverage(found, method)] if method in RIVALS else []
        lines += [_beats(found, method, other, knee_users) for other in RIVALS.get(method, ())]
    return lines


def _error(found: Sequence[Point], method: str, measure: str, most: float) -> Line:
    by_verb = measure == "by transaction"
    values = errors(found, method, "mean_s" if by_verb else measure, by_verb)
    reached = float(np.mean(values)) if values else None
    bar = f"at most {100 * most:.0f} % on average"
    return Line(f"{method}: error of {WORDS[measure]}", reached, bar, None if reached is None else reached <= most)


def _coverage(found: Sequence[Point], method: str) -> Line:
    inside = [p.is_covered for p in found if p.method == method and p.is_covered is not None]
    reached = float(np.mean(inside)) if inside else None
    is_met = None if reached is None else COVERAGE[0] <= reached <= COVERAGE[1]
    return Line(f"{method}: points in 90 % intervals", reached, "82 % to 97 %", is_met)


def _beats(found: Sequence[Point], method: str, other: str, knee_users: float) -> Line:
    """Share of the points above 70 % of the knee where a method's mean response is nearer than another's."""
    high = [p for p in found if p.users >= ABOVE_KNEE_RATIO * knee_users and p.measure == "mean_s" and not p.verb]
    mine = {(p.repeat, p.users): abs(p.error) for p in high if p.method == method}
    theirs = {(p.repeat, p.users): abs(p.error) for p in high if p.method == other}
    both = mine.keys() & theirs.keys()
    reached = float(np.mean([mine[key] < theirs[key] for key in both])) if both else None
    claim = f"{method}: nearer than {SHOWN[other]} above 70 % of the knee"
    return Line(claim, reached, "at every point", None if reached is None else reached == 1.0)


def read_repeat(folder: Path) -> tuple[list[Prediction], list[Summary], dict[str, Any]]:
    """Predictions, measurements, and facts of one repeat: the server's kind, the plan's seed, knee_users, the share of
    it at which the calibration was made, and for each level its users, its seed, when its predictions were written and
    its measurement began, and the machine's pace right before and during it (None if nobody looked).

    Of the predictions for many paces, those for the pace that each level turned out to have.

    Raises ValueError when a measurement began before its predictions were on disk.
    """
    told = _read(folder / "predictions.json")
    rows = [Prediction(**row) for row in [*told["predictions"], *_read(folder / "own_demand.json")["predictions"]]]
    found: list[Summary] = []
    levels: list[dict[str, Any]] = []
    for level in range(len(list(folder.glob("predictions-*.json")))):
        right_before = _read(predicted(folder, level))
        levels.append(_level(measured(folder, level), right_before, told))
        rows += [Prediction(**row) for row in right_before["predictions"]]
        found += summarise(measured(folder, level))
    rows = [row for row in rows if row.pace is None] + [
        row for one in levels if one["pace"] for row in at_pace(rows, one["users"], one["pace"])
    ]
    target = read_plan(folder / "calibration.yaml").target
    facts = {name: told[name] for name in ("knee_users", "light_ratio")}
    facts |= {"levels": levels, "server": target.kind, "pace_by": FIXED if target.witness is None else WITNESSED}
    return rows, found, facts


def _level(record: Path, right_before: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    made = _read(record / "levels.json")
    began = made["started_at"] / 1e6
    if began < right_before["written_at"]:
        raise ValueError(f"{record}: began before its predictions were written; measure again")
    usual = told["witness"] and Usual(np.array(told["witness"]["cpu_s"]), told["witness"]["cost"])
    return {
        "users": round(made["levels"][0][3]), "seed": read_plan(record / "plan.yaml").seed,
        "written_at": right_before["written_at"], "began_at": began, "pace_before": right_before["pace"],
        "pace": pace_at(record, told["workers"], told["speed_s"], usual, told["felt"]),
    }  # fmt: skip


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def as_json(found: Sequence[Point], lines: Sequence[Line]) -> dict[str, object]:
    """Points and verdict as plain data."""
    return {"points": [asdict(p) for p in found], "verdict": [asdict(line) for line in lines]}
