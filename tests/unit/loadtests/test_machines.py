"""Load from several machines: one mix without overlap, one record, and no worker that doesn't fit in."""

import os
import socket
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from plm_server import plm_server

from loadtests.crew import Crew
from loadtests.journal import Journal, now, read_run
from loadtests.machines import hand_over, introduction, misfit, take_over
from loadtests.plan import read_plan

ROOT = Path(__file__).parents[3]
PLAN = """
target: {{kind: "loadtests.targets.template:MyPlm", url: "{url}"}}
think: {{mean: 50 ms, law: exponential}}
timeout: 5 s
personas: {{viewer: {{share: 3, does: {{search: 3, open_item: 1}}}}, buyer: {{share: 1, does: {{open_item: 1}}}}}}
load: {{shape: steps, amounts: [4, 6], hold: 3 s}}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def start(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "loadtests", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def ended(*all_of_them: "subprocess.Popen[str]") -> list[tuple[int, str]]:
    """Exit codes and what was said, of processes that end by themselves."""
    try:
        said = [one.communicate(timeout=120) for one in all_of_them]
    finally:
        for one in all_of_them:
            with suppress(psutil.NoSuchProcess):
                for process in [*psutil.Process(one.pid).children(recursive=True), one]:
                    process.kill()
    return [(one.returncode, out + words) for one, (out, words) in zip(all_of_them, said, strict=True)]


def test_two_machines_make_one_record_of_one_mix_and_a_third_is_sent_away(tmp_path: Path) -> None:
    plan, port = tmp_path / "plan.yaml", ["--port", str(free_port()), "--machines", "2"]
    with plm_server() as (url, _):
        plan.write_text(PLAN.format(url=url))
        master = start("run", str(plan), "--out", str(tmp_path / "all"), *port)
        joined = [
            start("join", str(plan), "--out", str(tmp_path / name), "--master", "127.0.0.1", *port) for name in "abc"
        ]
        found = ended(master, *joined)
    assert [found[0][0], *sorted(code for code, _ in found[1:])] == [0, 0, 0, 2], found
    assert sum("all 2 machines are there already" in words for _, words in found[1:]) == 1
    parts = [read_run(tmp_path / name)[1] for name, (code, _) in zip("abc", found[1:], strict=True) if code == 0]
    whole = read_run(tmp_path / "all")[1]
    assert len(whole) == sum(map(len, parts)) > 40
    assert set(whole["outcome"].to_pylist()) == {"ok"}
    rows = sorted((r for r in whole.to_pylist() if r["verb"] != "log_in"), key=lambda row: row["transaction"])
    done = {process: [r for r in rows if r["process"] == process] for process in {r["process"] for r in rows}}
    shares = {mine[0]["user"] % 2: mine for mine in done.values()}
    assert shares.keys() == {0, 1}
    for share, mine in shares.items():
        crew = Crew(read_plan(plan), Journal(tmp_path / "again"), share, 2)
        cards = [crew.deal() for _ in mine]
        assert [(card.persona, card.verb) for card in cards] == [(row["persona"], row["verb"]) for row in mine]
        assert {row["user"] % 2 for row in mine} == {share}


def test_a_machine_that_was_told_otherwise_is_refused_and_hears_why(tmp_path: Path) -> None:
    plan, port = tmp_path / "plan.yaml", ["--port", str(free_port())]
    with plm_server() as (url, _):
        plan.write_text(PLAN.format(url=url))
        master = start("run", str(plan), "--out", str(tmp_path / "all"), *port, "--machines", "1")
        join = ("join", str(plan), "--out", str(tmp_path / "a"), "--master", "127.0.0.1", *port, "--machines", "2")
        found = ended(master, start(*join))
    assert [code for code, _ in found] == [2, 2], found
    assert all("told of 2 machines, not 1" in words for _, words in found)


def test_who_fits_in(tmp_path: Path) -> None:
    for name, text in (("a", "one"), ("b", "two")):
        (tmp_path / name).write_text(text)
    mine = introduction(tmp_path / "a", 2)
    assert misfit(introduction(tmp_path / "a", 2), mine) == ""
    assert "copy the plan" in misfit(introduction(tmp_path / "b", 2), mine)
    assert "--machines" in misfit(introduction(tmp_path / "a", 3), mine)
    assert "2.0 s off" in misfit({**mine, "at": mine["at"] - 2_000_000}, mine)


def test_a_record_is_handed_over_once_and_nothing_else(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a")
    journal.end_transaction(journal.begin_transaction(1, "p", "search", now(), now()), now(), "ok")
    (tmp_path / "b").mkdir()
    take_over(tmp_path / "b", hand_over(journal))
    journal.close()
    assert Counter(read_run(tmp_path / "b")[1]["outcome"].to_pylist()) == {"ok": 1}
    for name in ("../requests-x.parquet", "levels.json", "requests-x.py"):
        with pytest.raises(ValueError, match="no part of a record"):
            take_over(tmp_path / "b", {name: b""})


def test_joining_needs_a_master(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN.format(url="http://127.0.0.1:1"))
    assert ended(start("join", str(tmp_path / "plan.yaml"), "--machines", "2"))[0][0] == 2
