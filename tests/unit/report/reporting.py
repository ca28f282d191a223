"""Small scenarios, and results made by hand, for the tests of the report."""

from functools import cache
from typing import Any

import numpy as np

from twin.eventlog.log import EventLog
from twin.experiment.replicate import Result, replicate
from twin.measures.cells import Cell
from twin.simulate.run import simulate_one
from twin.spec.load import Loaded, load_data

CLOCK = {"start": "2026-01-05T00:00", "time_zone": "Europe/Berlin", "horizon": "60 d"}


def small(name: str = "small", heads: int = 1) -> dict[str, Any]:
    """A scenario with a component, a canary change that often fails, tickets and promises."""
    return {
        "name": name, "question": "Is it enough?", "clock": CLOCK,
        "deployment": {
            "components": {"app": {"mtbf": "300 h", "repair": {"ticket": "failure", "priority": "P0"}}},
            "functions": {"search": {"needs": ["app"]}},
        },
        "demand": {"tickets": {
            "fault": {"queue": "desk", "priority": "P2", "arrivals": {"rate": "8 / day"},
                      "visits": {"desk": {"work": {"mean": "1 h", "cv": 1, "measured": "tickets"}}}},
            "failure": {"queue": "desk", "visits": {"desk": {"work": "30 min"}}},
        }},
        "support": {"tiers": {"desk": {"serves": ["desk"], "shifts": {"day": {"heads": heads}}}}},
        "contract": {"targets": {"P0": {"respond": "1 h"}, "P2": {"resolve": "4 h"}}},
        "changes": {"patch": {
            "components": ["app"], "repeat": "FREQ=WEEKLY;BYDAY=SA;BYHOUR=22", "failure": 0.5, "work": "20 min",
            "notice": "20 min", "rollback": "10 min",
            "strategy": {"kind": "canary", "stages": [{"users_ratio": 0.2, "soak": "1 h"}]},
        }},
    }  # fmt: skip


def without(data: dict[str, Any], *sections: str) -> dict[str, Any]:
    """The scenario less some of its sections."""
    return {key: value for key, value in data.items() if key not in sections}


def ran(data: dict[str, Any], reps: int = 4) -> tuple[Result, Loaded, EventLog]:
    """The result of a few replications, the loaded scenario, and the log of replication 0."""
    loaded = load_data(data)
    return replicate(loaded.scenario, reps=reps, workers=1), loaded, simulate_one(loaded.scenario)


@cache
def ran_small() -> tuple[Result, Loaded, EventLog]:
    """`ran` for the small scenario, once."""
    return ran(small())


def by_hand(cells: list[tuple[Cell, list[tuple[float, float]]]], data: dict[str, Any] | None = None) -> Result:
    """A result with those numerators and denominators per replication."""
    raw = np.array([numbers for _, numbers in cells], float).swapaxes(0, 1)
    return Result(load_data(data or small()).scenario, 1, "fast", tuple(cell for cell, _ in cells), raw)
