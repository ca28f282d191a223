"""A phone line's next days: simulated, by closed form, and as they really were."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from twin.calibrate.calls import HOURS, Calls, CallsFit, calls_data, fit_calls
from twin.eventlog.log import EventLog
from twin.eventlog.schema import ABANDONED, OPENED, STARTED
from twin.simulate.run import EngineName, Model
from twin.spec.load import load_data
from twin.theory.abandonment import erlang_a


@dataclass(frozen=True)
class Level:
    """Share of the served answered within the limit, and share of callers who gave up."""

    service_level: float
    abandoned: float

    @property
    def both(self) -> tuple[float, float]:
        """Service level and abandonment."""
        return self.service_level, self.abandoned


@dataclass(frozen=True)
class CallsForecast:
    """The test days as they were, as simulated (with the 80 % interval over replications), by Erlang A hour by hour,
    and as the days of the training were."""

    fit: CallsFit
    real: Level
    twin: Level
    low: Level
    high: Level
    closed_form: Level
    carry_forward: Level


def forecast_calls(
    calls: Calls, begin: datetime, train_until: datetime, test_until: datetime, *, limit_s: float = 20.0,
    reps: int = 20, seed: int = 1, engine: EngineName = "auto", source: str = "calls",
) -> CallsForecast:  # fmt: skip
    """What the calls before an instant say of the days after it. Raises ValueError if there are too few calls."""
    before, after = calls.between(begin, train_until), calls.between(train_until, test_until)
    fit = fit_calls(before, lambda one: closed_form(one, limit_s).both, limit_s)
    days = (test_until - train_until).days
    model = Model(load_data(calls_data(fit, train_until, days, source, limit_s)).scenario)
    runs = [_level(model.run(model.tape(seed, r), engine), limit_s) for r in range(reps)]
    every = np.array([[one.service_level, one.abandoned] for one in runs])
    low, high = np.quantile(every, [0.1, 0.9], axis=0).tolist()
    return CallsForecast(
        fit, Level(after.service_level(limit_s), after.abandoned), Level(*every.mean(axis=0).tolist()), Level(*low),
        Level(*high), closed_form(fit, limit_s), Level(before.service_level(limit_s), before.abandoned),
    )  # fmt: skip


def closed_form(fit: CallsFit, limit_s: float) -> Level:
    """Service level and abandonment if each hour of the week were stationary M/M/n+M, weighed by calls.

    Source: Mandelbaum and Zeltyn (2007); hour by hour as Green and Kolesar (1991), pointwise stationary approximation.
    """
    served = within = total = 0.0
    for slot in range(HOURS):
        rate, heads = float(fit.rate_per_h[slot]), int(fit.heads[slot])
        if rate > 0:
            line = _line(rate / 3600, 1 / fit.service_s, heads, 1 / fit.patience_s, limit_s)
            total += rate
            served += rate * (1 - line.abandon_probability)
            within += rate * line.served_within_limit
    return Level(within / served, 1 - served / total)


_line = lru_cache(maxsize=4096)(erlang_a)


def _level(log: EventLog, limit_s: float) -> Level:
    opened = np.full(int(log.entity.max(initial=0)) + 1, -1, np.int64)
    opened[log.entity[log.event == OPENED]] = log.at[log.event == OPENED]
    begun = log.event == STARTED
    waits = log.at[begun] - opened[log.entity[begun]]
    gone = int((log.event == ABANDONED).sum())
    return Level(float((waits <= limit_s).mean()), gone / max(gone + int(begun.sum()), 1))
