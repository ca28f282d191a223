"""Queues and people: waits, sojourns, backlog, utilisation, occupancy per shift, hand-offs, reopened tickets."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import FAILED, RAISED
from twin.measures.cells import Cell, cell, cells_over
from twin.measures.flows import (
    BUSY_TICKS,
    CLOSED,
    DUTY_TICKS,
    ENDED_AT,
    GONE,
    HANDOFFS,
    LENGTH_TICKS,
    OPEN_AT_HORIZON,
    OPEN_MAX,
    OPEN_TICKS,
    OPENED_AT,
    OVERTIME_TICKS,
    PAGES,
    PRIORITY,
    REOPENS,
    STARTED_AT,
    STATE,
    TOUCHES,
    VISITS,
    VISITS_WAITED,
    WAIT_TICKS,
    Flows,
    read_flows,
)
from twin.measures.frame import Frame, joined_spans, picked, positions
from twin.measures.reading import Reading, numbers
from twin.spec.desks import pools

Array = NDArray[Any]

QUANTILES: Final = (0.5, 0.9, 0.95, 0.99)


class FlowReader:
    """Reads the flows of a log under the tiers, queues and shifts of a scenario; `reading.shared` keeps them."""

    def __init__(self, frame: Frame, with_parts: bool) -> None:
        self.frame, self.with_parts = frame, with_parts
        tiers = frame.scenario.support.tiers
        self.shifts = [(tier, shift) for tier in tiers for shift in tiers[tier].shifts]
        self._lines = [frame.timeline(tiers[tier].shifts[shift].calendar) for tier, shift in self.shifts]
        self._units = sum(part.units for part in frame.scenario.deployment.components.values())
        self._serves = {pool.name: () if pool.is_on_call else pool.spec.serves for pool in pools(frame.scenario)}

    def read(self, reading: Reading) -> Flows:
        """The flows of the log, numbered as the log numbers tiers, queues and priorities; shifts in log order."""
        if "flows" not in reading.shared:
            reading.shared["flows"] = self._read(reading)
        flows: Flows = reading.shared["flows"]
        return flows

    def shift_order(self, reading: Reading) -> NDArray[np.intp]:
        """Numbers of our shifts in the order in which the log has their tiers."""
        tiers = list(reading.names.tiers)
        number = [tiers.index(tier) if tier in tiers else len(tiers) for tier, _ in self.shifts]
        return np.argsort(np.array(number, np.intp), kind="stable")

    def _read(self, reading: Reading) -> Flows:
        log, frame, names = reading.log, self.frame, reading.names
        queue_number = {name: number for number, name in enumerate(names.queues)}
        served = [[queue_number[q] for q in self._serves.get(t, ()) if q in queue_number] for t in names.tiers]
        lines = [self._lines[k] for k in self.shift_order(reading)]
        counts = [sum(tier == name for tier, _ in self.shifts) for name in names.tiers]
        units = max(self._units, int(log.ticket_unit.max(initial=-1)) + 1, _most_failed(log.event, log.entity) + 1)
        return read_flows(
            log.at, log.event, log.entity, log.place, reading.value, log.ticket_unit, units, log.end_ticks,
            frame.warm_up, frame.horizon,
            np.array([len(names.queues), len(names.tiers), len(names.priorities)], np.int64),
            np.cumsum([0, *map(len, served)]), np.array([q for row in served for q in row], np.int64),
            np.cumsum([0, *counts]), np.cumsum([0, *(len(line.opens) for line in lines)]),
            joined_spans(lines), self.with_parts,
        )  # fmt: skip


def _most_failed(event: Array, entity: Array) -> int:
    return int(entity[event == FAILED].max(initial=-1))


class Queues:
    """Waits, sojourns, backlog, utilisation, occupancy, hand-offs, pages.

    Tickets count if they open in measured time and are followed to the end of the log; what is unfinished there counts
    with its age, so that Little's law holds as an identity. A visit is a stay in a queue until an agent takes the
    ticket; waiting again after an interruption adds to its wait. Sojourns leave abandoned tickets out and end with
    the last resolution.
    """

    def __init__(self, frame: Frame, flows: FlowReader) -> None:
        self.frame, self.flows = frame, flows
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        names = self.frame.names
        out: list[Cell] = []
        for name, unit in (("wait", "min"), ("waited_ratio", "1")):
            out += cells_over(name, unit, "ratio", "queue", names.queues)
            out += [*cells_over(name, unit, "ratio", "priority", names.priorities), cell(name, unit, "ratio")]
        out += cells_over("queue_length", "tickets", "mean", "queue", names.queues)
        groups = [{}, *({"priority": p} for p in names.priorities)]
        out += [cell("first_wait", "min", "ratio", **where) for where in groups]
        groups += [{"class": kind} for kind in names.classes]
        for where in groups:
            out.append(cell("sojourn", "min", "ratio", **where))
            out += [Cell("sojourn_quantile", (*where.items(), ("p", f"{p:g}")), "min", "mean") for p in QUANTILES]
        out += [cell(name, "1", "ratio") for name in ("abandoned_ratio", "first_contact_ratio", "reopened_ratio")]
        out += [cell(name, "1/ticket", "ratio") for name in ("handoffs", "touches")]
        out += [cell(name, "tickets", "mean") for name in ("backlog", "backlog_at_horizon", "backlog_max")]
        out += [cell("pages", "1/year", "mean"), cell("raised", "1/year", "mean")]
        out += cells_over("utilisation", "1", "ratio", "tier", names.tiers)
        out += cells_over("overtime", "h", "mean", "tier", names.tiers)
        out += [cell("occupancy", "1", "ratio", tier=tier, shift=shift) for tier, shift in self.flows.shifts]
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        flows = self.flows.read(reading)
        parts = (self._waits, self._tickets, self._people)
        return np.concatenate([part(reading, flows) for part in parts])

    def _waits(self, reading: Reading, flows: Flows) -> Array:
        names, theirs = self.frame.names, reading.names
        queues = picked(flows.queues, positions(names.queues, theirs.queues, "queue"))
        levels = picked(flows.priorities, positions(names.priorities, theirs.priorities, "priority"))
        rows = np.concatenate([queues, levels, levels.sum(axis=0, keepdims=True)])
        length = queues[:, LENGTH_TICKS] / (self.frame.horizon - self.frame.warm_up)
        waits = numbers(rows[:, WAIT_TICKS] / self.frame.ticks_per_min, rows[:, VISITS])
        return np.concatenate([waits, numbers(rows[:, VISITS_WAITED], rows[:, VISITS]), numbers(length)])

    def _tickets(self, reading: Reading, flows: Flows) -> Array:
        frame, end = self.frame, reading.log.end_ticks
        opened = flows.tickets[:, OPENED_AT]
        is_measured = (opened >= frame.warm_up) & (opened < frame.horizon)
        tickets = flows.tickets.T[:, is_measured].T  # columns stay in one piece each
        classes = reading.log.ticket_class[is_measured]
        levels = positions(frame.names.priorities, reading.names.priorities, "priority")
        kinds = positions(frame.names.classes, reading.names.classes, "ticket class")
        opened, ended = tickets[:, OPENED_AT], tickets[:, ENDED_AT]
        until = np.where(ended >= 0, ended, end)
        first = (np.where(tickets[:, STARTED_AT] >= 0, tickets[:, STARTED_AT], until) - opened) / frame.ticks_per_min
        priority = np.bincount(tickets[:, PRIORITY], first, len(reading.names.priorities))
        count = np.bincount(tickets[:, PRIORITY], minlength=len(reading.names.priorities))
        waits = numbers([first.sum(), *picked(priority, levels)], [len(first), *picked(count, levels)])
        stays = tickets[:, STATE] != GONE
        sojourn = (until - opened)[stays] / frame.ticks_per_min
        by_level = _split(sojourn, tickets[stays, PRIORITY], levels)
        by_kind = _split(sojourn, classes[stays], kinds)
        sojourns = [_sojourn_numbers(values) for values in (sojourn, *by_level, *by_kind)]
        return np.concatenate([waits, *sojourns, _ratios(tickets)])

    def _people(self, reading: Reading, flows: Flows) -> Array:
        frame = self.frame
        hour = 3600.0 / frame.tick_s
        tiers = picked(flows.tiers, positions(frame.names.tiers, reading.names.tiers, "tier"))
        shifts = np.zeros_like(flows.shifts)
        shifts[self.flows.shift_order(reading)] = flows.shifts
        average = flows.backlog[OPEN_TICKS] / (frame.horizon - frame.warm_up)
        return np.concatenate([
            numbers([average, flows.backlog[OPEN_AT_HORIZON], flows.backlog[OPEN_MAX]]),
            numbers([flows.backlog[PAGES] * frame.per_year, self._raised(reading) * frame.per_year]),
            numbers(tiers[:, BUSY_TICKS] / hour, tiers[:, DUTY_TICKS] / hour),
            numbers(tiers[:, OVERTIME_TICKS] / hour),
            numbers(shifts[:, 0] / hour, shifts[:, 1] / hour),
        ])  # fmt: skip

    def _raised(self, reading: Reading) -> int:
        at = reading.log.at[reading.log.event == RAISED]
        return int(((at >= self.frame.warm_up) & (at < self.frame.horizon)).sum())


def _split(values: Array, group: Array, order: NDArray[np.intp]) -> list[Array]:
    group = group.astype(np.int16)  # which numpy sorts by digits
    by_group = np.argsort(group, kind="stable")
    groups = np.arange(max(int(order.max(initial=0)), 0) + 2, dtype=np.int16)
    edges = np.searchsorted(group[by_group], groups)
    ordered = values[by_group]
    return [ordered[edges[k] : edges[k + 1]] if k >= 0 else ordered[:0] for k in order]


def _sojourn_numbers(values: Array) -> Array:
    if len(values) == 0:
        return np.zeros((1 + len(QUANTILES), 2))
    ranks = [max(int(np.ceil(p * len(values) - 1e-9)), 1) - 1 for p in QUANTILES]
    ordered = np.partition(values, sorted(set(ranks)))
    return np.concatenate([numbers([values.sum()], [len(values)]), numbers(ordered[ranks])])


def _ratios(tickets: Array) -> Array:
    resolved = tickets[:, STATE] == CLOSED
    once = resolved & (tickets[:, HANDOFFS] == 0) & (tickets[:, REOPENS] == 0)
    reopened, count = tickets[:, REOPENS] > 0, len(tickets)
    gone = (tickets[:, STATE] == GONE).sum()
    tops = [gone, once.sum(), reopened.sum(), tickets[:, HANDOFFS].sum(), tickets[:, TOUCHES].sum()]
    closed = (resolved | reopened).sum()
    return numbers(tops, [count, resolved.sum(), closed, count, count])
