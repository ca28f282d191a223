"""Logs as tapes: paths read back step by step, and the twin's own logs repeated exactly."""

from pathlib import Path

import numpy as np
import pytest

from twin.calibrate.readers import read_incidents
from twin.eventlog.log import first_difference
from twin.simulate.run import Model
from twin.spec.load import load_data
from twin.tape.history import Match, on_the_clock_of, tape_from_log
from twin.tape.tape import BY_REASSIGNMENT, REOPEN, TRIAGE, WAIT_CUSTOMER, WAIT_VENDOR, WORK

HEADER = "number,incident_state,priority,opened_at,sys_updated_at,assignment_group,assigned_to,resolved_at,closed_at\n"


def minutes(text: str) -> str:
    return f"2016-02-29 {text}:00"


def record_of(tmp_path: Path, *rows: tuple[str, ...]):
    lines = [
        f"{case},{state},2 - High,{minutes(opened)},{minutes(at)},{group},Ann,,\n"
        for case, state, opened, at, group in rows
    ]
    (tmp_path / "export.csv").write_text(HEADER + "".join(lines))
    return read_incidents(tmp_path / "export.csv", tick="1 min")


def scenario_with(work: str = "100 d", triage: str | None = None, heads: int = 1):
    visit = {"work": work, **({"triage": triage} if triage else {})}
    return load_data({
        "name": "desk", "clock": {"start": "2016-02-29T00:00", "horizon": "1 d", "tick": "1 min"},
        "demand": {"tickets": {"incident": {
            "queue": "L1", "priority": "P1", "arrivals": {"rate": "1 / day"}, "visits": {"L1": visit, "L2": visit},
        }}},
        "support": {"tiers": {"L1": {"serves": ["L1"], "shifts": {"all": {"heads": heads}}},
                              "L2": {"serves": ["L2"], "shifts": {"all": {"heads": heads}}}}},
    }).scenario  # fmt: skip


def tape_of(record, scenario, **options):
    ready = on_the_clock_of(record.log, scenario, record.start, record.tick_s)
    return tape_from_log(record.log, ready, match=Match({"Desk": "L1"}, "L2"), **options)


LIFE = (
    ("A", "New", "01:00", "01:00", "Dispatch"),
    ("A", "New", "01:00", "01:10", "Desk"),
    ("A", "Active", "01:00", "01:20", "Desk"),
    ("A", "Awaiting User Info", "01:00", "01:30", "Desk"),
    ("A", "Active", "01:00", "01:50", "Desk"),
    ("A", "Resolved", "01:00", "02:20", "Desk"),
    ("A", "Active", "01:00", "03:00", "Desk"),
    ("A", "Resolved", "01:00", "03:05", "Desk"),
)
KINDS = [TRIAGE, WORK | BY_REASSIGNMENT, WAIT_CUSTOMER, WORK, REOPEN, WORK]


def test_a_path_takes_the_recorded_active_time_at_most(tmp_path):
    tape = tape_of(record_of(tmp_path, *LIFE), scenario_with(work="100 d"))
    assert tape.steps[:, 0].tolist() == KINDS
    assert tape.steps[:, 1].tolist() == [1, 0, 0, 0, 0, 0]
    assert tape.steps[:, 2].tolist() == [0, 10, 20, 30, 40, 5]
    assert tape.opened_at.tolist() == [60]
    assert tape.priority.tolist() == [1]


def test_the_work_of_a_visit_is_shared_out_as_it_was_seen(tmp_path):
    tape = tape_of(record_of(tmp_path, *LIFE), scenario_with(work="20 min", triage="4 min"))
    assert tape.steps[:, 2].tolist() == [4, 5, 20, 15, 40, 5]


def test_a_work_share_takes_that_part_of_the_active_time(tmp_path):
    tape = tape_of(record_of(tmp_path, *LIFE), scenario_with(), work_share=0.5)
    assert tape.steps[:, 2].tolist() == [0, 5, 20, 15, 40, 3]


def test_what_was_never_seen_active_takes_its_stay_at_most(tmp_path):
    record = record_of(tmp_path, ("A", "New", "01:00", "01:00", "Desk"), ("A", "Resolved", "01:00", "01:45", "Desk"))
    assert tape_of(record, scenario_with(work="100 d")).steps.tolist() == [[WORK, 0, 45]]
    assert tape_of(record, scenario_with(work="30 min")).steps.tolist() == [[WORK, 0, 30]]


def test_open_tickets_get_work_and_waits_that_last_to_the_end(tmp_path):
    rows = (("A", "Active", "01:00", "01:00", "Desk"), ("A", "Awaiting Vendor", "01:00", "01:45", "Desk"))
    record = record_of(tmp_path, *rows)
    tape = tape_of(record, scenario_with(work="30 min"))
    assert tape.steps.tolist() == [[WORK, 0, 30], [WAIT_VENDOR, 0, 1440], [WORK, 0, 30]]


