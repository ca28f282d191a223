"""Stories at the desk: ten-event scenarios with the whole log written out.

Times are in ticks of the story; each row reads: at, event, entity, place, value (`twin.eventlog.schema`).
"""

import pytest
from telling import ENGINES, known, lines, tell, ticket, tier, told, world

from twin.simulate.run import EngineName


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> EngineName:
    name: EngineName = request.param
    return name


def test_two_agents_serve_first_come_first_served(engine: EngineName) -> None:
    scenario = world("6 min", "9 h",
        tickets={"fault": ticket("desk", arrivals=known(
            (0, 3), (1, 2.5), (1.5, 1), (2, 4), (6, 0.5), (6.2, 2), (7, 1),
        ))},
        tiers={"L1": tier("desk", heads=2)},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
         0  on_duty   0  L1    2
         0  opened    0  desk  1
         0  started   0  L1    0
        10  opened    1  desk  1
        10  started   1  L1    0
        15  opened    2  desk  1
        20  opened    3  desk  1
        30  resolved  0  L1    0
        30  started   2  L1    0
        35  resolved  1  L1    0
        35  started   3  L1    0
        40  resolved  2  L1    0
        60  opened    4  desk  1
        60  started   4  L1    0
        62  opened    5  desk  1
        65  resolved  4  L1    0
        65  started   5  L1    0
        70  opened    6  desk  1
        75  resolved  3  L1    0
        75  started   6  L1    0
        85  resolved  5  L1    0
        85  resolved  6  L1    0
    """)


def test_urgent_tickets_interrupt_and_interrupted_ones_resume(engine: EngineName) -> None:
    scenario = world("6 min", "11 h",
        tickets={
            "low": ticket("desk", priority="P3", arrivals=known((0, 5), (9, 1))),
            "middle": ticket("desk", priority="P2", arrivals=known((1, 2), (2, 1))),
            "high": ticket("desk", priority="P1", arrivals=known((1.5, 1), (9.2, 0.5))),
        },
        tiers={"L1": tier("desk", preempt="P2")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
          0  on_duty      0  L1    1
          0  opened       0  desk  3
          0  started      0  L1    0
         10  opened       1  desk  2
         10  interrupted  0  desk  0
         10  started      1  L1    0
         15  opened       2  desk  1
         15  interrupted  1  desk  0
         15  started      2  L1    0
         20  opened       3  desk  2
         25  resolved     2  L1    0
         25  started      1  L1    0
         40  resolved     1  L1    0
         40  started      3  L1    0
         50  resolved     3  L1    0
         50  started      0  L1    0
         90  resolved     0  L1    0
         90  opened       4  desk  3
         90  started      4  L1    0
         92  opened       5  desk  1
         92  interrupted  4  desk  0
         92  started      5  L1    0
         97  resolved     5  L1    0
         97  started      4  L1    0
        105  resolved     4  L1    0
    """)


