"""Go, no-go, or not enough evidence: every target held against the one-sided bound of what was measured.

Go needs each bound to clear its target. All of them must, so none needs a correction for their number (Berger 1982,
intersection-union test). No-go needs a target to be missed beyond doubt: its other bound, at a level shared among all
targets (Bonferroni), lies on the wrong side; so a system that keeps everything is turned away in at most 1 - confidence
of all cases. Whatever lies between names the measurement that is missing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from twin.decide.bounds import Bound, needed_for_share
from twin.decide.evidence import Card, Evidence, Measured
from twin.decide.goals import UNIT_S, Goal, Goals
from twin.units import format_duration

MOST_WAIT_H = 24.0 * 365


class Verdict(Enum):
    """What the evidence says; the values are words for people."""

    GO = "go"
    NO_GO = "no-go"
    NOT_ENOUGH = "not enough evidence"


EXIT_CODES = {Verdict.GO: 0, Verdict.NO_GO: 1, Verdict.NOT_ENOUGH: 2}


@dataclass(frozen=True, slots=True)
class Check:
    """One condition. reason  why, in words; remedy  the missing measurement, with how long it takes where known.

    limit  in `unit`; NaN where the condition is no number. of  what a share is the share of, e.g. "within 2 s".
    """

    name: str
    verdict: Verdict
    reason: str
    remedy: str = ""
    unit: str = ""
    limit: float = math.nan
    is_most: bool = True
    bound: Bound | None = None
    why: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """The decision with everything it rests on."""

    goals: Goals
    verdict: Verdict
    checks: tuple[Check, ...]
    card: Card
    evidence: tuple[Evidence, ...]

    def failing(self, verdict: Verdict) -> list[Check]:
        """The checks with that verdict."""
        return [check for check in self.checks if check.verdict is verdict]


def gate(goals: Goals, evidence: Sequence[Evidence], now: datetime) -> Gate:
    """The decision over all evidence. now  an aware instant, to tell how old the calibration is."""
    card = goals.card
    for one in evidence:
        card = card.joined(one.card)
    pairs = [(goal, measure) for goal in goals.targets for measure in _chosen(goal, evidence)]
    each = 1.0 - (1.0 - goals.confidence) / max(1, len(pairs))
    checks = [_check(goal, measure, goals, each) for goal, measure in pairs]
    matched = {id(goal) for goal, _ in pairs}
    checks += [_unmeasured(goal) for goal in goals.targets if id(goal) not in matched]
    checks += [_load(goals, evidence), *_calibration(goals, evidence, now), _card(card)]
    found = {check.verdict for check in checks}
    order = (Verdict.NO_GO, Verdict.NOT_ENOUGH, Verdict.GO)
    return Gate(goals, next(one for one in order if one in found), tuple(checks), card, tuple(evidence))


def _chosen(goal: Goal, evidence: Sequence[Evidence]) -> list[Measured]:
    return [
        measure for one in evidence for measure in one.measures
        if measure.name == goal.measure and goal.where.items() <= measure.where.items()
    ]  # fmt: skip


def _unmeasured(goal: Goal) -> Check:
    what = " ".join([goal.measure, *goal.where.values()]).replace("_", " ")
    return Check(
        goal.name or what, Verdict.NOT_ENOUGH, f"{what} was never measured: 0 samples",
        f"a measurement of {what}", why=goal.why,
    )  # fmt: skip


def _check(goal: Goal, measure: Measured, goals: Goals, each: float) -> Check:
    """One target against one measure, at the gate's confidence for go and at `each` for no-go."""
    name = _name(goal, measure)
    is_most, limit = goal.at_most is not None, goal.limit(measure.unit)
    if goal.share is None:
        bound, strict = measure.mean(goals.confidence), measure.mean(each)
        check = Check(name, Verdict.GO, "", unit=measure.unit, limit=limit, is_most=is_most, bound=bound, why=goal.why)
    else:
        bound, strict = (measure.share(limit, is_most, level) for level in (goals.confidence, each))
        of = _within(limit, measure.unit, is_most)
        check = Check(name, Verdict.GO, "", "", "1", goal.share, is_most=False, bound=bound, why=goal.why, of=of)
    if measure.n == 0:
        what = f"a measurement of {name}"
        return replace(check, verdict=Verdict.NOT_ENOUGH, reason="0 samples: nothing was measured", remedy=what)
    allowance = goal.allowance or 0.0
    if _clears(check, bound, -allowance):
        return _with_inputs(goal, measure, replace(check, reason=_words(check, "clears")))
    if _misses(check, strict, allowance):
        return replace(check, verdict=Verdict.NO_GO, reason=_words(check, "misses"), remedy=measure.remedy)
    return replace(
        check,
        verdict=Verdict.NOT_ENOUGH,
        reason=_words(check, "cannot tell"),
        remedy=_more(check, measure, goals.confidence, each),
    )