def test_work_hangs_on_the_ticket_s_name_alone(tmp_path):
    scenario = scenario_with(work="100 d")
    visit = scenario.demand.tickets["incident"].visits["L1"]
    varied = visit.model_copy(update={"work": visit.work.model_copy(update={"mean": 600.0, "cv": 1.0})})
    ticket = scenario.demand.tickets["incident"].model_copy(update={"visits": {"L1": varied, "L2": varied}})
    demand = scenario.demand.model_copy(update={"tickets": {"incident": ticket}})
    scenario = scenario.model_copy(update={"demand": demand})
    rows = [("B", "Active", "02:00", "02:00", "Desk"), ("B", "Resolved", "02:00", "09:00", "Desk")]
    alone = tape_of(record_of(tmp_path, *rows), scenario)
    behind = tape_of(record_of(tmp_path, *LIFE, *rows), scenario)
    assert alone.steps[-1, 2] == behind.steps[-1, 2]


def test_names_that_do_not_fit_are_told(tmp_path):
    record = record_of(tmp_path, *LIFE)
    ready = on_the_clock_of(record.log, scenario_with(), record.start, record.tick_s)
    with pytest.raises(ValueError, match='no queue "Desk" for "Desk" of the log'):
        tape_from_log(record.log, ready)
    with pytest.raises(ValueError, match='no ticket class "fault"'):
        tape_from_log(record.log, ready, match=Match({}, "L1", ticket_class="fault"))
    with pytest.raises(ValueError, match='no priority "P9"'):
        tape_from_log(record.log, ready, match=Match({}, "L1", priorities={"2 - High": "P9"}))
    with pytest.raises(ValueError, match="work_share is 2"):
        tape_from_log(record.log, ready, match=Match({}, "L1"), work_share=2.0)
    with pytest.raises(ValueError, match="clock is not the log's"):
        tape_from_log(record.log, load_data(BUSY_DESK).scenario)


BUSY_DESK = {
    "name": "busy", "clock": {"start": "2026-01-05T00:00", "horizon": "14 d", "tick": "1 min"},
    "calendars": {"office": {"days": "mon-fri", "hours": "08:00-18:00"}},
    "demand": {"tickets": {
        "fault": {
            "queue": "L1", "priority": {"P0": 0.1, "P1": 0.3, "P2": 0.6}, "arrivals": {"rate": "30 / day"},
            "reopen": {"probability": 0.2, "after": {"mean": "3 h", "cv": 1}},
            "visits": {
                "L1": {"triage": "3 min", "work": {"mean": "15 min", "cv": 1}, "next": {"L2": 0.4}},
                "L2": {"triage": "5 min", "work": {"mean": "1 h", "cv": 1},
                       "reassign": {"to": "L1", "probability": 0.2},
                       "wait_customer": {"probability": 0.4, "duration": {"mean": "3 h", "cv": 1}},
                       "wait_vendor": {"probability": 0.2, "duration": {"mean": "9 h", "cv": 1}}},
            },
        },
        "question": {"queue": "L1", "priority": "P3", "arrivals": {"rate": "20 / day"},
                     "patience": {"mean": "2 h", "cv": 1}, "visits": {"L1": {"work": {"mean": "10 min", "cv": 1}}}},
    }},
    "support": {"tiers": {
        "L1": {"serves": ["L1"], "shifts": {"day": {"calendar": "office", "heads": 2}}},
        "L2": {"serves": ["L2"], "preempt": "P0", "at_shift_end": "pause",
               "shifts": {"day": {"calendar": "office", "heads": 2}},
               "on_call": {"heads": 1, "call_out": "30 min", "priorities": "P0"}},
    }},
}  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_the_twin_s_own_log_is_repeated_row_for_row(seed):
    model = Model(load_data(BUSY_DESK).scenario)
    log = model.run(model.tape(seed))
    tape = tape_from_log(log, model.scenario, work_share=1.0)
    assert first_difference(log, model.run(tape)) is None


def test_recorded_failures_are_arrivals_and_no_component_fails_in_a_replay():
    data = {**BUSY_DESK, "deployment": {"components": {"web": {
        "mtbf": "30 h", "monitoring": {"every": "1 min"}, "repair": {"ticket": "fault", "priority": "P1"},
    }}}}  # fmt: skip
    model = Model(load_data(data).scenario)
    log = model.run(model.tape(3))
    assert np.any(log.ticket_unit[log.entity[log.event == 1]] >= 0)
    quiet = on_the_clock_of(log, model.scenario, model.scenario.clock.start_utc, 60.0)
    again = Model(quiet).run(tape_from_log(log, quiet, work_share=1.0))
    assert (again.event == 1).sum() == (log.event == 1).sum()
    assert not np.any((again.event >= 20) & (again.event < 50))
