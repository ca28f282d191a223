"""Tickets on the desk at the start of a forecast: classes that arrive at tick 0 with what is left of them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.tickets.fit import TicketsFit
from twin.calibrate.tickets.kinds import Kinds, residual_moments

Ints = NDArray[np.int64]
Floats = NDArray[Any]

AGES: Final = 4  # groups of equal size by desk time so far
PREFIX: Final = "open at start"


@dataclass(frozen=True)
class Standing:
    """Open tickets alike: how many, of which kind, at which desk, away or not, what is left (minutes), and when the
    tickets opened that they stand for (ticks of the record, negative ages are none)."""

    kind: int
    desk: int
    age: int
    is_away: bool
    count: int
    mean_min: float
    cv: float
    opened: Ints

    @property
    def name(self) -> str:
        """Name of the ticket class."""
        state = "away" if self.is_away else "here"
        return f"{PREFIX}, desk {self.desk + 1} kind {self.kind + 1} age {self.age + 1} {state}"


def standing_of(fit: TicketsFit, kinds: Kinds) -> list[Standing]:
    """The open tickets of a record's end, in groups; each ticket is shared out to the kinds by what is known of it."""
    is_open = fit.spells.resolved_last() < 0
    rows = np.flatnonzero(is_open[fit.effort_tickets])
    tickets = fit.effort_tickets[rows]
    if not len(tickets):
        return []
    minutes = fit.efforts.minutes[rows]
    desk, away = _places(fit)
    belongs = fit.belongs[tickets]
    edges = np.quantile(minutes, np.arange(1, AGES) / AGES)
    age = np.searchsorted(edges, minutes, side="right")
    found = []
    for place in range(len(fit.desks.names)):
        for group in range(AGES):
            for is_away in (False, True):
                alike = (desk[tickets] == place) & (age == group) & (away[tickets] == is_away)
                if alike.any():
                    found += _shared_out(fit, kinds, tickets[alike], minutes[alike], belongs[alike],
                                         (place, group, is_away))  # fmt: skip
    return found


def _places(fit: TicketsFit) -> tuple[Ints, NDArray[np.bool_]]:
    last = np.append(np.diff(fit.spells.ticket) != 0, True)
    desk = np.zeros(fit.spells.tickets, np.int64)
    desk[fit.spells.ticket[last]] = fit.desks.of_queue[fit.spells.place[last]]
    away = np.zeros(fit.spells.tickets, bool)
    away[fit.spells.ticket[last]] = fit.spells.state[last] == 2
    return desk, away


def _shared_out(
    fit: TicketsFit, kinds: Kinds, tickets: Ints, minutes: Floats, belongs: Floats, what: tuple[int, int, bool]
) -> list[Standing]:
    place, group, is_away = what
    total = belongs.sum(axis=0)
    ends = np.round(np.cumsum(total)).astype(np.int64)
    counts = np.diff(np.concatenate([[0], ends]))
    found, used = [], 0
    for kind, count in enumerate(counts.tolist()):
        if count == 0:
            continue
        mean, second = residual_moments(minutes, float(kinds.mu[kind]), float(kinds.sigma[kind]))
        weight = belongs[:, kind] / max(total[kind], 1e-9)
        first, square = float((weight * mean).sum()), float((weight * second).sum())
        cv = float(np.sqrt(max(square / first**2 - 1.0, 0.01)))
        chosen = fit.spells.opened[tickets[used : used + count]]
        found.append(Standing(kind, place, group, is_away, count, first, min(cv, 20.0), chosen))
        used += count
    return found
