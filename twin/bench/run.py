"""The whole benchmark: every program in turn, round after round, then stages, growth and workers."""

import gc
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from twin.bench.growth import TABLES, Growth, growth, replications_growth, worker_gain
from twin.bench.help_desk import A60, A600, OUTPUTS, YEAR_DAYS, HelpDesk, estimates
from twin.bench.machine import machine
from twin.bench.ours import WholePath, loop_alone, reference, stage_times
from twin.bench.peers import PEERS, Peer, Sample, why_skipped
from twin.bench.web_tier import WebTier, web_tier
from twin.units import finite

WHOLE_PATH: Final = "twin, whole path"
LOOP: Final = "twin, engine loop alone"
SIMPY_ENGINE: Final = "twin, SimPy engine"
IDIOMATIC: Final = "SimPy, idiomatic"
LEAST_ROUNDS: Final = 3
_SHARE_OF_TIME: Final = {"A60": 0.35, "A600": 0.65}

Program = Callable[[int], Sample]  # round -> timed runs
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Effort:
    """How much to run.

    seconds  of interleaved rounds (at least 3 rounds are run); days  length of a simulated year.
    years    of the fast engine for the comparison with the reference; passes  over each growth table.
    counts   of replications in the growth table; worker_replications  of the runs with one and two workers.
    """

    seconds: float = 150.0
    days: int = YEAR_DAYS
    years: int = 100
    passes: int = 5
    counts: tuple[int, ...] = (10, 100, 1000)
    worker_replications: int = 1200


@dataclass(frozen=True)
class Speed:
    """One program on one model: median CPU milliseconds of a simulated year, logical events per CPU second, and the
    ratio of that to idiomatic SimPy in the same round (median and quartiles over rounds)."""

    model: str
    program: str
    rounds: int
    cpu_ms_per_year: float
    events_per_s: float
    ratio: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Agreement:
    """One output of one program beside the reference; z is the difference in standard errors of both."""

    model: str
    program: str
    output: str
    years: float
    estimate: float
    error: float
    reference: float
    reference_error: float
    z: float


@dataclass(frozen=True)
class Bench:
    """Everything one run of the benchmark found."""

    machine: dict[str, str]
    speeds: list[Speed]
    agreements: list[Agreement]
    skipped: dict[str, str]
    same_logs: dict[str, str]
    stages: dict[str, dict[str, float]]
    growth: dict[str, list[Growth]]
    replications: list[tuple[int, float]]
    workers: tuple[float, float, float]
    web_tier: WebTier

    def as_json(self) -> dict[str, Any]:
        """Plain data, NaN as null."""
        return {name: finite(value) for name, value in asdict(self).items()}


def bench(effort: Effort = Effort(), progress: Progress | None = None) -> Bench:
    """The benchmark, run in this process; peers that are not installed are skipped with the reason."""
    tell, about = _Teller(progress, 6 + len(TABLES)), machine()
    skipped = {name: why for name, package, _, _ in PEERS if (why := why_skipped(package))}
    if IDIOMATIC in skipped:
        raise ValueError(skipped[IDIOMATIC])
    speeds, agreements, same_logs = [], [], {}
    for desk in (A60, A600):
        samples, same_logs[desk.name] = _rounds(desk, effort, skipped)
        speeds += _speeds(desk, samples, effort)
        agreements += _agreements(desk, samples, effort)
        tell()
    stages = {desk.name: stage_times(desk.scenario(effort.days), 3 * effort.passes) for desk in (A60, A600)}
    tell()
    tables = {}
    for title in TABLES:
        tables[title] = growth(title, effort.days, effort.passes)
        tell()
    replications = replications_growth(effort.counts, effort.days)
    tell()
    workers = worker_gain(effort.worker_replications, effort.days, min(effort.passes, 3))
    tell()
    web = web_tier(min(effort.passes, 5), min(effort.days / YEAR_DAYS, 1.0), min(effort.years, 40))
    tell()
    return Bench(about, speeds, agreements, skipped, same_logs, stages, tables, replications, workers, web)


class _Teller:
    def __init__(self, progress: Progress | None, steps: int) -> None:
        self._progress, self._steps, self._done = progress, steps, 0

    def __call__(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._steps)


