"""Scores: survival curves, distances, attainment, and a backtest that sees nothing of the future."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from learning import made_record

from twin.calendar import NEVER, Timeline
from twin.calibrate.backtest import CARRY_FORWARD, TWIN, backtest
from twin.calibrate.score import Outcome, Target, attained, distance_h, survival, target_of, weekly
from twin.calibrate.tickets.spells import spells_of
from twin.report.backtested import backtest_object, errors, write_backtest


def test_survival_is_that_of_the_published_example():
    """6-mercaptopurine remissions, Freireich et al. (1963): Kaplan-Meier as in Kalbfleisch and Prentice (2002), 1.1."""
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    done = [True] * 9 + [False] * 12
    grid = np.array([5.9, 6, 7, 10, 13, 16, 22, 23])
    curve = survival(60.0 * np.array(weeks), np.array(done), grid)
    assert curve == pytest.approx([1, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=0.0006)


def test_distance_of_shifted_times_is_the_shift():
    minutes = 60.0 * np.arange(10, 110)
    every = np.ones(100, bool)
    assert distance_h(survival(minutes, every), survival(minutes + 180.0, every)) == pytest.approx(3.0)


def outcome(**changes) -> Outcome:
    columns = {
        "opened": np.array([0, 60, 120]), "resolved": np.array([30, NEVER, 600]), "counts": np.ones(3, bool),
        "priority": np.zeros(3, np.int64), "desk": np.zeros(3, np.int64), "handoffs": np.zeros(3, np.int64),
        "begin": 0, "end": 1000,
    }  # fmt: skip
    return Outcome(**{**columns, **changes})


def test_attainment_counts_only_tickets_whose_time_is_up():
    clock = Timeline(np.array([[0, 500], [900, 1000]], np.int64))
    assert attained(outcome(), Target(1.0, False), clock, 1.0) == (1.0, 3.0)
    assert attained(outcome(), Target(8.0, True), clock, 1.0) == (2.0, 3.0)
    assert attained(outcome(end=950), Target(8.0, True), clock, 1.0) == (1.0, 2.0)


def test_weeks_count_what_is_open_at_their_end():
    series = weekly(outcome(), np.array([0, 500, 1000]))
    assert series["opened"].tolist() == [3, 0]
    assert series["resolved"].tolist() == [1, 1]
    assert series["backlog"].tolist() == [2, 1]


@pytest.mark.parametrize(("text", "hours", "is_business"), [("8 business hours", 8, True), ("24 h", 24, False)])
def test_targets_are_read(text, hours, is_business):
    assert target_of(text) == Target(hours, is_business)


def test_a_target_that_is_none_says_how_to_write_one():
    with pytest.raises(ValueError, match="8 business hours"):
        target_of("soon")


def known_at(at: datetime):
    """The made record as an export at that instant would have shown it."""
    record = made_record()
    log, end = record.log, round((at - datetime(2026, 1, 5)).total_seconds() / 60)
    from dataclasses import replace

    rows = log.at < end
    part = replace(log, at=log.at[rows], event=log.event[rows], entity=log.entity[rows], place=log.place[rows],
                   value=log.value[rows], end_ticks=end)  # fmt: skip
    return replace(record, log=part)


@pytest.fixture(scope="module")
def result():
    begin = datetime(2026, 1, 5) + timedelta(weeks=6)
    targets = [Target(8.0, True), Target(24.0, False)]
    return backtest(known_at, begin, begin + timedelta(weeks=2), targets, origins=2, reps=8, workers=1)


def test_a_steady_desk_is_forecast(result):
    assert len(result.trials) == 2
    assert result.mean_error("within 8 business hours") < 0.1
    assert result.mean_distance(TWIN) < 0.5 * max(result.mean_distance(CARRY_FORWARD), 20.0)
    share, count = result.coverage()
    assert count == 10
    assert share >= 0.4


def test_the_open_tickets_at_the_start_are_those_of_the_record(result):
    trial = result.trials[0]
    backlog = [one.by_week["backlog"][0] for one in trial.futures]
    real = int((spells_of(known_at(trial.end).log).resolved_last() < 0).sum())
    assert trial.real.by_week["backlog"][0] == real
    assert np.mean(backlog) == pytest.approx(real, rel=0.4)


def test_the_page_is_complete(result, tmp_path):
    about = {**backtest_object(result), "seed": 1, "replications": 8, "country": None}
    page = write_backtest(result, about, tmp_path).read_text("utf-8")
    for words in ("Carry-forward", "Seasonal naive", "What was learned and chosen"):
        assert words in page
    assert "http" not in page.replace("http://www.w3.org", "")
    opened = [abs(line.real - line.twin) for trial in result.trials for line in trial.lines if line.name == "opened"]
    assert errors(result)["opened"][TWIN] == pytest.approx(np.mean(opened))


def test_windows_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="swap"):
        backtest(known_at, datetime(2026, 3, 1), datetime(2026, 2, 1), [], reps=2)
