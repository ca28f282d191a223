"""When dated things of a scenario happen, in ticks."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from twin.calendar import occurrences
from twin.calendar.zones import zone
from twin.spec.dated import Dated
from twin.spec.findings import Findings
from twin.spec.problems import Path, shown
from twin.spec.scenario import Clock


def starts_of(dated: Dated, clock: Clock) -> NDArray[np.int64]:
    """Ticks of [0, horizon) at which it happens, sorted. Raises ValueError for a date or rule that can't be read."""
    at = datetime.fromisoformat(dated.at) if dated.at else None
    return occurrences(dated.repeat, at, clock.start_utc, clock.horizon_ticks, clock.tick, clock.time_zone)


def check_dates(dated: Dated, path: Path, clock: Clock, findings: Findings, what: str) -> None:
    """Note a date or rule that can't be read, or that never falls between the start of the clock and its horizon."""
    try:
        at = None if dated.at is None else datetime.fromisoformat(dated.at)
    except ValueError:
        findings.error((*path, "at"), f"{shown(dated.at)} is not a date and time", "write e.g. 2026-01-10T22:00")
        return
    try:
        zone(clock.time_zone)
    except ValueError as error:
        findings.refuse(("clock", "time_zone"), error)
        return
    try:
        found = occurrences(dated.repeat, at, clock.start_utc, clock.horizon_ticks, clock.tick, clock.time_zone)
    except (ValueError, OverflowError) as error:
        remedy = "write a rule like FREQ=MONTHLY;BYDAY=2SA;BYHOUR=22"
        findings.refuse((*path, "at" if dated.repeat is None else "repeat"), error, remedy)
        return
    if len(found) == 0:
        reason = f"{what} never starts between the start of the clock and its horizon"
        findings.warn(path, reason, "move it, or remove it")
