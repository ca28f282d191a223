"""The load command, and what a workload may not say."""

import json
import sys
from pathlib import Path

import pytest

from twin.cli import main
from twin.report.load import _digits
from twin.spec.load import load_text
from twin.spec.problems import ScenarioError

TEXT = """
name: small
clock: {start: 2026-01-05, horizon: 1 h}
workload:
  length: 20 s
  warm_up: 2 s
  stations: {app: {servers: 2, nodes: 2}, disk: {kind: fcfs}}
  pools: {threads: {size: 4, per: app}}
  transactions:
    open: {steps: [{hold: threads, do: [{visit: app, work: {mean: 50 ms, cv: 1}}, {visit: disk, work: 5 ms}]}]}
  personas:
    user: {users: 20, think: 1 s, mix: {open: 1}}
"""


@pytest.fixture
def twin(monkeypatch, capsys):
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["twin", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT)
    return str(path)


def test_load_prints_one_object_and_writes_a_page(twin, file, tmp_path):
    words = ("load", file, "--loads", "10,400", "--reps", "2", "--workers", "1", "--out", str(tmp_path / "run"))
    code, out, _ = twin(*words, "--json")
    about = json.loads(out)
    assert code == 0
    assert {row["name"] for row in about["measures"]} >= {"throughput", "response_p95", "utilisation", "knee"}
    assert set(about["measures"][0]) == {"name", "where", "unit", "estimate", "low", "high", "confidence", "n", "note"}
    files = {path.name for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert files == {"load.html", "capacity.json", "manifest.json", "capacity.png"}
    again = twin(*words[:-1], str(tmp_path / "again"), "--engine", "simpy", "--fresh", "--json")[1]
    assert json.loads(again)["measures"] == about["measures"]


def test_load_prints_a_table(twin, file, tmp_path):
    code, out, _ = twin("load", file, "--loads", "10", "--reps", "2", "--workers", "1", "--out", str(tmp_path / "run"))
    assert code == 0
    assert "no limit is reached" in " ".join(out.split())


def test_bad_input_is_one_line_and_leaves_nothing(twin, file, tmp_path):
    code, _, said = twin("load", file, "--loads", "ten", "--out", str(tmp_path / "run"))
    assert code == 2
    assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("visit: app", "visit: apps", 'did you mean "app"'),
        ("hold: threads", "hold: thread", 'did you mean "threads"'),
        ("mix: {open: 1}", "mix: {open: 0.5}", "add up"),
        ("users: 20, ", "", "exactly one of users"),
        ("work: 5 ms", "work: 5", "is not a duration"),
        ("per: app", "per: apps", 'did you mean "app"'),
        ("warm_up: 2 s", "warm_up: 30 s", "shorten it"),
        ("{visit: disk, work: 5 ms}", "{visit: disk}", 'needs its "work"'),
        ("{visit: disk, work: 5 ms}", "{visit: disk, hold: threads, work: 5 ms}", "exactly one of visit"),
        ("{visit: disk, work: 5 ms}", "{hold: threads, do: [{visit: disk, work: 5 ms}]}", "held twice"),
        ("kind: fcfs", "kind: delay, nodes: 2", "a delay has no nodes"),
        ("  length: 20 s", "  disturbances: [{kind: down, station: app, node: 3}]\n  length: 20 s", "from 1 to 2"),
    ],
)
def test_a_fault_in_a_workload_is_told_with_its_remedy(old: str, new: str, word: str) -> None:
    assert old in TEXT
    with pytest.raises(ScenarioError) as caught:
        load_text(TEXT.replace(old, new))
    assert word in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_no_number_is_a_power_of_ten_and_no_place_is_cut_where_lines_are_short(twin, file, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ("load", file, "--loads", "10,60,400", "--reps", "2", "--workers", "1", "--out", str(tmp_path / "run"))
    _, out, _ = twin(*words)
    page = (tmp_path / "run" / "load.html").read_text()
    assert "e+0" not in out + page
    assert "…" not in out
    assert "threads" in out or "app" in out
    for value, digits, known in ((170.4, 2, "170"), (0.0123, 2, "0.012"), (1234.5, 3, "1230"), (0.0, 2, "0")):
        assert _digits(value, digits) == known
