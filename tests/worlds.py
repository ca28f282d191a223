"""Small scenarios that several tests share."""

from typing import Any

from twin.spec.load import load_data
from twin.spec.scenario import Scenario


def small_desk(**overrides: Any) -> Scenario:
    """Ten days of two components and a help desk with two tiers; overrides by dotted path."""
    data = {
        "name": "small desk",
        "clock": {"start": "2026-03-02", "horizon": "10 d"},
        "calendars": {"office": {"days": "mon-fri", "hours": "08:00-18:00"}},
        "deployment": {
            "components": {
                "app": {"units": 2, "mtbf": "60 h", "repair": {"ticket": "outage", "priority": "P0", "degraded": "P2"}},
                "db": {
                    "mtbf": "120 h", "repair": {"ticket": "outage", "priority": "P0"}, "monitoring": {"every": "5 min"},
                },
            },
            "functions": {"bom": {"needs": ["app", "db"]}},
        },
        "demand": {
            "tickets": {
                "how_to": {
                    "queue": "first", "priority": {"P2": 0.6, "P3": 0.4},
                    "arrivals": {"rate": "40 / day", "busyness_cv": 0.3},
                    "visits": {
                        "first": {"work": {"mean": "20 min", "cv": 1}, "next": {"second": 0.3}},
                        "second": {"work": {"mean": "1 h", "cv": 1}},
                    },
                },
                "outage": {"queue": "second", "visits": {"second": {"work": {"mean": "2 h", "cv": 0.8}}}},
            }
        },
        "support": {
            "tiers": {
                "L1": {"serves": ["first"], "shifts": {"day": {"calendar": "office", "heads": 2}}},
                "L2": {
                    "serves": ["second"], "preempt": "P0", "shifts": {"day": {"calendar": "office", "heads": 2}},
                    "on_call": {"heads": 1, "call_out": "30 min", "priorities": "P1"},
                },
            }
        },
        "contract": {
            "targets": {
                "P0": {"respond": "1 h", "resolve": "8 h"}, "P2": {"resolve": "24 h"}, "P3": {"resolve": "72 h"},
            },
        },
    }  # fmt: skip
    return load_data(data, overrides=overrides).scenario
