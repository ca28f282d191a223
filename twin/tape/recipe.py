"""What a scenario fixes before chance speaks: law, class, visit and component tables, and the pieces of activity."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.spec.dated import Dated
from twin.spec.demand import TicketClass
from twin.spec.deployment import Component, Degradation
from twin.spec.desks import queue_names
from twin.spec.expand import is_plain
from twin.spec.occurring import starts_of
from twin.spec.scenario import Scenario
from twin.spec.values import Law
from twin.tape import faults as F
from twin.tape import paths as P
from twin.tape.intensity import CONSTANT, Pieces, pieces_of
from twin.tape.laws import law_row
from twin.tape.streams import name_key
from twin.tape.world import booked_tiers, laws_of_policies, uses_policies, world_digest

Floats = NDArray[np.float64]


@dataclass
class Recipe:
    """The tables a tape is drawn by. One per scenario, shared by all replications and threads."""

    scenario: Scenario
    law_rows: list[tuple[float, float, float, float]] = field(default_factory=list)
    known_dates: dict[tuple[str | None, str | None, tuple[str, ...]], list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        scenario = self.scenario
        if not is_plain(scenario):
            raise ValueError("the scenario holds shorthand; load it, or pass it through twin.spec.expand.expand first")
        self.world = world_digest(scenario)
        self.queues = queue_names(scenario)
        self.booked_tiers = booked_tiers(scenario)
        self.class_names = tuple(scenario.demand.tickets)
        self.visits, self.visit_of = self._visit_tables()
        self.classes = self._class_table()
        self.parts = self._part_table()
        self.change_rows = {
            name: (self._law(change.work), self._law(change.notice), self._law(change.rollback))
            for name, change in scenario.changes.items()
        }
        self.gap_row = {
            name: self._law(ticket.arrivals.interarrival)
            for name, ticket in scenario.demand.tickets.items()
            if ticket.arrivals is not None and ticket.arrivals.interarrival is not None
        }
        for law in laws_of_policies(scenario):
            self._law(law)
        self.drifts = uses_policies(scenario)
        self.laws = np.array(self.law_rows or [(0.0, 0.0, 0.0, 0.0)])
        units = [(c, u) for c, part in enumerate(self.components) for u in range(part.units)]
        self.unit_component = np.array([c for c, _ in units], np.int64)
        names = list(scenario.deployment.components)
        self.unit_stream = np.array([name_key("unit", names[c], str(u)) for c, u in units], np.uint64)
        self.starts = {name: starts_of(change, scenario.clock) for name, change in scenario.changes.items()}

    @property
    def components(self) -> list[Component]:
        """The components in the order of the scenario."""
        return list(self.scenario.deployment.components.values())

    @cached_property
    def pieces(self) -> dict[str | None, Pieces]:
        """Activity pieces by profile name; None is constant activity."""
        used = {ticket.arrivals.profile for ticket in self.scenario.demand.tickets.values() if ticket.arrivals}
        if used == {None} and not self._is_busy_by_day:
            return {None: CONSTANT}
        return {name: pieces_of(self.scenario, self.scenario.demand.profiles[name] if name else None) for name in used}

    @property
    def _is_busy_by_day(self) -> bool:
        demand = self.scenario.demand
        arrivals = [ticket.arrivals for ticket in demand.tickets.values() if ticket.arrivals]
        return demand.busyness_cv > 0 or any(one.busyness_cv > 0 for one in arrivals)

    @cached_property
    def day_at(self) -> NDArray[np.int64]:
        """First tick of each local day of the horizon, from tick 0 on."""
        pieces = pieces_of(self.scenario, None)
        return np.asarray(pieces.at[np.concatenate([[True], np.diff(pieces.day) > 0])])

    @cached_property
    def visit_places(self) -> NDArray[np.int64]:
        """Class and queue of each row of the visit table, shape (visits, 2)."""
        places = np.zeros((len(self.visits), 2), np.int64)
        for c, q in np.argwhere(self.visit_of >= 0):
            places[self.visit_of[c, q]] = c, q
        return places

    def dates(self, dated: Dated) -> list[int]:
        """Ticks at which something dated happens."""
        rule = (dated.at, dated.repeat, dated.dates)
        if rule not in self.known_dates:
            self.known_dates[rule] = starts_of(dated, self.scenario.clock).tolist()
        return self.known_dates[rule]

    def row(self, law: Law) -> int:
        """The row of a law that the scenario names."""
        return self.law_rows.index(law_row(law, self.scenario.clock.tick))

    def _law(self, law: Law | None) -> int:
        if law is None:
            return -1
        row = law_row(law, self.scenario.clock.tick)
        if row not in self.law_rows:
            self.law_rows.append(row)
        return self.law_rows.index(row)

    def _visit_tables(self) -> tuple[Floats, NDArray[np.int64]]:
        tickets = self.scenario.demand.tickets
        fan = max((len(visit.next) for ticket in tickets.values() for visit in ticket.visits.values()), default=0)
        visit_of = np.full((max(len(tickets), 1), max(len(self.queues), 1)), -1, np.int64)
        rows: list[Floats] = []
        for c, ticket in enumerate(tickets.values()):
            for queue, visit in ticket.visits.items():
                visit_of[c, self.queues.index(queue)] = len(rows)
                row = np.full(P.VISIT_NEXT + 2 * fan, -1.0)
                row[P.VISIT_WORK], row[P.VISIT_TRIAGE] = self._law(visit.work), self._law(visit.triage)
                if visit.reassign is not None:
                    row[P.VISIT_REASSIGN] = visit.reassign.probability
                    row[P.VISIT_REASSIGN_TO] = self.queues.index(visit.reassign.to)
                for column, wait in ((P.VISIT_CUSTOMER, visit.wait_customer), (P.VISIT_VENDOR, visit.wait_vendor)):
                    if wait is not None:
                        row[column : column + 3] = wait.probability, self._law(wait.duration), wait.after_work_ratio
                total = 0.0
                for k, (queue_after, probability) in enumerate(visit.next.items()):
                    total += probability
                    row[P.VISIT_NEXT + 2 * k : P.VISIT_NEXT + 2 * k + 2] = self.queues.index(queue_after), total
                rows.append(row)
        return np.array(rows or [np.full(P.VISIT_NEXT + 2 * fan, -1.0)]), visit_of

    def _class_table(self) -> Floats:
        tickets = self.scenario.demand.tickets
        levels = self.scenario.support.priorities
        table = np.zeros((max(len(tickets), 1), P.CLASS_PRIORITIES + len(levels)))
        for c, ticket in enumerate(tickets.values()):
            row = table[c]
            row[P.CLASS_QUEUE] = self.queues.index(ticket.queue)
            row[P.CLASS_BALK] = ticket.balk_ratio
            row[P.CLASS_PATIENCE] = self._law(ticket.patience)
            row[P.CLASS_FOLLOW_UP] = self._law(ticket.follow_up)
            row[P.CLASS_REOPEN_TO] = -1
            if ticket.reopen is not None:
                row[P.CLASS_REOPEN], row[P.CLASS_REOPEN_LAW] = ticket.reopen.probability, self._law(ticket.reopen.after)
                row[P.CLASS_REOPEN_TO] = self.queues.index(ticket.reopen.to) if ticket.reopen.to else -1
            shares = priority_shares(ticket, self.scenario.support.priority_matrix)
            if shares:
                row[P.CLASS_PRIORITIES :] = np.cumsum([shares.get(level, 0.0) for level in levels])
                last = max(k for k, level in enumerate(levels) if shares.get(level, 0.0) > 0)
                row[P.CLASS_PRIORITIES + last :] = 1.0
        return table

    def _part_table(self) -> Floats:
        clock = self.scenario.clock
        table = np.full((max(len(self.components), 1), F.PART_COLUMNS), -1.0)
        for c, part in enumerate(self.components):
            row = table[c]
            row[F.PART_SHAPE], row[F.PART_SCALE] = part.shape, 0.0
            if part.mtbf is not None:
                elsewhere = 1.0 - (1.0 - part.common_cause) * (1.0 - part.recurring)
                row[F.PART_SCALE] = weibull_scale(part.mtbf / clock.tick, part.shape, elsewhere)
            row[F.PART_COVERAGE] = part.monitoring.coverage
            row[F.PART_REPORT] = self._law(part.monitoring.reported_after)
            row[F.PART_AUTOMATIC] = part.failover.coverage if part.failover else 1.0
            row[F.PART_DELAY] = self._law(part.failover.delay) if part.failover else -1
            row[F.PART_MANUAL] = self._law(part.failover.manual) if part.failover else -1
            row[F.PART_PM_EVERY] = clock.ticks(part.maintenance.every) if part.maintenance else 0
            row[F.PART_PM] = self._law(part.maintenance.takes) if part.maintenance else -1
            if part.degradation is not None:
                row[F.PART_ONSET : F.PART_RESTART + 1] = self._stages(part.degradation)
            if part.repair is not None:
                row[F.PART_CLASS] = self.class_names.index(part.repair.ticket)
        return table

    def _stages(self, two: Degradation) -> tuple[float, ...]:
        warning = (self._law(two.noticed_after), two.recall, self._law(two.restart))
        return self._law(two.onset), self._law(two.to_failure), *warning


def weibull_scale(mtbf_ticks: float, shape: float, elsewhere: float) -> float:
    """Scale of a unit's own life law: mean mtbf when alone, its hazard lowered by the share that comes elsewhere from
    (common causes, recurring root causes)."""
    return float(mtbf_ticks / math.gamma(1.0 + 1.0 / shape) / (1.0 - elsewhere) ** (1.0 / shape))


def priority_shares(ticket: TicketClass, matrix: dict[str, dict[str, str]]) -> dict[str, float]:
    """Share of each priority among the tickets of a class; impact and urgency are independent of each other."""
    if isinstance(ticket.priority, str):
        return {ticket.priority: 1.0}
    if ticket.priority is not None:
        return dict(ticket.priority)
    shares: dict[str, float] = {}
    for impact, share in (ticket.impact or {}).items():
        for urgency, part in (ticket.urgency or {}).items():
            level = matrix[impact][urgency]
            shares[level] = shares.get(level, 0.0) + share * part
    return shares
