"""Readiness: understaffed shifts, nodes that follow the load, when a vendor is no longer needed or sorely missed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.calendar import spans, step_function
from twin.eventlog.schema import CLOSED, ESCALATED, ON_DUTY, OPENED, REOPENED
from twin.measures.cells import Cell, cell
from twin.measures.frame import Frame
from twin.measures.reading import Reading, numbers
from twin.measures.scaling import scaled
from twin.spec.calendars import business_calendar
from twin.spec.support import WorkingTime

Array = NDArray[Any]


class Readiness:
    """Measures of what a scenario says about staff, handovers, vendors and scaling; none if nothing.

    understaffed    share of a tier's shift time with fewer heads than its minimum.
    stand_down, stood_down   day by which the own team no longer needs the vendor's first line, and whether it came.
    collapse_after, collapsed   days after a cut-off until twice the highest backlog before, and whether it came.
    saturation, node_hours   minutes a week with too few nodes, and node hours a week.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        scenario = frame.scenario
        self.tiers = [name for name, tier in scenario.support.tiers.items() if tier.minimum > 0]
        self._planned = [self._shift_steps(name) for name in self.tiers]
        self.handovers = scenario.self_service.handovers
        closing = ((name, tier.until) for name, tier in scenario.support.tiers.items())
        self.cut_offs = [(name, self._tick_of(day)) for name, day in closing if day is not None]
        self._scaled = [scaled(scenario, pool) for pool in scenario.deployment.scaling.values()]
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out = [cell("understaffed", "1", "ratio", tier=tier) for tier in self.tiers]
        for name in self.handovers:
            out += [cell("stand_down", "d", "mean", handover=name), cell("stood_down", "1", "share", handover=name)]
        for tier, _ in self.cut_offs:
            out += [cell("collapse_after", "d", "mean", tier=tier), cell("collapsed", "1", "share", tier=tier)]
        for pool in self.frame.scenario.deployment.scaling:
            out += [cell("saturation", "min/week", "mean", pool=pool), cell("node_hours", "h/week", "mean", pool=pool)]
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        rows: list[tuple[float, float]] = []
        rows += [self._understaffed(reading, k) for k in range(len(self.tiers))]
        for name in self.handovers:
            rows += self._stand_down(reading, name)
        for _, at in self.cut_offs:
            rows += self._collapse(reading, at)
        for minutes, hours in self._scaled:
            rows += [(minutes, 1.0), (hours, 1.0)]
        table = np.array(rows, float).reshape(-1, 2)
        return numbers(table[:, 0], table[:, 1])

    def _tick_of(self, day: str) -> int:
        scenario = self.frame.scenario
        open_till = scenario.model_copy(update={"calendars": {"open": WorkingTime(until=day)}})
        clock = scenario.clock
        found = spans(business_calendar(open_till, "open"), clock.start_utc, clock.end_ticks, clock.tick)
        return int(found[-1, 1]) if len(found) else 0

    def _shift_steps(self, tier: str) -> tuple[Array, Array]:
        lines = [self.frame.timeline(s.calendar) for s in self.frame.scenario.support.tiers[tier].shifts.values()]
        spans = [np.stack([line.opens, np.minimum(line.closes, self.frame.end)], axis=1) for line in lines]
        return step_function([(span, 1) for span in spans])

    def _understaffed(self, reading: Reading, k: int) -> tuple[float, float]:
        tier, frame, log = self.tiers[k], self.frame, reading.log
        if tier not in reading.names.tiers:
            return 0.0, 0.0
        mine = (log.event == ON_DUTY) & (log.place == reading.names.tiers.index(tier))
        at, heads = log.at[mine].astype(np.int64), log.value[mine]
        planned_at, shifts = self._planned[k]
        edges = np.unique(np.concatenate([at, planned_at, [frame.warm_up, frame.horizon]]))
        edges = edges[(edges >= frame.warm_up) & (edges <= frame.horizon)]
        length, begin = np.diff(edges), edges[:-1]
        there = np.concatenate([[0], heads])[np.searchsorted(at, begin, side="right")]
        is_open = shifts[np.maximum(np.searchsorted(planned_at, begin, side="right") - 1, 0)] > 0
        few = is_open & (there < frame.scenario.support.tiers[tier].minimum)
        return float(length[few].sum()), float(length[is_open].sum())

    def _stand_down(self, reading: Reading, name: str) -> list[tuple[float, float]]:
        log, frame, handover = reading.log, self.frame, self.handovers[name]
        queues, edges = reading.names.queues, frame.months.edges
        joined = np.isin(log.event, (OPENED, ESCALATED)) & (log.place == queues.index(handover.queue))
        went = (log.event == ESCALATED) & (log.place == queues.index(handover.to))
        came, gone = (np.histogram(log.at[rows], edges)[0] for rows in (joined, went))
        reached = np.flatnonzero((came > 0) & (gone <= handover.stand_down * came))
        if len(reached) == 0:
            return [(0.0, 0.0), (0.0, 1.0)]
        return [(float(edges[reached[0] + 1]) * frame.tick_s / 86_400, 1.0), (1.0, 1.0)]

    def _collapse(self, reading: Reading, cut_off: int) -> list[tuple[float, float]]:
        log = reading.log
        step = np.zeros(len(log.at), np.int64)
        step[np.isin(log.event, (OPENED, REOPENED))], step[np.isin(log.event, CLOSED)] = 1, -1
        backlog = np.cumsum(step)
        most = backlog[log.at < cut_off].max(initial=1)
        late = np.flatnonzero((log.at >= cut_off) & (backlog > 2 * most))
        if len(late) == 0:
            return [(0.0, 0.0), (0.0, 1.0)]
        return [((float(log.at[late[0]]) - cut_off) * self.frame.tick_s / 86_400, 1.0), (1.0, 1.0)]
