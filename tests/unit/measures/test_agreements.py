"""Agreements behind the contract, owners of late tickets and calls at home, on logs written by hand."""

from typing import Any

import pytest
from measuring import DAY, HOUR, Measured, desk, log_of

from tests.worlds import small_desk
from twin.decide.compare import compare
from twin.eventlog.schema import (
    ESCALATED,
    OPENED,
    PAGED,
    REOPENED,
    RESOLVED,
    RETURNED,
    STARTED,
    WAITS_CUSTOMER,
)
from twin.spec.load import load_data
from twin.spec.problems import ScenarioError

SUPPLIER = {"tiers": ["L2"], "targets": {"P0": "4 h", "P1": "8 h"}}
OFFICE = {"office": {"days": "mon-fri", "hours": "09:00-17:00"}}
ONCE = [(0, OPENED, 0, 0, 0), (HOUR, STARTED, 0, 0, 0), (2 * HOUR, ESCALATED, 0, 1, 0), (3 * HOUR, STARTED, 0, 1, 0)]


def agreed(rows: list[tuple[int, ...]], end: int | None = None, **changes: Any) -> Measured:
    """Tickets under an agreement with the second line."""
    scenario = desk(agreements={"supplier": {**SUPPLIER, **changes}}, calendars=OFFICE)
    return Measured(scenario, log_of(scenario, rows, **({} if end is None else {"end": end})), "agreements")


@pytest.mark.parametrize(("left_at", "met"), [(6 * HOUR, 1), (6 * HOUR + 1, 0)])
@pytest.mark.parametrize("leaves", [RESOLVED, ESCALATED])
def test_the_clock_of_the_supplier_runs_from_entering_its_queue_to_leaving_it(left_at, met, leaves):
    found = agreed([*ONCE, (left_at, leaves, 0, 0 if leaves == ESCALATED else 1, 0)])
    assert found.pair("agreement_attainment", agreement="supplier", priority="P0") == (met, 1)
    assert found.pair("agreement_attainment", agreement="supplier", priority="P1") == (0, 0)
    assert found.value("agreement_time", agreement="supplier") == (left_at - 2 * HOUR) / 60


@pytest.mark.parametrize(("pauses", "minutes"), [(True, 3 * 60), (False, 23 * 60)])
def test_waits_on_the_customer_stop_it_if_agreed(pauses, minutes):
    rows = [*ONCE, (4 * HOUR, WAITS_CUSTOMER, 0, 1, 0), (24 * HOUR, RETURNED, 0, 1, 0), (24 * HOUR, STARTED, 0, 1, 0),
            (25 * HOUR, RESOLVED, 0, 1, 0)]  # fmt: skip
    found = agreed(rows, pause_on_customer=pauses)
    assert found.value("agreement_time", agreement="supplier") == minutes
    assert found.value("agreement_attainment", agreement="supplier") == pauses


def test_the_supplier_has_hours_of_its_own_and_each_stay_counts():
    rows = [*ONCE, (10 * HOUR, RESOLVED, 0, 1, 0), (DAY, REOPENED, 0, 1, 0), (DAY + 11 * HOUR, STARTED, 0, 1, 0),
            (DAY + 12 * HOUR, RESOLVED, 0, 1, 0)]  # fmt: skip
    found = agreed(rows, calendar="office")  # an hour of the first stay is in office hours, three of the second
    assert found.pair("agreement_time", agreement="supplier") == (4 * 60, 2)
    assert found.value("agreement_stays", agreement="supplier") == pytest.approx(2 * 365 / 30)


@pytest.mark.parametrize(("end", "pair"), [(6 * HOUR, (0, 0)), (6 * HOUR + 1, (0, 1))])
def test_an_unfinished_stay_is_late_once_its_clock_ran_out(end, pair):
    assert agreed(ONCE, end=end).pair("agreement_attainment", agreement="supplier", priority="P0") == pair


def owners(rows: list[tuple[int, ...]]) -> Measured:
    """Late tickets of a class that the key user answers for."""
    visits = {"first": {"work": "1 h"}, "second": {"work": "1 h"}}
    tickets = {"fault": {"queue": "first", "visits": visits, "responsible": "key user"}}
    scenario = desk(demand={"tickets": tickets}, contract={"targets": {"P0": {"respond": "1 h", "resolve": "4 h"}}})
    return Measured(scenario, log_of(scenario, rows), "owners")


