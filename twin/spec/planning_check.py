"""The planning section: names that must mean something, dates and times that must be readable."""

import re
from datetime import date

from twin.spec.findings import Findings
from twin.spec.problems import Path, shown
from twin.spec.scenario import Scenario

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):[0-5][0-9]")


def check_planning(scenario: Scenario, findings: Findings) -> None:
    """Note each name of the planning section that is not defined, and each date or time that can't be read."""
    planning = scenario.planning
    if planning is None:
        return
    for priority in planning.breach:
        findings.known(("planning", "breach", priority), priority, scenario.support.priorities, "priority")
    for number, blackout in enumerate(planning.blackouts):
        _check_days(("planning", "blackouts", number), blackout.begins, blackout.ends, findings)
    for name, slots in planning.slots.items():
        findings.known(("planning", "slots", name), name, scenario.changes, "change")
        for number, text in enumerate(slots.starts):
            if _TIME.fullmatch(text) is None:
                path: Path = ("planning", "slots", name, "starts", number)
                findings.error(path, f"{shown(text)} is no time of day", 'write e.g. "20:00"')
        _check_week(("planning", "slots", name, "days"), slots.days, findings)


def _check_days(path: Path, begins: str, ends: str, findings: Findings) -> None:
    try:
        ordered = date.fromisoformat(begins) <= date.fromisoformat(ends)
    except ValueError:
        findings.error(path, "a blackout needs two dates", "write e.g. {begins: 2026-12-21, ends: 2027-01-03}")
        return
    if not ordered:
        findings.error(path, "the blackout ends before it begins", "write the earlier date first")


def _check_week(path: Path, text: str, findings: Findings) -> None:
    from twin.spec.calendars import days_of

    try:
        days_of(text)
    except ValueError as error:
        findings.refuse(path, error)
