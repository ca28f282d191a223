"""Which of several scenarios is best: multiple comparisons with the best, and what would change the answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.decide.compare import Comparison
from twin.decide.staffing.space import Space
from twin.experiment.replicate import Result
from twin.experiment.selection import best_intervals
from twin.spec.scenario import Scenario

Floats = NDArray[np.float64]
Where = tuple[tuple[str, str], ...]

CRITERIA: tuple[tuple[str, Where, bool], ...] = (
    ("attainment", (), True),
    ("availability", (("function", "whole"), ("variant", "service_hours")), True),
)


@dataclass(frozen=True)
class Contender:
    """One scenario against the best of the others: estimate, and bounds of its lead (negative: it lags).

    may_be_best  the upper bound is above 0; is_best  the lower bound is 0.
    """

    name: str
    estimate: float
    lead_low: float
    lead_high: float
    cost: float

    @property
    def may_be_best(self) -> bool:
        """Whether it can't be ruled out as the best."""
        return self.lead_high > 0.0

    @property
    def is_best(self) -> bool:
        """Whether it is the best, with the confidence of the comparison."""
        return self.lead_low >= 0.0 and self.lead_high > 0.0


@dataclass(frozen=True)
class Verdict:
    """The contenders by one measure, in the order of the comparison; all bounds hold together.

    needed  replications that would separate the two foremost: NaN where they are equal, infinite beyond 10^9.
    """

    measure: str
    where: Where
    contenders: tuple[Contender, ...]
    confidence: float
    replications: int
    needed: float

    @property
    def foremost(self) -> Contender:
        """The contender with the best estimate."""
        return max(self.contenders, key=lambda one: (one.lead_low + one.lead_high, one.estimate))

    @property
    def choice(self) -> Contender:
        """The cheapest of those that may be best; the foremost among equals."""
        fit = [one for one in self.contenders if one.may_be_best] or [self.foremost]
        least = min(one.cost for one in fit)
        return max((one for one in fit if one.cost <= least * (1 + 1e-9)), key=lambda one: one.lead_high)


def staffing_cost(scenario: Scenario) -> float:
    """Cost of the staffing a year, in the currency of its section, else in head-hours; 0 without tiers."""
    try:
        space = Space(scenario)
    except ValueError:
        return 0.0
    return space.cost(space.present)


def verdicts(comparison: Comparison, confidence: float = 0.95) -> tuple[Verdict, ...]:
    """One verdict for each criterion that all scenarios measured."""
    found = []
    for name, where, more_is_better in CRITERIA:
        values = [_values(result, name, where) for result in comparison.results]
        if all(one is not None and np.isfinite(one).all() for one in values):
            found.append(_verdict(comparison.results, name, where, [v for v in values if v is not None],
                                  1.0 if more_is_better else -1.0, confidence))  # fmt: skip
    return tuple(found)


def _verdict(
    results: Sequence[Result], name: str, where: Where, values: list[Floats], sign: float, confidence: float
) -> Verdict:
    table = sign * np.stack(values, axis=1)
    low, high = best_intervals(table, confidence)
    contenders = tuple(
        Contender(result.scenario.name, float(column.mean()), float(low[k]), float(high[k]),
                  staffing_cost(result.scenario))
        for k, (result, column) in enumerate(zip(results, values, strict=True))
    )  # fmt: skip
    order = np.argsort(-table.mean(axis=0), kind="stable")
    gap = table[:, order[0]] - table[:, order[1]]
    lead, error = float(gap.mean()), float(gap.std(ddof=1))
    chance = (1.0 - confidence) / (len(values) * (len(values) - 1))
    return Verdict(name, where, contenders, confidence, len(table), _needed(lead, error, chance))


def _needed(lead: float, error: float, chance: float) -> float:
    """Fewest replications whose interval (one-sided, of that chance of error) leaves the lead above 0; NaN for none.

    error  standard deviation of the lead between replications. Beyond 10^9 it is infinite.
    """
    from scipy.special import stdtrit

    if lead <= 0:
        return math.nan
    below, enough = 1, 2
    while float(stdtrit(enough - 1, 1.0 - chance)) * error / math.sqrt(enough) >= lead:
        below, enough = enough, 2 * enough
        if enough > 10**9:
            return math.inf
    while enough - below > 1:
        middle = (below + enough) // 2
        is_enough = float(stdtrit(middle - 1, 1.0 - chance)) * error / math.sqrt(middle) < lead
        below, enough = (below, middle) if is_enough else (middle, enough)
    return float(enough)


def _values(result: Result, name: str, where: Where) -> Floats | None:
    """Value of each replication, linearised so that their mean is the ratio of sums; None if it was not measured."""
    place = next((k for k, cell in enumerate(result.cells) if cell.name == name and cell.where == where), None)
    if place is None:
        return None
    top, bottom = result.raw[:, place, 0], result.raw[:, place, 1]
    if bottom.sum() == 0:
        return None
    ratio = top.sum() / bottom.sum()
    return np.asarray(ratio + (top - ratio * bottom) / bottom.mean())
