"""The lines of an account: promises and key figures of a period beside those of the month before."""

import math
from dataclasses import dataclass, replace
from typing import Final

from twin.decide.account import Account, Period
from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.measures.frame import Frame
from twin.report import labels
from twin.report.conclusion import down_per_month
from twin.report.promises import Promise, Verdict, find, promises
from twin.report.words import NO_NUMBER, estimate, measured, number, percent, sentence_list
from twin.spec.money import PARTIES
from twin.spec.scenario import Scenario

_TOLD: Final = ("System available", "Time down", "Solved by the end", "Mean time from opening", "Satisfied with a")


@dataclass(frozen=True)
class Line:
    """One line: what, the target, this period, the month before, months that kept it, and the verdict."""

    words: str
    target: str
    now: str
    before: str
    kept: str
    verdict: Verdict | None = None


def judged(result: Result, recorded: bool) -> list[Promise]:
    """The promises of the contract; what was recorded is kept or missed, nothing is left to chance."""
    found = promises(result)
    return [replace(one, verdict=_fact(one.row.estimate, one.target)) for one in found] if recorded else found


def _fact(value: float, target: float) -> Verdict:
    if math.isnan(value):
        return Verdict.NOTHING
    return Verdict.KEPT if value >= target - 1e-12 else Verdict.MISSED


def promise_lines(account: Account) -> list[Line]:
    """A line for each promise that there was something to judge by."""
    earlier = {one.words: one for one in _judged_before(account)}
    lines = []
    for one in judged(account.period.result, account.recorded):
        if one.verdict is Verdict.NOTHING:
            continue
        then = earlier.get(one.words)
        before = _shown(then.row, account.recorded) if then is not None else NO_NUMBER
        kept = _shown(one.kept, account.recorded) if one.kept is not None else NO_NUMBER
        lines.append(
            Line(one.words, percent(one.target), _shown(one.row, account.recorded), before, kept, one.verdict)
        )
    return lines


def key_lines(account: Account) -> list[Line]:
    """Key figures without a promise: downtime, tickets, backlog, satisfaction, money."""
    rows = account.period.result.rows()
    earlier = account.before.result.rows() if account.before is not None else []
    lines = []
    for words, name, where in _key_figures(account.period.result.scenario):
        now, then = find(rows, name, **where), find(earlier, name, **where)
        if now is None or math.isnan(now.estimate):
            continue
        before = NO_NUMBER if then is None else _shown(then, account.recorded)
        lines.append(Line(words, "", _shown(now, account.recorded), before, ""))
    return [*_down_line(account), *lines]


def _down_line(account: Account) -> list[Line]:
    system = [one for one in promises(account.period.result) if not one.priority]
    if not system or math.isnan(system[0].row.estimate):
        return []
    now = _shown(down_per_month(account.period.result, system[0].row), account.recorded)
    past = [one for one in _judged_before(account) if not one.priority]
    before = NO_NUMBER
    if past and account.before is not None:
        before = _shown(down_per_month(account.before.result, past[0].row), account.recorded)
    return [Line("Time down, in 30 days", "", now, before, "")]


def _judged_before(account: Account) -> list[Promise]:
    return [] if account.before is None else judged(account.before.result, account.recorded)


def _key_figures(scenario: Scenario) -> list[tuple[str, str, dict[str, str]]]:
    figures: list[tuple[str, str, dict[str, str]]] = [
        ("Solved by the end, of the tickets opened", "closure_ratio", {}),
        ("Mean time from opening to solution", "sojourn", {}),
        ("Mean number of open tickets", "backlog", {}),
        ("Open at the end", "backlog_at_horizon", {}),
        ("Age of the oldest open ticket", "oldest_open", {}),
        ("Opened again after a solution", "reopened_ratio", {}),
        ("Satisfied with a solution", "satisfaction", {}),
        ("Satisfied with the PLM as a whole", "questionnaire_satisfaction", {}),
        ("Error budget left", "budget_left", {}),
        ("Faults caught before users noticed", "caught_before_users", {}),
        ("Mean time to settle a complaint", "complaint_time", {}),
        ("Complaints settled in time", "complaint_on_time", {}),
        ("In dispute", "dispute_ratio", {}),
        ("Days that a known flaw stays open", "exposure", {}),
        ("Data lost", "data_loss", {}),
    ]
    for payer in PARTIES if scenario.money is not None else ():
        figures.append((f"Cost of a year, {payer}", "cost", {"payer": payer, "part": "total"}))
    return figures


def _shown(row: Row, recorded: bool) -> str:
    return estimate(row) if recorded else measured(row)


def sentences(account: Account) -> list[str]:
    """Stability, service, satisfaction: the conclusion in plain sentences, with the change to the month before."""
    found = judged(account.period.result, account.recorded)
    missed = [one.words for one in found if one.verdict is Verdict.MISSED]
    said = [f"Missed: {sentence_list([f'“{words}”' for words in missed])}."] if missed else []
    for line in [*promise_lines(account), *key_lines(account)]:
        if line.words.startswith(_TOLD):
            tail = f", after {line.before} the month before" if line.before not in ("", NO_NUMBER) else ""
            said.append(f"{line.words}: {line.now}{tail}.")
    return said


def class_lines(period: Period) -> list[tuple[str, str, str]]:
    """Ticket classes by their tickets: name, tickets in the period, share that was late."""
    rows, per_year = period.result.rows(), Frame(period.result.scenario).per_year
    late = {row.where["class"]: row for row in rows if row.name == "class_late"}
    counts = [row for row in rows if row.name == "class_tickets" and row.estimate > 0]
    counts.sort(key=lambda row: -row.estimate)
    shown = [(row.where["class"], row.estimate / per_year) for row in counts]
    return [(name, number(round(count, 1)), estimate(late[name])) for name, count in shown]


def component_lines(period: Period) -> list[tuple[str, str]]:
    """Components by the downtime they are behind: name, downtime."""
    rows = [row for row in period.result["downtime"] if "component" in row.where and row.estimate > 0]
    return [(row.where["component"], measured(row)) for row in sorted(rows, key=lambda row: -row.estimate)]


def late_parts(period: Period) -> list[tuple[str, float]]:
    """Parts of the time of late tickets with their share of it, the largest first; under 1 % left out."""
    rows = [row for row in period.result["breach_part"] if set(row.where) == {"part"} and row.estimate > 0]
    total = math.fsum(row.estimate for row in rows)
    parts = [(labels.part(row.where["part"]), row.estimate / total) for row in rows]
    return sorted([one for one in parts if one[1] >= 0.01], key=lambda one: -one[1])
