"""twin gate as a build server and a committee meet it: exit codes, JUnit, JSON, and a page to sign."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from gating import ERRORS, evidence
from typer.testing import CliRunner

from twin.cli import app
from twin.decide.evidence import read_evidence, write_evidence

TARGETS = "title: Go-live\nload: {expected: 16}\nfresh_within: 50 y\ntargets: [{measure: errors, at_most: 1 %}]\n"


def run(tmp_path: Path, measure: dict[str, object], *words: str) -> tuple[int, str]:
    write_evidence(evidence(measure), tmp_path / "evidence.json")
    (tmp_path / "targets.yaml").write_text(TARGETS.replace("fresh_within: 50 y", "fresh_within: 50 y"))
    command = ["gate", str(tmp_path), "--targets", str(tmp_path / "targets.yaml"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, [*command, *words])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("counts", "code", "word"),
    [([[0, 2000]], 0, "go"), ([[200, 2000]], 1, "no-go"), ([[0, 20]], 2, "not enough evidence")],
)
def test_exit_code_json_junit_and_page_agree(tmp_path: Path, counts: list[list[int]], code: int, word: str) -> None:
    exit_code, output = run(tmp_path, {**ERRORS, "counts": counts}, "--json", "--junit", str(tmp_path / "j.xml"))
    told = json.loads(output)
    assert (exit_code, told["exit_code"], told["verdict"]) == (code, code, word)
    suite = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (
        "4",
        str(int(code == 1)),
        str(code // 2),
    )
    page = (tmp_path / "out" / "gate.html").read_text(encoding="utf-8")
    assert page.index('aria-label="Conclusion"') < page.index("The conditions") < page.index("Signature")


def test_evidence_comes_back_as_it_was_written(tmp_path: Path) -> None:
    first = evidence(ERRORS)
    write_evidence(first, tmp_path / "e.json")
    assert read_evidence(tmp_path / "e.json") == first


@pytest.mark.parametrize("text", ["", "{}]", '{"measures": [{"name": "x"}]}', '{"measures": [{"name": 3}]}'])
def test_files_that_are_no_evidence_are_refused_with_the_reason(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.json").write_text(text)
    with pytest.raises(ValueError, match=r"e\.json"):
        read_evidence(tmp_path / "e.json")


def test_a_run_folder_is_simulated_evidence(tmp_path: Path) -> None:
    from twin.report.run_evidence import evidence_at

    scenario = Path(__file__).parents[3] / "scenarios" / "upgrade_canary.yaml"
    short = ["--set", "clock.horizon=30 d", "--set", "clock.warm_up=0"]
    done = CliRunner().invoke(app, ["run", str(scenario), *short, "--reps", "3", "-q", "--out", str(tmp_path / "run")])
    assert done.exit_code == 0, done.output
    found = evidence_at(tmp_path / "run")
    up = next(one for one in found.measures if one.name == "availability")
    each = next(one for one in found.measures if one.name == "each_run.availability" and one.where == up.where)
    assert up.source == "simulated"
    assert each.mean(0.95).estimate == pytest.approx(up.mean(0.95).estimate, abs=0.01)
