"""Message queues to other systems: what waits while a link is shut, and how long it takes to catch up."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import DOWN, UP
from twin.measures.cells import Cell, cell
from twin.measures.frame import Frame
from twin.measures.reading import Reading, numbers
from twin.spec.graph import components_below
from twin.spec.risks import Link

Array = NDArray[Any]


class Backlog(NamedTuple):
    """A fluid queue over a span of time. Times in ticks, amounts in messages.

    sent, delayed  messages in all, and those that found the link shut or others waiting.
    waited         messages in the queue, summed over time; most  in the queue at once.
    catch_ups      ticks from each reopening that found a backlog until it was gone (or the end).
    """

    sent: float
    delayed: float
    waited: float
    most: float
    catch_ups: tuple[float, ...]


def fluid(cuts: Array, inflow: Array, outflow: Array) -> Backlog:
    """The queue that starts empty and fills by `inflow` and empties by `outflow`, messages per tick, on each segment.

    Exact: the queue is linear between the cuts and the instants at which it runs empty.
    """
    level = sent = delayed = waited = most = 0.0
    catch_ups: list[float] = []
    shut, since = False, -1.0
    for begin, length, a, s in zip(*(one.tolist() for one in (cuts[:-1], np.diff(cuts), inflow, outflow)), strict=True):
        if s == 0.0 and since >= 0:
            catch_ups.append(begin - since)
            since = -1.0
        elif s > 0.0 and shut and level > 0.0:
            since = begin
        shut = s == 0.0
        sent += a * length
        empties = _empties_after(level, a, s)
        filled = min(empties, length)
        waited += level * filled + (a - s) * filled**2 / 2.0
        delayed += a * filled
        level = 0.0 if empties <= length else level + (a - s) * filled
        most = max(most, level)
        if since >= 0 and empties <= length:
            catch_ups.append(begin + filled - since)
            since = -1.0
    return Backlog(sent, delayed, waited, most, (*catch_ups, *([float(cuts[-1]) - since] if since >= 0 else [])))


def _empties_after(level: float, inflow: float, outflow: float) -> float:
    if level == 0.0 and outflow >= inflow:
        return 0.0
    return level / (outflow - inflow) if outflow > inflow else np.inf


class Links:
    """Backlog, delay and catch-up of each link in measured time; queues are empty at its start."""

    def __init__(self, frame: Frame) -> None:
        self.frame, self.links = frame, frame.scenario.links
        self.needs = {name: components_below(frame.scenario, one.component) for name, one in self.links.items()}
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out: list[Cell] = []
        for name in self.links:
            out += [cell("link_delayed", "1", "ratio", link=name), cell("link_delay", "min", "ratio", link=name)]
            out += [cell("link_backlog_max", "messages", "mean", link=name)]
            out += [cell("link_catch_up", "min", "ratio", link=name), cell("link_down", "min/year", "mean", link=name)]
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        found = (self._one(reading, name, link) for name, link in self.links.items())
        return np.concatenate([np.zeros((0, 2)), *found])

    def _one(self, reading: Reading, name: str, link: Link) -> Array:
        frame, minute = self.frame, self.frame.ticks_per_min
        at, down = self._down(reading, self.needs[name])
        sends, runs = frame.timeline(link.calendar), frame.timeline(link.window)
        edges = [at, *(line.opens for line in (sends, runs)), *(line.closes for line in (sends, runs))]
        cuts = np.unique(np.concatenate([[frame.warm_up, frame.horizon], *edges]))
        cuts = cuts[(cuts >= frame.warm_up) & (cuts <= frame.horizon)]
        is_down = down[np.searchsorted(at, cuts[:-1], side="right") - 1] if len(at) else np.zeros(len(cuts) - 1, bool)
        tick = frame.tick_s
        found = fluid(
            cuts.astype(np.float64), sends.is_open(cuts[:-1]) * link.rate * tick,
            (runs.is_open(cuts[:-1]) & ~is_down) * link.capacity * tick,
        )  # fmt: skip
        lost = float((np.diff(cuts) * is_down).sum()) / minute * frame.per_year
        return np.concatenate([
            numbers(found.delayed, found.sent), numbers(found.waited / minute, found.sent), numbers(found.most),
            numbers(sum(found.catch_ups) / minute, len(found.catch_ups)), numbers(lost),
        ])  # fmt: skip

    def _down(self, reading: Reading, needs: tuple[str, ...]) -> tuple[Array, Array]:
        """Ticks at which the state may change, from the start on, and whether something is down from then."""
        log, parts = reading.log, reading.names.components
        chosen = [k for k, name in enumerate(parts) if name in needs]
        rows = np.flatnonzero(np.isin(log.event, (DOWN, UP)) & np.isin(log.place, chosen))
        count = np.cumsum(np.where(log.event[rows] == DOWN, 1, -1))
        at = np.concatenate([[0], log.at[rows]])
        return at, np.concatenate([[False], count > 0])
