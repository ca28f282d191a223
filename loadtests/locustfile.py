"""Locust's view of a plan: closed users who think, or one driver of open arrivals in each process.

locust -f loadtests/locustfile.py --headless --plan PLAN --record FOLDER

The master waits for as many workers as --shares says; `python -m loadtests` spells both out (run, join).
"""

import argparse
import json
import logging
import math
from pathlib import Path
from typing import Any

import gevent
import locust.runners
from locust import LoadTestShape, User, events, task
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

from loadtests.crew import Crew, Worker
from loadtests.journal import Journal, now
from loadtests.machines import hand_over, introduction, misfit, take_over
from loadtests.openly import Driver, dues_of, levels_of
from loadtests.plan import Plan, read_plan
from loadtests.shapes import Level, level_at
from loadtests.targets.base import refuse_strangers

SPAWN_PER_S, REFUSED_CODE = 100.0, 2
READY, SEAT, REFUSED, DRAIN, RECORD, DRAINED = "crew-ready", "seat", "refused", "drain", "record", "drained"
MOST_REQUESTS = 5  # in one transaction, each of which may take the whole timeout
PATIENCE_S = 30  # a worker may be silent so long, on a busy machine; after Locust's own 3 s a master stops the test
LEAVE_AFTER_S = 5.0  # of a refused worker: a master whose last worker leaves while it ends never comes to its end
FIRST_THINKS = 2**40  # numbers above all transactions': how long a user thinks before the first one
locust.runners.HEARTBEAT_LIVENESS = PATIENCE_S


class State:
    """What the users of this process share."""

    plan: Plan
    levels: list[Level]
    folder: Path
    crew: Crew | None = None
    expected, drained, present, first_user_at = 1, 0, 0, 0
    is_seated, has_begun = True, False
    options: argparse.Namespace
    seats: dict[str, int] = {}  # of the master: which share each worker deals


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """Options of the load test, beside Locust's own."""
    parser.add_argument("--plan", required=True, help="the plan of the load test (YAML)")
    parser.add_argument("--record", required=True, help="folder for the raw record")
    parser.add_argument("--shares", type=int, default=1, help="how many processes deal the mix between them")
    parser.add_argument("--hand-over", action="store_true", help="send the record to the master when all is done")
    parser.add_argument("--i-own-this-target", dest="owned", default=None, metavar="HOST", help="another host")


def own_options() -> argparse.Namespace:
    """The options of this process. Locust overwrites its own copy by the master's as soon as a worker is connected."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_options(parser)
    return parser.parse_known_args()[0]


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    """Read the plan, and log the accounts in once for each process that makes load.

    Refuses a server that is not on this machine unless it was named.
    """
    options = State.options = own_options()
    State.plan = read_plan(Path(options.plan))
    refuse_strangers(State.plan.target.url, options.owned)
    State.levels = levels_of(State.plan)
    State.folder = Path(options.record)
    State.folder.mkdir(parents=True, exist_ok=True)
    State.expected = options.shares
    if isinstance(environment.runner, MasterRunner):
        environment.runner.register_message(READY, count_ready)
        environment.runner.register_message(RECORD, lambda msg, **_: take_over(State.folder, msg.data))
        environment.runner.register_message(DRAINED, count_drained)
        return

    def seen(name: str, length_s: float, size: int, why: str | None) -> None:
        environment.events.request.fire(
            request_type="HTTP", name=name, response_time=length_s * 1000, response_length=size,
            exception=RuntimeError(why) if why else None, context={},
        )  # fmt: skip

    journal, run = Journal(State.folder), f"{now() % 2**36:x}"
    State.crew = Crew(State.plan, journal, 0, options.shares, seen, run)
    State.crew.log_in()
    if isinstance(environment.runner, WorkerRunner):
        State.is_seated = False
        environment.runner.register_message(DRAIN, lambda environment, **_: gevent.spawn(drain, environment.runner))
        environment.runner.register_message(SEAT, lambda msg, **_: be_seated(msg.data["share"]))
        environment.runner.register_message(REFUSED, be_refused)
        gevent.spawn(knock, environment.runner)


def knock(runner: WorkerRunner) -> None:
    """Say that this worker is ready until the master, which may not listen yet, has given it a seat."""
    while not State.is_seated and runner.environment.process_exit_code is None:
        runner.send_message(READY, introduction(Path(State.options.plan), State.expected))
        gevent.sleep(1.0)


def count_ready(environment: Environment, msg: Any, **_: Any) -> None:
    """Another worker has logged its accounts in: it deals the first share that nobody deals.

    One that doesn't fit in ends the test before it began; one too many is sent away.
    """
    runner = environment.runner
    assert isinstance(runner, MasterRunner)
    free = [] if State.has_begun else sorted(set(range(State.expected)) - seats_taken(runner))
    why = misfit(msg.data, introduction(Path(State.options.plan), State.expected))
    if not why and free:
        State.seats.setdefault(msg.node_id, free[0])
    if not why and msg.node_id in State.seats:
        runner.send_message(SEAT, {"share": State.seats[msg.node_id]}, msg.node_id)
        return
    why = why or f"all {State.expected} machines are there already"
    logging.error("%s cannot take part: %s", msg.node_id, why)
    runner.send_message(REFUSED, {"why": why}, msg.node_id)
    if free:
        environment.process_exit_code = REFUSED_CODE
        gevent.spawn_later(1.0, runner.quit)  # when the worker has heard why


def seats_taken(runner: Any) -> set[int]:
    """The shares that somebody deals: of a master, those of workers that are still there."""
    if not isinstance(runner, MasterRunner):
        return set(range(State.expected))
    gone = {name for name in State.seats if name not in runner.clients or runner.clients[name].state == STATE_MISSING}
    return {share for name, share in State.seats.items() if name not in gone}


def be_seated(share: int) -> None:
    """The master says which share of the mix this worker deals."""
    assert State.crew is not None
    State.crew.share, State.is_seated = share, True


def be_refused(environment: Environment, msg: Any, **_: Any) -> None:
    """The master says why this worker cannot take part: it ends, after the master if that ends as well."""
    assert environment.runner is not None
    logging.error("the master refuses this machine: %s", msg.data["why"])
    environment.process_exit_code = REFUSED_CODE
    gevent.spawn_later(LEAVE_AFTER_S, environment.runner.quit)


def count_drained(**_: Any) -> None:
    """The last user of another worker has left."""
    State.drained += 1


def drain(runner: Any) -> None:
    """Wait until the last user has left, with the answer to the last request; then say so, after the record."""
    while State.present:
        gevent.sleep(0.05)
    if isinstance(runner, WorkerRunner):
        if State.options.hand_over and State.crew is not None:
            runner.send_message(RECORD, hand_over(State.crew.journal))
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
        if not State.is_seated:  # one machine too many, about to end
            self.think = 1.0
        elif self.worker is None:
            self.driver.drive(dues_of(State.levels, self.crew), now())
            self._wait_for_the_last()
        elif self.due_at == 0:
            self.think = self.crew.think_s(FIRST_THINKS + self.worker.number)
        else:
            card = self.crew.deal(level_at(State.levels, (now() - State.first_user_at) / 1e6))
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
        if not self.started_at and len(seats_taken(self.runner)) < State.expected:
            return 0, SPAWN_PER_S
        if not self.started_at:
            self.started_at, State.has_begun = now(), True
            levels = [
                [one.label, one.start_s, one.end_s, one.amount, one.settle_s, one.beat_s, one.first]
                for one in State.levels
            ]
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
