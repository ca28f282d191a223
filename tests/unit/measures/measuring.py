"""Small scenarios and logs written by hand, and a look-up of measured numbers by name."""

from typing import Any

import numpy as np

from twin.eventlog.log import EventLog
from twin.eventlog.schema import COLUMNS, OPENED
from twin.measures.frame import names_of
from twin.measures.gauge import FAMILIES, Gauge
from twin.spec.scenario import Scenario

MIN, HOUR, DAY = 60, 3600, 86_400


def desk(**parts: Any) -> Scenario:
    """A scenario in UTC from Monday 2026-01-05 on; parts replace its defaults: a month, one tier of two lines."""
    visits = {"first": {"work": "1 h"}, "second": {"work": "1 h"}}
    default = {
        "name": "desk",
        "clock": {"start": "2026-01-05", "horizon": "30 d"},
        "demand": {"tickets": {"fault": {"queue": "first", "visits": visits}}},
        "support": {"tiers": {
            "L1": {"serves": ["first"], "shifts": {"day": {"heads": 1}}},
            "L2": {"serves": ["second"], "shifts": {"day": {"heads": 1}}, "level": 2},
        }},
    }  # fmt: skip
    return Scenario.model_validate({**default, **parts})


def log_of(
    scenario: Scenario, rows: list[tuple[int, ...]], units: dict[int, int] | None = None, **other: Any
) -> EventLog:
    """The log of rows (at, event, entity, place, value); units  unit that a ticket repairs."""
    table = np.array(rows, np.int64).reshape(-1, 5)
    tickets = int(table[table[:, 1] <= OPENED + 14, 2].max(initial=-1)) + 1
    columns = {name: table[:, k].astype(kind) for k, (name, kind) in enumerate(COLUMNS)}
    unit = np.full(tickets, -1, np.int32)
    for ticket, number in (units or {}).items():
        unit[ticket] = number
    return EventLog(
        **columns, ticket_class=np.zeros(tickets, np.int16), ticket_unit=unit,
        end_ticks=other.pop("end", scenario.clock.end_ticks), names=names_of(scenario), **other,
    )  # fmt: skip


class Measured:
    """Numbers of one log, by cell name and dimensions."""

    def __init__(self, scenario: Scenario, log: EventLog, *families: Any) -> None:
        gauge = Gauge(scenario, families or FAMILIES)
        self.pairs = dict(zip(((c.name, c.where) for c in gauge.cells), gauge.measure(log).tolist(), strict=True))

    def pair(self, name: str, **where: str) -> tuple[float, float]:
        """Numerator and denominator."""
        top, bottom = self.pairs[(name, tuple(where.items()))]
        return top, bottom

    def value(self, name: str, **where: str) -> float:
        """Numerator over denominator."""
        top, bottom = self.pair(name, **where)
        return top / bottom
