"""Degraded time: the PLM is up, but answers too slowly for the users present and the nodes that are up."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import DOWN, FAILED, MAINTAINED, MAINTENANCE_ENDED, REPAIRED, UP
from twin.measures.cells import Cell, cell
from twin.measures.frame import Frame
from twin.measures.reading import Reading, numbers
from twin.measures.users import ActiveUsers
from twin.spec.capacity import CapacityCurve
from twin.spec.load_hours import course_of, peak_load
from twin.spec.workload import Workload

Array = NDArray[Any]
_HOUR_S = 3600.0
_YEAR_S = 365 * 86_400.0


class Degraded:
    """Time in which answers are slow, by the capacity curve: users present hour by hour, nodes as the log has them.

    Nodes of a station are the units of its component. While a component of a station is down the PLM is down, not
    degraded.
    """

    def __init__(self, frame: Frame, workload: Workload, curve: CapacityCurve) -> None:
        self._frame, self._workload, self._curve = frame, workload, curve
        self._users = ActiveUsers(frame)
        self._peak = peak_load(frame.scenario, workload, curve)
        self._stations = {name: one.component for name, one in workload.stations.items() if one.component is not None}
        self.cells: tuple[Cell, ...] = (cell("degraded_time", "min/year", "mean"), cell("degraded_ratio", "1", "mean"))

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        frame = self._frame
        changes = {name: self._nodes(reading, name) for name in self._stations}
        step = max(round(_HOUR_S / frame.tick_s), 1)
        cuts = [np.arange(frame.warm_up, frame.horizon, step), np.array([frame.warm_up, frame.horizon]),
                *(at for at, _, _ in changes.values())]  # fmt: skip
        edges = np.unique(np.clip(np.concatenate(cuts), frame.warm_up, frame.horizon)).astype(np.int64)
        begins, ticks = edges[:-1], np.diff(edges)
        nodes, is_up = {}, np.ones(len(begins), bool)
        for name, (at, count, up) in changes.items():
            here = np.searchsorted(at, begins, side="right") - 1
            nodes[name], is_up = count[here], is_up & up[here]
        load = np.diff(self._users.until(edges)) / ticks * self._scale()
        found = course_of(load, ticks * frame.tick_s, self._states(nodes, len(begins)), self._curve, self._workload)
        degraded = float((ticks * (found.is_slow & is_up & (load > 0))).sum()) * frame.tick_s
        total = (frame.horizon - frame.warm_up) * frame.tick_s
        return numbers([degraded / 60.0 * _YEAR_S / total, degraded / total])

    def _scale(self) -> float:
        users = self._frame.scenario.demand.users
        return self._peak / (users.named * users.concurrent_ratio)

    def _states(self, nodes: dict[str, Array], spans: int) -> list[str]:
        table = np.stack([nodes[name] for name in nodes], axis=1) if nodes else np.zeros((spans, 0), np.int64)
        rows, place = np.unique(table, axis=0, return_inverse=True)
        named = [self._curve.state_of(dict(zip(nodes, row.tolist(), strict=True))) for row in rows]
        return [named[k] for k in place.ravel()]

    def _nodes(self, reading: Reading, station: str) -> tuple[Array, Array, Array]:
        """Ticks of change of a station, units up and whether its component is up from each on; the first is tick 0."""
        name = self._stations[station]
        log, names = reading.log, reading.names.components
        where = names.index(name) if name in names else -1
        here = log.place == where
        lost = here & np.isin(log.event, (FAILED, MAINTAINED))
        back = here & np.isin(log.event, (REPAIRED, MAINTENANCE_ENDED))
        switched = here & np.isin(log.event, (DOWN, UP))
        rows = np.flatnonzero(lost | back | switched)
        change = back[rows].astype(np.int64) - lost[rows]
        units = self._frame.scenario.deployment.components[name].units
        is_up = _held(np.where(log.event[rows] == UP, 1, np.where(log.event[rows] == DOWN, 0, -1)))
        at = np.concatenate([[0], log.at[rows]])
        most = self._workload.stations[station].nodes
        count = np.minimum(np.concatenate([[units], units + np.cumsum(change)]), most)
        return at, count, np.concatenate([[True], is_up.astype(bool)])


def _held(values: Array) -> Array:
    """Each -1 replaced by the last value before it that is none, 1 at the start."""
    place = np.maximum.accumulate(np.where(values >= 0, np.arange(len(values)), -1)) if len(values) else values
    return np.where(place >= 0, values[place], 1) if len(values) else values
