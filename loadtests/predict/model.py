"""Predictions for other numbers of users from a calibration at light load: the simulator's, MVA's and USL's."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from loadtests.crew import Dealer, mixes
from loadtests.deck import counts
from loadtests.plan import Plan
from loadtests.targets.base import target_of
from twin.calibrate.requests.fit import Calibration
from twin.calibrate.requests.parts import scenario_part
from twin.measures.load import LoadGauge
from twin.simulate.request_run import RequestModel
from twin.spec.load import load_data
from twin.spec.scenario import Scenario
from twin.tape.functions import normal_quantile
from twin.tape.streams import below, name_key, replication_key, uniform
from twin.theory.networks import mva
from twin.theory.scalability import fit_scalability, knee

CONFIDENCE = 0.9
Z90 = 1.645
PACES = tuple(k / 20 for k in range(16, 29))  # 0.8 to 1.4


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


def mix_of(plan: Plan) -> dict[str, float]:
    """Share of each verb in all transactions, as the decks deal it in the long run."""
    personas = counts({name: persona.share for name, persona in plan.personas.items()})
    shares: dict[str, float] = {}
    for name, mix in mixes(plan, target_of(plan.target.address)).items():
        for verb, count in counts(mix.weights).items():
            shares[verb] = shares.get(verb, 0.0) + personas[name] * count / 10_000
    return shares


def mixes_dealt(plan: Plan, amounts: Sequence[float]) -> list[dict[str, float]]:
    """Share of each verb in rows of so many transactions, one row after the other, as the plan's seed deals them."""
    dealer = Dealer(plan, target_of(plan.target.address))
    rows = [Counter(dealer.deal().verb for _ in range(max(1, round(amount)))) for amount in amounts]
    return [{verb: count / row.total() for verb, count in row.items()} for row in rows]


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


def scenario_of(
    found: Calibration, plan: Plan, mix: Mapping[str, float], users: int, settle_s: float, length_s: float
) -> Scenario:
    """A scenario with so many users of the plan's mix; transactions never seen are left out of it."""
    part = scenario_part(found)
    seen = {verb: share for verb, share in mix.items() if verb in part["transactions"]}
    total = sum(seen.values())
    users_part = {
        "users": users,
        "think": {"mean": f"{plan.think.mean!r} s", "law": plan.think.name},
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
    cost = company.cost + (company.high - company.low) / (2 * Z90) * normal_quantile(uniform(key, len(found.steps) + 1))
    steps = []
    for k, step in enumerate(found.steps):
        spread = (step.high_s - step.low_s) / (2 * Z90)
        mean = max(step.mean_s + spread * normal_quantile(uniform(key, k + 1)), 0.1 * step.mean_s)
        steps.append(replace(step, mean_s=max(mean * common, 1e-6)))
    sure = replace(company, cost=max(cost, 0.0)) if company.cost else company
    return replace(found, steps=tuple(steps), hindrance=sure)


def simulated(
    found: Calibration, plan: Plan, users: Sequence[int], settle_s: float, length_s: float, drift_cv: float, *,
    reps: int = 40, seed: int = 1, method: str = "simulator", dealt: Sequence[Mapping[str, float]] = (),
) -> list[Prediction]:  # fmt: skip
    """Predictions of a window of `length_s` with each number of users: the uncertainty of the demands included.

    dealt  mixes of the transactions, one for each number of users (default: the plan's in the long run).
    """
    rows = []
    for level, (count, mix) in enumerate(zip(users, dealt or [mix_of(plan)] * len(users), strict=True)):
        values: list[Any] = []
        for replication in range(level * reps, (level + 1) * reps):  # so that levels are not off together
            sure = drawn(found, drift_cv, seed, replication)
            scenario = scenario_of(sure, plan, mix, count, settle_s, length_s)
            model, gauge = RequestModel(scenario), LoadGauge(_workload(scenario))
            raw = gauge.measure(model.run(model.tape(seed, replication)))
            with np.errstate(invalid="ignore", divide="ignore"):
                values.append(raw[:, 0] / raw[:, 1])
        low, high = np.nanquantile(np.array(values), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
        mean = np.nanmean(np.array(values), axis=0)
        for k, cell in enumerate(gauge.cells):
            where = dict(cell.where)
            if (
                "transaction" in where
                and cell.name in NAMES
                and (where["transaction"] == "all" or cell.name in PER_VERB)
            ):
                verb = "" if where["transaction"] == "all" else where["transaction"]
                rows.append(
                    Prediction(method, count, NAMES[cell.name], verb, float(mean[k]), float(low[k]), float(high[k]))
                )
    return rows


NAMES = {"throughput": "per_s", "response": "mean_s", "response_p95": "p95_s", "response_p99": "p99_s"}
PER_VERB = {"response"}


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


def by_pace(
    found: Calibration, plan: Plan, users: Sequence[int], settle_s: float, length_s: float, drift_cv: float,
    reps: int, dealt: Sequence[Mapping[str, float]],
) -> list[Prediction]:  # fmt: skip
    """The simulator's and MVA's predictions for each of a row of paces that the machine may turn out to have."""
    rows = []
    for seed, pace in enumerate(PACES, start=1):
        slower = scaled(found, pace)
        made = simulated(slower, plan, users, settle_s, length_s, drift_cv, reps=reps, seed=seed, dealt=dealt)
        rows += [replace(row, pace=pace) for row in [*made, *by_mva(slower, plan, users)]]
    return rows


def at_pace(rows: Sequence[Prediction], users: int, pace: float) -> list[Prediction]:
    """Predictions between those for the paces on both sides; none beyond the fastest and the slowest."""
    found = []
    known = [row for row in rows if row.users == users and row.pace is not None]
    for method, measure, verb in dict.fromkeys((row.method, row.measure, row.verb) for row in known):
        mine = [row for row in known if (row.method, row.measure, row.verb) == (method, measure, verb)]
        paces = [row.pace or 1.0 for row in mine]
        if paces[0] <= pace <= paces[-1]:
            columns = [[getattr(row, name) for row in mine] for name in ("estimate", "low", "high")]
            bounds = [float(np.interp(pace, paces, column)) for column in columns if None not in column]
            found.append(Prediction(f"{method} at pace", users, measure, verb, *bounds))
    return found


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


def _workload(scenario: Scenario) -> Any:
    assert scenario.workload is not None
    return scenario.workload