@pytest.mark.parametrize(("started", "escalated", "owned"), [
    (0, 5 * HOUR, 1),  # a person works on it as the four hours run out
    (0, 4 * HOUR, 0),  # it has just come to the next queue
    (0, 4 * HOUR - 60, 0),
    (2 * HOUR, 5 * HOUR, 0),  # the answer was late already, and nobody had it then
])  # fmt: skip
def test_an_owner_is_somebody_who_has_the_ticket_as_time_runs_out(started, escalated, owned):
    rows = [(0, OPENED, 0, 0, 0), (started, STARTED, 0, 0, 0), (escalated, ESCALATED, 0, 1, 0),
            (escalated + HOUR, STARTED, 0, 1, 0), (escalated + 2 * HOUR, RESOLVED, 0, 1, 0)]  # fmt: skip
    found = owners(rows)
    assert found.value("late_by_role", role="key user") == 1
    assert found.pair("owned_at_breach") == found.pair("owned_at_breach", role="key user") == (owned, 1)


def test_waiting_for_the_customer_is_owned_and_moves_the_end_of_the_clock():
    rows = [(0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (HOUR, WAITS_CUSTOMER, 0, 0, 0), (9 * HOUR, RETURNED, 0, 0, 0),
            (12 * HOUR, STARTED, 0, 0, 0), (13 * HOUR, RESOLVED, 0, 0, 0)]  # fmt: skip
    assert owners(rows).pair("owned_at_breach") == (1, 1)


def test_people_on_call_take_turns_and_the_limit_is_each_one_s():
    tier = {"serves": ["first"], "on_call": {
        "heads": 2, "call_out": "30 min", "priorities": "P1", "most_pages": 1}}  # fmt: skip
    scenario = desk(
        clock={"start": "2026-01-05", "horizon": "30 d"}, support={"tiers": {"L1": tier}},
        demand={"tickets": {"fault": {"queue": "first", "visits": {"first": {"work": "1 h"}}}}},
    )  # fmt: skip
    at = [1, 2, 3, 8, 9, 15, 29]  # three calls in the first week, two, one, none; the fifth week is not whole
    rows = [(day * DAY, PAGED, number, 1, 0) for number, day in enumerate(at)]
    opened = [(day * DAY, OPENED, number, 0, 0) for number, day in enumerate(at)]
    found = Measured(scenario, log_of(scenario, sorted([*opened, *rows])), "on_call")
    assert found.pair("pages_per_person_week", tier="L1") == (6, 8)
    assert found.pair("page_limit_exceeded", tier="L1") == (1, 8)


def test_more_heads_behind_the_contract_keep_more_of_the_agreement_and_a_longer_life_calls_less():
    limit = {"support.tiers.L2.on_call.most_pages": 2}
    agreement = {"agreements": {"second": {"tiers": ["L2"], "targets": {"P2": "12 h", "P3": "12 h"}}}}
    base = small_desk(**limit, **agreement)
    staffed = small_desk(**limit, **agreement, **{"support.tiers.L2.shifts.day.heads": 4})
    solid = small_desk(**limit, **agreement, **{"deployment.components.app.mtbf": "2000 h"})
    first, second = compare([base, staffed, solid], reps=15, workers=1, families=("agreements", "on_call")).differences
    attained = next(row for row in first.rows if row.name == "agreement_attainment" and "priority" not in row.where)
    assert attained.low > 0
    assert next(row for row in second.rows if row.name == "pages_per_person_week").high < 0


def test_names_in_agreements_must_be_known_and_the_policy_complete():
    data = small_desk().model_dump(mode="json")
    with pytest.raises(ScenarioError, match='unknown tier "L7"'):
        load_data(data | {"agreements": {"supplier": {"tiers": ["L7"], "targets": {"P0": "1 h"}}}})
    for ticket in data["demand"]["tickets"].values():
        ticket["responsible"] = "service manager"
    data["contract"]["targets"]["P1"] = {"respond": "1 h"}
    warnings = [str(one) for one in load_data(data).warnings]
    assert any('priority "P1" has no time to resolve' in line for line in warnings)
