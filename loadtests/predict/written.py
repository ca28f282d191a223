"""What is predicted for the levels to be measured, written to disk before; and afterwards with their own demand."""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadtests.crew import mix_of
from loadtests.plan import Plan
from loadtests.predict.light import LightLoad, busy_s, pace_beside
from loadtests.predict.model import Dealt, Prediction, by_mva, by_usl, dealt_to, demand_s, knee_of, scaled
from loadtests.predict.windows import by_pace, simulated
from loadtests.summary import summarise
from twin.calibrate.requests.evidence import evidence
from twin.calibrate.requests.fit import Calibration
from twin.calibrate.requests.hindrance import met_at
from twin.calibrate.requests.record import read_load_test


def settle_of(hold_s: float) -> float:
    """How long a level settles before it is measured."""
    return min(20.0, hold_s / 5)


def window_of(hold_s: float) -> float:
    """How long a level is measured, after it has settled."""
    return hold_s - settle_of(hold_s)


@dataclass(frozen=True)
class Windows:
    """What to predict: numbers of users, each held for `hold_s`, by `reps` simulated windows of a calibration."""

    light: LightLoad
    plan: Plan
    users: list[int]
    hold_s: float
    reps: int

    @property
    def found(self) -> Calibration:
        """The calibration itself."""
        return self.light.found

    @property
    def settle_s(self) -> float:
        """How long each level settles."""
        return settle_of(self.hold_s)

    @property
    def length_s(self) -> float:
        """How long each level is measured."""
        return window_of(self.hold_s)

    def plan_at(self, level: int) -> Plan:
        """The plan of a level, counted from 0: each deals other cards."""
        return self.plan.model_copy(update={"seed": self.plan.seed + 1 + level})

    def dealt(self, level: int, per_s: float) -> Dealt:
        """The cards that a level will deal."""
        return dealt_to(self.plan_at(level), self.hold_s * per_s)


def write_predictions(folder: Path, what: Windows, lights: Sequence[tuple[float, float]]) -> None:
    """Write to disk, with the time, what is predicted for each pace that the machine may have, and by the scalability
    law, before any measurement.

    lights  users and transactions per second at the long levels of the calibration.
    """
    found, light, plan = what.found, what.light, what.plan
    rows = by_usl(lights, plan, what.users)
    if found.speed_s:
        for level, row in enumerate(one for one in by_mva(found, plan, what.users) if one.measure == "per_s"):
            rows += by_pace(
                found, what.plan_at(level), row.users, what.settle_s, what.length_s, light.scatter_cv, what.reps,
                level, what.dealt(level, row.estimate),
            )  # fmt: skip
    facts = {
        "knee_users": knee_of(found, plan), "estimator": found.estimator,
        "felt": light.felt, "change_cv": light.change_cv, "scatter_cv": light.scatter_cv,
        "light_ratio": max(users for users, _ in lights) / knee_of(found, plan),
        "workers": found.limits.workers, "speed_s": found.speed_s,
        "witness": light.witness and {"cpu_s": light.witness.cpu_s.tolist(), "cost": light.witness.cost},
        "background": found.limits.stations["core"].background,
        "demand_s": demand_s(found, mix_of(plan)), "hindrance": asdict(found.hindrance),
    }  # fmt: skip
    write(folder / "predictions.json", rows, facts)


def write_beside(folder: Path, what: Windows, level: int) -> None:
    """Write to disk, with the time, what is predicted for a level, counted from 0, at the pace of the light load beside
    it, which has just ended; the level's measurement has not begun."""
    pace = pace_beside(beside(folder, level), what.found)
    now, plan, users = scaled(what.found, pace), what.plan_at(level), what.users[level]
    by_theory = by_mva(now, plan, [users])
    rows = simulated(
        now, plan, users, what.settle_s, what.length_s, what.light.change_cv, reps=what.reps, seed=plan.seed,
        dealt=what.dealt(level, by_theory[0].estimate),
    )  # fmt: skip
    write(predicted(folder, level), [*rows, *by_theory], {"pace": pace})


def write_own(folder: Path, what: Windows) -> None:
    """Simulate each measured level with the CPU seconds its own transactions used: the structure by itself."""
    found = what.found
    at_rest = found.limits.stations["core"].background
    rows: list[Prediction] = []
    for level, users in enumerate(what.users):
        record = read_load_test(measured(folder, level))
        seen = evidence(record, record.levels, found.limits)
        (row,) = [row for row in summarise(measured(folder, level)) if not row.verb]
        dealt = what.dealt(level, row.per_s)
        used_s = busy_s(record, 0, at_rest) / max(row.count, 1)
        mix = dealt.mix(round(row.per_s * what.settle_s), round(row.per_s * what.hold_s))
        own = scaled(found, used_s / demand_s(found, mix, met_at(seen, record.levels[0]))[0])
        rows += simulated(
            own, what.plan_at(level), users, what.settle_s, what.length_s, 0.0, reps=what.reps, seed=1 + level,
            method="own demand", dealt=dealt, used_s=used_s,
        )  # fmt: skip
    write(folder / "own_demand.json", rows, {})


def beside(folder: Path, level: int) -> Path:
    """The record of the light load right before a level, counted from 0."""
    return folder / f"beside-{level + 1}"


def predicted(folder: Path, level: int) -> Path:
    """The file of what was predicted for a level after that."""
    return folder / f"predictions-{level + 1}.json"


def measured(folder: Path, level: int) -> Path:
    """The record of a level."""
    return folder / f"measured-{level + 1}"


def write(file: Path, rows: list[Prediction], facts: dict[str, Any]) -> None:
    """Predictions as JSON, on disk when this returns, with the time they were written."""
    text = json.dumps({"written_at": time.time(), **facts, "predictions": [asdict(row) for row in rows]}, indent=1)
    aside = file.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(file)
