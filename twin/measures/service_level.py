"""Service level: which tickets kept which clock of the contract, per priority and per month."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import ALWAYS_OPEN, Timeline
from twin.eventlog.log import EventLog
from twin.measures.cells import Cell, Kind, cell
from twin.measures.clocks import CLOCKS, MET, MISSED, NEVER_CLOSED, UNDECIDED, judge, read_clocks
from twin.measures.frame import Frame, joined_spans, picked, positions
from twin.measures.reading import Reading, numbers
from twin.spec.desks import pools

Array = NDArray[Any]

_ROUNDING: Final = 1e-12


class ServiceLevel:
    """Attainment per priority and clock, P(period meets the promised attainment), tickets by priority.

    A ticket still open at the end is missed if its clock is past due, else undecided and left out. One abandoned
    before the respond target kept that clock and has no other. Restore is the first restoration or resolution; the
    resolve clock of a reopened ticket runs on to its last resolution. A ticket belongs to the period it opens in.
    """

    def __init__(self, frame: Frame) -> None:
        from twin.spec.profiles import resolve

        self.frame = frame
        contract, clock = frame.scenario.contract, frame.scenario.clock
        rows = resolve(contract, frame.names.priorities)
        promised = [rows.get(priority) for priority in frame.names.priorities]
        lengths = [[getattr(row, name, None) for name in CLOCKS] for row in promised]
        self.targets = np.array(
            [[-1 if s is None else 2 * clock.ticks(s) for s in row] for row in lengths], np.int64
        ).reshape(len(lengths), 3)
        calendars = [(row.calendar if row else None) or contract.calendar for row in promised]
        self._calendars = list(dict.fromkeys(calendars))
        self._calendar_of = np.array([self._calendars.index(name) for name in calendars], np.int64)
        is_always = [frame.timeline(name) is ALWAYS_OPEN for name in calendars]
        self._clock_of = np.where(is_always, NEVER_CLOSED, self._calendar_of)
        self._pauses = np.array([contract.pause_on_customer, contract.pause_on_vendor])
        self.attainment = contract.attainment
        self._spans = self._all_spans()
        self.pairs = [(p, c) for p in range(len(promised)) for c in range(3) if self.targets[p, c] >= 0]
        self.clocks = sorted({c for _, c in self.pairs})
        self._groups = self._group_matrix()
        self.cells = tuple(self._cells())

    def _all_spans(self) -> tuple[Array, Array, Array, Array]:
        lines = [self.frame.timeline(name) for name in self._calendars]
        first = np.cumsum([0, *(len(line.opens) for line in lines)])
        return first, *joined_spans(lines)

    def _cells(self) -> list[Cell]:
        names = self.frame.names.priorities
        by_pair = [{"priority": names[p], "clock": CLOCKS[c]} for p, c in self.pairs]
        by_clock = [{"clock": CLOCKS[c]} for c in self.clocks]
        every: list[dict[str, str]] = [*by_pair, *by_clock, {}]
        out = [cell("attainment", "1", "ratio", **where) for where in every]
        out += [cell("undecided_tickets", "tickets", "mean", **where) for where in by_clock]
        out += [cell("tickets", "tickets", "mean", priority=name) for name in names]
        for periods in (self.frame.months, self.frame.years):
            kind: Kind = "share" if len(periods) == 1 else "ratio"
            out += [cell("attainment_kept", "1", kind, period=periods.name, **where) for where in every]
        return out

    def timeline(self, priority: int) -> Timeline:
        """When the clocks of a priority (by our number) run."""
        return self.frame.timeline(self._calendars[self._calendar_of[priority]])

    def read(self, reading: Reading) -> tuple[Array, Array, Array, Array, Array]:
        """Clock table, verdicts per ticket and clock, counts, counts per month and per year, priorities in order.

        Shapes (tickets, columns), (tickets, 3), (priorities, 3, 4), (periods, priorities, 3, 4) twice.
        """
        if "clocks" not in reading.shared:
            reading.shared["clocks"] = self._read(reading)
        result: tuple[Array, Array, Array, Array, Array] = reading.shared["clocks"]
        return result

    def _read(self, reading: Reading) -> tuple[Array, Array, Array, Array, Array]:
        log, frame = reading.log, self.frame
        ours = positions(frame.names.priorities, reading.names.priorities, "priority")
        known = ours >= 0
        theirs = len(reading.names.priorities)
        calendar_of, targets = np.zeros(theirs, np.int64), np.full((theirs, 3), -1, np.int64)
        calendar_of[ours[known]], targets[ours[known]] = self._clock_of[known], self.targets[known]
        table = read_clocks(
            log.at, log.event, log.entity, log.place, reading.value, len(log.ticket_class), log.end_ticks, self._pauses,
            self._answers(log, reading.names.tiers), calendar_of, *self._spans,
        )  # fmt: skip
        edges = (frame.months.edges, frame.years.edges)
        verdicts, counts, by_month, by_year = judge(table, targets, frame.warm_up, frame.horizon, *edges)
        periods = [picked(counts.swapaxes(0, 1), ours).swapaxes(0, 1) for counts in (by_month, by_year)]
        return table, verdicts, picked(counts, ours), periods[0], periods[1]

    def _answers(self, log: EventLog, tiers: Sequence[str]) -> NDArray[np.bool_]:
        """Per tier of the log whether its touch is an answer: all but the scenario's self-service."""
        silent = {pool.name for pool in pools(self.frame.scenario) if pool.spec.level == 0}
        last = max(int(log.place.max(initial=-1)) + 1, len(tiers))
        return np.array([tier not in silent for tier in tiers] + [True] * (last - len(tiers)))

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        _, _, counts, by_month, by_year = self.read(reading)
        every = np.concatenate([counts[np.newaxis], by_month, by_year])
        met, missed = (every[..., verdict].reshape(len(every), -1) @ self._groups for verdict in (MET, MISSED))
        decided = met + missed
        undecided = counts[:, self.clocks, UNDECIDED].sum(axis=0)
        tickets = counts[:, 0, :].sum(axis=1)
        periods = (slice(1, 1 + len(by_month)), slice(1 + len(by_month), len(every)))
        kept = [self._kept(met[rows], decided[rows]) for rows in periods]
        return np.concatenate([numbers(met[0], decided[0]), numbers(undecided), numbers(tickets), *kept])

    def _group_matrix(self) -> Array:
        """Which priorities and clocks each cell sums, int64 (priorities x clocks, cells): pairs, clocks, all."""
        of_clock = np.tile(np.eye(3, dtype=np.int64), (len(self.targets), 1))
        pairs = np.eye(len(of_clock), dtype=np.int64)[:, [3 * p + c for p, c in self.pairs]]
        return np.hstack([pairs, of_clock[:, self.clocks], np.ones((len(of_clock), 1), np.int64)])

    def _kept(self, met: Array, decided: Array) -> Array:
        is_kept = met >= self.attainment * decided - _ROUNDING * decided
        is_kept[:, -1] = is_kept[:, len(self.pairs) : -1].all(axis=1)
        has_tickets = decided > 0
        return numbers((is_kept & has_tickets).sum(axis=0), has_tickets.sum(axis=0))
