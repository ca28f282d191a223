"""Availability on logs written by hand, and the user-weighted oracle."""

import json
from pathlib import Path

import pytest
from measuring import DAY, HOUR, MIN, Measured, desk, log_of

from twin.eventlog.schema import (
    CAUSE_CHANGE,
    CAUSE_CHANGE_FAULT,
    CAUSE_FAILURE,
    CAUSE_MAINTENANCE,
    DETECTED,
    DOWN,
    FAILED,
    HELD,
    MAINTAINED,
    MAINTENANCE_ENDED,
    OPENED,
    RELEASED,
    REPAIRED,
    STARTED,
    UP,
)

ORACLES = Path(__file__).parents[3].parent / "shared" / "oracles.json"
PLM = {
    "components": {"web": {"depends_on": ["db"]}, "db": {"owner": "customer", "units": 2}, "cad": {}},
    "functions": {"search": {"needs": ["web"]}, "viewing": {"needs": ["cad"], "users_ratio": 0.5}},
}
WEB, DB, CAD = 0, 1, 2
YEAR_PER_10_DAYS = 36.5


def plm(**parts):
    return desk(**{"clock": {"start": "2026-01-05", "horizon": "10 d"}, "deployment": PLM, **parts})


def measured(*rows, scenario=None, **other):
    scenario = scenario or plm()
    return Measured(scenario, log_of(scenario, list(rows), **other), "availability")


def test_a_function_is_down_while_anything_below_it_is():
    m = measured((DAY, DOWN, DB, DB, CAUSE_FAILURE), (2 * DAY, UP, DB, DB, 0))
    assert m.value("availability", function="search", variant="calendar") == pytest.approx(0.9, abs=1e-12)
    assert m.value("availability", function="viewing", variant="calendar") == 1
    assert m.value("availability", function="whole", variant="calendar") == pytest.approx(0.9, abs=1e-12)
    assert m.value("outages", function="search") == pytest.approx(YEAR_PER_10_DAYS)
    assert m.value("longest_outage", function="search") == 1440
    assert m.value("downtime", owner="customer") == pytest.approx(1440 * YEAR_PER_10_DAYS)
    assert m.value("downtime", component="db") == pytest.approx(1440 * YEAR_PER_10_DAYS)
    assert m.pair("availability_kept", period="month", function="search", variant="calendar") == (0, 1)
    assert m.pair("availability_kept", period="month", function="viewing", variant="calendar") == (1, 1)


def test_blame_falls_on_what_went_down_first_and_still_is():
    m = measured(
        (0, DOWN, WEB, WEB, CAUSE_FAILURE), (HOUR, DOWN, DB, DB, CAUSE_CHANGE_FAULT), (2 * HOUR, UP, WEB, WEB, 0),
        (5 * HOUR, UP, DB, DB, 0),
    )  # fmt: skip
    assert m.value("downtime", function="search", cause="failure") == pytest.approx(120 * YEAR_PER_10_DAYS)
    assert m.value("downtime", function="search", cause="change_fault") == pytest.approx(180 * YEAR_PER_10_DAYS)
    assert m.value("downtime", component="web") == pytest.approx(120 * YEAR_PER_10_DAYS)
    assert m.value("outages", function="search") == pytest.approx(YEAR_PER_10_DAYS)
    assert m.value("longest_outage", function="search") == 300


@pytest.mark.parametrize(("counts", "viewing", "whole"), [(False, 1.0, 0.9), (True, 0.7, 0.6)])
def test_the_contract_says_whether_planned_work_is_downtime(counts, viewing, whole):
    m = measured(
        (0, DOWN, CAD, CAD, CAUSE_MAINTENANCE), (DAY, UP, CAD, CAD, 0), (2 * DAY, DOWN, CAD, CAD, CAUSE_CHANGE),
        (4 * DAY, DOWN, WEB, WEB, CAUSE_FAILURE), (4 * DAY, UP, CAD, CAD, 0), (5 * DAY, UP, WEB, WEB, 0),
        scenario=plm(contract={"planned_maintenance_counts": counts}),
    )  # fmt: skip
    assert m.value("availability", function="viewing", variant="calendar") == pytest.approx(viewing)
    assert m.value("availability", function="whole", variant="calendar") == pytest.approx(whole, abs=1e-12)
    assert m.value("downtime", function="viewing", cause="change") == pytest.approx(2880 * YEAR_PER_10_DAYS)


def test_a_failure_during_planned_work_is_downtime():
    m = measured(
        (0, DOWN, DB, DB, CAUSE_MAINTENANCE), (HOUR, DOWN, WEB, WEB, CAUSE_FAILURE), (2 * HOUR, UP, WEB, WEB, 0),
        (3 * HOUR, UP, DB, DB, 0),
    )  # fmt: skip
    assert m.value("availability", function="search", variant="calendar") == pytest.approx(1 - 1 / 240, abs=1e-12)
    assert m.value("downtime", function="search", cause="maintenance") == pytest.approx(180 * YEAR_PER_10_DAYS)


def test_a_partial_outage_counts_by_its_share_of_users():
    m = measured(
        (0, HELD, 7, DB, 250), (DAY, HELD, 8, WEB, 100), (2 * DAY, RELEASED, 7, DB, 0), (3 * DAY, RELEASED, 8, WEB, 0),
        (4 * DAY, HELD, 9, DB, 1000), (5 * DAY, RELEASED, 9, DB, 0),
    )  # fmt: skip
    assert m.value("availability", function="search", variant="calendar") == pytest.approx(1 - 0.06, abs=1e-12)
    assert m.value("downtime", function="search", cause="change_fault") == pytest.approx(864 * YEAR_PER_10_DAYS)
    assert m.value("outages", function="search") == 0


