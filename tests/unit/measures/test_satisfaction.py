"""Satisfaction on logs written by hand, and what a survey of so many answers can show."""

import math
from typing import Any

import pytest
from measuring import DAY, HOUR, Measured, desk, log_of

from tests.worlds import small_desk
from twin.decide.compare import compare
from twin.eventlog.schema import DOWN, ESCALATED, OPENED, REOPENED, RESOLVED, STARTED, UP
from twin.measures.surveys import answers_needed, fewest_answers, half_width
from twin.spec.load import load_data
from twin.spec.problems import ScenarioError

DEPLOYED = {"components": {"app": {}}, "functions": {"bom": {"needs": ["app"]}}}
LOGIT_90 = math.log(9)
QUICK = [(0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (0, RESOLVED, 0, 0, 0)]


def share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def measured(rows: list[tuple[int, ...]], demand: dict[str, Any] | None = None, **spec: Any) -> Measured:
    """Those tickets, with the satisfaction of that section."""
    parts = {} if demand is None else {"demand": demand}
    scenario = desk(deployment=DEPLOYED, satisfaction={"base": LOGIT_90, **spec}, **parts)
    return Measured(scenario, log_of(scenario, rows), "satisfaction")


def test_a_ticket_solved_at_once_satisfies_as_the_base_says():
    found = measured(QUICK)
    assert found.value("satisfaction") == pytest.approx(0.9)
    assert found.value("satisfaction", tier="L1") == pytest.approx(0.9)
    assert found.pair("satisfaction", tier="L2") == (0, 0)
    assert found.value("satisfaction_kept", period="month") == 0


def test_waiting_reopening_and_outages_annoy():
    rows = [
        (DAY, DOWN, 0, 0, 0), (DAY + 3 * HOUR, UP, 0, 0, 0), (2 * DAY, OPENED, 0, 0, 0),
        (2 * DAY + HOUR, STARTED, 0, 0, 0), (2 * DAY + 2 * HOUR, RESOLVED, 0, 0, 0),
        (2 * DAY + 3 * HOUR, REOPENED, 0, 0, 0), (2 * DAY + 4 * HOUR, STARTED, 0, 0, 0),
        (2 * DAY + 5 * HOUR, RESOLVED, 0, 0, 0),
    ]  # fmt: skip
    harm = {"per_response_h": 0.2, "per_resolution_h": 0.1, "reopened": 0.5, "per_outage_h": 0.3}
    expected = share(LOGIT_90 - 1 * 0.2 - 5 * 0.1 - 0.5 - 3 * 0.3)
    assert measured(rows, **harm).value("satisfaction") == pytest.approx(expected)
    forgotten = share(LOGIT_90 - 1 * 0.2 - 5 * 0.1 - 0.5 - 1 * 0.3)  # only the last of the three hours is remembered
    assert measured(rows, memory="27 h", **harm).value("satisfaction") == pytest.approx(forgotten)


def test_channels_and_queues_passed_through_weigh_in():
    visits = {"first": {"work": "1 h"}, "second": {"work": "1 h"}}
    demand = {"tickets": {"fault": {"queue": "first", "visits": visits, "channel": "chat"}}}
    rows = [*QUICK[:2], (0, ESCALATED, 0, 1, 0), (0, STARTED, 0, 1, 0), (0, RESOLVED, 0, 1, 0)]
    found = measured(rows, demand, channels={"chat": 0.4}, queues={"second": 1.5, "first": 0.1})
    assert found.value("satisfaction", channel="chat") == pytest.approx(share(LOGIT_90 + 0.4 - 1.6))
    assert found.pair("satisfaction", tier="L2")[1] == 1


def test_a_survey_leans_to_those_who_answer_and_small_numbers_are_not_told():
    rows = [(at, event, ticket, 0, 0) for ticket in range(100) for at, event, *_ in QUICK]
    survey = {"satisfied": 0.2, "dissatisfied": 0.4, "fewest": 22}
    found = measured(rows, survey=survey)
    assert found.value("survey_satisfaction") == pytest.approx(0.18 / 0.22)
    assert found.value("answer_bias") == pytest.approx(0.18 / 0.22 - 0.9)
    assert found.value("survey_answers") == pytest.approx(22)
    assert found.value("survey_satisfaction", tier="L1") == pytest.approx(0.18 / 0.22)
    assert found.value("score_shown", tier="L1") == 1
    assert found.pair("answers_needed") == (0, 0)  # what lies below the goal can't be proven to reach it
    hidden = measured(rows, survey=survey | {"fewest": 23})
    assert hidden.pair("survey_satisfaction", tier="L1") == (0, 0)
    assert hidden.value("score_shown", tier="L1") == 0


def test_hundred_answers_measure_95_percent_to_within_4_3_points():
    assert half_width(100, 0.95) == pytest.approx(0.043, abs=0.0003)
    assert half_width(0, 0.95) == math.inf
    assert answers_needed(0.97, 0.95) == math.ceil(0.97 * 0.03 * (1.959964 / 0.02) ** 2) == 280
    assert answers_needed(0.95, 0.95) == math.inf
    assert fewest_answers(0.95) == 59
    assert 0.95**59 <= 0.05 < 0.95**58
    assert fewest_answers(0.95, 0.99) == 90


def test_answers_needed_are_told_where_the_goal_is_exceeded():
    found = measured(QUICK, goal=0.8, survey={"satisfied": 0.5, "dissatisfied": 0.5})
    assert found.value("answers_needed") == answers_needed(0.9, 0.8)
    assert found.value("survey_half_width") == pytest.approx(half_width(0.5, 0.8))
    assert found.value("satisfaction_kept", period="month") == 1


def test_the_questionnaire_sees_outages_and_late_tickets_of_its_own_time():
    rows = [
        (0, OPENED, 0, 0, 0), (0, OPENED, 1, 0, 0), (0, STARTED, 0, 0, 0), (0, RESOLVED, 0, 0, 0),
        (DAY, DOWN, 0, 0, 0), (DAY + 2 * HOUR, UP, 0, 0, 0), (9 * DAY, STARTED, 1, 0, 0), (9 * DAY, RESOLVED, 1, 0, 0),
    ]  # fmt: skip
    asked = {"every": "10 d", "asked": 200, "answer_ratio": 0.5, "base": 2, "per_outage_h": 0.25, "late": 1,
             "memory": "10 d"}  # fmt: skip
    scenario = desk(
        deployment=DEPLOYED, satisfaction={"base": 1, "questionnaire": asked},
        contract={"targets": {"P0": {"resolve": "1 d"}}},
    )  # fmt: skip
    found = Measured(scenario, log_of(scenario, rows), "satisfaction")
    dates = [share(2 - 0.5 - 0.5), share(2), share(2)]  # half of the tickets late and two hours down, then all well
    assert found.value("questionnaire_satisfaction") == pytest.approx(sum(dates) / 3)
    assert found.value("questionnaire_half_width") == pytest.approx(half_width(100, 0.95))


def test_a_visit_lifts_and_the_lift_fades():
    rows = [(at, event, ticket, 0, 0) for ticket, at in enumerate((DAY, 10 * DAY, 15 * DAY)) for _, event, *_ in QUICK]
    found = measured(rows, visits={"every": "10 d", "lift": 1, "half_life": "5 d"})
    expected = [0.9, share(LOGIT_90 + 1), share(LOGIT_90 + 0.5)]
    assert found.value("satisfaction") == pytest.approx(sum(expected) / 3)
    assert found.value("visit_effect") == pytest.approx(sum(expected) / 3 - 0.9)


def test_more_people_satisfy_more_and_visits_help():
    section = {"base": 3, "per_response_h": 0.05, "per_resolution_h": 0.05}
    visited = section | {"visits": {"every": "3 d", "lift": 0.5, "half_life": "30 d"}}
    heads = "support.tiers.L1.shifts.day.heads"
    worlds = [
        small_desk(satisfaction=section), small_desk(satisfaction=section, **{heads: 4}),
        small_desk(satisfaction=visited),
    ]  # fmt: skip
    for difference in compare(worlds, reps=12, workers=1, families=("satisfaction",)).differences:
        overall = next(row for row in difference.rows if row.name == "satisfaction" and not row.where)
        assert overall.low > 0


@pytest.mark.parametrize(("section", "reason"), [
    ({"base": 2, "channels": {"fax": 1}}, 'unknown channel "fax"'),
    ({"base": 2, "queues": {"bot": 1}}, 'unknown queue "bot"'),
    ({"base": 2, "visits": {"every": "0 s", "lift": 1, "half_life": "1 d"}}, "every 0 s"),
    ({"base": 2, "questionnaire": {"every": "0 s", "asked": 3, "base": 1}}, "every 0 s"),
    ({"base": 2, "goal": 1}, "is not below 1"),
    ({"base": 2, "reopened": -1}, "is below 0"),
])  # fmt: skip
def test_what_can_t_be_meant_is_refused(section, reason):
    with pytest.raises(ScenarioError) as error:
        load_data(small_desk().model_dump(mode="json") | {"satisfaction": section})
    assert reason in str(error.value)
