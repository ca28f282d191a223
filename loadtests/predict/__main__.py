"""make predict: calibrate Tryton at light load, write predictions down, measure, and compare on one page.

Workers and database are pinned to one core, the load generator to another: two cores at least. Use a quiet machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from loadtests.plan import Plan, read_plan
from loadtests.predict.compare import as_json, points, read_repeat, verdict
from loadtests.predict.model import Prediction, by_mva, by_usl, demand_s, knee_of, mix_of, mixes_dealt, simulated
from loadtests.predict.page import write_page
from loadtests.summary import summarise
from loadtests.targets.tryton.dataset import Size
from loadtests.targets.tryton.instance import Instance
from loadtests.targets.tryton.prepare import prepare
from loadtests.targets.tryton.release import Release
from twin.calibrate.requests.fit import Calibration, calibrate_requests
from twin.calibrate.requests.hindrance import NONE
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import Record, read_load_test

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "loadtests" / "plans" / "predict.yaml"
LIGHT, BURSTS, HEAVY = (0.2, 0.4, 0.0, 0.3, 0.4, 0.0), 0.4, (0.6, 0.8, 0.95, 1.2, 1.5)  # of the knee; 0: bursts
BEAT = 2.5  # mean times to think between two bursts: most users are due again, and the core rests in between
PILOT_USERS = 4
MOST_AT_REST = 0.2
REST_S = 20.0  # before each load: what the core does when nobody is served
GROUP = "machine"  # all that the server's core does: kernel and short-lived database processes included


def main(arguments: list[str] | None = None) -> int:
    """Run all repeats, or only draw the page again; the exit code is 2 with one line when that cannot be done."""
    options = _parser().parse_args(arguments)
    folder: Path = options.out.resolve()
    try:
        if not options.page:
            for repeat in range(1, options.repeats + 1):
                run(folder / f"repeat-{repeat}", options)
        print(compare(folder))
    except (RuntimeError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def run(folder: Path, options: argparse.Namespace) -> None:
    """One repeat on a fresh copy of the data: pilot, calibration, predictions to disk, measurement."""
    store = options.store.resolve()
    instance = Instance(
        Release("7.0", store), store / "instances" / "predict", options.port, options.workers, (options.server_core,)
    )
    prepare(instance, Size(options.items, 5), 1, say)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        instance.start()
        base = base_plan(instance, options.plan)
        pilot = load(base, [PILOT_USERS], folder / "pilot", options, max(30.0, options.hold / 3))
        users = round(rough_knee(pilot, base))
        light = [max(1, round((ratio or BURSTS) * users)) for ratio in LIGHT]
        beats = [0.0 if ratio else BEAT * base.think.mean for ratio in LIGHT]
        load(base, light, folder / "calibration", options, options.hold, beats)
        found, drift_cv = calibrated(folder / "calibration", options)
        knee = knee_of(found, base)
        heavy = sorted({max(2, round(ratio * knee)) for ratio in HEAVY})
        write_predictions(folder, found, base, heavy, drift_cv, options)
        load(base, heavy, folder / "measured", options, options.hold)
        write_own(folder, found, base, options)
    finally:
        instance.remove()


def base_plan(instance: Instance, file: Path) -> Plan:
    """The plan's users on this instance."""
    plan = read_plan(file)
    target = plan.target.model_copy(update={"url": instance.url, "watch": str(instance.folder / "running.json")})
    return plan.model_copy(update={"target": target})


