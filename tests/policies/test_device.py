"""The two devices that carry policies: shorthand spelled out, and factors of the day."""

import numpy as np
import pytest
from worlds_of_policies import desk, scenario

from twin.eventlog.log import first_difference
from twin.simulate.run import Model
from twin.spec.expand import expand, is_plain
from twin.spec.load import ScenarioError, load_data, load_text
from twin.spec.scenario import Scenario
from twin.tape.drift import marks
from twin.tape.recipe import Recipe
from twin.tape.tape import STEP_TICKS

NO_EFFECT = {
    "workforce": {"learning": {"L1": {"experience": 100}}, "shrinkage": {"L2": 0}},
    "self_service": {"training": {"basics": {"at": "2026-01-12", "lasts": "2 h", "avoids": {"how-to": 0}}}},
}


def test_policies_without_effect_leave_the_tape_as_it_is() -> None:
    plain, drifting = Model(scenario()).tape(5), Model(scenario(**NO_EFFECT)).tape(5)
    for column in ("opened_at", "priority", "true_priority", "patience", "path_from", "steps", "lives", "booked"):
        assert np.array_equal(getattr(plain, column), getattr(drifting, column))


def test_thinning_takes_tickets_away_and_moves_no_draw() -> None:
    cut = {"training": {"basics": {"at": "2026-01-12T08:00", "lasts": "0 s", "avoids": {"how-to": 0.5}}}}
    plain, fewer = Model(scenario()).tape(5), Model(scenario(self_service=cut)).tape(5)
    kept = np.isin(plain.opened_at, fewer.opened_at)
    week, later = plain.opened_at < 7 * 86_400, plain.opened_at >= 8 * 86_400
    assert kept[week].all()
    assert kept[later].mean() == pytest.approx(0.5, abs=0.05)
    paths = [
        {
            int(at): tape.steps[tape.path_from[t] : tape.path_from[t + 1], STEP_TICKS].tolist()
            for t, at in enumerate(tape.opened_at)
        }
        for tape in (plain, fewer)
    ]
    assert all(paths[0][at] == steps for at, steps in paths[1].items())


def test_marks_are_uniform_and_of_each_key_alone() -> None:
    keys = np.arange(20_000, dtype=np.uint64)
    drawn = marks(keys, 8)
    assert abs(drawn.mean() - 0.5) < 4 * (1 / 12 / 20_000) ** 0.5
    assert np.array_equal(marks(keys[::2], 8), drawn[::2])


def test_shorthand_is_spelled_out_once_and_what_comes_out_is_a_scenario() -> None:
    parts = {
        "self_service": {
            "chatbot": {"tickets": {"how-to": 0.2}, "talk": "3 min"},
            "knowledge_base": {"tickets": {"how-to": 0.5}, "lookup": "5 min", "coverage": 0.2},
        },
        "workforce": {"routines": {"inspection": {"repeat": "FREQ=WEEKLY", "queue": "second", "work": "1 h",
                                                  "priority": "P3"}}},
        "prevention": {"false_alarms": {"noise": {"rate": "1 / day", "queue": "second", "priority": "P2",
                                                  "work": "10 min"}}},
    }  # fmt: skip
    loaded = load_data(desk(**parts)).scenario
    assert is_plain(loaded)
    assert expand(loaded) is loaded
    assert Scenario.model_validate(loaded.model_dump(mode="json")) == loaded
    assert [*loaded.support.tiers] == ["knowledge base", "chatbot", "L1", "L2"]
    tickets = loaded.demand.tickets
    assert tickets["how-to"].queue == "knowledge base"
    assert tickets["how-to"].visits["knowledge base"].next == {"chatbot": 0.9}
    assert tickets["how-to"].visits["chatbot"].next == {"first": 0.8}
    assert len(tickets["inspection"].arrivals.scheduled) == 8  # type: ignore[union-attr]
    assert tickets["noise"].visits["second"].work.mean == 600


def test_shorthand_that_was_not_spelled_out_is_refused() -> None:
    raw = Scenario.model_validate(desk(self_service={"chatbot": {"tickets": {"how-to": 0.2}, "talk": "3 min"}}))
    with pytest.raises(ValueError, match="holds shorthand"):
        Recipe(raw)


def test_the_ledger_keeps_the_keys_of_the_file() -> None:
    bot = {"tickets": {"how-to": {"value": 0.2, "assumed": "a pilot", "range": [0.1, 0.3]}}, "talk": "3 min"}
    ledger = {row.path: row for row in load_data(desk(self_service={"chatbot": bot})).ledger}
    assert ledger["self_service.chatbot.tickets.how-to"].source == "a pilot"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("self_service: {chatbot: {tickets: {x: 0.1}, talk: 1 min}}", "f:9: self_service.chatbot.tickets.x: unknown"),
        ("workforce: {absences: {ill: {tier: L1, lasts: 1 d}}}", "f:9: workforce.absences.ill: say when"),
        ("workforce: {absences: {ill: {tier: L9, lasts: 1 d, every: 9 d}}}", 'unknown tier "L9"'),
        ("workforce: {absences: {ill: {tier: L1, lasts: 1 d, at: soon}}}", '"soon" is not a date'),
        ("workforce: {routines: {b: {at: 2026-01-06, queue: z, work: 1 h, priority: P0}}}", 'unknown queue "z"'),
        ("workforce: {without: {L1: q}}", 'f:9: workforce.without.L1: unknown queue (of another tier) "q"'),
        ("prevention: {watches: {w: {of: a, above: 2, ticket: b}}}", 'unknown ticket class "b"'),
        ("prevention: {backups: {components: {db: 0.1}, every: 1 d, restore: a}}", 'unknown component "db"'),
    ],
)
def test_faults_in_policies_are_told_with_their_line(text: str, told: str) -> None:
    head = (
        "name: x\nclock: {start: 2026-01-05, horizon: 5 d}\ndemand:\n  tickets:\n"
        "    a: {queue: q, priority: P0, arrivals: {rate: 1 / d}, visits: {q: {work: 1 h}}}\n"
        "support:\n  tiers:\n    L1: {serves: [q], shifts: {s: {heads: 1}}}\n"
    )
    with pytest.raises(ScenarioError) as caught:
        load_text(head + text + "\n", "f")
    assert told in str(caught.value)


def test_both_engines_agree_on_a_world_full_of_policies() -> None:
    model = Model(scenario(**{**NO_EFFECT, "prevention": {"drills": {
        "fire": {"repeat": "FREQ=WEEKLY", "tickets": ["outage"], "work_saved": 0.4, "half_life": "2 weeks",
                 "lasts": "4 h", "staff": {"L2": 2}}}}}))  # fmt: skip
    tape = model.tape(2)
    assert first_difference(model.run(tape, "simpy"), model.run(tape, "fast")) is None


def test_policies_that_are_not_used_cost_nothing() -> None:
    recipe = Recipe(scenario())
    assert not recipe.drifts
    assert "day_at" not in vars(recipe)
