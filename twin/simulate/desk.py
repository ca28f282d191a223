"""Agents and waiting lines of the reference engine: who takes which ticket when."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from twin.eventlog import schema as E
from twin.simulate.order import COMPLETION
from twin.simulate.plan import POOL_CALL_OUT, POOL_LIMIT, POOL_PAUSES, POOL_PREEMPT, Plan

At = Callable[[int, int, int, Callable[[], None]], None]


@dataclass
class Job:
    """A ticket at the desk: what it waits for or what is left to do."""

    ticket: int
    level: int
    queue: int = -1
    place_in_line: int = 0
    left: int = 0
    is_triage: bool = False
    done: Callable[[int], None] = lambda pool: None
    pool: int = -1
    since: int = -1
    done_at: int = -1
    is_called_out: bool = False
    is_waiting: bool = False
    is_open: bool = True
    was_started: bool = False

    def is_at(self, level: int, place_in_line: int) -> bool:
        """Whether the ticket still waits where an entry of a line says."""
        return self.is_waiting and (self.level, self.place_in_line) == (level, place_in_line)


@dataclass
class Agents:
    """The agents of a pool: heads on duty, and the jobs they hold."""

    heads: int = 0
    jobs: list[Job] = field(default_factory=list)

    @property
    def is_free(self) -> bool:
        """Whether somebody on duty has nothing in hand."""
        return len(self.jobs) < self.heads

    def least_urgent(self) -> Job:
        """The job that is interrupted first: least urgent, then begun last, then highest ticket number."""
        return max(self.jobs, key=lambda job: (job.level, job.since, job.ticket))


class Desk:
    """All pools and queues. `place` finds a ticket an agent or a place in line; freed agents take the next one."""

    def __init__(self, plan: Plan, now: Callable[[], int], at: At, record: Callable[..., None]) -> None:
        self._plan, self._now, self._at, self._record = plan, now, at, record
        self.agents = [Agents() for _ in plan.pools]
        self._lines: list[list[tuple[int, int, Job]]] = [[] for _ in plan.queue_pools]
        self._joined = 0

    def join(self, job: Job, queue: int, left: int, is_triage: bool) -> None:
        """The ticket joins the end of a queue's line for `left` ticks of agent time."""
        job.queue, job.left, job.is_triage = queue, left, is_triage
        self._joined += 1
        job.place_in_line = self._joined
        self._place(job)

    def go_on(self, job: Job, left: int) -> None:
        """The same agent goes on with the ticket for another `left` ticks."""
        job.left, job.since, job.is_triage = left, self._now(), False
        self._finish_later(job)

    def release(self, job: Job) -> None:
        """The agent lets go of the ticket and takes the next one, if still on duty."""
        pool, job.pool = job.pool, -1
        self.agents[pool].jobs.remove(job)
        self._take_next(pool, is_fresh=False)

    def raise_to(self, job: Job, level: int) -> None:
        """The ticket becomes more urgent; in line, it keeps its place among its new equals."""
        job.level = level
        if job.is_waiting:
            job.is_waiting = False
            self._place(job)

    def leave(self, job: Job) -> None:
        """The ticket leaves the line for good."""
        job.is_waiting = False

    def set_heads(self, pool: int, heads: int) -> None:
        """Heads on duty from now on; work in hand beyond them is paused or finished, as the tier does."""
        agents = self.agents[pool]
        agents.heads = heads
        self._record(self._now(), E.ON_DUTY, pool, pool, heads)
        paused = []
        while self._plan.pools[pool, POOL_PAUSES] and len(agents.jobs) > heads:
            paused.append(agents.least_urgent())
            self._put_back(paused[-1], E.PAUSED)
        for job in reversed(paused):
            self._place(job)
        self._take_next(pool, is_fresh=True)

    def _place(self, job: Job) -> None:
        placed: Job | None = job
        while placed is not None:
            placed = self._place_one(placed)

    def _place_one(self, job: Job) -> Job | None:
        pools = [
            p for p in self._plan.queue_pools[job.queue] if p >= 0 and job.level <= self._plan.pools[p, POOL_LIMIT]
        ]
        for p in pools:
            if self.agents[p].is_free:
                self._assign(job, p, is_fresh=True)
                return None
        for p in pools:
            if job.level <= self._plan.pools[p, POOL_PREEMPT] and self.agents[p].jobs:
                victim: Job = self.agents[p].least_urgent()
                if victim.level > job.level and len(self.agents[p].jobs) <= self.agents[p].heads:
                    was_called_out = victim.is_called_out
                    self._put_back(victim, E.INTERRUPTED)
                    self._assign(job, p, is_fresh=was_called_out)
                    return victim
        job.is_waiting = True
        heapq.heappush(self._lines[job.queue], (job.level, job.place_in_line, job))
        return None

    def _put_back(self, job: Job, event: int) -> None:
        if not job.is_called_out:
            job.left = job.done_at - self._now()
        self.agents[job.pool].jobs.remove(job)
        job.pool, job.done_at, job.is_called_out = -1, -1, False
        self._record(self._now(), event, job.ticket, job.queue)

    def _take_next(self, pool: int, is_fresh: bool) -> None:
        while self.agents[pool].is_free:
            job = self._next_for(pool)
            if job is None:
                return
            self._assign(job, pool, is_fresh)

    def _next_for(self, pool: int) -> Job | None:
        best: tuple[int, int] | None = None
        for rank, queue in enumerate(q for q in self._plan.pool_queues[pool] if q >= 0):
            line = self._lines[queue]
            while line and not line[0][2].is_at(*line[0][:2]):
                heapq.heappop(line)
            if line and line[0][0] <= self._plan.pools[pool, POOL_LIMIT] and (best is None or line[0][0] < best[0]):
                best = (line[0][0], rank)
        if best is None:
            return None
        job: Job = heapq.heappop(self._lines[self._plan.pool_queues[pool][best[1]]])[2]
        return job

    def _assign(self, job: Job, pool: int, is_fresh: bool) -> None:
        job.is_waiting, job.was_started, job.pool, job.since = False, True, pool, self._now()
        self.agents[pool].jobs.append(job)
        call_out = int(self._plan.pools[pool, POOL_CALL_OUT])
        if is_fresh and call_out > 0:
            job.is_called_out, job.done_at = True, self._now() + call_out
            self._record(self._now(), E.PAGED, job.ticket, pool)
            self._at(job.done_at, COMPLETION, job.ticket, lambda: self._got_up(job))
        else:
            self._begin(job)

    def _got_up(self, job: Job) -> None:
        if job.is_called_out and job.done_at == self._now():
            job.is_called_out = False
            self._begin(job)

    def _begin(self, job: Job) -> None:
        self._record(self._now(), E.STARTED, job.ticket, job.pool, int(job.is_triage))
        self._finish_later(job)

    def _finish_later(self, job: Job) -> None:
        job.done_at = self._now() + job.left
        self._at(job.done_at, COMPLETION, job.ticket, lambda: self._finish(job))

    def _finish(self, job: Job) -> None:
        if job.pool >= 0 and not job.is_called_out and job.done_at == self._now():
            job.done_at = -1
            job.done(job.pool)
