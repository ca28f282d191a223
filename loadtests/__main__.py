"""A load test from its plan: load, the probe beside it, and the raw record and its summary in one folder.

python -m loadtests run loadtests/plans/steps.yaml --out runs/steps
python -m loadtests show runs/steps
python -m loadtests run PLAN --machines 2 --listen ADDRESS    # and on two others:
python -m loadtests join PLAN --machines 2 --master ADDRESS
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loadtests.crew import mixes
from loadtests.journal import seal
from loadtests.openly import left_out
from loadtests.plan import TargetAddress, read_plan
from loadtests.processes import end_in_order, run_to_end
from loadtests.summary import as_json, summarise, table
from loadtests.targets.base import refuse_strangers, target_of
from loadtests.witness import LINES

ROOT = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Run, join or show; the exit code is 2 with a line for each problem when that cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        return {"run": _run, "join": _join, "show": _show}[options.verb](options)
    except (RuntimeError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    plan = read_plan(options.place)
    refuse_strangers(plan.target.url, options.owned)
    if plan.target.witness is not None:
        refuse_strangers(plan.target.witness.url, options.owned)
    target = target_of(plan.target.address)
    said = [mix.words(who, plan.target.kind) for who, mix in mixes(plan, target).items()] if plan.load else []
    for words in filter(None, [*said, left_out(plan, target.verbs.keys())]):
        print(words, file=sys.stderr)
    folder = _new_folder(options)
    with (
        _awake(options) as awake,
        _witness(plan.target, folder),
        _probe(plan.target, folder, options.server_core, awake),
    ):
        time.sleep(options.rest)
        if options.machines:
            print(f"waiting for {options.machines} machines at {options.listen}:{options.port}", file=sys.stderr)
        code = _load(options, folder, _manner(options))
    for journal in folder.glob("journal-*.tsv"):  # of processes that were killed
        seal(journal)
    rows = summarise(folder)
    (folder / "summary.json").write_text(json.dumps(as_json(rows), indent=1), encoding="utf-8")
    return _show(argparse.Namespace(place=folder, json=options.json)) or code


def _join(options: argparse.Namespace) -> int:
    """Make load for a master elsewhere, which gets the record; a copy stays here."""
    if not options.master or not options.machines:
        raise ValueError("say with --master which machine runs the test, and with --machines how many join it")
    refuse_strangers(read_plan(options.place).target.url, options.owned)
    place = ["--master-host", options.master, "--master-port", str(options.port)]
    return _load(options, _new_folder(options), ["--worker", *place, "--shares", str(options.machines), "--hand-over"])


def _new_folder(options: argparse.Namespace) -> Path:
    """An empty folder for a record, with the plan; an older record there goes. Raises ValueError for anything else."""
    folder: Path = options.out or ROOT / "runs" / f"load-{options.place.stem}"
    if folder.exists() and any(folder.iterdir()) and not (folder / "plan.yaml").is_file():
        raise ValueError(f"{folder} exists and is no record of a load test; name another one with --out")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(options.place, folder / "plan.yaml")
    return folder


def _manner(options: argparse.Namespace) -> list[str]:
    """Locust's options for who makes the load, and for its page. A master listens only where it is told to."""
    page = ["--autostart", "--autoquit", "0", "--web-host", "127.0.0.1", "--web-port", str(options.web)]
    words = ["--headless"] if options.web is None else page
    if options.machines or options.processes > 1:
        shares = options.machines or options.processes
        port = str(options.port)
        words += ["--shares", str(shares), "--master-bind-host", options.listen, "--master-bind-port", port]
        words += ["--master"] if options.machines else ["--processes", str(shares), "--master-port", port]
    return words


