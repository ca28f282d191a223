"""A log as XES (IEEE 1849): a trace per ticket, an event per row, so that process-mining tools read a simulation."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from xml.sax.saxutils import quoteattr

import numpy as np

from twin.eventlog.log import EventLog
from twin.eventlog.schema import (
    ABANDONED,
    AT_QUEUE,
    ESCALATED,
    EVENT_NAMES,
    INTERRUPTED,
    OPENED,
    PAGED,
    PAUSED,
    REASSIGNED,
    REOPENED,
    RESOLVED,
    RESTORED,
    RETURNED,
    STARTED,
    TRIAGED,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)

_LIFECYCLE: Final = {
    OPENED: "schedule", STARTED: "start", TRIAGED: "start", ESCALATED: "reassign", REASSIGNED: "reassign",
    WAITS_CUSTOMER: "suspend", WAITS_VENDOR: "suspend", RETURNED: "resume", INTERRUPTED: "suspend", PAUSED: "suspend",
    RESTORED: "complete", RESOLVED: "complete", REOPENED: "schedule", ABANDONED: "withdraw", PAGED: "assign",
}  # fmt: skip
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0" xes.features="">\n'
    '<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>\n'
    '<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>\n'
    '<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>\n'
    '<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>\n'
)


def xes_lines(log: EventLog, start: datetime, tick_s: float) -> Iterator[str]:
    """The lines of an XES document: tickets in the order of their numbers, their events in order of time.

    start  the instant of tick 0, aware. Concept is the kind of event, the group is the queue or tier it happens at.
    """
    yield _HEAD
    rows = np.flatnonzero(log.event <= PAGED)
    rows = rows[np.argsort(log.entity[rows], kind="stable")]
    last = -1
    for row in rows.tolist():
        ticket, code = int(log.entity[row]), int(log.event[row])
        if ticket != last:
            yield ("</trace>\n" if last >= 0 else "") + _trace(log, ticket)
            last = ticket
        yield _event(log, row, code, start + timedelta(seconds=int(log.at[row]) * tick_s))
    yield "</trace>\n</log>\n" if last >= 0 else "</log>\n"


def _trace(log: EventLog, ticket: int) -> str:
    name = log.ticket_names[ticket] if log.ticket_names else str(ticket)
    kind = log.names.classes[int(log.ticket_class[ticket])]
    return f"<trace>\n{_string('concept:name', name)}{_string('class', kind)}"


def _event(log: EventLog, row: int, code: int, at: datetime) -> str:
    place = (log.names.queues if code in AT_QUEUE else log.names.tiers)[int(log.place[row])]
    priority = _string("priority", log.names.priorities[int(log.value[row])]) if code == OPENED else ""
    return (
        f"<event>\n{_string('concept:name', EVENT_NAMES[code])}"
        f'<date key="time:timestamp" value="{at.isoformat(timespec="milliseconds")}"/>\n'
        f"{_string('lifecycle:transition', _LIFECYCLE[code])}{_string('org:group', place)}{priority}</event>\n"
    )


def _string(key: str, value: str) -> str:
    return f"<string key={quoteattr(key)} value={quoteattr(value)}/>\n"
