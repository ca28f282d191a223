"""Error budgets, burn-rate alerts and the weeks after a go-live, on logs written by hand."""

import math
from typing import Any

import numpy as np
import pytest
from measuring import DAY, HOUR, MIN, Measured, desk, log_of

from tests.worlds import small_desk
from twin.decide.compare import compare
from twin.eventlog.schema import CHANGE_PHASE, DOWN, HELD, OPENED, RELEASED, RESOLVED, STARTED, UP
from twin.experiment.replicate import replicate
from twin.measures.burn import burn_of, firing
from twin.spec.load import load_data
from twin.spec.problems import ScenarioError

DEPLOYED = {"components": {"app": {}}, "functions": {"bom": {"needs": ["app"]}}}
PAGE = {"long": "1 h", "short": "5 min", "rate": 14.4}
JANUARY_S = 31 * DAY
BEGAN, ENDED = 0, 1


def outage(at: int, length: int) -> list[tuple[int, ...]]:
    return [(at, DOWN, 0, 0, 0), (at + length, UP, 0, 0, 0)]


def months(rows: list[tuple[int, ...]], **spec: Any) -> Measured:
    """January to March 2026, with a promise of 99.9 % and that error budget."""
    clock = {"start": "2026-01-01", "horizon": "90 d"}
    scenario = desk(clock=clock, deployment=DEPLOYED, error_budget=spec)
    return Measured(scenario, log_of(scenario, rows), "error_budget")


def test_a_month_has_its_budget_and_what_is_left_may_be_less_than_nothing():
    found = months([*outage(10 * DAY, HOUR), *outage(40 * DAY, 10 * MIN)])
    budget = 90 * DAY / 1000
    assert found.pair("budget_left") == pytest.approx((budget - HOUR - 10 * MIN, budget))
    assert found.pair("budget_exhausted", period="month") == (1, 3)
    assert found.value("budget_used", elapsed="0.3") == 0
    assert found.value("budget_used", elapsed="0.4") == pytest.approx((HOUR + 10 * MIN) / budget)


def test_a_part_of_the_users_burns_a_part_and_the_contract_or_the_section_sets_the_goal():
    rows = [(DAY, HELD, 0, 0, 250), (DAY + HOUR, RELEASED, 0, 0, 250)]
    assert months(rows, objective=0.99).value("budget_left") == pytest.approx(1 - HOUR / 4 / (90 * DAY / 100))


def test_an_alert_fires_as_soon_as_both_windows_burn_too_fast_and_until_one_does_not():
    burn = burn_of(np.array([0, 1000, 1600, 20_000]), np.array([0, 600, 0]))
    limits = (14.4 * 0.001 * 3600, 14.4 * 0.001 * 300)
    assert firing(burn, (3600, 300), limits) == pytest.approx(np.array([[1000 + 51.84, 1600 + 300 - 4.32]]))
    assert len(firing(burn, (3600, 300), (601, 1))) == 0
    assert len(firing(burn_of(burn.cuts, np.zeros(3)), (3600, 300), limits)) == 0


def test_short_outages_add_up_to_one_alert_that_stops_in_between():
    cuts = np.array([0, 100, 140, 500, 540, 10_000])
    burn = burn_of(cuts, np.array([0, 40, 0, 40, 0]))
    found = firing(burn, (3600, 60), (50, 1))
    assert found == pytest.approx(np.array([[510, 599]]))  # 50 s lost at 510; 599: less than 1 s in the last minute
    assert burn.reaches(40) == 140
    assert burn.reaches(41) == 501
    assert burn.reaches(81) == math.inf


def test_an_alert_says_how_early_it_is_and_which_months_it_woke_people_for_nothing():
    rows = [*outage(10 * DAY, HOUR), *outage(40 * DAY, 10 * MIN), *outage(65 * DAY, 30)]
    found = months(rows, alerts={"page": PAGE, "slow": {"long": "1 d", "short": "1 h", "rate": 20}})
    per_year = 365 / 90
    assert found.value("alerts", alert="page") == pytest.approx(2 * per_year)
    assert found.value("false_alerts", alert="page") == pytest.approx(1 * per_year)
    assert found.pair("alert_caught", alert="page") == (1, 1)
    assert found.value("alert_lead", alert="page") == pytest.approx((JANUARY_S / 1000 - 51.84) / 60)
    assert found.value("alert_lead", alert="slow") == pytest.approx((JANUARY_S / 1000 - 20 * 86.4) / 60)
    assert found.value("alert_lead", alert="any") == found.value("alert_lead", alert="page")
    assert found.value("alerts", alert="any") == pytest.approx(3 * per_year)


