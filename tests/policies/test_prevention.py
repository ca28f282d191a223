"""What is done before something breaks, and to be ready when it does."""

import numpy as np
import pytest
from worlds_of_policies import effect, effects, scenario

from twin.eventlog.schema import FAILED
from twin.simulate.run import Model
from twin.spec.scenario import Scenario
from twin.tape.tape import LIFE_CLASS, SHOCK_AT, SHOCK_CAUSE

BASE = scenario()
DAY = 86_400


def prevention(**parts: object) -> Scenario:
    return scenario(prevention=parts)


def app(**parts: object) -> dict[str, object]:
    return {"components": {"app": parts}}


def shocks_of(model: Model, seeds: int) -> list[np.ndarray]:
    """Instants of the shocks of each replication that are nobody else's doing."""
    tapes = [model.tape(seed) for seed in range(seeds)]
    return [tape.shocks[tape.shocks[:, SHOCK_CAUSE] == 0, SHOCK_AT] for tape in tapes]


def test_false_alarms_eat_second_line_time_and_delay_others() -> None:
    noise = {"rate": "20 / day", "queue": "second", "priority": "P1", "work": "30 min"}
    rows = effects(BASE, prevention(false_alarms={"noise": noise}))
    assert rows["utilisation", "L2"].low > 0
    assert rows["wait", "second"].low > 0


def test_runbooks_shorten_repair_and_save_escalations() -> None:
    book = {"tickets": ["outage"], "queues": ["second"], "work_ratio": 0.5}
    faq = {"tickets": ["how-to"], "queues": ["first"], "escalate_ratio": 0.5}
    assert effect(BASE, prevention(runbooks={"restart": book}), "sojourn", "outage").high < 0
    assert effect(BASE, prevention(runbooks={"faq": faq}), "handoffs").high < 0


def test_a_drill_shortens_work_for_a_while() -> None:
    drill = {"at": "2026-01-06", "tickets": ["outage"], "work_saved": 0.6}
    steady, fading = prevention(drills={"fire": drill}), prevention(drills={"fire": {**drill, "half_life": "1 week"}})
    assert effect(BASE, steady, "sojourn", "outage", reps=30).high < 0
    assert effect(steady, fading, "sojourn", "outage", reps=30).low > 0


def test_those_who_drill_are_off_duty() -> None:
    drill = {
        "repeat": "FREQ=WEEKLY;BYHOUR=9",
        "tickets": ["outage"],
        "work_saved": 0,
        "lasts": "8 h",
        "staff": {"L1": 3},
    }
    assert effect(BASE, prevention(drills={"fire": drill}), "wait", "first").low > 0


def test_reviews_remove_causes_of_tickets_after_a_delay() -> None:
    review = {"repeat": "FREQ=WEEKLY", "removes": 0.5, "delay": "2 weeks", "tickets": {"how-to": 0.6}}
    model, plain = Model(prevention(reviews={"monthly": review})), Model(BASE)
    before, after = plain.tape(1).opened_at, model.tape(1).opened_at
    assert np.array_equal(before[before < 14 * DAY], after[after < 14 * DAY])
    last = 49 * DAY
    assert (after > last).sum() / (before > last).sum() == pytest.approx(0.4, abs=0.06)


def test_reviews_remove_recurring_failures() -> None:
    parts = app(mtbf="50 h", recurring=0.5)
    review = {"repeat": "FREQ=WEEKLY", "removes": 0.3}
    kept, reviewed = (
        shocks_of(Model(scenario(deployment=parts, prevention={"reviews": reviews})), 20)
        for reviews in ({}, {"weekly": review})
    )
    expected = 2 * 0.5 * 59 * 24 / 50
    count = np.array([len(one) for one in kept])
    assert abs(count.mean() - expected) < 4 * (expected / 20) ** 0.5
    assert all(set(few) <= set(many) for few, many in zip(reviewed, kept, strict=True))
    decay = [sum((one < week * 7 * DAY).sum() for one in reviewed) for week in (4, 8)]
    assert decay[1] - decay[0] < 0.5 * decay[0]


def test_the_recurring_share_leaves_the_failure_rate_as_it_is() -> None:
    models = [Model(scenario(deployment=app(mtbf="50 h", recurring=share))) for share in (0.0, 0.6)]
    plain, recurring = (
        np.array([(model.run(model.tape(seed)).event == FAILED).sum() for seed in range(20)]) for model in models
    )
    spread = (plain.var() / 20 + recurring.var() / 20) ** 0.5
    assert abs(plain.mean() - recurring.mean()) < 4 * spread


