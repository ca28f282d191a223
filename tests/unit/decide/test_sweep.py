"""Sweeps: every point meets the same chance, a stopped sweep goes on, the command leaves a table and pictures."""

import json
import sys

import numpy as np
import pytest

from tests.worlds import small_desk
from twin.cli import main
from twin.decide.axes import Axis, grid
from twin.decide.sweep import sweep
from twin.decide.variants import Variants
from twin.experiment.replicate import replicate
from twin.experiment.tasks import Checkpoint, Task

PATH = "support.tiers.L1.shifts.day.heads"


@pytest.fixture
def variants():
    return Variants(json.loads(small_desk().model_dump_json()))


def test_each_point_is_the_scenario_run_by_itself(variants):
    axes = [Axis.parse(f"{PATH}=1,2,3")]
    found = sweep(variants, axes, grid(axes), reps=12, workers=2)
    alone = replicate(small_desk(**{PATH: 3}), reps=12, families=("availability", "service_level", "queues"))
    assert (found.results[2].raw == alone.raw).all()
    frame = found.frame()
    assert list(frame[PATH].unique()) == ["1", "2", "3"]
    of_all = frame[(frame.name == "sojourn") & (frame["class"] == "") & (frame.priority == "")]
    row = of_all[of_all.point == 2].iloc[0]
    base = found.row(0, "sojourn", {})
    assert row.difference == pytest.approx(row.estimate - base.estimate)
    assert row.difference_high < 0 < row.difference_high - row.difference_low


def test_a_sweep_that_was_stopped_goes_on(variants, tmp_path, monkeypatch):
    axes = [Axis.parse(f"{PATH}=1,2")]
    run = {"reps": 20, "workers": 1, "checkpoint": Checkpoint(tmp_path)}
    whole = sweep(variants, axes, grid(axes), **run)
    monkeypatch.setattr(Task, "done", None)
    again = sweep(variants, axes, grid(axes), **run)
    assert all((a.raw == b.raw).all() for a, b in zip(whole.results, again.results, strict=True))


def test_a_point_that_makes_no_scenario_is_named(variants):
    axes = [Axis.parse(f"{PATH}=2,many")]
    with pytest.raises(ValueError, match=f"at {PATH}=many"):
        sweep(variants, axes, grid(axes), reps=2)


def test_the_command_writes_table_page_and_pictures(tmp_path, monkeypatch, capsys):
    file = tmp_path / "desk.json"
    file.write_text(small_desk().model_dump_json())
    words = ["sweep", str(file), "--vary", f"{PATH}=1,2", "--vary", "contract.targets.P2.resolve=8 h..24 h/3",
             "--reps", "4", "--workers", "1", "--out", str(tmp_path / "out"), "--json"]  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    about = json.loads(capsys.readouterr().out)
    assert stop.value.code in (0, None)
    assert len(about["points"]) == 6
    assert {row["point"] for row in about["measures"]} == set(range(6))
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert names == {"manifest.json", "sweep.csv", "sweep.html", "sweep.parquet", "figures"}
    attainment = [row for row in about["measures"] if row["name"] == "attainment"]
    on_time = [row["estimate"] for row in attainment if not row["priority"] and not row["clock"]]
    assert (np.diff(np.array(on_time).reshape(2, 3), axis=1) >= 0).all()
