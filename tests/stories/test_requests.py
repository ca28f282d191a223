"""Small histories of requests, written out: who waits for what, who is refused, who gives up."""

from typing import Any

import numpy as np
import pytest

from twin.eventlog.requests import OUTCOME_NAMES
from twin.simulate.request_run import RequestModel
from twin.spec.load import load_data

ENGINES = ("simpy", "fast")
Row = tuple[int, str, str, int, int, int]


def told(engine: Any, steps: list[Any], persona: dict[str, Any], **load: Any) -> list[Row]:
    """Rows (user, outcome, attempts, intended, start, end), in seconds."""
    transaction = {"steps": steps, **load.pop("transaction", {})}
    workload = {
        "stations": {"cpu": {}, "disk": {"kind": "fcfs"}, "net": {"kind": "delay"}},
        "tick": "1 s", "length": "100 s", "warm_up": "0 s",
        "transactions": {"job": transaction}, "personas": {"p": {**persona, "mix": {"job": 1}}}, **load,
    }  # fmt: skip
    scenario = load_data({"name": "story", "clock": {"start": "2026-01-05", "horizon": "1 h"}, "workload": workload})
    model = RequestModel(scenario.scenario)
    log = model.run(model.tape(1), engine)
    columns = (log.user, log.outcome, log.attempts, log.intended_at, log.start_at, log.end_at)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(user, OUTCOME_NAMES[outcome], *rest) for user, outcome, *rest in rows]  # type: ignore[misc]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_requests_on_one_core_share_it(engine: str) -> None:
    rows = told(engine, [{"visit": "cpu", "work": "10 s"}], {"scheduled": ["0 s", "5 s", "30 s"]})
    assert rows == [(0, "ok", 1, 0, 0, 15), (1, "ok", 1, 5, 5, 20), (2, "ok", 1, 30, 30, 40)]


def test_requests_at_a_disk_line_up(engine: str) -> None:
    rows = told(engine, [{"visit": "disk", "work": "10 s"}], {"scheduled": ["0 s", "5 s", "30 s"]})
    assert rows == [(0, "ok", 1, 0, 0, 10), (1, "ok", 1, 5, 5, 20), (2, "ok", 1, 30, 30, 40)]


def test_a_thread_is_held_while_its_request_waits_for_a_connection(engine: str) -> None:
    query = {"hold": "connections", "do": [{"visit": "net", "work": "10 s"}]}
    pools = {"threads": {"size": 2, "queue": 1}, "connections": {"size": 1}}
    steps = [{"hold": "threads", "do": [query]}]
    rows = told(engine, steps, {"scheduled": ["0 s", "1 s", "2 s", "3 s"]}, pools=pools)
    assert rows == [
        (3, "refused", 1, 3, 3, 3), (0, "ok", 1, 0, 0, 10), (1, "ok", 1, 1, 1, 20), (2, "ok", 1, 2, 2, 30),
    ]  # fmt: skip


def test_who_waits_too_long_gives_up_and_tries_again(engine: str) -> None:
    transaction = {"timeout": "12 s", "retry": {"times": 1, "wait": "4 s"}}
    persona = {"scheduled": ["0 s", "1 s", "2 s"]}
    rows = told(engine, [{"visit": "disk", "work": "10 s"}], persona, transaction=transaction)
    assert rows == [(0, "ok", 1, 0, 0, 10), (1, "ok", 2, 1, 1, 27), (2, "timed_out", 2, 2, 2, 30)]


def test_a_part_that_is_checked_out_is_refused_to_others(engine: str) -> None:
    steps = [{"lock": "part", "held_for": "10 s", "do": [{"visit": "net", "work": "1 s"}]}]
    rows = told(engine, steps, {"scheduled": ["0 s", "9 s", "10 s"]}, locks={"part": {}})
    assert rows == [(0, "ok", 1, 0, 0, 1), (1, "locked", 1, 9, 9, 9), (2, "ok", 1, 10, 10, 11)]


