"""The last rounds: which of at most twenty plans keep every promise, and the confirmation on chance never seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.decide.staffing.space import Plan
from twin.decide.staffing.trials import FRESH_FROM, Promise, Trials, months_of, score_of
from twin.experiment.selection import feasible
from twin.spec.scenario import Scenario

Floats = NDArray[np.float64]

MOST_FINALISTS: Final = 20
ROUNDS: Final = 3
CONFIRMING_MONTHS: Final = 1000
LOOKS: Final = (1, 2, 4)
_CLEAR = 2.0
_UNLIKELY = 1.0
_BELOW = 3


@dataclass(frozen=True)
class Confirmed:
    """A finalist and what fresh months say: verdict "kept", "missed" or "undecided"; raw numbers, or none if it was
    dropped before."""

    plan: Plan
    cost: float
    verdict: str
    raw: Floats | None = None


def finalists(trials: Trials, best: Plan, promises: Sequence[Promise]) -> list[Plan]:
    """A round's plans in the order of cost, at most twenty in all rounds: the best found, cheaper ones that are not
    clearly short of a promise, and the next dearer ones, in case it fails."""
    cost = {plan: trials.space.cost(plan) for plan in trials.plans if not trials.space.breach(plan)}
    sure = {plan: _sureness(trials, plan, promises) for plan in cost}
    below = [p for p in cost if cost[p] < cost[best] - 1e-9 and sure[p] > -_CLEAR]
    below = sorted(below, key=lambda p: -sure[p])[:_BELOW]
    above = [p for p in cost if cost[p] >= cost[best] - 1e-9 and p != best and sure[p] > _UNLIKELY]
    above = sorted(above, key=lambda p: (round(cost[p], 6), -sure[p]))[: MOST_FINALISTS // ROUNDS - 1 - len(below)]
    return sorted((best, *below, *above), key=lambda p: (round(cost[p], 6), -sure[p]))


def screened(
    trials: Trials, plans: Sequence[Plan], promises: Sequence[Promise], replications: int, alpha: float,
    tolerance: float,
) -> list[Plan]:  # fmt: skip
    """The plans that longer trials on common tapes don't find short of a promise: by sequential feasibility checks,
    and by estimates a standard error below a target, which confirmation would hardly overturn."""
    trials.run(plans, replications)
    left = []
    for plan in plans:
        found = feasible(excess(trials.raw(plan), promises), alpha, tolerance, len(plans))
        if found.min(initial=1.0) >= 0 and _sureness(trials, plan, promises) > -_UNLIKELY:
            left.append(plan)
    return left


def confirmed(
    trials: Trials, plans: Sequence[Plan], confidence: float, months: int = CONFIRMING_MONTHS, round_: int = 0
) -> list[Confirmed]:
    """Plans in the order of cost until one keeps every promise on the fresh months of the round.

    The chance to accept any plan that misses a promise is at most 1 - confidence: it is shared among the rounds, their
    plans, and the three looks at growing numbers of months.
    """
    first = confirming_replications(trials.space.scenario, months)
    each = 1.0 - (1.0 - confidence) / (max(len(plans), 1) * len(LOOKS) * ROUNDS)
    found: list[Confirmed] = []
    for plan in plans:
        if any(_is_hopeless(trials, plan, earlier, each) for earlier in found):
            continue
        found.append(_look(trials, plan, first, each, FRESH_FROM * (1 + round_)))
        if found[-1].verdict == "kept":
            break
    return found


def confirming_replications(scenario: Scenario, months: int) -> int:
    """Replications that measure at least so many months, at least 10."""
    return max(math.ceil(months / months_of(scenario)), 10)


def _is_hopeless(trials: Trials, plan: Plan, earlier: Confirmed, confidence: float) -> bool:
    """Whether a plan that could not be confirmed, plus what sets this one apart on common tapes, falls short too."""
    if earlier.raw is None:
        return False
    both = min(len(trials.raw(plan)), len(trials.raw(earlier.plan)))
    score = score_of(earlier.raw, trials.promises)
    gap = score_of(trials.raw(plan)[:both], trials.promises).slack
    gap = gap - score_of(trials.raw(earlier.plan)[:both], trials.promises).slack
    return bool(np.any(score.low(confidence) + gap < 0))


def _look(trials: Trials, plan: Plan, first: int, confidence: float, fresh_from: int) -> Confirmed:
    raw, done, verdict = None, 0, "undecided"
    for times in LOOKS:
        until = first * times
        fresh = trials.fresh([plan], range(fresh_from + done, fresh_from + until))[0]
        raw, done = fresh if raw is None else np.concatenate([raw, fresh]), until
        score = score_of(raw, trials.promises)
        if score.keeps(confidence):
            verdict = "kept"
            break
        high = 2 * score.slack - score.low(confidence)
        if np.any(high < 0):
            verdict = "missed"
        if np.any(score.slack < 0):
            break
    return Confirmed(plan, trials.space.cost(plan), verdict, raw)


def excess(raw: Floats, promises: Sequence[Promise]) -> Floats:
    """Per replication and promise what is kept above the target, in shares; its mean is at least 0 if it is kept."""
    bottom = raw[..., 1].mean(axis=0)
    target = np.array([one.target for one in promises])
    sign = np.array([-1.0 if one.is_limit else 1.0 for one in promises])
    scale = np.where([one.is_limit for one in promises], target, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = sign * (raw[..., 0] - target * raw[..., 1]) / (bottom * scale)
    return np.where(bottom > 0, values, 0.0)


def luck(trials: Trials, found: Sequence[Confirmed], months: int, round_: int) -> list[float]:
    """How much better each promise looks on the common tapes than on the round's fresh months, all that there are, by
    the finalist that came closest.

    The tapes are common, so the same luck favours every plan like it; targets are raised by it for the next round.
    """
    measured = [one for one in found if one.raw is not None]
    if not measured:
        return [0.0] * len(trials.promises)

    def slack(one: Confirmed) -> float:
        return float(np.nanmin(score_of(one.raw, trials.promises).slack)) if one.raw is not None else -math.inf

    nearest = max(measured, key=slack)
    first, start = confirming_replications(trials.space.scenario, months), FRESH_FROM * (1 + round_)
    raw = np.zeros((0, len(trials.promises), 2)) if nearest.raw is None else nearest.raw
    rest = range(start + len(raw), start + LOOKS[-1] * first)
    raw = np.concatenate([raw, *(trials.fresh([nearest.plan], rest) if len(rest) else ())])
    gap = trials.score(nearest.plan).estimate - score_of(raw, trials.promises).estimate
    return [float(value) for value in np.nan_to_num(gap)]


def _sureness(trials: Trials, plan: Plan, promises: Sequence[Promise]) -> float:
    score = score_of(trials.raw(plan), promises)
    error = np.maximum(score.error, 1e-9)
    with np.errstate(invalid="ignore"):
        ratio = score.slack / error
    known = ratio[~np.isnan(ratio)]
    return float(known.min(initial=np.inf))


