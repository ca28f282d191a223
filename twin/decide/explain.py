"""For a promise that is missed: the cheapest single change that would keep it, found on common tapes."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.decide.slots import Rules, as_scenario, present_calendar
from twin.decide.staffing.space import Plan, Space
from twin.decide.staffing.trials import Job, Promise, Score, measure_job, promises_of, score_of, scores_gap
from twin.experiment.pools import pool_of
from twin.experiment.tasks import Checkpoint, Progress, in_order, part_of
from twin.simulate.run import EngineName
from twin.spec.planning import Planning
from twin.spec.scenario import Scenario
from twin.spec.staffing import Staffing
from twin.units import format_duration

Floats = NDArray[np.float64]

_SCREENING = 24
_LESS_CLEAR = 1.0


@dataclass(frozen=True)
class Move:
    """One change to a scenario: what it is in words, the scenario with it, and what it costs a year more."""

    words: str
    scenario: Scenario
    cost: float


@dataclass(frozen=True)
class Remedy:
    """A single change and what it does to the promise: value with its one-sided bound, and gain on common tapes."""

    move: Move
    estimate: float
    low: float
    gain: float
    gain_error: float
    is_enough: bool


@dataclass(frozen=True)
class Explained:
    """A promise and how to keep it: its value now, the remedies tried at length, cheapest sufficient ones first."""

    promise: Promise
    estimate: float
    low: float
    is_missed: bool
    remedies: tuple[Remedy, ...]
    tried: int
    replications: int
    seed: int
    confidence: float
    currency: str

    @property
    def cheapest(self) -> Remedy | None:
        """The cheapest change that keeps the promise; None if no single one does."""
        return next((one for one in self.remedies if one.is_enough), None)


def explain(
    scenario: Scenario, promise: str | None = None, *, reps: int = 200, seed: int = 1, confidence: float = 0.95,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None,
    progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Explained:  # fmt: skip
    """The cheapest single change that keeps a promise: a head or a person on call more, a head moved between shifts,
    a monitor twice as often, a change at another time.

    promise  its words, such as "P2 solved" or "system available" (default: the one missed most).
    Raises ValueError for an unknown promise, or if the contract promises nothing.
    """
    staffing = (scenario.staffing or Staffing()).model_copy(update={"availability": True})
    base = scenario.model_copy(update={"staffing": staffing})
    promises = promises_of(base)
    if not promises:
        raise ValueError("the contract promises nothing to explain; add targets to the contract")
    names = [one.words for one in promises]
    if promise is not None and promise not in names:
        raise ValueError(f'no promise "{promise}"; there are: {", ".join(names)}')
    count = os.cpu_count() or 1 if workers is None else workers
    measure_job(Job(base, seed, engine), range(1), False)
    with pool_of(count, cluster) as pool:
        bench = _Bench(pool, seed, engine, progress, checkpoint)
        return _explained(base, promises, promise, reps, bench, confidence)


@dataclass
class _Bench:
    pool: Executor | None
    seed: int
    engine: EngineName
    progress: Progress | None
    checkpoint: Checkpoint | None
    done: int = 0

    def raw(self, scenarios: Sequence[Scenario], replications: range, later: int = 0) -> list[Floats]:
        """Numbers of each scenario; later  replications that are still to come, at most."""
        middle = len(replications) // 2
        halves = [half for half in (replications[:middle], replications[middle:]) if len(half)]
        tasks = [task for one in scenarios for task in Job(one, self.seed, self.engine).tasks(halves, True)]
        before, self.done = self.done, self.done + len(scenarios) * len(replications)
        told = part_of(self.progress, before, self.done + later)
        parts = in_order(tasks, self.pool, self.checkpoint, told)
        return [np.concatenate(parts[k : k + len(halves)]) for k in range(0, len(parts), len(halves))]


def _explained(
    base: Scenario, promises: Sequence[Promise], wanted: str | None, reps: int, bench: _Bench, confidence: float
) -> Explained:
    moves, short = list(_moves(base)), range(min(_SCREENING, reps))
    here = bench.raw([base], range(reps), len(moves) * (len(short) + reps))[0]
    score = score_of(here, promises)
    place = _place(promises, score, wanted)
    tried = bench.raw([move.scenario for move in moves], short, len(moves) * reps)
    gains = [_gain(raw, here[: len(short)], promises, place) for raw in tried]
    helpful = [move for move, (gain, error) in zip(moves, gains, strict=True) if gain > -_LESS_CLEAR * error]
    remedies = [
        _remedy(move, raw, here, promises, place, confidence)
        for move, raw in zip(helpful, bench.raw([m.scenario for m in helpful], range(reps)), strict=True)
    ]
    remedies = [one for one in remedies if one.gain > 0]
    remedies.sort(key=lambda one: (not one.is_enough, one.move.cost if one.is_enough else -one.gain, -one.gain))
    staffing = base.staffing or Staffing()
    low = float(score.low(confidence)[place])
    return Explained(promises[place], float(score.estimate[place]), low + promises[place].target, low < 0,
                     tuple(remedies), len(moves), reps, bench.seed, confidence, staffing.currency)  # fmt: skip


def _place(promises: Sequence[Promise], score: Score, wanted: str | None) -> int:
    if wanted is not None:
        return [one.words for one in promises].index(wanted)
    slack = np.where([one.is_limit for one in promises], np.inf, score.slack)
    return int(np.nanargmin(slack))


def _gain(raw: Floats, here: Floats, promises: Sequence[Promise], place: int) -> tuple[float, float]:
    gain, error = scores_gap(raw, here, promises)
    sign = -1.0 if promises[place].is_limit else 1.0
    return sign * float(gain[place]), float(error[place])


def _remedy(
    move: Move, raw: Floats, here: Floats, promises: Sequence[Promise], place: int, confidence: float
) -> Remedy:
    score = score_of(raw, promises)
    gain, error = _gain(raw, here, promises, place)
    low = float(score.low(confidence)[place])
    return Remedy(move, float(score.estimate[place]), low + promises[place].target, gain, error, low >= 0)


def _moves(scenario: Scenario) -> Iterator[Move]:
    yield from _staff_moves(scenario)
    for name, part in scenario.deployment.components.items():
        every = part.monitoring.every
        if every > 0:
            monitoring = part.monitoring.model_copy(update={"every": every / 2})
            words = f"{name} monitored every {format_duration(every / 2)} instead of {format_duration(every)}"
            yield Move(words, _with_component(scenario, name, {"monitoring": monitoring}), 0.0)
    planning = scenario.planning or Planning()
    rules, present = Rules(scenario, planning), present_calendar(scenario)
    for name in rules.movable:
        for calendar in rules.series(present, name):
            first = next(one for one in calendar if one.change == name)
            if calendar != present:
                yield Move(f"{name} on {first.start:%A %H:%M}", as_scenario(scenario, calendar), 0.0)


def _staff_moves(scenario: Scenario) -> Iterator[Move]:
    space = Space(scenario)
    now = space.cost(space.present)

    def move(words: str, plan: Plan) -> Move:
        return Move(words, space.at(plan), space.cost(plan) - now)

    heads = [k for k, lever in enumerate(space.levers) if lever.kind != "hours"]
    for k in heads:
        lever = space.levers[k]
        more = "person" if lever.kind == "on call" else "head"
        yield move(f"one {more} more: {lever.words}", _moved(space.present, {k: 1}))
        for other in heads:
            gives = space.levers[other]
            same = gives.tier == lever.tier and gives.kind == lever.kind == "heads" and other != k
            if same and space.present[other] > 0:
                yield move(f"a head of {lever.tier} from {gives.shift} to {lever.shift}",
                           _moved(space.present, {k: 1, other: -1}))  # fmt: skip


def _moved(plan: Plan, steps: dict[int, int]) -> Plan:
    return tuple(number + steps.get(k, 0) for k, number in enumerate(plan))


def _with_component(scenario: Scenario, name: str, update: dict[str, object]) -> Scenario:
    components = dict(scenario.deployment.components)
    components[name] = components[name].model_copy(update=update)
    deployment = scenario.deployment.model_copy(update={"components": components})
    return scenario.model_copy(update={"deployment": deployment})


