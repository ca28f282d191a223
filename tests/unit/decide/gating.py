"""Evidence and targets from which the tests of the gate are cut."""

from datetime import UTC, datetime, timedelta
from typing import Any

from twin.decide.evidence import Evidence
from twin.decide.goals import Goals, checked

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CARD = {
    "question": "May the new release go live?", "context_of_use": "one site, 20 users at once", "influence": "high",
    "consequence": "medium", "verification": ["closed forms"], "validation": ["against the old release"],
    "applicability": "same data set", "gaps": ["no printers"],
}  # fmt: skip
ERRORS = {"name": "errors", "counts": [[0, 400]] * 5, "per_h": 4000}
FAST = {"name": "latency", "where": {"transaction": "search"}, "unit": "s", "values": [[0.2] * 100] * 5, "per_h": 3000}


def evidence(*measures: dict[str, Any], **changes: Any) -> Evidence:
    """Fresh, calibrated and credible evidence of these measures, but for the changes."""
    calibration = {"made_at": NOW - timedelta(hours=1), "drift": [1.0, 0.97, 1.03], "minutes": 10}
    base = {"measures": measures, "most_load": 16, "calibration": calibration, "card": CARD}
    return Evidence.model_validate({**base, **changes})


def goals(*targets: dict[str, Any], **changes: Any) -> Goals:
    """Targets, by default at most 1 % errors, for 16 users."""
    some = targets or ({"measure": "errors", "at_most": "1 %"},)
    return checked({"targets": list(some), "load": {"expected": 16}, **changes}, "targets")
