"""The cheapest staffing that keeps every promise, how sure that is, what binds, and what a little more would cost."""

import math
import os
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.decide.staffing.finalists import (
    CONFIRMING_MONTHS,
    LOOKS,
    MOST_FINALISTS,
    ROUNDS,
    Confirmed,
    confirmed,
    confirming_replications,
    finalists,
    luck,
    screened,
)
from twin.decide.staffing.search import Effort, Search
from twin.decide.staffing.space import Lever, Plan, Space
from twin.decide.staffing.start import start_plan
from twin.decide.staffing.trials import Promise, Score, Trials, months_of
from twin.experiment.intervals import ratio_interval
from twin.experiment.pools import pool_of
from twin.experiment.table import Row
from twin.experiment.tasks import Checkpoint, Progress
from twin.simulate.run import EngineName
from twin.spec.scenario import Scenario

Floats = NDArray[np.float64]

SCREENING_MONTHS: Final = 48
FEWEST: Final = 8
RARE_COUNTS: Final = 1000
MOST_TIMES_SCREENING: Final = 8
FRONTIER: Final = (-0.10, -0.05, -0.03, -0.02, -0.01, -0.005)


@dataclass(frozen=True)
class Less:
    """What one step less on a lever would save a year, and which promises or rule it would break.

    gain  variance of its effect on tickets on time with independent tapes over that on the common ones.
    """

    lever: Lever
    saving: float
    broken: tuple[str, ...]
    gain: float


@dataclass(frozen=True)
class FrontierPoint:
    """The cheapest plan found for targets moved by `shift`: its cost and the smallest margin of any promise."""

    shift: float
    plan: Plan
    cost: float
    margin: float


@dataclass(frozen=True)
class Staffed:
    """The answer of the search.

    plan      the cheapest confirmed plan, None if none keeps every promise; rows  its promises on fresh months.
    tried     plans tried on common tapes with their cost and smallest margin; closest  if there is no plan, the one
              that came closest, and what it misses.
    alike     plans whose cost or attainment can't be told from the answer's within the indifference of the scenario.
    """

    space: Space
    promises: tuple[Promise, ...]
    plan: Plan | None
    rows: tuple[Row, ...]
    finalists: tuple[Confirmed, ...]
    less: tuple[Less, ...]
    frontier: tuple[FrontierPoint, ...]
    alike: tuple[Plan, ...]
    tried: tuple[tuple[Plan, float, float], ...]
    closest: Plan | None
    seed: int
    confidence: float
    months: int
    simulated: int

    @property
    def cost(self) -> float:
        """Cost of the plan per year; NaN without one."""
        return math.nan if self.plan is None else self.space.cost(self.plan)

    @property
    def point_more(self) -> float:
        """What one point more on the weakest promise would cost a year; NaN if no such plan was found."""
        dearer = [one.cost for one in self.frontier if one.shift > 0]
        return min(dearer) - self.cost if dearer else math.nan


