"""Measures of a request log: throughput, response times and their quantiles, errors, utilisation."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.requests import OK, UNFINISHED, RequestLog
from twin.measures.cells import Cell
from twin.spec.workload import Workload

Array = NDArray[np.float64]

QUANTILES = (0.5, 0.95, 0.99)
ALL = "all"


class LoadGauge:
    """Cells, and the numbers of one request log for them, over [warm_up, length) of a workload.

    Response times count from when a request was due, so a user who is late for the next one does not hide the delay.
    Rows: `all` transactions together and each by itself, background work apart; then stations and pools.
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
        for name in self._workload.stations:
            yield Cell("utilisation", (("station", name),), "1", "mean")
        for name in self._workload.pools:
            yield Cell("utilisation", (("pool", name),), "1", "mean")

    def measure(self, log: RequestLog) -> Array:
        """Numerators and denominators, float64, shape (len(cells), 2)."""
        length_s = (log.end_ticks - log.measured_from) * log.tick_s
        counted = self._seen[log.persona] & (log.outcome != UNFINISHED) & (log.end_at >= log.measured_from)
        took = (log.end_at - log.intended_at)[counted] * log.tick_s
        transaction, is_ok = log.transaction[counted], log.outcome[counted] == OK
        rows: list[tuple[float, float]] = []
        for number in range(-1, len(self._transactions) - 1):
            chosen = slice(None) if number < 0 else transaction == number
            rows += _requests(took[chosen], is_ok[chosen], length_s)
        return np.array([*rows, *self._utilisations(log, length_s)])

    def _utilisations(self, log: RequestLog, length_s: float) -> Iterator[tuple[float, float]]:
        sizes, first, nodes = list[int](), 0, dict[str, int]()
        for name, station in self._workload.stations.items():
            nodes[name] = station.autoscaling.most if station.autoscaling else station.nodes
            sizes.append(nodes[name])
        sizes += [nodes[pool.per] if pool.per else 1 for pool in self._workload.pools.values()]
        stations, pools = self._workload.stations.values(), self._workload.pools.values()
        servers = [one.servers * one.nodes for one in stations]
        servers += [pool.size * (self._workload.stations[pool.per].nodes if pool.per else 1) for pool in pools]
        for size, capacity in zip(sizes, servers, strict=True):
            yield float(log.busy[first : first + size].sum()) * log.tick_s / length_s / capacity, 1.0
            first += size


def _requests(took: Array, is_ok: NDArray[np.bool_], length_s: float) -> Iterator[tuple[float, float]]:
    good = took if is_ok.all() else took[is_ok]
    yield len(good) / length_s, 1.0
    yield float(good.sum()), float(len(good))
    for value in quantiles(good):
        yield value, float(len(good) > 0)
    yield float(len(took) - len(good)), float(len(took))


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