def _with_inputs(goal: Goal, measure: Measured, check: Check) -> Check:
    is_certain = measure.source == "measured" or measure.has_input_uncertainty or goal.allowance is not None
    if is_certain:
        return check
    return replace(
        check, verdict=Verdict.NOT_ENOUGH, reason=f"{check.reason}; but its inputs were taken as certain",
        remedy="a simulation with its inputs drawn anew in each run, or an allowance for them in the target",
    )  # fmt: skip


def _clears(check: Check, bound: Bound, slack: float) -> bool:
    return bound.high <= check.limit + slack if check.is_most else bound.low >= check.limit - slack


def _misses(check: Check, bound: Bound, slack: float) -> bool:
    return bound.low > check.limit + slack if check.is_most else bound.high < check.limit - slack


def _words(check: Check, verb: str) -> str:
    bound = check.bound
    assert bound is not None
    worst = bound.high if check.is_most else bound.low
    side = "upper" if check.is_most else "lower"
    if math.isnan(worst):
        return f"{bound.n:,} samples give no bound"
    said = {
        "clears": "clears the target", "misses": "the target is missed beyond doubt",
        "cannot tell": "does not clear the target, and does not rule it out",
    }[verb]  # fmt: skip
    if verb == "misses":
        return f"{said} by {bound.n:,} samples"
    return f"the {side} bound of {bound.n:,} samples {said}"


def _more(check: Check, measure: Measured, confidence: float, each: float) -> str:
    """How much more must be measured, and how long that takes at the pace of the test.

    confidence, each  what a go and what a no-go needs; the estimate says which of them more samples would lead to.
    """
    bound = check.bound
    assert bound is not None
    if math.isinf(bound.estimate):
        return "some answers never came, so a mean has no bound; give the target a share instead"
    if check.unit != "1" or not 0.0 <= bound.estimate <= 1.0:
        needed = max(_needed_for_mean(check, bound), bound.n + 1.0)
    else:
        effect = bound.n / bound.effective if bound.effective else 1.0
        is_kept = bound.estimate <= check.limit if check.is_most else bound.estimate >= check.limit
        needed = needed_for_share(bound.estimate, check.limit, effect, confidence if is_kept else each)
        needed = max(needed, bound.n + 1.0)
    if not math.isfinite(needed):
        return f"the estimate lies on the target; no length of test tells: improve {check.name}, or move the target"
    noun = "simulated runs" if measure.source == "simulated" else "samples"
    text = f"about {max(0, round(needed) - bound.n):,} more {noun} of {check.name}"
    hours = max(0.0, needed - bound.n) / measure.per_h if measure.per_h else math.nan
    if math.isnan(hours):
        return text
    if hours > MOST_WAIT_H:
        return f"{text}: over a year at the pace of this test; improve {check.name}, or move the target"
    return f"{text}: {format_duration(60.0 * math.ceil(60.0 * hours))} more at the pace of this test"


