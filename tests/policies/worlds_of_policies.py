"""Eight weeks of a small help desk, and what a policy changes in it on the same random numbers."""

import copy
from typing import Any

from twin.decide.compare import compare
from twin.experiment.table import Row
from twin.spec.load import load_data
from twin.spec.scenario import Scenario

DESK: dict[str, Any] = {
    "name": "desk",
    "clock": {"start": "2026-01-05", "horizon": "8 weeks", "drain": "3 d"},
    "calendars": {"office": {"days": "mon-fri", "hours": "08:00-18:00"}},
    "demand": {
        "profiles": {"office": {"weights": [0.1] * 8 + [2] * 10 + [0.1] * 6, "span": "day", "calendar": "office"}},
        "tickets": {
            "how-to": {
                "queue": "first", "priority": {"P1": 0.3, "P2": 0.7},
                "arrivals": {"rate": "40 / day", "profile": "office", "busyness_cv": 0.3},
                "visits": {
                    "first": {"work": {"mean": "20 min", "cv": 1}, "next": {"second": 0.4}},
                    "second": {"work": {"mean": "40 min", "cv": 1}},
                },
                "reopen": {"probability": 0.1, "after": {"mean": "5 h", "cv": 1}},
            },
            "outage": {"queue": "second", "visits": {"second": {"triage": "10 min", "work": {"mean": "2 h", "cv": 1}}}},
        },
    },
    "deployment": {
        "components": {"app": {"units": 2, "mtbf": "100 h", "repair": {"ticket": "outage", "priority": "P0"}},
                       "erp": {"kind": "integration"}},
        "functions": {"bom": {"needs": ["app"]}},
    },
    "support": {
        "priorities": ["P0", "P1", "P2", "P3"],
        "tiers": {
            "L1": {"serves": ["first"], "at_shift_end": "pause",
                   "shifts": {"day": {"calendar": "office", "heads": 3}}},
            "L2": {"serves": ["second"], "preempt": "P0", "level": 2, "at_shift_end": "pause",
                   "shifts": {"day": {"calendar": "office", "heads": 3}, "night": {"heads": 1}}},
        },
    },
    "contract": {"targets": {"P1": {"respond": "1 h", "resolve": "12 h"}, "P2": {"respond": "4 h", "resolve": "24 h"}}},
}  # fmt: skip


def desk(**parts: Any) -> dict[str, Any]:
    """A copy to change at will; parts are merged into it, mapping by mapping."""
    return merged(copy.deepcopy(DESK), parts)


def merged(base: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """`base` with the parts put in, mappings merged and all else replaced."""
    for key, part in parts.items():
        base[key] = merged(base.get(key) or {}, part) if isinstance(part, dict) else part
    return base


def scenario(**parts: Any) -> Scenario:
    """The desk with the parts, loaded."""
    return load_data(desk(**parts)).scenario


def effects(base: Scenario, other: Scenario, *families: Any, reps: int = 12) -> dict[tuple[Any, ...], Row]:
    """Paired differences other - base by (name, values of the dimensions)."""
    done = compare([base, other], reps=reps, seed=1, workers=1, families=families or ("queues", "service_level"))
    return {(row.name, *row.where.values()): row for row in done.differences[0].rows}


def effect(base: Scenario, other: Scenario, name: str, *where: str, **options: Any) -> Row:
    """The paired difference of one measure."""
    return effects(base, other, **options)[(name, *where)]
