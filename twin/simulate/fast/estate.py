"""Units, components and change holds over arrays: the same events as `twin.simulate.estate`."""

from typing import Any

from twin.compiled import lean
from twin.eventlog import schema as E
from twin.simulate.fast.desk import set_heads
from twin.simulate.fast.world import (
    ACTIVE,
    ENDS_AT,
    HEADS,
    IN_SERVICE,
    IS_UP,
    LAST_LIFE,
    LIFE,
    NOW,
    TAKEOVER_UNTIL,
    UNIT_PART,
    UNITS_HELD,
    UNITS_UP,
    UP_AT,
    WHOLE_HOLDS,
    schedule,
    schedule_end,
    write,
)
from twin.simulate.order import ENTITY_BITS, FAILURE, RETURN, TIMER
from twin.simulate.plan import PART_CHECK, PART_FIRST, PART_NEEDED, PART_POOL, PART_STANDBY, PART_UNITS
from twin.tape.tape import (
    HOLD_CAUSE,
    HOLD_OCCURRENCE,
    HOLD_PART,
    HOLD_SHARE,
    HOLD_UNITS,
    HOLD_UNTIL,
    LIFE_AUTOMATIC,
    LIFE_MAINTENANCE,
    LIFE_REPORT,
    LIFE_TAKEOVER,
    LIFE_TICKS,
    LIFE_UPKEEP,
    LIFE_WARNED,
    SHOCK_CAUSE,
    SHOCK_PART,
    SHOCK_UNIT,
)

DOWN, UP, FAILED, MAINTAINED = E.DOWN, E.UP, E.FAILED, E.MAINTAINED
TAKEOVER, TAKEN_OVER, HELD, RELEASED = E.TAKEOVER, E.TAKEN_OVER, E.HELD, E.RELEASED
BY_FAILURE, BY_TAKEOVER, BY_MAINTENANCE = E.CAUSE_FAILURE, E.CAUSE_TAKEOVER, E.CAUSE_MAINTENANCE


@lean
def start_life(w: Any, u: Any) -> Any:
    """Unit u enters service; its life will end by its own fault or by maintenance."""
    life = w.unit[u, LIFE]
    if life >= w.unit[u, LAST_LIFE]:
        return
    length, upkeep = w.life[life, LIFE_TICKS], w.life[life, LIFE_UPKEEP]
    if 0 < upkeep < length:
        length = upkeep
    w.unit[u, IN_SERVICE] = 1
    w.unit[u, UP_AT] = w.count[NOW]
    w.unit[u, ENDS_AT] = w.count[NOW] + length
    schedule_end(w, w.unit[u, ENDS_AT], (FAILURE << ENTITY_BITS) | u)


@lean
def end_life(w: Any, u: Any) -> Any:
    """The life of unit u ends as planned, by its own fault or by maintenance."""
    c, life = w.unit[u, UNIT_PART], w.unit[u, LIFE]
    w.unit[u, IN_SERVICE] = 0
    if 0 < w.life[life, LIFE_UPKEEP] < w.life[life, LIFE_TICKS]:
        write(w, MAINTAINED, u, c, w.life[life, LIFE_WARNED])
        _go_out(w, u, c, BY_MAINTENANCE, -1)
        schedule(w, w.count[NOW] + w.life[life, LIFE_MAINTENANCE], (RETURN << ENTITY_BITS) | u)
    else:
        fail(w, u, 0)


@lean
def strike(w: Any, shock: Any) -> Any:
    """A shock ends the life of one unit or of all units of a component that are in service."""
    c, only = w.shock[shock, SHOCK_PART], w.shock[shock, SHOCK_UNIT]
    first = w.part[c, PART_FIRST]
    last = first + w.part[c, PART_UNITS]
    if only >= 0:
        first, last = only, only + 1
    for u in range(first, last):
        w.unit[u, IN_SERVICE] = -1 if w.unit[u, IN_SERVICE] == 1 else 0
    for u in range(first, last):
        if w.unit[u, IN_SERVICE] == -1:
            w.unit[u, IN_SERVICE] = 0
            fail(w, u, w.shock[shock, SHOCK_CAUSE])


@lean
def fail(w: Any, u: Any, cause: Any) -> Any:
    """Unit u fails; it will be detected by the next check or by people."""
    now, c, life = w.count[NOW], w.unit[u, UNIT_PART], w.unit[u, LIFE]
    write(w, FAILED, u, c, cause)
    _go_out(w, u, c, BY_FAILURE, life)
    report, check, came_up_at = w.life[life, LIFE_REPORT], w.part[c, PART_CHECK], w.unit[u, UP_AT]
    at = now + report
    if report < 0:
        at = now
        if check > 0:
            at = came_up_at + (now - came_up_at + check - 1) // check * check
    schedule(w, at, (TIMER << ENTITY_BITS) | (len(w.ticket) + u))


