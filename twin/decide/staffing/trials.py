"""Plans tried on common tapes: numerators and denominators of every promise, as many replications as asked."""

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from twin.decide.staffing.space import Plan, Space
from twin.experiment.tasks import Checkpoint, Progress, Task, in_order, part_of
from twin.measures.clocks import CLOCKS
from twin.measures.frame import Frame
from twin.measures.gauge import Gauge
from twin.measures.handovers import Handovers
from twin.measures.reading import Reading
from twin.simulate.run import EngineName, Model
from twin.spec.load import digest_of
from twin.spec.profiles import resolve
from twin.spec.scenario import Scenario
from twin.tape.tape import Tape

Numbers = NDArray[np.float64]

MONTH_S: Final = 30 * 86_400.0
FRESH_FROM: Final = 1_000_000
_MOST_SHELVED: Final = 300_000_000
_CLOCK_WORDS: Final = {"respond": "answered", "restore": "restored", "resolve": "solved"}


@dataclass(frozen=True)
class Promise:
    """What a plan must keep: a share that is at least `target`, or calls a week that are at most so many.

    name, where  of the measured cell; words  for people.
    """

    name: str
    where: tuple[tuple[str, str], ...]
    target: float
    words: str

    @property
    def is_limit(self) -> bool:
        """Whether less is better."""
        return self.name == "pages_per_person"


def promises_of(scenario: Scenario) -> tuple[Promise, ...]:
    """Every clock of the contract, then what the staffing section adds: availability, waits between desks, pages."""
    contract, staffing = scenario.contract, scenario.staffing
    found = []
    for priority, target in resolve(contract, scenario.support.priorities).items():
        for clock in CLOCKS:
            if getattr(target, clock) is not None:
                where = (("priority", priority), ("clock", clock))
                found.append(Promise("attainment", where, contract.attainment, f"{priority} {_CLOCK_WORDS[clock]}"))
    if staffing is None:
        return tuple(found)
    if staffing.availability and scenario.deployment.functions:
        where = (("function", "whole"), ("variant", "service_hours"))
        found.append(Promise("availability", where, contract.availability, "system available"))
    for queue, wait in staffing.waits.items():
        found.append(Promise("handover_kept", (("queue", queue),), wait.ratio, f"{queue} taken up in time"))
    for tier, written in staffing.tiers.items():
        on_call = scenario.support.tiers[tier].on_call
        if written.pages_per_person is not None and on_call is not None:
            limit = written.pages_per_person * 7 * 86_400
            found.append(Promise("pages_per_person", (("tier", tier),), limit, f"calls a week to each {tier} on call"))
    return tuple(found)


@dataclass(frozen=True)
class Score:
    """What replications say about each promise: estimate and standard error, NaN where nothing was measured.

    slack  estimate less target (limits: target less estimate); n  replications.
    """

    estimate: Numbers
    error: Numbers
    slack: Numbers
    n: int

    def low(self, confidence: float) -> Numbers:
        """One-sided lower bounds of the slack (Student's t)."""
        if self.n < 2:
            return np.full(len(self.slack), -np.inf)
        return np.asarray(self.slack - float(stdtrit(self.n - 1, confidence)) * self.error)

    def keeps(self, confidence: float | None = None) -> bool:
        """Whether every promise is kept: by its estimate, or with that confidence each (an intersection-union test).

        Source: Berger (1982), Multiparameter hypothesis testing and acceptance sampling.
        """
        slack = self.slack if confidence is None else self.low(confidence)
        return bool(np.all(np.isnan(self.slack) | (slack >= 0.0)))

    def keeps_enough(self, errors: float, replications: int) -> bool:
        """Whether every slack is that many standard errors of so many replications: what could be confirmed by them."""
        guard = errors * self.error * math.sqrt(self.n / replications)
        return bool(np.all(np.isnan(self.slack) | (self.slack >= guard)))


def score_of(raw: Numbers, promises: Sequence[Promise]) -> Score:
    """The score of raw numbers, shape (replications, promises, 2): ratios of sums with delta-method errors."""
    top, bottom = raw[..., 0], raw[..., 1]
    total = bottom.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.where(total > 0, top.sum(axis=0) / total, np.nan)
        residual = (top - estimate * bottom) / bottom.mean(axis=0)
        error = np.sqrt(np.square(residual).sum(axis=0) / max(len(raw) - 1, 1) / len(raw))
    sign = np.array([-1.0 if one.is_limit else 1.0 for one in promises])
    target = np.array([one.target for one in promises])
    return Score(estimate, error, sign * (estimate - target), len(raw))


@dataclass(frozen=True)
class Job:
    """A scenario to be measured against its promises, on the tapes of a seed."""

    scenario: Scenario = field(compare=False)
    seed: int
    engine: EngineName

    def tasks(self, blocks: Sequence[range], is_kept: bool) -> list[Task]:
        """The tasks to measure blocks of replications."""
        mark = f"{digest_of(self.scenario)} {self.seed} {self.engine}"
        return [Task(f"promises {mark} {block}", measure_job, (self, block, is_kept)) for block in blocks]


