"""The breach waterfall of stories written by hand: every tick has its part."""

from measuring import HOUR, MIN, Measured, desk, log_of

from twin.eventlog.schema import (
    ESCALATED,
    FAILED,
    INTERRUPTED,
    ON_DUTY,
    OPENED,
    PAGED,
    PAUSED,
    REOPENED,
    RESOLVED,
    RETURNED,
    STARTED,
    TRIAGED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)
from twin.measures.attribution import PARTS, waterfall

CONTRACT = {"targets": {"P0": {"resolve": "1 h"}}, "pause_on_customer": False}
STORY = [
    (0, ON_DUTY, 0, 0, 1), (0, ON_DUTY, 1, 1, 0), (0, FAILED, 0, 0, 0), (10 * MIN, OPENED, 0, 0, 0),
    (15 * MIN, STARTED, 0, 0, 1), (20 * MIN, TRIAGED, 0, 0, 0), (30 * MIN, INTERRUPTED, 0, 0, 0),
    (37 * MIN, STARTED, 0, 0, 0), (40 * MIN, WAITS_CUSTOMER, 0, 0, 0), (51 * MIN, RETURNED, 0, 0, 0),
    (51 * MIN, STARTED, 0, 0, 0), (53 * MIN, PAUSED, 0, 0, 0), (53 * MIN, ON_DUTY, 0, 0, 0),
    (66 * MIN, ON_DUTY, 0, 0, 1), (66 * MIN, STARTED, 0, 0, 0), (70 * MIN, ESCALATED, 0, 1, 0),
    (87 * MIN, ON_DUTY, 1, 1, 1), (90 * MIN, PAGED, 0, 1, 0), (109 * MIN, STARTED, 0, 1, 0),
    (120 * MIN, WAITS_VENDOR, 0, 1, 0), (143 * MIN, RETURNED, 0, 1, 0), (143 * MIN, STARTED, 0, 1, 0),
    (150 * MIN, RESOLVED, 0, 1, 0), (179 * MIN, REOPENED, 0, 1, 0), (180 * MIN, STARTED, 0, 1, 0),
    (211 * MIN, RESOLVED, 0, 1, 0),
]  # fmt: skip
EXPECTED = {
    "detection": 10, "triage": 5, "off shift": 13 + 17, "call-out": 19, "preempted": 7, "waiting on customer": 11,
    "waiting on vendor": 23, "work": 10 + 3 + 2 + 4 + 11 + 7, "rework": 31, "closed before reopening": 29,
    "queue: first": 5, "queue: second": 3 + 1,
}  # fmt: skip


def plm():
    return desk(
        clock={"start": "2026-01-05", "horizon": "10 h"}, contract=CONTRACT, deployment={"components": {"db": {}}}
    )


def test_every_minute_of_a_breached_ticket_has_its_part():
    scenario = plm()
    frame = waterfall(log_of(scenario, STORY, units={0: 0}), scenario)
    (row,) = frame.to_dict("records")
    assert {part: row[part] / MIN for part in EXPECTED} == EXPECTED
    assert row["elapsed"] == 211 * MIN == sum(EXPECTED.values()) * MIN
    assert (row["ticket"], row["class"], row["priority"], row["missed"]) == (0, "fault", "P0", "resolve")


def test_cells_hold_the_mean_over_breached_tickets():
    scenario = plm()
    measured = Measured(scenario, log_of(scenario, STORY, units={0: 0}), "attribution")
    assert measured.value("breach_part", part="rework") == 31
    assert measured.pair("breach_part", priority="P0", part="queue: second") == (4, 1)
    assert measured.pair("breach_part", priority="P1", part="work") == (0, 0)
    assert measured.value("breached_tickets") == 1


def test_an_open_breached_ticket_is_followed_to_the_end_and_a_kept_one_is_left_out():
    scenario = plm()
    rows = [
        (0, ON_DUTY, 0, 0, 1), (0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (0, OPENED, 1, 0, 0),
        (HOUR, RESOLVED, 0, 0, 0), (2 * HOUR, ON_DUTY, 0, 0, 0),
    ]  # fmt: skip
    (row,) = waterfall(log_of(scenario, rows), scenario).to_dict("records")
    assert (row["ticket"], row["elapsed"]) == (1, 10 * HOUR)
    assert (row["queue: first"], row["off shift"]) == (2 * HOUR, 8 * HOUR)
    assert sum(row[part] for part in (*PARTS, "queue: first", "queue: second")) == row["elapsed"]
