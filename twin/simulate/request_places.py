"""Where requests of the reference engine spend time: nodes of stations, pools, caches."""

import heapq
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from twin.eventlog.requests import OK
from twin.simulate.order import COMPLETION
from twin.simulate.sharing import FULL_RATE, FULL_SPEED, GRAIN_BITS, shared, ticks_for, ticks_until, work_done

if TYPE_CHECKING:
    from twin.simulate.request_user import User

At = Callable[[int, int, int, Callable[[], None]], None]
Now = Callable[[], int]


class Usage:
    """Servers in use, added up over time since measurement began."""

    def __init__(self, now: Now) -> None:
        self._now, self._since = now, 0
        self.used = self._sum = self._before = self._seen = 0

    def set(self, used: int) -> None:
        """So many are in use from now on."""
        self._sum, self._since, self.used = self.total(), self._now(), used

    def total(self) -> int:
        """Server ticks since the start."""
        return self._sum + self.used * (self._now() - self._since)

    def begin(self) -> None:
        """Measurement begins."""
        self._before = self.total()

    def measured(self, end: int) -> int:
        """Server ticks from there to tick `end`."""
        return self._sum + self.used * (end - self._since) - self._before

    def since_last_look(self) -> int:
        """Server ticks since this was last asked."""
        before, self._seen = self._seen, self.total()
        return self._seen - before


class Node(ABC):
    """A node of a station. The event `wake` of a user whose work is done is triggered."""

    def __init__(self, servers: int, now: Now, at: At) -> None:
        self.servers, self._now, self._at = servers, now, at
        self.usage = Usage(now)
        self.speed = self.usual_speed = FULL_SPEED
        self.rates: Sequence[int] = (FULL_RATE,)
        self.pauses = self.outs = self.bound = 0
        self.is_ordered = self.is_ready = True

    @property
    def is_serving(self) -> bool:
        """Whether new requests may come."""
        return self.is_ready and self.outs == 0

    def set_speed(self) -> None:
        """Take the speed that pauses and disturbances leave."""
        self._settle()
        self.speed = 0 if self.pauses else self.usual_speed
        self._plan_ahead()

    @abstractmethod
    def join(self, user: "User", work: int) -> None:
        """The user's request joins with so much work."""

    @abstractmethod
    def leave(self, user: "User") -> None:
        """It leaves before it is done."""

    @abstractmethod
    def _settle(self) -> None:
        """Bring what was done up to now."""

    @abstractmethod
    def _plan_ahead(self) -> None:
        """Schedule what comes next."""


class SharedNode(Node):
    """Cores shared equally by all requests on the node; see `sharing` for the law."""

    def __init__(self, servers: int, now: Now, at: At) -> None:
        super().__init__(servers, now, at)
        self._finish: dict[User, int] = {}
        self._queue: list[tuple[int, int, int, User]] = []
        self._joined = 0
        self._served = self._settled_at = 0
        self._next: tuple[int, int] = (-1, -1)

    def join(self, user: "User", work: int) -> None:
        """The user's request joins with so much work."""
        self._settle()
        self._finish[user] = self._served + (work << GRAIN_BITS)
        self._joined += 1
        heapq.heappush(self._queue, (self._finish[user], user.slot, self._joined, user))
        self._plan_ahead()

    def leave(self, user: "User") -> None:
        """It leaves before it is done."""
        self._settle()
        del self._finish[user]
        self._plan_ahead()

    def _settle(self) -> None:
        if self._finish:
            elapsed, jobs = self._now() - self._settled_at, len(self._finish)
            self._served += int(shared(elapsed, jobs, self.servers, self.speed, self._rate(jobs)))
        self._settled_at = self._now()

    def _rate(self, jobs: int) -> int:
        return self.rates[min(jobs, len(self.rates)) - 1]

    def _plan_ahead(self) -> None:
        jobs = len(self._finish)
        self.usage.set(min(jobs, self.servers))
        while self._queue and self._finish.get(self._queue[0][-1]) != self._queue[0][0]:
            heapq.heappop(self._queue)
        if not jobs:
            self._served, self._next = 0, (-1, -1)
            return
        finish, slot, *_ = self._queue[0]
        left = max(finish - self._served, 0)
        due = self._now() + int(ticks_until(left, jobs, self.servers, self.speed, self._rate(jobs)))
        if (due, slot) != self._next:
            self._next = (due, slot)
            self._at(due, COMPLETION, slot, lambda: self._done(due, slot))

    def _done(self, due: int, slot: int) -> None:
        if self._next == (due, slot):
            user = self._queue[0][-1]
            self.leave(user)
            user.wake.succeed(OK)


