"""Stays: what every ticket does from one of its events to the next, as one table."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import (
    FAILED,
    INTERRUPTED,
    PAGED,
    PAUSED,
    RESTORED,
    RETURNED,
    STARTED,
    TRIAGED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)
from twin.measures.reading import Reading

Array = NDArray[Any]

AT_WORK: Final = (STARTED, TRIAGED, PAGED)
PICKED_UP: Final = (*AT_WORK, WAITS_CUSTOMER, WAITS_VENDOR, RETURNED, INTERRUPTED, PAUSED)


class Stays(NamedTuple):
    """One row per ticket and event, sorted by ticket and time; all int64.

    ticket      number of the ticket; event  what begins the stay; place  queue or tier, as the event has it.
    begin, end  ticks, [begin, end): the end is the ticket's next event, or the end of the log.
    """

    ticket: Array
    event: Array
    place: Array
    begin: Array
    end: Array


def stays_of(reading: Reading) -> Stays:
    """The stays of every ticket of the log; `reading.shared` keeps them. A restoration ends no stay."""
    if "stays" not in reading.shared:
        log = reading.log
        rows = np.flatnonzero((log.event <= PAGED) & (log.event != RESTORED))
        rows = rows[np.argsort(log.entity[rows], kind="stable")]
        ticket, begin = log.entity[rows].astype(np.int64), log.at[rows]
        is_last = np.append(ticket[1:] != ticket[:-1], True)[: len(rows)]
        end = np.where(is_last, log.end_ticks, np.append(begin[1:], log.end_ticks)[: len(rows)])
        reading.shared["stays"] = Stays(
            ticket, log.event[rows].astype(np.int64), log.place[rows].astype(np.int64), begin, end
        )
    found: Stays = reading.shared["stays"]
    return found


def clipped(stays: Stays, begin: int, end: int) -> Array:
    """Ticks of each stay inside [begin, end)."""
    return np.asarray(np.maximum(np.minimum(stays.end, end) - np.maximum(stays.begin, begin), 0))


def component_of_tickets(reading: Reading) -> Array:
    """Component (as the log numbers them) whose failed unit each ticket repairs, -1 for none."""
    log = reading.log
    is_failure = log.event == FAILED
    largest = max(int(log.entity[is_failure].max(initial=-1)), int(log.ticket_unit.max(initial=-1)))
    part = np.full(largest + 2, -1, np.int64)
    part[log.entity[is_failure]] = log.place[is_failure]
    return np.asarray(part[log.ticket_unit])
