"""Metamorphic laws of the whole run: what must give the same log, and the same bytes."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plm_week import scenario_of, week

from twin.eventlog.checkers import check
from twin.eventlog.log import first_difference
from twin.eventlog.schema import OPENED, RESOLVED, STARTED
from twin.experiment.replicate import replicate
from twin.simulate.run import Model, simulate_one

SEED = 5


def slower(data: Any, times: int) -> Any:
    """The same data with every quantity of time multiplied."""
    if isinstance(data, dict):
        return {key: slower(value, times) for key, value in data.items()}
    if isinstance(data, list):
        return [slower(item, times) for item in data]
    length = re.fullmatch(r"([0-9.]+) (ms|s|min|h|d)", data) if isinstance(data, str) else None
    rate = re.fullmatch(r"([0-9.]+) / (h|d)", data) if isinstance(data, str) else None
    if length:
        return f"{float(length[1]) * times:g} {length[2]}"
    return f"{rate[1]} / {times} {rate[2]}" if rate else data


def timeless() -> dict[str, Any]:
    """The week without what hangs on the wall clock: calendars, profiles, day factors, recurrences."""
    data = week()
    data["demand"] |= {"profiles": {}, "busyness_cv": 0}
    data["demand"]["tickets"]["how-to"]["arrivals"] = {"rate": "40 / d"}
    for tier in data["support"]["tiers"].values():
        tier["shifts"]["day"]["calendar"] = "always"
    data["changes"]["patch"] |= {"repeat": None, "at": "2026-01-05T00:00"}
    return data


@pytest.mark.parametrize("times", [60, 64])
def test_another_unit_of_time_gives_the_same_log(times: int) -> None:
    here, there = timeless(), slower(timeless(), times)
    log, other = simulate_one(scenario_of(here), seed=SEED), simulate_one(scenario_of(there), seed=SEED)
    assert there["clock"]["tick"] == f"{times} s"
    assert len(log) > 1000
    assert first_difference(log, other) is None


def test_ticket_classes_listed_in_another_order_measure_the_same() -> None:
    data, other = week(), week()
    other["demand"]["tickets"] = dict(reversed(other["demand"]["tickets"].items()))
    here, there = replicate(scenario_of(data), reps=2, workers=1), replicate(scenario_of(other), reps=2, workers=1)
    measured = [
        {(cell.name, cell.where): one.raw[:, k].tolist() for k, cell in enumerate(one.cells)} for one in (here, there)
    ]
    assert len(measured[0]) > 20
    assert measured[0].keys() == measured[1].keys()
    for key, numbers in measured[0].items():
        np.testing.assert_allclose(measured[1][key], numbers, rtol=1e-12, err_msg=str(key))


def test_one_and_two_workers_give_the_same_bytes() -> None:
    scenario = scenario_of(week())
    one, two = (replicate(scenario, reps=25, seed=SEED, workers=workers) for workers in (1, 2))
    assert one.raw.tobytes() == two.raw.tobytes()


def test_two_processes_give_the_same_bytes() -> None:
    log = simulate_one(scenario_of(week()), seed=SEED, replication=1)
    code = (
        "from plm_week import scenario_of, week; from twin.simulate.run import simulate_one; "
        f"print(simulate_one(scenario_of(week()), seed={SEED}, replication=1).digest())"
    )
    path = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    run = [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"]
    other = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    assert other == log.digest()


def test_seeds_and_replications_give_other_logs() -> None:
    model = Model(scenario_of(week()))
    digests = {model.run(model.tape(seed, replication)).digest() for seed in (1, 2) for replication in (0, 1)}
    assert len(digests) == 4


def test_littles_law_and_conservation_hold_exactly() -> None:
    """Number of tickets in the system summed over time = time in the system summed over tickets, in whole ticks."""
    data = week()
    data["demand"]["tickets"]["how-to"]["reopen"] = None
    scenario = scenario_of(data)
    log = simulate_one(scenario, seed=SEED)
    assert check(log, scenario) == []
    opened, closed = log.event == OPENED, np.isin(log.event, [RESOLVED, 14])
    inside = np.cumsum(opened.astype(int) - closed.astype(int))
    area = int((inside * np.diff(np.append(log.at, log.end_ticks))).sum())
    still_open = int(opened.sum() - closed.sum())
    assert area == int(log.at[closed].sum()) + still_open * log.end_ticks - int(log.at[opened].sum())
    assert set(log.entity[closed]) <= set(log.entity[opened])
    assert len(set(log.entity[closed])) == int(closed.sum())
    assert set(log.entity[log.event == STARTED]) <= set(log.entity[opened])