def test_work_in_hand_is_finished_after_the_shift(engine: EngineName) -> None:
    scenario = world("1 h", "30 h",
        tickets={"fault": ticket("desk", arrivals=known((6, 4), (7, 1)))},
        tiers={"L1": tier("desk", calendar="day", at_shift_end="finish")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
         0  on_duty   0  L1    1
         6  opened    0  desk  1
         6  started   0  L1    0
         7  opened    1  desk  1
         8  on_duty   0  L1    0
        10  resolved  0  L1    0
        24  on_duty   0  L1    1
        24  started   1  L1    0
        25  resolved  1  L1    0
    """)


def test_work_in_hand_is_paused_over_night(engine: EngineName) -> None:
    scenario = world("1 h", "30 h",
        tickets={"fault": ticket("desk", arrivals=known((6, 4), (7, 1)))},
        tiers={"L1": tier("desk", calendar="day", at_shift_end="pause")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
         0  on_duty   0  L1    1
         6  opened    0  desk  1
         6  started   0  L1    0
         7  opened    1  desk  1
         8  on_duty   0  L1    0
         8  paused    0  desk  0
        24  on_duty   0  L1    1
        24  started   0  L1    0
        26  resolved  0  L1    0
        26  started   1  L1    0
        27  resolved  1  L1    0
    """)


def test_people_on_call_get_up_once_for_two_tickets_and_never_for_a_wish(engine: EngineName) -> None:
    scenario = world("15 min", "8 h",
        tickets={
            "outage": ticket("desk", priority="P0", arrivals=known((0, 1), (0.25, 1), (3, 1))),
            "wish": ticket("desk", priority="P1", arrivals=known((0, 1))),
        },
        tiers={"L2": {"serves": ["desk"], "on_call": {"heads": 1, "call_out": "30 min", "priorities": "P0"}}},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
         0  on_duty   0  L2          0
         0  on_duty   1  L2 on call  1
         0  opened    0  desk        0
         0  paged     0  L2 on call  0
         0  opened    1  desk        1
         1  opened    2  desk        0
         2  started   0  L2 on call  0
         6  resolved  0  L2 on call  0
         6  started   2  L2 on call  0
        10  resolved  2  L2 on call  0
        12  opened    3  desk        0
        12  paged     3  L2 on call  0
        14  started   3  L2 on call  0
        18  resolved  3  L2 on call  0
    """)


def test_a_ticket_in_the_wrong_queue_costs_triage_and_then_climbs_the_tiers(engine: EngineName) -> None:
    """Only triage is spent where a ticket does not belong; at tick 4 its agent takes the next ticket first."""
    scenario = world("1 h", "20 h",
        tickets={"fault": ticket("wrong", arrivals=known((0, None), (1, None)), visits={
            "wrong": {"triage": "1 h", "work": "9 h", "reassign": {"to": "first", "probability": 1}},
            "first": {"triage": "1 h", "work": "2 h", "next": {"second": 1}},
            "second": {"work": "4 h"},
        })},
        tiers={"L1": tier("first", "wrong"), "L2": tier("second")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
         0  on_duty     0  L1      1
         0  on_duty     1  L2      1
         0  opened      0  wrong   1
         0  started     0  L1      1
         1  reassigned  0  first   0
         1  started     0  L1      1
         1  opened      1  wrong   1
         2  triaged     0  L1      0
         4  escalated   0  second  0
         4  started     1  L1      1
         4  started     0  L2      0
         5  reassigned  1  first   0
         5  started     1  L1      1
         6  triaged     1  L1      0
         8  resolved    0  L2      0
         8  escalated   1  second  0
         8  started     1  L2      0
        12  resolved    1  L2      0
    """)


def test_an_agent_serves_others_while_the_customer_is_asked(engine: EngineName) -> None:
    scenario = world("1 h", "20 h",
        tickets={"question": ticket("desk", arrivals=known((0, 4), (1, 4)), visits={"desk": {
            "work": "4 h", "wait_customer": {"probability": 1, "duration": "2 h", "after_work_ratio": 0.25},
        }})},
        tiers={"L1": tier("desk")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        0  on_duty         0  L1    1
        0  opened          0  desk  1
        0  started         0  L1    0
        1  waits_customer  0  desk  0
        1  opened          1  desk  1
        1  started         1  L1    0
        2  waits_customer  1  desk  0
        3  returned        0  desk  0
        3  started         0  L1    0
        4  returned        1  desk  0
        6  resolved        0  L1    0
        6  started         1  L1    0
        9  resolved        1  L1    0
    """)


def test_a_resolved_ticket_comes_back_to_another_queue(engine: EngineName) -> None:
    scenario = world("1 h", "6 h",
        tickets={"fault": ticket("desk", arrivals=known((0, 1)),
                                 visits={"desk": {"work": "1 h"}, "back": {"work": "2 h"}},
                                 reopen={"probability": 0.999, "after": "2 h", "to": "back"})},
        tiers={"L1": tier("desk"), "L2": tier("back")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        0  on_duty   0  L1    1
        0  on_duty   1  L2    1
        0  opened    0  desk  1
        0  started   0  L1    0
        1  resolved  0  L1    0
        3  reopened  0  back  0
        3  started   0  L2    0
        4  resolved  0  L2    0
    """)


def test_callers_give_up_unless_an_agent_is_free_in_that_very_tick(engine: EngineName) -> None:
    """Ticket 2 is taken in the tick its patience ends: completions come before timers. Ticket 3 never waits."""
    scenario = world("1 h", "9 h",
        tickets={
            "call": ticket("desk", arrivals=known((0, 3), (0, 1), (1, 1)), patience="2 h"),
            "visitor": ticket("desk", arrivals=known((1, 1)), balk_ratio=1),
        },
        tiers={"L1": tier("desk")},
    )  # fmt: skip
    assert told(tell(scenario, engine)) == lines("""
        0  on_duty    0  L1    1
        0  opened     0  desk  1
        0  started    0  L1    0
        0  opened     1  desk  1
        1  opened     2  desk  1
        1  opened     3  desk  1
        1  abandoned  3  desk  0
        2  abandoned  1  desk  0
        3  resolved   0  L1    0
        3  started    2  L1    0
        4  resolved   2  L1    0
    """)
