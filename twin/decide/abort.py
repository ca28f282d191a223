"""How long into a change a rollback may still begin: every replication has a faulty version, and is rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from twin.eventlog.log import EventLog
from twin.eventlog.schema import CHANGE_PHASE, PHASE_NAMES, RELEASED
from twin.experiment.intervals import quantile_interval
from twin.simulate.run import EngineName, Model
from twin.spec.load import load

_BACK = PHASE_NAMES.index("rollback_began")
_FAILED = PHASE_NAMES.index("rollback_failed")
_BEGAN = PHASE_NAMES.index("began")


@dataclass(frozen=True, slots=True)
class Abort:
    """The last moment to begin a rollback so that users work again in time with that confidence.

    back_at   when they must; takes_s  quantile of the time from the rollback's begin until everything it touched is
    released, with its 95 % interval (NaN: not known from so few); failed  rollbacks that failed, of `count`.
    """

    change: str
    back_at: datetime
    takes_s: float
    low_s: float
    high_s: float
    confidence: float
    failed: int
    count: int
    seed: int

    @property
    def decide_at(self) -> datetime:
        """The abort point: by the upper end of the interval where there is one."""
        takes_s = self.high_s if np.isfinite(self.high_s) else self.takes_s
        return (self.back_at.astimezone(UTC) - timedelta(seconds=takes_s)).astimezone(self.back_at.tzinfo)


def abort_point(
    file: Path, change: str, back_by_s: float, *, reps: int = 100, confidence: float = 0.95, seed: int = 1,
    overrides: Mapping[str, Any] | None = None, engine: EngineName = "auto",
) -> Abort:  # fmt: skip
    """The abort point of a change that must be over `back_by_s` seconds after its begin.

    Raises ScenarioError if the scenario has no such change, ValueError if no replication rolled it back.
    """
    scenario = load(file, overrides={**(overrides or {}), f"changes.{change}.failure": 1.0}).scenario
    model, lengths, failed, began = Model(scenario), [], 0, 0
    for replication in range(reps):
        log = model.run(model.tape(seed, replication), engine)
        rollback = _rollback(log, log.names.changes.index(change))
        if rollback is not None:
            began, length, is_failed = rollback
            lengths.append(length)
            failed += is_failed
    if not lengths:
        raise ValueError(f"{file}: no replication of {reps} rolled {change!r} back; does its fault ever reach anybody?")
    tick_s = scenario.clock.tick
    found = quantile_interval(np.array(lengths, np.float64), confidence)
    takes, low, high = (tick_s * float(x) for x in (found.estimate, found.low, found.high))
    zone = ZoneInfo(scenario.clock.time_zone)
    start = scenario.clock.start.replace(tzinfo=zone).astimezone(UTC)
    back_at = (start + timedelta(seconds=tick_s * began + back_by_s)).astimezone(zone)
    return Abort(change, back_at, takes, low, high, confidence, failed, len(lengths), seed)


def _rollback(log: EventLog, place: int) -> tuple[int, int, bool] | None:
    """Begin of the first occurrence, ticks from its rollback to the last release, whether the rollback failed."""
    phases = (log.event == CHANGE_PHASE) & (log.place == place)
    occurrences = log.entity[phases]
    if not len(occurrences):
        return None
    mine = phases & (log.entity == occurrences[0])
    back = log.at[mine & (log.value == _BACK)]
    released = log.at[(log.event == RELEASED) & (log.entity == occurrences[0])]
    if not len(back) or not len(released[released >= back[0]]):
        return None
    began = int(log.at[mine & (log.value == _BEGAN)][0])
    return began, int(released[-1] - back[0]), bool((log.value[mine] == _FAILED).any())
