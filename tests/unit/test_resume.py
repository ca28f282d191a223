"""What is killed goes on where it was: nothing is measured twice, and the bytes are those of an undisturbed run."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.worlds import small_desk
from twin.cli import main
from twin.experiment.tasks import Checkpoint, Task
from twin.spec.scenario import Scenario

ROOT = Path(__file__).parents[2]
VARY = "support.tiers.L1.shifts.day.heads=2,3"
GUESS = "demand.tickets.how_to.arrivals.rate={value: 40 / day, assumed: a guess, range: [10 / day, 90 / day]}"
MONEY = '{"currency": "EUR", "wages": {"L1": {"per_hour": 40}}, "budget": {"per_year": 500000}}'
PATCH = '{"components": ["app"], "at": "2026-03-03T10:00", "work": "4 h"}'
LOAD = """
name: small
clock: {start: 2026-01-05, horizon: 1 h}
workload:
  length: 20 s
  warm_up: 2 s
  stations: {app: {servers: 2, nodes: 2}}
  transactions: {open: {steps: [{visit: app, work: {mean: 50 ms, cv: 1}}]}}
  personas: {user: {users: 20, think: 1 s, mix: {open: 1}}}
"""
COMMANDS = {
    "run": ["run", "desk.yaml", "--reps", "40"],
    "run --precision": ["run", "desk.yaml", "--precision", "availability=0.02"],
    "run --shares": ["run", "desk.yaml", "--reps", "4", "--shares", "sojourn", "--set", GUESS],
    "compare": ["compare", "desk.yaml", "desk.yaml", "--reps", "20"],
    "sweep": ["sweep", "desk.yaml", "--vary", VARY, "--reps", "20"],
    "sensitivity": ["sensitivity", "desk.yaml", "--measure", "sojourn", "--set", GUESS, "--points", "8"],
    "explain": ["explain", "desk.yaml", "--reps", "10"],
    "staff": ["staff", "desk.yaml", "--months", "10"],
    "schedule": ["schedule", "desk.yaml", "--set", f"changes.patch={PATCH}", "--reps", "10"],
    "packages": ["packages", "packages.yaml", "--reps", "10"],
    "frontier": ["frontier", "desk.yaml", "--set", f"money={MONEY}", "--vary", VARY, "--reps", "20"],
    "load": ["load", "load.yaml", "--reps", "2", "--fresh"],
    "health": ["health", "desk.yaml", "--reps", "20"],
    "audit": ["audit", "desk.yaml", "--reps", "20"],
}


class Stopped(KeyboardInterrupt):
    """The process dies here."""


@pytest.fixture
def count(monkeypatch):
    """Names of the tasks that were done; `count(limit)` stops the process before one more."""
    done, limit, real = list[str](), [10**9], Task.done

    def counted(task: Task):
        if len(done) >= limit[0]:
            raise Stopped
        done.append(task.name)
        return real(task)

    monkeypatch.setattr(Task, "done", counted)

    def until(most: int = 10**9) -> list[str]:
        done.clear()
        limit[0] = most
        return done

    return until


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def files(folder: Path) -> None:
    desk = small_desk().model_dump(mode="json")
    package = {"faster": {"about": "a head more", "without": {"support.tiers.L2.shifts.day.heads": 1}}}
    (folder / "desk.yaml").write_text(json.dumps(desk))
    (folder / "packages.yaml").write_text(json.dumps({**desk, "packages": package}))
    (folder / "load.yaml").write_text(LOAD)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_stopped_command_goes_on_where_it_was(name, count, tmp_path, monkeypatch, capsys):
    def twin(out: str) -> int:
        words = [*COMMANDS[name], "--workers", "1", "-q", "--out", str(tmp_path / out / "run")]
        monkeypatch.setattr(sys, "argv", ["twin", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0)

    monkeypatch.chdir(tmp_path)
    files(tmp_path)
    done = count()
    assert twin("whole") == 0
    whole = sorted(done)
    assert len(whole) >= 2
    done = count(len(whole) // 2)
    assert twin("again") == 130
    before = list(done)
    assert len(list((tmp_path / "again" / ".checkpoints").glob("*.npy"))) == len(set(before)) > 0
    done = count()
    assert twin("again") == 0
    assert not set(before) & set(done)
    assert set(before) | set(done) == set(whole)
    assert bytes_of(tmp_path / "again") == bytes_of(tmp_path / "whole")


def test_a_stopped_backtest_goes_on_where_it_was(count, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "calibrate"))
    from learning import made_record

    from twin.calibrate.backtest import backtest
    from twin.calibrate.cohort import forecast_cohort
    from twin.calibrate.score import Target

    record, begin = made_record(), datetime(2026, 1, 5) + timedelta(weeks=6)

    def known_at(at: datetime):
        log, end = record.log, round((at - datetime(2026, 1, 5)).total_seconds() / 60)
        columns = {name: values[log.at < end] for name, values in log.columns().items()}
        return replace(record, log=replace(log, **columns, end_ticks=end))

    def trials(kept: Checkpoint | None = None):
        run = {"origins": 2, "reps": 21, "workers": 1, "checkpoint": kept}
        found = backtest(known_at, begin, begin + timedelta(weeks=2), [Target(8.0, True)], **run)
        return [one.packed().tobytes() for trial in found.trials for one in trial.futures]

    def courses(kept: Checkpoint | None = None):
        return [one.packed().tobytes() for one in forecast_cohort(record, reps=20, workers=1, checkpoint=kept).futures]

    for forecast, most in ((trials, 3), (courses, 1)):
        whole, kept = forecast(), Checkpoint(tmp_path / "kept")
        done = count(most)
        with pytest.raises(Stopped), kept:
            forecast(kept)
        assert len(done) == most
        done = count()
        with kept:
            assert forecast(kept) == whole
        assert len(done) == 1
        assert not kept.folder.exists()


def test_a_killed_sweep_of_two_processes_goes_on_with_the_same_bytes(tmp_path):
    files(tmp_path)
    words = [sys.executable, "-m", "twin.cli", "sweep", "desk.yaml", "--vary", VARY, "--reps", "800", "--workers", "2",
             "-q", "--out"]  # fmt: skip
    about = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    killed = subprocess.Popen([*words, "killed/run"], **about, start_new_session=True)
    kept = tmp_path / "killed" / ".checkpoints"
    for _ in range(1200):
        if kept.is_dir() and len(list(kept.glob("*.npy"))) >= 3:
            break
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed" / "run").exists()
    for folder in ("killed", "whole"):
        subprocess.run([*words, f"{folder}/run"], **about, check=True)
    assert bytes_of(tmp_path / "killed" / "run") == bytes_of(tmp_path / "whole" / "run")
    assert not kept.exists()


def test_a_changed_scenario_or_seed_finds_nothing(tmp_path):
    from twin.experiment.replicate import Order

    def name(scenario: Scenario, seed: int) -> str:
        return Order.of(scenario, seed).task(range(10)).name

    heads = {"support.tiers.L1.shifts.day.heads": 3}
    assert len({name(small_desk(), 1), name(small_desk(), 2), name(small_desk(**heads), 1)}) == 3