@lean
def come_back(w: Any, u: Any, event: Any) -> Any:
    """Unit u is in service again, as new."""
    c = w.unit[u, UNIT_PART]
    write(w, event, u, c, 0)
    w.unit[u, LIFE] += 1
    w.part[c, UNITS_UP] += 1
    if w.part[c, PART_STANDBY] == 1:
        active = 0
        for s in range(w.part[c, PART_FIRST], w.part[c, PART_FIRST] + w.part[c, PART_UNITS]):
            active += w.unit[s, ACTIVE]
        if active < w.part[c, PART_NEEDED]:
            w.unit[u, ACTIVE] = 1
    _assess(w, c, BY_FAILURE)
    start_life(w, u)


@lean
def _go_out(w: Any, u: Any, c: Any, cause: Any, life: Any) -> Any:
    w.part[c, UNITS_UP] -= 1
    if w.part[c, PART_STANDBY] == 1 and w.unit[u, ACTIVE] == 1:
        w.unit[u, ACTIVE] = 0
        for s in range(w.part[c, PART_FIRST], w.part[c, PART_FIRST] + w.part[c, PART_UNITS]):
            if w.unit[s, IN_SERVICE] == 1 and w.unit[s, ACTIVE] == 0:
                w.unit[s, ACTIVE] = 1
                if life >= 0 and w.life[life, LIFE_TAKEOVER] > 0:
                    cause = _take_over(w, u, c, life)
                break
    _assess(w, c, cause)


@lean
def _take_over(w: Any, u: Any, c: Any, life: Any) -> Any:
    until = w.count[NOW] + w.life[life, LIFE_TAKEOVER]
    w.part[c, TAKEOVER_UNTIL] = max(w.part[c, TAKEOVER_UNTIL], until)
    write(w, TAKEOVER, u, c, w.life[life, LIFE_AUTOMATIC])
    schedule(w, until, (RETURN << ENTITY_BITS) | (len(w.unit) + c))
    return BY_FAILURE if _available(w, c) < w.part[c, PART_NEEDED] else BY_TAKEOVER


@lean
def taken_over(w: Any, c: Any) -> Any:
    """A takeover ends, unless a later one is still under way."""
    if w.part[c, TAKEOVER_UNTIL] == w.count[NOW]:
        w.part[c, TAKEOVER_UNTIL] = -1
        write(w, TAKEN_OVER, c, c, 0)
        _assess(w, c, BY_FAILURE)


@lean
def hold(w: Any, number: Any, step: Any) -> Any:
    """A change hold begins (step 1) or ends (step -1)."""
    c, share = w.hold[number, HOLD_PART], w.hold[number, HOLD_SHARE]
    if w.hold[number, HOLD_UNITS] > 0:
        w.part[c, UNITS_HELD] += step * w.hold[number, HOLD_UNITS]
    elif share >= 1000:
        w.part[c, WHOLE_HOLDS] += step
    if step > 0:
        write(w, HELD, w.hold[number, HOLD_OCCURRENCE], c, share)
        _assess(w, c, w.hold[number, HOLD_CAUSE])
    else:
        write(w, RELEASED, w.hold[number, HOLD_OCCURRENCE], c, share)
        _assess(w, c, BY_FAILURE)


@lean
def release_all(w: Any, occurrence: Any) -> Any:
    """The holds that a change occurrence left to be ended by people end, once."""
    for number in range(len(w.hold)):
        if w.hold[number, HOLD_UNTIL] == -1 and w.hold[number, HOLD_OCCURRENCE] == occurrence:
            w.hold[number, HOLD_UNTIL] = w.count[NOW]
            hold(w, number, -1)


@lean
def _available(w: Any, c: Any) -> Any:
    return 0 if w.part[c, WHOLE_HOLDS] > 0 else max(w.part[c, UNITS_UP] - w.part[c, UNITS_HELD], 0)


@lean
def _assess(w: Any, c: Any, cause: Any) -> Any:
    available = _available(w, c)
    is_up = 1 if available >= w.part[c, PART_NEEDED] and w.part[c, TAKEOVER_UNTIL] < 0 else 0
    if is_up != w.part[c, IS_UP]:
        w.part[c, IS_UP] = is_up
        write(w, UP if is_up else DOWN, c, c, 0 if is_up else cause)
    p = w.part[c, PART_POOL]
    if p >= 0 and w.pool[p, HEADS] != available:
        set_heads(w, p, available)
