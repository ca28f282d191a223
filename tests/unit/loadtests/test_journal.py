"""The raw record: complete when a process is killed, with what was under way as "cut"."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.journal import Journal, now, read_run

ROOT = Path(__file__).parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
from loadtests.journal import Journal
journal = Journal(Path(sys.argv[1]))
for n in range(500):
    t = journal.begin_transaction(n, "viewer", "search", 1000 + n, 1001 + n)
    r = journal.begin_request(t, 0, "GET", 1002 + n, 10)
    if n < 499:
        journal.end_request(r, 1003 + n, "ok", 200, 99)
        journal.end_transaction(t, 1004 + n, "ok")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], env=environment, timeout=60)
    assert done.returncode == -signal.SIGKILL
    requests, transactions = read_run(tmp_path)
    assert transactions.num_rows == requests.num_rows == 500
    assert [o for o in requests["outcome"].to_pylist() if o != "ok"] == ["cut"]
    assert transactions["outcome"].to_pylist()[-1] == "cut"
    assert transactions["ended_at"].to_pylist()[-1] >= max(requests["started_at"].to_pylist())


def test_a_sealed_record_reads_as_the_journal_did(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    number = journal.begin_transaction(3, "designer", "edit", 50, 60)
    for step, outcome in enumerate(("ok", "refused")):
        request = journal.begin_request(number, step, f"step {step}", 60 + 10 * step, 7)
        journal.end_request(request, 65 + 10 * step, outcome, 200 + step, 100)
    journal.end_transaction(number, 80, "refused", "somebody\nwas faster\t!")
    journal.unsent(9, "viewer", "search", 70)
    open_tables = read_run(tmp_path)
    journal.close()
    assert not list(tmp_path.glob("*.tsv"))
    assert read_run(tmp_path) == open_tables
    requests, transactions = (table.to_pylist() for table in open_tables)
    assert [row["intended_at"] for row in requests] == [50, 70], (
        "the first request waited since the transaction was due"
    )
    assert [(row["outcome"], row["why"]) for row in transactions] == [
        ("refused", "somebody was faster !"),
        ("unsent", ""),
    ]


def test_a_half_written_line_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    number = journal.begin_transaction(1, "viewer", "search", 5, 6)
    journal.end_transaction(number, 9, "ok")
    with journal.path.open("a") as file:
        file.write("T\t2\t1\tview")
    assert read_run(tmp_path)[1]["outcome"].to_pylist() == ["ok"]


def test_an_empty_folder_is_no_record(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no record"):
        read_run(tmp_path)


def test_the_clock_never_steps_back() -> None:
    instants = [now() for _ in range(1000)]
    assert instants == sorted(instants)
