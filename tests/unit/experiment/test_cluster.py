"""Replications on a dask cluster: the same bytes as at home, also when a worker dies in mid-run."""

import os
import signal

import numpy as np
import pytest

from tests.worlds import small_desk
from twin.experiment.replicate import replicate

distributed = pytest.importorskip("distributed", reason="the cluster extra is not installed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as two_workers:
        yield two_workers


def test_a_killed_worker_loses_nothing(cluster):
    home = replicate(small_desk(), reps=200, seed=3, workers=1)
    victims = [worker.process.pid for worker in cluster.workers.values()]
    killed = []

    def kill_one(done: int, expected: int) -> None:
        if done < expected and not killed:
            killed.append(victims[0])
            os.kill(victims[0], signal.SIGKILL)

    away = replicate(small_desk(), reps=200, seed=3, cluster=cluster.scheduler_address, progress=kill_one)
    assert killed
    assert np.array_equal(home.raw, away.raw)


def test_an_address_where_nobody_answers_is_refused():
    with pytest.raises(ValueError, match="no dask scheduler answers"):
        replicate(small_desk(), reps=20, cluster="tcp://127.0.0.1:9")
