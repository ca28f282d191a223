"""Laws of the tape: adding an entity shifts no other entity's draws, and a tape serves its own world only."""

from typing import Any

import numpy as np
import pytest
from plm_week import scenario_of, week

from twin.eventlog.checkers import check
from twin.eventlog.log import first_difference
from twin.eventlog.schema import ON_DUTY
from twin.simulate.run import EngineName, Model, simulate_one
from twin.tape.tape import BOOKED_HEADS, LIFE_CLASS, LIFE_UNIT, SHOCK_AT, SHOCK_CAUSE, SHOCK_PART, Tape

SEED = 3


def tape_of(data: dict[str, Any]) -> tuple[Model, Tape]:
    model = Model(scenario_of(data))
    return model, model.tape(SEED)


def tickets_of(model: Model, tape: Tape, name: str) -> list[Any]:
    """Instant, priority, patience and path of the tickets of one class that come from outside."""
    queues = model.plan.names.queues
    steps = [(kind, queues[q], ticks) for kind, q, ticks in tape.steps.tolist()]
    mine = np.flatnonzero(tape.ticket_class[: tape.arrivals] == model.plan.names.classes.index(name))
    return [
        (tape.opened_at[t], tape.priority[t], tape.patience[t], steps[tape.path_from[t] : tape.path_from[t + 1]])
        for t in mine
    ]


def faults_of(model: Model, tape: Tape, name: str) -> tuple[Any, ...]:
    """Lives of the units and shocks of one component, without the numbers of unit and class."""
    c = model.plan.names.components.index(name)
    lives = tape.lives[model.plan.unit_part[tape.lives[:, LIFE_UNIT]] == c]
    shocks = tape.shocks[tape.shocks[:, SHOCK_PART] == c]
    return lives[:, :LIFE_CLASS].tolist(), shocks[:, [SHOCK_AT, SHOCK_CAUSE]].tolist()


def with_first(table: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    return {name: value, **table}


def with_class(data: dict[str, Any]) -> None:
    other = {"queue": "front", "priority": "P2", "arrivals": {"rate": "9 / d"}, "visits": {"front": {"work": "1 h"}}}
    data["demand"]["tickets"] = with_first(data["demand"]["tickets"], "wish", other)


def with_component(data: dict[str, Any]) -> None:
    other = {"units": 2, "mtbf": "20 h", "common_cause": 0.5, "repair": {"ticket": "repair", "priority": "P0"}}
    data["deployment"]["components"] = with_first(data["deployment"]["components"], "vault", other)


def with_agents(data: dict[str, Any]) -> None:
    tiers = data["support"]["tiers"]
    tiers["L1"]["shifts"]["day"]["heads"] = 4
    data["support"]["tiers"] = with_first(tiers, "L0", {"serves": ["front"], "shifts": {"all": {"heads": 1}}})


def with_change(data: dict[str, Any]) -> None:
    other = {"components": ["database"], "at": "2026-01-06T03:00", "work": {"mean": "1 h", "cv": 1}, "failure": 0.5}
    data["changes"] = with_first(data["changes"], "upgrade", other)


@pytest.mark.parametrize("add", [with_class, with_component, with_agents, with_change])
def test_adding_an_entity_shifts_no_other_draws(add: Any) -> None:
    more = week()
    add(more)
    before, after = tape_of(week()), tape_of(more)
    assert len(tickets_of(*before, "how-to")) > 100
    for name in ("how-to", "repair"):
        assert tickets_of(*before, name) == tickets_of(*after, name)
    for name in ("database", "web"):
        assert faults_of(*before, name) == faults_of(*after, name)


def test_adding_a_unit_shifts_no_draws_of_the_others() -> None:
    more = week()
    more["deployment"]["components"]["web"]["units"] = 4
    (_, before), (_, after) = tape_of(week()), tape_of(more)
    for u in range(5):
        old = before.lives[before.life_from[u] : before.life_from[u + 1]]
        assert np.array_equal(old, after.lives[after.life_from[u] : after.life_from[u + 1]])


@pytest.mark.parametrize("engine", ["simpy", "fast"])
@pytest.mark.parametrize("add", [with_class, with_component, with_change])
def test_a_tape_of_another_world_is_refused(add: Any, engine: EngineName) -> None:
    other = week()
    add(other)
    with pytest.raises(ValueError, match="drawn from another scenario"):
        simulate_one(scenario_of(other), Model(scenario_of(week())).tape(SEED), engine=engine)


def test_a_tape_serves_every_staffing() -> None:
    other = week()
    with_agents(other)
    other["calendars"]["early"] = {"hours": "05:00-09:00"}
    other["support"]["tiers"]["L1"]["shifts"]["early"] = {"calendar": "early", "heads": 1}
    (_, tape), (model, own) = tape_of(week()), tape_of(other)
    assert tape.digest() == own.digest()
    log = model.run(tape)
    assert first_difference(log, model.run(tape, "simpy")) is None
    assert check(log, model.scenario) == []


def test_change_staff_is_taken_from_its_tier_under_another_staffing() -> None:
    """L2 stands second in one staffing and third in the other; the change books one of its two heads in both."""
    other = week()
    with_agents(other)
    (model, tape), (wider, _) = tape_of(week()), tape_of(other)
    assert tape.booked[:, BOOKED_HEADS].tolist().count(1) == 7
    duty = [
        log.value[(log.event == ON_DUTY) & (log.entity == log.names.tiers.index("L2"))].tolist()
        for log in (model.run(tape), wider.run(tape))
    ]
    assert 1 in duty[0]
    assert duty[0] == duty[1]


def test_two_surges_of_one_class_are_independent() -> None:
    """Two surges of the same class, peak and decay share no instants."""
    data = week()
    data["demand"]["tickets"]["how-to"]["arrivals"] = {"rate": "10 / d"}
    surge = {"ticket": "how-to", "factor": 5, "half_life": "4 h"}
    data["changes"]["patch"] |= {"surges": [surge, surge], "failure": 0}
    opened = [row[0] for row in tickets_of(*tape_of(data), "how-to")]
    assert len(opened) > 100
    assert len(set(opened)) > 0.95 * len(opened)
