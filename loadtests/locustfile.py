"""Locust's view of a plan: closed users who think, or one driver of open arrivals in each process.

locust -f loadtests/locustfile.py --headless --plan PLAN --record FOLDER
locust ... --master --shares 4       and on each machine, with its number as --share:
locust ... --worker --master-host HOST --share 0 --shares 4     (the master is told --shares 4 as well)
"""

import json
import math
from pathlib import Path
from typing import Any

import gevent
from locust import LoadTestShape, User, events, task
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.crew import Crew, Worker
from loadtests.journal import Journal, now
from loadtests.openly import Driver, dues_of, levels_of
from loadtests.plan import Plan, read_plan
from loadtests.shapes import Level, level_at
from loadtests.targets.base import refuse_strangers

SPAWN_PER_S, READY, DRAIN, DRAINED = 100.0, "crew-ready", "drain", "drained"
MOST_REQUESTS = 5  # in one transaction, each of which may take the whole timeout
FIRST_THINKS = 2**40  # numbers above all transactions': how long a user thinks before the first one


class State:
    """What the users of this process share."""

    plan: Plan
    levels: list[Level]
    folder: Path
    crew: Crew | None = None
    expected, ready, drained = 1, 0, 0
    share, present, first_user_at = -1, 0, 0


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """Options of the load test, beside Locust's own."""
    parser.add_argument("--plan", required=True, help="the plan of the load test (YAML)")
    parser.add_argument("--record", required=True, help="folder for the raw record")
    parser.add_argument("--share", type=int, default=-1, help="number of this process among those that deal the mix")
    parser.add_argument("--shares", type=int, default=1, help="how many processes deal the mix between them")
    parser.add_argument("--i-own-this-target", dest="owned", default=None, metavar="HOST", help="another host")


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    """Read the plan, and log the accounts in once for each process that makes load.

    Refuses a server that is not on this machine unless it was named.
    """
    options = environment.parsed_options
    assert options is not None
    State.plan = read_plan(Path(options.plan))
    refuse_strangers(State.plan.target.url, options.owned)
    State.levels = levels_of(State.plan)
    State.folder = Path(options.record)
    State.folder.mkdir(parents=True, exist_ok=True)
    State.expected, State.share = options.shares, options.share
    if isinstance(environment.runner, MasterRunner):
        environment.runner.register_message(READY, count_ready)
        environment.runner.register_message(DRAINED, count_drained)
        return

    def seen(name: str, length_s: float, size: int, why: str | None) -> None:
        environment.events.request.fire(
            request_type="HTTP", name=name, response_time=length_s * 1000, response_length=size,
            exception=RuntimeError(why) if why else None, context={},
        )  # fmt: skip

    journal, run = Journal(State.folder), f"{now() % 2**36:x}"
    State.crew = Crew(State.plan, journal, max(0, options.share), options.shares, seen, run)
    State.crew.log_in()
    State.ready = State.expected
    if isinstance(environment.runner, WorkerRunner):
        environment.runner.register_message(DRAIN, lambda environment, **_: gevent.spawn(drain, environment.runner))
        environment.runner.send_message(READY)


def count_ready(**_: Any) -> None:
    """Another worker has logged its accounts in."""
    State.ready += 1


def count_drained(**_: Any) -> None:
    """The last user of another worker has left."""
    State.drained += 1


def drain(runner: Any) -> None:
    """Wait until the last user has left, with the answer to the last request; then say so."""
    while State.present:
        gevent.sleep(0.05)
    if isinstance(runner, WorkerRunner):
        runner.send_message(DRAINED)
    else:
        count_drained()


@events.quitting.add_listener
def seal(environment: Environment, **_: Any) -> None:
    """Turn the journal into Parquet."""
    if State.crew is not None:
        State.crew.journal.close()


def on_beat(at: int, beat: int) -> int:
    """The first multiple of the beat that is not before `at`; `at` itself without a beat."""
    return -(-at // beat) * beat if beat else at


class Plm(User):
    """A closed user, or the driver of an open stream."""

    def on_start(self) -> None:
        """Take a place in the crew."""
        self.crew = State.crew
        assert self.crew is not None, "the test has not started"
        State.present += 1
        State.first_user_at = State.first_user_at or now()
        if State.share < 0:  # only now Locust has numbered its workers
            State.share = self.crew.share = max(0, getattr(self.environment.runner, "worker_index", 0))
        self.is_closed = State.plan.users == "closed"
        self.worker: Worker | None = self.crew.join() if self.is_closed else None
        self.due_at, self.think = 0, 0.0
        self.driver = Driver(self.crew, gevent.sleep, gevent.spawn)

    def on_stop(self) -> None:
        """Leave the place; what was due and not sent goes on record."""
        if self.worker is not None and self.crew is not None:
            self.crew.leave(self.worker)
        self.driver.give_up()
        State.present -= 1

    def wait_time(self) -> float:
        """Seconds until the next transaction is due."""
        asked_at = now()
        due_at = asked_at + round(self.think * 1e6)
        level = level_at(State.levels, (due_at - State.first_user_at) / 1e6)
        self.due_at = on_beat(due_at, round(1e6 * level.beat_s) if level else 0)
        return (self.due_at - asked_at) / 1e6

    @task
    def work(self) -> None:
        """A closed user: think first, then one transaction after the other. An open stream: all of it."""
        assert self.crew is not None
        if self.worker is None:
            self.driver.drive(dues_of(State.levels, self.crew), now())
            self._wait_for_the_last()
        elif self.due_at == 0:
            self.think = self.crew.think_s(FIRST_THINKS + self.worker.number)
        else:
            card = self.crew.deal()
            self.crew.perform(self.worker, card, min(self.due_at, now()))
            self.think = self.crew.think_s(card.number)

    def _wait_for_the_last(self) -> None:
        while self.driver.under_way:
            gevent.sleep(0.05)
        self.think = 3600.0


class Shape(LoadTestShape):
    """Users by the plan's levels; for open streams one driver in each process until the last level ends."""

    started_at, ended_at = 0, 0

    def tick(self) -> tuple[int, float] | None:
        """Users now and how fast they come; nobody until all are logged in, None when the last has left."""
        if State.ready < State.expected:
            return 0, SPAWN_PER_S
        if not self.started_at:
            self.started_at = now()
            levels = [[one.label, one.start_s, one.end_s, one.amount, one.settle_s, one.beat_s] for one in State.levels]
            text = json.dumps({"started_at": self.started_at, "levels": levels})
            (State.folder / "levels.json").write_text(text, encoding="utf-8")
        level = level_at(State.levels, (now() - self.started_at) / 1e6)
        if level is None:
            return self.wait_for_the_last()
        if State.plan.users == "closed":
            return math.ceil(level.amount), SPAWN_PER_S
        return State.expected, SPAWN_PER_S

    def wait_for_the_last(self) -> tuple[int, float] | None:
        """Nobody comes any more; None when all have their last answer, or none can come."""
        if not self.ended_at:
            self.ended_at = now()
            if isinstance(self.runner, MasterRunner):
                self.runner.send_message(DRAIN)
            else:
                gevent.spawn(drain, self.runner)
        is_late = now() - self.ended_at > 1e6 * (State.plan.timeout * MOST_REQUESTS + 10)
        return None if is_late or State.drained >= State.expected else (0, SPAWN_PER_S)
