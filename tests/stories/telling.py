"""Stories: small scenarios whose chance is fixed by hand, and their logs as readable rows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from twin.eventlog import schema
from twin.eventlog.checkers import check
from twin.eventlog.log import EventLog
from twin.simulate.run import EngineName, Model
from twin.spec.scenario import Scenario
from twin.tape.tape import LIFE_TICKS

ENGINES: tuple[EngineName, ...] = ("simpy", "fast")
Data = dict[str, Any]

_TO_QUEUE = (
    schema.OPENED, schema.ESCALATED, schema.REASSIGNED, schema.WAITS_CUSTOMER, schema.WAITS_VENDOR, schema.RETURNED,
    schema.INTERRUPTED, schema.PAUSED, schema.REOPENED, schema.ABANDONED, schema.RAISED,
)  # fmt: skip


def world(tick: str, horizon: str, *, tickets: Data, tiers: Data | None = None, components: Data | None = None,
          changes: Data | None = None, promised: Data | None = None,
          raising: Data | None = None) -> Scenario:  # fmt: skip
    """A scenario from Monday 2026-01-05 08:00 UTC on; its calendar "day", open from 08:00 to 16:00, is the contract's.

    promised  targets of the contract; raising  the rule of hierarchic escalation.
    """
    return Scenario.model_validate({
        "name": "story",
        "clock": {"start": "2026-01-05T08:00", "tick": tick, "horizon": horizon},
        "calendars": {"day": {"hours": "08:00-16:00"}},
        "demand": {"tickets": tickets},
        "deployment": {"components": components or {}},
        "support": {"priorities": ["P0", "P1", "P2", "P3"], "tiers": tiers or {}, "hierarchic_escalation": raising},
        "contract": {"calendar": "day", "targets": promised or {}},
        "changes": changes or {},
    })  # fmt: skip


def known(*tickets: tuple[float, float | None]) -> Data:
    """Arrivals at known hours; with the hours of work where given, else as the visit says."""
    rows = [{"at": f"{at} h"} | ({} if work is None else {"work": f"{work} h"}) for at, work in tickets]
    return {"scheduled": rows}


def ticket(queue: str, *, work: str = "1 h", **more: Any) -> Data:
    """A ticket class of one visit, of priority P1 if it arrives; `more` adds to it or replaces."""
    return {"queue": queue, "visits": {queue: {"work": work}}, "priority": "P1", **more}


def tier(*serves: str, heads: int = 1, calendar: str = "always", **more: Any) -> Data:
    """A tier of one shift."""
    return {"serves": serves, "shifts": {"shift": {"calendar": calendar, "heads": heads}}, **more}


def part(**more: Any) -> Data:
    """A component whose failures are repaired by tickets of class "repair" and priority P0."""
    return {"repair": {"ticket": "repair", "priority": "P0"}, **more}


def change(*components: str, **more: Any) -> Data:
    """A change that starts after one hour."""
    return {"components": components, "at": "2026-01-05T09:00", **more}


def tell(
    scenario: Scenario, engine: EngineName, *, lives: dict[int, int] | None = None,
    shocks: Sequence[tuple[int, int, int, int]] = (),
) -> EventLog:  # fmt: skip
    """The log of a scenario, after its checks; lives  ticks after which the first life of a unit ends."""
    model = Model(scenario)
    tape = model.tape(seed=1)
    table = tape.lives.copy()
    for unit, ticks in (lives or {}).items():
        table[tape.life_from[unit], LIFE_TICKS] = ticks
    tape = replace(tape, lives=table, shocks=np.array(shocks, np.int64).reshape(-1, 4))
    log = model.run(tape, engine)
    assert check(log, scenario) == []
    return log


def told(log: EventLog) -> list[str]:
    """One line per row: at, event, entity, name of the place, value."""
    columns = (column.tolist() for column in log.columns().values())
    rows = zip(*columns, strict=True)
    names = schema.EVENT_NAMES
    return [f"{at} {names[event]} {who} {_place(log, event, place)} {value}" for at, event, who, place, value in rows]


def lines(text: str) -> list[str]:
    """The lines of a log written out, without the blanks that align them."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def _place(log: EventLog, event: int, place: int) -> str:
    if event in _TO_QUEUE:
        return log.names.queues[place]
    if event <= schema.RECLASSIFIED or event == schema.ON_DUTY:
        return log.names.tiers[place]
    return log.names.changes[place] if event == schema.CHANGE_PHASE else log.names.components[place]
