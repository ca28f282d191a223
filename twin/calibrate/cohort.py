"""Half of a record's cases learned from, the other half forecast: for records of one cohort, without a later period."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.readers.record import Record
from twin.calibrate.score import GRID_H, Outcome, distance_h, outcome_of, routing, survival
from twin.calibrate.tickets.emit import outlook, scenario_data
from twin.calibrate.tickets.fit import TicketsFit, fit_tickets
from twin.calibrate.tickets.forecast import BLOCK, mark_of, off_of, simulated
from twin.calibrate.tickets.spells import Spells, spells_of
from twin.eventlog.schema import OPENED, PAGED
from twin.experiment.pools import pool_of
from twin.experiment.tasks import Checkpoint, Numbers, Progress, Task, in_order
from twin.simulate.run import EngineName, Model
from twin.spec.load import load_data
from twin.tape.streams import below, name_key, replication_key, uniform

Floats = NDArray[Any]


@dataclass(frozen=True)
class CohortFigures:
    """Shares of cases by line that resolved them and by number of hand-offs; per line, the survival curve of the time
    to the first resolution."""

    lines: Floats
    handoffs: Floats
    survival: tuple[Floats, ...]

    def packed(self) -> Floats:
        """All figures as one row of numbers."""
        return np.concatenate([self.lines, self.handoffs, *self.survival])

    def unpacked(self, row: Floats) -> "CohortFigures":
        """The figures of a packed row, of another course of the same cases."""
        edges = np.cumsum([len(part) for part in (self.lines, self.handoffs, *self.survival)])
        lines, handoffs, *survival = np.split(row, edges[:-1])
        return CohortFigures(lines, handoffs, tuple(survival))


@dataclass(frozen=True)
class Cohort:
    """The held-out half as it was, as forecast (per simulated course), and the half that was learned from."""

    fit: TicketsFit
    real: CohortFigures
    futures: Sequence[CohortFigures]
    learned: CohortFigures

    def mean(self, name: str) -> Floats:
        """Mean of a figure over the simulated courses."""
        return np.asarray(np.mean([getattr(one, name) for one in self.futures], axis=0))

    def distances_h(self) -> list[tuple[float, float]]:
        """Per line: Wasserstein distance (hours, clipped at 720) of time to completion, of the twin and of the half
        that was learned from."""
        curves = self.mean("survival")
        return [
            (distance_h(curves[k], self.real.survival[k]), distance_h(self.learned.survival[k], self.real.survival[k]))
            for k in range(len(self.real.survival))
        ]


def halves(record: Record, seed: int = 1) -> tuple[Record, Record]:
    """The record cut in two by case, each half drawn by the cases' names."""
    with np.errstate(over="ignore"):
        root = below(replication_key(seed, 0), name_key("half"))
        names = record.log.ticket_names or [str(k) for k in range(int(record.log.entity.max(initial=0)) + 1)]
        draws = [float(uniform(below(root, name_key(name)), np.uint64(0))) for name in names]
    is_first = np.array(draws) < 0.5
    return _part(record, is_first), _part(record, ~is_first)


def _part(record: Record, kept: NDArray[np.bool_]) -> Record:
    log = record.log
    rows = (log.event >= OPENED) & (log.event <= PAGED) & kept[log.entity]
    part = replace(log, at=log.at[rows], event=log.event[rows], entity=log.entity[rows], place=log.place[rows],
                   value=log.value[rows])  # fmt: skip
    return replace(record, log=part)


def forecast_cohort(
    record: Record, *, reps: int = 20, seed: int = 1, engine: EngineName = "auto", country: str | None = None,
    workers: int | None = None, cluster: str | None = None, progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Cohort:  # fmt: skip
    """One half of a record forecast from the other. Raises ValueError if the record is too small."""
    train, test = halves(record, seed)
    fit = fit_tickets(train, country)
    held_out = spells_of(test.log)
    desks = fit.desks.of_queue
    mark = f"{mark_of(fit, fit.spells.end_ticks * fit.tick_min)} {test.log.digest()} {seed} {engine}"
    blocks = [range(k, min(k + BLOCK, reps)) for k in range(0, reps, BLOCK)]
    tasks = [Task(f"courses {mark} {b}", _block, (fit, held_out.opened, seed, engine, b)) for b in blocks]
    with pool_of(os.cpu_count() or 1 if workers is None else workers, cluster) as pool:
        rows = np.concatenate(in_order(tasks, pool, checkpoint, progress, reps))
    sides = [
        _figures(fit, outcome_of(spells, desks, np.ones(spells.tickets, bool), 0, record.log.end_ticks))
        for spells in (_first_only(held_out), _first_only(fit.spells))
    ]
    return Cohort(fit, sides[0], [sides[0].unpacked(row) for row in rows], sides[1])


def _first_only(spells: Spells) -> Spells:
    """The stretches up to the first resolution."""
    kept = spells.attempt == 0
    names = ("ticket", "state", "place", "begin", "until", "visit", "attempt")
    return replace(spells, **{name: getattr(spells, name)[kept] for name in names})


def _block(fit: TicketsFit, opened: Any, seed: int, engine: EngineName, replications: range) -> Numbers:
    return np.stack([_simulated(fit, opened, seed, r, engine).packed() for r in replications])


def _simulated(fit: TicketsFit, opened: Any, seed: int, replication: int, engine: EngineName) -> CohortFigures:
    minutes = fit.spells.end_ticks * fit.tick_min
    seen = replace(outlook(fit, minutes, replace(off_of(seed, replication), volume=0.0)), standing=[])
    data = scenario_data(fit, minutes, seen)
    data["demand"]["busyness_cv"] = 0
    data["clock"]["start"] = fit.record.start.replace(tzinfo=None).isoformat()
    classes: dict[str, Any] = data["demand"]["tickets"]
    weight = np.array([float(one["arrivals"]["rate"]["value"].split()[0]) for one in classes.values()])
    key = below(replication_key(seed, replication), name_key("classes of a cohort"))
    draws = np.array([uniform(key, np.uint64(k)) for k in range(len(opened))])
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), draws)
    for number, (name, one) in enumerate(list(classes.items())):
        ticks = opened[chosen == number]
        if not len(ticks):
            del one["arrivals"]
            continue
        at = [{"at": f"{int(tick) * fit.record.tick_s} s"} for tick in ticks]
        classes[name] = {**one, "arrivals": {"scheduled": at}}
    scenario = load_data(data).scenario
    model = Model(scenario)
    return _figures(fit, simulated(fit, scenario, [], model.run(model.tape(seed, replication), engine)))


def _figures(fit: TicketsFit, outcome: Outcome) -> CohortFigures:
    count = len(fit.desks.names)
    curves = []
    for desk in range(count):
        rows = outcome.desk == desk
        is_done = outcome.resolved[rows] < outcome.end
        until = np.where(is_done, outcome.resolved[rows], outcome.end)
        curves.append(survival((until - outcome.opened[rows]) * fit.tick_min, is_done, GRID_H))
    lines, handoffs = routing(outcome, count)
    return CohortFigures(lines, handoffs, tuple(curves))
