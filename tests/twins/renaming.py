"""Logs told by name instead of number, so that scenarios whose entities are listed in another order compare."""

from collections import defaultdict
from typing import Any

from twin.eventlog import schema
from twin.eventlog.log import EventLog
from twin.tape.tape import LIFE_UNIT, Tape

Name = tuple[Any, ...]
TO_QUEUE = (
    schema.OPENED, schema.ESCALATED, schema.REASSIGNED, schema.WAITS_CUSTOMER, schema.WAITS_VENDOR, schema.RETURNED,
    schema.INTERRUPTED, schema.PAUSED, schema.REOPENED, schema.ABANDONED, schema.RAISED,
)  # fmt: skip


class Namer:
    """Names of the tickets, units and places of one log."""

    def __init__(self, log: EventLog, tape: Tape, unit_part: Any) -> None:
        self.log, names = log, log.names
        count: dict[Name, int] = defaultdict(int)

        def numbered(name: Name) -> Name:
            count[name] += 1
            return (*name, count[name])

        self.units = [numbered(("unit", names.components[c])) for c in unit_part]
        opened = [numbered(("class", names.classes[c])) for c in log.ticket_class[: tape.arrivals]]
        self.tickets = opened + [numbered(self.units[u]) for u in tape.lives[:, LIFE_UNIT]]
        self.component_of_ticket = [None] * len(opened) + [self.units[u][1] for u in tape.lives[:, LIFE_UNIT]]

    def rows(self) -> list[Name]:
        """The rows in order, with names for numbers."""
        columns = (column.tolist() for column in self.log.columns().values())
        return [self._row(*row) for row in zip(*columns, strict=True)]

    def _row(self, at: int, event: int, who: int, place: int, value: int) -> Name:
        names = self.log.names
        if event <= schema.RECLASSIFIED:
            where = names.queues[place] if event in TO_QUEUE else names.tiers[place]
            return at, event, self.tickets[who], where, value
        if event < schema.TAKEN_OVER:
            return at, event, self.units[who], names.components[place], value
        if event <= schema.UP:
            return at, event, names.components[who], names.components[place], value
        if event in (schema.HELD, schema.RELEASED):
            return at, event, who, names.components[place], value
        return at, event, who, place, value

    def components_meet(self) -> bool:
        """Whether in some tick something happens to two components or to the tickets that repair them."""
        at_tick: dict[int, set[Any]] = defaultdict(set)
        for at, event, who, place, _ in zip(*(c.tolist() for c in self.log.columns().values()), strict=True):
            if event <= schema.RECLASSIFIED:
                at_tick[at].add(self.component_of_ticket[who])
            elif event <= schema.RELEASED and event != schema.CHANGE_PHASE:
                at_tick[at].add(self.log.names.components[place])
        return any(len(parts - {None}) > 1 for parts in at_tick.values())