def staff(
    scenario: Scenario, *, seed: int = 1, confidence: float | None = None, engine: EngineName = "auto",
    workers: int | None = None, cluster: str | None = None, months: int = CONFIRMING_MONTHS,
    with_frontier: bool = True, progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Staffed:  # fmt: skip
    """The cheapest heads per tier and shift, people on call and vendor hours that keep every promise of the contract.

    confidence  default: that of the scenario's staffing section, else 0.95.
    months      fresh months of 30 days that confirm the answer, at least.
    progress    called with (done, expected) replications, as if no better plan were found from there.
    Raises ValueError if there is nothing to vary or nothing is promised, and if no plan keeps the rules.
    """
    space = Space(scenario)
    sure = space.staffing.confidence if confidence is None else confidence
    count = os.cpu_count() or 1 if workers is None else workers
    with pool_of(count, cluster) as pool:
        trials = Trials(space, seed, engine, pool, count, checkpoint)
        return _Run(trials, sure, months, progress).answer(with_frontier)


class _Run:
    def __init__(self, trials: Trials, confidence: float, months: int, progress: Progress | None) -> None:
        self.trials, self.space, self.confidence, self.months = trials, trials.space, confidence, months
        length = months_of(self.space.scenario)
        first = start_plan(self.space)
        trials.warm(first)
        enough = self.enough(first)
        screening = max(FEWEST, min(math.ceil(SCREENING_MONTHS / length), enough))
        surely = min(max(enough, screening), MOST_TIMES_SCREENING * screening)
        once = confirming_replications(self.space.scenario, months)
        self.effort = Effort(screening, surely, LOOKS[-1] * once)
        self.last_search = replace(self.effort, surely=screening, errors=0.0, patience=16, rounds=4)
        self.search = Search(trials, self.effort)
        self.until, self.confirming = 0, once + MOST_FINALISTS // ROUNDS * (surely - screening)
        if progress is not None:
            trials.report = lambda done, _: progress(done, max(done, self.expected(done)))

    def enough(self, plan: Plan) -> int:
        """Replications in which the rarest promise is counted often enough, as far as a few tell."""
        self.trials.run([plan], FEWEST)
        counts = [
            float(count)
            for one, count in zip(self.trials.promises, self.trials.raw(plan)[..., 1].mean(axis=0), strict=True)
            if one.name in ("attainment", "handover_kept") and count > 0
        ]
        return math.ceil(RARE_COUNTS / min(counts)) if counts else FEWEST

    def expected(self, done: int) -> int:
        """Replications in all if nothing better is found: of the stage at work and of those after it."""
        last = (2 * len(self.space.levers) + self.last_search.patience) * self.effort.replications
        if self.until:
            return max(self.until, done) + last
        searching = self.search.left * self.effort.replications
        return done + searching + (0 if self.search.effort is self.last_search else self.confirming + last)

    def answer(self, with_frontier: bool) -> Staffed:
        shifts, best, found, chosen = [0.0] * len(self.trials.promises), None, list[Confirmed](), None
        for round_ in range(ROUNDS):
            self.search, self.until = Search(self.trials, self.effort, shifts), 0
            best = self.searched(self.search, best)
            if best is None or (chosen is not None and self.space.cost(best) >= chosen.cost - 1e-9):
                break
            self.until = self.trials.simulated + self.confirming
            latest = self.confirmed(self.search, best, round_)
            found += latest
            kept = [one for one in latest if one.verdict == "kept"]
            chosen = min((*kept, *([chosen] if chosen else [])), key=lambda one: one.cost, default=None)
            if round_ + 1 < ROUNDS:
                shifts = luck(self.trials, kept or latest, self.months, round_)
        points = self.frontier(chosen.plan) if chosen is not None and with_frontier else []
        return self.told_as(chosen, found, points)

    def confirmed(self, search: Search, best: Plan, round_: int) -> list[Confirmed]:
        tolerance = self.space.staffing.indifference
        last = finalists(self.trials, best, search.promises)
        left = screened(self.trials, last, search.promises, self.effort.surely, 1.0 - self.confidence, tolerance)
        found = confirmed(self.trials, left, self.confidence, self.months, round_)
        return [*(Confirmed(plan, self.space.cost(plan), "missed") for plan in last if plan not in left), *found]

    def searched(self, search: Search, before: Plan | None) -> Plan | None:
        for start in dict.fromkeys([*([before] if before else []), start_plan(self.space), self.space.present]):
            plan = self.within_rules(start)
            found = None if plan is None else search.run(plan)
            if found is not None:
                return found
        return None

    def within_rules(self, plan: Plan) -> Plan | None:
        """The plan inside its bounds, with heads taken away one by one while it breaks a rule; None if none is left."""
        bounds = zip(self.space.levers, plan, strict=True)
        plan = tuple(min(max(number, lever.low), lever.high) for lever, number in bounds)
        while self.space.breach(plan):
            below = [
                (*plan[:k], plan[k] - 1, *plan[k + 1 :])
                for k, lever in enumerate(self.space.levers) if lever.kind != "hours" and plan[k] > lever.low
            ]  # fmt: skip
            if not below:
                return None
            plan = max(below, key=lambda p: (not self.space.breach(p), self.space.cost(p)))
        return plan

    def frontier(self, plan: Plan) -> list[FrontierPoint]:
        """The cheapest plans tried for laxer targets, the answer, and a short search for one point more than it has."""
        here = margin(self.trials.score(plan))
        allowed = [(self.space.cost(p), p) for p in self.trials.plans if not self.space.breach(p)]
        points = [FrontierPoint(0.0, plan, self.space.cost(plan), here)]
        for shift in FRONTIER:
            enough = [one for one in allowed if margin(self.trials.score(one[1])) >= shift]
            cost, cheapest = min(enough, default=(math.inf, plan))
            if cost < points[0].cost:
                points.append(FrontierPoint(shift, cheapest, cost, margin(self.trials.score(cheapest))))
        self.search = Search(self.trials, self.last_search, [here + 0.01] * len(self.trials.promises))
        self.until = 0
        dearer = self.search.run(plan)
        if dearer is not None:
            points.append(
                FrontierPoint(here + 0.01, dearer, self.space.cost(dearer), margin(self.trials.score(dearer)))
            )
        return sorted(points, key=lambda one: one.shift)

    def told_as(
        self, chosen: Confirmed | None, found: list[Confirmed], points: list[FrontierPoint]
    ) -> Staffed:
        trials, space = self.trials, self.space
        allowed = [plan for plan in trials.plans if not space.breach(plan)]
        closest = None
        if chosen is None:
            closest = max(allowed, key=lambda p: margin(trials.score(p)), default=None)
            if closest is None:
                raise ValueError("no plan keeps the rules of the staffing section; relax bounds, cover or budget")
        plan = chosen.plan if chosen is not None else None
        raw = chosen.raw if chosen is not None and chosen.raw is not None else trials.raw(closest) if closest else None
        tried = tuple((p, space.cost(p), margin(trials.score(p))) for p in allowed)
        return Staffed(
            space, trials.promises, plan, () if raw is None else rows_of(raw, trials.promises, self.confidence),
            tuple(found), () if plan is None else self.less(plan), tuple(points),
            () if plan is None else self.alike(plan, found), tried, closest, trials.seed, self.confidence,
            round(len(raw) * months_of(space.scenario)) if raw is not None else 0, trials.simulated,
        )  # fmt: skip

    def less(self, plan: Plan) -> tuple[Less, ...]:
        """Each lever with one step less: what it saves and breaks, on the common tapes."""
        below = [
            (lever, (*plan[:k], plan[k] - 1, *plan[k + 1 :]))
            for k, lever in enumerate(self.space.levers) if plan[k] > lever.low
        ]  # fmt: skip
        self.trials.run([p for _, p in below], self.effort.replications)
        out = []
        for lever, p in below:
            rule, score = self.space.breach(p), self.trials.score(p)
            missed = [one.words for one, slack in zip(self.trials.promises, score.slack, strict=True) if slack < 0]
            saving = self.space.cost(plan) - self.space.cost(p)
            gain = variance_gain(self.trials.raw(plan), self.trials.raw(p), self.trials.promises)
            out.append(Less(lever, saving, tuple(([rule] if rule else []) + missed), gain))
        return tuple(out)

    def alike(self, plan: Plan, found: list[Confirmed]) -> tuple[Plan, ...]:
        """Finalists left undecided, and plans of equal cost that keep every promise by their estimates."""
        equal = [
            p for p in self.trials.plans
            if p != plan and abs(self.space.cost(p) - self.space.cost(plan)) < 1e-6 * max(self.space.cost(plan), 1.0)
            and not self.space.breach(p) and self.trials.score(p).keeps()
        ]  # fmt: skip
        return (*(one.plan for one in found if one.verdict == "undecided"), *equal)


def margin(score: Score) -> float:
    """The smallest slack of any promise that is a share: points above its target, negative below."""
    known = score.slack[~np.isnan(score.slack)]
    return float(known.min(initial=math.inf)) if len(known) else math.nan


def variance_gain(left: Floats, right: Floats, promises: tuple[Promise, ...]) -> float:
    """Variance of the difference in all promised times kept, on independent tapes over that on the common ones.

    left, right  raw numbers of the same replications; endless where nothing differs, NaN where nothing varies.
    """
    timed = [k for k, one in enumerate(promises) if one.name == "attainment"]
    both = min(len(left), len(right))
    parts = []
    for raw in (left[:both, timed], right[:both, timed]):
        top, bottom = raw[..., 0].sum(axis=1), raw[..., 1].sum(axis=1)
        parts.append((top - top.sum() / max(bottom.sum(), 1.0) * bottom) / max(bottom.mean(), 1e-12))
    apart, together = float(np.var(parts[0]) + np.var(parts[1])), float(np.var(parts[0] - parts[1]))
    return math.nan if apart == 0 else math.inf if together == 0 else apart / together


def rows_of(raw: Floats, promises: tuple[Promise, ...], confidence: float) -> tuple[Row, ...]:
    """One row of the tidy table per promise, with its two-sided interval over the replications."""
    found = ratio_interval(raw[..., 0], raw[..., 1], confidence)
    rows = []
    for k, promise in enumerate(promises):
        unit, most = ("1/week", math.inf) if promise.is_limit else ("1", 1.0)
        low, high = max(float(found.low[k]), 0.0), min(float(found.high[k]), most)
        rows.append(Row(promise.name, dict(promise.where), unit, float(found.estimate[k]), low, high, confidence,
                        len(raw), ""))  # fmt: skip
    return tuple(rows)
