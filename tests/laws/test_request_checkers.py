"""The checkers of request logs find what is wrong with one, and nothing in one that is right."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.eventlog.request_checkers import check_requests
from twin.eventlog.requests import RequestLog, first_request_difference, read_requests, write_requests

GOOD = RequestLog(
    user=np.array([0, 1, 0], np.int32), persona=np.zeros(3, np.int16), transaction=np.zeros(3, np.int16),
    attempts=np.ones(3, np.int16), outcome=np.array([0, 0, 5], np.int8), intended_at=np.array([0, 1, 6]),
    start_at=np.array([0, 1, 7]), end_at=np.array([4, 6, 9]), spent=np.array([[4, 0], [3, 2], [1, 0]]),
    busy=np.array([5, 2]), looked_up=np.array([[1, 2]]), measured_from=0, end_ticks=9, tick_s=1.0,
)  # fmt: skip


def test_a_lawful_log_has_no_fault() -> None:
    assert check_requests(GOOD) == []


@pytest.mark.parametrize(
    ("column", "values", "word"),
    [
        pytest.param("intended_at", [1, 1, 6], "before it is due", id="causality"),
        pytest.param("end_at", [4, 6, 12], "behind the end", id="end"),
        pytest.param("attempts", [0, 1, 1], "without an attempt", id="attempts"),
        pytest.param("spent", [[4, 1], [3, 2], [1, 0]], "more time at places", id="too much"),
        pytest.param("spent", [[3, 0], [3, 2], [1, 0]], "add up", id="too little"),
        pytest.param("outcome", [5, 0, 0], "unfinished request stands", id="order of outcomes"),
        pytest.param("user", [0, 0, 1], "two requests at a time", id="one at a time"),
        pytest.param("busy", [-1, 2], "negative time", id="usage"),
        pytest.param("looked_up", [[3, 2]], "more hits", id="cache"),
    ],
)
def test_a_fault_is_told(column: str, values: Any, word: str) -> None:
    broken = replace(GOOD, **{column: np.array(values, getattr(GOOD, column).dtype)})
    assert any(word in fault for fault in check_requests(broken))
    assert first_request_difference(GOOD, broken) is not None
    assert broken.digest() != GOOD.digest()


def test_a_log_survives_its_file(tmp_path: Path) -> None:
    write_requests(GOOD, tmp_path / "requests.parquet")
    again = read_requests(tmp_path / "requests.parquet")
    assert first_request_difference(GOOD, again) is None
    assert (again.digest(), again.names, again.measured_from) == (GOOD.digest(), GOOD.names, 0)
