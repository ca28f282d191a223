"""Agreements behind the contract, who answers for late tickets, and calls to people at home."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar.timeline import due_at
from twin.eventlog.schema import CLOSED, IN_QUEUE, PAGED, WAITS_CUSTOMER, WAITS_VENDOR
from twin.measures.cells import Cell, cell, cells_over
from twin.measures.clocks import CLOCKS, MISSED, OPENED_AT, PRIORITY
from twin.measures.frame import Frame, positions
from twin.measures.parties import Responsibility
from twin.measures.reading import Reading, numbers
from twin.measures.service_level import ServiceLevel
from twin.measures.stays import PICKED_UP, Stays, stays_of
from twin.spec.agreements import Agreement
from twin.spec.desks import made_of

Array = NDArray[Any]

_WEEK_S: Final = 7 * 86_400
_WAITS: Final = (WAITS_CUSTOMER, WAITS_VENDOR)


class Agreements:
    """Stays of tickets with the tiers of an agreement against its targets.

    A stay counts if it begins in measured time; one that is unfinished at the end of the log is late if its clock is
    past due, else left out. Priorities are those at opening.
    """

    def __init__(self, frame: Frame, service_level: ServiceLevel) -> None:
        self.frame, self.service_level = frame, service_level
        self.agreements = frame.scenario.agreements
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out: list[Cell] = []
        for name, one in self.agreements.items():
            out += [cell("agreement_attainment", "1", "ratio", agreement=name, priority=p) for p in one.targets]
            out.append(cell("agreement_attainment", "1", "ratio", agreement=name))
            out.append(cell("agreement_time", "min", "ratio", agreement=name))
            out.append(cell("agreement_stays", "1/year", "mean", agreement=name))
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        return np.concatenate([np.zeros((0, 2)), *(self._one(reading, one) for one in self.agreements.values())])

    def _one(self, reading: Reading, one: Agreement) -> Array:
        frame, names = self.frame, reading.names
        ticket, begin, ticks, is_done = self.stays(reading, one)
        measured = (begin >= frame.warm_up) & (begin < frame.horizon)
        priority = self.service_level.read(reading)[0][ticket, PRIORITY]
        limits = np.full(len(names.priorities), np.inf)
        for name, seconds in one.targets.items():
            limits[names.priorities.index(name)] = frame.scenario.clock.ticks(seconds)
        limit = limits[priority]
        counts = measured & np.isfinite(limit) & (is_done | (ticks > limit))
        met = counts & (ticks <= limit)
        by_name = [priority == names.priorities.index(name) for name in one.targets]
        finished = measured & is_done
        return np.concatenate([
            numbers([(met & group).sum() for group in by_name], [(counts & group).sum() for group in by_name]),
            numbers(met.sum(), counts.sum()),
            numbers(ticks[finished].sum() / frame.ticks_per_min, finished.sum()),
            numbers(measured.sum() * frame.per_year),
        ])  # fmt: skip

    def stays(self, reading: Reading, one: Agreement) -> tuple[Array, Array, Array, Array]:
        """Ticket, begin, ticks on the agreement's clock and whether it ended, of each stay with its tiers."""
        contract, tiers = self.frame.scenario.contract, self.frame.scenario.support.tiers
        queues = {queue for name in one.tiers for tier in made_of(name, tiers) for queue in tiers[tier].serves}
        stays = stays_of(reading)
        with_them = _inside(stays, np.array([name in queues for name in reading.names.queues], bool))
        new_ticket = np.concatenate([[True], stays.ticket[1:] != stays.ticket[:-1]])[: len(with_them)]
        before = np.concatenate([[False], with_them[:-1]])[: len(with_them)]
        number = np.cumsum(with_them & (new_ticket | ~before)) - 1
        first = np.flatnonzero(with_them & (new_ticket | ~before))
        runs = with_them & ~(one.pause_on_customer & (stays.event == WAITS_CUSTOMER))
        line = self.frame.timeline(one.calendar or contract.calendar)
        ticks = np.bincount(number[runs], line.open_ticks(stays.begin[runs], stays.end[runs]), len(first))
        goes_on = np.append(~new_ticket[1:], False)[: len(with_them)]
        last = with_them & ~(goes_on & np.append(with_them[1:], False)[: len(with_them)])
        return stays.ticket[first], stays.begin[first], ticks, goes_on[last]


def _inside(stays: Stays, is_theirs: Array) -> Array:
    """Whether each stay belongs to one of those queues: work does to the queue the ticket was taken from."""
    has_queue = np.isin(stays.event, IN_QUEUE) | np.isin(stays.event, _WAITS)
    rows = np.maximum.accumulate(np.where(has_queue, np.arange(len(has_queue)), 0))
    is_closed = np.isin(stays.event, CLOSED)
    place = np.where(has_queue[rows] if len(rows) else False, stays.place[rows], 0)
    return np.asarray(is_theirs[place] & ~is_closed) if len(is_theirs) else np.zeros(len(rows), bool)