def test_a_node_that_goes_down_takes_its_requests_along(engine: str) -> None:
    stations = {"web": {"nodes": 2}}
    down = {"kind": "down", "station": "web", "node": 1, "at": "5 s", "lasts": "20 s"}
    rows = told(engine, [{"visit": "web", "work": "10 s"}], {"scheduled": ["0 s", "1 s", "6 s", "30 s"]},
                stations=stations, disturbances=[down])  # fmt: skip
    assert rows == [
        (0, "failed", 1, 0, 0, 5), (1, "ok", 1, 1, 1, 16), (2, "ok", 1, 6, 6, 21), (3, "ok", 1, 30, 30, 40),
    ]  # fmt: skip


def test_work_goes_on_after_a_pause(engine: str) -> None:
    stations = {"cpu": {"pauses": {"every": "20 s", "takes": "5 s"}}, "disk": {"kind": "fcfs"}}
    persona = {"scheduled": ["0 s", "15 s", "42 s"]}
    rows = told(engine, [{"visit": "cpu", "work": "10 s"}], persona, stations=stations)
    assert rows == [(0, "ok", 1, 0, 0, 10), (1, "ok", 1, 15, 15, 30), (2, "ok", 1, 42, 42, 57)]


def test_a_slow_node_takes_longer_and_a_user_at_a_pace_catches_up(engine: str) -> None:
    slow = {"kind": "slow", "station": "disk", "at": "10 s", "lasts": "20 s", "speed": 0.5}
    rows = told(engine, [{"visit": "disk", "work": "9 s"}], {"users": 1, "pace": "10 s"}, disturbances=[slow])
    assert rows[:4] == [
        (0, "ok", 1, 0, 0, 9), (0, "ok", 1, 10, 10, 28), (0, "ok", 1, 20, 28, 38), (0, "ok", 1, 30, 38, 47),
    ]  # fmt: skip


def test_an_autoscaler_orders_a_node_that_comes_late(engine: str) -> None:
    scaling = {"target": 0.5, "every": "10 s", "lag": "15 s", "most": 2}
    stations = {"web": {"kind": "fcfs", "autoscaling": scaling}}
    rows = told(engine, [{"visit": "web", "work": "10 s"}], {"scheduled": ["0 s", "0 s", "0 s", "26 s", "27 s"]},
                stations=stations)  # fmt: skip
    assert [row[-1] for row in rows] == [10, 20, 30, 36, 40]


def test_a_licence_is_held_through_the_session(engine: str) -> None:
    persona = {"scheduled": ["0 s", "1 s"], "requests": 1.0, "licence": "seats"}
    rows = told(engine, [{"visit": "net", "work": "2 s"}], persona, pools={"seats": {"size": 1}})
    assert rows == [(0, "ok", 1, 0, 0, 2), (1, "ok", 1, 1, 1, 4)]


def test_requests_under_way_at_the_end_stay_in_the_log(engine: str) -> None:
    rows = told(engine, [{"visit": "net", "work": "30 s"}], {"scheduled": ["60 s", "80 s"]})
    assert rows == [(0, "ok", 1, 60, 60, 90), (1, "unfinished", 1, 80, 80, 100)]


def test_cards_go_to_whoever_asks_next_and_then_begin_again(engine: Any) -> None:
    work = {"short": "2 s", "long": "5 s"}
    workload = {
        "stations": {"net": {"kind": "delay"}}, "tick": "1 s", "length": "15 s", "warm_up": "0 s",
        "transactions": {name: {"steps": [{"visit": "net", "work": length}]} for name, length in work.items()},
        "personas": {"p": {"users": 2, "think": "1 s", "mix": {"short": 0.5, "long": 0.5}}},
    }  # fmt: skip
    scenario = load_data({"name": "story", "clock": {"start": "2026-01-05", "horizon": "1 h"}, "workload": workload})
    model = RequestModel(scenario.scenario)
    usual = model.tape(1)
    tape = usual.dealing(np.array([1, 0, 0]), np.array([3.0, 0.2, 10.0]), 1.0)
    log = model.run(tape, engine)
    columns = (log.user, log.transaction, log.start_at, log.end_at)
    assert sorted(zip(*(column.tolist() for column in columns), strict=True)) == [
        (0, 1, 1, 6), (0, 1, 9, 14), (1, 0, 1, 3), (1, 0, 4, 6),
    ]  # fmt: skip
    assert tape.digest() != usual.digest()
