"""Predictions by simulating windows as long as those to be measured, with the transactions that will be dealt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from loadtests.plan import Plan
from loadtests.predict.model import Dealt, Prediction, by_mva, drawn, scaled, scenario_of
from twin.calibrate.requests.fit import Calibration
from twin.measures.cells import Cell
from twin.measures.load import LoadGauge
from twin.simulate.request_run import RequestModel
from twin.spec.scenario import Scenario

Array = NDArray[np.float64]

CONFIDENCE = 0.9
FEWEST_TO_ADJUST = 20  # windows
NAMES = {"throughput": "per_s", "response": "mean_s", "response_p95": "p95_s", "response_p99": "p99_s"}
PER_VERB = {"response"}
PACES = tuple(k / 20 for k in range(13, 31))  # 0.65 to 1.5


@dataclass(frozen=True, slots=True)
class Window:
    """One simulated window: the value of each cell, and the core seconds of a transaction."""

    values: Array
    core_s: float
    cells: tuple[Cell, ...]


def simulated(
    found: Calibration, plan: Plan, users: int, settle_s: float, length_s: float, unsure_cv: float, *,
    reps: int = 40, seed: int = 1, method: str = "simulator", dealt: Dealt | None = None, used_s: float | None = None,
) -> list[Prediction]:  # fmt: skip
    """Predictions of a window of `length_s` with so many users: the uncertainty of the demands included.

    unsure_cv  of the machine's speed (coefficient of variation), beyond that of the demands.
    dealt      the cards that users will be dealt (default: chance decides).
    used_s     core seconds of a transaction where they are known; what it did to a simulated window that it used more
               or less by chance is taken out.
    """
    windows = []
    for replication in range(reps):
        sure = drawn(found, unsure_cv, seed, replication)
        scenario = scenario_of(sure, plan, users, settle_s, length_s)
        windows.append(_window(scenario, seed, replication, dealt))
    values = np.array([one.values for one in windows])
    if used_s is not None:
        values = without_chance(values, np.log([one.core_s / used_s for one in windows]))
    return list(_predictions(method, users, windows[0].cells, values))


def without_chance(values: Array, chance: Array) -> Array:
    """What windows would have given without what chance did to them, by regression of the logarithms.

    values  of each window (rows) for each measure, not negative; not a number where it has none.
    chance  of each window, the logarithm of what it had more or less of by chance, 0 for its share.
    """
    found = values.copy()
    known = np.column_stack([np.ones(len(values)), chance])
    for column in found.T:
        inside = column > 0
        if inside.sum() >= FEWEST_TO_ADJUST:
            slope = np.linalg.lstsq(known[inside], np.log(column[inside]), rcond=None)[0][1]
            column[inside] *= np.exp(-chance[inside] * slope)
    return found


def _window(scenario: Scenario, seed: int, replication: int, dealt: Dealt | None) -> Window:
    workload = scenario.workload
    assert workload is not None
    model, gauge = RequestModel(scenario), LoadGauge(workload)
    tape = model.tape(seed, replication)
    if dealt is not None:
        number = {name: k for k, name in enumerate(workload.transactions)}
        doing = np.array([number.get(verb, -1) for verb in dealt.verbs])  # -1: never seen at calibration
        tape = tape.dealing(doing[doing >= 0], np.array(dealt.think_s)[doing >= 0], workload.tick)
    raw = gauge.measure(model.run(tape))
    with np.errstate(invalid="ignore", divide="ignore"):
        values = raw[:, 0] / raw[:, 1]
    done, busy = 0.0, 0.0
    for cell, value in zip(gauge.cells, values, strict=True):
        where = dict(cell.where)
        if cell.name == "throughput" and where["transaction"] == "all":
            done = float(value)
        elif cell.name == "utilisation" and "station" in where:
            station = workload.stations[where["station"]]
            busy += float(value) * station.servers * station.nodes
    return Window(values, busy / done, gauge.cells)


def _predictions(method: str, users: int, cells: Sequence[Cell], values: Array) -> Iterator[Prediction]:
    """Mean and quantiles over windows (rows) of the cells that are predicted."""
    low, high = np.nanquantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    mean = np.nanmean(values, axis=0)
    for k, cell in enumerate(cells):
        verb = dict(cell.where).get("transaction", "")
        if cell.name in NAMES and verb and (verb == "all" or cell.name in PER_VERB):
            name = "" if verb == "all" else verb
            yield Prediction(method, users, NAMES[cell.name], name, float(mean[k]), float(low[k]), float(high[k]))


def by_pace(
    found: Calibration, plan: Plan, users: int, settle_s: float, length_s: float, unsure_cv: float, reps: int,
    seed: int, dealt: Dealt,
) -> list[Prediction]:  # fmt: skip
    """The simulator's and MVA's predictions for each of a row of paces that the machine may turn out to have."""
    rows = []
    for k, pace in enumerate(PACES):
        slower, own = scaled(found, pace), len(PACES) * seed + k
        made = simulated(slower, plan, users, settle_s, length_s, unsure_cv, reps=reps, seed=own, dealt=dealt)
        rows += [replace(row, pace=pace) for row in [*made, *by_mva(slower, plan, [users])]]
    return rows


def at_pace(rows: Sequence[Prediction], users: int, pace: float) -> list[Prediction]:
    """Predictions between those for the paces on both sides; none beyond the fastest and the slowest."""
    found = []
    known = [row for row in rows if row.users == users and row.pace is not None]
    for method, measure, verb in dict.fromkeys((row.method, row.measure, row.verb) for row in known):
        mine = [row for row in known if (row.method, row.measure, row.verb) == (method, measure, verb)]
        paces = [row.pace or 1.0 for row in mine]
        if paces[0] <= pace <= paces[-1]:
            columns = [[getattr(row, name) for row in mine] for name in ("estimate", "low", "high")]
            bounds = [float(np.interp(pace, paces, column)) for column in columns if None not in column]
            found.append(Prediction(f"{method} at pace", users, measure, verb, *bounds))
    return found
