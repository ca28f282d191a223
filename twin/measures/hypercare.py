"""The weeks after a go-live, measured by goals of their own."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from twin.eventlog.schema import CHANGE_PHASE, PHASE_NAMES
from twin.measures.availability import Availability
from twin.measures.cells import Cell, cell
from twin.measures.clocks import MET, MISSED, OPENED_AT
from twin.measures.error_budget import burn_in
from twin.measures.frame import Frame
from twin.measures.reading import Reading, numbers
from twin.measures.satisfaction import SatisfactionFamily
from twin.measures.service_level import ServiceLevel
from twin.spec.error_budget import Hypercare

Array = NDArray[Any]

_WEEK_S: Final = 7 * 86_400
_DAY_S: Final = 86_400
_BEGAN, _ENDED = PHASE_NAMES.index("began"), PHASE_NAMES.index("ended")


class HypercareFamily:
    """Availability, error budget, tickets, attainment and satisfaction from the go-live on.

    Runs in which the change never holds, or the time after it leaves the measured time, are left out. Tickets belong to
    it if they open in it. `hypercare_surge` is its busiest week over the week before; `hypercare_settled` the first
    week whose tickets are no more than usual; weeks that never come count as one more than there are.
    """

    def __init__(
        self, frame: Frame, spec: Hypercare, availability: Availability, service_level: ServiceLevel,
        satisfaction: SatisfactionFamily | None,
    ) -> None:  # fmt: skip
        self.frame, self.spec, self.availability = frame, spec, availability
        self.service_level, self.satisfaction = service_level, satisfaction
        clock = frame.scenario.clock
        self.length, self.day, self.week = (clock.ticks(one) for one in (spec.length, _DAY_S, _WEEK_S))
        self.days, self.weeks = max(self.length // self.day, 1), max(self.length // self.week, 1)
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out = [cell("hypercare_runs", "1", "mean")]
        if self.availability.components:
            out += [cell("hypercare_availability", "1", "mean"), cell("hypercare_availability_kept", "1", "share")]
            out += [cell("hypercare_budget_left", "min", "mean")]
            out += [cell("hypercare_budget_used", "1", "mean", day=str(k + 1)) for k in range(self.days)]
        out += [cell("hypercare_attainment", "1", "ratio"), cell("hypercare_tickets", "tickets", "mean")]
        out += [cell("hypercare_tickets", "tickets", "mean", week=str(k + 1)) for k in range(self.weeks)]
        out += [cell("hypercare_surge", "1", "ratio")]
        out += [cell("hypercare_settled", "weeks", "mean"), cell("hypercare_changes", "changes", "mean")]
        if self.satisfaction is not None:
            out += [cell("hypercare_satisfaction", "1", "ratio"), cell("hypercare_satisfaction_kept", "1", "share")]
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        begin = self.begin(reading)
        out = np.zeros((len(self.cells), 2))
        if begin is None:
            out[0] = 0.0, 1.0
            return out
        parts = [numbers(1.0)]
        if self.availability.components:
            parts.append(self._budget(reading, begin))
        parts += [self._tickets(reading, begin), numbers(self._changes(reading, begin))]
        if self.satisfaction is not None:
            parts.append(self._content(reading, begin))
        return np.concatenate(parts)

    def begin(self, reading: Reading) -> int | None:
        """Tick of the go-live; None if there is none with all its time measured."""
        log, names = reading.log, reading.names.changes
        if self.spec.change not in names:
            return None
        is_it = (log.event == CHANGE_PHASE) & (log.place == names.index(self.spec.change)) & (log.value == _ENDED)
        at = log.at[is_it]
        inside = at[(at >= self.frame.warm_up) & (at + self.length <= self.frame.horizon)]
        return int(inside[0]) if len(inside) and inside[0] == at[0] else None

    def _budget(self, reading: Reading, begin: int) -> Array:
        burn = burn_in(reading, self.availability)
        days = burn.until(begin + self.day * np.arange(self.days + 1)) - burn.until(np.array([begin]))
        lost = float(np.diff(burn.until(np.array([begin, begin + self.length])))[0])
        budget = (1.0 - self.spec.availability) * self.length
        left = (budget - lost) / self.frame.ticks_per_min
        is_kept = lost <= budget * (1.0 + 1e-9)
        return numbers([1.0 - lost / self.length, float(is_kept), left, *(days[1:] / budget)])

    def _tickets(self, reading: Reading, begin: int) -> Array:
        table, verdicts = self.service_level.read(reading)[:2]
        opened = table[:, OPENED_AT]
        inside = (opened >= begin) & (opened < begin + self.length)
        met, missed = (int((verdicts[inside] == one).sum()) for one in (MET, MISSED))
        edges = begin + self.week * np.arange(-1, self.weeks + 1)
        before, *weekly = np.diff(np.searchsorted(np.sort(opened), edges)).tolist()
        calm = [k for k, count in enumerate(weekly, 1) if count <= before * (1.0 + self.spec.settled)]
        return np.concatenate([
            numbers(met, met + missed), numbers([inside.sum(), *weekly]), numbers(max(weekly), before),
            numbers(calm[0] if calm else self.weeks + 1),
        ])  # fmt: skip

    def _changes(self, reading: Reading, begin: int) -> int:
        log = reading.log
        is_begun = (log.event == CHANGE_PHASE) & (log.value == _BEGAN)
        return int((is_begun & (log.at >= begin) & (log.at < begin + self.length)).sum())

    def _content(self, reading: Reading, begin: int) -> Array:
        assert self.satisfaction is not None
        tickets, logit, lift, _ = self.satisfaction.logits(reading)
        opened = self.service_level.read(reading)[0][tickets, OPENED_AT]
        p = expit(logit + lift)[(opened >= begin) & (opened < begin + self.length)]
        is_kept = p.sum() >= self.spec.satisfaction * len(p) - 1e-9
        return np.concatenate([numbers(p.sum(), len(p)), numbers(float(is_kept and len(p) > 0), float(len(p) > 0))])
