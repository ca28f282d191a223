"""Replications: the same bytes however they are run, and as many as the asked precision takes."""

import numpy as np
import pytest

from tests.worlds import small_desk
from twin.experiment.replicate import Order, Precision, replicate
from twin.experiment.tasks import Checkpoint


@pytest.fixture(scope="module")
def home():
    return replicate(small_desk(), reps=40, seed=5, workers=1)


def test_two_workers_measure_the_same_bytes(home):
    assert replicate(small_desk(), reps=40, seed=5, workers=2).raw.tobytes() == home.raw.tobytes()


def test_the_reference_engine_measures_the_same_bytes(home):
    assert replicate(small_desk(), reps=40, seed=5, workers=2, engine="simpy").raw.tobytes() == home.raw.tobytes()


def test_another_seed_measures_something_else(home):
    assert not np.array_equal(replicate(small_desk(), reps=40, seed=6, workers=1).raw, home.raw)


def test_more_replications_begin_with_the_same_ones(home):
    assert np.array_equal(replicate(small_desk(), reps=25, seed=5, workers=1).raw, home.raw[:25])


def test_a_stopped_run_goes_on_where_it_was(home, tmp_path):
    def stop(done: int, expected: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    kept = Checkpoint(tmp_path / "kept")
    with pytest.raises(KeyboardInterrupt), kept:
        replicate(small_desk(), reps=40, seed=5, workers=1, progress=stop, checkpoint=kept)
    order = Order.of(small_desk(), 5)
    assert kept.load(order.task(range(0, 10)).name) is not None
    assert kept.load(order.task(range(30, 40)).name) is None
    with Checkpoint(tmp_path / "kept") as again:
        result = replicate(small_desk(), reps=40, seed=5, workers=1, checkpoint=again)
    assert np.array_equal(result.raw, home.raw)
    assert not (tmp_path / "kept").exists()


def test_replications_go_on_until_the_answer_is_sure_enough():
    result = replicate(
        small_desk(),
        precision=Precision("attainment", 0.006, (("clock", "resolve"), ("priority", "P2"))),
        seed=5,
        workers=2,
    )
    row = next(row for row in result["attainment"] if row.where == {"priority": "P2", "clock": "resolve"})
    assert result.replications > 30
    assert (row.high - row.low) / 2 <= 0.006


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"reps": 0}, "give a number from 1"),
        ({"precision": Precision("happiness", 0.1)}, 'no measure "happiness"'),
        ({"workers": 0}, "0 workers"),
    ],
)
def test_impossible_orders_are_refused(wrong, reason):
    with pytest.raises(ValueError, match=reason):
        replicate(small_desk(), **wrong)
