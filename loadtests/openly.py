"""Open load: transactions that are due when they are due, whether or not the server has kept up.

Latency counts from the intended start. So a server that stalls is charged for everybody who had to wait, not only for
the one request that was under way (coordinated omission).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from loadtests.crew import Card, Crew, Worker
from loadtests.journal import now
from loadtests.shapes import Level, arrivals

Spawn = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Due:
    """A transaction and when it is due, in seconds from the start; those of one session go in order."""

    at_s: float
    session: int
    card: Card


def poisson(levels: Iterable[Level], crew: Crew) -> Iterator[Due]:
    """Transactions of users who come once each, at the level's rate; of all arrivals only this process's share."""
    for number, at_s in enumerate(arrivals([*levels], crew.plan.seed)):
        if number % crew.shares == crew.share:
            yield Due(at_s, number, crew.deal())


class Driver:
    """Starts each transaction when it is due, on a light thread of its own; idle connections are used again.

    sleep, spawn  how to wait and how to start a light thread.
    """

    def __init__(self, crew: Crew, sleep: Callable[[float], object], spawn: Spawn) -> None:
        self._crew, self._sleep, self._spawn = crew, sleep, spawn
        self._idle: list[Worker] = []
        self._members = 0
        self._lines: dict[int, list[tuple[int, Due]]] = {}
        self.under_way = 0

    def drive(self, dues: Iterable[Due], started_at: int) -> None:
        """Start everything that is due, in order of time; returns when the last one has been started."""
        for due in dues:
            intended_at = started_at + round(due.at_s * 1e6)
            while (ahead := intended_at - now()) > 0:
                self._sleep(ahead / 1e6)
            line = self._lines.setdefault(due.session, [])
            line.append((intended_at, due))
            if len(line) == 1:
                self.under_way += 1
                self._spawn(self._work_off, due.session)

    def give_up(self) -> None:
        """Put on record what is due and was never sent."""
        for line in self._lines.values():
            for intended_at, due in line[1:]:
                self._crew.journal.unsent(due.session, due.card.persona, due.card.verb, intended_at)

    def _work_off(self, session: int) -> None:
        worker = self._idle.pop() if self._idle else self._new()
        line = self._lines[session]
        try:
            while line:
                intended_at, due = line[0]
                self._crew.perform(worker, due.card, intended_at)
                line.pop(0)
            del self._lines[session]
        finally:
            self.under_way -= 1
            self._idle.append(worker)

    def _new(self) -> Worker:
        self._members += 1
        return self._crew.member((self._members - 1) * self._crew.shares + self._crew.share)
