"""Pipelines, templates, debt, dual runs, links, tuning and second tries."""

from typing import Any

import numpy as np
import pytest
from worlds_of_policies import desk, effect, effects, scenario

from twin.eventlog.schema import PHASE_NAMES
from twin.simulate.run import Model
from twin.spec.load import ScenarioError, load_data
from twin.spec.scenario import Scenario
from twin.tape.tape import PHASE, PHASE_AT, SHOCK_AT, SHOCK_CAUSE

DAY = 86_400
WEEKLY = {
    "components": ["app"],
    "repeat": "FREQ=WEEKLY;BYDAY=TU;BYHOUR=12",
    "work": "1 h",
    "rollback": "1 h",
    "notice": "1 h",
}
SYNC = {"ticket": "how-to", "rate": "12 / day", "half_life": "5 d"}


def changed(**change: Any) -> Scenario:
    return scenario(changes={"update": {**WEEKLY, **change}})


def dual(**strategy: Any) -> Scenario:
    run = {"kind": "dual-run", "length": "7 d", "found_in_parallel": 0.5, **strategy}
    return scenario(changes={"move": {**WEEKLY, "repeat": None, "at": "2026-01-12", "failure": 0.8, "strategy": run}})


def phases_of(world: Scenario, phase: str, seeds: int = 40) -> list[list[int]]:
    model, code = Model(world), PHASE_NAMES.index(phase)
    tapes = [model.tape(seed) for seed in range(seeds)]
    return [sorted(tape.phases[tape.phases[:, PHASE] == code, PHASE_AT].tolist()) for tape in tapes]


def test_faults_escape_a_pipeline_by_the_product_of_its_stages() -> None:
    weak = changed(failure=0.8, pipeline={"unit tests": 0.9})
    strong = changed(failure=0.8, pipeline={"unit tests": 0.5, "staging": 0.5, "canary": 0.4})
    assert strong.changes["update"].failure == pytest.approx(0.08)
    assert effect(weak, strong, "utilisation", "L2", reps=4).n == 4
    assert sum(map(len, phases_of(strong, "fault_exposed"))) < 0.2 * sum(map(len, phases_of(weak, "fault_exposed")))


def test_a_template_fills_in_what_is_not_said_with_its_origin() -> None:
    own = {"template": "quarterly-pack", "components": ["app"], "failure": 0.2, "surges": [{"ticket": "how-to"}]}
    loaded = load_data(desk(changes={"pack": own}))
    pack = loaded.scenario.changes["pack"]
    assert (pack.failure, pack.work.mean, pack.surges[0].half_life) == (0.2, 4 * 3600, 10 * DAY)
    origin = {row.path: row.source for row in loaded.ledger}
    assert origin["changes.pack.work.mean"].startswith("template")
    assert (
        load_data(desk(changes={"pack": own}), overrides={"changes.pack.work": "1 h"})
        .scenario.changes["pack"]
        .work.mean
        == 3600
    )