def test_faster_repair_leaves_more_of_the_budget():
    section = {"objective": 0.9, "alerts": {"page": PAGE}}
    work = "demand.tickets.outage.visits.second.work.mean"
    worlds = [small_desk(error_budget=section), small_desk(error_budget=section, **{work: "20 min"})]
    rows = compare(worlds, reps=12, workers=1, families=("error_budget",)).differences[0].rows
    assert next(row for row in rows if row.name == "budget_left").low > 0


GO_LIVE = {"go live": {"components": ["app"], "at": "2026-01-08", "work": "1 h"},
           "tuning": {"components": ["app"], "at": "2026-01-20", "work": "1 h"}}  # fmt: skip


def after(rows: list[tuple[int, ...]], **parts: Any) -> Measured:
    """A quarter with a go-live, whose first four weeks are watched."""
    scenario = desk(
        clock={"start": "2026-01-01", "horizon": "90 d"}, deployment=DEPLOYED, changes=GO_LIVE,
        hypercare={"change": "go live", "length": "28 d"}, contract={"targets": {"P0": {"resolve": "1 h"}}}, **parts,
    )  # fmt: skip
    return Measured(scenario, log_of(scenario, sorted(rows)), "hypercare")


def tickets(days: list[float]) -> list[tuple[int, ...]]:
    """Tickets opened on those days, each solved in half an hour."""
    out = []
    for number, day in enumerate(days):
        at = int(day * DAY)
        out += [(at, OPENED, number, 0, 0), (at, STARTED, number, 0, 0), (at + HOUR // 2, RESOLVED, number, 0, 0)]
    return out


def test_the_weeks_after_the_go_live_have_their_own_numbers():
    live = 8 * DAY
    rows = [(live - HOUR, CHANGE_PHASE, 0, 0, BEGAN), (live, CHANGE_PHASE, 0, 0, ENDED), *outage(2 * DAY, DAY),
            (20 * DAY, CHANGE_PHASE, 1, 1, BEGAN), *outage(live + DAY // 2, 30 * MIN), *outage(50 * DAY, DAY),
            *tickets([2, 3, 8.5, 9, 10, 16, 17, 18, 23, 29.5, 30, 31, 60])]  # fmt: skip
    found = after(rows, satisfaction={"base": math.log(9)})
    lost, budget = 30 * MIN, 28 * DAY / 1000
    assert found.value("hypercare_availability") == pytest.approx(1 - lost / (28 * DAY))
    assert found.value("hypercare_availability_kept") == 1
    assert found.value("hypercare_budget_left") == pytest.approx((budget - lost) / 60)
    assert found.value("hypercare_budget_used", day="1") == pytest.approx(lost / budget)
    assert found.value("hypercare_tickets") == 10
    assert [found.value("hypercare_tickets", week=k) for k in "1234"] == [3, 3, 1, 3]
    assert found.value("hypercare_surge") == 1.5
    assert found.value("hypercare_settled") == 3  # two tickets in the week before
    assert found.value("hypercare_attainment") == 1
    assert found.value("hypercare_changes") == 1
    assert found.value("hypercare_satisfaction") == pytest.approx(0.9)
    assert found.value("hypercare_satisfaction_kept") == 0


@pytest.mark.parametrize("rows", [[], [(80 * DAY, CHANGE_PHASE, 0, 0, ENDED)]])
def test_a_run_without_the_whole_time_after_a_go_live_is_left_out(rows):
    found = after(rows)
    assert found.pair("hypercare_runs") == (0, 1)
    assert found.pair("hypercare_availability_kept") == (0, 0)


def test_a_change_with_after_effects_has_a_worse_time_after_it():
    change = {"components": ["db"], "at": "2026-03-03T20:00", "work": "10 min"}
    aftermath = change | {
        "hazard": {"factor": 20, "half_life": "5 d"}, "surges": [{"ticket": "how_to", "factor": 2, "half_life": "3 d"}],
    }  # fmt: skip
    worlds = [
        small_desk(hypercare={"change": "upgrade", "length": "6 d"}, changes={"upgrade": one})
        for one in (change, aftermath)
    ]
    rows = compare(worlds, reps=20, workers=1, families=("hypercare",)).differences[0].rows
    found = {row.name: row for row in rows if not row.where}
    assert found["hypercare_availability"].high < 0
    assert found["hypercare_tickets"].low > 0
    assert replicate(worlds[0], reps=2, workers=1, families=("hypercare",))["hypercare_runs"][0].estimate == 1


@pytest.mark.parametrize(("part", "reason"), [
    ({"error_budget": {"function": "bmo"}}, 'unknown function "bmo"'),
    ({"error_budget": {"alerts": {"page": PAGE | {"short": "2 h"}}}}, "lasts longer than the long one"),
    ({"hypercare": {"change": "upgrade"}}, 'unknown change "upgrade"'),
])  # fmt: skip
def test_what_can_t_be_meant_is_refused(part, reason):
    with pytest.raises(ScenarioError) as error:
        load_data(small_desk().model_dump(mode="json") | part)
    assert reason in str(error.value)