def _needed_for_mean(check: Check, bound: Bound) -> float:
    reach = (bound.high - bound.low) / 2.0
    gap = abs(bound.estimate - check.limit)
    if math.isnan(reach):
        return 2.0 * bound.n + 2
    return bound.n * (reach / gap) ** 2 if gap > 0 else math.inf


def _load(goals: Goals, evidence: Sequence[Evidence]) -> Check:
    name, levels = "load", [one.most_load for one in evidence if one.most_load is not None]
    if goals.load is None:
        reason = "the load expected after go-live is not stated"
        return Check(name, Verdict.NOT_ENOUGH, reason, "the expected load, as load: {expected: ...} in the targets")
    most, expected = max(levels, default=0.0), goals.load.expected
    unit = next((one.load_unit for one in evidence if one.most_load is not None), "users")
    said = f"{expected:g} {unit} are expected, {most:g} were measured"
    if expected <= goals.most_beyond * most:
        return Check(name, Verdict.GO, said)
    if goals.load.limits and most > 0:
        return Check(name, Verdict.GO, f"{said}; more are kept away: {goals.load.limits}")
    remedy = f"a step of the load test with at least {math.ceil(expected / goals.most_beyond)} {unit}"
    return Check(name, Verdict.NOT_ENOUGH, f"{said}: beyond {goals.most_beyond:g} times the highest", remedy)


def _calibration(goals: Goals, evidence: Sequence[Evidence], now: datetime) -> list[Check]:
    name, found = "calibration", [one.calibration for one in evidence if one.calibration is not None]
    if not found:
        return [Check(name, Verdict.NOT_ENOUGH, "nothing says how fast the system was", "a calibration run")]
    checks = []
    for one in found:
        age_s = (now - one.made_at).total_seconds() if one.made_at.tzinfo else math.nan
        remedy = f"a new calibration: {one.minutes:g} min"
        if not 0 <= age_s + 300 <= goals.fresh_within + 300:
            shown = format_duration(round(age_s, -1)) if age_s > 0 else "of no known age"
            reason = f"the calibration is stale: {shown}, at most {format_duration(goals.fresh_within)} counts"
            checks.append(Check(name, Verdict.NOT_ENOUGH, reason, remedy))
        elif one.drift is None:
            checks.append(Check(name, Verdict.NOT_ENOUGH, "whether the speed has moved was not measured", remedy))
        elif max(one.drift[2] - 1.0, 1.0 - one.drift[1]) > goals.most_drift:
            low, high = (100 * (x - 1.0) for x in one.drift[1:])
            reason = f"the speed moved by {low:+.0f} to {high:+.0f} % since; {goals.most_drift:.0%} is allowed"
            checks.append(Check(name, Verdict.NOT_ENOUGH, reason, remedy))
        else:
            reason = f"fresh, and the speed moved by {100 * (one.drift[0] - 1.0):+.1f} % since"
            checks.append(Check(name, Verdict.GO, reason))
    return checks


def _card(card: Card) -> Check:
    missing = [part.replace("_", " ") for part in card.missing()]
    if not missing:
        return Check("credibility card", Verdict.GO, "complete")
    parts = ", ".join(missing)
    return Check("credibility card", Verdict.NOT_ENOUGH, f"empty: {parts}", f"the card's {parts}, in the targets file")


def _within(limit: float, unit: str, is_most: bool) -> str:
    side = "at most" if is_most else "at least"
    if unit in UNIT_S:
        return f"within {format_duration(limit * UNIT_S[unit])}" if is_most else f"{side} {limit:g} {unit}"
    return f"{side} {100 * limit:g} %" if unit == "1" else f"{side} {limit:g}"


def _name(goal: Goal, measure: Measured) -> str:
    rest = [value for key, value in measure.where.items() if key not in goal.where]
    words = [goal.name or measure.name, *(goal.where.values() if not goal.name else ()), *rest]
    return " ".join(words).replace("_", " ")
