"""The command line as its users meet it: results on standard output, words on standard error, exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.worlds import small_desk
from twin.cli import main

STARTER = str(Path(__file__).parents[2] / "twin" / "spec" / "starter.yaml")
SHORT = ["--set", "clock.horizon=20 d", "--reps", "6", "--workers", "1"]
KEYS = {"name", "where", "unit", "estimate", "low", "high", "confidence", "n"}


@pytest.fixture
def twin(monkeypatch, capsys):
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["twin", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return call


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_run_prints_one_object_and_writes_a_run_folder(twin, tmp_path):
    code, out, _ = twin("run", STARTER, *SHORT, "--out", str(tmp_path / "run"), "--json")
    about = json.loads(out)
    assert code == 0
    assert set(about) == {"scenario", "digest", "seed", "engine", "replications", "run", "measures"}
    assert about["replications"] == 6
    assert all(set(row) >= KEYS for row in about["measures"])
    assert {"manifest.json", "report.html", "log.parquet", "measures.parquet"} <= {
        file.name for file in Path(about["run"]).iterdir()
    }
    assert [file.name for file in tmp_path.iterdir()] == ["run"]


def test_the_same_seed_writes_the_same_folder_with_either_engine_and_any_workers(twin, tmp_path):
    twin("run", STARTER, *SHORT, "--out", str(tmp_path / "a"), "-q")
    twin("run", STARTER, *SHORT[:-1], "2", "--out", str(tmp_path / "b"), "-q")
    twin("run", STARTER, *SHORT, "--out", str(tmp_path / "c"), "-q", "--engine", "simpy")
    first = folder_bytes(tmp_path / "a")
    assert first == folder_bytes(tmp_path / "b")
    unlike = {name for name, data in folder_bytes(tmp_path / "c").items() if data != first[name]}
    assert unlike <= {"manifest.json", "report.html"}


def test_report_draws_the_same_page_again(twin, tmp_path):
    twin("run", STARTER, *SHORT, "--out", str(tmp_path / "run"), "-q")
    before = folder_bytes(tmp_path / "run")
    code, out, _ = twin("report", str(tmp_path / "run"))
    assert code == 0
    assert "report.html" in out
    assert folder_bytes(tmp_path / "run") == before


def test_the_report_says_which_assumption_decides(twin, tmp_path):
    file, run = tmp_path / "desk.yaml", tmp_path / "run"
    file.write_text(small_desk().model_dump_json())
    guess = "demand.tickets.how_to.arrivals.rate={value: 40 / day, assumed: a guess, range: [10 / day, 90 / day]}"
    code, _, _ = twin("run", str(file), "--reps", "4", "--shares", "sojourn", "--set", guess, "--out", str(run))
    page = (run / "report.html").read_text()
    assert code == 0
    assert "Share of variance" in page
    shares = json.loads((run / "shares.json").read_text())["shares"]
    assert [one["path"] for one in shares] == ["demand.tickets.how_to.arrivals.rate"]
    assert shares[0]["total_high"] >= 0.9
    twin("report", str(run))
    assert (run / "report.html").read_text() == page


def test_compare_prints_paired_differences(twin, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(Path(STARTER).read_text())
    code, out, _ = twin(
        "compare", STARTER, str(other), "--set", "clock.horizon=20 d", "--reps", "4", "--workers", "1",
        "--out", str(tmp_path / "run"), "--json",
    )  # fmt: skip
    about = json.loads(out)
    assert code == 0
    assert about["differences"][0]["measures"]
    assert all(row["estimate"] in (0, None) for row in about["differences"][0]["measures"])


def test_init_writes_a_scenario_that_checks_and_never_overwrites(twin, tmp_path):
    assert twin("init", str(tmp_path / "my"))[0] == 0
    file = tmp_path / "my" / "scenario.yaml"
    code, out, _ = twin("check", str(file))
    assert code == 0
    assert "ready to run" in out
    file.write_text("mine")
    code, _, err = twin("init", str(tmp_path / "my"))
    assert (code, err.count("\n")) == (2, 1)
    assert file.read_text() == "mine"


def test_schema_is_a_json_schema(twin):
    code, out, _ = twin("schema")
    assert code == 0
    assert json.loads(out)["properties"]["clock"]


def test_packages_say_what_each_contributes(twin, tmp_path):
    file, run = tmp_path / "desk.yaml", tmp_path / "run"
    heads = "support.tiers.L1.shifts.day.heads"
    desk = json.loads(small_desk().model_dump_json(exclude_none=True))
    desk["packages"] = {
        "second agent": {"about": "two by day", "without": {heads: {"value": 1, "assumed": "one alone"}}},
        "nothing": {"about": "no effect", "without": {"deployment.components.app.mtbf": "60 h"}},
    }
    file.write_text(json.dumps(desk))
    code, out, _ = twin("packages", str(file), "--reps", "4", "--workers", "1", "--json", "--out", str(run))
    shares = {one["name"]: one["share"] for one in json.loads(out)["packages"]}
    at = [row["name"] for row in shares["nothing"]].index("attainment")
    assert code == 0
    assert shares["second agent"][at]["low"] > 0 == shares["nothing"][at]["estimate"]
    page = (run / "packages.html").read_text()
    assert page.index('aria-label="Conclusion"') < page.index("What each package contributes")
    assert "one alone" in page
    assert (run / "figures" / "attainment.png").is_file()


def bad_inputs() -> list[tuple[list[str], str]]:
    return [
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["run", STARTER, "--set", "clock.horizon"], "write PATH=VALUE"),
        (["run", STARTER, "--set", "clock.horizn=3 d"], "horizon"),
        (["run", STARTER, "--set", "clock.horizon=3"], "unit"),
        (["run", STARTER, *SHORT, "--precision", "attainment"], "MEASURE=HALF-WIDTH"),
        (["run", STARTER, *SHORT[:2], "--precision", "joy=0.1"], 'no measure "joy"'),
        (["run", STARTER, *SHORT, "--cluster", "tcp://127.0.0.1:9"], "no dask scheduler"),
        (["compare", STARTER], "at least two"),
        (["report", "."], "no folder of twin run"),
        (["replay", STARTER], STARTER),
    ]


@pytest.mark.parametrize(
    ("words", "reason"), bad_inputs(), ids=lambda value: " ".join(value[-2:]) if isinstance(value, list) else ""
)
def test_bad_input_is_one_line_and_exit_code_2(twin, tmp_path, monkeypatch, words, reason):
    monkeypatch.chdir(tmp_path)
    code, out, err = twin(*words)
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_that_is_no_run_folder_is_left_alone(twin, tmp_path):
    (tmp_path / "precious.txt").write_text("keep me")
    code, _, err = twin("run", STARTER, *SHORT, "--out", str(tmp_path))
    assert (code, err.count("\n")) == (2, 1)
    assert (tmp_path / "precious.txt").read_text() == "keep me"


def test_an_output_folder_that_cannot_be_written_is_refused(twin, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = twin("run", STARTER, *SHORT, "--out", str(tmp_path / "file" / "run"))
    assert (code, err.count("\n")) == (2, 1)


def test_ctrl_c_leaves_no_half_written_folder_and_the_run_goes_on_later(tmp_path):
    twin = str(Path(sys.executable).with_name("twin"))
    words = [twin, "run", STARTER, "--reps", "100000", "--workers", "2", "--out", "run"]
    running = subprocess.Popen(
        words, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ, start_new_session=True
    )
    kept = tmp_path / ".checkpoints"
    for _ in range(1200):
        if kept.exists() and list(kept.rglob("*.npy")):
            break
        time.sleep(0.1)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"goes on where it was" in err
    assert [file.name for file in tmp_path.iterdir()] == [".checkpoints"]
