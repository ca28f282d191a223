"""What both SimPy models share: integer time, and simultaneous events that take their turns by one law."""

from collections.abc import Callable

import simpy

Key = Callable[[int, int], int]


class Turns:
    """A SimPy clock in ticks. key  the priority of a rank and an entity among simultaneous events (`order`)."""

    def __init__(self, key: Key) -> None:
        self.env = simpy.Environment()
        self._key = key

    def now(self) -> int:
        """The present tick."""
        return int(self.env.now)

    def instant(self, at: int, rank: int, entity: int) -> simpy.Event:
        """An event at tick `at` that takes its turn among simultaneous ones."""
        event = self.env.event()
        event._ok, event._value = True, None
        self.env.schedule(event, priority=self._key(rank, entity), delay=at - self.now())  # type: ignore[arg-type]
        return event

    def call_at(self, at: int, rank: int, entity: int, action: Callable[[], None]) -> None:
        """Have `action` called at tick `at`, in its turn."""
        event = self.instant(at, rank, entity)
        assert event.callbacks is not None
        event.callbacks.append(lambda _: action())
