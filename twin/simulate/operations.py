"""The operations model as SimPy processes: tickets, units, changes and shifts over months.

This engine defines what the model means. It reads a plan and a tape, draws nothing, and writes an event log.
"""

from collections.abc import Callable, Generator, Iterable
from typing import Any

import simpy

from twin.eventlog import schema as E
from twin.eventlog.log import EventLog
from twin.simulate import order
from twin.simulate.desk import Desk, Job
from twin.simulate.dues import due_at
from twin.simulate.estate import Estate
from twin.simulate.plan import DUTY, HOLD, PHASE, Plan, agenda_of
from twin.simulate.recorder import Recorder
from twin.simulate.turns import Turns
from twin.tape import tape as T
from twin.tape.tape import Tape

Process = Generator[simpy.Event, Any, None]
PlugIn = Callable[["Operations"], Process | simpy.Process]


class Operations(Turns):
    """One replication under way. A plug-in is a function that takes it and returns a generator or a SimPy process.

    env  the SimPy clock (integer ticks); desk  agents and lines; estate  components; record  writes a log row.
    """

    def __init__(self, plan: Plan, tape: Tape) -> None:
        super().__init__(order.key)
        self.plan, self.tape = plan, tape
        self.record = Recorder()
        self.desk = Desk(plan, self.now, self.call_at, self.record)
        self.estate = Estate(self)
        self._restored: dict[int, simpy.Event] = {}
        self._released: set[int] = set()

    def run(self, plug_ins: Iterable[PlugIn] = ()) -> EventLog:
        """Run to the end of the tape; the log of what happened."""
        self.env.process(self._agenda())
        self.estate.start()
        self.env.process(self._arrivals())
        for plug_in in plug_ins:
            made = plug_in(self)
            if not isinstance(made, simpy.Event):
                if not isinstance(made, Generator):
                    name = getattr(plug_in, "__name__", "plug-in")
                    raise ValueError(f"plug-in {name} returned {made!r}; return a generator or a SimPy process")
                self.env.process(made)
        while self.env.peek() < self.tape.end_ticks:
            self.env.step()
        return self.record.log(self.plan, self.tape)

    def _agenda(self) -> Process:
        for row, (at, kind, entity, place, value) in enumerate(agenda_of(self.plan, self.tape).tolist()):
            yield self.instant(at, order.AGENDA, row)
            if kind == DUTY:
                self.desk.set_heads(entity, value)
            elif kind == PHASE:
                self.record(at, E.CHANGE_PHASE, entity, place, value)
            elif kind == HOLD:
                self.estate.hold(entity)
            else:
                self.estate.release(entity)

    def _arrivals(self) -> Process:
        for t, at in enumerate(self.tape.opened_at.tolist()):
            yield self.instant(at, order.ARRIVAL, t)
            self.env.process(self.ticket(t, int(self.tape.priority[t])))

    def restored(self, t: int) -> simpy.Event:
        """The event that ticket t restores service."""
        return self._restored.setdefault(t, self.env.event())

    def ticket(self, t: int, level: int) -> Process:
        """The path of ticket t through the desks, from OPENED to RESOLVED or ABANDONED."""
        job = Job(t, level)
        path = range(self.tape.path_from[t], self.tape.path_from[t + 1])
        self.record(self.now(), E.OPENED, t, int(self.tape.steps[path[0], T.STEP_QUEUE]), level)
        if self.tape.patience[t] >= 0:
            self.call_at(self.now() + int(self.tape.patience[t]), order.TIMER, t, lambda: self._give_up(job))
        due = due_at(self.plan.dues, self.plan.due_spans, level, self.now())
        if due >= 0:
            entity = len(self.tape.ticket_class) + len(self.plan.unit_part) + t
            self.call_at(due, order.TIMER, entity, lambda: self._raise(job))
        is_held = False
        for step in path:
            kind, queue, ticks = self.tape.steps[step].tolist()
            what = kind & T.KIND_MASK
            if what in _WAITS:
                self.record(self.now(), _WAITS[what], t, queue if what != T.REOPEN else job.pool)
                self.desk.release(job)
                if what == T.REOPEN:
                    job.is_open = False
                    self._restore(t)
                is_held = False
                yield self.instant(self.now() + ticks, order.TIMER, t)
                job.is_open = True
                self.record(self.now(), E.REOPENED if what == T.REOPEN else E.RETURNED, t, queue)
                continue
            served = self.env.event()
            job.done = served.succeed  # type: ignore[assignment]
            if is_held and kind & (T.BY_ESCALATION | T.BY_REASSIGNMENT):
                self.record(self.now(), E.ESCALATED if kind & T.BY_ESCALATION else E.REASSIGNED, t, queue)
                self.desk.release(job)
                is_held = False
            if not is_held:
                self.desk.join(job, queue, ticks, what == T.TRIAGE)
            elif what == T.FOLLOW_UP:
                self.record(self.now(), E.RESTORED, t, job.pool)
                self._restore(t)
                self.desk.go_on(job, ticks)
            else:
                self.record(self.now(), E.TRIAGED, t, job.pool)
                self.desk.go_on(job, ticks)
            yield served
            is_held = True
            if step == path[0]:
                self._find_out(job)
        job.is_open = False
        self.record(self.now(), E.RESOLVED, t, job.pool)
        self.desk.release(job)
        self._restore(t)

    def _restore(self, t: int) -> None:
        """What the ticket repairs comes back, once."""
        if t in self._restored:
            self._restored.pop(t).succeed()
        occurrence = int(self.tape.ticket_occurrence[t])
        if occurrence >= 0 and occurrence not in self._released:
            self._released.add(occurrence)
            self.estate.release_all(occurrence)

    def _give_up(self, job: Job) -> None:
        if job.is_waiting and not job.was_started:
            job.is_open = False
            self.desk.leave(job)
            self.record(self.now(), E.ABANDONED, job.ticket, job.queue)

    def _find_out(self, job: Job) -> None:
        level = int(self.tape.misjudged[job.ticket])
        if 0 <= level != job.level:
            job.level = level
            self.record(self.now(), E.RECLASSIFIED, job.ticket, job.pool, level)

    def _raise(self, job: Job) -> None:
        level = max(job.level - self.plan.raised_by, 0)
        if job.is_open and level < job.level and not (self.plan.is_answer_due and job.was_started):
            self.record(self.now(), E.RAISED, job.ticket, job.queue, level)
            self.desk.raise_to(job, level)


_WAITS = {T.WAIT_CUSTOMER: E.WAITS_CUSTOMER, T.WAIT_VENDOR: E.WAITS_VENDOR, T.REOPEN: E.RESOLVED}


def simulate(plan: Plan, tape: Tape, plug_ins: Iterable[PlugIn] = ()) -> EventLog:
    """The event log of a tape under a plan, by the reference engine."""
    return Operations(plan, tape).run(plug_ins)
