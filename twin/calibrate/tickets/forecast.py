"""Forecasts: the scenario simulated many times, each time with parameters as uncertain as they are."""

import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from twin.calibrate.score import Figures, Outcome, Target, figures_of, outcome_of
from twin.calibrate.tickets.emit import Off, first_contact, outlook, scenario_data
from twin.calibrate.tickets.fit import TicketsFit
from twin.calibrate.tickets.spells import Ints, spells_of
from twin.calibrate.tickets.standing import Standing
from twin.eventlog.log import EventLog
from twin.eventlog.schema import OPENED
from twin.experiment.pools import pool_of
from twin.experiment.tasks import Checkpoint, Numbers, Progress, Task, in_order, part_of
from twin.simulate.run import EngineName, Model
from twin.spec.load import load_data
from twin.spec.scenario import Scenario
from twin.tape.functions import normal_quantile
from twin.tape.laws import gamma_of
from twin.tape.streams import below, name_key, replication_key, uniform

WEEK_MIN: Final = 10_080
BLOCK: Final = 10
FREEDOM: Final = 6.0  # degrees of freedom of the errors: about as many weeks tell their spread


@dataclass(frozen=True)
class Window:
    """What a forecast is asked: minutes from the end of the record, targets, and edges of its weeks in ticks."""

    minutes: float
    targets: tuple[Target, ...]
    weeks: Ints

    @classmethod
    def of(cls, minutes: float, targets: Sequence[Target], tick_min: float) -> "Window":
        """A window cut into whole weeks; what is left at the end joins no week if shorter than four days."""
        edges = np.arange(0, minutes + 1, WEEK_MIN)
        if minutes - edges[-1] >= 4 / 7 * WEEK_MIN:
            edges = np.append(edges, minutes)
        if len(edges) < 2:
            edges = np.array([0, minutes])
        return cls(minutes, tuple(targets), np.round(edges / tick_min).astype(np.int64))


def off_of(seed: int, replication: int) -> Off:
    """The parameter errors of one replication, independent draws: Student, and uniform for how far a trend goes on."""
    key = below(replication_key(seed, replication), name_key("parameters"))
    volume, share, effort = (_student(below(key, k)) for k in range(3))
    return Off(volume, share, effort, 2.0 * float(uniform(key, np.uint64(3))))


def _student(key: np.uint64) -> float:
    """A draw of Student's law: the spreads themselves are known from a few weeks only."""
    chi_square = 2.0 * float(gamma_of(key, np.uint64(1), FREEDOM / 2.0))
    return float(normal_quantile(uniform(key, np.uint64(0)))) / math.sqrt(chi_square / FREEDOM)


def simulated(fit: TicketsFit, scenario: Scenario, standing: Sequence[Standing], log: EventLog) -> Outcome:
    """What became of the tickets of a simulated log; those on the desk at the start keep the age they had."""
    spells, names = spells_of(log), list(scenario.demand.tickets)
    kind = log.ticket_class[log.entity[log.event == OPENED]]
    opened, counts = spells.opened.copy(), np.ones(spells.tickets, bool)
    for group in standing:
        rows = np.flatnonzero(kind == names.index(group.name))
        opened[rows] = group.opened - fit.spells.end_ticks
        counts[rows] = False
    desks = np.array([_line(name, fit.desks.names) for name in log.names.queues])
    return replace(outcome_of(spells, desks, counts, 0, log.end_ticks), opened=opened)


def _line(name: str, desks: tuple[str, ...]) -> int:
    return next(k for k, desk in enumerate(desks) if name in (desk, f"{desk} again", first_contact(desk)))


def forecast_block(fit: TicketsFit, window: Window, seed: int, engine: EngineName, replications: range) -> Numbers:
    """The figures of some simulated futures, packed, a row each."""
    return np.stack([_forecast_one(fit, window, seed, engine, replication).packed() for replication in replications])


def _forecast_one(fit: TicketsFit, window: Window, seed: int, engine: EngineName, replication: int) -> Figures:
    seen = outlook(fit, window.minutes, off_of(seed, replication))
    scenario = load_data(scenario_data(fit, window.minutes, seen)).scenario
    model = Model(scenario)
    log = model.run(model.tape(seed, replication), engine)
    clock = fit.working.timeline_at(fit.record, fit.record.log.end_ticks, window.minutes)
    names = fit.record.log.names.priorities
    outcome = simulated(fit, scenario, seen.standing, log)
    return figures_of(outcome, window.targets, clock, fit.tick_min, names, len(fit.desks.names), window.weeks)


def forecast(
    fit: TicketsFit, window: Window, reps: int, seed: int = 1, engine: EngineName = "auto", workers: int | None = None,
    cluster: str | None = None, progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> list[Figures]:  # fmt: skip
    """The figures of many simulated futures, the same for any number of workers."""
    first, mark = _forecast_one(fit, window, seed, engine, 0), mark_of(fit, window.minutes)
    blocks = [range(k, min(k + BLOCK, reps)) for k in range(1, reps, BLOCK)]
    tasks = [
        Task(f"futures {mark} {window} {seed} {engine} {block}", forecast_block, (fit, window, seed, engine, block))
        for block in blocks
    ]
    with pool_of(os.cpu_count() or 1 if workers is None else workers, cluster) as pool:
        later = in_order(tasks, pool, checkpoint, part_of(progress, 1, reps))
    return [first.unpacked(row) for row in np.concatenate([first.packed()[np.newaxis], *later])]


def mark_of(fit: TicketsFit, minutes: float) -> str:
    """A digest of a record and of what was learned from it, for so many minutes from its end."""
    told = json.dumps(scenario_data(fit, minutes, outlook(fit, minutes)), sort_keys=True, default=str)
    return hashlib.sha256(f"{fit.record.log.digest()} {told}".encode()).hexdigest()