class Shelf:
    """Tapes kept in a process, as many as fit in 300 MB."""

    def __init__(self) -> None:
        self._tapes: dict[tuple[str, int, int], Tape] = {}
        self._bytes = 0

    def tape(self, model: Model, seed: int, replication: int, is_kept: bool) -> Tape:
        """The tape of a replication, drawn if it is not on the shelf."""
        key = (model.recipe.world, seed, replication)
        found = self._tapes.get(key)
        if found is None:
            found = model.tape(seed, replication)
            size = sum(value.nbytes for value in vars(found).values() if isinstance(value, np.ndarray))
            if is_kept and self._bytes + size <= _MOST_SHELVED:
                self._tapes[key] = found
                self._bytes += size
        return found


_SHELF: Final = Shelf()


def measure_job(job: Job, replications: range, is_kept: bool) -> Numbers:
    """Numbers of each promise in each replication, shape (replications, promises, 2)."""
    model, frame = Model(job.scenario), Frame(job.scenario)
    promises = promises_of(job.scenario)
    is_promised = any(one.name == "availability" for one in promises)
    gauge = Gauge(job.scenario, ("availability", "service_level") if is_promised else ("service_level",))
    handovers = Handovers(frame)
    cells = [*gauge.cells, *handovers.cells]
    place = {(cell.name, cell.where): k for k, cell in enumerate(cells)}
    chosen = [place[one.name, one.where] for one in promises]
    out = np.empty((len(replications), len(promises), 2))
    for row, replication in enumerate(replications):
        log = model.run(_SHELF.tape(model, job.seed, replication, is_kept), job.engine)
        out[row] = np.concatenate([gauge.measure(log), handovers.measure(Reading(log, frame))])[chosen]
    return out


class Trials:
    """Plans tried so far on the common tapes of a seed; `simulated` counts replications, `report` is told of each."""

    def __init__(
        self, space: Space, seed: int, engine: EngineName = "auto", pool: Executor | None = None, workers: int = 1,
        checkpoint: Checkpoint | None = None,
    ) -> None:  # fmt: skip
        self.space, self.seed, self.engine = space, seed, engine
        self.promises = promises_of(space.scenario)
        if not self.promises:
            raise ValueError("the contract promises no times, so any staffing will do; add targets to the contract")
        self._pool, self._workers, self._kept = pool, workers, checkpoint
        self._known: dict[Plan, Numbers] = {}
        self.simulated = 0
        self.report: Progress | None = None

    def warm(self, plan: Plan) -> None:
        """Compile and load in this process what its forked workers will use."""
        measure_job(Job(self.space.at(plan), self.seed, self.engine), range(1), is_kept=False)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Every plan tried, in the order of the first trial."""
        return tuple(self._known)

    def score(self, plan: Plan) -> Score:
        """The score of a plan that was tried, over all its replications."""
        return score_of(self._known[plan], self.promises)

    def raw(self, plan: Plan) -> Numbers:
        """Numerators and denominators of a plan that was tried."""
        return self._known[plan]

    def run(self, plans: Sequence[Plan], replications: int) -> list[Score]:
        """Scores of the plans after at least that many replications of each, the same ones for all."""
        missing = {p: range(len(self._known.get(p, ())), replications) for p in dict.fromkeys(plans)}
        missing = {plan: left for plan, left in missing.items() if len(left)}
        for plan, numbers in self._measured(missing, is_kept=True):
            known = self._known.get(plan)
            self._known[plan] = numbers if known is None else np.concatenate([known, numbers])
        return [self.score(plan) for plan in plans]

    def fresh(self, plans: Sequence[Plan], replications: range) -> list[Numbers]:
        """Numbers of the plans in replications that the search has not seen; nothing of them is kept."""
        found = dict(self._measured(dict.fromkeys(plans, replications), is_kept=False))
        return [found[plan] for plan in plans]

    def _measured(self, wanted: dict[Plan, range], is_kept: bool) -> list[tuple[Plan, Numbers]]:
        told = part_of(self.report, self.simulated, 0)
        self.simulated += sum(map(len, wanted.values()))
        jobs = {plan: Job(self.space.at(plan), self.seed, self.engine) for plan in wanted}
        parts = 1 if self._pool is None else max(1, math.ceil(2 * self._workers / max(len(wanted), 1)))
        tasks = {plan: jobs[plan].tasks(_cut(left, parts), is_kept) for plan, left in wanted.items()}
        found = iter(in_order([task for some in tasks.values() for task in some], self._pool, self._kept, told))
        return [(plan, np.concatenate([next(found) for _ in some])) for plan, some in tasks.items()]


def _cut(replications: range, parts: int) -> list[range]:
    size = max(1, math.ceil(len(replications) / parts))
    return [replications[k : k + size] for k in range(0, len(replications), size)]


def months_of(scenario: Scenario) -> float:
    """Months of 30 days that one replication measures."""
    return (scenario.clock.horizon - scenario.clock.warm_up) / MONTH_S




def scores_gap(left: Any, right: Any, promises: Sequence[Promise]) -> tuple[Numbers, Numbers]:
    """Paired difference of two plans on the same replications: estimate and standard error per promise."""
    a, b = score_of(left, promises), score_of(right, promises)
    parts = []
    for raw, score in ((left, a), (right, b)):
        with np.errstate(divide="ignore", invalid="ignore"):
            parts.append((raw[..., 0] - score.estimate * raw[..., 1]) / raw[..., 1].mean(axis=0))
    n = len(left)
    error = np.sqrt(np.square(parts[0] - parts[1]).sum(axis=0) / max(n - 1, 1) / n)
    return a.estimate - b.estimate, error
