"""Stories of outages and changes: ten-event scenarios with the whole log written out.

Times are in ticks of the story; each row reads: at, event, entity, place, value (`twin.eventlog.schema`).
"""

import pytest
from telling import ENGINES, change, known, lines, part, tell, ticket, tier, told, world

from twin.simulate.run import EngineName


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> EngineName:
    name: EngineName = request.param
    return name


def test_a_standby_takes_over_by_itself(engine: EngineName) -> None:
    scenario = world("15 min", "6 h",
        tickets={"repair": ticket("desk", work="2 h")},
        tiers={"L1": tier("desk")},
        components={"database": part(units=2, redundancy="standby", failover={
            "delay": "15 min", "manual": "1 h", "coverage": 1,
        })},
    )  # fmt: skip
    assert told(tell(scenario, engine, lives={0: 4})) == lines("""
         0  on_duty     0  L1        1
         4  failed      0  database  0
         4  takeover    0  database  1
         4  down        0  database  1
         4  detected    0  database  0
         4  opened      0  desk      0
         4  started     0  L1        0
         5  taken_over  0  database  0
         5  up          0  database  0
        12  resolved    0  L1        0
        12  repaired    0  database  0
    """)


def test_a_standby_is_brought_up_by_hand(engine: EngineName) -> None:
    scenario = world("15 min", "6 h",
        tickets={"repair": ticket("desk", work="2 h")},
        tiers={"L1": tier("desk")},
        components={"database": part(units=2, redundancy="standby", failover={
            "delay": "15 min", "manual": "1 h", "coverage": 0,
        })},
    )  # fmt: skip
    assert told(tell(scenario, engine, lives={0: 4})) == lines("""
         0  on_duty     0  L1        1
         4  failed      0  database  0
         4  takeover    0  database  0
         4  down        0  database  1
         4  detected    0  database  0
         4  opened      0  desk      0
         4  started     0  L1        0
         8  taken_over  0  database  0
         8  up          0  database  0
        12  resolved    0  L1        0
        12  repaired    0  database  0
    """)


def test_a_common_cause_fails_all_units_and_the_next_check_finds_them(engine: EngineName) -> None:
    scenario = world("1 h", "9 h",
        tickets={"repair": ticket("desk", work="2 h")},
        tiers={"L1": tier("desk")},
        components={"web": part(units=2, monitoring={"every": "2 h"})},
    )  # fmt: skip
    assert told(tell(scenario, engine, shocks=[(3, 0, -1, 1)])) == lines("""
        0  on_duty   0  L1    1
        3  failed    0  web   1
        3  failed    1  web   1
        3  down      0  web   0
        4  detected  0  web   0
        4  opened    0  desk  0
        4  started   0  L1    0
        4  detected  1  web   0
        4  opened    1  desk  0
        6  resolved  0  L1    0
        6  started   1  L1    0
        6  repaired  0  web   0
        6  up        0  web   0
        8  resolved  1  L1    0
        8  repaired  1  web   0
    """)


