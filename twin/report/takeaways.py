"""What each figure shows, in one sentence: its title."""

from twin.experiment.replicate import Result
from twin.report.conclusion import ROUNDING, availability_by_run
from twin.report.labels import CAUSES, part
from twin.report.promises import Verdict, promises
from twin.report.words import counted, percent, sentence_list


def availability(result: Result) -> str:
    """How many runs keep the availability promise over their whole length."""
    system = [promise for promise in promises(result) if not promise.priority]
    if not system or system[0].verdict is Verdict.NOTHING:
        return "Availability was not measured"
    target = system[0].target
    share = availability_by_run(result)
    kept = int((share >= target - ROUNDING).sum())
    return f"{kept:,} of {counted(len(share), 'simulated run')} stay above {percent(target)} over their whole length"


def attainment(result: Result) -> str:
    """Which promised times are missed."""
    tickets = [p for p in promises(result) if p.priority and p.verdict is not Verdict.NOTHING]
    missed = [p.words for p in tickets if p.verdict is Verdict.MISSED]
    unclear = [p.words for p in tickets if p.verdict is Verdict.OPEN]
    if not tickets:
        return "No promised times were measured"
    if missed:
        return f"Too many tickets miss {sentence_list([f'“{words}”' for words in missed])}"
    if unclear:
        return f"Too few runs to judge: {sentence_list([f'“{words}”' for words in unclear])}"
    return "Enough tickets are on time for every promise"


def downtime(result: Result) -> str:
    """The cause of most downtime and its share."""
    rows = [row for row in result["downtime"] if row.where.get("function") == "whole" and row.estimate > 0]
    if not rows:
        return "The system was never down"
    top = max(rows, key=lambda row: row.estimate)
    share = top.estimate / sum(row.estimate for row in rows)
    return f"{CAUSES.get(top.where['cause'], top.where['cause'])} cause {percent(share, 0.05)} of the time down"


def waterfall(result: Result) -> str:
    """In which part late tickets spend most of their time, over all priorities."""
    rows = [row for row in result["breach_part"] if "priority" not in row.where and row.estimate > 0]
    if not rows:
        return "No ticket was late"
    top = max(rows, key=lambda row: row.estimate)
    share = top.estimate / sum(row.estimate for row in rows)
    name = part(top.where["part"])
    return f"{percent(share, 0.05)} of the time of late tickets goes to one thing: {name[:1].lower() + name[1:]}"


def timeline(run: int) -> str:
    """What the timeline is: one run of many."""
    return f"One simulated run (number {run}): outages, changes and open tickets as they came"
