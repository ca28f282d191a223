"""The ServiceNow log of UCI 498: what is read equals a plain count of the file."""

import csv
import gzip
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from twin.calibrate.readers import read_incidents
from twin.eventlog.schema import OPENED, REOPENED, RESOLVED

FILE = Path(__file__).parents[3].parent / "shared" / "data" / "uci_servicenow_incident_events_2016-03_04.csv.gz"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"no {FILE.name} beside the repository")


@pytest.fixture(scope="module")
def record():
    return read_incidents(FILE)


@pytest.fixture(scope="module")
def rows():
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_counts_equal_those_of_the_file(record, rows):
    report = record.report
    assert report.rows == len(rows) == 94_074
    assert report.cases == len({row["number"] for row in rows}) == 17_136
    assert report.states == Counter(row["incident_state"] for row in rows)
    last = {row["number"]: row["priority"] for row in rows}
    assert report.priorities == Counter(last.values())


def test_every_incident_opens_once_when_the_file_says(record, rows):
    log = record.log
    opened = {log.ticket_names[t]: at for t, at in zip(log.entity[log.event == OPENED].tolist(),
                                                       log.at[log.event == OPENED].tolist(), strict=True)}  # fmt: skip
    start = datetime(2016, 2, 29)
    assert opened == {row["number"]: (datetime.fromisoformat(row["opened_at"]) - start).total_seconds() for row in rows}
    assert (log.event == OPENED).sum() == 17_136


def test_the_last_resolution_is_the_resolved_time_of_the_file(record, rows):
    log = record.log
    number = {name: t for t, name in enumerate(log.ticket_names)}
    last = np.full(len(number), -1)
    for at, event, who in zip(log.at.tolist(), log.event.tolist(), log.entity.tolist(), strict=True):
        if event in (RESOLVED, REOPENED):
            last[who] = at if event == RESOLVED else -1
    start = datetime(2016, 2, 29)
    known = {row["number"]: row["resolved_at"] for row in rows if row["resolved_at"]}
    wrong = [n for n, at in known.items() if last[number[n]] != (datetime.fromisoformat(at) - start).total_seconds()]
    assert wrong == []


def test_bad_rows_are_few_and_named(record):
    assert [bad.row for bad in record.report.bad] == [330, 336, 346, 351, 359, 438]
    assert record.report.cases_lost == 0
    assert all(bad.reason and bad.remedy for bad in record.report.bad)


def test_the_log_s_clock_is_the_file_s(record):
    assert record.start.isoformat() == "2016-02-29T00:00:00+00:00"
    assert record.report.as_of == "2016-05-01T00:00:00+00:00"
    assert record.log.end_ticks == 62 * 86_400
    assert np.all(np.diff(record.log.at) >= 0)


def test_hand_offs_agree_with_the_file_s_own_count(record, rows):
    from twin.eventlog.schema import REASSIGNED

    log = record.log
    moves = np.bincount(log.entity[log.event == REASSIGNED], minlength=len(log.ticket_names))
    counted = {row["number"]: int(row["reassignment_count"]) for row in rows}
    same = np.mean([moves[t] == counted[name] for t, name in enumerate(log.ticket_names)])
    assert same > 0.95
