"""How much requests on the same cores cost each other, from levels at which they met more and less often.

Processes that take turns find the caches full of each other's data, so the CPU seconds of a request grow with how many
are worked on at the same time. Steady light load hardly shows it; a few users who all start at once do. CPU seconds of
a level, over what its requests would take on average, are taken to grow with the others met: 1 + cost x met.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.calibrate.requests.evidence import Evidence, means

LEAST_CONTRAST = 1.0  # others met at the most crowded level, more than at the least crowded one
FEWEST_LEVELS = 4
CONFIDENCE = 0.9
LEAST_RATE, MOST_RATES = 0.1, 64  # of a station in a workload


@dataclass(frozen=True, slots=True)
class Hindrance:
    """By which share each other request on the cores makes work longer, with interval.

    met  how many others a request met at the steady levels.
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
    """The cost of company, by weighted least squares over the levels; none where they differ too little to tell.

    Its interval comes from how the levels scatter around the line, so drift of the machine widens it.
    """
    if len(data.levels) < FEWEST_LEVELS or any(name not in data.stations for name in data.limits.stations):
        return NONE
    met, busy_s = np.array([_met(data, level.from_s, level.to_s) for level in data.levels]).T
    if np.ptp(met) < LEAST_CONTRAST:
        return NONE
    spent = sum(data.spent(name, data.edges())[::2] for name in data.limits.stations)
    relative = spent / np.array([_usual_work(data, level.from_s, level.to_s) for level in data.levels])
    columns, scale = np.column_stack([np.ones_like(met), met]), np.sqrt(busy_s)[:, None]
    (base, slope), *_ = np.linalg.lstsq(columns * scale, relative * scale[:, 0], rcond=None)
    residuals = (relative - columns @ (base, slope)) * scale[:, 0]
    variance = residuals @ residuals / (len(met) - 2)
    deviation = float(np.sqrt(variance * np.linalg.inv((columns * scale).T @ (columns * scale))[1, 1]) / base)
    cost, reach = float(slope / base), _student(len(met) - 2) * deviation
    if cost <= reach:
        return NONE
    steady = np.array([not level.beat_s for level in data.levels])
    return Hindrance(cost, cost - reach, cost + reach, float(np.average(met[steady], weights=busy_s[steady])))


def _met(data: Evidence, from_s: float, to_s: float) -> tuple[float, float]:
    """How many others a request being worked on met on average, and for how long somebody was there."""
    record = data.record
    edges = np.concatenate([[from_s], record.start_s, record.end_s, [to_s]])
    change = np.concatenate([[0], np.ones(len(record)), -np.ones(len(record)), [0]])
    order = np.argsort(edges, kind="stable")
    present = np.minimum(np.cumsum(change[order])[:-1], data.limits.workers)
    length = np.diff(np.clip(edges[order], from_s, to_s)) * (present > 0)
    return float((length * (present - 1)).sum() / max(length.sum(), 1e-12)), float(length.sum())


def _usual_work(data: Evidence, from_s: float, to_s: float) -> float:
    """What the requests of a span would take if each took the mean of its class over all levels."""
    record = data.record
    share = np.clip(np.minimum(record.end_s, to_s) - np.maximum(record.start_s, from_s), 0.0, None)
    share = share / np.maximum(record.end_s - record.start_s, 1e-9)
    usual: Any = np.where(data.classes.of >= 0, np.nan_to_num(means(data, data.got_s))[data.classes.of], data.got_s)
    return float((share * usual).sum())


def _student(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf((1 + CONFIDENCE) / 2, freedom))
