"""Small unavailabilities from regenerative cycles: only busy times are simulated, and those that matter more often.

A cycle begins when something fails while all is up, and ends when all is up again. The time between cycles is known,
so U = E[downtime of a cycle] / (mean time all up + E[length of a cycle]). Two things make long outages frequent:
- of many candidate cycles, those with a long first repair or a long takeover are run more often (systematic sampling
  with probabilities proportional to a first-order forecast of the downtime, weighted back);
- in most of those, further units of the component fail sooner, as the downtime to come of it demands (weighted back by
  the likelihood ratio of a mixture with the natural course). Both weights are bounded whatever the law of the repair.
Cycles come in independent batches, and the interval is one over batches.
Sources: Heidelberger (1995), Fast simulation of rare events in queueing and reliability models; Shahabuddin (1994),
Importance sampling for the simulation of highly reliable Markovian systems (failure biasing); Madow (1949), On the
theory of systematic sampling II.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.experiment.busy_times import BusyTimes
from twin.experiment.intervals import ratio_interval
from twin.experiment.regeneration import components_needed
from twin.experiment.table import Row
from twin.simulate.fast.cycles import DOWN_TICKS, LENGTH, LOG_ROWS
from twin.spec.scenario import Scenario

Floats = NDArray[np.float64]

BATCHES, FEWEST_OUTAGES = 50, 100


@dataclass(frozen=True)
class RareResult:
    """Unavailability with its interval, and what it rests on.

    cycles     busy times simulated; events  rows of their logs, those run again for longer included.
    bias       share of the cycles in which failures are brought about.
    effective_cycles, effective_outages   (sum of weights)^2 / sum of squares, of all cycles and of their downtime.
    mean_weight   1 but for chance.
    """

    row: Row
    cycles: int
    events: int
    bias: float
    effective_cycles: float
    effective_outages: float
    mean_weight: float


def unavailability(
    scenario: Scenario, function: str = "whole", cycles: int = 20_000, seed: int = 1, bias: float = 0.9,
    confidence: float = 0.95,
) -> RareResult:  # fmt: skip
    """Long-run unavailability of a function, of a component or of the whole, with a ratio interval over batches.

    cycles  below 10,000 the interval tends to be too short: at 2,500, 90 % coverage was found where 95 % was asked.
    bias  share of the cycles in which failures are brought about, at least 0 (none) and below 1.
    Raises ValueError if the world does not regenerate (naming each mechanism), if there is no such function, or if
    too few cycles met an outage for the interval to be trusted.
    """
    if cycles < 10 * BATCHES or not 0.0 <= bias < 1.0:
        raise ValueError(f"give at least {10 * BATCHES} cycles, not {cycles}, and a bias in [0, 1), not {bias}")
    busy = BusyTimes(scenario, components_needed(scenario, function), bias, seed)
    size = -(-cycles // BATCHES)
    found = [busy.batch(seed, number, size) for number in range(BATCHES)]
    sums, weight = np.stack([one for one, _ in found]), np.stack([one for _, one in found])
    down, length = weight * sums[:, :, DOWN_TICKS], weight * sums[:, :, LENGTH]
    outages = _effective(down)
    if outages < FEWEST_OUTAGES:
        raise ValueError(
            f"the estimate would rest on {outages:.0f} outages in effect (least {FEWEST_OUTAGES}); "
            f"give more cycles than {cycles}"
        )
    idle = size / busy.rate
    u = ratio_interval(down.sum(axis=1), idle + length.sum(axis=1), confidence)
    row = Row(
        "unavailability", {"function": function}, "1", float(u.estimate), max(float(u.low), 0.0), float(u.high),
        confidence, BATCHES, "",
    )  # fmt: skip
    return RareResult(
        row, weight.size, int(sums[:, :, LOG_ROWS].sum()), bias, _effective(weight), outages,
        float(weight.mean()),
    )  # fmt: skip


def _effective(weights: Floats) -> float:
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0
