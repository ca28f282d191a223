"""The queue of a host: known means, and responses turned back into demands without loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import draws

from twin.calibrate.requests.queue import attained, picks, served
from twin.tape.streams import name_key
from twin.theory.erlang import wait_probability


def test_one_request_after_the_other() -> None:
    starts, ends = served(
        np.array([0.0, 1.0, 9.0]), np.array([-1, -1, -1]), np.zeros(3), np.array([2.0, 2.0, 1.0]), 4, 1.0
    )
    assert starts.tolist() == [0.0, 1.0, 9.0]
    assert ends.tolist() == [3.0, 4.0, 10.0], "from 1 s on two share the core"
    got, waited, _ = attained(starts, ends, 4, 1.0)
    assert got.tolist() == [2.0, 2.0, 1.0]
    assert waited.tolist() == [0.0, 0.0, 0.0]


def test_one_worker_serves_in_order_of_arrival() -> None:
    starts, ends = served(
        np.array([0.0, 1.0, 1.5]), np.array([-1, -1, -1]), np.zeros(3), np.array([2.0, 2.0, 1.0]), 1, 8.0
    )
    assert ends.tolist() == [2.0, 4.0, 5.0]
    got, waited, _ = attained(starts, ends, 1, 8.0)
    assert got.tolist() == [2.0, 2.0, 1.0]
    assert waited.tolist() == [0.0, 1.0, 2.5]


def test_a_user_waits_for_the_answer_and_thinks() -> None:
    starts, ends = served(
        np.zeros(3), np.array([-1, 0, 1]), np.array([0.0, 5.0, 1.0]), np.array([1.0, 1.0, 1.0]), 1, 1.0
    )
    assert starts.tolist() == [0.0, 6.0, 8.0]
    assert ends.tolist() == [1.0, 7.0, 9.0]


def test_who_gave_up_in_the_line_got_nothing() -> None:
    got, waited, _ = attained(np.array([0.0, 1.0, 2.0]), np.array([10.0, 3.0, 12.0]), 1, 1.0)
    assert got.tolist() == [10.0, 0.0, 2.0]
    assert waited.tolist() == [0.0, 2.0, 8.0]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), min_size=1, max_size=40),
    st.integers(1, 6),
    st.sampled_from([0.5, 1.0, 2.0, 3.0]),
)
@settings(max_examples=150, deadline=None)
def test_responses_turn_back_into_demands(requests: list[tuple[int, int]], workers: int, cores: float) -> None:
    come, work = np.array(sorted(requests), float).T
    starts, ends = served(come, np.full(len(come), -1), np.zeros(len(come)), work, workers, cores)
    got, *_ = attained(starts, ends, workers, cores)
    assert np.allclose(got, work, atol=1e-9)


@pytest.mark.parametrize(("workers", "cores"), [(10_000, 1.0), (3, 3.0)])
def test_means_of_textbook_queues(workers: int, cores: float) -> None:
    """M/M/1-PS: D / (1 - rho). M/M/c-FCFS (a core for each worker): D + the wait by Erlang C."""
    count, load = 60_000, 0.7
    come = np.cumsum(-np.log(draws(5, "come", count))) / (load * cores)
    starts, ends = served(come, np.full(count, -1), np.zeros(count), -np.log(draws(5, "work", count)), workers, cores)
    servers = round(cores)
    expected = 1 + wait_probability(load * cores, servers) / (cores * (1 - load)) if workers > 3 or servers > 1 else 0.0
    blocks = (ends - starts).reshape(30, -1).mean(axis=1)
    assert abs(blocks.mean() - expected) < 4 * blocks.std(ddof=1) / 30**0.5


def test_picks_cover_the_range() -> None:
    assert set(picks(name_key("any"), 200, 5).tolist()) == {0, 1, 2, 3, 4}
