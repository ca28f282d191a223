"""Scenarios that once made an engine fail or differ from the other, shrunk: name -> (scenario as plain data, seed)."""

from typing import Any


def _world(tickets: dict[str, Any], **more: Any) -> dict[str, Any]:
    tiers = {"L1": {"serves": ["a"], "shifts": {"s": {"heads": 1}}}}
    clock = {"start": "2026-01-05", "horizon": "5 d"}
    return {"name": "known", "clock": clock, "demand": {"tickets": tickets}, "support": {"tiers": tiers}, **more}


_ONE = {"queue": "a", "visits": {"a": {"work": "1 h"}}, "priority": "P1"}
_PROFILED = {**_ONE, "arrivals": {"rate": "1 / h", "profile": "day"}}

KNOWN: dict[str, tuple[dict[str, Any], int]] = {
    "a surge of a class that has no usual rate": (
        _world(
            {},
            demand={"profiles": {"day": {"weights": [1, 2], "span": "day"}}, "tickets": {"b": _PROFILED, "c": _ONE}},
            deployment={"components": {"part": {}}},
            changes={"change": {
                "components": ["part"], "at": "2026-01-06T08:00", "work": "1 h",
                "surges": [{"ticket": "c", "factor": 1.0, "half_life": "1 d"}],
            }},
        ),
        1,
    ),
    "a patience that ends after any run": (
        _world(
            {"b": {**_ONE, "patience": "900 y", "arrivals": {"scheduled": [{"at": f"{k} h"} for k in range(3)]}}},
            clock={"start": "2026-01-05", "horizon": "1 d", "tick": "1 ms"},
            support={"tiers": {"L1": {"serves": ["a"]}}},
        ),
        1,
    ),
}  # fmt: skip
