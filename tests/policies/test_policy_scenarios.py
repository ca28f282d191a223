"""The shipped scenarios of deployment, change and support, and their packages: each part does what the file says."""

from pathlib import Path

import pytest
from worlds_of_policies import scenario

from twin.decide.compare import compare
from twin.decide.packages import contributions, shapley_weights
from twin.experiment.replicate import replicate
from twin.spec.load import ScenarioError, load, load_data
from twin.spec.scenario import Scenario

FOLDER = Path(__file__).parents[2] / "scenarios"


def without(name: str, path: str, value: object = None) -> list[Scenario]:
    file = FOLDER / f"{name}.yaml"
    return [load(file).scenario, load(file, overrides={path: value}).scenario]


@pytest.mark.parametrize(
    ("name", "path", "value", "measure", "where", "sign"),
    [
        ("prevention_year", "changes.health check", None, "downtime", {"component": "app"}, 1),
        ("prevention_year", "prevention.runbooks", {}, "sojourn", {"class": "failure"}, 1),
        ("prevention_year", "prevention.false_alarms", {}, "utilisation", {"tier": "L2"}, -1),
        ("prevention_year", "workforce.routines", {}, "utilisation", {"tier": "L2"}, -1),
        ("prevention_year", "prevention.reviews", {}, "utilisation", {"tier": "L1"}, 1),
        ("release_year", "self_service.training", {}, "utilisation", {"tier": "L1"}, 1),
        ("release_year", "changes.pack.pipeline", {}, "downtime", {"component": "app"}, 1),
        ("support_year", "self_service.knowledge_base", None, "utilisation", {"tier": "own team"}, 1),
        ("support_year", "self_service.chatbot", None, "utilisation", {"tier": "own team"}, 1),
        ("support_year", "self_service.handovers", {}, "utilisation", {"tier": "vendor"}, 1),
        ("support_year", "workforce.learning", {}, "utilisation", {"tier": "own team"}, 1),
        ("support_year", "support.tiers.local.travel", None, "utilisation", {"tier": "local"}, -1),
        ("support_year", "support.tiers.vendor.until", None, "wait", {"queue": "vendor desk"}, -1),
    ],
)
def test_leaving_a_part_out_shows(
    name: str, path: str, value: object, measure: str, where: dict[str, str], sign: int
) -> None:
    done = compare(without(name, path, value), reps=12, workers=1, families=("availability", "queues"))
    row = next(r for r in done.differences[0].rows if r.name == measure and r.where == where)
    assert sign * (row.low if sign > 0 else row.high) > 0


def test_the_appliance_maker_lands_where_the_case_does() -> None:
    result = replicate(load(FOLDER / "appliance_maker.yaml").scenario, reps=20, workers=1,
                       families=("availability", "satisfaction"))  # fmt: skip
    rows = {(row.name, *row.where.values()): row for row in result.rows()}
    up, content = rows["availability", "whole", "calendar"], rows["satisfaction",]
    assert up.low < 0.998 < up.high
    assert content.estimate == pytest.approx(0.96, abs=0.01)


def packaged(**packages: object) -> dict[str, object]:
    """A file's text with packages, as the loader wants it."""
    return {name: {"without": values} for name, values in packages.items()}


def test_shares_add_up_to_the_whole_difference(tmp_path: Path) -> None:
    found = contributions(written(tmp_path), reps=6, workers=1)
    for k, row in enumerate(found.with_all):
        total = sum(found.shares[name][k].estimate for name in found.names)
        assert total == pytest.approx(row.estimate - found.without[k].estimate, abs=1e-9)
    k = next(k for k, row in enumerate(found.with_all) if row.name == "attainment")
    assert found.shares["staff"][k].low > 0
    assert found.alone["staff"][k].low > 0
    assert [row.path for row in found.assumptions] == ["support.tiers.L1.shifts.day.heads"]
    assert found.assumptions[0].source == "half of the desk"


def test_weights_of_a_package_add_up_to_nothing_and_its_presence_to_one() -> None:
    weights = shapley_weights(("a", "b", "c", "d"), "b")
    assert sum(weights.values()) == pytest.approx(0)
    assert sum(weight for chosen, weight in weights.items() if "b" in chosen) == pytest.approx(1)


def written(folder: Path) -> Path:
    import yaml
    from worlds_of_policies import desk

    heads = {"value": 2, "assumed": "half of the desk"}
    data = desk(
        packages=packaged(staff={"support.tiers.L1.shifts.day.heads": heads}, order={"support.tiers.L2.preempt": None})
    )
    path = folder / "desk.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


def test_packages_that_clash_or_miss_are_told(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(ValueError, match="both change support"):
        contributions(path, overrides={"packages.order.without": {"support.tiers.L1.shifts.day.heads": 1}}, reps=2)
    with pytest.raises(ScenarioError, match="unknown path in an override"):
        contributions(path, overrides={"packages.order.without": {"support.tires": 1}}, reps=2, workers=1)
    assert scenario().packages == {}
    assert load_data({"name": "x", "clock": {"start": "2026-01-05", "horizon": "1 d"}}).scenario.packages == {}
