"""What a calibration at light load says of other numbers of users: scenarios for the simulator, MVA and USL."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from loadtests.crew import Dealer, mix_of
from loadtests.plan import Plan
from loadtests.targets.base import target_of
from twin.calibrate.requests.fit import Calibration
from twin.calibrate.requests.parts import scenario_part
from twin.spec.load import load_data
from twin.spec.scenario import Scenario
from twin.tape.functions import normal_quantile
from twin.tape.streams import below, name_key, replication_key, uniform
from twin.theory.networks import mva
from twin.theory.scalability import fit_scalability, knee

Z90 = 1.645
SPARE = 1.5  # cards, of those expected to be dealt


@dataclass(frozen=True, slots=True)
class Prediction:
    """One measure with so many users: estimate and 90 % prediction interval (None where a method gives none).

    pace  for a machine on which work takes so many times as long as at calibration; None: whatever it will be.
    """

    method: str
    users: int
    measure: str
    verb: str
    estimate: float
    low: float | None = None
    high: float | None = None
    pace: float | None = None


@dataclass(frozen=True, slots=True)
class Dealt:
    """A row of cards as a load test deals them: what users do, one after the other, and how long each thinks then."""

    verbs: tuple[str, ...]
    think_s: tuple[float, ...]

    def mix(self, first: int, last: int) -> dict[str, float]:
        """Share of each verb in the cards first .. last, counted from 0, the last one not included."""
        verbs = Counter(self.verbs[first:last])
        return {verb: count / verbs.total() for verb, count in verbs.items()}


def dealt_to(plan: Plan, amount: float) -> Dealt:
    """The cards by the plan's seed for users who are expected to do so many, and some to spare: they may do more."""
    dealer = Dealer(plan, target_of(plan.target.address))
    cards = [dealer.deal() for _ in range(math.ceil(SPARE * max(1.0, amount)))]
    return Dealt(tuple(card.verb for card in cards), tuple(dealer.think_s(card.number) for card in cards))


def demand_s(found: Calibration, mix: Mapping[str, float], met: float | None = None) -> tuple[float, float]:
    """Core seconds, and seconds of delay elsewhere, of a transaction of the mix.

    met  how many others it meets on the cores on average; default: as many as at calibration.
    """
    company = 1.0 + found.hindrance.cost * (found.hindrance.met if met is None else met)
    per = {verb: company * seconds for verb, seconds in found.per_transaction().items()}
    delay = {verb: sum(s.visits * s.delay_s for s in found.steps if s.verb == verb) for verb in per}
    known = {verb: share for verb, share in mix.items() if verb in per}
    total = sum(known.values())
    return (
        sum(share * per[verb] for verb, share in known.items()) / total,
        sum(share * delay[verb] for verb, share in known.items()) / total,
    )


def scenario_of(found: Calibration, plan: Plan, users: int, settle_s: float, length_s: float) -> Scenario:
    """A scenario with so many users of the plan's mix; transactions never seen are left out of it."""
    part, mix = scenario_part(found), mix_of(plan)
    seen = {verb: share for verb, share in mix.items() if verb in part["transactions"]}
    total = sum(seen.values())
    users_part = {
        "users": users,
        "think": plan.think.model_dump(mode="json", exclude_none=True),
        "mix": {verb: share / total for verb, share in seen.items()},
    }
    return load_data({
        "name": f"{users} users", "clock": {"start": "2026-01-05", "horizon": "1 h"},
        "workload": {
            **part, "transactions": {verb: part["transactions"][verb] for verb in seen},
            "personas": {"all": users_part},
            "warm_up": f"{settle_s!r} s", "length": f"{settle_s + length_s!r} s",
        },
    }).scenario  # fmt: skip


def drawn(found: Calibration, drift_cv: float, seed: int, replication: int) -> Calibration:
    """The calibration with demands drawn from its intervals, and from the drift of the machine's speed."""
    key = below(replication_key(seed, replication), int(name_key("demand")))
    common = 1 + drift_cv * normal_quantile(uniform(key, 0))
    company = found.hindrance
    cost = company.cost + (company.high - company.cost) / Z90 * normal_quantile(uniform(key, len(found.steps) + 1))
    steps = []
    for k, step in enumerate(found.steps):
        spread = (step.high_s - step.low_s) / (2 * Z90)
        mean = max(step.mean_s + spread * normal_quantile(uniform(key, k + 1)), 0.1 * step.mean_s)
        steps.append(replace(step, mean_s=max(mean * common, 1e-6)))
    sure = replace(company, cost=max(cost, 0.0)) if company.cost else company
    return replace(found, steps=tuple(steps), hindrance=sure)


def by_mva(found: Calibration, plan: Plan, users: Sequence[int]) -> list[Prediction]:
    """Throughput and mean response by exact mean value analysis of the cores, the delay elsewhere and thinking."""
    work, delay = demand_s(found, mix_of(plan))
    cores = max(1, round(found.limits.cores))
    rows = []
    for count in users:
        solution = mva([work, delay], count, plan.think.mean, [cores, 0])
        rows += [
            Prediction("mva", count, "per_s", "", solution.throughput),
            Prediction("mva", count, "mean_s", "", solution.response),
        ]
    return rows


def scaled(found: Calibration, factor: float) -> Calibration:
    """The calibration with all work times a factor."""
    steps = tuple(
        replace(s, mean_s=s.mean_s * factor, low_s=s.low_s * factor, high_s=s.high_s * factor) for s in found.steps
    )
    return replace(found, steps=steps)


def by_usl(light: Sequence[tuple[float, float]], plan: Plan, users: Sequence[int]) -> list[Prediction]:
    """Throughput by the scalability law through the light levels (users, per second); response by Little's law."""
    law = fit_scalability(*zip(*light, strict=True))
    rows = []
    for count in users:
        per_s = law.throughput(count)
        response = count / per_s - plan.think.mean
        rows += [Prediction("usl", count, "per_s", "", per_s), Prediction("usl", count, "mean_s", "", response)]
    return rows


def knee_of(found: Calibration, plan: Plan) -> float:
    """Users at which the cores, with all workers busy, would saturate if nobody waited."""
    work, delay = demand_s(found, mix_of(plan), found.limits.workers - 1)
    return knee([work, delay], plan.think.mean, [max(1, round(found.limits.cores)), 1_000_000])
