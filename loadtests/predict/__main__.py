"""make predict: calibrate a server at light load, write predictions down, measure, and compare on one page.

The server is a Tryton of its own, or with --running the one of the plan, pinned to --server-core by whoever started it.
The load generator is pinned to another core: two cores at least. Use a quiet machine.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml

from loadtests.plan import Plan, Witness, read_plan
from loadtests.predict.compare import as_json, points, read_repeat, verdict
from loadtests.predict.levels import as_steps, light_levels
from loadtests.predict.light import REST_S, calibrated, rough_knee
from loadtests.predict.model import knee_of
from loadtests.predict.page import write_page
from loadtests.predict.written import (
    Windows,
    beside,
    measured,
    settle_of,
    window_of,
    write_beside,
    write_own,
    write_predictions,
)
from loadtests.processes import end_in_order, run_to_end
from loadtests.summary import summarise
from loadtests.targets.tryton.dataset import Size
from loadtests.targets.tryton.instance import Instance
from loadtests.targets.tryton.prepare import prepare
from loadtests.targets.tryton.release import Release

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "loadtests" / "plans" / "predict.yaml"

HEAVY = (0.6, 0.95, 1.3)  # of the users at the knee, where predictions are held against measurements
PILOT_PER_S, PILOT_S = 4.0, 60.0  # transactions: enough to tell the knee by, and light load for most
BESIDE, BESIDE_HOLD = 0.4, 0.25  # of the users at the knee, right before each measurement; of the time it is held


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
    """One repeat: pilot, calibration, predictions to disk; then for each number of users a light load beside it,
    predictions for the machine's pace there to disk, measurement."""
    with server(options) as base:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("predictions*.json"):
            old.unlink()
        pilot = steps([math.ceil(PILOT_PER_S * base.think.mean)], PILOT_S)
        rough = rough_knee(load(base, folder / "pilot", options, pilot, REST_S), base)
        light = light_levels(base, rough, options.workers)
        calibration = load(base, folder / "calibration", options, as_steps(light), REST_S)
        known = calibrated(calibration, options.workers, window_of(options.hold))
        knee = knee_of(known.found, base)
        heavy = sorted({max(2, round(ratio * knee)) for ratio in HEAVY})
        windows = Windows(known, base, heavy, options.hold, options.reps)
        seen = [row for row in summarise(calibration) if not row.verb]
        lights = [(row.amount, row.per_s) for row, one in zip(seen, light, strict=True) if one.is_long]
        write_predictions(folder, windows, lights)
        for level, users in enumerate(heavy):
            plan, few = windows.plan_at(level), steps([max(1, int(BESIDE * knee))], BESIDE_HOLD * options.hold)
            load(plan, beside(folder, level), options, few)
            write_beside(folder, windows, level)
            load(plan, measured(folder, level), options, steps([users], options.hold))
        write_own(folder, windows)


@contextmanager
def server(options: argparse.Namespace) -> Iterator[Plan]:
    """The plan on the server to measure: its own, or a Tryton with a fresh copy of the data, removed afterwards."""
    if options.running:
        yield read_plan(options.plan)
        return
    store = options.store.resolve()
    release, cores = Release("7.0", store), (options.server_core,)
    instance = Instance(release, store / "instances" / "predict", options.port, options.workers, cores)
    witness = Instance(release, store / "instances" / "witness", options.port + 1, 1, cores)
    try:
        for one in (instance, witness):
            prepare(one, Size(options.items, 5), 1, say)
            one.start()
        yield base_plan(instance, witness, options.plan)
    finally:
        witness.remove()
        instance.remove()


def base_plan(instance: Instance, witness: Instance, file: Path) -> Plan:
    """The plan's users on this instance, and a second one that tells the machine's pace."""
    plan = read_plan(file)
    aside = Witness(url=witness.url, watch=str(witness.processes_file))
    known = {"url": instance.url, "watch": str(instance.processes_file), "witness": aside}
    return plan.model_copy(update={"target": plan.target.model_copy(update=known)})


def steps(users: list[int], hold_s: float) -> dict[str, Any]:
    """Numbers of users, one after the other, as a plan's load."""
    return {"shape": "steps", "amounts": users, "hold": f"{hold_s} s", "settle": f"{settle_of(hold_s)} s"}


def load(
    base: Plan, folder: Path, options: argparse.Namespace, shape: dict[str, Any], rest_s: float = 0.0
) -> Path:  # fmt: skip
    """The record of a load test with the plan's users and this load, after a rest."""
    say(f"{folder.name}: {', '.join(map(str, shape['amounts']))} users ...")
    told = {**base.model_dump(mode="json", exclude_none=True), "load": shape}
    file = folder.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    command = [sys.executable, "-m", "loadtests", "run", str(file), "--out", str(folder), "--json"]
    command += ["--core", str(options.core), "--server-core", str(options.server_core), "--awake"]
    command += ["--rest", str(rest_s)]
    with TemporaryFile("w+", encoding="utf-8") as words:
        if run_to_end(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=words):
            words.seek(0)
            raise RuntimeError(words.read().strip())
    return folder


def compare(folder: Path) -> Path:
    """The page over all repeats of a folder. Raises ValueError when there is none."""
    repeats = sorted(folder.glob("repeat-*"))
    if not repeats:
        raise ValueError(f"{folder}: holds no repeat; run without --page first")
    read = [read_repeat(one) for one in repeats]
    found = [p for k, (rows, measured, _) in enumerate(read, start=1) for p in points(k, rows, measured)]
    knee = sum(facts["knee_users"] for _, _, facts in read) / len(read)
    lines = verdict(found, knee, max(facts["light_ratio"] for _, _, facts in read))
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
    parser.add_argument("--hold", type=float, default=240.0, help="seconds at each number of users")
    parser.add_argument("--items", type=int, default=Size().items)
    parser.add_argument("--workers", type=int, default=4, help="requests the server works on at the same time")
    parser.add_argument("--port", type=int, default=8520)
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--core", type=int, default=1, help="the load generator's core")
    parser.add_argument("--reps", type=int, default=100, help="simulated windows a point")
    parser.add_argument("--store", type=Path, default=ROOT / ".targets")
    return parser


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
