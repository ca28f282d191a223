"""Open flaws, lost data and waiting messages, on logs written by hand."""

from typing import Any

import numpy as np
import pytest
from measuring import DAY, HOUR, MIN, Measured, desk, log_of

from tests.worlds import small_desk
from twin.decide.compare import compare
from twin.eventlog.schema import CHANGE_PHASE, DOWN, FAILED, OPENED, TAKEOVER, UP
from twin.measures.links import fluid
from twin.spec.load import load_data
from twin.spec.problems import ScenarioError

ENDED, ROLLED_BACK = 1, 4
PATCH = {"patch": {"components": ["app"], "repeat": "FREQ=MONTHLY;BYMONTHDAY=1", "work": "1 h"}}
PAIR = {"components": {
    "app": {}, "db": {"redundancy": "standby", "units": 2}, "erp": {"kind": "integration", "depends_on": ["app"]},
}}  # fmt: skip
APP, DB, ERP = range(3)


def world(rows: list[tuple[int, ...]], units: dict[int, int] | None = None, **parts: Any) -> Measured:
    scenario = desk(deployment=PAIR, changes=PATCH, **parts)
    families = ("exposure", "data_loss", "links")
    return Measured(scenario, log_of(scenario, rows, units), *families)


def patched(*days: int) -> list[tuple[int, ...]]:
    return [(day * DAY, CHANGE_PHASE, number, 0, ENDED) for number, day in enumerate(days)]


def test_a_flaw_waits_half_the_gap_between_patches_on_average():
    found = world(patched(10, 30), security={"flaws": "24 per year", "fixed_by": ["patch"]})
    area = 10**2 / 2 + 20**2 / 2
    assert found.pair("exposure") == (area, 30)
    assert found.value("exposure_max") == 20
    assert found.value("open_flaws") == pytest.approx(24 / 365 * area / 30)


def test_what_no_patch_closes_counts_with_its_age_and_a_rollback_closes_nothing():
    rolled_back = [(10 * DAY, CHANGE_PHASE, 0, 0, ROLLED_BACK)]
    found = world([*rolled_back, *patched(20)], security={"flaws": "1 per year", "fixed_by": ["patch"]})
    assert found.pair("exposure") == (20**2 / 2 + 10**2 / 2, 30)
    assert world([], security={"flaws": "1 per year", "fixed_by": ["patch"]}).value("exposure") == 15


def test_a_patch_after_the_measured_time_still_closes_what_became_known_in_it():
    scenario = desk(
        clock={"start": "2026-01-05", "horizon": "20 d", "drain": "10 d"}, deployment=PAIR, changes=PATCH,
        security={"flaws": "1 per year", "fixed_by": ["patch"]},
    )  # fmt: skip
    found = Measured(scenario, log_of(scenario, patched(10, 25)), "exposure")
    assert found.pair("exposure") == (50 + (15**2 - 5**2) / 2, 20)


def test_a_failure_that_destroys_data_loses_what_came_after_the_last_backup():
    backups = {"components": {"db": 0.5}, "every": "24 h", "restore": "fault"}
    rows = [(2 * DAY + 6 * HOUR, FAILED, 0, DB, 0), (2 * DAY + 6 * HOUR, FAILED, 1, DB, 1),
            (2 * DAY + 7 * HOUR, OPENED, 0, 0, 0), (2 * DAY + 7 * HOUR, OPENED, 1, 0, 0),
            (5 * DAY + 18 * HOUR, FAILED, 2, APP, 0), (5 * DAY + 20 * HOUR, OPENED, 2, 0, 0),
            (7 * DAY, OPENED, 3, 0, 0)]  # fmt: skip
    found = world(rows, {0: 0, 1: 1, 2: 2}, recovery={"promise": "12 h"}, prevention={"backups": backups})
    per_year = 365 / 30
    assert found.value("data_loss") == pytest.approx(24 * 60 * per_year)
    assert found.value("data_loss", component="db") == pytest.approx(6 * 60 * per_year)
    assert found.value("data_loss_events") == pytest.approx(2 * per_year)
    assert found.value("largest_data_loss") == 18 * 60
    assert found.pair("rpo_kept") == (1, 2)
    assert found.pair("no_data_loss") == (0, 1)


def test_a_takeover_loses_what_the_standby_had_not_got():
    rows = [(DAY, FAILED, 0, DB, 0), (DAY, TAKEOVER, 0, DB, 1)]
    found = world(rows, recovery={"lag": {"db": "90 s"}})
    assert found.value("data_loss") == pytest.approx(1.5 * 365 / 30)
    assert world([], recovery={"lag": {"db": "90 s"}}).pair("no_data_loss") == (1, 1)