def test_ageing_with_regular_cleaning_fails_as_often_as_theory_says() -> None:
    """Every T a cleaning, Weibull shape k: (T / first) ** k failures a unit and interval."""
    ageing = {"first": "10 d", "shape": 2}
    check = {"components": ["app"], "repeat": "FREQ=WEEKLY", "work": "1 h", "cleans": True}
    model = Model(scenario(deployment=app(ageing=ageing), changes={"check": check}, clock={"drain": 0}))
    never = Model(scenario(deployment=app(ageing=ageing), clock={"drain": 0}))
    for world, expected in ((model, 8 * 2 * 0.7**2), (never, 2 * 5.6**2)):
        count = np.array([len(one) for one in shocks_of(world, 30)])
        assert abs(count.mean() - expected) < 4 * (expected / 30) ** 0.5


def test_health_checks_trade_planned_for_unplanned_downtime() -> None:
    ageing = app(ageing={"first": "20 d", "shape": 2})
    check = {"components": ["app"], "repeat": "FREQ=WEEKLY;BYHOUR=3", "work": "1 h", "cleans": True}
    rolling = {**check, "strategy": {"kind": "rolling"}}
    checked = scenario(deployment=ageing, changes={"check": rolling})
    assert effect(scenario(deployment=ageing), checked, "utilisation", "L2").high < 0


def test_a_warning_keeps_tickets_of_busy_days_away() -> None:
    seen = {"queue": "second", "priority": "P2", "visits": {"second": {"work": "30 min"}}}
    watch = {"of": "how-to", "above": 2.5, "ticket": "proactive", "prevents": {"how-to": 0.5}}
    parts = {"demand": {"tickets": {"proactive": seen}}}
    base = scenario(**parts)
    watched = Model(scenario(**parts, prevention={"watches": {"surge": watch}}))
    plain, tape = Model(base).tape(4), watched.tape(4)
    opened = tape.opened_at[tape.ticket_class[: tape.arrivals] == 2]
    assert 2 < len(opened) < 25
    busy = np.isin(plain.opened_at // DAY, opened // DAY)
    kept = np.isin(plain.opened_at, tape.opened_at)
    assert kept[~busy].all()
    assert kept[busy].mean() == pytest.approx(0.5, abs=0.08)
    assert effect(base, watched.scenario, "utilisation", "L1").high < 0


def test_failures_that_corrupt_data_need_a_restore() -> None:
    restore = {"queue": "second", "visits": {"second": {"work": {"mean": "8 h", "cv": 0.5}}}}
    backups = {"components": {"app": 0.3}, "every": "1 d", "restore": "restore"}
    base = scenario(demand={"tickets": {"restore": restore}})
    lossy = scenario(demand={"tickets": {"restore": restore}}, prevention={"backups": backups})
    lives = np.concatenate([Model(lossy).tape(seed).lives for seed in range(10)])
    share, n = (lives[:, LIFE_CLASS] == 2).mean(), len(lives)
    assert abs(share - 0.3) < 4 * (0.21 / n) ** 0.5
    rows = effects(base, lossy, "availability", "queues", reps=30)
    assert rows["utilisation", "L2"].low > 0


def test_training_cuts_questions_and_inflated_priorities_until_it_fades() -> None:
    misjudged = {"tickets": {"how-to": {"misjudged": {"too_urgent": 0.4, "too_low": 0.1}}}}
    session = {"at": "2026-01-05", "lasts": "8 h", "staff": {"L1": 1}, "avoids": {"how-to": 0.4}, "inflation": 0.8}
    base = scenario(demand=misjudged)
    trained = scenario(demand=misjudged, self_service={"training": {"all staff": session}})
    fading = scenario(demand=misjudged, self_service={"training": {"all staff": {**session, "half_life": "1 week"}}})
    assert effect(base, trained, "tickets", "P1").high < 0
    assert effect(trained, fading, "tickets", "P2").low > 0
    for world, expected in ((base, 0.4), (trained, 0.08)):
        tape = Model(world).tape(1)
        asked = tape.true_priority[: tape.arrivals] >= 0
        share = (tape.priority < tape.true_priority)[: tape.arrivals][asked].mean()
        assert share == pytest.approx(expected, abs=0.05)


def test_handover_lets_the_own_team_escalate_less() -> None:
    session = {
        "repeat": "FREQ=WEEKLY",
        "queue": "first",
        "to": "second",
        "learnt": 0.3,
        "lasts": "4 h",
        "staff": {"L1": 1},
    }
    learnt = scenario(self_service={"handovers": {"first line": session}})
    failed = scenario(self_service={"handovers": {"first line": {**session, "passed": 0.2}}})
    assert effect(BASE, learnt, "handoffs").high < 0
    assert effect(learnt, failed, "handoffs").low > 0
