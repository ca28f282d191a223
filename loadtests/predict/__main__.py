"""make predict: calibrate a server at light load, write predictions down, measure, and compare on one page.

The server is a Tryton of its own, or with --running the one of the plan, pinned to --server-core by whoever started it.
The load generator is pinned to another core: two cores at least. Use a quiet machine.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from loadtests.plan import Plan, read_plan
from loadtests.predict.compare import as_json, points, read_repeat, verdict
from loadtests.predict.light import REST_S, busy_s, calibrated, rough_knee
from loadtests.predict.model import (
    Prediction,
    by_mva,
    by_usl,
    dealt_to,
    demand_s,
    knee_of,
    mix_of,
    scaled,
)
from loadtests.predict.page import write_page
from loadtests.predict.windows import by_pace, simulated
from loadtests.summary import summarise
from loadtests.targets.tryton.dataset import Size
from loadtests.targets.tryton.instance import Instance
from loadtests.targets.tryton.prepare import prepare
from loadtests.targets.tryton.release import Release
from twin.calibrate.requests.evidence import evidence
from twin.calibrate.requests.fit import Calibration
from twin.calibrate.requests.hindrance import met_at
from twin.calibrate.requests.record import read_load_test

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "loadtests" / "plans" / "predict.yaml"
LIGHT, HEAVY = (0.2, 0.0, 0.4, 0.0, 0.3, 0.0, 0.4), (0.6, 0.8, 0.95, 1.2, 1.5)  # of the users at the knee; 0: bursts
IN_A_BURST, BURSTS = 2, 0.3  # users to a worker who are due at each beat, of so many
PILOT_USERS = 4


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
    """One repeat: pilot, calibration, predictions to disk, measurement."""
    with server(options) as base:
        folder.mkdir(parents=True, exist_ok=True)
        pilot = load(base, [PILOT_USERS], folder / "pilot", options, max(30.0, options.hold / 3))
        users = round(rough_knee(pilot, base))
        crowd = IN_A_BURST * options.workers
        light = [max(1, round((ratio or BURSTS) * users)) for ratio in LIGHT]
        beats = [0.0 if ratio else base.think.mean * crowd / (BURSTS * users) for ratio in LIGHT]
        load(base, light, folder / "calibration", options, options.hold, beats)
        is_steady = [ratio > 0 for ratio in LIGHT]
        found, drift_cv, scatter_cv = calibrated(folder / "calibration", options.workers, is_steady)
        knee = knee_of(found, base)
        heavy = sorted({max(2, round(ratio * knee)) for ratio in HEAVY})
        write_predictions(folder, found, base, heavy, (drift_cv, scatter_cv), options)
        load(base, heavy, folder / "measured", options, options.hold)
        write_own(folder, found, base, options)


@contextmanager
def server(options: argparse.Namespace) -> Iterator[Plan]:
    """The plan on the server to measure: its own, or a Tryton with a fresh copy of the data, removed afterwards."""
    if options.running:
        yield read_plan(options.plan)
        return
    store = options.store.resolve()
    instance = Instance(
        Release("7.0", store), store / "instances" / "predict", options.port, options.workers, (options.server_core,)
    )
    prepare(instance, Size(options.items, 5), 1, say)
    try:
        instance.start()
        yield base_plan(instance, options.plan)
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


def write_predictions(
    folder: Path, found: Calibration, plan: Plan, users: list[int], unsure: tuple[float, float],
    options: argparse.Namespace,
) -> None:  # fmt: skip
    """Write all predictions to disk, with the time; the measurement has not begun.

    unsure  drift of the machine's speed, and scatter at its pace (coefficients of variation).
    """
    drift_cv, scatter_cv = unsure
    either_cv = math.hypot(drift_cv, scatter_cv)
    settle_s = settle_of(options.hold)
    by_theory = by_mva(found, plan, users)
    amounts = [options.hold * row.estimate for row in by_theory if row.measure == "per_s"]
    dealt = dealt_to(plan, amounts)
    length_s = options.hold - settle_s
    rows = simulated(found, plan, users, settle_s, length_s, either_cv, reps=options.reps, dealt=dealt)
    if found.speed_s:
        rows += by_pace(found, plan, users, settle_s, length_s, scatter_cv, options.reps, dealt)
    levels = [row for row in summarise(folder / "calibration") if not row.verb]
    light = [(row.amount, row.per_s) for row, ratio in zip(levels, LIGHT, strict=True) if ratio]
    rows += [*by_theory, *by_usl(light, plan, users)]
    facts = {
        "knee_users": knee_of(found, plan), "estimator": found.estimator,
        "drift_cv": drift_cv, "scatter_cv": scatter_cv,
        "light_ratio": max(users for users, _ in light) / knee_of(found, plan),
        "speed_s": found.speed_s, "background": found.limits.stations["core"].background,
        "demand_s": demand_s(found, mix_of(plan)), "hindrance": asdict(found.hindrance),
    }  # fmt: skip
    write(folder / "predictions.json", rows, facts)


def write_own(folder: Path, found: Calibration, plan: Plan, options: argparse.Namespace) -> None:
    """Simulate each measured level with the CPU seconds its own transactions used: the structure by itself."""
    record, settle_s = read_load_test(folder / "measured"), settle_of(options.hold)
    seen = evidence(record, record.levels, found.limits)
    levels = [row for row in summarise(folder / "measured") if not row.verb]
    dealt = dealt_to(plan, [row.per_s * options.hold for row in levels])
    at_rest = found.limits.stations["core"].background
    rows: list[Prediction] = []
    for k, row in enumerate(levels):
        used_s = busy_s(record, k, at_rest) / max(row.count, 1)
        mix = dealt[k].mix(round(row.per_s * settle_s), round(row.per_s * options.hold))
        own = scaled(found, used_s / demand_s(found, mix, met_at(seen, record.levels[k]))[0])
        rows += simulated(own, plan, [round(row.amount)], settle_s, options.hold - settle_s, 0.0, reps=options.reps,
                          method="own demand", dealt=[dealt[k]], used_s=[used_s])  # fmt: skip
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


def compare(folder: Path) -> Path:
    """The page over all repeats of a folder. Raises ValueError when there is none."""
    repeats = sorted(folder.glob("repeat-*"))
    if not repeats:
        raise ValueError(f"{folder}: holds no repeat; run without --page first")
    read = [read_repeat(one) for one in repeats]
    found = [p for k, (rows, measured, _) in enumerate(read, start=1) for p in points(k, rows, measured)]
    knee = sum(facts["knee_users"] for _, _, facts in read) / len(read)
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
    parser.add_argument("--running", action="store_true", help="the plan's own server, running on --server-core alone")
    parser.add_argument("--page", action="store_true", help="only draw the page again")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--hold", type=float, default=120.0, help="seconds at each number of users")
    parser.add_argument("--items", type=int, default=Size().items)
    parser.add_argument("--workers", type=int, default=4, help="requests the server works on at the same time")
    parser.add_argument("--port", type=int, default=8520)
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--core", type=int, default=1, help="the load generator's core")
    parser.add_argument("--reps", type=int, default=100, help="simulated windows a point")
    parser.add_argument("--store", type=Path, default=ROOT / ".targets")
    return parser


if __name__ == "__main__":
    sys.exit(main())
