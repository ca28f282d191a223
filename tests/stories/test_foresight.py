"""Stories of acting before it is too late: warnings, and tickets raised before their time is up."""

import pytest
from telling import ENGINES, known, lines, part, tell, ticket, tier, told, world

from twin.simulate.run import EngineName


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> EngineName:
    name: EngineName = request.param
    return name


def test_a_warned_unit_is_restarted_before_it_fails(engine: EngineName) -> None:
    """Both turn fragile after 2 h and would fail at 5 h; only the web server is watched."""
    stages = {"onset": "2 h", "to_failure": "3 h"}
    scenario = world("1 h", "9 h",
        tickets={"repair": ticket("desk", work="3 h")},
        tiers={"L1": tier("desk")},
        components={"web": part(degradation={**stages, "noticed_after": "1 h", "restart": "2 h"}),
                    "vault": part(degradation=stages)},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        0  on_duty            0  L1     1
        3  maintained         0  web    1
        3  down               0  web    2
        5  maintenance_ended  0  web    0
        5  up                 0  web    0
        5  failed             1  vault  0
        5  down               1  vault  0
        5  detected           1  vault  0
        5  opened             3  desk   0
        5  started            3  L1     0
        8  resolved           3  L1     0
        8  repaired           1  vault  0
        8  up                 1  vault  0
        8  maintained         0  web    1
        8  down               0  web    2
    """)


def test_a_ticket_is_raised_when_its_time_runs_out(engine: EngineName) -> None:
    """Half of 8 h on a clock that stands still from 16:00 (tick 8) to 08:00 (tick 24); raised tickets overtake."""
    scenario = world("1 h", "40 h",
        tickets={
            "long": ticket("desk", priority="P1", arrivals=known((0, 27))),
            "question": ticket("desk", priority="P3", arrivals=known((5, 2))),
            "fault": ticket("desk", priority="P2", arrivals=known((6, 3))),
        },
        tiers={"L1": tier("desk")},
        promised={"P3": {"resolve": "8 h"}, "P2": {"resolve": "80 h"}},
        raising={"at_ratio": 0.5, "levels": 2},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
         0  on_duty   0  L1    1
         0  opened    0  desk  1
         0  started   0  L1    0
         5  opened    1  desk  3
         6  opened    2  desk  2
        25  raised    1  desk  1
        27  resolved  0  L1    0
        27  started   1  L1    0
        29  resolved  1  L1    0
        29  started   2  L1    0
        32  resolved  2  L1    0
    """)


def test_a_raised_ticket_interrupts_and_wakes_whoever_its_new_priority_allows(engine: EngineName) -> None:
    """An answer ends the clock: the first ticket is at work and stays as it is."""
    scenario = world("1 h", "12 h",
        tickets={"question": ticket("desk", priority="P2", arrivals=known((0, 6), (1, 2)))},
        tiers={"L1": tier("desk", preempt="P1"),
               "L2": {"serves": ["desk"],
                      "on_call": {"heads": 1, "call_out": "1 h", "priorities": "P1"}}},
        promised={"P2": {"respond": "4 h"}},
        raising={"clock": "respond", "at_ratio": 0.5},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        0  on_duty   0  L1  1
        0  on_duty   1  L2  0
        0  on_duty   2  L2 on call  1
        0  opened    0  desk  2
        0  started   0  L1  0
        1  opened    1  desk  2
        3  raised    1  desk  1
        3  paged     1  L2 on call  0
        4  started   1  L2 on call  0
        6  resolved  0  L1  0
        6  resolved  1  L2 on call  0
    """)


def test_the_first_agent_sees_how_urgent_a_ticket_is(engine: EngineName) -> None:
    """All are reported one level too urgent. The second is overtaken once its triage shows what it is."""
    fault = ticket("desk", priority="P3", arrivals=known((0, 1), (1, 3)), misjudged={"too_urgent": 1.0})
    fault["visits"]["desk"]["triage"] = "1 h"
    scenario = world("1 h", "12 h",
        tickets={"fault": fault, "question": ticket("desk", priority="P2", arrivals=known((2, 1)))},
        tiers={"L1": tier("desk", preempt="P2")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        0  on_duty       0  L1    1
        0  opened        0  desk  2
        0  started       0  L1    1
        1  reclassified  0  L1    3
        1  triaged       0  L1    0
        1  opened        1  desk  2
        1  interrupted   0  desk  0
        1  started       1  L1    1
        2  reclassified  1  L1    3
        2  triaged       1  L1    0
        2  opened        2  desk  2
        2  interrupted   1  desk  0
        2  started       2  L1    0
        3  resolved      2  L1    0
        3  started       0  L1    0
        4  resolved      0  L1    0
        4  started       1  L1    0
        7  resolved      1  L1    0
    """)
