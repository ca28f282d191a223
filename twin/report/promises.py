"""The promises of the contract, what the replications say about each, and the verdict."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.report.labels import CLOCKS
from twin.report.words import NBSP
from twin.spec.profiles import resolve
from twin.spec.scenario import Scenario
from twin.units import format_duration

ENOUGH_REPLICATIONS: Final = 30


class Verdict(Enum):
    """What the interval says against the target."""

    KEPT = "kept"
    MISSED = "missed"
    OPEN = "too few runs to judge"
    NOTHING = "nothing to measure"


@dataclass(frozen=True)
class Promise:
    """One promise: its words, its target as a share, the measured row, and the row of the periods that keep it.

    priority, clock  of a ticket promise; empty for availability.
    """

    words: str
    target: float
    row: Row
    kept: Row | None
    verdict: Verdict
    priority: str = ""
    clock: str = ""

    @property
    def margin(self) -> float:
        """Estimate less target: negative where it is missed."""
        return self.row.estimate - self.target


def verdict_of(row: Row, target: float) -> Verdict:
    """Kept if the whole interval is at or above the target, missed if it is below, else open.

    An interval without width, from fewer than 30 replications, decides nothing.
    """
    if math.isnan(row.estimate):
        return Verdict.NOTHING
    has_width = row.high > row.low
    if math.isnan(row.low) or math.isnan(row.high) or (not has_width and row.n < ENOUGH_REPLICATIONS):
        return Verdict.OPEN
    if row.low >= target:
        return Verdict.KEPT
    return Verdict.MISSED if row.high < target else Verdict.OPEN


def promises(result: Result) -> list[Promise]:
    """Availability of the whole first, then each priority and clock the contract has a target for."""
    rows, scenario = result.rows(), result.scenario
    return [*_availability(rows, scenario), *_clocks(rows, scenario)]


def find(rows: list[Row], name: str, **where: str) -> Row | None:
    """The row of that name with exactly those dimensions; None if it was not measured."""
    return next((row for row in rows if row.name == name and row.where == where), None)


def _availability(rows: list[Row], scenario: Scenario) -> list[Promise]:
    contract, at = scenario.contract, {"function": "whole", "variant": "service_hours"}
    row = find(rows, "availability", **at)
    if row is None:
        return []
    kept = find(rows, "availability_kept", period=contract.period, **at)
    hours = "" if contract.service_calendar == "always" else f" in the hours of calendar {contract.service_calendar}"
    target = contract.availability
    return [Promise(f"System available{hours}", target, row, kept, verdict_of(row, target))]


def _clocks(rows: list[Row], scenario: Scenario) -> list[Promise]:
    contract = scenario.contract
    found = []
    for priority, target in resolve(contract, scenario.support.priorities).items():
        for clock in CLOCKS:
            seconds, at = getattr(target, clock), {"priority": priority, "clock": clock}
            row = find(rows, "attainment", **at)
            if seconds is None or row is None:
                continue
            words = f"{priority} {CLOCKS[clock]} within {format_duration(seconds).replace(' ', NBSP)}"
            kept = find(rows, "attainment_kept", period=contract.period, **at)
            verdict = verdict_of(row, contract.attainment)
            found.append(Promise(words, contract.attainment, row, kept, verdict, priority, clock))
    return found
