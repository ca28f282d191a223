"""Flows of tickets on logs written by hand; every number is worked out on paper."""

import pytest
from measuring import HOUR, MIN, Measured, desk, log_of

from twin.eventlog.schema import (
    ABANDONED,
    ESCALATED,
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
)

DAY_HOURS = {"clock": {"start": "2026-01-05", "horizon": "10 h"}}
DUTY = [(0, ON_DUTY, 0, 0, 1), (0, ON_DUTY, 1, 1, 1)]


def measured(*rows, scenario=None, **other):
    scenario = scenario or desk(**DAY_HOURS)
    return Measured(scenario, log_of(scenario, [*DUTY, *rows], **other), "queues")


def test_two_tickets_of_which_one_waits_and_one_is_handed_on():
    m = measured(
        (0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (HOUR, OPENED, 1, 0, 1), (2 * HOUR, ESCALATED, 0, 1, 0),
        (2 * HOUR, STARTED, 0, 1, 0), (2 * HOUR, STARTED, 1, 0, 0), (3 * HOUR, RESOLVED, 1, 0, 0),
        (6 * HOUR, RESOLVED, 0, 1, 0),
    )  # fmt: skip
    assert m.pair("wait", queue="first") == (60, 2)
    assert m.pair("waited_ratio", queue="first") == (1, 2)
    assert m.pair("wait", priority="P1") == (60, 1)
    assert m.pair("wait") == (60, 3)
    assert m.value("queue_length", queue="first") == pytest.approx(0.1)
    assert m.pair("first_wait") == (60, 2)
    assert m.pair("sojourn") == (360 + 120, 2)
    assert m.pair("sojourn_quantile", p="0.5") == (120, 1)
    assert m.pair("sojourn_quantile", p="0.99") == (360, 1)
    assert m.pair("sojourn", **{"class": "fault"}) == (480, 2)
    assert m.pair("first_contact_ratio") == (1, 2)
    assert m.pair("handoffs") == (1, 2)
    assert m.pair("touches") == (3, 2)
    assert m.value("backlog") == pytest.approx(0.8)
    assert m.value("backlog_max") == 2
    assert m.value("backlog_at_horizon") == 0
    assert m.value("utilisation", tier="L1") == pytest.approx(0.3)
    assert m.value("utilisation", tier="L2") == pytest.approx(0.4)
    assert m.value("occupancy", tier="L1", shift="day") == pytest.approx(0.3)


def test_waiting_again_after_an_interruption_is_the_same_visit():
    m = measured(
        (0, OPENED, 0, 0, 1), (0, STARTED, 0, 0, 0), (HOUR, OPENED, 1, 0, 0), (HOUR, INTERRUPTED, 0, 0, 0),
        (HOUR, STARTED, 1, 0, 0), (2 * HOUR, RESOLVED, 1, 0, 0), (2 * HOUR, STARTED, 0, 0, 0),
        (3 * HOUR, RESOLVED, 0, 0, 0),
    )  # fmt: skip
    assert m.pair("wait", queue="first") == (60, 2)
    assert m.pair("waited_ratio", queue="first") == (0, 2)
    assert m.value("utilisation", tier="L1") == pytest.approx(0.3)


def test_work_after_the_shift_is_overtime_and_outside_the_shift():
    scenario = desk(
        **DAY_HOURS,
        calendars={"early": {"hours": "00:00-04:00"}},
        support={"tiers": {"L1": {"serves": ["first"], "shifts": {"day": {"heads": 2, "calendar": "early"}}}}},
    )
    rows = [
        (0, ON_DUTY, 0, 0, 2), (3 * HOUR, OPENED, 0, 0, 0), (3 * HOUR, STARTED, 0, 0, 0), (4 * HOUR, ON_DUTY, 0, 0, 0),
        (6 * HOUR, RESOLVED, 0, 0, 0),
    ]  # fmt: skip
    m = Measured(scenario, log_of(scenario, rows), "queues")
    assert m.pair("utilisation", tier="L1") == (3, 8)
    assert m.value("overtime", tier="L1") == 2
    assert m.pair("occupancy", tier="L1", shift="day") == (1, 8)


def test_a_page_takes_the_agent_at_once_and_ends_the_wait_in_the_queue():
    m = measured(
        (0, OPENED, 0, 0, 0), (HOUR, PAGED, 0, 0, 0), (HOUR + 30 * MIN, STARTED, 0, 0, 0), (2 * HOUR, RESOLVED, 0, 0, 0)
    )
    assert m.pair("wait", queue="first") == (60, 1)
    assert m.pair("first_wait") == (90, 1)
    assert m.value("utilisation", tier="L1") == pytest.approx(0.1)
    assert m.value("pages") == pytest.approx(8760 / 10)


def test_reopened_paused_returned_and_abandoned_tickets():
    m = measured(
        (0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 1), (HOUR, TRIAGED, 0, 0, 0), (2 * HOUR, WAITS_CUSTOMER, 0, 0, 0),
        (3 * HOUR, OPENED, 1, 0, 0), (3 * HOUR, RETURNED, 0, 0, 0), (3 * HOUR, STARTED, 0, 0, 0),
        (4 * HOUR, ABANDONED, 1, 0, 0), (4 * HOUR, PAUSED, 0, 0, 0), (5 * HOUR, STARTED, 0, 0, 0),
        (6 * HOUR, RESOLVED, 0, 0, 0), (7 * HOUR, REOPENED, 0, 0, 0), (7 * HOUR, STARTED, 0, 0, 0),
        (8 * HOUR, RESOLVED, 0, 0, 0),
    )  # fmt: skip
    assert m.pair("abandoned_ratio") == (1, 2)
    assert m.pair("first_contact_ratio") == (0, 1)
    assert m.pair("reopened_ratio") == (1, 1)
    assert m.pair("sojourn") == (480, 1)
    assert m.pair("wait", queue="first") == (120, 4)
    assert m.pair("waited_ratio", queue="first") == (1, 4)
    assert m.value("utilisation", tier="L1") == pytest.approx(0.5)
    assert m.value("backlog") == pytest.approx(0.8)


def test_what_is_unfinished_at_the_end_counts_with_its_age():
    m = measured((0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (4 * HOUR, OPENED, 1, 0, 0))
    assert m.pair("wait", queue="first") == (360, 2)
    assert m.pair("sojourn") == (600 + 360, 2)
    assert m.value("backlog_at_horizon") == 2


def test_the_warm_up_is_left_out():
    scenario = desk(clock={"start": "2026-01-05", "horizon": "10 h", "warm_up": "5 h"})
    m = measured(
        (0, OPENED, 0, 0, 0), (HOUR, STARTED, 0, 0, 0), (6 * HOUR, OPENED, 1, 0, 0), (7 * HOUR, RESOLVED, 0, 0, 0),
        (7 * HOUR, STARTED, 1, 0, 0), (8 * HOUR, RESOLVED, 1, 0, 0), scenario=scenario,
    )  # fmt: skip
    assert m.pair("wait", queue="first") == (60, 1)
    assert m.pair("utilisation", tier="L1") == (3, 5)
    assert m.value("backlog") == pytest.approx(4 / 5)


def test_a_log_with_unknown_names_is_refused():
    scenario, other = desk(**DAY_HOURS), desk(**DAY_HOURS, support={"tiers": {"desk": {"serves": ["first"]}}})
    with pytest.raises(ValueError, match='lacks the tier "L1"'):
        Measured(other, log_of(scenario, DUTY), "queues")
