"""Replay: what really happened, and what another staffing would have made of the same tickets."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.readers import ColumnMap, ReadReport, Record, read_incidents
from twin.calibrate.readers.column_map import load_column_map
from twin.eventlog.log import EventLog
from twin.eventlog.schema import AT_QUEUE, ON_DUTY, OPENED
from twin.measures import Cell, Gauge
from twin.measures.frame import names_of
from twin.measures.gauge import Family
from twin.simulate.run import EngineName, Model
from twin.spec.desks import pools
from twin.spec.load import load_data
from twin.spec.scenario import Scenario
from twin.tape.history import UNKNOWNS, Match, on_the_clock_of, tape_from_log
from twin.tape.tape import Tape

FAMILIES: Final[tuple[Family, ...]] = ("service_level", "queues", "attribution")
_NOT_RECORDED: Final = frozenset({"utilisation", "overtime", "occupancy", "pages"})


@dataclass(frozen=True)
class Compared:
    """One measure: as recorded, simulated with the staffing as recorded, and with the other staffing.

    gap     as_recorded - recorded: how far the simulation is from the record. No number is calibrated on the record.
    change  simulated - as_recorded: what the staffing does, on the same tickets. NaN where a side has no number.
    """

    name: str
    where: dict[str, str]
    unit: str
    recorded: float
    as_recorded: float
    simulated: float

    @property
    def gap(self) -> float:
        """Simulation of the staffing as recorded against the record."""
        return self.as_recorded - self.recorded

    @property
    def change(self) -> float:
        """The other staffing against the staffing as recorded, both simulated."""
        return self.simulated - self.as_recorded


@dataclass(frozen=True)
class Replay:
    """The record and its replays.

    recorded     the log under the scenario's names; as_recorded, simulated  logs of the tape (None: nothing simulated).
    scenario     what the gauge is made of: the scenario on the record's clock, or a minimal one made from the log.
    misses       breaches that the simulation as recorded does not reproduce within the band; if there are any, no other
    staffing is answered for: `simulated` is the simulation as recorded.
    sanity       one line on how far the simulation as recorded is from the record.
    unknowns     what a replay can't know; report  what reading the file found and assumed.
    """

    report: ReadReport
    scenario: Scenario
    recorded: EventLog
    as_recorded: EventLog | None
    simulated: EventLog | None
    tape: Tape | None
    measures: tuple[Compared, ...]
    sanity: str
    unknowns: tuple[str, ...]
    misses: tuple[str, ...] = ()


def replay(
    source: str | Path | Record, scenario: Scenario | None = None, column_map: ColumnMap | str | Path | None = None, *,
    as_recorded: Scenario | None = None, match: Match | None = None, targets: Mapping[str, Any] | None = None,
    work_share: float | None = None, seed: int = 1, engine: EngineName = "auto", hours: str | None = None,
    band: float | None = None,
) -> Replay:  # fmt: skip
    """Real incidents, measured, and simulated under the staffing of a scenario.

    source       an export, or a record already read; column_map  what its columns mean (default: ServiceNow).
    scenario     the staffing to try; as_recorded  the staffing of the time (default: the same). They may differ in
                 support and contract only. Without a scenario the record is only measured.
    match        how the scenario names queues and priorities (default: as the column map says).
    targets      without a scenario: priority -> promised times, as in a scenario's contract.
    work_share   share of the recorded active time that was work (default: work drawn by the scenario's laws).
    hours        a calendar of the scenario in whose hours all recorded time at a desk counts as its work.
    band         how far attainment as recorded may lie from the record's for another staffing to be answered for.
    Raises ReadError for a log that makes no sense, ValueError if log and scenario do not fit.
    """
    record = source if isinstance(source, Record) else read_incidents(source, _map_of(column_map))
    if scenario is None:
        minimal = scenario_of(record, targets)
        measured = _compared(Gauge(minimal, FAMILIES), as_measured(record, minimal, Match()), None, None)
        log = as_measured(record, minimal, Match())
        return Replay(record.report, minimal, log, None, None, None, measured, "nothing was simulated", UNKNOWNS)
    match = match or match_of(record.column_map)
    there = _ready(record, scenario)
    then = _ready(record, as_recorded or scenario)
    tape = tape_from_log(record.log, there, match=match, work_share=work_share, seed=seed, hours=hours)
    recorded = as_measured(record, there, match)
    simulated = _named(Model(there).run(tape, engine), record)
    base = simulated if as_recorded is None else _named(Model(then).run(tape, engine), record)
    gauge = Gauge(there, FAMILIES)
    measures = _compared(gauge, recorded, base, simulated)
    misses = () if band is None else _misses(measures, band)
    if misses and simulated is not base:
        simulated, measures = base, _compared(gauge, recorded, base, base)
    return Replay(record.report, there, recorded, base, simulated, tape, measures, _sanity(measures), UNKNOWNS, misses)


def _misses(measures: Sequence[Compared], band: float) -> tuple[str, ...]:
    """Attainments, overall or by priority, that the simulation as recorded misses by more than the band."""
    return tuple(
        f"{' '.join([one.name, *one.where.values()])}: recorded {one.recorded:.1%}, simulated as recorded "
        f"{one.as_recorded:.1%}"
        for one in measures
        if one.name == "attainment" and not math.isnan(one.gap) and abs(one.gap) > band
    )


def match_of(column_map: ColumnMap) -> Match:
    """How the scenario names what the log records, as the column map says."""
    return Match(
        column_map.queues, column_map.default_queue, column_map.scenario_priorities, column_map.ticket_class
    )


def scenario_of(record: Record, targets: Mapping[str, Any] | None = None) -> Scenario:
    """The least scenario by which a record can be measured: its queues, priorities and clock, and promised times.

    targets  priority -> {respond, restore, resolve} as in a scenario. Each group is a tier with the heads seen to act;
    no work is described, so it can't be simulated. Raises ScenarioError if targets are no targets.
    """
    names, start = record.log.names, record.start
    heads = record.report.seen_heads
    tiers = {
        name: {"serves": [name], "shifts": {"seen": {"heads": max(heads.get(name, 1), 1)}}} for name in names.tiers
    }
    incident = {"queue": names.queues[0], "visits": {names.queues[0]: {"work": "0 s"}}}
    return load_data({
        "name": "as recorded", "question": "How well were the recorded tickets served?",
        "clock": {
            "start": start.replace(tzinfo=None).isoformat(), "time_zone": record.column_map.time_zone,
            "horizon": f"{record.log.end_ticks * record.tick_s} s", "tick": f"{record.tick_s} s",
        },
        "demand": {"tickets": {name: incident for name in names.classes}},
        "support": {"priorities": list(names.priorities), "tiers": tiers},
        "contract": {"targets": dict(targets or {})},
    }).scenario  # fmt: skip


def as_measured(record: Record, scenario: Scenario, match: Match) -> EventLog:
    """The record's log under the names of a scenario, with the heads seen to act on duty from the start.

    A group is the tier that serves its queue first. Raises ValueError if a queue has no counterpart or no tier.
    """
    log, names = record.log, names_of(scenario)
    queues = match.queue_numbers(log, names.queues)
    tiers = np.array([_tier_of(names.queues[queue], scenario) for queue in queues.tolist()], np.int64)
    at_queue = np.isin(log.event, AT_QUEUE)
    place = np.where(at_queue, queues[log.place], tiers[log.place])
    priorities = match.priority_numbers(log, names.priorities)
    value = np.where(log.event == OPENED, priorities[np.where(log.event == OPENED, log.value, 0)], log.value)
    seen = np.zeros(len(names.tiers), np.int64)
    np.add.at(seen, tiers, [record.report.seen_heads.get(name, 0) for name in log.names.queues])
    duty = np.unique(tiers)
    heads = np.maximum(seen[duty], 1)
    columns: dict[str, Any] = {
        "at": np.concatenate([np.zeros(len(duty), np.int64), log.at]),
        "event": np.concatenate([np.full(len(duty), ON_DUTY), log.event]).astype(np.int8),
        "entity": np.concatenate([duty, log.entity]).astype(np.int32),
        "place": np.concatenate([duty, place]).astype(np.int16),
        "value": np.concatenate([heads, value]).astype(np.int32),
    }
    kind = match.class_numbers(log, scenario)[log.ticket_class].astype(np.int16)
    return dataclasses.replace(log, **columns, names=names, ticket_class=kind)


def _tier_of(queue: str, scenario: Scenario) -> int:
    for number, pool in enumerate(pools(scenario)):
        if queue in pool.spec.serves:
            return number
    raise ValueError(f'no tier serves the queue "{queue}"; add it to what a tier serves')


def _map_of(column_map: ColumnMap | str | Path | None) -> ColumnMap:
    return column_map if isinstance(column_map, ColumnMap) else load_column_map(column_map)


def _ready(record: Record, scenario: Scenario) -> Scenario:
    return on_the_clock_of(record.log, scenario, record.start, record.tick_s)


def _named(log: EventLog, record: Record) -> EventLog:
    about = {**log.provenance, "replay_of": record.log.provenance["source"], "digest": record.log.provenance["digest"]}
    return dataclasses.replace(log, ticket_names=record.log.ticket_names, provenance=about)


def _values(gauge: Gauge, log: EventLog | None) -> NDArray[np.float64]:
    if log is None:
        return np.full(len(gauge.cells), math.nan)
    raw = gauge.measure(log)
    with np.errstate(divide="ignore", invalid="ignore"):
        values: NDArray[np.float64] = np.where(raw[:, 1] > 0, raw[:, 0] / raw[:, 1], math.nan)
    return values


def _compared(
    gauge: Gauge, recorded: EventLog, base: EventLog | None, simulated: EventLog | None
) -> tuple[Compared, ...]:
    columns = [_values(gauge, recorded), _values(gauge, base)]
    columns.append(columns[1] if simulated is base else _values(gauge, simulated))
    columns[0] = np.where([cell.name in _NOT_RECORDED for cell in gauge.cells], math.nan, columns[0])
    rows = zip(gauge.cells, *(column.tolist() for column in columns), strict=True)
    return tuple(_line(cell, *values) for cell, *values in rows)


def _line(cell: Cell, recorded: float, base: float, simulated: float) -> Compared:
    return Compared(cell.name, cell.dimensions, cell.unit, recorded, base, simulated)


def _sanity(measures: Sequence[Compared]) -> str:
    """How far the simulation as recorded is from the record, for the measures a reader asks for first."""
    wanted = ("first_wait", "sojourn", "backlog", "handoffs")
    told = [
        f"{line.name} {line.as_recorded:.4g} against {line.recorded:.4g} {line.unit}"
        for line in measures
        if line.name in wanted and not line.where
    ]
    return f"simulated as recorded against the record, not calibrated: {', '.join(told)}"


__all__ = ["Compared", "Replay", "as_measured", "match_of", "replay", "scenario_of"]