class Owners:
    """Late tickets by the role that answers for their class, and whether somebody had them when time ran out.

    A ticket has an owner at its first breach if a person worked on it, waited for an answer, or had begun it and was
    called away; it has none while it lies in a queue that it has just come to.
    """

    def __init__(self, frame: Frame, service_level: ServiceLevel) -> None:
        self.frame, self.service_level, self.who = frame, service_level, Responsibility(frame)
        tickets = frame.scenario.demand.tickets.values()
        self.roles = tuple(dict.fromkeys(one.responsible for one in tickets if one.responsible is not None))
        number = {role: k for k, role in enumerate(self.roles)}
        self._role = np.array([number.get(one.responsible or "", -1) for one in tickets], np.int64)
        self.cells = (
            *cells_over("late_by_role", "tickets", "mean", "role", self.roles),
            *cells_over("owned_at_breach", "1", "ratio", "role", self.roles), cell("owned_at_breach", "1", "ratio"),
        )  # fmt: skip

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        late, owned = self.breaches(reading)
        role = self._role[self.who.classes(reading)[late]]
        groups = [role == k for k in range(len(self.roles))]
        tops, bottoms = ([values[group].sum() for group in groups] for values in (owned, np.ones(len(late))))
        return np.concatenate([numbers(bottoms), numbers(tops, bottoms), numbers(owned.sum(), len(late))])

    def breaches(self, reading: Reading) -> tuple[Array, Array]:
        """Tickets that missed a clock, and whether each had an owner when the first of its clocks ran out."""
        table, verdicts = self.service_level.read(reading)[:2]
        late = np.flatnonzero((verdicts == MISSED).any(axis=1))
        due = self._due(reading, late, table, verdicts)
        stays = stays_of(reading)
        scale = reading.log.end_ticks + 1
        at = late * scale + np.minimum(due, scale - 1)
        row = np.searchsorted(stays.ticket * scale + stays.begin, at, "right") - 1
        return late, np.isin(stays.event[row], PICKED_UP)

    def _due(self, reading: Reading, late: Array, table: Array, verdicts: Array) -> Array:
        stays, contract = stays_of(reading), self.frame.scenario.contract
        stops = (contract.pause_on_customer, contract.pause_on_vendor)
        rows = np.flatnonzero(np.isin(stays.event, [code for code, on in zip(_WAITS, stops, strict=True) if on]))
        first, last = (np.searchsorted(stays.ticket[rows], late, side) for side in ("left", "right"))
        names, out = reading.names.priorities, []
        for k, ticket in enumerate(late.tolist()):
            pauses = [(int(stays.begin[row]), int(stays.end[row])) for row in rows[first[k] : last[k]]]
            priority = self.frame.names.priorities.index(names[table[ticket, PRIORITY]])
            line = self.service_level.timeline(priority)
            ends = [
                due_at(line, int(table[ticket, OPENED_AT]), int(self.service_level.targets[priority, c]) // 2, pauses)
                for c in range(len(CLOCKS)) if verdicts[ticket, c] == MISSED
            ]  # fmt: skip
            out.append(min(ends))
        return np.array(out, np.int64)


class OnCallLoad:
    """Calls a week to each person on call, against the most there should be; whole weeks from the end of the warm-up.

    People of a tier take turns: the calls of a week differ by at most one between them.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        tiers = frame.scenario.support.tiers
        self.limits = {
            name: (tier.on_call.heads, tier.on_call.most_pages)
            for name, tier in tiers.items()
            if tier.on_call is not None and tier.on_call.most_pages is not None and tier.on_call.heads > 0
        }
        self.cells = (
            *cells_over("pages_per_person_week", "pages", "ratio", "tier", self.limits),
            *cells_over("page_limit_exceeded", "1", "ratio", "tier", self.limits),
        )

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        log, frame = reading.log, self.frame
        week = frame.scenario.clock.ticks(_WEEK_S)
        weeks = max((frame.horizon - frame.warm_up) // week, 1)
        ours = positions(frame.names.tiers, reading.names.tiers, "tier")
        calls, over, turns = [], [], []
        for name, (heads, most) in self.limits.items():
            pool = ours[frame.names.tiers.index(f"{name} on call")]
            rows = (log.event == PAGED) & (log.place == pool) & (log.at >= frame.warm_up)
            number = (log.at[rows] - frame.warm_up) // week
            by_week = np.bincount(number[number < weeks], minlength=weeks)
            each, more = by_week // heads, by_week % heads
            calls.append(by_week.sum())
            over.append(np.where(each > most, heads, np.where(each + 1 > most, more, 0)).sum())
            turns.append(heads * weeks)
        return np.concatenate([numbers(calls, turns), numbers(over, turns)])
