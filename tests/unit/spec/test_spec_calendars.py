"""Calendars of a scenario as business calendars."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from twin.calendar import ALWAYS, Window, is_always
from twin.spec.calendars import business_calendar, horizon_years
from twin.spec.load import load, load_data
from twin.spec.scenario import Scenario

FULL = load(Path(__file__).parent / "everything.yaml").scenario
WORKDAYS = frozenset(range(5))


def scenario(**calendar: Any) -> Scenario:
    clock = {"start": "2026-12-20", "horizon": "30 d", "time_zone": "Europe/Berlin"}
    return load_data({"name": "x", "clock": clock, "calendars": {"c": calendar}}).scenario


def windows(**calendar: Any) -> tuple[Window, ...]:
    return business_calendar(scenario(**calendar), "c").windows


def test_always_is_built_in_and_a_plain_calendar_never_closes() -> None:
    assert business_calendar(FULL, "always") == ALWAYS
    assert is_always(business_calendar(scenario(), "c"))
    with pytest.raises(KeyError):
        business_calendar(FULL, "nope")


def test_days_and_hours_are_read() -> None:
    assert windows(days="mon-fri", hours="08:00-18:00") == (Window(WORKDAYS, 480, 1080),)
    assert windows(days="Monday, wed", hours=["08:00-12:00", "13:00-24:00"]) == (
        Window(frozenset({0, 2}), 480, 720),
        Window(frozenset({0, 2}), 780, 1440),
    )
    assert windows(days="sat-mon", hours="22:00-06:00") == (Window(frozenset({5, 6, 0}), 1320, 360),)


def test_the_zone_is_its_own_or_the_clocks() -> None:
    assert business_calendar(FULL, "berlin").time_zone == "Europe/Berlin"
    assert business_calendar(FULL, "pune").time_zone == "Asia/Kolkata"


def test_holidays_of_every_year_of_the_horizon() -> None:
    calendar = business_calendar(scenario(country="DE", holidays=["2026-12-24"], workdays=["2027-01-02"]), "c")
    assert {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)} <= calendar.holidays
    assert calendar.workdays == {date(2027, 1, 2)}


def test_a_union_is_open_when_a_part_is() -> None:
    calendar = business_calendar(FULL, "sun")
    assert calendar.windows == ()
    assert calendar.union == (business_calendar(FULL, "berlin"), business_calendar(FULL, "pune"))


def test_nested_unions_are_flat_and_name_each_part_once() -> None:
    base = load(
        Path(__file__).parent / "everything.yaml", overrides={"calendars.all": {"union": ["sun", "sun", "night"]}}
    )
    calendar = business_calendar(base.scenario, "all")
    names = ("night", "berlin", "pune")
    assert calendar.union == tuple(business_calendar(FULL, name) for name in names)


def test_horizon_years_reach_over_new_year() -> None:
    assert list(horizon_years(scenario().clock)) == [2026, 2027]
