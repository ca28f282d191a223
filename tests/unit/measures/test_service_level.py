"""Clocks of the contract on logs written by hand."""

import pytest
from measuring import DAY, HOUR, MIN, Measured, desk, log_of

from twin.eventlog.schema import (
    ABANDONED,
    OPENED,
    REOPENED,
    RESOLVED,
    RESTORED,
    RETURNED,
    STARTED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)

TARGETS = {"P0": {"respond": "30 min", "restore": "2 h", "resolve": "4 h"}, "P1": {"resolve": "8 h"}}
OFFICE = {"office": {"days": "mon-fri", "hours": "09:00-17:00"}}


def one(*rows, end=None, **contract):
    scenario = desk(contract={"targets": TARGETS, **contract}, calendars=OFFICE)
    other = {} if end is None else {"end": end}
    return Measured(scenario, log_of(scenario, list(rows), **other), "service_level")


def test_each_clock_has_its_own_verdict():
    measured = one(
        (0, OPENED, 0, 0, 0), (30 * MIN, STARTED, 0, 0, 0), (2 * HOUR + 1, RESTORED, 0, 0, 0),
        (4 * HOUR, RESOLVED, 0, 0, 0),
    )  # fmt: skip
    assert measured.pair("attainment", priority="P0", clock="respond") == (1, 1)
    assert measured.pair("attainment", priority="P0", clock="restore") == (0, 1)
    assert measured.pair("attainment", priority="P0", clock="resolve") == (1, 1)
    assert measured.pair("attainment") == (2, 3)
    assert measured.pair("attainment_kept", period="month", clock="resolve") == (1, 1)
    assert measured.pair("attainment_kept", period="month") == (0, 1)
    assert measured.value("tickets", priority="P0") == 1


def test_without_a_restored_row_service_is_back_at_the_first_resolution():
    measured = one(
        (0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (HOUR, RESOLVED, 0, 0, 0), (5 * HOUR, REOPENED, 0, 0, 0),
        (5 * HOUR, STARTED, 0, 0, 0), (6 * HOUR, RESOLVED, 0, 0, 0),
    )  # fmt: skip
    assert measured.pair("attainment", priority="P0", clock="restore") == (1, 1)
    assert measured.pair("attainment", priority="P0", clock="resolve") == (0, 1)


@pytest.mark.parametrize(("event", "pauses", "met"), [
    (WAITS_CUSTOMER, {}, 1), (WAITS_VENDOR, {}, 0),
    (WAITS_CUSTOMER, {"pause_on_customer": False}, 0), (WAITS_VENDOR, {"pause_on_vendor": True}, 1),
])  # fmt: skip
def test_the_contract_says_which_waits_stop_the_clock(event, pauses, met):
    measured = one(
        (0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (HOUR, event, 0, 0, 0), (9 * HOUR, RETURNED, 0, 0, 0),
        (9 * HOUR, STARTED, 0, 0, 0), (12 * HOUR, RESOLVED, 0, 0, 0), **pauses,
    )  # fmt: skip
    assert measured.pair("attainment", priority="P0", clock="resolve") == (met, 1)


@pytest.mark.parametrize(("resolved_at", "met"), [
    (DAY + 13 * HOUR, 1),  # opened Monday 16:00 with 5 h: 1 h on Monday, 4 h on Tuesday
    (DAY + 13 * HOUR + 1, 0),
])  # fmt: skip
def test_business_hours_stop_over_night(resolved_at, met):
    measured = one(
        (16 * HOUR, OPENED, 0, 0, 1), (16 * HOUR, STARTED, 0, 0, 0), (resolved_at, RESOLVED, 0, 0, 0),
        calendar="office", targets={"P1": {"resolve": "5 h"}},
    )  # fmt: skip
    assert measured.pair("attainment", priority="P1", clock="resolve") == (met, 1)


@pytest.mark.parametrize(("resolved_at", "met"), [(17 * HOUR, 1), (17 * HOUR + 1, 0), (DAY + 9 * HOUR, 0)])
def test_what_is_due_at_closing_time_is_late_afterwards(resolved_at, met):
    measured = one(
        (9 * HOUR, OPENED, 0, 0, 1), (9 * HOUR, STARTED, 0, 0, 0), (resolved_at, RESOLVED, 0, 0, 0), calendar="office",
    )  # fmt: skip
    assert measured.pair("attainment", priority="P1", clock="resolve") == (met, 1)


def test_open_tickets_are_missed_when_past_due_and_undecided_before():
    rows = ((0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (0, OPENED, 1, 0, 1))
    measured = one(*rows, end=5 * HOUR)
    assert measured.pair("attainment", priority="P0", clock="resolve") == (0, 1)
    assert measured.pair("attainment", priority="P1", clock="resolve") == (0, 0)
    assert measured.value("undecided_tickets", clock="resolve") == 1


def test_a_ticket_that_waits_for_the_customer_at_the_end_stands_still():
    measured = one((0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (HOUR, WAITS_CUSTOMER, 0, 0, 0), end=5 * HOUR)
    assert measured.pair("attainment", priority="P0", clock="resolve") == (0, 0)


@pytest.mark.parametrize(("gone_at", "met"), [(30 * MIN, 1), (30 * MIN + 1, 0)])
def test_an_abandoned_ticket_counts_for_the_response_only(gone_at, met):
    measured = one((0, OPENED, 0, 0, 0), (gone_at, ABANDONED, 0, 0, 0))
    assert measured.pair("attainment", priority="P0", clock="respond") == (met, 1)
    assert measured.pair("attainment", priority="P0", clock="resolve") == (0, 0)


def test_months_are_calendar_months_and_tickets_belong_to_the_one_they_open_in():
    scenario = desk(
        clock={"start": "2026-01-05", "horizon": "85 d", "warm_up": "1 d"},
        contract={"targets": {"P0": {"resolve": "4 h"}}},
    )
    february, march = 27 * DAY, 55 * DAY
    rows = []
    for ticket, (opened, took) in enumerate([(0, 9), (2 * DAY, 9), (february, 1), (march, 9), (march + 1, 1)]):
        rows += [(opened, OPENED, ticket, 0, 0), (opened + took * HOUR, RESOLVED, ticket, 0, 0)]
    measured = Measured(scenario, log_of(scenario, sorted(rows)), "service_level")
    assert measured.pair("attainment", clock="resolve") == (2, 4)
    assert measured.pair("attainment_kept", period="month", clock="resolve") == (1, 1)
    assert measured.pair("attainment_kept", period="year", clock="resolve") == (0, 1)
