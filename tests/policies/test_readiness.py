"""Measures of readiness: staff minimum, backups, handovers, cut-offs, scaling, sites."""

import pytest
from worlds_of_policies import effects, scenario

from twin.experiment.replicate import Result, replicate
from twin.measures.gauge import Family
from twin.measures.scaling import nodes_by_minute, scaled, users_by_minute
from twin.simulate.run import Model
from twin.spec.scaling import Autoscaling
from twin.spec.scenario import Scenario


def measured(world: Scenario, reps: int = 10, family: Family = "readiness") -> dict[str, float]:
    """The first estimate of each measure of a family."""
    result: Result = replicate(world, reps=reps, workers=1, families=(family,))
    return {row.name: row.estimate for row in reversed(result.rows())}


def test_shifts_below_the_minimum_are_counted_to_the_minute() -> None:
    """Two of three heads are away for five of the forty office days."""
    leave = {"tier": "L1", "at": "2026-01-12T00:00", "lasts": "5 d", "heads": 2}
    world = scenario(support={"tiers": {"L1": {"minimum": 2}}}, workforce={"absences": {"leave": leave}})
    assert measured(world, 2)["understaffed"] == pytest.approx(5 / 40)


def test_what_came_after_the_last_backup_is_lost() -> None:
    restore = {"queue": "second", "visits": {"second": {"work": "4 h"}}}
    worlds = [
        scenario(
            demand={"tickets": {"restore": restore}},
            prevention={"backups": {"components": {"app": 0.5}, "every": every, "restore": "restore"}},
        )
        for every in ("24 h", "1 h")
    ]
    daily, hourly = (measured(world, 40, "data_loss") for world in worlds)
    assert daily["data_loss_events"] == pytest.approx(hourly["data_loss_events"], rel=0.01)
    assert daily["data_loss"] / daily["data_loss_events"] == pytest.approx(12 * 60, rel=0.1)
    assert hourly["data_loss"] / hourly["data_loss_events"] == pytest.approx(30, rel=0.1)


def test_a_handover_says_when_the_vendor_can_stand_down() -> None:
    session = {"repeat": "FREQ=WEEKLY", "queue": "first", "to": "second", "learnt": 0.3, "stand_down": 0.1}
    quick = measured(scenario(self_service={"handovers": {"line": session}}, clock={"horizon": "120 d"}), 4)
    slow = measured(scenario(self_service={"handovers": {"line": {**session, "learnt": 0.01}}}), 4)
    assert quick["stood_down"] == 1.0
    assert 31 <= quick["stand_down"] <= 117
    assert slow["stood_down"] == 0.0


def test_a_cut_off_ends_in_collapse_sooner_with_less_of_an_own_team() -> None:
    def cut(heads: int) -> Scenario:
        own = {"serves": ["second"], "shifts": {"day": {"calendar": "office", "heads": heads}}}
        vendor = {"serves": ["second"], "until": "2026-01-26", "shifts": {"all": {"heads": 2}}}
        return scenario(support={"tiers": {"L2": vendor, "own": own}})

    alone, helped = measured(cut(0)), measured(cut(1))
    assert alone["collapsed"] == 1.0
    assert 1 < alone["collapse_after"] < helped["collapse_after"] or helped["collapsed"] < 1.0


USERS = {"users": {"named": 1000, "concurrent_ratio": 0.4, "profile": "office"}}
NODES = {"users_per_node": 50, "least": 2, "most": 12, "lag": "15 min", "target": 0.9}


def test_scaling_ahead_of_the_load_avoids_saturation_and_costs_less_than_standing_by() -> None:
    world = scenario(demand=USERS)
    reactive, predictive, fixed = (
        scaled(world, Autoscaling.model_validate({**NODES, "policy": policy}))
        for policy in ("reactive", "predictive", "fixed")
    )
    assert reactive[0] > 30
    assert predictive[0] == fixed[0] == 0
    assert fixed[1] == 12 * 168
    assert predictive[1] < 0.7 * fixed[1]


def test_a_longer_lag_saturates_longer() -> None:
    world = scenario(demand=USERS)
    lags = [scaled(world, Autoscaling.model_validate({**NODES, "lag": lag}))[0] for lag in ("0 s", "10 min", "40 min")]
    assert lags[0] == 0 < lags[1] < lags[2]


def test_nodes_stay_within_their_bounds_and_a_cap_saturates() -> None:
    users = users_by_minute(scenario(demand=USERS))
    assert users.max() == pytest.approx(400, rel=0.01)
    nodes = nodes_by_minute(users, Autoscaling.model_validate({**NODES, "most": 4}))
    assert {*nodes} <= {2.0, 3.0, 4.0}
    world = scenario(demand=USERS, deployment={"scaling": {"app": {**NODES, "most": 4}}})
    assert measured(world, 2)["saturation"] > 1000


SITE = {"components": ["app"], "disaster": "20 d", "repair": {"ticket": "outage", "priority": "P0", "degraded": "P1"}}


def test_a_second_site_turns_a_rebuild_into_the_time_to_switch() -> None:
    rebuild = {"outage": {"visits": {"second": {"triage": None, "work": {"mean": "20 h", "cv": 0.5}}}}}
    one, two = (
        scenario(
            demand={"tickets": rebuild}, deployment={"components": {"app": {"mtbf": None}}, "sites": {"hall": site}}
        )
        for site in (SITE, {**SITE, "standby": True, "rto": "1 h"})
    )
    assert one.deployment.components["app"].depends_on == ("hall",)
    assert len(Model(two).plan.unit_part) == 5
    assert effects(one, two, "availability")["availability", "bom", "calendar"].low > 0


def test_no_measure_where_nothing_is_said() -> None:
    assert measured(scenario(), 1) == {}
