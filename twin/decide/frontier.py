"""The frontier of service level against money: which of several plans serves best within each budget."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twin.experiment.replicate import Result, replicate
from twin.experiment.table import Row, tidy
from twin.experiment.tasks import Checkpoint, Progress, part_of
from twin.measures.cells import Cell, cell
from twin.simulate.run import EngineName
from twin.spec.scenario import Scenario


@dataclass(frozen=True)
class Plan:
    """A staffing plan: what the customer pays in a year for it (downtime is no payment), and the level it reaches."""

    name: str
    payments: Row
    level: Row
    is_efficient: bool = False


@dataclass(frozen=True)
class Attainable:
    """The best plan within a budget; None if none is within it, by the upper end of the interval of its payments."""

    service_ratio: float
    budget: float
    plan: Plan | None


@dataclass(frozen=True)
class Frontier:
    """All plans, cheapest first, and what is attainable within each budget, smallest first."""

    currency: str
    measure: str
    plans: tuple[Plan, ...]
    attainable: tuple[Attainable, ...]


def frontier(
    scenarios: Sequence[Scenario], measure: str = "attainment", where: dict[str, str] | None = None, *,
    reps: int = 100, seed: int = 1, engine: EngineName = "auto", workers: int | None = None,
    cluster: str | None = None, progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Frontier:  # fmt: skip
    """Plans on the same random numbers against the budgets that the first scenario names.

    measure, where  the row of the tidy table that is the level, more is better. A plan is efficient if none pays less
    for as much. Raises ValueError if a scenario has no money, the first no budget, or the measure does not exist.
    """
    lacking = next((one.name for one in scenarios if one.money is None), None)
    if lacking is not None:
        example = "money: {currency: EUR, wages: {L1: {per_hour: 40}}, budget: {per_year: 500000}}"
        raise ValueError(f'plan "{lacking}" has no section "money", and so no payments; write e.g. "{example}"')
    money = scenarios[0].money
    if money is None or money.budget is None:
        raise ValueError('the first plan names no budget; write "budget: {per_year: ...}" in its "money" section')
    plans: list[Plan] = []
    for number, scenario in enumerate(scenarios):
        result = replicate(
            scenario, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
            progress=part_of(progress, number * reps, reps * len(scenarios)), checkpoint=checkpoint,
        )  # fmt: skip
        plans.append(_plan(result, measure, where or {}))
    ordered = sorted(plans, key=lambda plan: plan.payments.estimate)
    marked = tuple(Plan(p.name, p.payments, p.level, _is_efficient(p, ordered)) for p in ordered)
    budgets = [(ratio, ratio * money.budget.per_year) for ratio in sorted(money.budget.service_ratios)]
    return Frontier(money.currency, measure, marked, tuple(_best(marked, *one) for one in budgets))


def _plan(result: Result, measure: str, where: dict[str, str]) -> Plan:
    level = next((row for row in result[measure] if row.where == where), None)
    if level is None:
        at = ", ".join(f"{key}={value}" for key, value in where.items()) or "none"
        raise ValueError(f'{result.scenario.name}: no measure "{measure}" ({at}); see twin run --json for the names')
    return Plan(result.scenario.name, payments_of(result), level)


def payments_of(result: Result) -> Row:
    """What the customer pays in a year, with its interval: the cost less the loss from downtime."""
    number = {one: k for k, one in enumerate(result.cells)}
    unit = f"{result.scenario.money.currency}/year" if result.scenario.money else ""
    total, down = (number[cell("cost", unit, "mean", payer="customer", part=part)] for part in ("total", "downtime"))
    paid = result.raw[:, total] - np.stack([result.raw[:, down, 0], np.zeros(result.replications)], axis=1)
    return tidy([Cell("payments", (), unit, "mean")], paid[:, np.newaxis], result.confidence)[0]


def _is_efficient(plan: Plan, plans: Sequence[Plan]) -> bool:
    return not any(
        other is not plan and other.payments.estimate <= plan.payments.estimate
        and other.level.estimate >= plan.level.estimate
        and (other.payments.estimate, other.level.estimate) != (plan.payments.estimate, plan.level.estimate)
        for other in plans
    )  # fmt: skip


def _best(plans: Sequence[Plan], ratio: float, budget: float) -> Attainable:
    affordable = [plan for plan in plans if _high(plan.payments) <= budget and not math.isnan(plan.level.estimate)]
    return Attainable(ratio, budget, max(affordable, key=lambda plan: plan.level.estimate, default=None))


def _high(row: Row) -> float:
    return row.estimate if math.isnan(row.high) else row.high
