"""The search for cheap plans: exchanges of a few heads, ordered by a linear model, each tried on common tapes.

A promise is modelled by the logit of its share, with one slope for a head more and one for a head less. The model only
orders what is tried; what counts is the trial, so nothing is assumed about the effect of a head.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twin.decide.staffing.space import Plan, Space
from twin.decide.staffing.trials import Promise, Score, Trials, score_of

Floats = NDArray[np.float64]

MODEL_ERROR: Final = 0.25
LEAST_CHANCE: Final = 0.02
_LARGEST_MOVE = 3
_LONGEST_LEAP = 15
_MOST_MOVES = 60_000
_FEWEST_COUNTS = 0.5


@dataclass(frozen=True)
class Effort:
    """How much a search may do: replications of each trial, of a plan that seems to keep every promise, trials
    without success before it ends, rounds at most; and what a plan has to be confirmed by: its promises have to be
    `errors` standard errors of `confirming` replications above their targets.
    """

    replications: int
    surely: int
    confirming: int
    errors: float = 2.5
    patience: int = 32
    rounds: int = 40
    batch: int = 8


class Search:
    """A search among the plans of a space, with the target of each promise moved by a shift."""

    def __init__(self, trials: Trials, effort: Effort, shifts: Sequence[float] = ()) -> None:
        self.trials, self.effort = trials, effort
        self.space: Space = trials.space
        self.promises = shifted(trials.promises, shifts)
        self._best_at = len(trials.plans)

    @property
    def left(self) -> int:
        """About how many plans are still tried if none of them is better."""
        enough = 2 * len(self.space.levers) + self.effort.patience
        return max(enough - (len(self.trials.plans) - self._best_at), 1)

    def score(self, plan: Plan) -> Score:
        """The score of a plan that was tried, against the shifted targets."""
        return score_of(self.trials.raw(plan), self.promises)

    def keeps(self, plan: Plan) -> bool:
        """Whether the plan keeps the rules and, by its estimates, every promise; one that seems to is tried longer."""
        if self.space.breach(plan) or not self.score(plan).keeps():
            return False
        self._try([plan], self.effort.surely)
        return self.score(plan).keeps_enough(self.effort.errors, self.effort.confirming)

    def run(self, plan: Plan) -> Plan | None:
        """The cheapest plan found from there that keeps every promise by its estimates; None if none was found."""
        reached = self.reach(plan)
        return None if reached is None else self.improve(reached)

    def reach(self, plan: Plan) -> Plan | None:
        """A plan that keeps every promise, by adding the heads that help most for their cost; None if none is found."""
        self._try([plan])
        for _ in range(self.effort.rounds):
            if self.keeps(plan):
                return plan
            up = [p for p in (_moved(plan, k, +1) for k in range(len(plan))) if self._is_bounded(p)]
            self._try(up)
            far = _violation(self._heights(plan))
            predict = self._model(plan)
            wider = [move for move in self._moves(plan) if self.space.cost(move) > self.space.cost(plan)]
            gain = [(far - _violation(predict(p))) / (self.space.cost(p) - self.space.cost(plan)) for p in wider]
            ranked = [wider[k] for k in np.argsort(-np.array(gain), kind="stable")[: self.effort.batch]]
            self._try(ranked)
            near = [p for p in (*up, *ranked) if not self.space.breach(p)]
            better = [p for p in near if _violation(self._heights(p)) < far - 1e-9]
            if not better:
                return None
            kept = self._cheapest(better)
            plan = min(better, key=lambda p: _violation(self._heights(p))) if kept is None else kept
            self._best_at = len(self.trials.plans)
        return None

    def improve(self, plan: Plan) -> Plan:
        """The cheapest plan found by exchanges of up to three heads, starting from one that keeps every promise."""
        for _ in range(self.effort.rounds):
            neighbours = [_moved(plan, k, step) for k in range(len(plan)) for step in (-1, +1)]
            self._try([p for p in neighbours if self._is_bounded(p)])
            cheaper = self._cheaper(plan)
            if cheaper is None:
                return plan
            plan, self._best_at = cheaper, len(self.trials.plans)
        return plan

    def _cheaper(self, plan: Plan) -> Plan | None:
        """A cheaper plan near by that keeps every promise, tried in the order of saving times chance."""
        cost, predict = self.space.cost(plan), self._model(plan)
        known = [p for p in self.trials.plans if self.space.cost(p) < cost - 1e-9]
        best = self._cheapest(known)
        floor = cost if best is None else self.space.cost(best)
        leaps = [p for p in self._leaps(plan, predict) if self.space.cost(p) < floor - 1e-9]
        self._try(leaps)
        leapt = self._cheapest(leaps)
        if leapt is not None:
            return leapt
        tried = set(self.trials.plans)
        moves = [p for p in self._moves(plan) if p not in tried and self.space.cost(p) < floor - 1e-9]
        chance = np.array([float(ndtr(np.min(predict(p), initial=9.0) / MODEL_ERROR)) for p in moves])
        worth = chance * np.array([cost - self.space.cost(p) for p in moves])
        order = [k for k in np.argsort(-worth, kind="stable") if chance[k] >= LEAST_CHANCE]
        for start in range(0, min(len(order), self.effort.patience), self.effort.batch):
            batch = [moves[k] for k in order[start : start + self.effort.batch]]
            self._try(batch)
            kept = self._cheapest(batch)
            if kept is not None:
                return kept
        return best

    def _leaps(self, plan: Plan, predict: Callable[[Plan], Floats]) -> list[Plan]:
        """Plans with many heads less at once: as many as the model thinks can go, two thirds and a third of them."""
        chain = [plan]
        while len(chain) <= _LONGEST_LEAP:
            below = [p for k in range(len(plan)) if self._is_bounded(p := _moved(chain[-1], k, -1))]
            fit = [p for p in below if np.min(predict(p), initial=9.0) >= MODEL_ERROR and not self.space.breach(p)]
            if not fit:
                break
            chain.append(max(fit, key=lambda p: (np.min(predict(p), initial=9.0), -self.space.cost(p))))
        last = len(chain) - 1
        return [chain[k] for k in dict.fromkeys((last, 2 * last // 3, last // 3)) if k > 1]

    def _cheapest(self, plans: Sequence[Plan]) -> Plan | None:
        return next((plan for plan in sorted(plans, key=self.space.cost) if self.keeps(plan)), None)

    def _try(self, plans: Sequence[Plan], replications: int = 0) -> None:
        self.trials.run(plans, replications or self.effort.replications)

    def _is_bounded(self, plan: Plan) -> bool:
        return all(lever.low <= n <= lever.high for lever, n in zip(self.space.levers, plan, strict=True))

    def _moves(self, plan: Plan) -> Iterator[Plan]:
        """Plans within three single steps that keep the rules, nearest first."""
        steps = [(k, step) for k in range(len(plan)) for step in (-1, +1)]
        seen = {plan}
        for size in range(1, _LARGEST_MOVE + 1):
            for chosen in combinations_with_replacement(steps, size):
                if len(seen) > _MOST_MOVES:
                    return
                moved = list(plan)
                for k, step in chosen:
                    moved[k] += step
                target = tuple(moved)
                if target not in seen and self._is_bounded(target):
                    seen.add(target)
                    if not self.space.breach(target):
                        yield target

    def _model(self, plan: Plan) -> Callable[[Plan], Floats]:
        """What the heights of a plan near by are expected to be, from the single steps that were tried."""
        here, tried = self._heights(plan), set(self.trials.plans)
        slopes: dict[tuple[int, int], Floats] = {}
        for k in range(len(plan)):
            for step in (-1, +1):
                near = _moved(plan, k, step)
                slopes[k, step] = self._slope(plan, near) if near in tried else np.zeros(len(here))

        def predict(target: Plan) -> Floats:
            heights = here.copy()
            for k, (new, old) in enumerate(zip(target, plan, strict=True)):
                if new != old:
                    heights += abs(new - old) * slopes[k, 1 if new > old else -1]
            return heights

        return predict

    def _slope(self, plan: Plan, near: Plan) -> Floats:
        """What the step to a plan near by changes, over the replications that both have."""
        here, there = self.trials.raw(plan), self.trials.raw(near)
        both = min(len(here), len(there))
        return heights(there[:both], self.promises) - heights(here[:both], self.promises)

    def _heights(self, plan: Plan) -> Floats:
        return heights(self.trials.raw(plan), self.promises)


def heights(raw: Floats, promises: Sequence[Promise]) -> Floats:
    """How far each promise is above its target, in logits (calls: in logarithms); 0 where nothing was measured."""
    top, bottom = raw[..., 0].sum(axis=0), raw[..., 1].sum(axis=0)
    out = np.zeros(len(promises))
    for k, promise in enumerate(promises):
        if bottom[k] <= 0:
            out[k] = 9.0
        elif promise.is_limit:
            out[k] = np.log(promise.target + 1e-3) - np.log(top[k] / bottom[k] + 1e-3)
        else:
            share = (top[k] + _FEWEST_COUNTS) / (bottom[k] + 2 * _FEWEST_COUNTS)
            share = min(max(share, 1e-6), 1 - 1e-6)
            out[k] = np.log(share / (1 - share)) - np.log(promise.target / (1 - promise.target))
    return out


def _violation(height: Floats) -> float:
    return float(np.maximum(-height, 0.0).sum())


def _moved(plan: Plan, place: int, step: int) -> Plan:
    return (*plan[:place], plan[place] + step, *plan[place + 1 :])


def shifted(promises: Sequence[Promise], shifts: Sequence[float]) -> tuple[Promise, ...]:
    """The promises with their targets moved, shares within 0.01 to 0.999; calls to people stay as they are."""
    moved = zip(promises, shifts or [0.0] * len(promises), strict=True)
    return tuple(
        one if one.is_limit else replace(one, target=min(max(one.target + shift, 0.01), 0.999)) for one, shift in moved
    )