def load(
    base: Plan, users: list[int], folder: Path, options: argparse.Namespace, hold_s: float, beats: Sequence[float] = ()
) -> Path:
    """The record of a load test with these numbers of users; beats  in seconds, of those who come in bursts."""
    say(f"{folder.name}: {', '.join(map(str, users))} users, {hold_s:g} s each ...")
    told = base.model_dump(mode="json", exclude_none=True)
    told["load"] = {
        "shape": "steps", "amounts": users, "hold": f"{hold_s} s", "settle": f"{settle_of(hold_s)} s",
        "beats": [f"{beat} s" for beat in beats],
    }  # fmt: skip
    file = folder.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    command = [sys.executable, "-m", "loadtests", "run", str(file), "--out", str(folder), "--json"]
    command += ["--core", str(options.core), "--server-core", str(options.server_core), "--awake"]
    command += ["--rest", str(REST_S)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return folder


def settle_of(hold_s: float) -> float:
    """How long a level settles before it is measured."""
    return min(20.0, hold_s / 5)


def rough_knee(pilot: Path, plan: Plan) -> float:
    """Users at the knee by the pilot's CPU seconds per transaction on one core."""
    record = read_load_test(pilot)
    (row,) = [row for row in summarise(pilot) if not row.verb]
    if not row.count:
        raise RuntimeError("the pilot answered nothing; see its locust.log")
    return max(10.0, plan.think.mean * row.count / busy_s(record, 0, background(record)) + 1)


def background(record: Record) -> float:
    """Share of the server's core that was busy before the load began. Raises RuntimeError on a busy machine."""
    series = record.usage[GROUP]
    begin = float(series.at_s[0])
    busy = max(0.0, float(series.grown(np.array([begin + 1.0, begin + REST_S - 1.0]))[0]) / (REST_S - 2.0))
    if busy > MOST_AT_REST:
        raise RuntimeError(f"the server's core was {busy:.0%} busy before any load; measure again on a quiet machine")
    return busy


def busy_s(record: Record, level: int, at_rest: float) -> float:
    """Seconds of the server's core within a level, as if nothing but the requests were there."""
    one = record.levels[level]
    grown = float(record.usage[GROUP].grown(np.array([one.from_s, one.to_s]))[0])
    return (grown - at_rest * one.length_s) / (1.0 - at_rest)


def calibrated(folder: Path, options: argparse.Namespace) -> tuple[Calibration, float]:
    """The calibration of a record, and how much the machine's speed drifted meanwhile (coefficient of variation)."""
    record = read_load_test(folder)
    limits = Limits.model_validate({
        "users": "closed", "workers": options.workers,
        "stations": {"core": {"cores": 1, "groups": [GROUP], "background": background(record)}},
    })  # fmt: skip
    return calibrate_requests([record], limits), drift_of(record)


def drift_of(record: Record) -> float:
    """Coefficient of variation of the machine's speed between half minutes; 0 without a probe."""
    if record.speed is None:
        return 0.0
    at, value = record.speed.T
    blocks = [np.median(value[at // 30 == block]) for block in np.unique(at // 30)]
    return float(np.std(blocks) / np.mean(blocks))


def write_predictions(
    folder: Path, found: Calibration, plan: Plan, users: list[int], drift_cv: float, options: argparse.Namespace
) -> None:
    """Write all predictions to disk, with the time; the measurement has not begun."""
    settle_s = settle_of(options.hold)
    by_theory = by_mva(found, plan, users)
    amounts = [options.hold * row.estimate for row in by_theory if row.measure == "per_s"]
    rows = simulated(found, plan, users, settle_s, options.hold - settle_s, drift_cv, reps=options.reps,
                     dealt=mixes_dealt(plan, amounts))  # fmt: skip
    levels = [row for row in summarise(folder / "calibration") if not row.verb]
    light = [(row.amount, row.per_s) for row, ratio in zip(levels, LIGHT, strict=True) if ratio]
    rows += [*by_theory, *by_usl(light, plan, users)]
    facts = {
        "knee_users": knee_of(found, plan), "estimator": found.estimator, "drift_cv": drift_cv,
        "light_ratio": max(users for users, _ in light) / knee_of(found, plan),
        "speed_s": found.speed_s, "background": found.limits.stations["core"].background,
        "demand_s": demand_s(found, mix_of(plan)), "hindrance": asdict(found.hindrance),
    }  # fmt: skip
    write(folder / "predictions.json", rows, facts)


def write_own(folder: Path, found: Calibration, plan: Plan, options: argparse.Namespace) -> None:
    """Simulate each measured level with the CPU seconds its own transactions used: the structure by itself."""
    record, settle_s = read_load_test(folder / "measured"), settle_of(options.hold)
    levels = [row for row in summarise(folder / "measured") if not row.verb]
    found = replace(found, hindrance=NONE)
    dealt = mixes_dealt(plan, [row.per_s * options.hold for row in levels])
    at_rest = found.limits.stations["core"].background
    rows: list[Prediction] = []
    for k, row in enumerate(levels):
        factor = busy_s(record, k, at_rest) / max(row.count, 1) / demand_s(found, dealt[k])[0]
        own = scaled(found, factor)
        rows += simulated(own, plan, [round(row.amount)], settle_s, options.hold - settle_s, 0.0, reps=options.reps,
                          method="own demand", dealt=[dealt[k]])  # fmt: skip
    write(folder / "own_demand.json", rows, {})


def scaled(found: Calibration, factor: float) -> Calibration:
    """The calibration with all work times a factor."""
    steps = tuple(
        replace(s, mean_s=s.mean_s * factor, low_s=s.low_s * factor, high_s=s.high_s * factor) for s in found.steps
    )
    return replace(found, steps=steps)


def write(file: Path, rows: list[Prediction], facts: dict[str, Any]) -> None:
    """Predictions as JSON, on disk when this returns, with the time they were written."""
    text = json.dumps({"written_at": time.time(), **facts, "predictions": [asdict(row) for row in rows]}, indent=1)
    aside = file.with_suffix(".new")
    with aside.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    aside.replace(file)


def compare(folder: Path) -> Path:
    """The page over all repeats of a folder. Raises ValueError when there is none."""
    repeats = sorted(folder.glob("repeat-*"))
    if not repeats:
        raise ValueError(f"{folder}: holds no repeat; run without --page first")
    read = [read_repeat(one) for one in repeats]
    found = [p for k, (rows, measured, _) in enumerate(read, start=1) for p in points(k, rows, measured)]
    knee = float(np.mean([facts["knee_users"] for _, _, facts in read]))
    lines = verdict(found, knee)
    (folder / "comparison.json").write_text(json.dumps(as_json(found, lines), indent=1), encoding="utf-8")
    return write_page(folder / "page.html", found, lines, knee, [facts for _, _, facts in read])


def say(text: str) -> None:
    """Words for people, on standard error."""
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests.predict", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "predict")
    parser.add_argument("--plan", type=Path, default=PLAN, help="who does what, and how long they think")
    parser.add_argument("--page", action="store_true", help="only draw the page again")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--hold", type=float, default=120.0, help="seconds at each number of users")
    parser.add_argument("--items", type=int, default=Size().items)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--port", type=int, default=8520)
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--core", type=int, default=1, help="the load generator's core")
    parser.add_argument("--reps", type=int, default=40, help="simulated windows a point")
    parser.add_argument("--store", type=Path, default=ROOT / ".targets")
    return parser


if __name__ == "__main__":
    sys.exit(main())
