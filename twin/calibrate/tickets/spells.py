"""What each recorded ticket did when: stretches in line, in hand and away, by the desk that had it."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import Timeline
from twin.eventlog.log import EventLog
from twin.eventlog.schema import (
    ESCALATED,
    OPENED,
    PAGED,
    REASSIGNED,
    REOPENED,
    RESOLVED,
    STARTED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)

Ints = NDArray[np.int64]
Floats = NDArray[Any]
Mask = NDArray[np.bool_]

LINE: Final = 0
HAND: Final = 1
AWAY: Final = 2
DONE: Final = 3


@dataclass(frozen=True)
class Spells:
    """The stretches of all tickets in order of ticket and time, and the tickets themselves.

    ticket, state, place, begin, until  per stretch: LINE, HAND, AWAY or DONE at a queue of the log, in ticks; the last
    stretch of a ticket reaches to the end of the record. visit  number of the ticket's move between queues, from 0.
    attempt  how often the ticket had been reopened. opened, priority  per ticket.
    """

    ticket: Ints
    state: Ints
    place: Ints
    begin: Ints
    until: Ints
    visit: Ints
    attempt: Ints
    opened: Ints
    priority: Ints
    end_ticks: int

    @property
    def tickets(self) -> int:
        """How many tickets there are."""
        return len(self.opened)

    def resolved_first(self) -> Ints:
        """Tick of each ticket's first resolution; -1 if it was never resolved."""
        found = np.full(self.tickets, -1, np.int64)
        done = np.flatnonzero(self.state == DONE)[::-1]
        found[self.ticket[done]] = self.begin[done]
        return found

    def resolved_last(self) -> Ints:
        """Tick of each ticket's last resolution; -1 if it is open at the end."""
        last = np.append(np.diff(self.ticket) != 0, True)
        found = np.full(self.tickets, -1, np.int64)
        rows = last & (self.state == DONE)
        found[self.ticket[rows]] = self.begin[rows]
        return found

    def effort(self, clock: Timeline, known_at: int, states: tuple[int, ...] = (LINE, HAND)) -> Floats:
        """Business ticks each ticket spent in some states before its first resolution, as known at an instant."""
        rows = np.isin(self.state, states) & (self.attempt == 0)
        begin, until = np.minimum(self.begin[rows], known_at), np.minimum(self.until[rows], known_at)
        return np.bincount(self.ticket[rows], clock.open_ticks(begin, until), self.tickets).astype(np.float64)


def spells_of(log: EventLog) -> Spells:
    """The stretches of a log's tickets, numbered as they opened."""
    opened = np.flatnonzero(log.event == OPENED)
    number = np.full(int(log.entity.max(initial=0)) + 1, -1, np.int64)
    number[log.entity[opened]] = np.arange(len(opened))
    rows = np.flatnonzero((log.event >= OPENED) & (log.event <= PAGED) & (number[log.entity] >= 0))
    who = number[log.entity[rows]]
    order = np.argsort(who, kind="stable")
    rows, who = rows[order], who[order]
    event, at, place = log.event[rows], log.at[rows].astype(np.int64), log.place[rows].astype(np.int64)
    same = np.append(np.diff(who) == 0, False)
    until = np.where(same, np.append(at[1:], 0), log.end_ticks)
    state = np.full(len(rows), LINE, np.int64)
    state[np.isin(event, (STARTED,))] = HAND
    state[np.isin(event, (WAITS_CUSTOMER, WAITS_VENDOR))] = AWAY
    state[event == RESOLVED] = DONE
    return Spells(
        who, state, place, at, until, _counted(who, np.isin(event, (ESCALATED, REASSIGNED))),
        _counted(who, event == REOPENED), log.at[opened].astype(np.int64), log.value[opened].astype(np.int64),
        log.end_ticks,
    )  # fmt: skip


def _counted(who: Ints, marks: Mask) -> Ints:
    """How many marks each row's ticket has had, this row included."""
    total = np.cumsum(marks)
    first = np.append(True, np.diff(who) != 0)
    before = np.maximum.accumulate(np.where(first, total - marks, 0))
    return np.asarray(total - before, np.int64)
