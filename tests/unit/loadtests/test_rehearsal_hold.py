"""Holding the load: losses stay in the statistics, stalls are charged to all who waited, recovery is timed."""

import json
import math
from pathlib import Path

import pytest

from loadtests.journal import Journal
from loadtests.rehearsal.hold import paired, read_work, recovery
from loadtests.rehearsal.proof import drift

S = 1_000_000


def recorded(folder: Path, rows: list[tuple[float, float, str]], verb: str = "search", length_s: float = 20.0) -> Path:
    """A run of one level from transactions (intended start, end, outcome), seconds from the start at 1 s."""
    folder.mkdir(parents=True, exist_ok=True)
    levels = [["2", 0.0, length_s, 2.0, 0.0]]
    (folder / "levels.json").write_text(json.dumps({"started_at": S, "levels": levels}))
    journal = Journal(folder)
    for start, end, outcome in rows:
        number = journal.begin_transaction(1, "p", verb, round(S + S * start), round(S + S * start))
        journal.end_transaction(number, round(S + S * end), outcome)
    journal.close()
    return folder


def steady(length_s: float = 0.1, every_s: float = 0.5) -> list[tuple[float, float, str]]:
    return [(k * every_s, k * every_s + length_s, "ok") for k in range(round(20 / every_s))]


def test_what_failed_is_slower_than_anything_and_counted(tmp_path: Path) -> None:
    rows = [*steady(), (3.0, 3.1, "refused"), (4.0, 9.0, "timeout"), (5.0, 5.1, "error"), (6.0, 6.0, "unsent")]
    (work,) = read_work(recorded(tmp_path, rows), "steps 1")
    assert len(work.verbs) == 44
    assert sum(math.isinf(x) for x in work.response_s) == 3
    assert sum(bad for bad, _ in work.failures()) == 3
    assert sum(None in batch for batch in work.batches("search")) == 2
    assert sum(total for _, total in work.failures("search")) == 44


def test_steps_are_paired_and_half_as_fast_is_seen(tmp_path: Path) -> None:
    old = read_work(recorded(tmp_path / "old", steady(0.1)), "steps 1")
    new = read_work(recorded(tmp_path / "new", [*steady(0.2), (1.0, 2.0, "reset")]), "steps 1")
    whole, search = paired(old, new)
    assert whole.ratio == search.ratio == pytest.approx(2.0, rel=1e-3)
    assert whole.low == pytest.approx(2.0, rel=1e-3)
    assert (whole.old_failed, whole.new_failed, whole.new_lost, search.verb) == (0, 1, 1, "search")
    assert whole.new_p95_s == pytest.approx(0.2, rel=1e-3)


def test_recovery_is_timed_from_the_disturbance_and_losses_are_told(tmp_path: Path) -> None:
    """Killed at 5 s; three requests end badly, one is late; from 7 s on all is as before."""
    good = [row for row in steady() if not 4.9 < row[0] < 7.0]
    bad = [(5.0, 5.2, "reset"), (5.5, 6.0, "error"), (6.0, 6.1, "cut"), (6.5, 7.4, "ok")]
    folder = recorded(tmp_path, [*good, *bad])
    found = recovery(folder, "a worker was killed", 6 * S, 30 * S, 0.3)
    assert found.recovery_s == pytest.approx(2.4)
    assert (found.lost, found.failed, found.due) == (2, 1, 4)


def test_a_system_that_never_comes_back_has_no_recovery_time(tmp_path: Path) -> None:
    rows = [(k, k + 0.1, "ok" if k < 5 else "reset") for k in range(20)]
    found = recovery(recorded(tmp_path, [(float(a), b, c) for a, b, c in rows]), "x", 6 * S, 30 * S, 0.3)
    assert found.recovery_s is None
    assert found.lost == found.due == 15


def test_a_run_that_never_started_has_no_work(tmp_path: Path) -> None:
    assert read_work(tmp_path, "steps 1") == []


def test_drift_is_the_change_of_speed() -> None:
    same = drift([[0.010, 0.0101, 0.0099]] * 3)
    slower = drift([[0.010, 0.0101, 0.0099], [0.0125, 0.0126, 0.0124]])
    assert same is not None
    assert slower is not None
    assert same[1] < 1.0 < same[2]
    assert slower[0] == pytest.approx(0.8, rel=0.01)
    assert slower[2] < 0.85
    assert drift([[0.01, 0.01]]) is None