def test_messages_wait_while_the_link_or_what_it_depends_on_is_down():
    link = {"erp": {"component": "erp", "rate": "60 / h", "capacity": "180 / h"}}
    rows = [(DAY, DOWN, ERP, ERP, 0), (DAY + HOUR, DOWN, APP, APP, 0), (DAY + 90 * MIN, UP, ERP, ERP, 0),
            (DAY + 2 * HOUR, UP, APP, APP, 0)]  # fmt: skip
    found = world(rows, links=link)
    sent = 30 * 24 * 60
    assert found.value("link_backlog_max", link="erp") == pytest.approx(120)
    assert found.value("link_catch_up", link="erp") == pytest.approx(60)  # 120 messages at 2 a minute more than come
    assert found.pair("link_delayed", link="erp") == pytest.approx((180, sent))
    assert found.pair("link_delay", link="erp") == pytest.approx((120 * 120 / 2 + 120 * 60 / 2, sent))
    assert found.value("link_down", link="erp") == pytest.approx(120 * 365 / 30)


def test_a_nightly_batch_lets_messages_wait_by_day():
    hours = {"office": {"hours": "08:00-18:00"}, "night": {"hours": "22:00-23:00"}}
    link = {"component": "erp", "rate": "10 / h", "capacity": "200 / h", "calendar": "office", "window": "night"}
    found = world([], links={"erp": link}, calendars=hours)
    assert found.value("link_delayed", link="erp") == 1
    assert found.value("link_delay", link="erp") == pytest.approx((4 + 10 / 2) * 60 + 100 / 200 * 60 / 2)
    assert found.value("link_catch_up", link="erp") == pytest.approx(30)


def test_a_backlog_that_is_cut_off_again_counts_two_catch_ups():
    cuts = np.array([0.0, 10, 20, 30, 50])
    found = fluid(cuts, np.array([1.0, 1, 1, 1]), np.array([0.0, 1.5, 0.0, 3.0]))
    assert found.most == 15
    assert found.catch_ups == (10, 7.5)
    assert (found.sent, found.delayed) == (50, 37.5)


def test_patching_more_often_exposes_less_and_a_sounder_base_delays_less():
    section = {"security": {"flaws": "24 per year", "fixed_by": ["patch"]},
               "links": {"erp": {"component": "app", "rate": "10 / h", "capacity": "50 / h"}}}  # fmt: skip
    change = {"components": ["app"], "work": "10 min", "failure": 0.2, "notice": "10 min", "rollback": "10 min",
              "repeat": "FREQ=DAILY;INTERVAL=4;BYHOUR=22"}  # fmt: skip
    often = change | {"repeat": "FREQ=DAILY;BYHOUR=22"}
    worlds = [small_desk(changes={"patch": one}, **section) for one in (change, often)]
    worlds.append(small_desk(changes={"patch": change}, **section, **{"deployment.components.app.units": 4}))
    first, second = compare(worlds, reps=15, workers=1, families=("exposure", "links")).differences
    assert next(row for row in first.rows if row.name == "exposure").high < 0
    assert next(row for row in second.rows if row.name == "link_delayed").high < 0


def test_backing_up_more_often_loses_less_and_keeps_more_of_the_promise():
    visit = {"queue": "second", "visits": {"second": {"work": "3 h"}}}
    worlds = [
        small_desk(recovery={"promise": "2 h"}, **{
            "demand.tickets.restore": visit, "deployment.components.db.mtbf": "40 h",
            "prevention.backups": {"components": {"db": 0.5}, "every": every, "restore": "restore"},
        }) for every in ("24 h", "3 h")
    ]  # fmt: skip
    rows = compare(worlds, reps=15, workers=1, families=("data_loss",)).differences[0].rows
    found = {row.name: row for row in rows if not row.where}
    assert found["data_loss"].high < 0
    assert found["rpo_kept"].low > 0


@pytest.mark.parametrize(("part", "reason"), [
    ({"security": {"flaws": "1 per year", "fixed_by": ["patch"]}}, 'unknown change "patch"'),
    ({"recovery": {"lag": {"app": "1 s"}}}, "no standby that could be behind"),
    ({"links": {"erp": {"component": "app", "rate": "5 / h", "capacity": "5 / h"}}}, "a backlog would never go"),
    ({"links": {"erp": {"component": "ap", "rate": "5 / h", "capacity": "9 / h"}}}, 'unknown component "ap"'),
])  # fmt: skip
def test_what_can_t_be_meant_is_refused(part, reason):
    with pytest.raises(ScenarioError) as error:
        load_data(small_desk().model_dump(mode="json") | part)
    assert reason in str(error.value)
