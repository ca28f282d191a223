"""Exposure to known flaws between patches, and data lost in failures. Exact integrals over the log, no dice."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.schema import CHANGE_PHASE, FAILED, OPENED, PHASE_NAMES, TAKEOVER
from twin.measures.cells import Cell, cell, cells_over
from twin.measures.frame import Frame
from twin.measures.reading import Reading, numbers
from twin.spec.prevention import Backups
from twin.spec.risks import Recovery, Security

Array = NDArray[Any]

_DAY_S: Final = 86_400.0
_ENDED: Final = PHASE_NAMES.index("ended")


class Exposure:
    """How long a flaw that becomes known in measured time stays open: to the end of the next change that closes it.

    A change that was rolled back closes nothing. Flaws that are open at the end count with their age then. Flaws become
    known at any time alike, so means are integrals: a gap of g days between two patches gives g / 2 days.
    """

    def __init__(self, frame: Frame, spec: Security) -> None:
        self.frame, self.spec = frame, spec
        self.cells: tuple[Cell, ...] = (
            cell("exposure", "d", "ratio"), cell("exposure_max", "d", "mean"), cell("open_flaws", "flaws", "mean"),
        )  # fmt: skip

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        begin, end, log = self.frame.warm_up, self.frame.horizon, reading.log
        numbers_of = [k for k, name in enumerate(reading.names.changes) if name in self.spec.fixed_by]
        rows = (log.event == CHANGE_PHASE) & (log.value == _ENDED) & np.isin(log.place, numbers_of)
        at = np.unique(log.at[rows & (log.at > begin)])
        fixed = np.append(at[at < end], at[at >= end][:1] if np.any(at >= end) else end)
        known = np.concatenate([[begin], fixed[:-1]])
        until = np.minimum(fixed, end)
        days = self.frame.tick_s / _DAY_S
        area = (((fixed - known) * days) ** 2 - ((fixed - until) * days) ** 2).sum() / 2.0
        measured = (end - begin) * days
        longest = float((fixed - known).max()) * days
        open_flaws = self.spec.flaws * _DAY_S * area / measured
        return np.concatenate([numbers(area, measured), numbers([longest, open_flaws])])


class DataLoss:
    """Minutes of work that failures destroyed, and takeovers left behind.

    A failure whose ticket is of the class for restores loses what came after the last backup; units of a component that
    fail together lose it once. A takeover loses what the standby had not yet got.
    """

    def __init__(self, frame: Frame, spec: Recovery, backups: Backups | None) -> None:
        self.frame, self._restore = frame, None if backups is None else backups.restore
        clock = frame.scenario.clock
        self._every = 1 if backups is None else max(clock.ticks(backups.every), 1)
        self._lag = {name: clock.ticks(length) for name, length in spec.lag.items()}
        self._promise = None if spec.promise is None else clock.ticks(spec.promise)
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out = [cell("data_loss", "min/year", "mean")]
        out += cells_over("data_loss", "min/year", "mean", "component", self.frame.names.components)
        out += [cell("no_data_loss", "1", "share"), cell("data_loss_events", "1/year", "mean")]
        out.append(cell("largest_data_loss", "min", "mean"))
        return out + ([cell("rpo_kept", "1", "ratio")] if self._promise is not None else [])

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        frame, names = self.frame, reading.names.components
        found = self.losses(reading)
        lost = np.array([ticks for _, _, ticks in found], np.int64)
        ours = np.array([frame.names.components.index(names[part]) for _, part, _ in found], np.int64)
        by_part = np.bincount(ours, lost, len(frame.names.components)) / frame.ticks_per_min * frame.per_year
        total = lost.sum() / frame.ticks_per_min * frame.per_year
        parts = [numbers(total), numbers(by_part), numbers(float(lost.sum() == 0)), numbers(len(lost) * frame.per_year)]
        parts.append(numbers(lost.max(initial=0) / frame.ticks_per_min))
        if self._promise is not None:
            parts.append(numbers((lost <= self._promise).sum(), len(lost)))
        return np.concatenate(parts)

    def losses(self, reading: Reading) -> list[tuple[int, int, int]]:
        """When, in which component (by the log's number) and how many ticks were lost, in order."""
        log, frame = reading.log, self.frame
        kinds, parts = reading.names.classes, reading.names.components
        restore = kinds.index(self._restore) if self._restore in kinds else -1
        lags = [self._lag.get(name, 0) for name in parts]
        rows = np.flatnonzero(np.isin(log.event, (FAILED, OPENED, TAKEOVER)))
        failed: dict[int, tuple[int, int]] = {}
        found: dict[tuple[int, int], int] = {}
        columns = (column[rows].tolist() for column in (log.at, log.event, log.entity, log.place))
        for at, event, who, place in zip(*columns, strict=True):
            if event == FAILED:
                failed[who] = at, place
            elif event == TAKEOVER and lags[place] > 0:
                found[at, place] = max(found.get((at, place), 0), lags[place])
            elif event == OPENED and log.ticket_class[who] == restore and int(log.ticket_unit[who]) in failed:
                when, part = failed[int(log.ticket_unit[who])]
                found[when, part] = max(found.get((when, part), 0), when % self._every)
        inside = [(at, part, ticks) for (at, part), ticks in found.items() if frame.warm_up <= at < frame.horizon]
        return sorted(inside)
