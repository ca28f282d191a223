"""The shipped scenarios: every file loads, says what it asks and where its figures are from, and keeps its promises."""

import re
from pathlib import Path
from typing import Any

import pytest

from twin.spec.load import Loaded, load
from twin.theory.erlang import mmc_means, wait_probability
from twin.theory.reliability import RepairCrew, standby_pair

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = sorted(FOLDER.rglob("*.yaml"))
UPGRADES = ("upgrade_big_bang", "upgrade_canary", "upgrade_dual_run")
NIGHTS = ("night_cover_with_l2", "night_cover_without_l2")
OWN = {"name", "question"}


@pytest.fixture(scope="module")
def loaded() -> dict[str, Loaded]:
    return {path.stem: load(path) for path in FILES}


def differences(left: Any, right: Any, path: str = "") -> set[str]:
    """Dotted paths at which two nested mappings differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        pairs = [(f"{path}.{key}".strip("."), left.get(key), right.get(key)) for key in left.keys() | right.keys()]
        return {found for below, one, other in pairs for found in differences(one, other, below)}
    return set() if left == right else {path}


def between(loaded: dict[str, Loaded], first: str, second: str) -> set[str]:
    one, other = (loaded[name].scenario.model_dump(mode="json") for name in (first, second))
    return differences(one, other)


def test_there_are_scenarios_and_their_names_differ(loaded: dict[str, Loaded]) -> None:
    assert len(FILES) >= 11
    assert len(loaded) == len(FILES)
    assert len({one.scenario.name for one in loaded.values()}) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_loads_without_a_problem(loaded: dict[str, Loaded], path: Path) -> None:
    assert loaded[path.stem].warnings == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_opens_with_the_question_it_answers(loaded: dict[str, Loaded], path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# {loaded[path.stem].scenario.question}"
    assert first.endswith("?")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_figure_says_where_it_is_from(loaded: dict[str, Loaded], path: Path) -> None:
    ledger = loaded[path.stem].ledger
    assert ledger
    assert [row.path for row in ledger if row.source == "untagged"] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lines_fit_an_editor_and_hold_no_tabs(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if "\t" in line or line != line.rstrip()] == []
    assert max(map(len, lines)) <= 140


@pytest.mark.parametrize("other", UPGRADES[1:])
def test_upgrades_differ_in_the_change_alone(loaded: dict[str, Loaded], other: str) -> None:
    found = between(loaded, UPGRADES[0], other) - OWN
    assert found
    assert {path for path in found if not path.startswith("changes.upgrade.")} == set()


@pytest.mark.parametrize("other", UPGRADES[1:])
def test_upgrades_differ_in_the_way_and_not_in_risk_or_aftermath(loaded: dict[str, Loaded], other: str) -> None:
    way = {"at", "strategy", "work", "notice", "rollback"}
    assert {path.split(".")[2] for path in between(loaded, UPGRADES[0], other) - OWN} <= way


def test_night_covers_differ_in_one_figure(loaded: dict[str, Loaded]) -> None:
    assert between(loaded, *NIGHTS) - OWN == {"support.tiers.L2.shifts.night.heads"}


def test_theory_files_quote_what_theory_says() -> None:
    def figures(name: str) -> set[str]:
        head = (FOLDER / "theory" / f"{name}.yaml").read_text(encoding="utf-8").split("\nname:")[0]
        return set(re.findall(r"\b[0-9]+\.[0-9]+\b", head))

    means, crew = mmc_means(2, 1, 3), RepairCrew(6, 50, 10, 2)
    restore = crew.mean_units_down / crew.failure_rate
    pair = standby_pair(1000, 8, 0.9, 0.05, 1)
    assert figures("mmc") >= {f"{wait_probability(2, 3):.4f}", f"{60 * means.wait:.3f}", f"{means.utilisation:.4f}"}
    assert figures("machine_repairman") >= {
        f"{1 - crew.mean_units_down / 6:.4f}", f"{restore:.3f}", f"{restore - 10:.3f}",
    }  # fmt: skip
    assert f"{pair.availability:.6f}" in figures("standby_coverage")
