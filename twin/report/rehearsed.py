"""The page of a rehearsal: what differs and whom it hits first, then load old against new, recovery and forecast."""

import math
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from twin.decide.gate import Gate
from twin.report.gated import STATES, headline, sentences
from twin.report.page import rendered, version
from twin.report.words import NO_NUMBER, counted, length, number, percent
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
        states=told["states"], foreseen=[_foreseen(one) for one in told.get("foreseen", ())],
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


def _foreseen(one: dict[str, Any]) -> dict[str, str]:
    shares = {name: NO_NUMBER if math.isnan(one[name]) else percent(one[name], 0.01)
              for name in ("availability", "satisfaction")}  # fmt: skip
    return {"name": one["name"], **shares, "tickets": number(one["tickets"], one["tickets"] / 50)}


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
