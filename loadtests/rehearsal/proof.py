"""A rehearsal's record as evidence for the gate, and as facts for its page."""

import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from loadtests.rehearsal.compare import READS, Compared
from loadtests.rehearsal.conduct import Record
from loadtests.rehearsal.findings import findings
from loadtests.rehearsal.hold import LOST, Recovery, Work, paired
from loadtests.rehearsal.live import Breach
from loadtests.rehearsal.plan import Rehearsal
from twin.decide.evidence import Calibration, Card, Evidence, Measured
from twin.units import finite

NORMAL_PHASES = ("steps", "soak")
CARD = Card(
    influence="high",
    verification=[
        "planted faults (an altered bill, a slowed transaction) are found in the twin's own tests",
        "two systems that are alike raise no more false alarms than stated, in the same tests",
    ],
    validation=["both systems ran for real, side by side, on the same data, users and order of transactions"],
    applicability="the mix of transactions, the load and the amount of data of the plan",
    gaps=["one machine: load generator and servers share its cores", "browsers and integrations are not driven"],
)


def evidence(plan: Rehearsal, record: Record) -> Evidence:
    """What the rehearsal proves. A phase that did not run gives no measure, so that a target on it cannot pass."""
    works = [work for work in record.works["new"] if work.phase.split(" ")[0] in NORMAL_PHASES]
    most = max((work.amount for work in works if len(work.verbs)), default=None)
    busiest = [work for work in works if work.amount == most]
    measures = [*_answers(record, plan), *_states(record), *_paces(record.compared), *_under_load(busiest)]
    return Evidence(
        title=plan.title, made_at=record.started_at, measures=measures, most_load=most, load_unit="users at once",
        calibration=Calibration(
            made_at=record.started_at, drift=drift(record.speeds),
            minutes=max(1.0, round(sum(record.lengths_s.values()) / 60.0, 1)),
        ),
        card=CARD,
        explained=[*map(recovery_words, record.recoveries), *map(breach_words, record.breaches), *_stop(record)],
    )  # fmt: skip


def facts(plan: Rehearsal, record: Record) -> dict[str, Any]:
    """Everything the page shows, as plain data; numbers that do not exist are null."""
    steps = paired(record.works["old"], record.works["new"])
    told = {
        "title": plan.title, "started_at": record.started_at.isoformat(), "ended_at": datetime.now(UTC).isoformat(),
        "old": _name(plan.old), "new": _name(plan.new), "upgrade_s": record.upgrade_s,
        "findings": [asdict(one) for one in findings(plan, record)],
        "false_alarm": plan.ask.false_alarm, "slower_by": plan.ask.slower_by,
        "tallies": [asdict(one) for one in record.compared.tallies()],
        "paces": [asdict(one) for one in record.compared.paces()],
        "writes": len(record.written.outcomes), "unlike_writes": len(record.written.unlike),
        "states": [asdict(one) for one in record.written.after or ()],
        "steps": [asdict(step) for step in steps],
        "recoveries": [asdict(one) for one in record.recoveries],
        "lengths_s": record.lengths_s, "stopped": record.stopped, "drift": drift(record.speeds),
        "forecast": forecast(plan, record), "named_users": plan.named_users, "per_day": plan.per_day,
    }  # fmt: skip
    clean: dict[str, Any] = finite(told)
    return clean


def forecast(plan: Rehearsal, record: Record) -> dict[str, Any] | None:
    """The forecast as asked, with what was measured filled in; what was not measured stays as the scenario has it."""
    if plan.forecast is None:
        return None
    known = measured(plan, record)
    rows = [
        {"path": feed.path, "measure": feed.measure, "value": float(f"{feed.times * known[feed.measure]:.4g}")}
        for feed in plan.forecast.feed if math.isfinite(known.get(feed.measure, math.nan))
    ]  # fmt: skip
    return {**plan.forecast.model_dump(mode="json"), "fed": rows}


def measured(plan: Rehearsal, record: Record) -> dict[str, float]:
    """What a forecast can be fed with: slowdown under load, and upper bounds of shares."""
    shares = {one.name: one.mean(0.95).high for one in evidence(plan, record).measures if not one.where and one.counts}
    steps = [step for step in paired(record.works["old"], record.works["new"]) if not step.verb]
    logs = [math.log(step.ratio) for step in steps if step.phase.startswith("steps") and math.isfinite(step.ratio)]
    slow = max(0.0, math.exp(sum(logs) / len(logs)) - 1.0) if logs else math.nan
    return {**shares, "slowdown": slow}


