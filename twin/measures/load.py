"""Measures of a request log: throughput, response times and their quantiles, errors, utilisation."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.requests import LOCKED, OK, UNFINISHED, RequestLog
from twin.measures.cells import Cell
from twin.spec.workload import Workload

Array = NDArray[np.float64]

QUANTILES = (0.5, 0.95, 0.99)
ALL = "all"


class LoadGauge:
    """Cells, and the numbers of one request log for them, over [warm_up, length) of a workload.

    Response times count from when a request was due, so a user who is late for the next one does not hide the delay.
    Refused, failed and timed-out requests are errors; one that found its object checked out by another is not.
    Rows: `all` transactions together and each by itself, background work apart; then stations (delays apart) and pools.
    """

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._transactions = (ALL, *workload.transactions)
        self._seen = np.array([not one.is_background for one in workload.personas.values()])
        self.cells: tuple[Cell, ...] = tuple(self._made())

    def _made(self) -> Iterator[Cell]:
        for name in self._transactions:
            where = (("transaction", name),)
            yield Cell("throughput", where, "1/s", "mean")
            yield Cell("response", where, "s", "ratio")
            for p in QUANTILES:
                yield Cell(f"response_p{100 * p:g}", where, "s", "mean")
            yield Cell("error_ratio", where, "1", "ratio")
            yield Cell("locked_ratio", where, "1", "ratio")
        for name, station in self._workload.stations.items():
            if station.kind != "delay":
                yield Cell("utilisation", (("station", name),), "1", "mean")
        for name in self._workload.pools:
            yield Cell("utilisation", (("pool", name),), "1", "mean")

    def measure(self, log: RequestLog) -> Array:
        """Numerators and denominators, float64, shape (len(cells), 2)."""
        length_s = (log.end_ticks - log.measured_from) * log.tick_s
        counted = self._seen[log.persona] & (log.outcome != UNFINISHED) & (log.end_at >= log.measured_from)
        took = (log.end_at - log.intended_at)[counted] * log.tick_s
        transaction, outcome = log.transaction[counted], log.outcome[counted]
        rows: list[tuple[float, float]] = []
        for number in range(-1, len(self._transactions) - 1):
            chosen = slice(None) if number < 0 else transaction == number
            rows += _requests(took[chosen], outcome[chosen], length_s)
        return np.array([*rows, *self._utilisations(log, length_s)])

    def _utilisations(self, log: RequestLog, length_s: float) -> Iterator[tuple[float, float]]:
        stations, first = self._workload.stations, 0
        most = {name: one.autoscaling.most if one.autoscaling else one.nodes for name, one in stations.items()}
        for name, station in stations.items():
            used = float(log.busy[first : first + most[name]].sum()) * log.tick_s / length_s
            first += most[name]
            if station.kind != "delay":
                yield used / (station.servers * station.nodes), 1.0
        for pool in self._workload.pools.values():
            instances = most[pool.per] if pool.per else 1
            used = float(log.busy[first : first + instances].sum()) * log.tick_s / length_s
            first += instances
            yield used / (pool.size * (stations[pool.per].nodes if pool.per else 1)), 1.0


def _requests(took: Array, outcome: Array, length_s: float) -> Iterator[tuple[float, float]]:
    is_ok = outcome == OK
    good = took if is_ok.all() else took[is_ok]
    locked = 0 if len(good) == len(took) else int((outcome == LOCKED).sum())
    yield len(good) / length_s, 1.0
    yield float(good.sum()), float(len(good))
    for value in quantiles(good):
        yield value, float(len(good) > 0)
    yield float(len(took) - len(good) - locked), float(len(took))
    yield float(locked), float(len(took))


def quantiles(values: Array) -> list[float]:
    """The QUANTILES of some values: the smallest one that such a share does not exceed; 0 of none."""
    if not len(values):
        return [0.0] * len(QUANTILES)
    ranks = [max(int(np.ceil(p * len(values) - 1e-9)), 1) - 1 for p in QUANTILES]
    return [float(one) for one in np.partition(values, ranks)[ranks]]


def corrected(took: Array, interval: float) -> Array:
    """Response times with those added that a client who waits for its answers never measured (coordinated omission).

    took, interval  in the same unit: what was measured, and the time between intended starts. A request that took
    longer than the interval hid later ones, due meanwhile, which would have taken one interval less each.
    Source: Tene, How NOT to Measure Latency; HdrHistogram, recordValueWithExpectedInterval.
    """
    hidden = [np.arange(one - interval, interval / 2, -interval) for one in took[took > interval]]
    return np.concatenate([took, *hidden])
