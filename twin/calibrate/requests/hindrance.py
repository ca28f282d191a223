"""How much requests on the same cores cost each other, from requests of one kind that met more and fewer others.

Processes that take turns find the caches full of each other's data, so the work of a request grows with how many are
worked on at the same time. It is taken to grow with the others met: 1 + cost x met. Requests are compared within their
class, at the machine's usual pace, and within their level where no probe told the pace. So neither the mix nor a
machine that drifts looks like company.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from twin.calibrate.requests.evidence import Evidence, work_within
from twin.calibrate.requests.record import Level

ROUNDS = 20
BLOCK_S, FEWEST_BLOCKS = 10.0, 8
LEAST_CONTRAST = 1e-9  # others met, between two requests that are compared
CONFIDENCE = 0.9
LEAST_RATE, MOST_RATES = 0.1, 64  # of a station in a workload


@dataclass(frozen=True, slots=True)
class Hindrance:
    """By which share each other request on the cores makes work longer, with interval.

    met  how many others a request met at the steady levels, on average over their work.
    """

    cost: float = 0.0
    low: float = 0.0
    high: float = 0.0
    met: float = 0.0

    def rates(self, workers: int) -> tuple[float, ...]:
        """What the cores get done with 1, 2, ... requests, relative to no hindrance; empty without any.

        As many as there are workers, and no lower than a station of a scenario may have them.
        """
        if not self.cost:
            return ()
        return tuple(max(LEAST_RATE, 1.0 / (1.0 + self.cost * others)) for others in range(min(workers, MOST_RATES)))


NONE = Hindrance()


def hindrance(data: Evidence) -> Hindrance:
    """The cost of company, by weighted least squares over the requests; none where it cannot be told from none.

    A request weighs as much as its class and level take on average, so that work wrongly given to one request and taken
    from another that was there at the same time adds up to nothing. The interval counts blocks of ten seconds as one.
    Delay that loads no core would hide the cost, as it passes for all who wait at the same time: it is taken off first.
    """
    used = np.flatnonzero(data.is_used & (data.got_s > 0))
    if len(used) == 0:
        return NONE
    level = _level_of(data)[used]
    cell = _cells(data, used, level)
    count, met = np.bincount(cell), data.met[used]
    got = _without_delay(data, data.got_s[used], (np.bincount(cell, data.got_s[used]) / count)[cell], met)
    usual, usual_met = (np.bincount(cell, what) / count for what in (got, met))
    excess, distance = got / usual[cell] - 1.0, met - usual_met[cell]
    _, block = np.unique(data.record.start_s[used] // BLOCK_S, return_inverse=True)
    if np.ptp(distance) < LEAST_CONTRAST or block.max() + 1 < FEWEST_BLOCKS:
        return NONE
    cost, column, weight = cost_of(excess, distance, usual_met[cell], usual[cell])
    moment = np.bincount(block, weight * (excess - cost * column))
    reach = float(stdtrit(len(moment) - 1, (1 + CONFIDENCE) / 2)) * float(np.sqrt(moment @ moment) / (weight @ column))
    if cost <= reach:
        return NONE
    steady = np.isin(level, [number for number, one in enumerate(data.levels) if not one.beat_s])
    return Hindrance(cost, cost - reach, cost + reach, float(np.average(met[steady], weights=got[steady])))


def cost_of(excess: Any, distance: Any, usual_met: Any, usual: Any) -> tuple[float, Any, Any]:
    """The cost of company with which work exceeds the usual in its cell as it does, and the column and weights by which
    it was found.

    excess, distance  of each piece of work over what its cell usually takes (a share of it) and meets, of which some
    must differ; usual_met, usual  what the cell meets and takes.
    """
    cost, column, weight = 0.0, distance, usual * distance
    for _ in range(ROUNDS):
        column = distance / (1.0 + cost * usual_met)
        weight = usual * column
        cost = max(0.0, float(weight @ excess / (weight @ column)))
    return cost, column, weight


def _level_of(data: Evidence) -> Any:
    """Number of the level in which each request came and went; -1 outside."""
    level = np.full(len(data.record), -1)
    for number, one in enumerate(data.levels):
        level[data.record.within(one)] = number
    return level


def _cells(data: Evidence, used: Any, level: Any) -> Any:
    """Which of the used requests are compared: those of a class; without a probe of the pace also of a level."""
    apart = level if data.record.speed is None else np.zeros_like(level)
    return np.unique(np.column_stack([data.classes.of[used], apart]), axis=0, return_inverse=True)[1]


def _without_delay(data: Evidence, got: Any, usual: Any, met: Any) -> Any:
    """What requests got, less the delay in it: the same share of each kind's usual time, by the utilisation law.

    While it passes, those who are there at the same time are given a part of it each.
    """
    if not data.is_watched:
        return got
    spent = sum(float(data.spent(name, data.edges())[::2].sum()) for name in data.stations)
    delay = max(0.0, 1.0 - spent / work_within(data)) * got.sum() * usual / (1.0 + met) / (usual / (1.0 + met)).sum()
    return np.maximum(got - delay, 0.0)


def met_at(data: Evidence, level: Level) -> float:
    """How many others the requests of a level met, on average over their work."""
    inside = data.record.within(level)
    return float(np.average(data.met[inside], weights=data.got_s[inside]))
