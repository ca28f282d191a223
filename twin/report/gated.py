"""The gate's page: one sheet that a steering committee can read, question and sign."""

import math
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from twin.decide.gate import EXIT_CODES, Check, Gate, Verdict
from twin.report.page import rendered, version
from twin.report.words import NBSP, NO_NUMBER, length, number, percent, sentence_list
from twin.units import finite

STATES: Final = {Verdict.GO: "kept", Verdict.NO_GO: "missed", Verdict.NOT_ENOUGH: "open"}
MARKS: Final = {Verdict.GO: "✓", Verdict.NO_GO: "✗", Verdict.NOT_ENOUGH: "?"}
MINUTES: Final = {"ms": 1 / 60_000, "s": 1 / 60, "min": 1.0, "h": 60.0, "d": 1440.0}
PARTS: Final = {
    "question": "Question", "context_of_use": "Context of use", "influence": "Influence on the decision",
    "consequence": "Consequence of a wrong decision", "verification": "Verification", "validation": "Validation",
    "applicability": "Applicability", "gaps": "Gaps",
}  # fmt: skip


def write_gate(gate: Gate, folder: Path, now: datetime) -> Path:
    """Path of the gate.html written into `folder`."""
    page = rendered(
        "gate.html", title=gate.goals.title, gate=gate, headline=headline(gate), sentences=sentences(gate),
        lines=[line(check) for check in gate.checks], state=STATES[gate.verdict], card=card(gate), footers=[],
        facts=_facts(gate, now), notes=list(dict.fromkeys(note for one in gate.evidence for note in one.notes)),
        explained=list(dict.fromkeys(text for one in gate.evidence for text in one.explained)),
    )  # fmt: skip
    path = folder / "gate.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def headline(gate: Gate) -> str:
    """The decision in one sentence."""
    if gate.verdict is Verdict.GO:
        return f"Go: all {len(gate.checks)} conditions are met."
    failed, lacking = len(gate.failing(Verdict.NO_GO)), len(gate.failing(Verdict.NOT_ENOUGH))
    if gate.verdict is Verdict.NO_GO:
        rest = f", and {lacking} cannot be decided yet" if lacking else ""
        are = "is" if failed == 1 else "are"
        return f"No-go: {failed} of {len(gate.checks)} conditions {are} missed beyond doubt{rest}."
    return f"Not enough evidence: {lacking} of {len(gate.checks)} conditions cannot be decided yet."


def sentences(gate: Gate) -> list[str]:
    """Why, most important first, at most six lines."""
    first = [f"{check.name}: {check.reason}." for check in gate.failing(Verdict.NO_GO)]
    then = [
        f"{check.name}: {check.reason}. Missing: {check.remedy}." if check.remedy else f"{check.name}: {check.reason}."
        for check in gate.failing(Verdict.NOT_ENOUGH)
    ]
    found = [*first, *then]
    if len(found) > 6:
        return [*found[:5], f"{len(found) - 5} more are in the table below."]
    if found:
        return found
    return [f"Each target is cleared by the one-sided {percent(gate.goals.confidence)} bound of what was measured."]


def line(check: Check) -> dict[str, str]:
    """A row of the table of conditions."""
    bound = check.bound
    sign = "at most" if check.is_most else "at least"
    worst = math.nan if bound is None else bound.high if check.is_most else bound.low
    return {
        "name": check.name, "why": check.why,
        "limit": "" if math.isnan(check.limit) else f"{sign} {shown(check.limit, check.unit, 0.0)} {check.of}".strip(),
        "estimate": shown(bound.estimate, check.unit) if bound else "",
        "bound": "" if math.isnan(worst) else f"{'≤' if check.is_most else '≥'}{NBSP}{shown(worst, check.unit)}",
        "n": f"{bound.n:,}" if bound else "",
        "mark": MARKS[check.verdict], "verdict": check.verdict.value, "state": STATES[check.verdict],
        "reason": check.reason, "remedy": check.remedy,
    }  # fmt: skip


def card(gate: Gate) -> list[tuple[str, list[str]]]:
    """The credibility card: heading and lines of each part."""
    told = gate.card.model_dump()
    return [
        (heading, told[part] if isinstance(told[part], list) else [told[part]] if told[part] else [])
        for part, heading in PARTS.items()
    ]


def as_object(gate: Gate) -> dict[str, Any]:
    """The decision as plain data."""
    return {
        "title": gate.goals.title, "verdict": gate.verdict.value, "exit_code": EXIT_CODES[gate.verdict],
        "confidence": gate.goals.confidence, "checks": [_object(check) for check in gate.checks],
    }  # fmt: skip


def shown(value: float, unit: str, digits_to: float = 5e-4) -> str:
    """A value with its unit, as people write it; digits_to  how finely shares are shown, 0: as they are."""
    if math.isnan(value):
        return NO_NUMBER
    if math.isinf(value):
        return "unbounded"
    if unit == "1":
        return percent(value, digits_to)
    if unit in MINUTES:
        size = abs(value) * MINUTES[unit]
        return length(value * MINUTES[unit], size / 50)
    return number(value)


def _object(check: Check) -> dict[str, Any]:
    bound = None if check.bound is None else {k: finite(v) for k, v in asdict(check.bound).items()}
    return {
        "name": check.name, "verdict": check.verdict.value, "reason": check.reason, "remedy": check.remedy,
        "unit": check.unit, "limit": finite(check.limit), "side": "at most" if check.is_most else "at least",
        "bound": bound,
    }  # fmt: skip



def _facts(gate: Gate, now: datetime) -> list[tuple[str, str]]:
    sources = [one.title or "without a title" for one in gate.evidence]
    made = [f"{one.made_at:%Y-%m-%d %H:%M}" for one in gate.evidence if one.made_at is not None]
    return [
        ("Decided", f"{now:%Y-%m-%d %H:%M %Z}"), ("Evidence", sentence_list(sources) or "none"),
        ("Measured", sentence_list(made) or "not stated"),
        ("Confidence", f"one-sided {percent(gate.goals.confidence)}"), ("Version", version()),
    ]  # fmt: skip
