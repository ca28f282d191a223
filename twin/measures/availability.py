"""Availability of every function and of the whole: share of time, of service hours and of users' time."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import CAUSE_NAMES, DOWN, FAILED, HELD, MAINTENANCE_ENDED, PLANNED_CAUSES, RELEASED, UP
from twin.measures.cells import Cell, Kind, cell, cells_over
from twin.measures.frame import Frame, picked, positions
from twin.measures.reading import Reading, numbers
from twin.measures.states import (
    DETECTIONS,
    FAILURES,
    TO_ACKNOWLEDGE,
    TO_DETECT,
    TO_RESTORE,
    UNIT_DOWN,
    read_repairs,
    read_states,
)
from twin.measures.users import ActiveUsers
from twin.spec.graph import required_components

Array = NDArray[Any]

VARIANTS: Final = ("calendar", "service_hours", "user_weighted")
WHOLE: Final = "whole"
QUANTILES: Final = (0.05, 0.5, 0.95)
OWNERS: Final = ("customer", "vendor")
_ROUNDING: Final = 1e-12


class Segments(NamedTuple):
    """The measured time cut where anything changes: segment j is [cuts[j], cuts[j + 1]), in ticks.

    hit, counted     users hit, and users hit by what counts against the contract, in thousandths.
    cause, culprit   to what and to which component (in our order) it is due, -1 for none; all (segments, subjects).
    """

    cuts: Array
    hit: Array
    counted: Array
    cause: Array
    culprit: Array


class Availability:
    """Availability, P(period meets the promise), downtime by cause, component and owner, outages, repair times.

    The whole is up while all functions are (all components, if there are no functions). Downtime by planned causes
    counts against availability, outages and lost user hours only if the contract says so; it always shows in
    `downtime`. Partial outages weigh by their share of users.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame, scenario = frame, frame.scenario
        self.components, self.promised = frame.names.components, scenario.contract.availability
        self.subjects, self._needs = _needs(frame)
        parts = scenario.deployment.components.values()
        self._units = np.array([part.units for part in parts], np.int64)
        self._owner = np.array([OWNERS.index(part.owner) for part in parts], np.int64)
        counts_planned = scenario.contract.planned_maintenance_counts
        causes = range(len(CAUSE_NAMES))
        self._is_planned = np.array([cause in PLANNED_CAUSES and not counts_planned for cause in causes])
        self._service, self._users = frame.timeline(scenario.contract.service_calendar), ActiveUsers(frame)
        self._fixed_cuts = np.unique([frame.warm_up, frame.horizon, *frame.months.edges, *frame.years.edges])
        self.cells = tuple(self._cells()) if self.components else ()

    def _cells(self) -> list[Cell]:
        out: list[Cell] = []
        pairs = [{"function": subject, "variant": variant} for variant in VARIANTS for subject in self.subjects]
        out += [cell("availability", "1", "mean", **where) for where in pairs]
        for p in QUANTILES:
            out += [Cell("availability_quantile", (*w.items(), ("p", f"{p:g}")), "1", "quantile", p) for w in pairs]
        for periods in (self.frame.months, self.frame.years):
            kind: Kind = "share" if len(periods) == 1 else "ratio"
            out += [cell("availability_kept", "1", kind, period=periods.name, **where) for where in pairs]
        for cause in CAUSE_NAMES:
            out += [cell("downtime", "min/year", "mean", function=name, cause=cause) for name in self.subjects]
        out += cells_over("downtime", "min/year", "mean", "component", self.components)
        out += cells_over("downtime", "min/year", "mean", "owner", OWNERS)
        out += cells_over("outages", "1/year", "mean", "function", self.subjects)
        out += cells_over("longest_outage", "min", "mean", "function", self.subjects)
        out += cells_over("user_hours_lost", "h/year", "mean", "function", self.subjects)
        out += cells_over("unit_availability", "1", "mean", "component", self.components)
        for name in ("mean_time_to_detect", "mean_time_to_acknowledge", "mean_time_to_restore"):
            out += [*cells_over(name, "min", "ratio", "component", self.components), cell(name, "min", "ratio")]
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        if not self.components:
            return np.zeros((0, 2))
        frame = self.frame
        cuts, hit, counted, cause, culprit = self.segments(reading)
        weights, lost = self.lost(reading)
        total = weights.sum(axis=1)
        share = 1.0 - lost.sum(axis=1) / np.where(total > 0, total, 1.0)[:, np.newaxis]
        has_time = np.repeat((total > 0).astype(float), len(self.subjects))
        available = numbers(share.ravel(), has_time)
        kept = [self._kept(cuts, weights, lost, periods.edges) for periods in (frame.months, frame.years)]
        minutes = hit / 1000.0 * (np.diff(cuts) / frame.ticks_per_min * frame.per_year)[:, np.newaxis]
        user_hours = self.user_hours_lost(reading) * frame.per_year
        return np.concatenate([
            *[available] * (1 + len(QUANTILES)), *kept, self._downtime(minutes, cause, culprit),
            _outages(cuts, counted == 1000, frame), numbers(user_hours), self._repairs(reading),
        ])  # fmt: skip

    def segments(self, reading: Reading) -> Segments:
        """The measured time in segments of constant state; `reading.shared` keeps them."""
        if "segments" not in reading.shared:
            reading.shared["segments"] = Segments(*self._states(reading))
        found: Segments = reading.shared["segments"]
        return found

    def lost(self, reading: Reading) -> tuple[Array, Array]:
        """Weights (variants, segments) in ticks, of users where they weigh, and how much of them is lost by subject."""
        if "lost" not in reading.shared:
            found = self.segments(reading)
            weights = self._weights(found.cuts)
            reading.shared["lost"] = weights, weights[:, :, np.newaxis] * (found.counted / 1000.0)
        pair: tuple[Array, Array] = reading.shared["lost"]
        return pair

    def user_hours_lost(self, reading: Reading) -> Array:
        """Hours of work that users lost in the measured time, by subject; those of the function's users only."""
        return np.asarray(self.lost(reading)[1][2].sum(axis=0) * self.frame.tick_s / 3600.0 * self._users_ratio())

    def _users_ratio(self) -> Array:
        functions = self.frame.scenario.deployment.functions.values()
        return np.array([*(function.users_ratio for function in functions), 1.0])

    def _states(self, reading: Reading) -> tuple[Array, Array, Array, Array, Array]:
        log, frame = reading.log, self.frame
        order = positions(self.components, reading.names.components, "component")
        back = np.full(max(len(reading.names.components), 1), -1, np.int64)
        back[order[order >= 0]] = np.flatnonzero(order >= 0)
        code = log.event
        rows = np.flatnonzero((code == DOWN) | (code == UP) | (code == HELD) | (code == RELEASED))
        at = log.at[rows]
        inside = at[(at > frame.warm_up) & (at < frame.horizon)]
        cuts = np.unique(np.concatenate([self._fixed_cuts, inside]))
        place, entity, value = back[log.place[rows]], log.entity[rows], log.value[rows]
        return cuts, *read_states(cuts, at, code[rows], entity, place, value, self._needs, self._is_planned)

    def _weights(self, cuts: Array) -> Array:
        service = self._service.open_ticks(np.zeros(len(cuts), np.int64), cuts)
        return np.diff(np.stack([cuts, service, self._users.until(cuts)]).astype(np.float64), axis=1)

    def _kept(self, cuts: Array, weights: Array, lost: Array, edges: Array) -> Array:
        stops = np.searchsorted(cuts, edges)
        within = slice(stops[0], stops[-1])
        starts = stops[:-1] - stops[0]
        total = np.add.reduceat(weights[:, within], starts, axis=1)[:, :, np.newaxis]
        gone = np.add.reduceat(lost[:, within], starts, axis=1)
        is_kept = (gone <= (1.0 - self.promised + _ROUNDING) * total) & (total > 0)
        periods = np.broadcast_to((total > 0).sum(axis=1), (len(VARIANTS), len(self.subjects)))
        return numbers(is_kept.sum(axis=1).ravel(), periods.ravel())

    def _downtime(self, minutes: Array, cause: Array, culprit: Array) -> Array:
        by_cause = [np.where(cause == k, minutes, 0.0).sum(axis=0) for k in range(len(CAUSE_NAMES))]
        whole, blamed = minutes[:, -1], culprit[:, -1]
        is_hit = blamed >= 0
        by_component = np.bincount(blamed[is_hit], whole[is_hit], len(self.components))
        by_owner = np.bincount(self._owner, by_component, len(OWNERS))
        return numbers(np.concatenate([*by_cause, by_component, by_owner]))

    def _repairs(self, reading: Reading) -> Array:
        log, frame = reading.log, self.frame
        is_unit = (log.event >= FAILED) & (log.event <= MAINTENANCE_ENDED)
        largest = max(int(log.entity[is_unit].max(initial=-1)), int(log.ticket_unit.max(initial=-1)))
        units = max(int(self._units.sum()), largest + 1)
        theirs = read_repairs(
            log.at, log.event, log.entity, log.place, log.ticket_unit, units, len(reading.names.components),
            frame.warm_up, frame.horizon, log.end_ticks,
        )  # fmt: skip
        totals = picked(theirs, positions(self.components, reading.names.components, "component"))
        rows = np.concatenate([totals, totals.sum(axis=0, keepdims=True)])
        up = 1.0 - totals[:, UNIT_DOWN] / (self._units * (frame.horizon - frame.warm_up))
        columns = ((TO_DETECT, FAILURES), (TO_ACKNOWLEDGE, DETECTIONS), (TO_RESTORE, FAILURES))
        means = [numbers(rows[:, top] / frame.ticks_per_min, rows[:, bottom]) for top, bottom in columns]
        return np.concatenate([numbers(up), *means])


def _needs(frame: Frame) -> tuple[tuple[str, ...], Array]:
    components = frame.names.components
    required = required_components(frame.scenario)
    rows = [[name in needed for name in components] for needed in required.values()]
    whole = [any(column) for column in zip(*rows, strict=True)] if rows else [True] * len(components)
    return (*required, WHOLE), np.array([*rows, whole], bool).reshape(len(rows) + 1, len(components))


def _outages(cuts: Array, is_down: Array, frame: Frame) -> Array:
    before = np.vstack([np.zeros((1, is_down.shape[1]), bool), is_down[:-1]])
    begun = (is_down & ~before).sum(axis=0)
    longest = np.zeros(is_down.shape[1])
    for subject in range(is_down.shape[1]):
        change = np.diff(np.concatenate([[False], is_down[:, subject], [False]]).astype(np.int8))
        begins, ends = cuts[np.flatnonzero(change == 1)], cuts[np.flatnonzero(change == -1)]
        longest[subject] = (ends - begins).max(initial=0)
    return np.concatenate([numbers(begun * frame.per_year), numbers(longest / frame.ticks_per_min)])
