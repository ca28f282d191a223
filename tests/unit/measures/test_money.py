"""Costs, tariffs and cash flow on logs written by hand, in whole years so that every amount is exact."""

from typing import Any

import pytest
from measuring import DAY, HOUR, Measured, desk, log_of

from tests.worlds import small_desk
from twin.decide.compare import compare
from twin.eventlog.schema import (
    CHANGE_PHASE,
    DOWN,
    ESCALATED,
    FAILED,
    ON_DUTY,
    OPENED,
    PAGED,
    REPAIRED,
    RESOLVED,
    RETURNED,
    STARTED,
    UP,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)
from twin.experiment.replicate import replicate
from twin.measures.tariffs import break_even, cheapest, fee
from twin.spec.load import load_data
from twin.spec.money import Tariff
from twin.spec.problems import ScenarioError

CLOCK = {"start": "2026-01-05", "horizon": "365 d"}
OFFICE = {"office": {"days": "mon-fri", "hours": "09:00-17:00"}}
RATES = {"per_hour": 80, "per_on_call_hour": 8, "per_page": 50, "overtime_ratio": 1.5}
VISITS = {"first": {"work": "1 h"}, "second": {"work": "1 h"}}
STAFF = {"tiers": {
    "L1": {"serves": ["first"], "shifts": {"day": {"heads": 2, "calendar": "office"}}},
    "L2": {
        "serves": ["second"], "party": "vendor", "shifts": {"day": {"heads": 1, "calendar": "office"}},
        "on_call": {"heads": 1, "call_out": "30 min", "priorities": "P1"},
    },
}}  # fmt: skip
L1, L2, L2_CALLED = range(3)


def year(rows: list[tuple[int, ...]], units: dict[int, int] | None = None, **parts: Any) -> Measured:
    """A year of that log; parts replace the desk's."""
    scenario = desk(**{"clock": CLOCK, "calendars": OFFICE, "support": STAFF, **parts})
    return Measured(scenario, log_of(scenario, rows, units), "money", "parties")


def solved(ticket: int, at: int, took: int, tier: int) -> list[tuple[int, ...]]:
    """A ticket of P0 that is picked up at once and solved by the tier, in the queue of that tier."""
    rows = [(at, OPENED, ticket, min(tier, 1), 0), (at, STARTED, ticket, tier, 0)]
    return [*rows, (at + took, RESOLVED, ticket, tier, 0)]


def test_shifts_are_paid_as_planned_by_the_party_that_employs_them():
    wages = {"L1": {"per_hour": 40}, "L2": {"per_hour": 80, "shifts": {"day": 90}}}
    measured = year([], money={"currency": "EUR", "wages": wages, "tools": {
        "monitoring": {"per_year": 12000}, "remote access": {"per_year": 900, "paid_by": "vendor"}}})  # fmt: skip
    hours = 261 * 8  # week days from 2026-01-05 to 2027-01-04
    assert measured.value("cost", payer="customer", part="wages") == 2 * hours * 40
    assert measured.value("cost", payer="vendor", part="wages") == hours * 90
    assert measured.value("cost", payer="customer", part="total") == 2 * hours * 40 + 12000
    assert measured.value("vendor_margin") == -(hours * 90 + 900)


