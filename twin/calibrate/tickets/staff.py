"""Effective staffing: who acted when, and how many tickets a desk had in hand at once."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import Timeline
from twin.calibrate.readers.record import Record
from twin.calibrate.tickets.desks import Desks
from twin.calibrate.tickets.spells import AWAY, Spells

Ints = NDArray[np.int64]
Floats = NDArray[Any]

_PROBES: Final = 2000
_TYPICAL: Final = 0.9


@dataclass(frozen=True)
class Staff:
    """Per desk: people seen to act in a working hour (90th percentile), tickets at the desk at once (most and 5th
    percentile of the working hours of the second half of the record), and tickets per person at once."""

    people: Floats
    most_at_once: Ints
    people_by_hour: Floats

    @property
    def at_once(self) -> Floats:
        """Tickets that one person has at once, at the busiest."""
        return np.asarray(self.most_at_once / np.maximum(self.people, 1.0))


def staff_of(record: Record, spells: Spells, desks: Desks, clock: Timeline) -> Staff:
    """Effective staffing of each desk of a record."""
    count = len(desks.names)
    opens, closes = clock.opens, np.minimum(clock.closes, record.log.end_ticks)
    length = int((closes - opens).sum())
    probes = clock.advance(np.zeros(_PROBES, np.int64), (np.arange(_PROBES) + 1) * (length // (_PROBES + 1)))
    most = np.zeros(count, np.int64)
    for desk in range(count):
        rows = (desks.of_queue[spells.place] == desk) & (spells.state < AWAY)
        begun = np.searchsorted(np.sort(spells.begin[rows]), probes, side="right")
        gone = np.searchsorted(np.sort(spells.until[rows]), probes, side="right")
        there = begun - gone
        most[desk] = max(int(there.max(initial=0)), 1)
    return Staff(_people(record, desks, clock), most, _people_by_hour(record))


def _people(record: Record, desks: Desks, clock: Timeline) -> Floats:
    found = np.ones(len(desks.names))
    if record.acts is None:
        return found
    hour = record.acts.at * record.tick_s // 3600
    is_open = clock.is_open(record.acts.at)
    for desk in range(len(found)):
        rows = is_open & (desks.of_queue[record.acts.group] == desk)
        pairs = np.unique(np.stack([hour[rows], record.acts.person[rows]], axis=1), axis=0)
        counts = np.unique(pairs[:, 0], return_counts=True)[1]
        found[desk] = float(np.quantile(counts, _TYPICAL)) if len(counts) else 1.0
    return found


def _people_by_hour(record: Record) -> Floats:
    """Mean number of people seen to act in each hour of the day, on days with any act."""
    if record.acts is None:
        return np.zeros(24)
    hour = record.acts.at * record.tick_s // 3600
    pairs = np.unique(np.stack([hour, record.acts.person], axis=1), axis=0)
    days = max(len(np.unique(hour // 24)), 1)
    return np.asarray(np.bincount(pairs[:, 0] % 24, minlength=24)[:24] / days)
