"""What is predicted for the levels to be measured, written to disk before; and afterwards with their own demand."""

import json
import math
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from loadtests.crew import mix_of
from loadtests.plan import Plan
from loadtests.predict.light import LightLoad, busy_s
from loadtests.predict.model import Prediction, by_mva, by_usl, dealt_to, demand_s, knee_of, scaled
from loadtests.predict.windows import by_pace, simulated
from loadtests.summary import summarise
from twin.calibrate.requests.evidence import evidence
from twin.calibrate.requests.fit import Calibration
from twin.calibrate.requests.hindrance import met_at
from twin.calibrate.requests.record import read_load_test


def settle_of(hold_s: float) -> float:
    """How long a level settles before it is measured."""
    return min(20.0, hold_s / 5)


@dataclass(frozen=True)
class Windows:
    """What to predict: numbers of users, each held for `hold_s`, by `reps` simulated windows of a calibration."""

    found: Calibration
    plan: Plan
    users: list[int]
    hold_s: float
    reps: int


def write_predictions(folder: Path, what: Windows, light: LightLoad, steady: Sequence[int]) -> None:
    """Write all predictions to disk, with the time; the measurement has not begun. Where nothing is said of the pace,
    they are for that of the calibration's last minutes.

    steady  levels of the calibration that came without bursts.
    """
    found, plan, users, settle_s = what.found, what.plan, what.users, settle_of(what.hold_s)
    now = scaled(found, light.pace_now)
    by_theory = by_mva(now, plan, users)
    dealt = dealt_to(plan, [what.hold_s * row.estimate for row in by_theory if row.measure == "per_s"])
    length_s, either_cv = what.hold_s - settle_s, math.hypot(light.drift_cv, light.scatter_cv)
    rows = simulated(now, plan, users, settle_s, length_s, either_cv, reps=what.reps, dealt=dealt)
    if found.speed_s:
        rows += by_pace(found, plan, users, settle_s, length_s, light.scatter_cv, what.reps, dealt)
    levels = [row for row in summarise(folder / "calibration") if not row.verb]
    lights = [(levels[k].amount, levels[k].per_s) for k in steady]
    rows += [*by_theory, *by_usl(lights, plan, users)]
    facts = {
        "knee_users": knee_of(now, plan), "estimator": found.estimator, "pace_now": light.pace_now,
        "drift_cv": light.drift_cv, "scatter_cv": light.scatter_cv,
        "light_ratio": max(users for users, _ in lights) / knee_of(now, plan),
        "workers": found.limits.workers, "speed_s": found.speed_s,
        "witness_usual_s": light.witness_usual_s, "background": found.limits.stations["core"].background,
        "demand_s": demand_s(found, mix_of(plan)), "hindrance": asdict(found.hindrance),
    }  # fmt: skip
    write(folder / "predictions.json", rows, facts)


def write_own(folder: Path, what: Windows) -> None:
    """Simulate each measured level with the CPU seconds its own transactions used: the structure by itself."""
    found, plan, settle_s = what.found, what.plan, settle_of(what.hold_s)
    record = read_load_test(folder / "measured")
    seen = evidence(record, record.levels, found.limits)
    levels = [row for row in summarise(folder / "measured") if not row.verb]
    dealt = dealt_to(plan, [row.per_s * what.hold_s for row in levels])
    at_rest = found.limits.stations["core"].background
    predict = partial(simulated, reps=what.reps, method="own demand")
    rows: list[Prediction] = []
    for k, row in enumerate(levels):
        used_s = busy_s(record, k, at_rest) / max(row.count, 1)
        mix = dealt[k].mix(round(row.per_s * settle_s), round(row.per_s * what.hold_s))
        own = scaled(found, used_s / demand_s(found, mix, met_at(seen, record.levels[k]))[0])
        rows += predict(
            own, plan, [round(row.amount)], settle_s, what.hold_s - settle_s, 0.0, dealt=[dealt[k]], used_s=[used_s]
        )
    write(folder / "own_demand.json", rows, {})


def write(file: Path, rows: list[Prediction], facts: dict[str, Any]) -> None:
    """Predictions as JSON, on disk when this returns, with the time they were written."""
    text = json.dumps({"written_at": time.time(), **facts, "predictions": [asdict(row) for row in rows]}, indent=1)
    aside = file.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(file)