def test_being_on_call_is_paid_by_the_hour_by_the_page_and_for_work():
    rows = [(0, ON_DUTY, L2_CALLED, L2_CALLED, 1), (DAY, OPENED, 0, 1, 0), (DAY, PAGED, 0, L2_CALLED, 0),
            (DAY + HOUR // 2, STARTED, 0, L2_CALLED, 0), (DAY + 2 * HOUR, RESOLVED, 0, L2_CALLED, 0)]  # fmt: skip
    measured = year(rows, money={"currency": "EUR", "wages": {"L2": RATES}})
    assert measured.value("cost", payer="vendor", part="on_call") == 8760 * 8 + 50 + 2 * 80 * 1.5


def test_cost_of_a_resolved_ticket_by_tier():
    rows = sorted([*solved(0, 0, HOUR, L1), *solved(1, DAY, HOUR, L1), *solved(2, 2 * DAY, HOUR, L2)])
    duty = [(0, ON_DUTY, L1, L1, 2), (0, ON_DUTY, L2, L2, 1)]
    wages = {"L1": {"per_hour": 40}, "L2": {"per_hour": 80}}
    measured = year([*duty, *rows], money={"currency": "EUR", "wages": wages})
    assert measured.pair("unit_cost", tier="L1") == (2 * 2088 * 40, 2)
    assert measured.pair("unit_cost", tier="L2") == (2088 * 80, 1)
    assert measured.pair("unit_cost") == (2 * 2 * 2088 * 40, 3)


def test_hours_by_type_of_work_and_of_change_staff():
    tickets = {"fault": {"queue": "first", "visits": VISITS, "work_type": "customisation"}}
    changes = {"patch": {"components": ["app"], "at": "2026-02-01", "work": "3 h", "staff": {"L1": 1, "L2": 1}}}
    rows = [*solved(0, 0, 2 * HOUR, L1), (DAY, CHANGE_PHASE, 0, 0, 0), (DAY + 3 * HOUR, CHANGE_PHASE, 0, 0, 1)]
    measured = year(
        rows, demand={"tickets": tickets}, changes=changes, money={"currency": "EUR"},
        deployment={"components": {"app": {}}},
    )  # fmt: skip
    assert measured.value("work_hours", work_type="customisation") == 2
    assert measured.value("work_hours", work_type="upgrade") == 6


def test_tariffs_charge_incidents_and_man_days_and_one_is_cheapest():
    annual, each = Tariff(per_year=6000), Tariff(per_incident=500)
    by_day = Tariff(per_year=1000, per_man_day=1200, included=3, per_incident=10)
    assert fee(annual, 20, 5) == 6000
    assert fee(each, 20, 5) == 10000
    assert fee(by_day, 20, 5) == 1000 + 17 * 10 + 5 * 1200
    assert [cheapest({"annual": annual, "each": each}, n, 0) for n in (11, 12, 13)] == ["each", "annual", "annual"]
    assert break_even(annual, each, 0.25) == 12
    assert break_even(annual, Tariff(per_man_day=1000), 0.25) == 24
    assert break_even(annual, Tariff(), 0.25) == float("inf")


def test_the_fee_depends_on_the_tickets_of_the_log_and_the_break_even_does_not():
    rows = sorted([*solved(0, 0, 4 * HOUR, L2), *solved(1, DAY, 8 * HOUR, L2)])
    money = {
        "currency": "EUR", "tariff": "annual",
        "tariffs": {"annual": {"per_year": 6000}, "each": {"per_incident": 500}, "days": {"per_man_day": 1200}},
    }
    measured = year(rows, money=money)
    assert measured.value("incidents") == 2
    assert measured.value("fee", tariff="each") == 1000
    assert measured.value("fee", tariff="days") == 1.5 * 1200
    assert [measured.value("cheapest_tariff", tariff=name) for name in ("annual", "each", "days")] == [0, 1, 0]
    assert measured.value("break_even", tariff="annual", against="each") == 12
    assert measured.value("break_even", tariff="annual", against="days") == 6000 / (0.75 * 1200)
    assert measured.value("cost", payer="customer", part="fee") == 6000


def test_the_free_years_end_with_a_cliff():
    money = {"currency": "EUR", "tariff": "annual", "tariffs": {"annual": {"per_year": 6000}}, "free": "547.5 d",
             "years": 3, "tools": {"monitoring": {"per_year": 1000}}}  # fmt: skip
    measured = year([], money=money)
    assert [measured.value("cash_flow", payer="customer", year=k) for k in "123"] == [1000, 4000, 7000]
    assert [measured.value("cash_flow", payer="vendor", year=k) for k in "123"] == [0, -3000, -6000]
    assert measured.value("cost_cliff") == 6000


@pytest.mark.parametrize(("owner", "only", "credit"), [
    ("vendor", True, 6000 / 12 + 200), ("customer", True, 0), ("customer", False, 6000 / 12 + 200),
])  # fmt: skip
def test_credits_for_a_month_and_for_a_missed_clock_are_due_if_it_is_the_vendor_s_fault(owner, only, credit):
    down = [(40 * DAY, FAILED, 0, 0, 0), (40 * DAY, DOWN, 0, 0, 0), (40 * DAY, OPENED, 0, 1, 0),
            (40 * DAY, STARTED, 0, L2, 0), (41 * DAY, REPAIRED, 0, 0, 0), (41 * DAY, UP, 0, 0, 0),
            (41 * DAY, RESOLVED, 0, L2, 0)]  # fmt: skip
    steps = [{"below": 0.999, "credit_ratio": 0.1}, {"below": 0.98, "credit_ratio": 1.0}]
    measured = year(
        down, {0: 0}, contract={"targets": {"P0": {"restore": "4 h"}}},
        deployment={"components": {"app": {"owner": owner}}, "functions": {"bom": {"needs": ["app"]}}},
        money={
            "currency": "EUR", "tariff": "annual", "tariffs": {"annual": {"per_year": 6000}}, "downtime": {"bom": 2},
            "penalties": {"missed": {"P0": {"restore": 200}}, "availability": steps, "vendor_faults_only": only},
        },
    )  # fmt: skip
    # of whole months there are eleven, and one of them gives the whole fee of a month back
    assert measured.value("cost", payer="vendor", part="credits") == pytest.approx(0 if not credit else 6000 / 11 + 200)
    assert measured.value("cost", payer="customer", part="downtime") == pytest.approx(2 * 24 * 200)
    assert measured.value("tickets_at_fault", fault=owner) == 1


def test_credits_stop_at_a_share_of_the_fee():
    rows = [*solved(0, 0, 9 * HOUR, L2)]
    money = {"currency": "EUR", "tariff": "annual", "tariffs": {"annual": {"per_year": 100}},
             "penalties": {"missed": {"P0": {"resolve": 500}}, "most_ratio": 0.3}}  # fmt: skip
    measured = year(rows, money=money, contract={"targets": {"P0": {"resolve": "4 h"}}})
    assert measured.value("cost", payer="vendor", part="credits") == 30


def test_tickets_out_of_scope_are_charged_by_the_day_and_argued_about():
    special = {"fault": {"queue": "first", "visits": VISITS, "scope": "out", "dispute": "second", "owner": "customer"}}
    rows = [(0, OPENED, 0, 1, 0), (0, STARTED, 0, L2, 0), (2 * HOUR, WAITS_CUSTOMER, 0, 1, 0),
            (26 * HOUR, RETURNED, 0, 1, 0), (26 * HOUR, STARTED, 0, L2, 0),
            (28 * HOUR, RESOLVED, 0, L2, 0)]  # fmt: skip
    money = {"currency": "EUR", "out_of_scope_per_man_day": 1000, "budget": {"per_year": 3000}}
    measured = year(rows, demand={"tickets": special}, money=money)
    assert measured.value("cost", payer="customer", part="out_of_scope") == 500
    assert measured.value("incidents") == 0
    assert [measured.value("within_budget", service_ratio=ratio) for ratio in ("0.15", "0.175", "0.2")] == [0, 1, 1]
    assert measured.value("out_of_scope_ratio") == measured.value("dispute_ratio") == 1
    assert measured.value("dispute_wait") == 24 * 60
    assert [measured.value("ticket_minutes", held_by=who) for who in ("customer", "vendor")] == [0, 240]


def test_the_clock_runs_for_the_party_that_holds_the_ticket():
    rows = [(0, OPENED, 0, 0, 0), (HOUR, STARTED, 0, L1, 0), (2 * HOUR, ESCALATED, 0, 1, 0),
            (5 * HOUR, STARTED, 0, L2, 0), (6 * HOUR, WAITS_VENDOR, 0, 1, 0), (16 * HOUR, RETURNED, 0, 1, 0),
            (16 * HOUR, STARTED, 0, L2, 0),
            (17 * HOUR, RESOLVED, 0, L2, 0)]  # fmt: skip
    measured = year(rows, contract={"targets": {"P0": {"resolve": "8 h"}}})
    assert measured.value("ticket_minutes", held_by="customer") == 2 * 60
    assert measured.value("ticket_minutes", held_by="vendor") == 15 * 60
    assert measured.pair("party_attainment", fault="vendor", clock="resolve") == (0, 1)
    assert measured.pair("party_attainment", fault="customer", clock="resolve") == (0, 0)


def test_a_head_more_costs_its_wage_and_saves_penalties():
    money = {"currency": "EUR", "wages": {"L1": {"per_hour": 30}}, "penalties": {"missed": {"P2": {"resolve": 40}}}}
    both = [
        small_desk(money=money, **{
            "support.tiers.L1.shifts.day.heads": heads, "support.tiers.L2.party": "vendor",
            "contract.targets.P2.resolve": "2 h",
        }) for heads in (2, 3)
    ]  # fmt: skip
    found = {
        row.where.get("part"): row for row in compare(both, reps=12, workers=1, families=("money",)).differences[0].rows
        if row.name == "cost" and row.where["payer"] == ("vendor" if row.where["part"] == "credits" else "customer")
    }  # fmt: skip
    assert found["wages"].estimate == pytest.approx(30 * 80 * 36.5)  # eight week days of ten hours, ten days to a year
    assert found["credits"].high < 0


@pytest.mark.parametrize(("money", "reason"), [
    ({"currency": "EUR", "wages": {"L9": {"per_hour": 1}}}, 'unknown tier "L9"'),
    ({"currency": "EUR", "wages": {"L1": {"per_hour": 1, "shifts": {"night": 2}}}}, 'unknown shift "night"'),
    ({"currency": "EUR", "downtime": {"bmo": 3}}, 'unknown function "bmo"'),
    ({"currency": "EUR", "tariffs": {"annual": {}}}, "none is in force"),
    ({"currency": "EUR", "tariffs": {"annual": {}}, "tariff": "anual"}, 'unknown tariff "anual"'),
    ({"currency": "EUR", "incidents": ["bug"]}, 'unknown ticket class "bug"'),
    ({"currency": "EUR", "penalties": {"missed": {"P9": {"respond": 1}}}}, 'unknown priority "P9"'),
    ({"currency": "EUR", "penalties": {"missed": {"P0": {"repair": 1}}}}, "is not a known choice"),
    ({"currency": "EUR", "man_day": "0 s"}, "is not above 0"),
])  # fmt: skip
def test_what_a_section_can_t_mean_is_refused_with_a_remedy(money, reason):
    data = small_desk().model_dump(mode="json") | {"money": money}
    with pytest.raises(ScenarioError) as error:
        load_data(data)
    assert reason in str(error.value)


def test_a_dispute_needs_its_queue_and_a_fee_its_workers():
    data = small_desk().model_dump(mode="json")
    data["demand"]["tickets"]["how_to"] |= {"dispute": "thrid", "responsible": "key user"}
    with pytest.raises(ScenarioError, match="which the ticket does not visit"):
        load_data(data)
    data["demand"]["tickets"]["how_to"]["dispute"] = "second"
    money = {"currency": "EUR", "tariff": "a", "tariffs": {"a": {"per_year": 1}}}
    warnings = [str(one) for one in load_data(data | {"money": money}).warnings]
    assert any("nobody works for the fee" in line for line in warnings)
    assert any("nobody answers for this class" in line for line in warnings)


def test_wages_and_agreements_follow_the_groups_that_a_tier_is_split_into():
    group = {"skills": ["bom"], "shifts": {"day": {"calendar": "office", "heads": 1}}}
    data = small_desk().model_dump(mode="json")
    data["demand"]["tickets"]["how_to"] |= {"module": "bom", "dispute": "second"}
    data["support"]["tiers"]["L2"] = {
        "serves": ["second"], "party": "vendor", "groups": {"juniors": group, "seniors": group},
    }  # fmt: skip
    data |= {
        "money": {"currency": "EUR", "wages": {"L2": {"per_hour": 50}}, "incidents": ["how_to"]},
        "agreements": {"second": {"tiers": ["L2"], "targets": {"P2": "1 d"}}},
    }
    result = replicate(load_data(data).scenario, reps=2, workers=1, families=("money", "agreements", "parties"))
    wages = next(r for r in result["cost"] if r.where == {"payer": "vendor", "part": "wages"})
    assert wages.estimate == pytest.approx(2 * 50 * 80 * 36.5)
    assert next(r for r in result["agreement_stays"] if r.where == {"agreement": "second"}).estimate > 0
