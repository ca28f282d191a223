"""Hours of work and paid hours: what money and work types are counted from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import CHANGE_PHASE, PHASE_NAMES, RESOLVED
from twin.measures.flows import BUSY_TICKS, DUTY_TICKS, OVERTIME_TICKS
from twin.measures.frame import Frame, picked, positions
from twin.measures.parties import Responsibility
from twin.measures.queues import FlowReader
from twin.measures.reading import Reading
from twin.measures.stays import AT_WORK, clipped, stays_of
from twin.spec.desks import pools

Array = NDArray[Any]

_BEGAN, _ENDED, _, _ROLLBACK_BEGAN, _ROLLED_BACK, _ROLLBACK_FAILED = range(len(PHASE_NAMES))


class WorkHours:
    """Hours in measured time: planned on shift, on call, overtime, and worked by pool and ticket class."""

    def __init__(self, frame: Frame, flows: FlowReader, who: Responsibility) -> None:
        self.frame, self.flows, self.who = frame, flows, who
        self.hour = 3600.0 / frame.tick_s
        self.pools = pools(frame.scenario)
        self.tiers = tuple(frame.scenario.support.tiers)
        self.planned = {tier: self._planned(tier) for tier in self.tiers}
        self._tier_of_pool = np.array([self.tiers.index(pool.tier) for pool in self.pools], np.int64)
        self._on_call = np.array([pool.is_on_call for pool in self.pools], bool)

    def _planned(self, tier: str) -> dict[str, float]:
        """Head hours on each shift of a tier."""
        begin, end = self.frame.warm_up, self.frame.horizon
        shifts = self.frame.scenario.support.tiers[tier].shifts
        opens = {name: self.frame.timeline(shift.calendar).open_between(begin, end) for name, shift in shifts.items()}
        return {name: shift.heads * opens[name] / self.hour for name, shift in shifts.items()}

    def _by_tier(self, reading: Reading, column: int, on_call: bool) -> Array:
        ours = picked(self.flows.read(reading).tiers, positions(self.frame.names.tiers, reading.names.tiers, "tier"))
        chosen = np.where(self._on_call == on_call, ours[:, column], 0) / self.hour
        return np.bincount(self._tier_of_pool, chosen, len(self.tiers))

    def on_call(self, reading: Reading) -> Array:
        """Head hours of being on call, by tier."""
        return self._by_tier(reading, DUTY_TICKS, on_call=True)

    def overtime(self, reading: Reading) -> Array:
        """Hours worked on call or after the end of the shift, by tier."""
        late = self._by_tier(reading, OVERTIME_TICKS, on_call=False)
        return np.asarray(late + self._by_tier(reading, BUSY_TICKS, on_call=True))

    def _tier_of(self, reading: Reading) -> Array:
        """Our tier of each pool that the log names."""
        ours = positions(self.frame.names.tiers, reading.names.tiers, "tier")
        back = np.zeros(len(reading.names.tiers), np.int64)
        back[ours[ours >= 0]] = self._tier_of_pool[ours >= 0]
        return back

    def count_by_tier(self, reading: Reading, places: Array) -> Array:
        """How many of the places, numbers of pools in the log, belong to each tier."""
        return np.bincount(self._tier_of(reading)[places], minlength=len(self.tiers))

    def by_tier_and_class(self, reading: Reading) -> Array:
        """Hours worked in measured time, shape (tiers, ticket classes)."""
        stays, kinds = stays_of(reading), len(self.frame.names.classes)
        rows = np.isin(stays.event, AT_WORK)
        ticks = clipped(stays, self.frame.warm_up, self.frame.horizon)[rows]
        number = self._tier_of(reading)[stays.place[rows]] * kinds + self.who.classes(reading)[stays.ticket[rows]]
        hours = np.bincount(number, ticks, len(self.tiers) * kinds) / self.hour
        return np.asarray(hours.reshape(len(self.tiers), kinds))

    def resolved(self, reading: Reading) -> Array:
        """Resolutions in measured time by tier; those reopened later count again."""
        stays, frame = stays_of(reading), self.frame
        rows = (stays.event == RESOLVED) & (stays.begin >= frame.warm_up) & (stays.begin < frame.horizon)
        return self.count_by_tier(reading, stays.place[rows])

    def on_changes(self, reading: Reading) -> float:
        """Head hours of change staff in measured time: from the beginning of a change to its end, and in rollbacks."""
        log, frame = reading.log, self.frame
        heads = [sum(frame.scenario.changes[name].staff.values()) for name in reading.names.changes]
        rows = np.flatnonzero(log.event == CHANGE_PHASE)
        since: dict[int, int] = {}
        total = 0
        for at, who, change, phase in zip(
            *(column[rows].tolist() for column in (log.at, log.entity, log.place, log.value)), strict=True
        ):
            if phase in (_BEGAN, _ROLLBACK_BEGAN):
                since.setdefault(who, at)
            elif phase in (_ENDED, _ROLLED_BACK, _ROLLBACK_FAILED) and who in since:
                inside = min(at, frame.horizon) - max(since.pop(who), frame.warm_up)
                total += heads[change] * max(inside, 0)
        return total / self.hour
