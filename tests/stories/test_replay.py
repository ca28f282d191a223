"""Replay stories: four recorded tickets, measured and served again by one person or two."""

import math
from pathlib import Path

import numpy as np
import pytest

from twin.calibrate.readers import read_incidents
from twin.decide.replay import replay, scenario_of
from twin.eventlog.checkers import check
from twin.eventlog.log import first_difference
from twin.eventlog.schema import EVENT_NAMES, OPENED
from twin.spec.load import load_data
from twin.spec.problems import ScenarioError

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "uci_servicenow_incident_events_2016-03_04.csv.gz"
EXPORT = """number,incident_state,priority,opened_at,sys_updated_at,assignment_group,assigned_to,resolved_at,closed_at
A,New,3 - Moderate,29/2/2016 09:00,29/2/2016 09:00,Desk,,29/2/2016 10:00,
A,Active,3 - Moderate,29/2/2016 09:00,29/2/2016 09:05,Desk,Ann,29/2/2016 10:00,
A,Resolved,3 - Moderate,29/2/2016 09:00,29/2/2016 10:00,Desk,Ann,29/2/2016 10:00,
B,Active,3 - Moderate,29/2/2016 09:10,29/2/2016 09:10,Desk,Bob,29/2/2016 09:40,
B,Awaiting User Info,3 - Moderate,29/2/2016 09:10,29/2/2016 09:20,Desk,Bob,29/2/2016 09:40,
B,Active,3 - Moderate,29/2/2016 09:10,29/2/2016 09:30,Desk,Bob,29/2/2016 09:40,
B,Resolved,3 - Moderate,29/2/2016 09:10,29/2/2016 09:40,Desk,Bob,29/2/2016 09:40,
C,Active,1 - Critical,29/2/2016 09:30,29/2/2016 09:30,Desk,Ann,29/2/2016 10:10,
C,Resolved,1 - Critical,29/2/2016 09:30,29/2/2016 10:10,Desk,Ann,29/2/2016 10:10,
"""


def desk(heads: int, work: str = "20 min"):
    return load_data({
        "name": f"{heads} at the desk", "clock": {"start": "2020-01-01T00:00", "horizon": "1 d"},
        "demand": {"tickets": {"incident": {
            "queue": "L1", "priority": "P2", "arrivals": {"rate": "1 / day"}, "visits": {"L1": {"work": work}},
        }}},
        "support": {"tiers": {"L1": {"serves": ["L1"], "shifts": {"all": {"heads": heads}}}}},
        "contract": {"targets": {"P2": {"resolve": "45 min"}}},
    }).scenario  # fmt: skip


@pytest.fixture
def record(tmp_path):
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "map.yaml").write_text("queues: {Desk: L1}\n")
    return read_incidents(tmp_path / "export.csv", tmp_path / "map.yaml", tick="1 min")


def told(log) -> list[str]:
    rows = zip(log.at.tolist(), log.event.tolist(), log.entity.tolist(), strict=True)
    return [
        f"{at // 60}:{at % 60:02d} {EVENT_NAMES[event]} {log.ticket_names[who]}"
        for at, event, who in rows
        if event < 20
    ]


def value(result, name: str, side: str, **where: str) -> float:
    (line,) = [line for line in result.measures if line.name == name and line.where == where]
    return getattr(line, side)


def test_one_person_serves_the_recorded_tickets_in_turn(record):
    result = replay(record, desk(1))
    assert told(result.simulated) == [
        "9:00 opened A", "9:00 started A", "9:10 opened B", "9:20 resolved A", "9:20 started B",
        "9:30 waits_customer B", "9:30 opened C", "9:30 started C", "9:40 returned B", "9:50 resolved C",
        "9:50 started B", "10:00 resolved B",
    ]  # fmt: skip
    assert first_difference(result.simulated, replay(record, desk(1), engine="simpy").simulated) is None
    assert check(result.simulated, result.scenario) == []


def test_a_second_person_is_measured_on_the_same_tickets(record):
    result = replay(record, desk(2), as_recorded=desk(1))
    assert value(result, "first_wait", "recorded") == pytest.approx(5 / 3)
    assert value(result, "first_wait", "as_recorded") == pytest.approx(10 / 3)
    assert value(result, "first_wait", "simulated") == 0
    sojourn = next(line for line in result.measures if line.name == "sojourn" and not line.where)
    assert (sojourn.recorded, sojourn.as_recorded, sojourn.simulated) == pytest.approx((130 / 3, 90 / 3, 70 / 3))
    assert (sojourn.gap, sojourn.change) == pytest.approx((-40 / 3, -20 / 3))
    assert "not calibrated: " in result.sanity
    assert "sojourn 30 against 43.33 min" in result.sanity


def test_attainment_of_the_record_is_that_of_a_stated_sla(record):
    result = replay(record, desk(1))
    assert value(result, "attainment", "recorded", priority="P2", clock="resolve") == 0.5
    assert math.isnan(value(result, "utilisation", "recorded", tier="L1"))
    assert any("reactions to recorded outages" in text for text in result.unknowns)


def test_a_record_without_a_scenario_is_measured_by_stated_targets(record):
    result = replay(record, targets={"3 - Moderate": {"resolve": "45 min"}})
    assert result.simulated is None
    assert value(result, "attainment", "recorded", priority="3 - Moderate", clock="resolve") == 0.5
    assert value(result, "sojourn", "recorded") == pytest.approx(130 / 3)
    assert math.isnan(value(result, "sojourn", "simulated"))
    assert scenario_of(record).support.tiers["Desk"].shifts["seen"].heads == 2
    with pytest.raises(ScenarioError):
        scenario_of(record, {"3 - Moderate": {"resolve": "45"}})


def test_a_group_that_nobody_serves_is_told(tmp_path):
    (tmp_path / "export.csv").write_text(EXPORT)
    with pytest.raises(ValueError, match='no queue "Desk"'):
        replay(tmp_path / "export.csv", desk(1))


def test_the_public_log_measured_as_recorded_has_the_file_s_counts():
    if not FILE.exists():
        pytest.skip(f"no {FILE.name} beside the repository")
    record = read_incidents(FILE)
    result = replay(record, targets={"3 - Moderate": {"resolve": "40 h"}})
    assert np.count_nonzero(result.recorded.event == OPENED) == record.report.cases == 17_136
    counted = {line.where["priority"]: line.recorded for line in result.measures
               if line.name == "tickets" and set(line.where) == {"priority"}}  # fmt: skip
    assert counted["3 - Moderate"] == record.report.priorities["3 - Moderate"]
    assert 1000 < value(result, "backlog", "recorded") < 2000
