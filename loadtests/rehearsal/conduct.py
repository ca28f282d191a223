"""A rehearsal from beginning to end: questions and writes first, while both systems hold the same data; then load.

Load comes in phases, old and new in turn, so that a machine that slows down within the hour slows both. What happens is
written to the folder phase by phase; a stop for safety or by a person ends the load and keeps what there is.
"""

import contextlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from loadtests.journal import Journal, now
from loadtests.probe import fixed_work
from loadtests.rehearsal.asking import Side
from loadtests.rehearsal.compare import Compared, compare, questions
from loadtests.rehearsal.hold import Recovery, Work, read_work, recovery
from loadtests.rehearsal.live import Breach, Live
from loadtests.rehearsal.normal import Normal
from loadtests.rehearsal.plan import PHASES, Rehearsal
from loadtests.rehearsal.systems import Systems
from loadtests.rehearsal.watch import STOPPED, Say, Tail, Watched, run_watched
from loadtests.rehearsal.writes import Written, write_both

Name = Literal["old", "new"]
SPEEDS = 15
USUAL = 2.0


@dataclass
class Record:
    """What was seen. speeds  CPU seconds of fixed work at each pause, several each; stopped  why it ended early."""

    started_at: datetime
    compared: Compared
    written: Written
    works: dict[str, list[Work]] = field(default_factory=lambda: {"old": [], "new": []})
    recoveries: list[Recovery] = field(default_factory=list)
    speeds: list[list[float]] = field(default_factory=list)
    lengths_s: dict[str, float] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    stopped: str = ""
    upgrade_s: float | None = None


def _unseen(text: str) -> None:
    """Nobody looks."""


def conduct(
    plan: Rehearsal, systems: Systems, folder: Path, say: Say, owned: str | None = None, *, show: Say = _unseen,
    metrics: int | None = None, web: int | None = None,
) -> Record:  # fmt: skip
    """The record of a rehearsal of two systems that are up; raw records go below `folder`.

    show  takes a line of state that replaces the last one; metrics, web  ports for OpenMetrics and for Locust's page.
    """
    record = Record(datetime.now(UTC), Compared(plan.ask.false_alarm), Written(), upgrade_s=systems.upgrade_s)
    record.speeds.append(_speeds())
    live = Live(plan.gate.targets, plan.safety.fewest, say, show)
    try:
        with live.metrics.served(metrics):
            with _timed(record, "questions"):
                _ask(plan, folder, record, say)
            for phase in _turns(plan):
                if record.stopped:
                    break
                with _timed(record, phase):
                    _phase(plan, systems, phase, folder, record, live, owned, web)
                record.speeds.append(_speeds())
    except KeyboardInterrupt:
        record.stopped = STOPPED
    record.breaches = live.breaches
    return record


def _turns(plan: Rehearsal) -> list[str]:
    steps = [f"steps {k + 1}" for k in range(plan.phases.rounds)]
    return [turn for phase in PHASES for turn in (steps if phase == "steps" else [phase])]


@contextlib.contextmanager
def _timed(record: Record, name: str):  # type: ignore[no-untyped-def]
    start = time.monotonic()
    try:
        yield
    finally:
        record.lengths_s[name] = time.monotonic() - start


def _ask(plan: Rehearsal, folder: Path, record: Record, say: Say) -> None:
    say(f"asking both systems {plan.ask.reads} questions, and writing {plan.ask.writes} times to both ...")
    normal = Normal(plan.normalise)
    journals = [Journal(folder / "questions" / name) for name in ("old", "new")]
    sides: list[Side] = []
    try:
        for name, journal in zip(("old", "new"), journals, strict=True):
            sides.append(Side(name, plan.asking_plan(name), journal, normal))  # type: ignore[arg-type]
        old, new = sides
        cards = questions(old.crew, plan.ask.reads)
        found = compare(old, new, cards, normal, seed=plan.seed, false_alarm=plan.ask.false_alarm)
        record.compared = found
        record.written = write_both(old, new, plan.ask.writes)
    finally:
        for side in sides:
            side.close()
        for journal in journals:
            journal.close()


def _phase(
    plan: Rehearsal, systems: Systems, turn: str, folder: Path, record: Record, live: Live, owned: str | None,
    web: int | None,
) -> None:  # fmt: skip
    phase = turn.partition(" ")[0]
    if phase == "failover" and systems.new is None:
        return
    order: list[Name] = ["new", "old"] if turn.endswith(("2", "4", "6", "8")) else ["old", "new"]
    for name in ["new"] if phase == "failover" else order:
        told = plan.load_plan(name, phase)  # type: ignore[arg-type]
        if told is None or record.stopped:
            return
        live.say(f"{turn}: {name} system, {sum(level.end_s - level.start_s for level in plan.levels(phase)):.0f} s ...")
        drill = _Drill(plan, systems, live.say) if phase == "failover" else None

        def second(tail: Tail, at_s: float, name: str = name, drill: _Drill | None = drill) -> None:
            live.second(turn, name, tail)
            if drill is not None:
                drill(at_s)

        place = folder / "load" / f"{turn.replace(' ', '-')}-{name}"
        done = run_watched(told, place, plan.safety, live.say, owned=owned, web=web, each_second=second)
        live.end(turn, name)
        if drill is not None:
            record.recoveries += drill.recoveries(done)
        else:
            record.works[name] += read_work(place, turn)
        record.stopped = f"{turn}, {name} system: {done.stopped}" if done.stopped else ""


class _Drill:
    """Kills a worker after a third of the phase and restarts the database after two thirds: own processes only."""

    def __init__(self, plan: Rehearsal, systems: Systems, say: Say) -> None:
        assert systems.new is not None
        self._instance, self._say = systems.new, say
        self._length_s = plan.phases.failover
        self._done: list[tuple[str, int]] = []

    def __call__(self, at_s: float) -> None:
        due = (len(self._done) + 1) / 3.0 * self._length_s
        if at_s < due or len(self._done) >= 2:
            return
        what = ("a worker was killed", "the database was restarted")[len(self._done)]
        self._done.append((what, now()))
        self._say(f"failover: {what}")
        if len(self._done) == 1:
            self._instance.kill_worker()
        else:
            self._instance.restart_database()

    def recoveries(self, done: Watched) -> list[Recovery]:
        """How the system came back from each disturbance."""
        works = read_work(done.folder, "failover")
        ends = [at for _, at in self._done[1:]] + [now()]
        before = sorted(float(x) for work in works[:1] for x in work.response_s)
        usual_s = USUAL * before[int(0.95 * (len(before) - 1))] if before else 1.0
        return [
            recovery(done.folder, what, at, until, usual_s)
            for (what, at), until in zip(self._done, ends, strict=True)
        ]  # fmt: skip


def _speeds() -> list[float]:
    return [fixed_work() for _ in range(SPEEDS)]
