"""The help desk in the twin's own engines, timed like the peers, and where the time of the fast path goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Final

import numpy as np

from twin.bench.help_desk import Numbers
from twin.bench.peers import Sample
from twin.eventlog.log import EventLog, first_difference
from twin.eventlog.schema import COLUMNS, OPENED, RESOLVED
from twin.measures.gauge import Family, Gauge
from twin.simulate import operations, operations_fast
from twin.simulate.fast.loop import run
from twin.simulate.fast.world import ROWS, World
from twin.simulate.operations_fast import ROWS_A_LIFE
from twin.simulate.plan import Plan, agenda_of, plan_of
from twin.simulate.recorder import log_of
from twin.simulate.run import Model
from twin.spec.scenario import Scenario
from twin.tape.draw import draw
from twin.tape.recipe import Recipe
from twin.tape.tape import Tape

FAMILIES: Final[tuple[Family, ...]] = ("service_level",)
STAGES: Final = ("set-up", "tape", "plan", "loop", "log", "measures")


class WholePath:
    """Tape, fast engine, full event log and SLA measures of replications of one scenario.

    set_up_s  CPU seconds to make the scenario ready, paid once for all its replications.
    """

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        start = time.process_time()
        self._model, self._gauge = _made_ready(scenario)
        self.set_up_s = time.process_time() - start
        self._seed, self._tick_s = seed, scenario.clock.tick

    def run(self, replications: range) -> Sample:
        """Replications one after the other."""
        spent, events, rows, outcomes = 0.0, 0, 0, []
        for replication in replications:
            start = time.process_time()
            tape = self._model.tape(self._seed, replication)
            log = self._model.run(tape, "fast")
            numbers = self._gauge.measure(log)
            spent += time.process_time() - start
            events, rows = events + tape.arrivals + len(tape.steps), rows + len(log)
            outcomes.append(_outcome(self._gauge, numbers, log, self._tick_s))
        return Sample(spent, events, np.array(outcomes), rows)


def _made_ready(scenario: Scenario) -> tuple[Model, Gauge]:
    model = Model(scenario)
    _ = model.recipe.pieces, model.plan  # made on first use
    return model, Gauge(scenario, FAMILIES)


def loop_alone(scenario: Scenario, replications: range, seed: int = 1) -> Sample:
    """The compiled loop alone, from a world in memory to the filled columns of its log."""
    recipe, plan = Recipe(scenario), plan_of(scenario)
    spent, events = 0.0, 0
    for replication in replications:
        tape = draw(recipe, seed, replication)
        world = _world(plan, tape)
        start = time.process_time()
        _run(world, tape)
        spent += time.process_time() - start
        events += tape.arrivals + len(tape.steps)
    return Sample(spent, events, np.empty((0, 6, 2)))


def reference(scenario: Scenario, replication: int, seed: int = 1) -> tuple[Sample, bool]:
    """The SimPy engine on one tape, and whether the fast engine wrote the same log, row for row."""
    model = Model(scenario)
    tape, plan = model.tape(seed, replication), model.plan
    start = time.process_time()
    log = operations.simulate(plan, tape)
    spent = time.process_time() - start
    is_same = first_difference(log, operations_fast.simulate(plan, tape)) is None
    return Sample(spent, tape.arrivals + len(tape.steps), np.empty((0, 6, 2))), is_same


def stage_times(scenario: Scenario, years: int, seed: int = 1) -> dict[str, float]:
    """Median CPU milliseconds of each stage of a replication; set-up is paid once for all replications."""
    spent: dict[str, list[float]] = {name: [] for name in STAGES}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        start = time.process_time()
        yield
        spent[stage].append(1e3 * (time.process_time() - start))

    for replication in range(years):
        with timed("set-up"):
            model, gauge = _made_ready(scenario)
        with timed("tape"):
            tape = model.tape(seed, replication)
        with timed("plan"):
            world = _world(model.plan, tape)
        with timed("loop"):
            _run(world, tape)
        columns = {name: getattr(world, name)[: int(world.count[ROWS])] for name, _ in COLUMNS}
        with timed("log"):
            log = log_of(model.plan, tape, columns)
        with timed("measures"):
            gauge.measure(log)
    return {name: median(values) for name, values in spent.items()}


def _world(plan: Plan, tape: Tape) -> World:
    agenda, tickets = agenda_of(plan, tape), len(tape.ticket_class)
    rows = tickets + 2 * len(tape.steps) + ROWS_A_LIFE * len(tape.lives) + 2 * len(agenda) + 1024
    return operations_fast.world_of(plan, tape, agenda, rows, tickets + 1024)


def _run(world: World, tape: Tape) -> None:
    if run(world, tape.opened_at, tape.priority, tape.end_ticks) != 0:
        raise MemoryError("the prepared log was too small for this tape")


def _outcome(gauge: Gauge, numbers: Numbers, log: EventLog, tick_s: float) -> Numbers:
    """The outputs of the benchmark model, shape (6, 2), in the order of help_desk.OUTPUTS."""
    place = {(cell.name, cell.where): k for k, cell in enumerate(gauge.cells)}
    by_priority = [(("priority", f"P{k}"), ("clock", "resolve")) for k in (1, 2, 3, 4)]
    shares = [numbers[place["attainment", where]] for where in ((), *by_priority)]
    is_opened, is_resolved = log.event == OPENED, log.event == RESOLVED
    length = (log.at[is_resolved].sum() - log.at[is_opened].sum()) * tick_s / 60
    return np.array([*shares, [length, is_resolved.sum()]])
