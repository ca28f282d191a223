"""The calendars a scenario writes, as business calendars that can be expanded to ticks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from twin.calendar import ALWAYS, BusinessCalendar, Window, holidays_of, workdays_of
from twin.calendar.zones import zone
from twin.spec.problems import did_you_mean, shown
from twin.spec.scenario import Clock, Scenario
from twin.spec.support import WorkingTime

_NO_UNION: Final = WorkingTime()
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"\s*([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})\s*", re.ASCII)


def business_calendar(scenario: Scenario, name: str) -> BusinessCalendar:
    """The named calendar, in its own time zone or else the clock's; "always" is built in.

    A calendar with a union and neither days nor hours of its own is open exactly when one of the union is.
    Raises ValueError with reason and remedy for a calendar that can't be read, and KeyError for an unknown name.
    """
    own = _without_union(scenario, name)
    below = [_part(scenario, part) for part in _united(scenario, name)]
    return replace(own, union=tuple(part for part in below if part.windows or part.union))


def _part(scenario: Scenario, name: str) -> BusinessCalendar:
    return business_calendar(scenario, name) if _ends(scenario, name) else _without_union(scenario, name)


def _ends(scenario: Scenario, name: str) -> bool:
    return scenario.calendars.get(name, _NO_UNION).until is not None


def _united(scenario: Scenario, name: str) -> list[str]:
    """Calendars that a union names, directly or through others, once each; not through one that ends."""
    found = {name: None}
    front = [name]
    while front:
        at = front.pop(0)
        inside = scenario.calendars.get(at, _NO_UNION).union if at == name or not _ends(scenario, at) else ()
        fresh = [part for part in dict.fromkeys(inside) if part not in found]
        found |= dict.fromkeys(fresh)
        front += fresh
    return [*found][1:]


def _without_union(scenario: Scenario, name: str) -> BusinessCalendar:
    if name == "always" and name not in scenario.calendars:
        return ALWAYS
    written = scenario.calendars[name]
    holidays, workdays = _days_off(written, scenario.clock)
    until = None if written.until is None else _date(written.until)
    zone_name = written.time_zone or scenario.clock.time_zone
    return BusinessCalendar(zone_name, windows_of(written), holidays, workdays, until=until)


def calendar_faults(written: WorkingTime, clock: Clock) -> Iterator[tuple[str, ValueError]]:
    """Each key of a calendar that can't be read, with the reason and remedy; unions aren't followed."""
    parts: dict[str, Callable[[], object]] = {
        "time_zone": lambda: zone(written.time_zone or clock.time_zone),
        "days": lambda: days_of(written.days),
        "hours": lambda: _windows(frozenset(), written.hours),
        "country": lambda: holidays_of(written.country, horizon_years(clock)) if written.country is not None else None,
        "holidays": lambda: [_date(text) for text in written.holidays],
        "workdays": lambda: [_date(text) for text in written.workdays],
        "until": lambda: None if written.until is None else _date(written.until),
    }
    for key, read in parts.items():
        try:
            read()
        except ValueError as error:
            yield key, error


def windows_of(written: WorkingTime) -> tuple[Window, ...]:
    """Weekly windows of a calendar as written. Raises ValueError for days or hours that can't be read."""
    if written.union and not written.model_fields_set & {"days", "hours"}:
        return ()
    return _windows(days_of(written.days), written.hours)


def days_of(text: str) -> frozenset[int]:
    """Week days of a text such as "mon-fri,sun", 0 = Monday. Raises ValueError for one that can't be read."""
    return frozenset(day for part in text.split(",") for day in _day_range(part))


def _day_range(text: str) -> Iterator[int]:
    first, dash, last = text.partition("-")
    begin = _day(first)
    end = _day(last) if dash else begin
    yield from ((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def _day(text: str) -> int:
    name = text.strip().lower()
    if len(name) < 3 or name[:3] not in DAYS:
        raise ValueError(f"{shown(text)} is no week day; {did_you_mean(name, DAYS)}")
    return DAYS.index(name[:3])


def _windows(days: frozenset[int], hours: tuple[str, ...] | str) -> tuple[Window, ...]:
    parts = (hours,) if isinstance(hours, str) else hours
    return tuple(_window(days, text) for part in parts for text in part.split(","))


def _window(days: frozenset[int], text: str) -> Window:
    match = _HOURS.fullmatch(text)
    if match is None or int(match[2]) > 59 or int(match[4]) > 59:
        raise ValueError(f'{shown(text)} is no span of hours; write e.g. "08:00-18:00"')
    open_min, close_min = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if open_min >= 1440 or close_min > 1440:
        raise ValueError(f"{shown(text)} leaves the day; write times from 00:00 to 24:00")
    return Window(days, open_min, close_min)


def _days_off(written: WorkingTime, clock: Clock) -> tuple[frozenset[date], frozenset[date]]:
    holidays, workdays = {_date(text) for text in written.holidays}, {_date(text) for text in written.workdays}
    if written.country is not None:
        years = horizon_years(clock)
        holidays |= holidays_of(written.country, years)
        workdays |= workdays_of(written.country, years)
    return frozenset(holidays), frozenset(workdays)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{shown(text)} is no date; write e.g. 2026-12-24") from None


def horizon_years(clock: Clock) -> range:
    """Calendar years that the simulated time touches in any time zone."""
    first = clock.start - timedelta(days=1)
    last = clock.start + timedelta(seconds=clock.horizon + clock.drain, days=1)
    return range(first.year, last.year + 1)