def _load(options: argparse.Namespace, folder: Path, manner: list[str]) -> int:
    """Locust's exit code; 0 also when requests failed, for failures are results."""
    command = [
        sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"), "--record", str(folder),
        "--plan", str(folder / "plan.yaml"), "--stop-timeout", "120", "--exit-code-on-error", "0", "--only-summary",
        "--loglevel", "WARNING", *manner,
    ]  # fmt: skip
    command += ["--i-own-this-target", options.owned] if options.owned else []
    if options.core is not None:
        command = ["taskset", "--cpu-list", str(options.core), *command]
    with (folder / "locust.log").open("wb") as words:
        code = run_to_end(command, cwd=ROOT, stdout=words, stderr=words, env=_environment())
    if code:
        said = (folder / "locust.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"the load generator ended with exit code {code}:\n{last_words(said)}")
    return code


def last_words(said: str) -> str:
    """The last errors that a log of Locust reports; without any, its end."""
    errors = [line for line in said.splitlines() if "/ERROR/" in line]
    return "\n".join(errors[-3:]) or said[-1500:]


@contextmanager
def _awake(options: argparse.Namespace) -> Iterator[int | None]:
    """Process id of the loop that keeps the server's core awake, ended by it; None when nobody asked for one."""
    if not options.awake:
        yield None
        return
    if options.server_core is None:
        raise ValueError("--awake needs the core to keep awake: give --server-core")
    loop = subprocess.Popen([sys.executable, "-m", "loadtests.awake", str(options.server_core)], cwd=ROOT)
    try:
        yield loop.pid
    finally:
        loop.send_signal(signal.SIGTERM)
        loop.wait(30)


@contextmanager
def _witness(target: TargetAddress, folder: Path) -> Iterator[None]:
    """The witness of the machine's pace, from its first answer on; nothing when the plan names none."""
    if target.witness is None:
        yield
        return
    lines, words = folder / LINES, folder / "witness.log"
    command = [sys.executable, "-m", "loadtests.witness", str(folder), str(folder / "plan.yaml")]
    with words.open("wb") as errors:
        witness = subprocess.Popen(command, env=_environment(), stderr=errors)
    try:
        while witness.poll() is None and not (lines.is_file() and lines.stat().st_size):
            time.sleep(0.2)
        if witness.poll() is None:
            yield
    finally:
        witness.send_signal(signal.SIGTERM)
        witness.wait(60)
    if witness.returncode:
        raise RuntimeError(words.read_text(encoding="utf-8", errors="replace").strip()[-1500:])


@contextmanager
def _probe(target: TargetAddress, folder: Path, core: int | None, awake: int | None) -> Iterator[None]:
    """The probe beside the load, ended by its process id; nothing when there is nothing to watch."""
    if target.watch is None and core is None:
        yield
        return
    command = [sys.executable, "-m", "loadtests.probe", str(folder)]
    command += [] if target.watch is None else ["--watch", str(Path(target.watch).resolve())]
    command += ["--counters", json.dumps(target.counters)]
    command += [] if core is None else ["--core", str(core)]
    command += [] if awake is None else ["--awake", str(awake)]
    probe = subprocess.Popen(command, cwd=ROOT, env=_environment())
    try:
        yield
    finally:
        probe.send_signal(signal.SIGTERM)
        probe.wait(30)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _show(options: argparse.Namespace) -> int:
    rows = summarise(options.place)
    print(json.dumps({"folder": str(options.place), "levels": as_json(rows)}) if options.json else table(rows))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    parser.add_argument("verb", choices=["run", "join", "show"])
    parser.add_argument("place", type=Path, help="run, join: a plan (YAML); show: the folder of a run")
    parser.add_argument("--out", type=Path, help="folder of the record (default: below runs/)")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--processes", type=int, default=1, help="load-generating processes on this machine")
    parser.add_argument("--machines", type=int, default=0, help="how many other machines make the load")
    parser.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS", help="run: where the others reach it")
    parser.add_argument("--master", metavar="ADDRESS", help="join: the machine that runs the test")
    parser.add_argument("--port", type=int, default=5557, help="of the master (default 5557)")
    parser.add_argument("--web", type=int, metavar="PORT", help="Locust's own page while it runs, on this port")
    parser.add_argument("--core", type=int, help="pin the load generator to this core")
    parser.add_argument("--server-core", type=int, help="the core the server is pinned to, for the speed probe")
    parser.add_argument("--awake", action="store_true", help="keep that core from idling, which makes it slow")
    parser.add_argument("--rest", type=float, default=0.0, metavar="SECONDS", help="probe this long before any load")
    parser.add_argument("--i-own-this-target", dest="owned", metavar="HOST", help="load a host other than this one")
    return parser


if __name__ == "__main__":
    end_in_order()
    sys.exit(main())
