"""Whose fault it is and whose clock runs: tickets, their time and their promises by party."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import CLOSED, IN_QUEUE, WAITS_CUSTOMER, WAITS_VENDOR
from twin.measures.cells import Cell, cell
from twin.measures.clocks import CLOCKS, MET, MISSED, OPENED_AT
from twin.measures.frame import Frame, positions
from twin.measures.reading import Reading, numbers
from twin.measures.service_level import ServiceLevel
from twin.measures.stays import AT_WORK, clipped, component_of_tickets, stays_of
from twin.spec.desks import made_of, pools
from twin.spec.money import PARTIES

Array = NDArray[Any]

CUSTOMER, VENDOR, IN_DISPUTE = range(3)
HOLDERS: Final = (*PARTIES, "dispute")


class Responsibility:
    """Who is at fault, who employs whom and what is in scope, for the tickets of a log."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        tickets, components = frame.scenario.demand.tickets, frame.scenario.deployment.components
        self._class_owner = np.array([PARTIES.index(one.owner) for one in tickets.values()], np.int64)
        self._in_scope = np.array([one.scope == "in" for one in tickets.values()], bool)
        self._part_owner = np.array([PARTIES.index(one.owner) for one in components.values()], np.int64)
        self._party = np.array([PARTIES.index(pool.spec.party) for pool in pools(frame.scenario)], np.int64)

    def classes(self, reading: Reading) -> Array:
        """Our number of each ticket's class."""
        return np.asarray(back_of(self.frame.names.classes, reading.names.classes, "ticket class")[
            reading.log.ticket_class])  # fmt: skip

    def owners(self, reading: Reading) -> Array:
        """Whose fault each ticket is: that of the failed component's owner, else as its class says."""
        part = component_of_tickets(reading)
        back = back_of(self.frame.names.components, reading.names.components, "component")
        by_class = self._class_owner[self.classes(reading)]
        if not len(back):
            return np.asarray(by_class)
        return np.where(part >= 0, self._part_owner[back[part]], by_class)

    def in_scope(self, reading: Reading) -> Array:
        """Whether the maintenance contract covers each ticket."""
        return np.asarray(self._in_scope[self.classes(reading)])

    def tier_party(self, reading: Reading) -> Array:
        """The party of each tier of the log."""
        return np.asarray(self._party[back_of(self.frame.names.tiers, reading.names.tiers, "tier")])


def back_of(ours: tuple[str, ...], theirs: tuple[str, ...], what: str) -> Array:
    """Our number of each of their names. ValueError if they have one we don't know."""
    positions(ours, theirs, what)
    return np.array([ours.index(name) for name in theirs], np.int64)


class Parties:
    """Minutes of a ticket by the party that holds it, promises by the party at fault, and what is in dispute.

    The vendor holds a ticket while it is with one of the vendor's tiers, in a queue that only the vendor's tiers serve,
    or waits on the vendor; likewise the customer. A wait at the queue that the class names for disputes is a dispute,
    held by neither. A queue that both serve belongs to the tier that is listed first. Tickets opened in measured time
    are followed to the end of the log; closed time counts for nobody.
    """

    def __init__(self, frame: Frame, service_level: ServiceLevel) -> None:
        self.frame, self.service_level, self.who = frame, service_level, Responsibility(frame)
        names = frame.names
        spec = frame.scenario.support.tiers.values()
        party = {queue: tier.party for tier in reversed(spec) for queue in tier.serves}
        self._queue_party = np.array([PARTIES.index(party.get(queue, "customer")) for queue in names.queues], np.int64)
        disputes = [one.dispute for one in frame.scenario.demand.tickets.values()]
        at = [() if name is None else made_of(name, names.queues) for name in disputes]
        self._disputes = np.array([[queue in one for queue in names.queues] for one in at], bool)
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out = [cell("ticket_minutes", "min", "ratio", held_by=holder) for holder in HOLDERS]
        both = [{"fault": party, "clock": clock} for party in PARTIES for clock in CLOCKS]
        out += [cell("party_attainment", "1", "ratio", **where) for where in both]
        out += [cell("tickets_at_fault", "tickets", "mean", fault=party) for party in PARTIES]
        out += [cell(name, "1", "ratio") for name in ("out_of_scope_ratio", "dispute_ratio")]
        return [*out, cell("dispute_wait", "min", "ratio")]

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        frame = self.frame
        table, verdicts = self.service_level.read(reading)[:2]
        is_measured = (table[:, OPENED_AT] >= frame.warm_up) & (table[:, OPENED_AT] < frame.horizon)
        held = self.held(reading)[is_measured] / frame.ticks_per_min
        count, disputed = int(is_measured.sum()), held[:, IN_DISPUTE] > 0
        owners, scope = self.who.owners(reading)[is_measured], self.who.in_scope(reading)[is_measured]
        met, missed = ((verdicts[is_measured] == verdict) for verdict in (MET, MISSED))
        kept = [[met[owners == k].sum(axis=0), (met | missed)[owners == k].sum(axis=0)] for k in range(len(PARTIES))]
        return np.concatenate([
            numbers(held.sum(axis=0), count), *(numbers(*pair) for pair in kept),
            numbers([(owners == k).sum() for k in range(len(PARTIES))]),
            numbers([(~scope).sum(), disputed.sum()], count), numbers(held[:, IN_DISPUTE].sum(), disputed.sum()),
        ])  # fmt: skip

    def held(self, reading: Reading) -> Array:
        """Ticks for which each ticket is held by the customer, the vendor, and neither of them, shape (tickets, 3)."""
        stays, log = stays_of(reading), reading.log
        queues = back_of(self.frame.names.queues, reading.names.queues, "queue")
        tiers = self.who.tier_party(reading)
        holder = np.full(len(stays.ticket), -1, np.int64)
        in_queue, at_work = np.isin(stays.event, IN_QUEUE), np.isin(stays.event, AT_WORK)
        holder[in_queue] = self._queue_party[queues[stays.place[in_queue]]]
        holder[at_work] = tiers[stays.place[at_work]]
        holder[stays.event == WAITS_CUSTOMER] = CUSTOMER
        holder[stays.event == WAITS_VENDOR] = VENDOR
        waits = np.flatnonzero(np.isin(stays.event, (WAITS_CUSTOMER, WAITS_VENDOR)))
        argued = self._disputes[self.who.classes(reading)[stays.ticket[waits]], queues[stays.place[waits]]]
        holder[waits[argued]] = IN_DISPUTE
        ticks = np.where(np.isin(stays.event, CLOSED), 0, clipped(stays, 0, log.end_ticks))
        number = stays.ticket * len(HOLDERS) + np.maximum(holder, 0)
        total = np.bincount(number, ticks, len(log.ticket_class) * len(HOLDERS))
        return np.asarray(total.reshape(-1, len(HOLDERS)))
