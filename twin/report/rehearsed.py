"""The page of a rehearsal: what differs and whom it hits first, then load old against new, recovery and forecast."""

import math
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from twin.decide.gate import Gate
from twin.report.gated import STATES, headline, sentences
from twin.report.page import rendered, version
from twin.report.words import NO_NUMBER, counted, length, number, percent, sentence_list
from twin.units import format_duration

KINDS: Final = {"answer": "answers differ", "slower": "slower", "write": "writes differ", "state": "records differ"}


def write_rehearsal(told: dict[str, Any], gate: Gate, folder: Path) -> Path:
    """Path of the rehearsal.html written into `folder`. told  the rehearsal's facts as plain data."""
    page = rendered(
        "rehearsal.html", title=told["title"], told=told, headline=headline(gate), state=STATES[gate.verdict],
        sentences=[_found(told), *sentences(gate)], explained=[t for one in gate.evidence for t in one.explained],
        findings=[{**one, "kind": KINDS[one["kind"]], "verb": _plain(one["verb"]),
                   "users": f"{one['users']:.0f}"} for one in told["findings"]],
        answers=_answers(told), steps=[_step(step) for step in told["steps"] if not step["verb"]],
        verbs=[_step(step) for step in told["steps"] if step["verb"] and step["phase"].startswith("steps")],
        states=told["states"], foreseen=_foreseen(told["foreseen"]) if told.get("foreseen") else None,
        fed=(told["forecast"] or {}).get("fed", []), facts=_facts(told), footers=[],
    )  # fmt: skip
    path = folder / "rehearsal.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _found(told: dict[str, Any]) -> str:
    if told["findings"]:
        first = told["findings"][0]
        return (
            f"{counted(len(told['findings']), 'difference')} between the systems beyond noise; most users meet "
            f"“{_plain(first['verb'])}”: {first['words']}."
        )
    asked = sum(one["asked"] for one in told["tallies"])
    return f"No difference beyond noise in {asked:,} questions and {told['writes']:,} writes to both systems."


def _answers(told: dict[str, Any]) -> list[dict[str, str]]:
    paces = {one["verb"]: one for one in told["paces"]}
    return [
        {
            "verb": _plain(one["verb"]), "asked": f"{one['asked']:,}", "new": str(one["new"]), "old": str(one["old"]),
            "pace": _ratio(paces.get(one["verb"], {})),
        }
        for one in told["tallies"]
    ]  # fmt: skip


def _step(step: dict[str, Any]) -> dict[str, str]:
    return {
        "name": f"{step['phase']}, {step['label']} users" if step["phase"].startswith("steps")
        else f"{step['phase']}, {step['label']}",
        "verb": _plain(step["verb"]), "ratio": _ratio(step),
        "rate": f"{step['old_per_s']:.1f} / {step['new_per_s']:.1f}",
        "p95": f"{_seconds(step['old_p95_s'])} / {_seconds(step['new_p95_s'])}",
        "failed": f"{step['old_failed']} / {step['new_failed']}", "lost": str(step["new_lost"]),
    }  # fmt: skip


def _ratio(one: dict[str, Any]) -> str:
    if one.get("ratio") is None:
        return NO_NUMBER
    ends = "" if one["low"] is None or one["high"] is None else f" ({one['low']:.2f} to {one['high']:.2f})"
    return f"{one['ratio']:.2f}{ends}"


def _seconds(value: float | None) -> str:
    return "none came" if value is None else length(value / 60.0, value / 6000.0)


def _foreseen(told: dict[str, Any]) -> dict[str, Any]:
    """The forecast in words: a line for each option, which is best, and the abort point."""
    goals = [f"Chance of {percent(least)} {_plain(name.removeprefix('hypercare_'))}"
             for name, least in told["goals"].items()]  # fmt: skip
    lines = [
        (one["name"], [*(_chance(*ends) for ends in one["chances"]), _chance(*one["all"]),
                       _amount(*one["tickets"]), _amount(*one["surge"])])
        for one in told["options"]
    ]  # fmt: skip
    heads = ["Option", *goals, "Chance of all", "Tickets", "Busiest week, usual week = 1"]
    words = []
    if len(lines) > 1:
        alike = f"; not to be told from it: {sentence_list(told['as_good'])}" if told["as_good"] else ""
        words.append(f"Best: {told['best']}{alike}.")
    if told["abort"] is not None:
        words.append(_abort(told["abort"]))
    words.append(
        f"Each option meets the same {told['worlds']} draws of the uncertain inputs (seed {told['seed']}); intervals "
        "are 95 % and hold these draws."
    )
    return {"heads": heads, "lines": lines, "words": words}


def _abort(told: dict[str, Any]) -> str:
    takes, low, high = (told[name] / 60.0 for name in ("takes_s", "low_s", "high_s"))
    ends = "too few rollbacks for an interval"
    if math.isfinite(low) and math.isfinite(high):
        ends = f"{length(low, takes / 100)} to {length(high, takes / 100)}"
    share = percent(told["confidence"])
    return (
        f"Abort point of “{told['change']}”: begin the rollback by {told['decide_at']} to be back by {told['back_at']} "
        f"in {share} of cases. {share} of rollbacks take at most {length(takes, takes / 100)} ({ends}; "
        f"{told['count']} simulated, {told['failed']} of them failed and needed a restore)."
    )



def _chance(estimate: float, low: float, high: float) -> str:
    if math.isnan(estimate):
        return NO_NUMBER
    return f"{percent(estimate, 0.1)} ({percent(low, 0.1)} to {percent(high, 0.1)})"


def _amount(estimate: float, low: float, high: float) -> str:
    if math.isnan(estimate):
        return NO_NUMBER
    half = (high - low) / 2 if math.isfinite(high - low) else estimate / 50
    return f"{number(estimate, half)} ({number(low, half)} to {number(high, half)})"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _facts(told: dict[str, Any]) -> list[tuple[str, str]]:
    start, end = (datetime.fromisoformat(told[name]) for name in ("started_at", "ended_at"))
    drift = told["drift"]
    moved = "not measured" if drift is None else f"{100 * (drift[0] - 1):+.0f} %"
    upgrade = format_duration(round(told["upgrade_s"])) if told["upgrade_s"] else "none"
    return [
        ("Old system", told["old"]), ("New system", told["new"]), ("Started", f"{start:%Y-%m-%d %H:%M} UTC"),
        ("Length", format_duration(round((end - start).total_seconds()))),
        ("Upgrade of the database", upgrade), ("Speed of the machine meanwhile", moved), ("Version", version()),
    ]  # fmt: skip
