"""What to do, by rules over the measures: each with the number that speaks for it, the weightiest first."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from twin.experiment.table import Row
from twin.report.promises import Promise, Verdict, find
from twin.report.words import estimate, length, number, percent
from twin.spec.scenario import Scenario

_MOST: Final = 6
_BUSY: Final = 0.85
_REOPENED: Final = 0.1
_CLOSED: Final = 0.9
_OLD_MIN: Final = 30 * 1440.0
_OFTEN: Final = 0.1
_WIDE: Final = 0.03
_DO: Final = {
    "detection": "Look more often: failures are noticed late",
    "triage": "Sort tickets faster",
    "off shift": "Cover the hours in which nobody is on duty",
    "call-out": "Shorten the way of people on call to their desk",
    "preempted": "Give less urgent tickets people of their own",
    "waiting on customer": "Ask customers once and completely, and remind them",
    "waiting on vendor": "Hold the supplier to a time of its own",
    "work": "Make solving faster: known errors, runbooks, training",
    "rework": "Check solutions with the reporter before closing",
    "closed before reopening": "Check solutions with the reporter before closing",
}


@dataclass(frozen=True)
class Advice:
    """What to do, the number that speaks for it, and how much it weighs: 1 is a missed promise."""

    do: str
    why: str
    weight: float


def advice(rows: list[Row], promises: list[Promise], scenario: Scenario, recorded: bool) -> list[Advice]:
    """At most six pieces of advice, without repetition.

    Rules: the largest part of the time of late tickets of each missed promise, the component behind most downtime,
    busy tiers, reopened and old tickets, calls at home, satisfaction and how well it is known, disputes.
    Shifts aren't in a record, so busy tiers are left out there.
    """
    found = [*_late(rows, promises), *_down(rows, promises), *_desk(rows), *_content(rows, scenario)]
    found += [] if recorded else _busy(rows)
    best: dict[str, Advice] = {}
    for one in sorted(found, key=lambda one: -one.weight):
        best.setdefault(one.do, one)
    return [*best.values()][:_MOST]


def _late(rows: list[Row], promises: list[Promise]) -> Iterator[Advice]:
    for promise in promises:
        if promise.verdict is not Verdict.MISSED or not promise.priority:
            continue
        parts = [row for row in rows if row.name == "breach_part" and row.where.get("priority") == promise.priority]
        if promise.clock == "respond":
            parts = [row for row in parts if _delays_an_answer(row.where["part"])]
        total = math.fsum(row.estimate for row in parts if row.estimate > 0)
        if total <= 0:
            continue
        top = max(parts, key=lambda row: row.estimate if row.estimate > 0 else 0.0)
        name = top.where["part"]
        do = _DO.get(name) or f"Give {name.removeprefix('queue: ')} more people or less to do"
        share = top.estimate / total
        when = "until an answer to" if promise.clock == "respond" else "of"
        why = f"{percent(share, 0.05)} of the time {when} late {promise.priority} tickets; “{promise.words}” is missed"
        yield Advice(do, why, 1.0 + share * abs(promise.margin))


def _delays_an_answer(part: str) -> bool:
    return part in ("off shift", "call-out", "preempted") or part.startswith("queue: ")


def _down(rows: list[Row], promises: list[Promise]) -> Iterator[Advice]:
    system = [one for one in promises if not one.priority and one.verdict is Verdict.MISSED]
    parts = [row for row in rows if row.name == "downtime" and "component" in row.where and row.estimate > 0]
    if system and parts:
        top = max(parts, key=lambda row: row.estimate)
        share = top.estimate / math.fsum(row.estimate for row in parts)
        why = f"it is behind {percent(share, 0.05)} of the downtime, and the availability promise is missed"
        yield Advice(f"Make {top.where['component']} more robust, or faster to restore", why, 2.0)


def _desk(rows: list[Row]) -> Iterator[Advice]:
    reopened, closed, oldest = (find(rows, name) for name in ("reopened_ratio", "closure_ratio", "oldest_open"))
    if reopened is not None and reopened.estimate > _REOPENED:
        yield Advice(_DO["rework"], f"{estimate(reopened)} of the solved tickets were opened again", 0.6)
    if closed is not None and closed.estimate < _CLOSED:
        yield Advice("Close what is open", f"only {estimate(closed)} of the tickets were solved by the end", 0.5)
    if oldest is not None and oldest.estimate > _OLD_MIN:
        yield Advice("Go through the oldest tickets", f"the oldest open one is {length(oldest.estimate)} old", 0.4)
    for row in rows:
        if row.name == "page_limit_exceeded" and row.estimate > _OFTEN:
            why = f"{estimate(row)} of the weeks have more calls than a person should get"
            yield Advice(f"Share the calls at home of {row.where['tier']} among more people", why, 0.55)
        if row.name == "dispute_ratio" and row.estimate > _OFTEN / 2:
            yield Advice("Write down who pays for what", f"{estimate(row)} of the tickets are argued about", 0.45)


def _content(rows: list[Row], scenario: Scenario) -> Iterator[Advice]:
    share, width, fewest = (find(rows, name) for name in ("satisfaction", "survey_half_width", "fewest_answers"))
    spec = scenario.satisfaction
    if spec is None or share is None or math.isnan(share.estimate):
        return
    if share.estimate < spec.goal:
        why = f"{estimate(share)} are satisfied, the goal is {percent(spec.goal)}"
        yield Advice("Ask dissatisfied users what went wrong", why, 0.8)
    if width is not None and width.estimate > _WIDE and fewest is not None:
        why = f"a month's score may be {percent(width.estimate, 0.01)} off either way"
        more = f"Ask more users: fewer than {number(fewest.estimate)} answers can prove nothing"
        yield Advice(more, why, 0.3)


def _busy(rows: list[Row]) -> Iterator[Advice]:
    for row in rows:
        if row.name == "utilisation" and row.estimate > _BUSY:
            why = f"{estimate(row)} of its paid time goes to tickets; above {percent(_BUSY)} waits grow fast"
            yield Advice(f"Relieve {row.where['tier']}", why, 0.7 + row.estimate - _BUSY)
