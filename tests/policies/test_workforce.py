"""People who are missing, leave, learn, or have other work to do."""

import numpy as np
import pytest
from worlds_of_policies import effect, effects, scenario

from twin.eventlog.schema import ON_DUTY
from twin.simulate.run import Model
from twin.spec.scenario import Scenario
from twin.tape.tape import BOOKED_AT, BOOKED_HEADS

BASE = scenario()
SEEDS = range(20)


def workforce(**parts: object) -> Scenario:
    return scenario(workforce=parts)


def absent_hours(other: Scenario) -> np.ndarray:
    """Head hours booked by the end, per replication."""
    model, found = Model(other), []
    for seed in SEEDS:
        rows = model.tape(seed).booked
        left = np.maximum(model.plan.end_ticks - rows[:, BOOKED_AT], 0)
        found.append((rows[:, BOOKED_HEADS] * left).sum() / 3600)
    return np.array(found)


def test_a_dated_absence_takes_its_heads_off_duty() -> None:
    leave = {"tier": "L1", "at": "2026-01-12T00:00", "lasts": "5 d", "heads": 2}
    model = Model(workforce(absences={"leave": leave}))
    log = model.run(model.tape(1))
    duty = log.event == ON_DUTY
    there = duty & (log.place == log.names.tiers.index("L1")) & (log.value > 0)
    in_week_two = (log.at >= 7 * 86_400) & (log.at < 12 * 86_400)
    assert set(log.value[there & in_week_two]) == {1}
    assert set(log.value[there & ~in_week_two]) == {3}
    assert effect(BASE, model.scenario, "first_wait", "P2").low > 0


def test_illness_takes_the_time_that_the_rates_say() -> None:
    other = workforce(absences={"ill": {"tier": "L2", "every": "20 d", "people": 3, "lasts": "5 d"}})
    hours = absent_hours(other)
    expected = 3 * 59 * 24 * 5 / 25
    assert abs(hours.mean() - expected) < 4 * hours.std() / len(hours) ** 0.5 + 0.06 * expected


def test_shrinkage_takes_its_share_of_every_shift() -> None:
    hours = absent_hours(workforce(shrinkage={"L1": 0.2}))
    expected = 0.2 * 3 * 10 * 43  # office days of eight weeks and three days
    assert abs(hours.mean() - expected) < 4 * hours.std() / len(hours) ** 0.5
    assert effect(BASE, workforce(shrinkage={"L1": 0.3}), "first_wait", "P2").low > 0


def test_the_one_administrator_is_ill() -> None:
    """One person alone: while they are away nobody serves the queue."""
    one = {"L1": {"shifts": {"day": {"heads": 3}}}, "L2": {"shifts": {"day": {"heads": 0}, "night": {"heads": 1}}}}
    alone = scenario(support={"tiers": one})
    ill = scenario(support={"tiers": one}, workforce={
        "absences": {"admin": {"tier": "L2", "every": "15 d", "lasts": {"mean": "5 d", "cv": 0.5}}}})  # fmt: skip
    assert effect(alone, ill, "wait", "second").low > 0


def test_attrition_empties_places_and_newcomers_are_slow() -> None:
    gone = {"people": 3, "stays": "40 d", "hiring": "8 d"}
    new = {**gone, "ramp_up": "60 d", "work_factor": 1.5, "escalate_factor": 2.4}
    hired, ramping = workforce(attrition={"L1": gone}), workforce(attrition={"L1": new})
    assert effect(BASE, hired, "attainment", "P2", "resolve", reps=40).high < 0
    rows = effects(hired, ramping, reps=40)
    assert rows["handoffs", ].low > 0
    assert rows["wait", "first"].low > 0


def test_learning_follows_a_power_law() -> None:
    learning = {"L1": {"experience": 500, "work_saved": 0.2, "escalations_saved": 0.2, "least_ratio": 0.1}}
    plain, model = Model(BASE), Model(workforce(learning=learning))
    before, after = plain.tape(3), model.tape(3)
    day = after.opened_at // 86_400
    first = after.path_from[: after.arrivals]
    ratio = after.steps[first, 2] / before.steps[before.path_from[: after.arrivals], 2]
    seen = np.searchsorted(after.opened_at, day * 86_400)  # tickets of earlier days
    expected = ((500 + seen * 1.0) / 500) ** np.log2(0.8)
    late = ratio[-200:].mean()
    assert late == pytest.approx(expected[-200:].mean(), rel=0.05)
    assert effect(BASE, model.scenario, "handoffs").high < 0


def test_routine_work_competes_with_tickets() -> None:
    other = workforce(routines={"log analysis": {"at": "2026-01-05T09:00", "repeat": "FREQ=DAILY", "queue": "first",
                                                 "work": "3 h", "priority": "P1", "pieces": 2}})  # fmt: skip
    rows = effects(BASE, other)
    assert rows["utilisation", "L1"].low > 0
    assert rows["first_wait", "P2"].low > 0


def test_the_world_without_a_tier() -> None:
    other = workforce(without={"L1": "second"})
    assert [*other.support.tiers] == ["L2"]
    assert other.demand.tickets["how-to"].queue == "second"
    assert effect(BASE, other, "utilisation", "L2").low > 0
