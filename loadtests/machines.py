"""Load from several machines: what each tells the master, and how their records come together.

Each worker deals its own part of one mix, so all must hold the same plan and agree on how many they are; the master
says when a level begins, so the clocks must agree. When its last user has left, a worker hands its record over.
"""

import hashlib
from pathlib import Path
from typing import Any

from loadtests.journal import FILES, Journal, now

LEAST_AGREEMENT_S = 1.0


def introduction(plan: Path, shares: int) -> dict[str, Any]:
    """What a worker says of itself when it is ready."""
    return {"plan": hashlib.sha256(plan.read_bytes()).hexdigest(), "shares": shares, "at": now()}


def misfit(told: dict[str, Any], mine: dict[str, Any]) -> str:
    """Why a worker cannot take part, with the remedy; empty when it can."""
    if told["plan"] != mine["plan"]:
        return "its plan differs from the one here; copy the plan to every machine"
    if told["shares"] != mine["shares"]:
        return f"it was told of {told['shares']} machines, not {mine['shares']}; give the same --machines everywhere"
    apart_s = abs(told["at"] - mine["at"]) / 1e6
    if apart_s > LEAST_AGREEMENT_S:
        return f"its clock is {apart_s:.1f} s off, so levels would be cut in the wrong places; set the clocks (NTP)"
    return ""


def hand_over(journal: Journal) -> dict[str, bytes]:
    """Close a worker's journal; its finished files by name."""
    journal.close()
    return {path.name: path.read_bytes() for path in journal.files()}


def take_over(folder: Path, files: dict[str, bytes]) -> None:
    """Keep a worker's files. Raises ValueError for a name that is no part of a record."""
    for name, content in files.items():
        if Path(name).name != name or not name.startswith(FILES) or not name.endswith(".parquet"):
            raise ValueError(f"a worker sent {name!r}, which is no part of a record")
        (folder / name).write_bytes(content)
