"""Laws that any log obeys: sound logs pass, and each broken law is told with its row."""

from dataclasses import replace

import numpy as np
import pytest

from twin.eventlog.checkers import check
from twin.eventlog.log import EventLog, Names
from twin.eventlog.schema import (
    ABANDONED,
    COLUMNS,
    DETECTED,
    DOWN,
    ESCALATED,
    FAILED,
    INTERRUPTED,
    ON_DUTY,
    OPENED,
    PAGED,
    REOPENED,
    REPAIRED,
    RESOLVED,
    RETURNED,
    STARTED,
    UP,
    WAITS_CUSTOMER,
)
from twin.spec.scenario import Scenario

DESK = Scenario.model_validate({
    "name": "desk", "clock": {"start": "2026-01-05", "horizon": "1000 s"},
    "support": {"tiers": {"L1": {"serves": ["first"]}, "L2": {"serves": ["second"]}}},
})  # fmt: skip
NAMES = Names(queues=("first", "second"), tiers=("L1", "L2"), components=("db",), priorities=("P0", "P1"))
SOUND = [
    (0, ON_DUTY, 0, 0, 1), (0, ON_DUTY, 1, 1, 1), (5, OPENED, 0, 0, 1), (5, STARTED, 0, 0, 0), (8, OPENED, 1, 0, 0),
    (8, INTERRUPTED, 0, 0, 0), (8, STARTED, 1, 0, 0), (20, ESCALATED, 1, 1, 0), (20, STARTED, 1, 1, 0),
    (20, PAGED, 0, 0, 0), (25, STARTED, 0, 0, 0), (30, ON_DUTY, 0, 0, 0), (40, WAITS_CUSTOMER, 0, 0, 0),
    (50, RETURNED, 0, 0, 0), (60, ON_DUTY, 0, 0, 1), (60, STARTED, 0, 0, 0), (70, RESOLVED, 0, 0, 0),
    (80, REOPENED, 0, 0, 0), (85, STARTED, 0, 0, 0), (90, FAILED, 0, 0, 0), (90, DOWN, 0, 0, 0),
    (91, DETECTED, 0, 0, 0), (95, REPAIRED, 0, 0, 0), (95, UP, 0, 0, 0), (96, OPENED, 2, 0, 0),
    (99, ABANDONED, 2, 0, 0),
]  # fmt: skip


def log_of(rows):
    table = np.array(rows, np.int64)
    columns = {name: table[:, k].astype(kind) for k, (name, kind) in enumerate(COLUMNS)}
    return EventLog(**columns, ticket_class=np.zeros(3, np.int16), ticket_unit=np.full(3, -1, np.int32), end_ticks=1000,
                    names=NAMES)  # fmt: skip


def test_a_sound_log_obeys_all_laws():
    assert check(log_of(SOUND), DESK) == []


@pytest.mark.parametrize(("row", "told"), [
    ((99, OPENED, 1, 0, 0), "ticket 1 is in service; this can't follow"),
    ((99, ABANDONED, 2, 0, 0), "ticket 2 is abandoned; this can't follow"),
    ((99, RESOLVED, 2, 0, 0), "ticket 2 is abandoned; this can't follow"),
    ((99, RESOLVED, 1, 0, 0), "ticket 1 is not with tier 0"),
    ((98, UP, 0, 0, 0), "earlier than the row before"),
    ((1000, DOWN, 0, 0, 0), "outside the log's time"),
    ((99, UP, 0, 0, 0), "component 0 was so already"),
    ((99, DETECTED, 0, 0, 0), "unit 0 is in service; this can't follow"),
    ((99, ON_DUTY, 0, 0, -1), "fewer than 0 heads"),
    ((99, STARTED, 7, 0, 0), "entity 7 or place 0 is out of range"),
    ((99, 63, 0, 0, 0), "no such event"),
])  # fmt: skip
def test_a_broken_law_is_told_with_its_row(row, told):
    violations = check(log_of([*SOUND, row]), DESK)
    assert len(violations) == 1
    assert violations[0].startswith(f"row {len(SOUND)} (at {row[0]}")
    assert told in violations[0]


def test_agents_take_no_more_than_they_can_and_only_what_they_serve():
    rows = [(0, ON_DUTY, 0, 0, 1), (0, OPENED, 0, 0, 0), (0, STARTED, 0, 0, 0), (1, OPENED, 1, 0, 0)]
    busy = check(log_of([*rows, (2, STARTED, 1, 0, 0)]), DESK)
    assert busy == ['row 4 (at 2, started): tier "L1" has 2 agents busy, more than are on duty']
    strange = check(log_of([(0, ON_DUTY, 1, 1, 1), rows[1], (0, STARTED, 0, 1, 0)]), DESK)
    assert strange == ['row 2 (at 0, started): tier "L2" does not serve queue "first", where ticket 0 waits']


def test_many_violations_are_cut_off():
    violations = check(log_of([(0, UP, 0, 0, 0)] * 150), DESK)
    assert len(violations) == 101
    assert violations[-1] == "and 50 more rows"


def test_checking_does_not_depend_on_how_the_columns_are_stored():
    log = log_of(SOUND)
    assert check(replace(log, at=np.repeat(log.at, 2)[::2]), DESK) == []
