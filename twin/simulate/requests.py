"""The requests model as SimPy processes: users who think and ask, and the path of each request through the deployment.

This engine defines what the model means. It reads a plan and a tape and writes a request log. A user who is granted
something goes on as soon as whoever gave it has come to rest, in the order of the grants.
"""

from collections.abc import Generator
from functools import partial
from typing import Any

import numpy as np
import simpy

from twin.eventlog import requests as E
from twin.simulate import order
from twin.simulate import request_plan as P
from twin.simulate.request_balance import Balancer
from twin.simulate.request_log import log_of
from twin.simulate.request_places import Pool, RecentCache, Usage
from twin.simulate.request_user import GaveUp, User
from twin.simulate.sharing import MOST_WORK
from twin.simulate.turns import Turns
from twin.tape import requests as R
from twin.tape.functions import exp_of

Process = Generator[simpy.Event, Any, None]
RETRIED = (E.REFUSED, E.TIMED_OUT, E.FAILED)


class Requests(Turns):
    """One replication of a workload under way."""

    def __init__(self, plan: P.RequestPlan, tape: R.RequestTape) -> None:
        super().__init__(order.request_key)
        self.plan, self.tape = plan, tape
        self.balancer = Balancer(plan, len(tape.agenda), self.now, self.call_at)
        sizes = plan.pool[plan.pool_of]
        self.pools = [Pool(int(row[P.POOL_SIZE]), int(row[P.POOL_QUEUE]), self.now) for row in sizes]
        self.caches = [RecentCache(int(size)) for size in plan.cache_size]
        self.looked_up = np.zeros((len(plan.cache_size), 2), np.int64)
        self.locked: set[int] = set()
        self.users: dict[int, User] = {}
        self._free: list[int] = []
        self._dealt = 0
        self._rows: list[tuple[int, ...]] = []
        self._spent: list[list[int]] = []

    def run(self) -> E.RequestLog:
        """Run to the end of the tape; the log of what happened."""
        tape = self.tape
        self.env.process(self._agenda())
        for number, key in enumerate(tape.user_key):
            user = User(number, number, int(tape.user_persona[number]), int(tape.user_place[number]), key)
            self.env.process(self._life(user, is_session=False))
        self.env.process(self._sessions())
        while self.env.peek() < tape.end_ticks:
            self.env.step()
        return self._log()

    def _agenda(self) -> Process:
        for row, (at, kind, node, value) in enumerate(self.tape.agenda.tolist()):
            yield self.instant(at, order.AGENDA, row)
            if kind == R.MEASURE:
                self._begin_measuring()
            elif kind == R.OUT and value == R.FAILS:
                self.balancer.note(kind, node, value)
                self._fail(node)
            else:
                self.balancer.note(kind, node, value)

    def _begin_measuring(self) -> None:
        for usage in self._usages():
            usage.begin()
        self.looked_up[:] = 0

    def _usages(self) -> list[Usage]:
        return [node.usage for node in self.balancer.nodes] + [pool.usage for pool in self.pools]

    def _fail(self, node: int) -> None:
        station = int(self.plan.node_station[node])
        for user in [self.users[slot] for slot in sorted(self.users)]:
            if user.is_asking and user.node_of.get(station) == node:
                self._cut_short(user, E.FAILED)

    def _sessions(self) -> Process:
        tape, users = self.tape, len(self.tape.user_key)
        slots = users
        for number, at in enumerate(tape.session_at.tolist()):
            yield self.instant(at, order.SESSION, 0)
            if not self._free:
                self._free, slots = [slots], slots + 1
            user = User(
                self._free.pop(), users + number, int(tape.session_persona[number]), 0, tape.session_key[number]
            )
            self.env.process(self._life(user, is_session=True))

    def _life(self, user: User, is_session: bool) -> Process:
        tape, number, is_gone = self.tape, 0, False
        while not is_gone:
            key = np.uint64(R.request_key(user.key, np.uint64(number)))
            if is_session and number == 0:
                user.intended_at = self.now()
            else:
                user.intended_at, start = R.next_request(
                    tape.laws, tape.persona, tape.shape_at, tape.shape_ratio, user.persona, user.place, key, number,
                    self.now(), user.intended_at, -1 if user.card < 0 else int(tape.cards[user.card, R.CARD_THINK]),
                )  # fmt: skip
                if start >= tape.end_ticks:
                    return
                yield self.instant(start, order.ARRIVAL, user.slot)
            if not is_session and len(tape.cards):
                user.card, self._dealt = self._dealt % len(tape.cards), self._dealt + 1
            yield from self._request(user, key)
            number += 1
            leaves = tape.leaves[user.persona]
            if leaves > 0.0 and R.drawn_share(key, R.LEAVES, 0) < leaves:
                if user.has_licence:
                    user.has_licence = False
                    self._give(int(self.plan.pool[self.plan.licence[user.persona], P.POOL_FIRST]))
                is_gone = is_session
        self._free.append(user.slot)

    def _request(self, user: User, key: Any) -> Process:
        plan, only = self.plan, int(self.tape.persona[user.persona, R.PERSONA_ONLY])
        if user.card >= 0:
            user.transaction = int(self.tape.cards[user.card, R.CARD_TRANSACTION])
        else:
            user.transaction = only if only >= 0 else int(R.transaction_of(self.tape.mix, user.persona, key))
        user.start_at, user.attempts, user.spent = self.now(), 0, [0] * plan.places
        _, times, wait_row, _ = plan.transaction[user.transaction].tolist()
        self.users[user.slot] = user
        while True:
            user.attempts += 1
            outcome = yield from self._attempt(user, key)
            if outcome not in RETRIED or user.attempts > times:
                break
            wait = R.drawn_ticks(self.tape.laws, wait_row, key, R.BACK_OFF, user.attempts - 1)
            for _ in range(user.attempts - 1):
                wait = wait * plan.factor[user.transaction]
            again = self.now() + max(int(min(wait, R.NEVER)), 1)
            yield self.instant(again, order.TIMER, user.slot)
        self._write(user, outcome, self.now())
        del self.users[user.slot]

    def _attempt(self, user: User, key: Any) -> Generator[simpy.Event, Any, int]:
        timeout, _, _, start = self.plan.transaction[user.transaction].tolist()
        user.is_asking, user.node_of = True, {}
        if timeout >= 0:
            due = user.deadline = self.now() + timeout
            self.call_at(due, order.TIMER, user.slot, lambda: self._time_out(user, due))
        outcome = E.OK
        try:
            licence = int(self.plan.licence[user.persona])
            if licence >= 0 and not user.has_licence:
                yield from self._take(user, licence, int(self.plan.pool[licence, P.POOL_FIRST]))
                user.has_licence = True
            yield from self._walk(user, key, start)
        except GaveUp as end:
            outcome = end.outcome
        user.is_asking, user.deadline = False, -1
        while user.held:
            user.held.pop()()
        for node in user.node_of.values():
            self.balancer.nodes[node].bound -= 1
        return outcome

    def _time_out(self, user: User, due: int) -> None:
        if user.deadline == due:
            self._cut_short(user, E.TIMED_OUT)

    def _cut_short(self, user: User, outcome: int) -> None:
        user.deadline = -1
        user.waits_at.leave(user)
        user.wake.succeed(outcome)

    def _wait(self, user: User, at: Any, place: int) -> Process:
        user.wake, user.waits_at, since = self.env.event(), at, self.now()
        outcome = yield user.wake
        user.spent[place] += self.now() - since
        if outcome != E.OK:
            raise GaveUp(outcome)

    def _walk(self, user: User, key: Any, at: int) -> Process:
        while True:
            op, arg, law, slot = self.plan.program[at].tolist()
            at += 1
            if op == P.DONE:
                return
            if op == P.VISIT:
                work = R.drawn_ticks(self.tape.laws, law, key, slot, user.attempts - 1)
                node = self.balancer.nodes[self._node(user, arg)]
                node.join(user, min(int(work), MOST_WORK))
                yield from self._wait(user, node, arg)
            elif op == P.HOLD:
                number = self._instance(user, arg)
                yield from self._take(user, arg, number)
                user.held.append(partial(self._give, number))
            elif op in (P.GIVE, P.UNLOCK):
                user.held.pop()()
            elif op == P.LOCK:
                self._check_out(user, key, arg, law, slot)
            elif self._is_hit(key, arg, slot, user.attempts - 1):
                at = law

    def _node(self, user: User, station: int) -> int:
        """The node the request has at a station, chosen when it first comes there."""
        if self.plan.station[station, P.STATION_BOUND] < 0:
            return int(self.plan.station[station, P.STATION_NODE])
        if station not in user.node_of:
            node = self.balancer.choose(station)
            if node < 0:
                raise GaveUp(E.REFUSED)
            user.node_of[station] = node
            self.balancer.nodes[node].bound += 1
        return user.node_of[station]

    def _instance(self, user: User, pool: int) -> int:
        _, _, first, home = self.plan.pool[pool].tolist()
        return int(first if home < 0 else first + self._node(user, home) - self.plan.station[home, P.STATION_NODE])

    def _take(self, user: User, pool: int, number: int) -> Process:
        if self.pools[number].has_free():
            return
        if not self.pools[number].has_room(user):
            raise GaveUp(E.REFUSED)
        yield from self._wait(user, self.pools[number], len(self.plan.station) + pool)

    def _give(self, number: int) -> None:
        lucky = self.pools[number].give()
        if lucky is not None:
            lucky.wake.succeed(E.OK)

    def _check_out(self, user: User, key: Any, lock: int, law: int, slot: int) -> None:
        thing = self._wanted(lock, key, slot, user.attempts - 1)
        if thing in self.locked:
            raise GaveUp(E.LOCKED)
        self.locked.add(thing)
        if law < 0:
            user.held.append(partial(self.locked.remove, thing))
            return
        held = int(R.drawn_ticks(self.tape.laws, law, key, R.HELD + slot, user.attempts - 1))
        at = self.now() + max(held, 1)
        self.call_at(at, order.TIMER, order.FIRST_OBJECT + thing, partial(self.locked.remove, thing))

    def _wanted(self, row: int, key: Any, slot: int, attempt: int) -> int:
        """The object that is asked for, numbered through all locks and caches."""
        first, last = self.tape.wanted_from[row : row + 2].tolist()
        return int(first + R.object_of(self.tape.wanted, first, last, R.drawn_share(key, slot, attempt)))

    def _is_hit(self, key: Any, cache: int, slot: int, attempt: int) -> bool:
        if self.plan.cache_size[cache] >= 0:
            is_hit = self.caches[cache].has(self._wanted(len(self.plan.lock_from) - 1 + cache, key, slot, attempt))
        else:
            warmth = 1.0
            if self.plan.warm_up[cache] > 0.0:
                warmth = 1.0 - exp_of(-self.now() / self.plan.warm_up[cache])
            is_hit = bool(R.drawn_share(key, slot, attempt) < self.plan.hit_ratio[cache] * warmth)
        self.looked_up[cache] += (int(is_hit), 1)
        return is_hit

    def _write(self, user: User, outcome: int, end: int) -> None:
        self._rows.append((
            user.number, user.persona, user.transaction, user.attempts, outcome, user.intended_at, user.start_at, end,
        ))  # fmt: skip
        self._spent.append(user.spent)

    def _log(self) -> E.RequestLog:
        end = self.tape.end_ticks
        for slot in sorted(self.users):
            self._write(self.users[slot], E.UNFINISHED, end)
        table = np.array(self._rows, np.int64).reshape(-1, len(E.REQUEST_COLUMNS))
        return log_of(
            self.plan, self.tape, {name: table[:, k].astype(kind) for k, (name, kind) in enumerate(E.REQUEST_COLUMNS)},
            np.array(self._spent, np.int64).reshape(-1, self.plan.places),
            np.array([usage.measured(end) for usage in self._usages()], np.int64), self.looked_up,
        )  # fmt: skip


def simulate(plan: P.RequestPlan, tape: R.RequestTape) -> E.RequestLog:
    """The request log of a tape under a plan, by the reference engine."""
    return Requests(plan, tape).run()
