"""Predictions by simulating windows as long as those to be measured, with the transactions that will be dealt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from loadtests.plan import Plan
from loadtests.predict.model import Dealt, Prediction, by_mva, demand_s, drawn, in_the_long_run, scaled, scenario_of
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
PACES = tuple(k / 20 for k in range(16, 29))  # 0.8 to 1.4


@dataclass(frozen=True, slots=True)
class Window:
    """One simulated window: the value of each cell, the core seconds of a transaction, and each verb's per second."""

    values: Array
    core_s: float
    per_s: Mapping[str, float]
    cells: tuple[Cell, ...]


def simulated(
    found: Calibration, plan: Plan, users: Sequence[int], settle_s: float, length_s: float, unsure_cv: float, *,
    reps: int = 40, seed: int = 1, method: str = "simulator", dealt: Sequence[Dealt] = (),
    used_s: Sequence[float] = (),
) -> list[Prediction]:  # fmt: skip
    """Predictions of a window of `length_s` with each number of users: the uncertainty of the demands included.

    unsure_cv  of the machine's speed (coefficient of variation), beyond that of the demands.
    dealt      what the users of each window are given (default: what they have in the long run).
    used_s     core seconds of a transaction where they are known, one for each number of users.

    What users do in a load test and how long they think is known beforehand, as the seed deals it; a simulated window
    has more or less of both by chance. What that did to it is taken out.
    """
    per = found.per_transaction()
    rows: list[Prediction] = []
    for level, (count, given) in enumerate(zip(users, dealt or [in_the_long_run(plan)] * len(users), strict=True)):
        due_s = demand_s(found, given.mix, 0.0)[0]
        windows, by_chance, on_purpose = [], [], []
        for replication in range(level * reps, (level + 1) * reps):  # so that levels are not off together
            sure = drawn(found, unsure_cv, seed, replication)
            one = _window(scenario_of(sure, plan, given.mix, count, settle_s, length_s), seed, replication)
            done = one.per_s["all"]
            thought_s = count / done - one.values[_row(one.cells, "response")]
            dealt_s = sum(per[verb] * one.per_s[verb] for verb in one.per_s if verb != "all") / done
            work = one.core_s / used_s[level] if used_s else dealt_s / due_s
            windows.append(one.values)
            by_chance.append((thought_s / given.think_s, work))
            on_purpose.append(demand_s(sure, given.mix)[0])
        values = without_chance(np.array(windows), np.log(by_chance), np.log(on_purpose))
        rows += _predictions(method, count, one.cells, values)
    return rows


def without_chance(values: Array, chance: Array, purpose: Array) -> Array:
    """What windows would have given without what chance did to them, by regression of the logarithms.

    values   of each window (rows) for each measure, not negative; not a number where it has none.
    chance   of each window, one column for each thing it had more or less of by chance: logarithms, 0 for its share.
    purpose  of each window, the logarithm of what it was given more or less of on purpose; this stays.
    """
    found = values.copy()
    known = np.column_stack([np.ones(len(values)), purpose - purpose.mean(), chance])
    for column in found.T:
        inside = column > 0
        if inside.sum() >= FEWEST_TO_ADJUST:
            slopes = np.linalg.lstsq(known[inside], np.log(column[inside]), rcond=None)[0][2:]
            column[inside] *= np.exp(-chance[inside] @ slopes)
    return found


def _window(scenario: Scenario, seed: int, replication: int) -> Window:
    workload = scenario.workload
    assert workload is not None
    model, gauge = RequestModel(scenario), LoadGauge(workload)
    raw = gauge.measure(model.run(model.tape(seed, replication)))
    with np.errstate(invalid="ignore", divide="ignore"):
        values = raw[:, 0] / raw[:, 1]
    per_s, busy = {}, 0.0
    for cell, value in zip(gauge.cells, values, strict=True):
        where = dict(cell.where)
        if cell.name == "throughput":
            per_s[where["transaction"]] = float(value)
        elif cell.name == "utilisation" and "station" in where:
            station = workload.stations[where["station"]]
            busy += float(value) * station.servers * station.nodes
    return Window(values, busy / per_s["all"], per_s, gauge.cells)


def _row(cells: Sequence[Cell], name: str) -> int:
    return next(k for k, cell in enumerate(cells) if (cell.name, cell.where) == (name, (("transaction", "all"),)))


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
    found: Calibration, plan: Plan, users: Sequence[int], settle_s: float, length_s: float, unsure_cv: float,
    reps: int, dealt: Sequence[Dealt],
) -> list[Prediction]:  # fmt: skip
    """The simulator's and MVA's predictions for each of a row of paces that the machine may turn out to have."""
    rows = []
    for seed, pace in enumerate(PACES, start=1):
        slower = scaled(found, pace)
        made = simulated(slower, plan, users, settle_s, length_s, unsure_cv, reps=reps, seed=seed, dealt=dealt)
        rows += [replace(row, pace=pace) for row in [*made, *by_mva(slower, plan, users)]]
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
