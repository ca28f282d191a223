"""Rehearsals of small servers: planted faults are found and named, misbehaving servers get the right verdict."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from plm_server import plm_server
from rehearsing import plan_file

from loadtests.journal import Journal, now
from loadtests.rehearsal.conduct import Record, conduct
from loadtests.rehearsal.findings import findings, users_affected
from loadtests.rehearsal.plan import PHASES, Rehearsal, Safety, read_rehearsal
from loadtests.rehearsal.planting import Fault, planted
from loadtests.rehearsal.proof import evidence, facts
from loadtests.rehearsal.state import reconciled
from loadtests.rehearsal.systems import Systems
from loadtests.rehearsal.watch import Tail, run_watched
from twin.decide.gate import Gate, Verdict, gate
from twin.report.rehearsed import write_rehearsal
from twin.report.words import NBSP

ROOT = Path(__file__).parents[3]
SEARCH = "number="
OPTION = {"chances": [(0.8, 0.7, 0.9), (0.7, 0.5, 0.8)], "tickets": (900.0, 800.0, 1000.0), "surge": (1.6, 1.4, 1.8)}
FORESEEN = {
    "goals": {"hypercare_availability": 0.999, "hypercare_satisfaction": 0.95}, "worlds": 10, "seed": 1,
    "options": [{**OPTION, "name": "as planned", "all": (0.5, 0.4, 0.6)},
                {**OPTION, "name": "dual run", "all": (0.62, 0.48, 0.75)}],
    "best": "dual run", "as_good": ["as planned"],
    "abort": {
        "change": "upgrade", "decide_at": "Sun 17 May 2026 22:10", "back_at": "Mon 18 May 2026 08:00",
        "confidence": 0.95, "takes_s": 20_000.0, "low_s": 18_000.0, "high_s": 30_000.0, "count": 100, "failed": 3,
    },
}  # fmt: skip


def rehearsed(
    folder: Path, fault: Fault | None = None, reads: int = 100, steps: str = "[]"
) -> tuple[Rehearsal, Record]:
    """A rehearsal of two small servers, the new one behind a proxy, without load unless steps are given."""
    with plm_server() as (old, _), plm_server() as (upstream, _), planted(upstream, fault or Fault()) as new:
        plan = read_rehearsal(plan_file(folder, old, new, reads=reads, steps=steps))
        return plan, conduct(plan, Systems(), folder / "out", lambda text: None)


def decided(plan: Rehearsal, record: Record) -> Gate:
    return gate(plan.gate, [evidence(plan, record)], datetime.now(UTC))


def test_a_planted_regression_is_found_named_and_ranked_before_a_rarer_one(tmp_path: Path) -> None:
    plan, record = rehearsed(tmp_path, Fault(SEARCH, alter_every=4), reads=120)
    found = findings(plan, record)
    answers = [one for one in found if one.kind == "answer"]
    assert [one.verb for one in answers] == ["search"]
    assert "answers differ" in answers[0].words
    assert "old N00" in answers[0].example
    assert 90 < answers[0].users <= 100
    assert found == sorted(found, key=lambda one: -one.users)
    assert decided(plan, record).verdict is Verdict.NO_GO


def test_a_planted_slowdown_is_found_in_that_transaction_alone(tmp_path: Path) -> None:
    slow = Fault(SEARCH, slow_by=1.0)
    with plm_server() as (old, _), plm_server() as (new, _), planted(old, Fault()) as a, planted(new, slow) as b:
        plan = read_rehearsal(plan_file(tmp_path, a, b, reads=120, steps="[]"))
        record = conduct(plan, Systems(), tmp_path / "out", lambda text: None)
    assert [one.verb for one in findings(plan, record) if one.kind == "slower"] == ["search"]


def test_without_load_nothing_passes_that_needs_it(tmp_path: Path) -> None:
    plan, record = rehearsed(tmp_path, reads=80)
    found = decided(plan, record)
    assert not [one for one in findings(plan, record) if one.kind == "answer"]
    assert found.verdict is Verdict.NOT_ENOUGH
    lacking = {check.name: check.reason for check in found.failing(Verdict.NOT_ENOUGH)}
    assert "0 samples" in lacking["errors"]
    assert "0 samples" in lacking["response"]
    assert "0 were measured" in lacking["load"]
    page = write_rehearsal({**facts(plan, record), "foreseen": FORESEEN}, found, tmp_path).read_text(encoding="utf-8")
    assert page.index('aria-label="Conclusion"') < page.index("Do both answer alike?")
    page = page.replace(NBSP, " ")
    assert "62 % (48 % to 75 %)" in page
    assert "Best: dual run; not to be told from it: as planned." in page
    assert "begin the rollback by Sun 17 May 2026 22:10 to be back by Mon 18 May 2026 08:00 in 95 % of cases" in page


@pytest.mark.parametrize("how", ["error", "reset", "hang"])
def test_a_server_that_misbehaves_for_some_questions_is_a_no_go(tmp_path: Path, how: str) -> None:
    with plm_server() as (old, _), plm_server() as (new, handler):
        plan = read_rehearsal(plan_file(tmp_path, old, new, reads=15, steps="[]"))
        handler.failing["/files"] = how
        record = conduct(plan, Systems(), tmp_path / "out", lambda text: None)
    (found,) = [one for one in findings(plan, record) if one.kind == "answer"]
    assert found.verb == "open_item"
    assert {"error": "error", "reset": "reset", "hang": "timeout"}[how] in found.example
    assert decided(plan, record).verdict is Verdict.NO_GO


def test_load_on_a_server_that_only_fails_is_stopped_and_written_up(tmp_path: Path) -> None:
    with plm_server() as (old, _), plm_server() as (new, handler):
        plan = read_rehearsal(plan_file(tmp_path, old, new))
        told = plan.load_plan("new", "steps")
        assert told is not None
        told["load"]["hold"] = "300 s"
        handler.failing["/items"] = "error"
        handler.failing["limit=2000"] = "none"  # the catalogue, read at login, comes first in the dict below
        handler.failing = {"limit=2000": "none", **handler.failing}
        said: list[str] = []
        start = time.monotonic()
        done = run_watched(told, tmp_path / "load", plan.safety, said.append)
    assert "transactions failed" in done.stopped
    assert said == [f"load stopped: {done.stopped}"]
    assert time.monotonic() - start < 120
    assert (tmp_path / "load" / "levels.json").is_file()


def test_the_watch_sees_errors_and_those_who_still_wait(tmp_path: Path) -> None:
    safety = Safety(fewest=4)
    journal = Journal(tmp_path)
    tail = Tail(tmp_path, 10.0)
    for outcome in ("ok", "ok", "ok", "error"):
        journal.end_transaction(journal.begin_transaction(1, "p", "search", now(), now()), now(), outcome)
    tail.read()
    assert (tail.done, tail.bad, tail.danger(safety)) == (4, 1, "")
    for _ in range(3):
        journal.end_transaction(journal.begin_transaction(1, "p", "search", now(), now()), now(), "reset")
    tail.read()
    assert tail.danger(safety) == "4 of the last 7 transactions failed"
    for _ in range(9):
        journal.begin_transaction(1, "p", "search", now() - 30_000_000, now())
    tail.read()
    assert "wait longer than 20 s" in tail.danger(Safety(errors="99 %"))  # type: ignore[arg-type]


def test_discrepancies_name_examples_and_come_in_order() -> None:
    old = {"bills": {"A": "1", "B": "2"}, "items": {"x": "1"}}
    new = {"bills": {"A": "1", "B": "3", "C": "4"}, "items": {"x": "1"}}
    bills, items = reconciled(old, new)
    assert (bills.kind, bills.count, bills.total) == ("bills", 2, 3)
    assert bills.examples == ("B: content differs", "C is only in the new system")
    assert (items.count, items.total) == (0, 1)


def test_users_affected_grow_with_how_often_they_do_it(tmp_path: Path) -> None:
    plan = read_rehearsal(plan_file(tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:2"))
    rare, often = (users_affected(plan, "search", rate) for rate in (0.001, 0.1))
    assert rare == pytest.approx(100 * (1 - (1 - 0.00075) ** 50))
    assert rare < often < users_affected(plan, "search", 1.0) == pytest.approx(100.0)
    assert users_affected(plan, "expand_bom", 1.0) == 0.0


def test_a_strange_host_is_refused_unless_named_and_owned(tmp_path: Path) -> None:
    path = plan_file(tmp_path, "http://127.0.0.1:1", "http://192.0.2.1")
    with pytest.raises(ValueError, match="is not this machine"):
        read_rehearsal(path)
    assert read_rehearsal(path, "192.0.2.1").new.address.url == "http://192.0.2.1"
    with pytest.raises(ValueError, match="is not this machine"):
        read_rehearsal(path, "example.org")


def test_plans_that_come_with_the_twin_make_load_plans() -> None:
    plans = sorted((ROOT / "loadtests" / "rehearsal" / "plans").glob("*.yaml"))
    assert plans
    for path in plans:
        plan = read_rehearsal(path)
        assert all(plan.load_plan(side, phase) for side in ("old", "new") for phase in PHASES)  # type: ignore[arg-type]


@pytest.mark.long
def test_old_against_old_is_a_go_by_the_command(tmp_path: Path) -> None:
    with plm_server() as (old, _), plm_server() as (new, _):
        plan = plan_file(tmp_path, old, new, steps="[2, 3]")
        program = "import sys; from twin.cli import main; main()"
        command = [sys.executable, "-c", program, "rehearse", str(plan), "--json", "--out", str(tmp_path / "run")]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout)["verdict"] == "go"
    assert {path.name for path in (tmp_path / "run").glob("*.html")} == {"gate.html", "rehearsal.html"}