def test_maintenance_counts_operating_age(engine: EngineName) -> None:
    scenario = world("1 h", "9 h",
        tickets={"repair": ticket("desk")},
        components={"vault": part(maintenance={"every": "3 h", "takes": "1 h"})},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        3  maintained         0  vault  0
        3  down               0  vault  2
        4  maintenance_ended  0  vault  0
        4  up                 0  vault  0
        7  maintained         0  vault  0
        7  down               0  vault  2
        8  maintenance_ended  0  vault  0
        8  up                 0  vault  0
    """)


def test_service_is_restored_before_the_cause_is_resolved(engine: EngineName) -> None:
    scenario = world("1 h", "9 h",
        tickets={"repair": ticket("desk", work="2 h", follow_up="3 h")},
        tiers={"L1": tier("desk")},
        components={"web": part()},
    )  # fmt: skip
    assert told(tell(scenario, engine, lives={0: 1})) == lines("""
        0  on_duty   0  L1    1
        1  failed    0  web   0
        1  down      0  web   0
        1  detected  0  web   0
        1  opened    0  desk  0
        1  started   0  L1    0
        3  restored  0  L1    0
        3  repaired  0  web   0
        3  up        0  web   0
        6  resolved  0  L1    0
    """)


def test_a_failed_worker_pauses_its_job_and_is_repaired_at_degraded_priority(engine: EngineName) -> None:
    scenario = world("1 h", "9 h",
        tickets={
            "job": ticket("convert", arrivals=known((0, 4), (1, 4))),
            "repair": ticket("ops", work="2 h"),
        },
        tiers={"workers": {"serves": ["convert"], "units_of": "worker"}, "ops": tier("ops")},
        components={"worker": part(units=2, repair={"ticket": "repair", "priority": "P0", "degraded": "P2"})},
    )  # fmt: skip
    assert told(tell(scenario, engine, lives={1: 2})) == lines("""
        0  on_duty   0  workers  2
        0  on_duty   1  ops      1
        0  opened    0  convert  1
        0  started   0  workers  0
        1  opened    1  convert  1
        1  started   1  workers  0
        2  failed    1  worker   0
        2  on_duty   0  workers  1
        2  paused    1  convert  0
        2  detected  1  worker   0
        2  opened    3  ops      2
        2  started   3  ops      0
        4  resolved  0  workers  0
        4  started   1  workers  0
        4  resolved  3  ops      0
        4  repaired  1  worker   0
        4  on_duty   0  workers  2
        7  resolved  1  workers  0
    """)


def test_a_rolling_change_spares_what_can_do_without_a_unit(engine: EngineName) -> None:
    scenario = world("1 h", "9 h",
        tickets={"repair": ticket("desk")},
        components={"web": part(units=2), "cache": part(units=2, needed=2)},
        changes={"patch": change("web", "cache", strategy={"kind": "rolling"}, work="4 h")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        1  change_phase  0  patch     0
        1  held          0  web    1000
        1  held          0  cache  1000
        1  down          1  cache     3
        3  released      0  web    1000
        3  released      0  cache  1000
        3  up            1  cache     0
        3  held          0  web    1000
        3  held          0  cache  1000
        3  down          1  cache     3
        5  released      0  web    1000
        5  released      0  cache  1000
        5  up            1  cache     0
        5  change_phase  0  patch     1
    """)


def test_a_faulty_canary_hurts_the_users_of_its_stages(engine: EngineName) -> None:
    scenario = world("1 h", "9 h",
        tickets={"repair": ticket("desk")},
        components={"web": part()},
        changes={"release": change("web", work="1 h", failure=1, notice="3 h", rollback="1 h", strategy={
            "kind": "canary", "stages": [{"users_ratio": 0.1, "soak": "2 h"}, {"users_ratio": 0.5, "soak": "4 h"}],
        })},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        1  change_phase  0  release    0
        2  change_phase  0  release    2
        2  held          0  web      100
        4  released      0  web      100
        4  held          0  web      500
        5  released      0  web      500
        5  change_phase  0  release    3
        5  held          0  web      500
        6  released      0  web      500
        6  change_phase  0  release    4
    """)


def test_people_restore_service_after_a_failed_rollback(engine: EngineName) -> None:
    """The change books both heads for the intervention and for the rollback, not while nobody notices the fault."""
    scenario = world("1 h", "9 h",
        tickets={"repair": ticket("desk", work="3 h")},
        tiers={"L1": tier("desk", heads=2)},
        components={"web": part()},
        changes={"upgrade": change("web", work="2 h", failure=1, notice="1 h", rollback="1 h", rollback_failure=1,
                                   restore="repair", restore_priority="P0", staff={"L1": 2})},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        0  on_duty       0  L1          2
        1  on_duty       0  L1          0
        1  change_phase  0  upgrade     0
        1  held          0  web      1000
        1  down          0  web         3
        3  on_duty       0  L1          2
        3  released      0  web      1000
        3  up            0  web         0
        3  change_phase  0  upgrade     2
        3  held          0  web      1000
        3  down          0  web         4
        4  on_duty       0  L1          0
        4  released      0  web      1000
        4  up            0  web         0
        4  change_phase  0  upgrade     3
        4  held          0  web      1000
        4  down          0  web         4
        5  on_duty       0  L1          2
        5  released      0  web      1000
        5  up            0  web         0
        5  change_phase  0  upgrade     5
        5  held          0  web      1000
        5  down          0  web         4
        5  opened        0  desk        0
        5  started       0  L1          0
        8  resolved      0  L1          0
        8  released      0  web      1000
        8  up            0  web         0
    """)
