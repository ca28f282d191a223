"""Values set from outside the file."""

from pathlib import Path
from typing import Any

import pytest

from twin.spec.load import Loaded, ScenarioError, load, load_text

HERE = Path(__file__).parent


def loaded(**overrides: Any) -> Loaded:
    return load(
        HERE / "everything.yaml", overrides={path.replace("__", "."): value for path, value in overrides.items()}
    )


def remedy(path: str, value: Any = 1) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(HERE / "everything.yaml", overrides={path: value})
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].line is None
    return str(caught.value)


def test_an_override_replaces_value_and_row() -> None:
    out = loaded(support__tiers__L1__shifts__night__heads=3, deployment__components__db__mtbf="100 h")
    assert out.scenario.support.tiers["L1"].shifts["night"].heads == 3
    rows = [row for row in out.ledger if row.path == "deployment.components.db.mtbf"]
    assert [(row.value, row.tag, row.source, row.line) for row in rows] == [("100 h", "assumed", "override", None)]


def test_defaults_bare_laws_and_list_items_can_be_set() -> None:
    out = loaded(
        contract__pause_on_vendor=False,
        demand__tickets__audit__visits__L3__work__cv=0.5,
        demand__profiles__day__weights__0=4,
        deployment__components__net__monitoring__every="1 min",
    )
    assert out.scenario.contract.pause_on_vendor is False
    assert (
        out.scenario.demand.tickets["audit"].visits["L3"].work.cv,
        out.scenario.demand.profiles["day"].weights[0],
    ) == (0.5, 4)
    assert out.scenario.deployment.components["net"].monitoring.every == 60


def test_an_override_may_carry_a_tag() -> None:
    out = loaded(contract__attainment={"value": 0.8, "cited": "offer"})
    assert [row.source for row in out.ledger if row.path == "contract.attainment"] == ["offer"]


def test_entries_are_added_and_removed() -> None:
    assert "patch" not in loaded(changes__patch=None).scenario.changes
    change = {"components": ["app"], "at": "2026-05-01T20:00", "work": "1 h"}
    assert "extra" in loaded(changes__extra=change).scenario.changes


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("support.tiers.L2.shift.day.heads", "support.tiers.L2.shifts.day.heads"),
        ("suport.tiers.L2.shifts.day.heads", "support.tiers.L2.shifts.day.heads"),
        ("support.tiers.L1.shifts.nigth.heads", "support.tiers.L1.shifts.night.heads"),
        ("tiers.L1.shifts.night.heads", "support.tiers.L1.shifts.night.heads"),
        ("changes.ptach", "changes.patch"),
        ("suport.tiers.L2.shift.day.headz", "support.tiers.L2.shifts.day.heads"),
    ],
)
def test_unknown_paths_name_the_nearest(path: str, nearest: str) -> None:
    assert f'{path}: unknown path in an override; did you mean "{nearest}"?' in remedy(path)


@pytest.mark.parametrize(
    "path", ["", ".", "a..b", "clock.horizon.x", "name.x", "changes.upgrade.components.7", "\n", "a." * 9999]
)
def test_odd_paths_are_unknown(path: str) -> None:
    assert "unknown path" in remedy(path)


def test_a_bad_value_is_told_as_an_override() -> None:
    assert "contract.attainment: (set by an override) 7 is above 1; write 1 or less" in remedy("contract.attainment", 7)


def test_names_with_dots_are_found() -> None:
    text = "name: x\nclock: {start: 2026-01-05, horizon: 5 d}\ndeployment: {components: {db.main: {units: 2}}}\n"
    out = load_text(text, overrides={"deployment.components.db.main.units": 3})
    assert out.scenario.deployment.components["db.main"].units == 3
