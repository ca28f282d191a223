"""A week of a small PLM with most mechanisms, as plain data whose parts tests replace."""

import copy
from typing import Any

from twin.spec.scenario import Scenario

WEEK: dict[str, Any] = {
    "name": "week",
    "clock": {"start": "2026-01-05", "horizon": "7 d", "tick": "1 s"},
    "calendars": {"day": {"days": "mon-fri", "hours": "08:00-17:00"}},
    "demand": {
        "profiles": {"office": {"weights": [1] * 8 + [6] * 9 + [1] * 7, "span": "day", "calendar": "day"}},
        "busyness_cv": 0.3,
        "tickets": {
            "how-to": {
                "queue": "front", "priority": {"P1": 0.2, "P2": 0.8}, "patience": {"mean": "3 h", "cv": 1},
                "arrivals": {"rate": "40 / d", "profile": "office", "busyness_cv": 0.2},
                "visits": {
                    "front": {"work": {"mean": "25 min", "cv": 1}, "triage": "5 min", "next": {"experts": 0.3}},
                    "experts": {"work": {"mean": "2 h", "cv": 1},
                                "wait_customer": {"probability": 0.3, "duration": {"mean": "2 h", "cv": 1}}},
                },
                "reopen": {"probability": 0.1, "after": {"mean": "5 h", "cv": 1}},
            },
            "repair": {
                "queue": "experts", "follow_up": "1 h", "priority": "P1",
                "visits": {"experts": {"work": {"mean": "1 h", "cv": 1}}},
                "arrivals": {"interarrival": {"mean": "30 h", "cv": 1}},
            },
        },
    },
    "deployment": {"components": {
        "database": {"units": 2, "redundancy": "standby", "mtbf": "40 h", "common_cause": 0.2,
                     "failover": {"delay": "5 min", "coverage": 0.8, "manual": "1 h"},
                     "repair": {"ticket": "repair", "priority": "P0", "degraded": "P1"}},
        "web": {"units": 3, "needed": 2, "mtbf": "30 h",
                "monitoring": {"every": "10 min", "coverage": 0.9, "reported_after": {"mean": "30 min", "cv": 1}},
                "repair": {"ticket": "repair", "priority": "P0"}},
    }},
    "support": {"priorities": ["P0", "P1", "P2"], "tiers": {
        "L1": {"serves": ["front"], "shifts": {"day": {"calendar": "day", "heads": 3}}, "at_shift_end": "pause"},
        "L2": {"serves": ["experts", "front"], "preempt": "P0", "shifts": {"day": {"calendar": "day", "heads": 2}},
               "on_call": {"heads": 1, "call_out": "30 min", "priorities": "P1"}},
    }},
    "changes": {"patch": {
        "components": ["web"], "repeat": "FREQ=DAILY", "at": "2026-01-05T15:00", "strategy": {"kind": "rolling"},
        "work": "1 h", "failure": 0.3, "notice": "20 min", "rollback": "30 min", "rollback_failure": 0.5,
        "restore": "repair", "restore_priority": "P0", "staff": {"L2": 1},
        "hazard": {"factor": 3, "half_life": "6 h"},
        "surges": [{"ticket": "how-to", "factor": 0.5, "half_life": "4 h"}],
    }},
}  # fmt: skip


def week() -> dict[str, Any]:
    """A copy to change at will."""
    return copy.deepcopy(WEEK)


def scenario_of(data: dict[str, Any]) -> Scenario:
    """The scenario written as plain data."""
    return Scenario.model_validate(data)