@pytest.mark.parametrize(
    ("change", "overrides", "told"),
    [
        ({"template": "monthly"}, {}, 'unknown template "monthly"; did you mean "monthly-patch"?'),
        ({"template": "monthly-patch"}, {"changes.update.template": "health-check"}, "filled in from the file"),
        ({"compatibility": {"erp": 0.5}}, {}, '"erp" can break, but nobody repairs it'),
        ({"retry": {"windows": "FREQ=NOW"}}, {}, "changes.update.retry"),
        ({"strategy": {"kind": "outage", "fallback": "1 h"}}, {}, 'belong to "kind: dual-run"'),
    ],
)
def test_faults_in_changes_are_told(change: Any, overrides: Any, told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_data(desk(changes={"update": {**WEEKLY, **change}}), overrides=overrides)
    assert told in str(caught.value)


def test_templates_by_name_load_without_warnings() -> None:
    names = ("monthly-patch", "quarterly-pack", "yearly-upgrade", "health-check")
    year = {"clock": {"horizon": "364 d"}}
    for name in names:
        loaded = load_data(desk(**year, changes={name: {"template": name, "components": ["app"]}}))
        assert [str(warning) for warning in loaded.warnings if "changes" in warning.path] == []


def test_a_change_that_was_rolled_back_is_tried_again_at_its_next_window() -> None:
    once = scenario(changes={"update": {**WEEKLY, "repeat": None, "at": "2026-01-06T12:00", "failure": 0.5}})
    again = scenario(changes={"update": {
        **WEEKLY, "repeat": None, "at": "2026-01-06T12:00", "failure": 0.5,
        "retry": {"windows": "FREQ=WEEKLY;BYDAY=TU;BYHOUR=12", "at_most": 3}}})  # fmt: skip
    assert all(len(began) == 1 for began in phases_of(once, "began"))
    tries = np.array([len(began) for began in phases_of(again, "began", 200)])
    expected = 1 + 0.5 + 0.25 + 0.125
    assert abs(tries.mean() - expected) < 4 * tries.std() / len(tries) ** 0.5
    assert {at % (7 * DAY) for began in phases_of(again, "began") for at in began} == {DAY + 12 * 3600}
    assert sum(map(len, phases_of(again, "ended"))) > sum(map(len, phases_of(once, "ended")))


def test_upgrades_left_out_raise_hazard_failures_and_work() -> None:
    debt = {"hazard": 2, "failure": 1, "work": 3}
    done, late = (changed(failure=0.2, debt={**debt, "skip": skip}) for skip in ((), (2, 3, 4)))
    assert [len(began) for began in phases_of(late, "began", 3)] == [5, 5, 5]
    faults = [sum(len(one) for one in phases_of(world, "fault_exposed", 150)) for world in (done, late)]
    assert faults[1] / (150 * 5) > faults[0] / (150 * 8)
    tape = Model(late).tape(1)
    extra = tape.shocks[tape.shocks[:, SHOCK_CAUSE] == 2, SHOCK_AT]
    second, fifth = (DAY + 12 * 3600 + week * 7 * DAY for week in (1, 4))
    assert ((extra >= second) & (extra < fifth)).all()
    expected = 2 * 2 * (1 + 2 + 3) * 7 * 24 / 100  # units x hazard x levels x weeks / mtbf
    counts = [(Model(late).tape(seed).shocks[:, SHOCK_CAUSE] == 2).sum() for seed in range(20)]
    assert abs(np.mean(counts) - expected) < 4 * (expected / 20) ** 0.5
    assert effect(done, late, "utilisation", "L2", reps=30).low > 0


def test_links_break_on_an_upgrade_as_often_as_said() -> None:
    link = {"repair": {"ticket": "outage", "priority": "P1"}}
    world = scenario(
        deployment={"components": {"erp": link}}, changes={"update": {**WEEKLY, "compatibility": {"erp": 0.3}}}
    )
    counts = [len(Model(world).tape(seed).shocks) for seed in range(30)]
    assert abs(np.mean(counts) - 8 * 0.3) < 4 * (8 * 0.21 / 30) ** 0.5


def test_tuning_rounds_shorten_the_surge() -> None:
    surge = {"ticket": "how-to", "factor": 2, "half_life": "14 d"}
    tuned = {**surge, "tuning": {"every": "3 d", "rounds": 4, "effect": 0.4}}
    plain, quick = (scenario(changes={"update": {**WEEKLY, "repeat": None, "at": "2026-01-12", "surges": [one]}})
                    for one in (surge, tuned))  # fmt: skip
    assert effect(plain, quick, "tickets", "P2").high < 0
    before, after = Model(plain).tape(1).opened_at, Model(quick).tape(1).opened_at
    assert set(after.tolist()) <= set(before.tolist())
    first = before < 10 * DAY
    assert np.isin(before[first], after).all()


def test_a_dual_run_brings_synchronisation_faults_and_double_work() -> None:
    assert effect(dual(), dual(sync=SYNC), "tickets", "P2").low > 0
    assert effect(dual(), dual(extra_tickets=0.5), "tickets", "P2").low > 0


def test_exit_criteria_lengthen_a_dual_run_until_few_faults_are_found() -> None:
    leave = {"every": "7 d", "faults": 3, "longest": "35 d"}
    capped, strict = dual(sync=SYNC, exit=leave), dual(sync=SYNC, exit={**leave, "faults": 0, "longest": "21 d"})
    planned = [(one[0] - 7 * DAY) / DAY for one in phases_of(dual(sync=SYNC), "began")]
    assert planned == [0.0] * 40
    lengths = []
    for world in (capped, strict):
        over = [min(a + b) for a, b in zip(phases_of(world, "ended"), phases_of(world, "fault_exposed"), strict=True)]
        lengths.append(np.array([(at - 7 * DAY - 3600) / DAY for at in over]))
    assert set(lengths[1]) <= {7.0, 14.0, 21.0}
    assert 14 < lengths[0].mean() < 35
    assert lengths[0].max() <= 35
    exposed = [sum(map(len, phases_of(world, "fault_exposed"))) for world in (dual(sync=SYNC), capped)]
    assert exposed[1] < exposed[0]


def test_the_old_system_is_a_way_back_that_never_fails() -> None:
    """A failed rollback waits for people; going back to the old system does not."""
    risky = {"rollback_failure": 1.0, "restore": "outage", "restore_priority": "P0", "failure": 1.0, "rollback": "8 h"}
    run = {"kind": "dual-run", "length": "7 d"}
    base = {**WEEKLY, **risky, "repeat": None, "at": "2026-01-12"}
    worlds = [
        scenario(changes={"move": {**base, "strategy": strategy}}) for strategy in (run, {**run, "fallback": "30 min"})
    ]
    assert sum(map(len, phases_of(worlds[1], "rollback_failed"))) == 0
    rows = effects(*worlds, "availability")
    assert rows["availability", "bom", "calendar"].low > 0
