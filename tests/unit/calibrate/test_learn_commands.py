"""The commands that learn: one object on standard output, one line for bad input, nothing half-written."""

import json
import sys

import pytest

from twin.cli import main


def run(capsys, monkeypatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as end:
        main()
    out = capsys.readouterr()
    return int(end.value.code or 0), out.out, out.err


@pytest.fixture
def outages(tmp_path):
    path = tmp_path / "outages.csv"
    rows = ["component,begin,end", "web,2026-01-05 08:00,2026-01-05 09:00", "web,2026-02-05 08:00,2026-02-05 11:00"]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_faults_print_one_object_and_write_parts(capsys, monkeypatch, tmp_path, outages):
    words = ["calibrate", "faults", str(outages), "--from", "2026-01-01", "--until", "2026-07-01", "--prior", "server"]
    code, out, err = run(capsys, monkeypatch, *words, "--out", str(tmp_path / "run"), "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["fits"][0]["failures"] == 2
    assert "mtbf:" in (tmp_path / "run" / "components.yaml").read_text()


def test_a_backtest_without_dates_says_what_to_give(capsys, monkeypatch, outages):
    code, out, err = run(capsys, monkeypatch, "backtest", str(outages))
    assert (code, out) == (2, "")
    assert "--train-until" in err


def test_a_missing_export_is_one_line(capsys, monkeypatch, tmp_path):
    code, out, err = run(capsys, monkeypatch, "calibrate", "tickets", "no.csv", "--out", str(tmp_path / "run"))
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()
