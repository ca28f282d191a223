"""The requests engine against the table of known answers, inside 99.9 % intervals at fixed seeds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from request_readers import UNIT_MS, Known, RequestWorld, in_use, mean, throughput
from request_worlds import BUILDERS, closed

from twin.eventlog.requests import RequestLog
from twin.experiment.intervals import ratio_interval
from twin.measures.load import corrected
from twin.simulate.request_run import RequestModel
from twin.spec.load import load_data
from twin.spec.scenario import Scenario
from twin.theory.networks import mva

TABLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracles.json"
ORACLES: dict[str, Any] = {o["id"]: o for o in json.loads(TABLE.read_text())["oracles"]} if TABLE.exists() else {}
needs_table = pytest.mark.skipif(not ORACLES, reason="the table of known answers is not beside the repository")
CONFIDENCE = 0.999
SEED = 20260105


def scenario_of(workload: dict[str, Any], length_s: float, warm_up_s: float) -> Scenario:
    load = {**workload, "length": f"{length_s!r} s", "warm_up": f"{warm_up_s!r} s"}
    return load_data({"name": "theory", "clock": {"start": "2026-01-05", "horizon": "1 h"}, "workload": load}).scenario


def logs_of(world: RequestWorld, effort: float) -> list[RequestLog]:
    length_s = world.units * effort * UNIT_MS / 1000.0
    model = RequestModel(scenario_of(world.workload, length_s, 0.1 * length_s))
    return [model.run(model.tape(SEED, k), "fast") for k in range(world.replications)]


def outside(world: RequestWorld, effort: float) -> list[str]:
    """What is known about a world and lies outside the interval of its replications."""
    raw = np.array([[one.read(log) for one in world.known] for log in logs_of(world, effort)])
    found = ratio_interval(raw[..., 0], raw[..., 1], CONFIDENCE)
    return [
        f"{one.name}: {one.exact:.6g} not in {low:.6g} .. {high:.6g}"
        for one, low, high in zip(world.known, found.low, found.high, strict=True)
        if not low - 1e-6 * one.exact <= one.exact <= high + 1e-6 * one.exact
    ]


@needs_table
@pytest.mark.parametrize("name", BUILDERS)
def test_known_answers(name: str) -> None:
    oracle = ORACLES[name]
    found = [outside(world, 1.0) for world in BUILDERS[name](oracle["params"], oracle["metrics"])]
    assert [fault for faults in found for fault in faults] == []


@pytest.mark.parametrize("cores", [1, 3])
def test_requests_that_hinder_each_other(cores: int) -> None:
    """A closed network whose shared node gets less done the more requests are on it, against its exact solution."""
    rates, users, think = (1.0, 0.9, 0.8, 0.7), 8, 4.0
    data = closed([1.0], [cores], users, think)
    data["stations"]["s0"] |= {"kind": "cpu", "rates": rates}
    exact = mva([1.0], users, think, [cores], [rates])
    known = [
        Known("throughput", exact.throughput, throughput()),
        Known("response", exact.response, mean()),
        Known("in use", cores * exact.utilisation[0], in_use(0)),
    ]
    assert outside(RequestWorld(data, known, 40_000), 1.0) == []


@pytest.mark.long
@needs_table
@pytest.mark.parametrize("name", BUILDERS)
def test_known_answers_in_full(name: str) -> None:
    oracle = ORACLES[name]
    found = [outside(world, 10.0) for world in BUILDERS[name](oracle["params"], oracle["metrics"])]
    assert [fault for faults in found for fault in faults] == []


def stalled(persona: dict[str, Any]) -> RequestLog:
    """A service of 1 ms that stands still for 100 s after 100 s, asked every 10 ms."""
    workload = {
        "stations": {"node": {"servers": 1000, "nodes": 10, "pauses": {"every": "100 s", "takes": "99.999 s"}}},
        "transactions": {"job": {"steps": [{"visit": "node", "work": "1 ms"}]}},
        "personas": {"client": {**persona, "mix": {"job": 1.0}}},
    }
    model = RequestModel(scenario_of(workload, 200.005, 0.0))
    return model.run(model.tape(1), "fast")


@needs_table
def test_coordinated_omission_is_told_and_corrected() -> None:
    metrics = ORACLES["co-tene"]["metrics"]
    log = stalled({"users": 1, "pace": "10 ms"})
    took = (log.end_at - log.start_at)[log.outcome == 0]
    naive = took[: metrics["naive"]["n"]] * log.tick_s
    assert (len(naive), naive.mean(), naive.max()) == pytest.approx(
        (metrics["naive"]["n"], metrics["naive"]["mean"], metrics["naive"]["max"]), rel=1e-9
    )
    told = corrected(naive, 0.01)
    known = metrics["corrected"]
    assert (len(told), told.mean(), told.max()) == pytest.approx((known["n"], known["mean"], known["max"]), rel=1e-9)
    assert np.quantile(told, [0.5, 0.75, 0.99, 0.9999], method="inverted_cdf") == pytest.approx(
        [known["p50"], known["p75"], known["p99"], known["p9999"]], abs=0.0101
    )


@needs_table
def test_open_arrivals_see_the_whole_stall() -> None:
    known = ORACLES["co-tene"]["metrics"]["corrected"]
    log = stalled({"interarrival": "10 ms"})
    took = (log.end_at - log.intended_at)[log.outcome == 0] * log.tick_s
    assert (len(took), took.mean(), took.max()) == pytest.approx((known["n"], known["mean"], known["max"]), rel=1e-9)
    assert np.quantile(took, [0.75, 0.99, 0.9999], method="inverted_cdf") == pytest.approx(
        [known["p75"], known["p99"], known["p9999"]], abs=0.0101
    )