def drift(speeds: list[list[float]]) -> tuple[float, float, float] | None:
    """Speed of fixed work after the first pause over that at the first, with its 95 % interval; None with one pause.

    speeds  CPU seconds of the same work: more is slower.
    """
    if len(speeds) < 2:
        return None
    logs = [np.log(np.median(np.array(pause))) for pause in speeds]
    first, later = float(logs[0]), np.array(logs[1:])
    within = float(np.mean([np.log(pause).std(ddof=1) / math.sqrt(len(pause)) for pause in speeds]))
    spread = float(later.std(ddof=1)) / math.sqrt(len(later)) if len(later) > 1 else 0.0
    middle, reach = first - float(later.mean()), 1.96 * math.hypot(within, spread)
    return math.exp(middle), math.exp(middle - reach), math.exp(middle + reach)


def recovery_words(one: Recovery) -> str:
    """What a disturbance did, in a sentence."""
    what = f"{one.what[0].upper()}{one.what[1:]}"
    if one.due == 0 and one.recovery_s is not None:
        return f"{what}: nobody noticed; no transaction failed or took longer than before."
    when = "answers were not yet as before when the phase ended" if one.recovery_s is None else (
        f"answers were as before after {one.recovery_s:.1f} s"
    )  # fmt: skip
    return (
        f"{what}: {when}; of {one.due} transactions due meanwhile {one.lost} were lost and {one.failed} answered with "
        "an error, all of them counted."
    )


def breach_words(one: Breach) -> str:
    """A target breached while the load was on, in a sentence."""
    how_long = "until the phase ended" if one.lasted_s is None else f"for {one.lasted_s:.0f} s"
    return f"In {one.turn} the {one.system} system did not keep a target {how_long}: {one.words}."


def _stop(record: Record) -> list[str]:
    return [f"The rehearsal was stopped early: {record.stopped}."] if record.stopped else []


def _answers(record: Record, plan: Rehearsal) -> list[Measured]:
    compared, found = record.compared, []
    length_h = record.lengths_s.get("questions", 0.0) / 3600.0
    for tally in compared.tallies():
        proven = sum(repeat.card.verb == tally.verb for repeat in compared.proven())
        wrong = max(tally.excess, proven, tally.new if compared.is_different(tally) else 0)
        per_h = tally.asked / length_h if length_h > 0 else None
        found.append(
            Measured(
                name="wrong_answers", where={"transaction": tally.verb}, counts=[(wrong, tally.asked)], per_h=per_h
            )
        )
    if found:
        pairs = [measure.counts[0] for measure in found if measure.counts]
        hits, total = (sum(pair[k] for pair in pairs) for k in (0, 1))
        per_h = total / length_h if length_h > 0 else None
        found.append(Measured(name="wrong_reads", counts=[(hits, total)], per_h=per_h))
    missing = set(READS) & {verb for persona in plan.personas.values() for verb in persona.does}
    missing -= set(compared.verbs)
    return [
        *found,
        *(Measured(name="wrong_answers", where={"transaction": verb}, counts=[]) for verb in sorted(missing)),
    ]


def _states(record: Record) -> list[Measured]:
    return [
        Measured(name="state_discrepancies", where={"kind": one.kind}, counts=[(one.count, one.total)])
        for one in record.written.after or ()
    ]


def _paces(compared: Compared) -> list[Measured]:
    return [
        Measured(
            name="slowdown", where={"transaction": pace.verb}, unit="",
            bounds=(pace.ratio, _or_none(pace.low_one), _or_none(pace.high_one), pace.pairs),
        )
        for pace in compared.paces()
    ]  # fmt: skip


def _under_load(works: list[Work]) -> list[Measured]:
    verbs = sorted({verb for work in works for verb in work.verbs.tolist()})
    length_h = sum(work.length_s for work in works) / 3600.0
    found = []
    for verb in verbs:
        batches = [batch for work in works for batch in work.batches(verb)]
        count = sum(map(len, batches))
        per_h = count / length_h if count and length_h else None
        where = {"transaction": verb}
        found.append(Measured(name="latency", where=where, unit="s", values=batches, per_h=per_h))
    total = sum(len(work.verbs) for work in works)
    per_h = total / length_h if total and length_h else None
    responses = [batch for work in works for batch in work.batches("")]
    found.append(Measured(name="response", unit="s", values=responses, per_h=per_h))
    failures = [pair for work in works for pair in work.failures()]
    lost = [pair for work in works for pair in work.failures(kinds=LOST)]
    found += [Measured(name="errors", counts=failures, per_h=per_h), Measured(name="lost", counts=lost, per_h=per_h)]
    return found


def _name(system: Any) -> str:
    return f"Tryton {system.release}" if system.release else str(system.address.url)


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None

