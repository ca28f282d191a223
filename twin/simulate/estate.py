"""Units, components and change holds of the reference engine: what is up, what is down and why."""

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from twin.eventlog import schema as E
from twin.simulate import order
from twin.simulate.plan import (
    PART_CHECK,
    PART_FIRST,
    PART_LEVEL,
    PART_LEVEL_DOWN,
    PART_NEEDED,
    PART_POOL,
    PART_STANDBY,
    PART_UNITS,
)
from twin.tape import tape as T

if TYPE_CHECKING:
    from twin.simulate.operations import Operations

Process = Generator[simpy.Event, Any, None]
OWN_FAULT, BY_UPKEEP = 0, -1


class Part:
    """The state of one component."""

    def __init__(self, row: Any) -> None:
        self.needed, self.is_standby = int(row[PART_NEEDED]), bool(row[PART_STANDBY])
        self.units = range(int(row[PART_FIRST]), int(row[PART_FIRST] + row[PART_UNITS]))
        self.units_up = len(self.units)
        self.units_held = self.whole_holds = 0
        self.takeover_until = -1
        self.is_up = True

    @property
    def available(self) -> int:
        """Units that can serve now."""
        return 0 if self.whole_holds else max(self.units_up - self.units_held, 0)


class Estate:
    """All components and their units, each unit a process: in service, out of service, repaired, in service."""

    def __init__(self, world: "Operations") -> None:
        self._world, self._plan, self._tape = world, world.plan, world.tape
        self.parts = [Part(row) for row in world.plan.parts]
        self._is_active = [u in part.units[: part.needed] for part in self.parts for u in part.units]
        self._ended: list[simpy.Event | None] = [None] * len(self._plan.unit_part)

    def start(self) -> None:
        """Put all units into service and announce the shocks."""
        for u in range(len(self._plan.unit_part)):
            self._world.env.process(self._unit(u))
        for shock, at in enumerate(self._tape.shocks[:, T.SHOCK_AT].tolist()):
            entity = len(self._ended) + shock
            self._world.call_at(at, order.FAILURE, entity, partial(self._strike, shock))

    def _unit(self, u: int) -> Process:
        c = int(self._plan.unit_part[u])
        for life in range(self._tape.life_from[u], self._tape.life_from[u + 1]):
            came_up_at = self._world.now()
            cause = yield self._service_ends(u, c, life)
            if cause == BY_UPKEEP:
                self._world.record(self._world.now(), E.MAINTAINED, u, c, int(self._tape.lives[life, T.LIFE_WARNED]))
                self._goes_out(u, c, E.CAUSE_MAINTENANCE, life=-1)
                end = self._world.now() + int(self._tape.lives[life, T.LIFE_MAINTENANCE])
                yield self._world.instant(end, order.RETURN, u)
                self._world.record(self._world.now(), E.MAINTENANCE_ENDED, u, c)
            else:
                self._world.record(self._world.now(), E.FAILED, u, c, cause)
                self._goes_out(u, c, E.CAUSE_FAILURE, life)
                yield self._detected(u, c, life, came_up_at)
                self._world.record(self._world.now(), E.DETECTED, u, c)
                yield self._repaired(c, life)
                self._world.record(self._world.now(), E.REPAIRED, u, c)
            self._comes_back(u, c)

    def _service_ends(self, u: int, c: int, life: int) -> simpy.Event:
        ended = self._ended[u] = self._world.env.event()
        length, upkeep = (int(self._tape.lives[life, column]) for column in (T.LIFE_TICKS, T.LIFE_UPKEEP))
        cause = BY_UPKEEP if 0 < upkeep < length else OWN_FAULT
        at = self._world.now() + (upkeep if cause == BY_UPKEEP else length)
        self._world.call_at(at, order.FAILURE, u, lambda: self._end(u, ended, cause))
        return ended

    def _end(self, u: int, ended: simpy.Event | None, cause: int) -> None:
        if ended is not None and ended is self._ended[u]:
            self._ended[u] = None
            ended.succeed(cause)

    def _strike(self, shock: int) -> None:
        _, c, u, cause = self._tape.shocks[shock].tolist()
        for unit in [u] if u >= 0 else self.parts[c].units:
            self._end(unit, self._ended[unit], cause)

    def _detected(self, u: int, c: int, life: int, came_up_at: int) -> simpy.Event:
        now, report, check = (
            self._world.now(),
            int(self._tape.lives[life, T.LIFE_REPORT]),
            int(self._plan.parts[c, PART_CHECK]),
        )
        at = now + report
        if report < 0:
            at = came_up_at + -(-(now - came_up_at) // check) * check if check > 0 else now
        return self._world.instant(at, order.TIMER, len(self._tape.ticket_class) + u)

    def _repaired(self, c: int, life: int) -> simpy.Event:
        ticket = self._tape.arrivals + life
        level = self._plan.parts[c, PART_LEVEL if self.parts[c].is_up else PART_LEVEL_DOWN]
        self._world.env.process(self._world.ticket(ticket, int(level)))
        return self._world.restored(ticket)

    def _goes_out(self, u: int, c: int, cause: int, life: int) -> None:
        part = self.parts[c]
        part.units_up -= 1
        if part.is_standby and self._is_active[u]:
            self._is_active[u] = False
            spare = next((s for s in part.units if self._ended[s] is not None and not self._is_active[s]), None)
            if spare is not None:
                self._is_active[spare] = True
                if life >= 0 and self._tape.lives[life, T.LIFE_TAKEOVER] > 0:
                    cause = self._take_over(u, c, life)
        self._assess(c, cause)

    def _take_over(self, u: int, c: int, life: int) -> int:
        part, now = self.parts[c], self._world.now()
        until = now + int(self._tape.lives[life, T.LIFE_TAKEOVER])
        part.takeover_until = max(part.takeover_until, until)
        self._world.record(now, E.TAKEOVER, u, c, int(self._tape.lives[life, T.LIFE_AUTOMATIC]))
        self._world.call_at(until, order.RETURN, len(self._ended) + c, lambda: self._taken_over(c))
        return E.CAUSE_FAILURE if part.available < part.needed else E.CAUSE_TAKEOVER

    def _taken_over(self, c: int) -> None:
        if self.parts[c].takeover_until == self._world.now():
            self.parts[c].takeover_until = -1
            self._world.record(self._world.now(), E.TAKEN_OVER, c, c)
            self._assess(c, E.CAUSE_FAILURE)

    def _comes_back(self, u: int, c: int) -> None:
        part = self.parts[c]
        part.units_up += 1
        if part.is_standby and sum(self._is_active[s] for s in part.units) < part.needed:
            self._is_active[u] = True
        self._assess(c, E.CAUSE_FAILURE)

    def hold(self, number: int) -> None:
        """A change takes a component, some of its units, or a share of its users out of service."""
        self._count(number, 1)
        _, _, c, _, share, cause, occurrence = self._tape.holds[number].tolist()
        self._world.record(self._world.now(), E.HELD, occurrence, c, share)
        self._assess(c, cause)

    def release(self, number: int) -> None:
        """The hold ends."""
        self._count(number, -1)
        _, _, c, _, share, _, occurrence = self._tape.holds[number].tolist()
        self._world.record(self._world.now(), E.RELEASED, occurrence, c, share)
        self._assess(c, E.CAUSE_FAILURE)

    def release_all(self, occurrence: int) -> None:
        """The holds that a change occurrence left to be ended by people end."""
        for number, held in enumerate(self._tape.holds):
            if held[T.HOLD_UNTIL] < 0 and held[T.HOLD_OCCURRENCE] == occurrence:
                self.release(number)

    def _count(self, number: int, step: int) -> None:
        _, _, c, units, share, _, _ = self._tape.holds[number].tolist()
        if units > 0:
            self.parts[c].units_held += step * units
        elif share >= 1000:
            self.parts[c].whole_holds += step

    def _assess(self, c: int, cause: int) -> None:
        part, now, pool = self.parts[c], self._world.now(), int(self._plan.parts[c, PART_POOL])
        is_up = part.available >= part.needed and part.takeover_until < 0
        if is_up != part.is_up:
            part.is_up = is_up
            self._world.record(now, E.UP if is_up else E.DOWN, c, c, 0 if is_up else cause)
        if pool >= 0 and self._world.desk.agents[pool].heads != part.available:
            self._world.desk.set_heads(pool, part.available)
