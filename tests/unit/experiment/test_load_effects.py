"""Load reaches operations: slow hours bring tickets, tickets keep people busy, promises are missed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.experiment.capacity import capacity_curve
from twin.experiment.load_effects import loaded
from twin.experiment.replicate import replicate
from twin.spec.capacity import ALL_UP, read_curve
from twin.spec.load import load_data
from twin.spec.load_hours import course_of, levels_of_week, slow_week
from twin.spec.problems import ScenarioError
from twin.spec.scenario import Scenario


def plm(**changed: Any) -> Scenario:
    """A plant with 100 users at the busiest hour, two small nodes, one agent."""
    law = {"mean": "100 ms", "cv": 1, "law": "exponential"}
    data: dict[str, Any] = {
        "name": "plant", "clock": {"start": "2026-01-05", "horizon": "4 w"},
        "deployment": {
            "components": {"app": {"units": 2, "mtbf": "200 h", "repair": {"ticket": "failure", "priority": "P1"}}},
            "functions": {"work": {"needs": ["app"]}},
        },
        "demand": {
            "users": {"named": 500, "concurrent_ratio": 0.2, "profile": "office"},
            "profiles": {"office": {"weights": [0] * 8 + [0.5, 1, 1, 0.5] * 2 + [0] * 8, "span": "day"}},
            "tickets": {
                "question": {"queue": "desk", "arrivals": {"rate": "8 / d", "profile": "office"}, "priority": "P2",
                             "visits": {"desk": {"work": {"mean": "20 min", "cv": 1}}}},
                "slow": {"queue": "desk", "priority": "P2", "visits": {"desk": {"work": {"mean": "20 min", "cv": 1}}}},
                "failure": {"queue": "desk", "visits": {"desk": {"work": "1 h"}}},
            },
        },
        "support": {"priorities": ["P1", "P2"], "tiers": {"L1": {"serves": ["desk"], "shifts": {"s": {"heads": 1}}}}},
        "contract": {"targets": {"P2": {"resolve": "90 min"}}},
        "workload": {
            "length": "60 s", "warm_up": "10 s",
            "stations": {"app": {"servers": 1, "nodes": 2, "component": "app"}},
            "transactions": {"open": {"steps": [{"visit": "app", "work": law}]}},
            "personas": {"user": {"users": 100, "think": "6 s", "mix": {"open": 1}}},
            "slow_hours": {"response": "300 ms", "ticket": "slow", "tickets_per_user": 0.02},
        },
    }  # fmt: skip
    return load_data(data, overrides=changed).scenario


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def attainment(scenario: Scenario) -> tuple[float, float, float]:
    row = next(
        row for row in replicate(scenario, reps=12, workers=1)["attainment"] if row.where.get("priority") == "P2"
    )
    return row.estimate, row.low, row.high


def test_more_load_means_less_attainment() -> None:
    light = attainment(plm(**{"demand.users.named": 200}))
    heavy = attainment(plm(**{"demand.users.named": 1000}))
    assert heavy[2] < light[1]


def test_degraded_time_follows_load_and_nodes() -> None:
    def degraded(scenario: Scenario) -> float:
        return replicate(scenario, reps=4, workers=1)["degraded_ratio"][0].estimate

    heavy = degraded(plm(**{"demand.users.named": 1000}))
    assert heavy == pytest.approx(8 / 24, abs=0.01)
    fragile = plm(**{"deployment.components.app.mtbf": "10 h", "demand.users.named": 450})
    assert 0 < degraded(fragile) < heavy


def test_a_light_load_changes_nothing() -> None:
    scenario = plm(**{"demand.users.named": 100})
    changed, curve = loaded(scenario)
    assert curve is not None
    assert changed is scenario
    assert not slow_week(scenario, curve)[1].is_slow.any()


def test_a_scenario_without_slow_hours_has_no_curve() -> None:
    scenario = plm(**{"workload.slow_hours": None})
    assert loaded(scenario) == (scenario, None)


def test_work_that_an_hour_cannot_do_is_carried_over_and_worked_off() -> None:
    scenario = plm()
    curve = capacity_curve(scenario, reps=2, cache=None, workers=1)
    assert scenario.workload is not None
    most, pace = curve.saturation(), curve.of("throughput")[0, 0] / curve.load[0]
    load = np.array([1.5, 0.5, 0.5, 0.0]) * most / pace
    found = course_of(load, np.full(4, 3600.0), [ALL_UP] * 4, curve, scenario.workload)
    assert found.backlog == pytest.approx([1800 * most, 0.0, 0.0, 0.0], rel=1e-9, abs=1e-6)
    assert found.is_slow.tolist() == [True, True, False, False]


def test_the_curve_is_kept_and_read_again(tmp_path: Path) -> None:
    curve = capacity_curve(plm(), reps=2, workers=1, cache=tmp_path)
    kept = read_curve(next(tmp_path.glob("*.json")))
    assert kept is not None
    assert kept.to_json() == curve.to_json()
    assert capacity_curve(plm(), reps=2, workers=1, cache=tmp_path).to_json() == curve.to_json()
    assert not list(tmp_path.glob("*.part"))


def test_states_of_the_deployment_are_found() -> None:
    curve = capacity_curve(plm(), reps=2, loads=[10, 400], workers=1, cache=None)
    assert curve.states == (ALL_UP, "1 of 2 app nodes")
    assert [curve.state_of({"app": n}) for n in (3, 2, 1, 0)] == [ALL_UP, ALL_UP, "1 of 2 app nodes", ""]
    assert curve.saturation("1 of 2 app nodes") == pytest.approx(10.0, rel=0.15)
    assert curve.knee[0, 1] < 2 * curve.knee[1, 2] < 2.6 * curve.knee[0, 2]


def test_a_week_has_168_levels() -> None:
    profile = plm().demand.profiles["office"]
    assert levels_of_week(profile).shape == (168,)
    assert levels_of_week(profile)[8:12].tolist() == [0.5, 1.0, 1.0, 0.5]
    assert (levels_of_week(None) == 1).all()


def test_bad_loads_and_slow_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        capacity_curve(plm(), loads=[0.0], cache=None)
    with pytest.raises(ScenarioError, match="arrivals of its own"):
        plm(**{"workload.slow_hours.ticket": "question"})
