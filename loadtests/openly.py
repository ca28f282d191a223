"""Open load: transactions that are due when they are due, whether or not the server has kept up.

Latency counts from the intended start. So a server that stalls is charged for everybody who had to wait, not only for
the one request that was under way (coordinated omission).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from loadtests.crew import Card, Crew, Worker
from loadtests.journal import now
from loadtests.plan import Plan
from loadtests.shapes import Level, arrivals
from twin.calibrate.requests.record import Record
from twin.calibrate.requests.sources import read_access_log

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


def levels_of(plan: Plan) -> list[Level]:
    """The levels of a plan's load shape; an access log is one level as long as it takes to replay."""
    if plan.load is not None:
        return list(plan.load.levels())
    record, speed = _logged(plan)
    length_s = float(record.end_s.max() - record.start_s.min()) / speed + 1.0
    return [Level("log", 0.0, length_s, len(record) / length_s)]


def dues_of(levels: Iterable[Level], crew: Crew) -> Iterator[Due]:
    """What is due in a plan's open load: a Poisson stream, or the lines of its access log with their sessions."""
    return poisson(levels, crew) if crew.plan.log is None else replayed(crew)


def replayed(crew: Crew) -> Iterator[Due]:
    """The lines of the plan's access log that are transactions the target can do; sessions stay together."""
    record, speed = _logged(crew.plan)
    start = record.start_s.min()
    for number, (verb, at, session) in enumerate(zip(record.verb, record.start_s, record.user, strict=True)):
        is_mine = session % crew.shares == crew.share
        if verb >= 0 and is_mine and record.verbs[verb] in crew.target.verbs:
            yield Due(float(at - start) / speed, int(session), Card(number, "log", record.verbs[verb]))


def left_out(plan: Plan, can: Collection[str]) -> str:
    """One line for people about the lines of an access log that are not replayed; empty when all are."""
    if plan.log is None:
        return ""
    record, _ = _logged(plan)
    known = sum(int(verb) >= 0 and record.verbs[verb] in can for verb in record.verb)
    missed = len(record) - known
    return f"{plan.log.file}: {missed} of {len(record)} lines are no transaction the target can do" if missed else ""


def _logged(plan: Plan) -> tuple[Record, float]:
    assert plan.log is not None
    return read_access_log(Path(plan.log.file), plan.log), plan.log.speed


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
