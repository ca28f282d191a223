"""Nodes of the reference engine: which are in use, which one a request gets, and how many an autoscaler orders."""

from collections.abc import Callable

from twin.simulate import order
from twin.simulate import request_plan as P
from twin.simulate.request_places import At, DelayNode, LinedNode, Node, Now, SharedNode
from twin.tape import requests as R

_KINDS: tuple[Callable[[int, Now, At], Node], ...] = (SharedNode, LinedNode, DelayNode)


class Balancer:
    """All nodes of all stations."""

    def __init__(self, plan: P.RequestPlan, agenda_rows: int, now: Now, at: At) -> None:
        self._plan, self._agenda_rows, self._now, self._at = plan, agenda_rows, now, at
        self.nodes: list[Node] = []
        for row, rates in zip(plan.station.tolist(), plan.rate.tolist(), strict=True):
            for place in range(row[P.STATION_MOST]):
                node = _KINDS[row[P.STATION_KIND]](row[P.STATION_SERVERS], now, at)
                node.rates = rates
                node.is_ordered = node.is_ready = place < row[P.STATION_START]
                self.nodes.append(node)
        self._last = [int(row[P.STATION_MOST]) - 1 for row in plan.station]

    def of(self, station: int) -> range:
        """Numbers of the nodes of a station."""
        first, most = self._plan.station[station, [P.STATION_NODE, P.STATION_MOST]].tolist()
        return range(first, first + most)

    def choose(self, station: int) -> int:
        """The node that takes the next request at a station, -1 if none serves."""
        nodes = self.of(station)
        if self._plan.station[station, P.STATION_BALANCE]:
            return min((n for n in nodes if self.nodes[n].is_serving), key=lambda n: self.nodes[n].bound, default=-1)
        for step in range(1, len(nodes) + 1):
            place = (self._last[station] + step) % len(nodes)
            if self.nodes[nodes[place]].is_serving:
                self._last[station] = place
                return nodes[place]
        return -1

    def note(self, kind: int, number: int, value: int) -> None:
        """A row of the agenda comes true."""
        if kind == R.LOOK:
            self._look(number)
            return
        node = self.nodes[number]
        if kind in (R.PAUSE, R.RESUME):
            node.pauses += 1 if kind == R.PAUSE else -1
            node.set_speed()
        elif kind == R.SPEED:
            node.usual_speed = value
            node.set_speed()
        else:
            node.outs += 1 if kind == R.OUT else -1

    def _look(self, station: int) -> None:
        row, nodes = self._plan.station[station].tolist(), [self.nodes[n] for n in self.of(station)]
        used = sum(node.usage.since_last_look() * node.is_serving for node in nodes)
        whole = row[P.STATION_SERVERS] * row[P.STATION_EVERY] * row[P.STATION_TARGET]
        wanted = min(max(-(-used * 1000 // whole), row[P.STATION_LEAST]), row[P.STATION_MOST])
        ordered = [node for node in nodes if node.is_ordered]
        for n in self.of(station):
            if len(ordered) < wanted and not self.nodes[n].is_ordered:
                self._order(n, row[P.STATION_LAG])
                ordered.append(self.nodes[n])
        if len(ordered) == len([node for node in nodes if node.is_ready]):
            for node in reversed(ordered[wanted:]):
                node.is_ordered = node.is_ready = False

    def _order(self, number: int, lag: int) -> None:
        self.nodes[number].is_ordered = True
        self._at(self._now() + lag, order.AGENDA, self._agenda_rows + number, lambda: self._is_up(number))

    def _is_up(self, number: int) -> None:
        self.nodes[number].is_ready = True
