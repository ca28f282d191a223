"""What is read from request logs of workloads whose answers are known, in the units of the table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twin.eventlog.requests import OK, UNFINISHED, RequestLog

UNIT_MS = 10.0  # what a unit of time of the table lasts here, so that a run has enough requests
Data = dict[str, Any]
Reader = Callable[[RequestLog], tuple[float, float]]


def length(units: float) -> str:
    """So many units of time of the table, as a scenario writes it."""
    return f"{units * UNIT_MS!r} ms"


def exponential(units: float) -> Data:
    """An exponential length."""
    return {"mean": length(units), "cv": 1.0, "law": "exponential"}


def per(units: float) -> str:
    """A rate per unit of time."""
    return f"{1000.0 * units / UNIT_MS!r} / s"


@dataclass(frozen=True)
class Known:
    """A number known exactly and how a log estimates it: numerator and denominator of one replication."""

    name: str
    exact: float
    read: Reader


@dataclass(frozen=True)
class RequestWorld:
    """A workload as plain data, with what is known about it; units of time of one run, the first tenth not measured."""

    workload: Data
    known: Sequence[Known]
    units: float
    replications: int = 12


def _done(log: RequestLog, transaction: int | None = None) -> Any:
    chosen = (log.outcome == OK) & (log.start_at >= log.measured_from)
    return chosen if transaction is None else chosen & (log.transaction == transaction)


def _took(log: RequestLog, transaction: int | None = None) -> Any:
    chosen = _done(log, transaction)
    return (log.end_at - log.intended_at)[chosen] * log.tick_s * 1000.0 / UNIT_MS


def _units(log: RequestLog) -> float:
    return (log.end_ticks - log.measured_from) * log.tick_s * 1000.0 / UNIT_MS


def mean(transaction: int | None = None) -> Reader:
    """Mean response in units."""
    return lambda log: (float(_took(log, transaction).sum()), float(len(_took(log, transaction))))


def quantile(p: float) -> Reader:
    """Quantile of responses in units."""
    return lambda log: (float(np.quantile(_took(log), p)), 1.0)


def throughput(transaction: int | None = None) -> Reader:
    """Requests done per unit."""

    def read(log: RequestLog) -> tuple[float, float]:
        chosen = (log.outcome == OK) & (log.end_at >= log.measured_from)
        chosen &= True if transaction is None else log.transaction == transaction
        return float(chosen.sum()), _units(log)

    return read


def in_use(place: int) -> Reader:
    """Servers of a node, or things of a pool, in use on average."""
    return lambda log: (float(log.busy[place]), float(log.end_ticks - log.measured_from))


def share(outcome: int) -> Reader:
    """Share of requests that end so."""

    def read(log: RequestLog) -> tuple[float, float]:
        counted = (log.outcome != UNFINISHED) & (log.start_at >= log.measured_from)
        return float((log.outcome[counted] == outcome).sum()), float(counted.sum())

    return read


def waited(place: int) -> Reader:
    """Mean time at a place per request, in units."""
    return lambda log: (
        float(log.spent[_done(log), place].sum()) * log.tick_s * 1000.0 / UNIT_MS,
        float(_done(log).sum()),
    )