class LinedNode(Node):
    """Servers with one line, in order of arrival."""

    def __init__(self, servers: int, now: Now, at: At) -> None:
        super().__init__(servers, now, at)
        self._line: OrderedDict[User, int] = OrderedDict()
        self._left: dict[User, int] = {}
        self._begun_at: dict[User, int] = {}
        self._done_at: dict[User, int] = {}

    def join(self, user: "User", work: int) -> None:
        """The user's request joins with so much work."""
        if len(self._left) < self.servers:
            self._start(user, work)
        else:
            self._line[user] = work

    def leave(self, user: "User") -> None:
        """It leaves before it is done."""
        if user in self._line:
            del self._line[user]
            return
        del self._left[user], self._done_at[user]
        if self._line:
            self._start(*self._line.popitem(last=False))
        self.usage.set(len(self._left))

    def _start(self, user: "User", work: int) -> None:
        self._left[user] = work
        self.usage.set(len(self._left))
        self._finish_later(user)

    def _finish_later(self, user: "User") -> None:
        self._begun_at[user] = self._now()
        due = self._done_at[user] = self._now() + int(ticks_for(self._left[user], self.speed))
        self._at(due, COMPLETION, user.slot, lambda: self._done(user, due))

    def _settle(self) -> None:
        for user in self._left:
            self._left[user] -= int(work_done(self._now() - self._begun_at[user], self.speed))

    def _plan_ahead(self) -> None:
        for user in self._left:
            self._finish_later(user)

    def _done(self, user: "User", due: int) -> None:
        if self._done_at.get(user) == due:
            self.leave(user)
            user.wake.succeed(OK)


class DelayNode(Node):
    """No line: everybody is served at once."""

    def __init__(self, servers: int, now: Now, at: At) -> None:
        super().__init__(servers, now, at)
        self._done_at: dict[User, int] = {}

    def join(self, user: "User", work: int) -> None:
        """The user's request joins with so much work."""
        due = self._done_at[user] = self._now() + work
        self.usage.set(len(self._done_at))
        self._at(due, COMPLETION, user.slot, lambda: self._done(user, due))

    def leave(self, user: "User") -> None:
        """It leaves before it is done."""
        del self._done_at[user]
        self.usage.set(len(self._done_at))

    def _done(self, user: "User", due: int) -> None:
        if self._done_at.get(user) == due:
            self.leave(user)
            user.wake.succeed(OK)

    def _settle(self) -> None:
        """Nothing slows a delay down."""

    def _plan_ahead(self) -> None:
        """Nothing slows a delay down."""


class Pool:
    """Things of which a request holds one, and the line of those who wait for one."""

    def __init__(self, size: int, most_waiting: int, now: Now) -> None:
        self.size, self._most_waiting = size, most_waiting
        self.usage = Usage(now)
        self._line: OrderedDict[User, None] = OrderedDict()

    def has_free(self) -> bool:
        """Whether one can be had at once; if so, it is taken."""
        if self.usage.used == self.size:
            return False
        self.usage.set(self.usage.used + 1)
        return True

    def has_room(self, user: "User") -> bool:
        """Whether one more may wait; if so, the user does."""
        if len(self._line) >= self._most_waiting:
            return False
        self._line[user] = None
        return True

    def leave(self, user: "User") -> None:
        """The user waits no longer."""
        del self._line[user]

    def give(self) -> "User | None":
        """One comes back, and goes to the first in line, if any: who that is."""
        if not self._line:
            self.usage.set(self.usage.used - 1)
            return None
        return self._line.popitem(last=False)[0]


class RecentCache:
    """Objects used last, at most `size` of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[int, None] = OrderedDict()

    def has(self, wanted: int) -> bool:
        """Whether the object is there; afterwards it is."""
        is_there = wanted in self._kept
        self._kept[wanted] = None
        self._kept.move_to_end(wanted)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return is_there
