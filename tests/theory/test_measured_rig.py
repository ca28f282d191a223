"""A measured web rig: what its points at no more than 4 users and its stations' demands say about 7, 10 and 20.

Known of the rig: the service demands of its three stations, as published (the web tier's grows with users). A request
by itself takes 30 ms longer than those, somewhere that was not measured; the source puts twelve stations of 2.2 ms
there. Here the candidates are k equal stations for k up to 100, or a delay in which nobody waits for anybody. Each
has one free number, its total, fitted to the throughput at 1, 2 and 4 users by least squares of relative errors; the
candidate with the smallest sum is used. Nothing above 4 users enters but the published law of the web tier's demand.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from request_readers import RequestWorld, exponential, length, throughput
from scipy.optimize import minimize_scalar
from test_request_engine import CONFIDENCE, logs_of

from twin.experiment.intervals import ratio_interval
from twin.theory.networks import mva

TABLE = Path(__file__).resolve().parents[2].parent / "shared" / "oracles.json"
ORACLES: dict[str, Any] = {o["id"]: o for o in json.loads(TABLE.read_text())["oracles"]} if TABLE.exists() else {}
pytestmark = pytest.mark.skipif(not ORACLES, reason="the table of known answers is not beside the repository")
GROWTH = 0.085  # the published exponent of the web tier's demand
CANDIDATES = (0, 1, 2, 4, 8, 12, 24, 50, 100)  # equal stations; 0: a delay


def measured() -> dict[int, float]:
    """Throughput per second by users."""
    rig = ORACLES["ebiz-measured"]
    return dict(zip(rig["params"]["vusers"], rig["metrics"]["measured_X"], strict=True))


def stations_s(users: int, growth: float) -> list[float]:
    """The demands of web, application and database server."""
    return [0.008 * users**growth, 0.0028, 0.0009]


def predicted(users: int, hidden_s: float, count: int, growth: float = GROWTH) -> float:
    """Throughput when `hidden_s` of each request pass at `count` equal stations, or in a delay."""
    more = [hidden_s / count] * count if count else []
    return mva([*stations_s(users, growth), *more], users, 0.0 if count else hidden_s).throughput


def fitted(count: int, growth: float = GROWTH) -> tuple[float, float]:
    """Sum of squared relative errors at no more than 4 users, and the hidden time that makes it least."""
    few = {users: per_s for users, per_s in measured().items() if users <= 4}

    def errors(hidden_s: float) -> float:
        return sum((predicted(n, hidden_s, count, growth) / per_s - 1.0) ** 2 for n, per_s in few.items())

    found = minimize_scalar(errors, bounds=(0.0, 1.0 / few[1]), method="bounded", options={"xatol": 1e-9})
    return float(found.fun), float(found.x)


def worst(predict: Callable[[int], float]) -> float:
    """The largest relative error above 4 users."""
    return max(abs(predict(n) / per_s - 1.0) for n, per_s in measured().items() if n > 4)


def test_few_users_and_the_demands_predict_many_within_five_percent() -> None:
    error, count, hidden_s = min((fitted(count)[0], count, fitted(count)[1]) for count in CANDIDATES)
    assert count == 0, "two users are twice as fast as one: nobody waits in the hidden part"
    assert error < fitted(12)[0] / 3
    assert hidden_s == pytest.approx(0.028, abs=0.001)
    assert worst(lambda users: predicted(users, hidden_s, count)) < 0.05


def test_few_users_alone_do_not_tell_that_the_web_tier_slows_down() -> None:
    """Without the law the fit up to 4 users is closer still, and 20 users are a third off: it has to be measured."""
    steady, hidden_s = fitted(0, 0.0)
    assert steady < fitted(0)[0]
    assert worst(lambda users: predicted(users, hidden_s, 0, 0.0)) > 0.3


@pytest.mark.parametrize("users", [7, 10, 20])
def test_the_requests_engine_predicts_the_same(users: int) -> None:
    """A millisecond of the rig is a unit of time, so that rounding to ticks does not show."""
    _, hidden_s = fitted(0)
    work = {f"s{k}": exponential(1000.0 * one) for k, one in enumerate(stations_s(users, GROWTH))}
    workload = {
        "stations": {**{name: {"kind": "fcfs"} for name in work}, "hidden": {"kind": "delay"}},
        "transactions": {"get": {"steps": [{"visit": name, "work": law} for name, law in work.items()]}},
        "personas": {"user": {"users": users, "think": "0 s", "mix": {"get": 1.0}}},
    }
    workload["transactions"]["get"]["steps"].append({"visit": "hidden", "work": length(1000.0 * hidden_s)})
    read = throughput()
    raw = [read(log) for log in logs_of(RequestWorld(workload, [], 100_000.0), 1.0)]
    found = ratio_interval([[n] for n, _ in raw], [[d] for _, d in raw], CONFIDENCE)
    assert found.low[0] <= predicted(users, hidden_s, 0) / 1000.0 <= found.high[0]
    assert 1000.0 * found.estimate[0] == pytest.approx(measured()[users], rel=0.05)
