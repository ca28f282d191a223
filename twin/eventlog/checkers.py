"""Laws that any event log obeys, simulated or real: causality, capacity, conservation, states, Little's law."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.eventlog.log import EventLog
from twin.eventlog.schema import (
    ABANDONED,
    AT_QUEUE,
    CHANGE_PHASE,
    DETECTED,
    DOWN,
    ESCALATED,
    EVENT_NAMES,
    FAILED,
    IN_QUEUE,
    INTERRUPTED,
    MAINTAINED,
    MAINTENANCE_ENDED,
    ON_DUTY,
    OPENED,
    PAGED,
    PAUSED,
    RAISED,
    REASSIGNED,
    RECLASSIFIED,
    REOPENED,
    REPAIRED,
    RESOLVED,
    RESTORED,
    RETURNED,
    STARTED,
    TRIAGED,
    UP,
    WAITS_CUSTOMER,
    WAITS_VENDOR,
)
from twin.spec.scenario import Scenario

Array = NDArray[Any]

MOST_REPORTED: Final = 100

UNSEEN, WAITING, CALLED, SERVED, AWAY, CLOSED, GONE = range(7)
_STATE_NAMES: Final = ("not open", "in a queue", "paged for", "in service", "waiting on somebody", "resolved",
                       "abandoned")  # fmt: skip
NEVER = -1

IN_SERVICE, UNNOTICED, NOTICED, MAINTAINING = range(4)
_UNIT_NAMES: Final = ("in service", "failed", "failed and detected", "in maintenance")

PAST, OUTSIDE, UNKNOWN_EVENT, NUMBER, TICKET_STATE, WRONG_QUEUE, WRONG_TIER = range(7)
NOT_SERVED, NO_AGENT, NEGATIVE_HEADS, UNIT_STATE, DOWN_TWICE, PHASE_ORDER = range(7, 13)


def _ticket_table() -> NDArray[np.int8]:
    table = np.full((7, 64), NEVER, np.int8)
    table[UNSEEN, OPENED] = WAITING
    table[WAITING, [STARTED, PAGED, ABANDONED]] = [SERVED, CALLED, GONE]
    table[CALLED, [STARTED, ESCALATED, REASSIGNED, INTERRUPTED, PAUSED]] = [SERVED] + [WAITING] * 4
    table[SERVED, [TRIAGED, RESTORED]] = SERVED
    table[SERVED, [ESCALATED, REASSIGNED, INTERRUPTED, PAUSED]] = WAITING
    table[SERVED, [WAITS_CUSTOMER, WAITS_VENDOR, RESOLVED]] = [AWAY, AWAY, CLOSED]
    table[AWAY, RETURNED] = WAITING
    table[CLOSED, REOPENED] = WAITING
    for state in (WAITING, CALLED, SERVED, AWAY):
        table[state, RAISED] = state
    table[SERVED, RECLASSIFIED] = SERVED
    return table


def _unit_table() -> NDArray[np.int8]:
    table = np.full((4, 64), NEVER, np.int8)
    table[IN_SERVICE, [FAILED, MAINTAINED]] = [UNNOTICED, MAINTAINING]
    table[UNNOTICED, [DETECTED, REPAIRED]] = [NOTICED, IN_SERVICE]
    table[NOTICED, REPAIRED] = IN_SERVICE
    table[MAINTAINING, MAINTENANCE_ENDED] = IN_SERVICE
    return table


_TICKETS, _UNITS = _ticket_table(), _unit_table()
_IS_KNOWN = np.isin(np.arange(128), list(EVENT_NAMES))


@kernel
def _violations(  # noqa: C901
    at: Array, event: Array, entity: Array, place: Array, value: Array, end: int, sizes: Array, serves: Array,
    ticket_next: Array, unit_next: Array, is_known: Array,
) -> Any:  # fmt: skip
    tickets, queues, tiers, units, components = sizes[0], sizes[1], sizes[2], sizes[3], sizes[4]
    found, count = np.zeros((MOST_REPORTED, 3), np.int64), 0
    state, where, since = np.zeros(tickets, np.int8), np.zeros(tickets, np.int64), np.zeros(tickets, np.int64)
    unit_state, is_down, began = np.zeros(units, np.int8), np.zeros(components, np.bool_), np.zeros(sizes[5], np.bool_)
    heads, busy = np.zeros(tiers, np.int64), np.zeros(tiers, np.int64)
    length, changed, area = np.zeros(queues, np.int64), np.zeros(queues, np.int64), np.zeros(queues, np.int64)
    waits = np.zeros(queues, np.int64)
    last = 0
    for row in range(len(at)):
        now, code, who, spot = at[row], event[row], entity[row], place[row]
        fault, detail = -1, 0
        if now < last:
            fault = PAST
        elif now < 0 or now >= end:
            fault = OUTSIDE
        elif code < 0 or not is_known[code]:
            fault = UNKNOWN_EVENT
        elif code in (RAISED, RECLASSIFIED):
            if who < 0 or who >= tickets or spot < 0 or spot >= (queues if code == RAISED else tiers):
                fault = NUMBER
            elif ticket_next[state[who], code] < 0:
                fault, detail = TICKET_STATE, state[who]
        elif code <= PAGED:
            to_queue, by_queue = code in IN_QUEUE, code in AT_QUEUE
            if who < 0 or who >= tickets or spot < 0 or spot >= (queues if by_queue else tiers):
                fault = NUMBER
            else:
                old = state[who]
                new = ticket_next[old, code]
                if new < 0:
                    fault, detail = TICKET_STATE, old
                else:
                    if old in (CALLED, SERVED) and not by_queue and spot != where[who]:
                        fault = WRONG_TIER
                    if old == WAITING:
                        queue = where[who]
                        if code == ABANDONED and spot != queue:
                            fault = WRONG_QUEUE
                        if code != ABANDONED and not serves[spot, queue]:
                            fault, detail = NOT_SERVED, queue
                        waits[queue] += now - since[who]
                        area[queue] += length[queue] * (now - changed[queue])
                        changed[queue] = now
                        length[queue] -= 1
                    elif old in (CALLED, SERVED) and new not in (CALLED, SERVED):
                        busy[where[who]] -= 1
                    if old == WAITING and new in (CALLED, SERVED):
                        busy[spot] += 1
                        if busy[spot] > heads[spot]:
                            fault, detail = NO_AGENT, busy[spot]
                    if to_queue:
                        area[spot] += length[spot] * (now - changed[spot])
                        changed[spot] = now
                        length[spot] += 1
                        since[who] = now
                    if to_queue or old == WAITING:
                        where[who] = spot
                    state[who] = new
        elif code <= MAINTENANCE_ENDED:
            if who < 0 or who >= units or spot < 0 or spot >= components:
                fault = NUMBER
            elif unit_next[unit_state[who], code] < 0:
                fault, detail = UNIT_STATE, unit_state[who]
            else:
                unit_state[who] = unit_next[unit_state[who], code]
        elif code in (DOWN, UP):
            if spot < 0 or spot >= components:
                fault = NUMBER
            elif is_down[spot] == (code == DOWN):
                fault = DOWN_TWICE
            else:
                is_down[spot] = code == DOWN
        elif code == CHANGE_PHASE:
            if who < 0 or who >= len(began):
                fault = NUMBER
            elif value[row] != 0 and not began[who]:
                fault = PHASE_ORDER
            else:
                began[who] = True
        elif code == ON_DUTY:
            if spot < 0 or spot >= tiers:
                fault = NUMBER
            elif value[row] < 0:
                fault = NEGATIVE_HEADS
            else:
                heads[spot] = value[row]
        last = max(last, now)
        if fault >= 0:
            if count < MOST_REPORTED:
                found[count, 0], found[count, 1], found[count, 2] = row, fault, detail
            count += 1
    held, queued = np.zeros(tiers, np.int64), np.zeros(queues, np.int64)
    for ticket in range(tickets):
        if state[ticket] in (CALLED, SERVED):
            held[where[ticket]] += 1
        elif state[ticket] == WAITING:
            queued[where[ticket]] += 1
            waits[where[ticket]] += end - since[ticket]
    for queue in range(queues):
        area[queue] += length[queue] * (end - changed[queue])
    return found, count, busy - held, length - queued, area - waits


def check(log: EventLog, scenario: Scenario) -> list[str]:
    """Violations of the laws, one line each with row and reason; empty if the log obeys them all.

    Time runs forward; tickets, units and components go only from states to states that can follow; agents take work
    only from queues they serve and while fewer are busy than on duty; at the end the busy agents are those who hold a
    ticket, each queue holds those who wait in it, and its length summed over time is the sum of the waits in it
    (Little's law, as an identity). Only the first 100 rows are told.
    """
    names = log.names
    is_unit = (log.event >= FAILED) & (log.event <= MAINTENANCE_ENDED)
    is_phase = log.event == CHANGE_PHASE
    counts = (len(log.ticket_class), len(names.queues), len(names.tiers), int(log.entity[is_unit].max(initial=-1)) + 1,
              len(names.components), int(log.entity[is_phase].max(initial=-1)) + 1)  # fmt: skip
    found, count, busy, length, little = _violations(
        log.at, log.event, log.entity, log.place, log.value, log.end_ticks, np.array(counts, np.int64),
        _served(log, scenario), _TICKETS, _UNITS, _IS_KNOWN,
    )  # fmt: skip
    told = [_told(log, *line) for line in found[: min(count, MOST_REPORTED)].tolist()]
    if count > MOST_REPORTED:
        told.append(f"and {count - MOST_REPORTED} more rows")
    for tier in np.flatnonzero(busy):
        told.append(f'end: tier "{names.tiers[tier]}" has {busy[tier]:+d} agents busy against the tickets in service')
    for queue in np.flatnonzero(length):
        told.append(f'end: queue "{names.queues[queue]}" has {length[queue]:+d} against the tickets that wait in it')
    for queue in np.flatnonzero(little):
        told.append(f'end: queue "{names.queues[queue]}": length over time and waits differ by {little[queue]} ticks')
    return told


def _served(log: EventLog, scenario: Scenario) -> NDArray[np.bool_]:
    from twin.spec.desks import pools

    serves = {pool.name: pool.spec.serves for pool in pools(scenario)}
    rows = [[queue in serves.get(tier, ()) for queue in log.names.queues] for tier in log.names.tiers]
    return np.array(rows, np.bool_).reshape(len(log.names.tiers), len(log.names.queues))


def _told(log: EventLog, row: int, fault: int, detail: int) -> str:
    code, who, spot = int(log.event[row]), int(log.entity[row]), int(log.place[row])
    event = EVENT_NAMES.get(code, str(code))
    return f"row {row} (at {log.at[row]}, {event}): {_reason(log, fault, detail, who, spot)}"


def _reason(log: EventLog, fault: int, detail: int, who: int, spot: int) -> str:
    names = log.names
    if fault == TICKET_STATE:
        return f"ticket {who} is {_STATE_NAMES[detail]}; this can't follow"
    if fault == UNIT_STATE:
        return f"unit {who} is {_UNIT_NAMES[detail]}; this can't follow"
    if fault == NOT_SERVED:
        return f'tier "{names.tiers[spot]}" does not serve queue "{names.queues[detail]}", where ticket {who} waits'
    if fault == NO_AGENT:
        return f'tier "{names.tiers[spot]}" has {detail} agents busy, more than are on duty'
    return {
        PAST: "earlier than the row before",
        OUTSIDE: f"outside the log's time [0, {log.end_ticks})",
        UNKNOWN_EVENT: "no such event",
        NUMBER: f"entity {who} or place {spot} is out of range",
        WRONG_QUEUE: f"ticket {who} does not wait in queue {spot}",
        WRONG_TIER: f"ticket {who} is not with tier {spot}",
        NEGATIVE_HEADS: "fewer than 0 heads",
        DOWN_TWICE: f"component {spot} was so already",
        PHASE_ORDER: f"change occurrence {who} has not begun",
    }[fault]
