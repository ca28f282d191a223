"""Which line of support each group is, and what visits of tickets to the lines look like, kind by kind."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import Timeline
from twin.calibrate.readers.record import Record
from twin.calibrate.tickets.spells import AWAY, Spells

Ints = NDArray[np.int64]
Floats = NDArray[Any]
Mask = NDArray[np.bool_]

_FIRST_LINE_RATIO: Final = 0.15  # of all tickets begin in a group: it is a first line
_LEAST_CHANCE: Final = 1e-4
_LEAST_WAITS: Final = 5.0


@dataclass(frozen=True)
class Desks:
    """Lines of support: their names, and the number of the line of each queue of the log."""

    names: tuple[str, ...]
    of_queue: Ints

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the queues of a scenario: first visits to each desk, then later ones to each."""
        return (*self.names, *(f"{name} again" for name in self.names))


@dataclass(frozen=True)
class Visits:
    """Stays of tickets at lines of support before their first resolution, in order of ticket and time.

    ticket, queue, desk; station  the desk, with first visits and later ones told apart (`Desks.stations`);
    minutes  of business time at the desk, in line or in hand;
    away  minutes elsewhere (customer, vendor), as far as known, over `aways` waits; is_away  at the end of the record;
    before  share of the desk time before the first wait (nan: none);
    to  station it was handed to, -1: resolved, -2: still there.
    """

    ticket: Ints
    queue: Ints
    desk: Ints
    station: Ints
    minutes: Floats
    away: Floats
    aways: Ints
    is_away: Mask
    before: Floats
    to: Ints


@dataclass(frozen=True)
class Habits:
    """What tickets of one kind do at one station.

    next  probability of each station after a visit, what is left is resolved; relative  desk time of a visit, relative
    to other stations; wait_probability, wait_mean, wait_cv (minutes), wait_after  of waits on customer or vendor.
    """

    next: Floats
    relative: float
    wait_probability: float
    wait_mean: float
    wait_cv: float
    wait_after: float


def desks_of(record: Record, spells: Spells) -> Desks:
    """Lines as the column map's levels say; else groups in which many tickets begin are the first line, the rest the
    second."""
    names, levels = record.log.names.queues, record.levels
    first = np.bincount(spells.place[np.append(True, np.diff(spells.ticket) != 0)], minlength=len(names))
    if levels:
        line = np.array([levels.get(name, 0) for name in names])
        used = sorted({int(one) for one in line if one > 0})
        line = np.where(line > 0, line, used[0])
        return Desks(tuple(f"L{one}" for one in used), np.searchsorted(used, line).astype(np.int64))
    share = first / max(first.sum(), 1)
    is_first = (share >= _FIRST_LINE_RATIO) | np.array([name == record.column_map.no_group for name in names])
    if is_first.all() or not is_first.any():
        return Desks(("L1",), np.zeros(len(names), np.int64))
    return Desks(("L1", "L2"), np.where(is_first, 0, 1).astype(np.int64))


def visits_of(spells: Spells, desks: Desks, clock: Timeline, tick_min: float) -> Visits:
    """All visits of a record, as known at its end."""
    rows = np.flatnonzero((spells.attempt == 0) & (spells.state <= AWAY))
    key = spells.ticket[rows] * (int(spells.visit.max(initial=0)) + 1) + spells.visit[rows]
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    count, state = len(first), spells.state[rows]
    begin, until = spells.begin[rows], spells.until[rows]
    at_desk = np.where(state != AWAY, clock.open_ticks(begin, until), 0) * tick_min
    away = np.where(state == AWAY, until - begin, 0) * tick_min
    ticket, queue = spells.ticket[rows[first]], spells.place[rows[first]]
    waited = np.maximum.accumulate(np.where(state == AWAY, np.arange(len(rows)), -1)) >= first[number]
    minutes = np.bincount(number, at_desk, count)
    ahead = np.bincount(number, at_desk * ~waited, count)
    aways = np.bincount(number, state == AWAY, count).astype(np.int64)
    last = np.append(first[1:], len(rows)) - 1
    is_end = until[last] >= spells.end_ticks
    follows = np.append(np.diff(ticket) == 0, False)
    desk = desks.of_queue[queue]
    is_first = np.append(True, np.diff(ticket) != 0)
    station = desk + len(desks.names) * ~is_first
    to = np.where(follows, np.append(station[1:], 0), np.where(is_end & (spells.resolved_first()[ticket] < 0), -2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        before = np.where(aways > 0, np.where(minutes > 0, ahead / minutes, 0.5), np.nan)
    return Visits(
        ticket, queue, desk, station, minutes, np.bincount(number, away, count), aways,
         (state[last] == AWAY) & (to == -2), before, to.astype(np.int64),
    )  # fmt: skip


def habits_of(visits: Visits, belongs: Floats, stations: int) -> list[list[Habits]]:
    """Habits by kind (columns of `belongs`, rows are tickets) and station."""
    return [
        [_habits(visits, belongs[visits.ticket, kind] * (visits.station == at), stations) for at in range(stations)]
        for kind in range(belongs.shape[1])
    ]


def _habits(visits: Visits, weight: Floats, stations: int) -> Habits:
    ended = weight * (visits.to > -2)
    total = max(float(ended.sum()), 1e-9)
    following = np.array([float((ended * (visits.to == at)).sum()) / total for at in range(stations)])
    following = np.where(following < _LEAST_CHANCE, 0.0, following)
    following *= min(1.0, 0.95 / max(float(following.sum()), 1e-9))
    relative = float((ended * visits.minutes).sum()) / total
    waits = ended * (visits.aways > 0)
    many = float(waits.sum())
    if many < _LEAST_WAITS:
        return Habits(following, relative, 0.0, 0.0, 0.0, 0.5)
    mean = float((waits * visits.away).sum()) / many
    variance = float((waits * (visits.away - mean) ** 2).sum()) / many
    after = float((waits * np.nan_to_num(visits.before, nan=0.0)).sum()) / many
    return Habits(following, relative, many / total, mean, float(np.sqrt(variance) / max(mean, 1e-9)), after)


def visit_means(habits: list[Habits], start: int, mean: float, cv: float) -> tuple[Floats, float]:
    """Mean desk time of a visit to each station, and the cv of visits, that give a path from `start` this mean and cv.

    The path is a chain of independent visits; what its random length already varies is taken off the visits' own.
    """
    stations = len(habits)
    step = np.array([one.next for one in habits])
    counts = np.linalg.solve(np.eye(stations) - step.T, np.eye(stations)[start])
    relative = np.array([max(one.relative, 1e-6) for one in habits])
    scale = mean / float(counts @ relative)
    means = scale * relative
    onward = np.linalg.solve(np.eye(stations) - step, means)
    wanted = (mean * cv) ** 2
    between = float(counts @ (step @ onward**2 - (step @ onward) ** 2))
    own = float(counts @ means**2)
    return means, float(np.sqrt(max(wanted - between, 0.04 * own) / own))
