"""The web tier, a closed model of 500 users and two tiers: the requests engine beside idiomatic SimPy, in one run."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from twin.bench.peers import web_tier_simpy
from twin.eventlog.requests import first_request_difference
from twin.measures.load import LoadGauge
from twin.simulate.request_run import RequestModel
from twin.spec.load import load
from twin.spec.scenario import Scenario
from twin.tape.request_recipe import workload_of

USERS: Final = 500
EVENTS: Final = 3  # logical events of a request: the end of a think time and of two services
OUTPUTS: Final = ("throughput", "response", "response_p95")
# Throughput (1/s) and mean response (s) are exact, the quantile is of 200 simulated hours; and the noise of one hour.
REFERENCE: Final = (49.40708, 0.1200067, 0.29413)
_FILE: Final = Path(__file__).parents[2] / "scenarios" / "bench" / "web_tier.yaml"


@dataclass(frozen=True)
class WebTier:
    """What a run found.

    programs   name -> (CPU ms an hour, logical events per CPU s, ratio to idiomatic SimPy: median, low, high quartile).
    estimates  of the OUTPUTS, with standard errors over `hours` hours of the fast engine; same_logs  in words.
    """

    programs: dict[str, tuple[float, float, float, float, float]]
    estimates: tuple[float, ...]
    errors: tuple[float, ...]
    hours: int
    same_logs: str


def scenario_of(length: str = "1 h") -> Scenario:
    """The model, so long. Raises ScenarioError if the scenario files are not beside the package."""
    return load(_FILE, overrides={"workload.length": length}).scenario


class WholePath:
    """Tape, fast engine, full request log and measures of simulated hours."""

    def __init__(self, length: str = "1 h", engine: str = "fast") -> None:
        scenario = scenario_of(length)
        self._model, self._gauge = RequestModel(scenario), LoadGauge(workload_of(scenario))
        self._engine = engine

    def run(self, replication: int) -> tuple[float, int, np.ndarray[tuple[int], np.dtype[np.float64]]]:
        """CPU seconds, requests, and the OUTPUTS of one replication."""
        start = time.process_time()
        tape = self._model.tape(1, replication)
        log = self._model.run(tape, "simpy" if self._engine == "simpy" else "fast")
        numbers = self._gauge.measure(log)
        spent = time.process_time() - start
        cells = [cell.name for cell in self._gauge.cells]
        rows = numbers[[cells.index(name) for name in OUTPUTS]]
        return spent, len(log), rows[:, 0] / rows[:, 1]


def web_tier(rounds: int = 5, hours: float = 1.0, reference_hours: int = 40) -> WebTier:
    """The programs in turn, round after round, after one that only warms up."""
    length = f"{hours!r} h"
    fast, slow = WholePath(length), WholePath(f"{hours / 20!r} h", "simpy")

    def idiomatic(number: int) -> tuple[float, int]:
        spent, took = web_tier_simpy(USERS, hours, number)
        return spent, len(took)

    programs: dict[str, Callable[[int], tuple[float, int]]] = {
        "twin, whole path": lambda number: fast.run(number)[:2],
        "twin, SimPy engine": lambda number: slow.run(number)[:2],
        "SimPy, idiomatic": idiomatic,
    }
    rates: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, program in programs.items():
            gc.collect()
            spent, requests = program(number)
            if number > 0:
                rates[name].append(EVENTS * requests / spent)
    found = np.array([fast.run(1000 + k)[2] for k in range(reference_hours)])
    errors = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    base = np.array(rates["SimPy, idiomatic"])
    table = {name: _line(np.array(column), base) for name, column in rates.items()}
    return WebTier(table, tuple(found.mean(axis=0).tolist()), tuple(errors.tolist()), reference_hours, _same_logs(3))


def _line(
    rates: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    base: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> tuple[float, float, float, float, float]:
    low, ratio, high = np.quantile(rates / base, (0.25, 0.5, 0.75)).tolist()
    rate = median(rates.tolist())
    hour_ms = 1e3 * EVENTS * REFERENCE[0] * 3600.0 / rate
    return hour_ms, rate, ratio, low, high


def _same_logs(tapes: int) -> str:
    model = RequestModel(scenario_of("1 min"))
    same = 0
    for k in range(tapes):
        tape = model.tape(7, k)
        same += first_request_difference(model.run(tape, "simpy"), model.run(tape, "fast")) is None
    return f"{same} of {tapes}"