def _rounds(desk: HelpDesk, effort: Effort, skipped: dict[str, str]) -> tuple[dict[str, list[Sample]], str]:
    """Samples per program, one a round, after a round that only warms up; and how many logs were the same."""
    programs, equal = _programs(desk, effort, skipped)
    for program in programs.values():
        program(0)
    equal.clear()
    gc.collect()
    gc.freeze()  # what is loaded by now would make every collection slower for programs that make much garbage
    samples: dict[str, list[Sample]] = {name: [] for name in programs}
    until, number = time.monotonic() + effort.seconds * _SHARE_OF_TIME[desk.name], 1
    while number <= LEAST_ROUNDS or time.monotonic() < until:
        for name, program in programs.items():
            gc.collect()
            samples[name].append(program(number))
        number += 1
    gc.unfreeze()
    return samples, f"{sum(equal)} of {len(equal)}"


def _programs(desk: HelpDesk, effort: Effort, skipped: dict[str, str]) -> tuple[dict[str, Program], list[bool]]:
    scenario, years = desk.scenario(effort.days), 20 * 60 // desk.tickets_per_day
    part = desk.scenario(max(effort.days * 60 // desk.tickets_per_day, 1))
    path, equal = WholePath(scenario), list[bool]()

    def simpy_engine(number: int) -> Sample:
        sample, is_same = reference(part, number)
        equal.append(is_same)
        return sample

    programs: dict[str, Program] = {
        WHOLE_PATH: lambda number: path.run(range(years * number, years * (number + 1))),
        LOOP: lambda number: loop_alone(scenario, range(years * number, years * (number + 1))),
        SIMPY_ENGINE: simpy_engine,
    }
    for name, _, peer, share in PEERS:
        if name not in skipped:
            programs[name] = _peer(peer, desk, max(round(share[desk.name] * effort.days), 1))
    return programs, equal


def _peer(peer: Peer, desk: HelpDesk, days: int) -> Program:
    return lambda number: peer(desk, days, number)


def _speeds(desk: HelpDesk, samples: dict[str, list[Sample]], effort: Effort) -> list[Speed]:
    base = [one.events_per_s for one in samples[IDIOMATIC]]
    yearly = _events_per_day(samples[WHOLE_PATH], effort) * YEAR_DAYS
    out = []
    for name, column in samples.items():
        rates = [one.events_per_s for one in column]
        low, ratio, high = np.quantile(np.array(rates) / np.array(base), (0.25, 0.5, 0.75)).tolist()
        rate = float(np.median(rates))
        out.append(Speed(desk.name, name, len(column), 1e3 * yearly / rate, rate, ratio, low, high))
    return out


def _events_per_day(column: list[Sample], effort: Effort) -> float:
    return sum(one.events for one in column) / sum(len(one.outcomes) for one in column) / effort.days


def _agreements(desk: HelpDesk, samples: dict[str, list[Sample]], effort: Effort) -> list[Agreement]:
    """The fast engine over `effort.years` years of its own, the peers over the years they were timed for.

    The peers' runs are few: their standard errors are those of the fast engine, widened for fewer years.
    """
    ours = WholePath(desk.scenario(effort.days), seed=2).run(range(effort.years))
    known_error, known_years = estimates(ours.outcomes)[1], effort.years * effort.days / YEAR_DAYS
    outcomes = {WHOLE_PATH: ours.outcomes}
    peers = [name for name in samples if name not in (WHOLE_PATH, LOOP, SIMPY_ENGINE)]
    outcomes |= {name: np.concatenate([one.outcomes for one in samples[name]]) for name in peers}
    out = []
    for name, runs in outcomes.items():
        estimate = estimates(runs)[0]
        years = float(runs[:, 0, 1].sum()) / (desk.tickets_per_day * YEAR_DAYS)
        error = known_error * math.sqrt(known_years / years)
        for k, output in enumerate(OUTPUTS):
            found, se, expected, its_se = float(estimate[k]), float(error[k]), desk.reference[k], desk.error[k]
            z = (found - expected) / math.hypot(se, its_se)
            out.append(Agreement(desk.name, name, output, years, found, se, expected, its_se, z))
    return out

