"""Closed forms of networks, sharing and caches against the table of known answers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.theory.networks import mva, mva_classes, open_network
from twin.theory.scalability import asymptotic_bounds, balanced_bounds, fit_scalability, knee
from twin.theory.sharing import bounded_line, characteristic_hit_ratio, recent_hit_ratio, shared_cores

TABLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracles.json"
ORACLES: dict[str, Any] = {o["id"]: o for o in json.loads(TABLE.read_text())["oracles"]} if TABLE.exists() else {}
needs_table = pytest.mark.skipif(not ORACLES, reason="the table of known answers is not beside the repository")


@needs_table
@pytest.mark.parametrize("name", ["mva-mm1n", "mva-ebiz-naive", "mva-multicore-a"])
def test_closed_networks(name: str) -> None:
    params, metrics = ORACLES[name]["params"], ORACLES[name]["metrics"]
    for users in params["N"]:
        found, known = mva(params["demands"], users, params["Z"], params["servers"]), metrics[str(users)]
        assert (found.throughput, found.response) == pytest.approx((known["X"], known["R"]), rel=1e-6)
        assert found.utilisation == pytest.approx(known["U"], rel=1e-6)
        assert found.queue == pytest.approx(known["Q"], rel=1e-6)


def test_both_ways_to_solve_a_closed_network_agree() -> None:
    by_recursion, by_constants = mva([0.5, 0.2], 30, 4.0), mva([0.5, 0.2, 0.0], 30, 4.0, [1, 1, 2])
    assert by_constants.throughput == pytest.approx(by_recursion.throughput, rel=1e-12)
    assert mva([0.5, 2.0], 7, 1.0, [1, 0]).throughput == pytest.approx(mva([0.5], 7, 3.0).throughput, rel=1e-12)


def test_rates_of_a_station_say_what_its_servers_do() -> None:
    """Three servers are one that gets twice and three times as much done; a hindered one is slower at every load."""
    three, one = mva([0.5, 0.2], 9, 1.0, [3, 1]), mva([0.5, 0.2], 9, 1.0, [1, 1], [(1.0, 2.0, 3.0), ()])
    assert (one.throughput, *one.queue) == pytest.approx((three.throughput, *three.queue), rel=1e-12)
    hindered = mva([0.5], 9, 1.0, [1], [(1.0, 0.8)])
    assert hindered.utilisation[0] <= 1.0
    assert hindered.throughput == pytest.approx(0.8 * hindered.utilisation[0] / 0.5, rel=0.01)


@needs_table
def test_closed_network_with_classes() -> None:
    params, metrics = ORACLES["mvamc-allen"]["params"], ORACLES["mvamc-allen"]["metrics"]
    found = mva_classes(params["D"], params["N"], params["Z"])
    assert found.throughput == pytest.approx(metrics["X"], rel=1e-6)
    assert found.response == pytest.approx(metrics["R"], rel=1e-6)
    assert found.queue == pytest.approx(metrics["Q"], rel=1e-6)
    assert found.utilisation == pytest.approx(metrics["U"], rel=1e-6)
    assert found.residence == pytest.approx(np.array(metrics["Rk"]), rel=1e-6)


@needs_table
def test_open_network() -> None:
    params, metrics = ORACLES["open-qsp72"]["params"], ORACLES["open-qsp72"]["metrics"]
    found = open_network(params["lams"], params["D"])
    assert found.utilisation == pytest.approx(metrics["U"], rel=1e-6)
    assert found.response.sum(axis=1) == pytest.approx(metrics["R_total"], rel=1e-6)
    assert found.queue == pytest.approx(np.array(metrics["Q"]), rel=1e-6)
    with pytest.raises(ValueError, match="lower the rates"):
        open_network([2.0], [[1.0]])


@needs_table
def test_scalability_law() -> None:
    params, metrics = ORACLES["usl-a"]["params"], ORACLES["usl-a"]["metrics"]
    users = [int(n) for n in metrics["X"]]
    found = fit_scalability(users, list(metrics["X"].values()))
    assert (found.alpha, found.beta, found.gamma) == pytest.approx(
        (params["alpha"], params["beta"], params["gamma"]), rel=1e-6
    )
    assert found.peak_users == pytest.approx(metrics["N_star"], rel=1e-6)
    assert found.throughput(found.peak_users) == pytest.approx(metrics["X_max"], rel=1e-6)
    with pytest.raises(ValueError, match="three loads"):
        fit_scalability([1, 2], [1.0, 2.0])


@needs_table
@pytest.mark.parametrize("name", ["ps1-a", "ps4-a"])
def test_shared_cores(name: str) -> None:
    params, metrics = ORACLES[name]["params"], ORACLES[name]["metrics"]
    found = shared_cores(params["lam"], params["mu"], params["cores"])
    assert (found.mean, found.variance) == pytest.approx((metrics["W"], metrics["var_W"]), rel=1e-6)
    for p in (0.5, 0.95, 0.99):
        assert found.quantile(p) == pytest.approx(metrics[f"W_p{100 * p:.0f}"], rel=1e-4)


@needs_table
def test_bounded_line() -> None:
    params, metrics = ORACLES["mmck-a"]["params"], ORACLES["mmck-a"]["metrics"]
    found = bounded_line(params["lam"], params["mu"], params["c"], params["K"])
    assert found == pytest.approx((metrics["P_block"], metrics["W"], metrics["util"]), rel=1e-9)


@needs_table
def test_recent_cache() -> None:
    params, metrics = ORACLES["lru-a"]["params"], ORACLES["lru-a"]["metrics"]
    assert recent_hit_ratio(params["weights"], params["capacity"]) == pytest.approx(metrics["hit_ratio"], rel=1e-9)


def test_characteristic_time_is_close_for_many_objects() -> None:
    weights = [1.0 / k for k in range(1, 19)]
    assert characteristic_hit_ratio(weights, 6) == pytest.approx(recent_hit_ratio(weights, 6), abs=0.01)
    assert characteristic_hit_ratio(weights, 18) == recent_hit_ratio(weights, 20 - 2) == 1.0


@pytest.mark.parametrize("users", [1, 3, 10, 40])
@pytest.mark.parametrize("think", [0.0, 2.0])
def test_bounds_hold_the_exact_answer(users: int, think: float) -> None:
    demands = [0.3, 0.2, 0.1]
    exact = mva(demands, users, think)
    wide, tight = asymptotic_bounds(demands, users, think), balanced_bounds(demands, users, think)
    for one in (wide, tight):
        assert one.throughput_low - 1e-12 <= exact.throughput <= one.throughput_high + 1e-12
        assert one.response_low - 1e-12 <= exact.response <= one.response_high + 1e-12
    assert tight.throughput_low >= wide.throughput_low - 1e-12
    assert knee(demands, think) == pytest.approx((think + 0.6) / 0.3)


@needs_table
def test_published_demands_of_a_measured_rig_predict_it_near_saturation() -> None:
    """The demands are published, not calibrated here: throughput at few users alone does not tell them."""
    params, metrics = ORACLES["ebiz-measured"]["params"], ORACLES["ebiz-measured"]["metrics"]
    for users, measured, model in zip(params["vusers"], metrics["measured_X"], metrics["final_model_X"], strict=True):
        found = mva([0.008 * users**0.085, 0.0028, 0.0009, *[0.0022] * 12], users).throughput
        assert found == pytest.approx(model, rel=1e-6)
        assert users < 7 or found == pytest.approx(measured, rel=0.05)
