"""The law of simultaneous events: within a tick, ranks in this order, then entity number.

Consequences settle first: whatever a handled event causes at once (an agent takes the next ticket, a component goes
down) is part of handling it. Then the agenda (shifts, change windows), completions, returns to service, failures,
timers (detection, patience, the end of a wait), arrivals.
"""

from typing import Any, Final

from twin.compiled import kernel

AGENDA: Final = 1  # entity = row of the agenda
COMPLETION: Final = 2  # entity = ticket; also the end of a call-out
RETURN: Final = 3  # entity = unit whose maintenance ends, or units + component that is taken over
FAILURE: Final = 4  # entity = unit whose life ends, or units + shock
TIMER: Final = 5  # entity = ticket (patience, wait, reopening), or tickets + unit (detection)
ARRIVAL: Final = 6  # entity = ticket

# Requests have the same ranks, with slots of users as entities, and one more: sessions that open come last.
#   AGENDA: row, or rows + node that was ordered; COMPLETION: slot served; TIMER: slot (time-out, back-off), or
#   FIRST_OBJECT + object checked out; ARRIVAL: slot whose user asks; SESSION: number of the session.
SESSION: Final = 7
REQUEST_BITS: Final = 22
FIRST_OBJECT: Final = 1 << (REQUEST_BITS - 1)
REQUEST_SHIFT: Final = REQUEST_BITS + 3

ENTITY_BITS: Final = 24
AT_SHIFT: Final = 27
MOST_ENTITIES: Final = 1 << ENTITY_BITS
MOST_TICKS: Final = 1 << (63 - AT_SHIFT)


@kernel
def key(rank: Any, entity: Any) -> Any:
    """The priority of an event among those of the same tick, smaller first."""
    return (rank << ENTITY_BITS) | entity


@kernel
def instant(at: Any, rank: Any, entity: Any) -> Any:
    """Tick, rank and entity in one integer that sorts as the law says."""
    return (at << AT_SHIFT) | (rank << ENTITY_BITS) | entity


@kernel
def request_key(rank: Any, entity: Any) -> Any:
    """The priority of an event of the requests model among those of the same tick, smaller first."""
    return (rank << REQUEST_BITS) | entity
