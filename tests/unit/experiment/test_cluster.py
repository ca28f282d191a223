"""Replications on a dask cluster: the same bytes as at home, also when a worker dies in mid-run."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.worlds import small_desk
from twin.calibrate.score import Target
from twin.calibrate.tickets.fit import fit_tickets
from twin.calibrate.tickets.forecast import Window, forecast
from twin.experiment.many import replicate_many
from twin.experiment.replicate import replicate
from twin.experiment.tasks import Checkpoint

distributed = pytest.importorskip("distributed", reason="the cluster extra is not installed")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as two_workers:
        yield two_workers


@pytest.fixture
def kill_one(cluster):
    """Progress that kills a worker in mid-run, once; `killed` says whether it did."""

    class Killer:
        victim, killed = next(iter(cluster.workers.values())).process.pid, False

        def __call__(self, done: int, expected: int) -> None:
            if done < expected and not self.killed:
                self.killed = True
                os.kill(self.victim, signal.SIGKILL)

    return Killer()


def test_a_killed_worker_loses_nothing(cluster, kill_one):
    home = replicate(small_desk(), reps=200, seed=3, workers=1)
    away = replicate(small_desk(), reps=200, seed=3, cluster=cluster.scheduler_address, progress=kill_one)
    assert kill_one.killed
    assert np.array_equal(home.raw, away.raw)


def test_a_sweep_with_a_killed_worker_gives_the_same_bytes(cluster, kill_one):
    points = [small_desk(**{"support.tiers.L1.shifts.day.heads": heads}) for heads in (1, 2, 3)]
    home = replicate_many(points, reps=60, workers=1)
    away = replicate_many(points, reps=60, cluster=cluster.scheduler_address, progress=kill_one)
    assert kill_one.killed
    assert all(np.array_equal(one.raw, other.raw) for one, other in zip(home, away, strict=True))


def test_a_backtest_with_a_killed_worker_gives_the_same_bytes(cluster, kill_one, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "calibrate"))
    from learning import made_record

    fit = fit_tickets(made_record())
    window = Window.of(7 * 1440, [Target(8.0, True)], fit.tick_min)
    home = forecast(fit, window, 61, workers=1)
    away = forecast(fit, window, 61, cluster=cluster.scheduler_address, progress=kill_one)
    assert kill_one.killed
    assert [one.packed().tobytes() for one in home] == [one.packed().tobytes() for one in away]


def test_a_cluster_that_goes_away_leaves_what_is_done(cluster, tmp_path):
    kept, home = Checkpoint(tmp_path / "kept"), replicate(small_desk(), reps=60, seed=3, workers=1)

    def cut(done: int, expected: int) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError), kept:
        replicate(small_desk(), reps=60, seed=3, cluster=cluster.scheduler_address, progress=cut, checkpoint=kept)
    assert len(list(kept.folder.iterdir())) == 1
    with kept:
        assert np.array_equal(replicate(small_desk(), reps=60, seed=3, workers=1, checkpoint=kept).raw, home.raw)


def test_an_address_where_nobody_answers_is_refused():
    with pytest.raises(ValueError, match="no dask scheduler answers"):
        replicate(small_desk(), reps=20, cluster="tcp://127.0.0.1:9")
