"""The error budget of the availability promise month by month, and what alerts on its burn rate would have done."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.measures.availability import WHOLE, Availability
from twin.measures.burn import Burn, burn_of, firing
from twin.measures.cells import Cell, cell
from twin.measures.frame import Frame
from twin.measures.reading import Reading, numbers
from twin.spec.error_budget import ErrorBudget
from twin.spec.sla import Contract

Array = NDArray[Any]

ELAPSED: Final = tuple(k / 10 for k in range(1, 11))


class ErrorBudgetFamily:
    """Budget left and used, and the alerts: how many, how early, how many of them false.

    An alert is right if the month it starts in loses its whole budget in the end, else false. It catches such a month
    if it starts before the budget is gone; the lead is the time left then. `any` is the first of all alerts.
    """

    def __init__(self, frame: Frame, spec: ErrorBudget, availability: Availability) -> None:
        self.frame, self.spec, self.availability = frame, spec, availability
        self.allowed = 1.0 - objective_of(spec, frame.scenario.contract)
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out = [cell("budget_left", "1", "ratio"), cell("budget_exhausted", "1", "ratio", period="month")]
        out += [cell("budget_used", "1", "ratio", elapsed=f"{share:g}") for share in ELAPSED]
        for name in (*self.spec.alerts, *(("any",) if self.spec.alerts else ())):
            out += [cell("alerts", "1/year", "mean", alert=name), cell("false_alerts", "1/year", "mean", alert=name)]
            out += [cell("alert_caught", "1", "ratio", alert=name), cell("alert_lead", "min", "ratio", alert=name)]
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        burn, edges = burn_in(reading, self.availability, self.spec.function), self.frame.months.edges
        budget, spent = self.allowed * np.diff(edges), np.diff(burn.until(edges))
        is_gone = spent > budget * (1.0 + 1e-9)
        used = [burn.until(edges[:-1] + share * np.diff(edges)) - burn.until(edges[:-1]) for share in ELAPSED]
        gone_at = [
            burn.reaches(float(before) + float(limit)) if gone else np.inf
            for before, limit, gone in zip(burn.until(edges[:-1]), budget, is_gone, strict=True)
        ]
        fired = [self.fired(burn, name) for name in self.spec.alerts]
        fired += [np.sort(np.concatenate(fired))] if fired else []
        return np.concatenate([
            numbers((budget - spent).sum(), budget.sum()), numbers(is_gone.sum(), len(budget)),
            numbers([one.sum() for one in used], budget.sum()),
            *(self._judged(starts, np.array(gone_at)) for starts in fired),
        ])  # fmt: skip

    def fired(self, burn: Burn, name: str) -> Array:
        """Ticks at which the alert starts to fire."""
        alert, tick = self.spec.alerts[name], self.frame.tick_s
        windows = (alert.long / tick, alert.short / tick)
        limits = (alert.rate * self.allowed * windows[0], alert.rate * self.allowed * windows[1])
        return np.asarray(firing(burn, windows, limits)[:, 0])

    def _judged(self, starts: Array, gone_at: Array) -> Array:
        """Alerts, false alerts, months caught of those whose budget went, and the lead of those caught."""
        edges, minute = self.frame.months.edges, self.frame.ticks_per_min
        month = self.frame.months.of(starts.astype(np.int64))
        is_lost = np.append(np.isfinite(gone_at), False)[month]
        leads = []
        for k in np.flatnonzero(np.isfinite(gone_at)).tolist():
            early = starts[(starts >= edges[k]) & (starts <= gone_at[k])]
            leads += [gone_at[k] - early[0]] if len(early) else []
        is_false = (month >= 0) & ~is_lost
        return np.concatenate([
            numbers([len(starts) * self.frame.per_year, is_false.sum() * self.frame.per_year]),
            numbers(len(leads), np.isfinite(gone_at).sum()), numbers(sum(leads) / minute, len(leads)),
        ])  # fmt: skip


def objective_of(spec: ErrorBudget, contract: Contract) -> float:
    """The promised share of time that the budget is for."""
    return contract.availability if spec.objective is None else spec.objective


def burn_in(reading: Reading, availability: Availability, function: str = WHOLE) -> Burn:
    """What users lost of a function in the measured time, by what counts against the contract."""
    found = availability.segments(reading)
    share = found.counted[:, availability.subjects.index(function)] / 1000.0
    return burn_of(found.cuts, share * np.diff(found.cuts))
