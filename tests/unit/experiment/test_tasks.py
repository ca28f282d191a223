"""Tasks: the same numbers here, in workers and from a checkpoint, which knows its own and shares its folder."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from twin.experiment import tasks
from twin.experiment.tasks import Checkpoint, Task, finished, in_order, part_of


def squares(first: int) -> np.ndarray:
    return np.arange(first, first + 2.0) ** 2


TASKS = [Task(f"squares from {first}", squares, (first,)) for first in range(0, 14, 2)]


@pytest.mark.parametrize("ahead", [1, 3, 1000])
def test_every_task_is_done_once_however_many_are_handed_out(ahead, monkeypatch):
    monkeypatch.setattr(tasks, "AHEAD", ahead)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(place for place, _ in finished(TASKS, pool)) == [*range(7)]
        assert np.array_equal(np.concatenate(in_order(TASKS, pool)), np.arange(14.0) ** 2)


def test_what_is_kept_is_not_done_again(tmp_path, monkeypatch):
    first = in_order(TASKS[:4], kept=Checkpoint(tmp_path))
    done = []
    monkeypatch.setattr(Task, "done", lambda task: done.append(task.name) or squares(*task.arguments))
    again = in_order(TASKS, kept=Checkpoint(tmp_path))
    assert np.array_equal(again[:4], first)
    assert done == [task.name for task in TASKS[4:]]


def test_another_state_of_the_sources_finds_nothing(tmp_path, monkeypatch):
    kept = Checkpoint(tmp_path)
    in_order(TASKS[:1], kept=kept)
    assert kept.load(TASKS[0].name) is not None
    monkeypatch.setattr(tasks, "state_of_sources", lambda: "changed")
    assert kept.load(TASKS[0].name) is None


@pytest.mark.parametrize("damage", [b"", b"not an array", b"\x93NUMPY\x01\x00"])
def test_a_damaged_file_is_measured_again(tmp_path, damage):
    kept = Checkpoint(tmp_path)
    kept.file(TASKS[0].name).write_bytes(damage)
    assert np.array_equal(in_order(TASKS[:1], kept=kept)[0], squares(0))


def test_two_runs_share_the_folder_and_the_first_to_end_takes_only_its_own(tmp_path):
    one, other = Checkpoint(tmp_path / "kept"), Checkpoint(tmp_path / "kept")
    in_order(TASKS[:2], kept=one)
    in_order(TASKS[1:4], kept=other)
    one.clear()
    assert [one.load(task.name) is None for task in TASKS[:4]] == [True, True, False, False]
    other.clear()
    assert not (tmp_path / "kept").exists()
    in_order(TASKS[:1], kept=other)
    assert other.load(TASKS[0].name) is not None


def test_what_a_killed_run_was_writing_goes_too(tmp_path):
    kept = Checkpoint(tmp_path / "kept")
    in_order(TASKS[:1], kept=kept)
    kept.file(TASKS[0].name).with_suffix(".4711.part").write_bytes(b"half")
    kept.clear()
    assert not (tmp_path / "kept").exists()


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    assert np.array_equal(in_order(TASKS[:1], kept=Checkpoint(tmp_path / "file"))[0], squares(0))


def test_progress_of_a_part_counts_from_its_start():
    told = []
    in_order(TASKS[:2], progress=part_of(lambda *now: told.append(now), 10, 20))
    assert told == [(12, 20), (14, 20)]
    assert part_of(None, 10, 20) is None
