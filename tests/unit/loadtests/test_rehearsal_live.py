"""A rehearsal under way: breaches announced as they happen, metrics for a monitoring system, and an end on Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from plm_server import plm_server
from rehearsing import plan_file

from loadtests.journal import Journal, now
from loadtests.rehearsal.live import Breach, Live, broken
from loadtests.rehearsal.watch import Ended, Tail
from twin.decide.goals import Goal

ROOT = Path(__file__).parents[3]
TARGETS = [
    Goal(name="fast", measure="response", at_most="2 s", share="50 %"),  # type: ignore[arg-type]
    Goal(name="whole", measure="errors", at_most="10 %"),  # type: ignore[arg-type]
    Goal(name="later", measure="hypercare_availability", at_least="99 %"),  # type: ignore[arg-type]
]


def answered(journal: Journal, outcome: str, count: int, wait_s: float = 0.0) -> None:
    for _ in range(count):
        at = now()
        number = journal.begin_transaction(1, "p", "search", at - round(1e6 * wait_s), at)
        journal.end_transaction(number, at, outcome)


def test_breaches_are_announced_when_they_begin_and_when_they_end(tmp_path: Path) -> None:
    said: list[str] = []
    shown: list[str] = []
    live, journal, tail = Live(TARGETS, 4, said.append, shown.append), Journal(tmp_path), Tail(tmp_path, 10.0)

    def second() -> None:
        tail.read()
        live.second("steps 1", "new", tail)

    answered(journal, "ok", 8)
    second()
    assert said == []
    answered(journal, "error", 2)
    second()
    second()
    assert said == ["breach: steps 1, new system: whole: 2 of the last 10 transactions"]
    answered(journal, "ok", 15)
    second()
    assert said[1].startswith("kept again: steps 1, new system: whole, after ")
    answered(journal, "ok", 40, wait_s=3.0)
    second()
    live.end("steps 1", "new")
    assert said[2] == "breach: steps 1, new system: fast: 23 of the last 65 within 2 s"
    assert [(one.system, one.lasted_s is None) for one in live.breaches] == [("new", False), ("new", True)]
    assert live.breaches[1] == Breach("steps 1", "new", "fast: 23 of the last 65 within 2 s", None)
    assert "2 failed" in shown[-1]
    assert "65 answers so far" in shown[-1]


def test_a_target_of_one_transaction_judges_that_one_only() -> None:
    mean = Goal(measure="latency", at_most="1 s", where={"transaction": "search"})  # type: ignore[arg-type]
    assert broken(mean, [Ended(0, "search", "ok", 0.5), Ended(0, "search", "ok", 1.2)]) == ""
    assert "1.1 s on average" in broken(mean, [Ended(0, "search", "ok", 1.1)])
    assert broken(mean, [Ended(0, "search", "timeout", 0.1)])


def test_monitoring_reads_open_metrics(tmp_path: Path) -> None:
    live, journal, tail = Live(TARGETS, 4, print, print), Journal(tmp_path), Tail(tmp_path, 10.0)
    answered(journal, "ok", 3)
    answered(journal, "timeout", 3)
    tail.read()
    live.second("spike", "new", tail)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with live.metrics.served(port):
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            kind, text = answer.headers["Content-Type"], answer.read().decode()
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    labels = 'outcome="timeout",phase="spike",system="new",transaction="search"'
    assert f"plm_rehearsal_transactions_total{{{labels}}} 3.0" in text
    assert 'plm_rehearsal_breached{system="new",target="whole"} 1.0' in text
    assert 'plm_rehearsal_response_seconds_count{system="new",transaction="search"} 6.0' in text


def test_ctrl_c_ends_the_load_and_still_writes_the_report(tmp_path: Path) -> None:
    program = "import sys; from twin.cli import main; main()"
    with plm_server() as (old, _), plm_server() as (new, _):
        plan = plan_file(tmp_path, old, new, reads=10, steps="[3]")
        plan.write_text(plan.read_text().replace("hold: 4 s", "hold: 300 s"))
        process = subprocess.Popen(
            [sys.executable, "-c", program, "rehearse", str(plan), "--out", str(tmp_path / "run")], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        while process.poll() is None and not list(tmp_path.glob("**/levels.json")):
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        out, words = process.communicate(timeout=120)
    assert process.returncode == 2, words
    assert "load stopped: a person stopped it" in words
    assert "Not enough evidence" in out
    assert "a person stopped it" in (tmp_path / "run" / "rehearsal.html").read_text(encoding="utf-8")
    assert (tmp_path / "run" / "gate.html").is_file()
