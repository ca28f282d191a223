"""Progress: nothing in the first second, then how far it is and the time left, for people and for logs alike."""

import sys

import pytest

from twin.report import progress
from twin.report.progress import Progress, told_s


@pytest.fixture
def at(monkeypatch):
    """A clock to set by hand."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def set_to(seconds: float) -> None:
        now[0] = seconds

    return set_to


def test_a_log_gets_lines_with_the_time_left_ever_more_rarely(at, capsys):
    with Progress(False, "replications") as told:
        for second in range(1, 601):
            at(second)
            told(second, 1200)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "replications: 1 of 1,200, about 20 min left"
    assert lines[-1].startswith("replications: 5")
    assert lines[-1].endswith("min left")
    assert 10 < len(lines) < 20


def test_what_a_checkpoint_brings_in_does_not_count_as_speed(at, capsys):
    with Progress(False, "replications") as told:
        at(0.1)
        told(1000, 1200)
        at(10.1)
        told(1100, 1200)
    assert capsys.readouterr().err == "replications: 1,100 of 1,200, about 10 s left\n"


@pytest.mark.parametrize(("is_quiet", "seconds"), [(True, 10.0), (False, 0.9)])
def test_short_work_and_quiet_work_say_nothing(at, capsys, is_quiet, seconds):
    with Progress(is_quiet, "replications") as told:
        at(seconds)
        told(1, 2)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_with_the_time_left(at, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with Progress(False, "replications") as told:
        at(2.0)
        told(1, 2)
        assert [column.__class__.__name__ for column in told._bar.columns][-1] == "TimeRemainingColumn"
    assert "replications" in capsys.readouterr().err


@pytest.mark.parametrize(("seconds", "words"), [(40, "40 s"), (720, "12 min"), (12_600, "3.5 h")])
def test_time_is_told_in_one_unit(seconds, words):
    assert told_s(seconds) == words
