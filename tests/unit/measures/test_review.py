"""What an audit asks, on logs written by hand."""

from typing import Any

import numpy as np
import pytest
from measuring import DAY, HOUR, Measured, desk, log_of

from tests.worlds import small_desk
from twin.decide.compare import compare
from twin.eventlog.schema import (
    BY_WARNING,
    DETECTED,
    DOWN,
    FAILED,
    INTERRUPTED,
    MAINTAINED,
    MAINTENANCE_ENDED,
    OPENED,
    REPAIRED,
    RESOLVED,
    STARTED,
    UP,
)
from twin.spec.load import load_data
from twin.spec.problems import ScenarioError

DEPLOYED = {"components": {"app": {"units": 3}}, "functions": {"bom": {"needs": ["app"]}}}
VISITS = {"first": {"work": "1 h"}, "second": {"work": "1 h"}}
CLASSES = {
    "fault": {"queue": "first", "visits": VISITS, "channel": "hotline"},
    "complaint": {"queue": "first", "visits": VISITS, "channel": "chat"},
    "alert": {"queue": "first", "visits": VISITS},
}
FAULT, COMPLAINT, ALERT = range(3)


def reviewed(rows: list[tuple[int, ...]], classes: list[int] | None = None, **audit: Any) -> Measured:
    """A month of those rows; classes of the tickets by number."""
    scenario = desk(
        deployment=DEPLOYED, audit=audit, demand={"tickets": CLASSES},
        contract={"targets": {"P0": {"respond": "1 h", "resolve": "4 h"}}},
    )  # fmt: skip
    log = log_of(scenario, sorted(rows, key=lambda row: row[0]))
    if classes is not None:
        log.ticket_class[:] = np.array(classes)
    return Measured(scenario, log, "review")


def test_long_outages_are_counted_by_length():
    rows = [(DAY, DOWN, 0, 0, 0), (DAY + 13 * HOUR, UP, 0, 0, 0), (5 * DAY, DOWN, 0, 0, 0), (7 * DAY, UP, 0, 0, 0)]
    found = reviewed(rows)
    assert found.pair("outage_longer", longer_than="12 h") == found.pair("outage_longer", longer_than="1 d") == (1, 1)
    assert found.value("outages_longer", longer_than="12 h") == pytest.approx(2 * 365 / 30)
    assert found.value("outages_longer", longer_than="1 d") == pytest.approx(365 / 30)
    assert reviewed(rows, outages=["2 d"]).pair("outage_longer", longer_than="2 d") == (0, 1)


def test_the_starvation_age_adds_up_all_that_a_ticket_lay_in_queues():
    rows = [(0, OPENED, 0, 0, 3), (HOUR, STARTED, 0, 0, 0), (2 * HOUR, INTERRUPTED, 0, 0, 0),
            (6 * HOUR, STARTED, 0, 0, 0), (7 * HOUR, RESOLVED, 0, 0, 0), (0, OPENED, 1, 0, 3)]  # fmt: skip
    found = reviewed([*rows, (2 * HOUR, STARTED, 1, 0, 0), (3 * HOUR, RESOLVED, 1, 0, 0)])
    assert found.pair("starvation_age", priority="P3") == (5 * 60, 1)
    assert found.pair("starvation_age", priority="P0") == (0, 0)


def test_closure_and_the_oldest_open_ticket():
    rows = [(at, OPENED, number, 0, 0) for number, at in enumerate((0, DAY, 20 * DAY))]
    found = reviewed([*rows, (2 * DAY, STARTED, 0, 0, 0), (3 * DAY, RESOLVED, 0, 0, 0)])
    assert found.pair("closure_ratio") == (1, 3)
    assert found.value("oldest_open") == 29 * 24 * 60


def test_classes_and_channels_have_their_own_numbers():
    rows = []
    for number, (opened, waited) in enumerate([(0, 0), (DAY, 2), (2 * DAY, 1)]):
        start = opened + waited * HOUR
        rows += [(opened, OPENED, number, 0, 0), (start, STARTED, number, 0, 0), (start + HOUR, RESOLVED, number, 0, 0)]
    found = reviewed(rows, [FAULT, FAULT, COMPLAINT])
    assert found.value("channel_response", channel="hotline") == 60
    assert found.value("channel_response", channel="chat") == 60
    assert found.pair("channel_attainment", channel="hotline") == (1, 2)
    assert found.pair("channel_attainment", channel="chat") == (1, 1)
    assert found.pair("class_late", **{"class": "fault"}) == (1, 2)
    assert found.value("class_tickets", **{"class": "complaint"}) == pytest.approx(365 / 30)
    assert found.pair("class_late", **{"class": "alert"}) == (0, 0)


def test_complaints_are_settled_in_time_or_not():
    rows = [(0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (DAY, RESOLVED, 0, 0, 0), (DAY, OPENED, 1, 0, 0),
            (25 * DAY, OPENED, 2, 0, 0)]  # fmt: skip
    found = reviewed(rows, [COMPLAINT] * 3, complaint="complaint", complaint_within="10 d")
    assert found.value("complaint_time") == (1 + 29 + 5) * 24 * 60 / 3
    assert found.pair("complaint_on_time") == (1, 2)  # the third may still be settled in time
    assert found.value("complaints") == pytest.approx(3 * 365 / 30)


def test_a_fault_is_caught_if_redundancy_carried_it_or_a_warning_or_an_alert_came_first():
    carried = [(DAY, FAILED, 0, 0, 0), (DAY, DETECTED, 0, 0, 0), (DAY + HOUR, REPAIRED, 0, 0, 0)]
    seen = [(2 * DAY, FAILED, 1, 0, 0), (2 * DAY, DOWN, 0, 0, 0), (2 * DAY + 9, DETECTED, 1, 0, 0),
            (2 * DAY + HOUR, REPAIRED, 1, 0, 0), (2 * DAY + HOUR, UP, 0, 0, 0)]  # fmt: skip
    warned = [(3 * DAY, MAINTAINED, 2, 0, BY_WARNING), (3 * DAY + HOUR, MAINTENANCE_ENDED, 2, 0, 0),
              (4 * DAY, MAINTAINED, 2, 0, 0), (4 * DAY + HOUR, MAINTENANCE_ENDED, 2, 0, 0)]  # fmt: skip
    assert reviewed([*carried, *seen]).pair("caught_before_users") == (1, 2)
    assert reviewed([*carried, *seen, *warned]).pair("caught_before_users") == (2, 3)
    alert = [(5 * DAY, OPENED, 0, 0, 0)]
    assert reviewed([*seen, *alert], [ALERT], proactive=["alert"]).pair("caught_before_users") == (1, 2)


def test_more_units_catch_more_faults_and_more_people_leave_fewer_tickets_lying():
    base = small_desk(audit={"outages": ["2 h"]})
    solid = small_desk(audit={"outages": ["2 h"]}, **{"deployment.components.app.units": 4})
    staffed = small_desk(audit={"outages": ["2 h"]}, **{"support.tiers.L1.shifts.day.heads": 4})
    first, second = compare([base, solid, staffed], reps=15, workers=1, families=("review",)).differences
    assert next(row for row in first.rows if row.name == "caught_before_users").low > 0
    oldest = [row for row in second.rows if row.name == "starvation_age" and row.where == {"priority": "P3"}]
    assert oldest[0].high < 0


def test_unknown_classes_are_refused():
    with pytest.raises(ScenarioError, match='unknown ticket class "moan"'):
        load_data(small_desk().model_dump(mode="json") | {"audit": {"complaint": "moan"}})