def test_service_hours_leave_the_night_out():
    scenario = plm(
        calendars={"office": {"days": "mon-fri", "hours": "09:00-17:00"}}, contract={"service_calendar": "office"}
    )
    rows = [(16 * HOUR, DOWN, CAD, CAD, CAUSE_FAILURE), (DAY + 10 * HOUR, UP, CAD, CAD, 0)]
    m = measured(*rows, scenario=scenario)
    assert m.value("availability", function="viewing", variant="service_hours") == pytest.approx(1 - 2 / 64, abs=1e-12)
    assert m.value("availability", function="viewing", variant="calendar") == pytest.approx(1 - 18 / 240, abs=1e-12)


def test_repair_times_per_component_and_units_up():
    m = measured(
        (0, FAILED, 1, DB, 0), (10 * MIN, DETECTED, 1, DB, 0), (10 * MIN, OPENED, 0, 0, 0),
        (30 * MIN, STARTED, 0, 0, 0), (3 * HOUR, REPAIRED, 1, DB, 0), (DAY, MAINTAINED, 2, DB, 0),
        (DAY + 3 * HOUR, MAINTENANCE_ENDED, 2, DB, 0),
        (9 * DAY, FAILED, 3, CAD, 0), (9 * DAY + HOUR, DETECTED, 3, CAD, 0), (9 * DAY + HOUR, OPENED, 1, 0, 0),
        units={0: 1, 1: 3},
    )  # fmt: skip
    assert m.pair("mean_time_to_detect", component="db") == (10, 1)
    assert m.pair("mean_time_to_acknowledge", component="db") == (20, 1)
    assert m.pair("mean_time_to_restore", component="db") == (180, 1)
    assert m.pair("mean_time_to_detect") == (70, 2)
    assert m.pair("mean_time_to_acknowledge", component="cad") == (1380, 1)
    assert m.pair("mean_time_to_restore", component="cad") == (1440, 1)
    assert m.value("unit_availability", component="db") == pytest.approx(1 - 6 / 480, abs=1e-12)
    assert m.value("unit_availability", component="cad") == pytest.approx(0.9, abs=1e-12)


def test_months_and_years_keep_or_break_the_promise():
    clock = {"start": "2026-01-01", "horizon": "730 d", "time_zone": "Europe/Berlin"}
    scenario = plm(clock=clock, contract={"availability": 0.999})
    rows = [(40 * DAY, DOWN, CAD, CAD, CAUSE_FAILURE), (40 * DAY + 40 * MIN, UP, CAD, CAD, 0),
            (400 * DAY, DOWN, CAD, CAD, CAUSE_FAILURE), (400 * DAY + 41 * MIN, UP, CAD, CAD, 0)]  # fmt: skip
    m = measured(*rows, scenario=scenario)
    # 0.1 % of 28 days is 40.32 minutes, of a year 525.6
    assert m.pair("availability_kept", period="month", function="viewing", variant="calendar") == (23, 24)
    assert m.pair("availability_kept", period="year", function="viewing", variant="calendar") == (2, 2)


@pytest.mark.skipif(not ORACLES.exists(), reason="shared/oracles.json is not beside the repository")
def test_user_weighted_availability_is_that_of_the_oracle():
    oracle = next(o for o in json.loads(ORACLES.read_text())["oracles"] if o["id"] == "user-a")
    profile, metrics = oracle["params"]["profile"], oracle["metrics"]
    rows = []
    for start, length in oracle["params"]["outages"]:
        rows += [(round(start * HOUR), DOWN, 0, 0, CAUSE_FAILURE), (round((start + length) * HOUR), UP, 0, 0, 0)]
    scenario = desk(
        clock={"start": "2026-01-05", "horizon": "7 d"},
        deployment={"components": {"plm": {}}, "functions": {"all": {"needs": ["plm"]}}},
        demand={
            "users": {"named": max(profile), "concurrent_ratio": 1.0, "profile": "week"},
            "profiles": {"week": {"weights": profile}},
        },
    )
    m = measured(*rows, scenario=scenario)
    expected = metrics["user_weighted_A"]
    calendar = m.value("availability", function="all", variant="calendar")
    assert calendar == pytest.approx(metrics["calendar_A"], abs=1e-9)
    assert m.value("availability", function="all", variant="user_weighted") == pytest.approx(expected, abs=1e-9)
    lost = m.value("user_hours_lost", function="all") * 7 / 365
    assert lost == pytest.approx(metrics["user_hours_lost"], rel=1e-9)


def test_users_on_holidays_follow_the_days_off_ratio():
    scenario = plm(
        calendars={"work": {"holidays": ["2026-01-06"]}},
        demand={
            "users": {"profile": "day"},
            "profiles": {"day": {"weights": [1] * 24, "span": "day", "calendar": "work", "days_off_ratio": 0.5}},
        },
    )
    m = measured((DAY, DOWN, CAD, CAD, CAUSE_FAILURE), (2 * DAY, UP, CAD, CAD, 0), scenario=scenario)
    weighted = m.value("availability", function="viewing", variant="user_weighted")
    assert weighted == pytest.approx(1 - 0.5 / 9.5, abs=1e-9)


def test_a_release_ends_one_hold_of_an_occurrence():
    m = measured(
        (0, HELD, 0, DB, 1000), (0, HELD, 0, DB, 500), (DAY, RELEASED, 0, DB, 1000), (2 * DAY, RELEASED, 0, DB, 500)
    )
    assert m.value("availability", function="search", variant="calendar") == pytest.approx(0.9, abs=1e-12)
