"""Change calendars: the known best slot is found, rules are kept, every occurrence keeps its chance."""

import json
import sys
from datetime import datetime

import numpy as np
import pytest

from tests.worlds import small_desk
from twin.cli import main
from twin.decide.schedule import moved_words, schedule
from twin.decide.slots import Rules, as_scenario, present_calendar
from twin.experiment.replicate import replicate
from twin.simulate.run import Model
from twin.spec.load import load_data
from twin.spec.scenario import Scenario

HOURS = [0] * 8 + [10] * 10 + [0] * 6


def busy_by_day(**planning) -> Scenario:
    """A month in which users work from 8 to 18 on weekdays, with a weekly patch of four hours on Wednesday noon."""
    data = json.loads(small_desk().model_dump_json())
    week = HOURS * 5 + [0] * 48
    data["clock"] |= {"start": "2026-03-02", "horizon": "28 d"}
    data["demand"]["users"] = {"named": 100, "concurrent_ratio": 0.5, "profile": "week"}
    data["demand"]["profiles"] = {"week": {"span": "week", "weights": week}}
    for component in data["deployment"]["components"].values():
        component["mtbf"] = "50000 h"
    data["changes"] = {"patch": {
        "components": ["app"], "repeat": "FREQ=WEEKLY;BYDAY=WE;BYHOUR=12;BYMINUTE=0", "work": "4 h",
    }}  # fmt: skip
    data["planning"] = {"user_hour": 50, "slots": {"patch": {
        "days": "wed,sat", "starts": ["12:00", "20:00"], "within": "4 d",
    }}, **planning}  # fmt: skip
    return load_data(data).scenario


def test_patches_leave_the_busy_hours():
    found = schedule(busy_by_day(), reps=20, workers=1)
    assert found.is_better
    assert all(one.start.weekday() == 5 or one.start.hour == 20 for one in found.found)
    assert len(moved_words(found)) == 4
    assert set(found.before.parts) == {"lost user hours"}
    saved = found.before.parts["lost user hours"] - found.after.parts["lost user hours"]
    assert found.gain[0] == pytest.approx(saved)
    # Four patches of four hours with fifty users at work, priced at 50 an hour, 13 times a year (28 days).
    assert saved == pytest.approx(4 * 4 * 50 * 50 * 365 / 28, rel=0.05)


def test_blackouts_gaps_and_people_close_slots():
    blackout = {"blackouts": [{"begins": "2026-03-07", "ends": "2026-03-08"}]}
    scenario = busy_by_day(**blackout)
    rules = Rules(scenario, scenario.planning)
    calendar = present_calendar(scenario)
    assert [one.start for one in calendar] == [datetime(2026, 3, day, 12) for day in (4, 11, 18, 25)]
    moved = rules.singles(calendar, calendar[0])
    starts = {one[0].start for one in moved}
    assert datetime(2026, 3, 4, 20) in starts
    assert not any(start.date().isoformat() in ("2026-03-07", "2026-03-08") for start in starts)
    nobody = scenario.changes["patch"].model_copy(update={"staff": {"L1": 1}})
    night_shy = scenario.model_copy(update={"changes": {"patch": nobody}})
    assert all(one[0].start.hour == 12 and one[0].start.weekday() != 5
               for one in Rules(night_shy, scenario.planning).singles(calendar, calendar[0]))  # fmt: skip
    wide = scenario.planning.model_copy(update={"gap": 8 * 86_400.0})
    assert Rules(scenario, wide).clashes(calendar, calendar[0])


def test_an_occurrence_keeps_its_chance_where_it_goes():
    scenario = busy_by_day()
    calendar = present_calendar(scenario)
    same = as_scenario(scenario, calendar)
    assert Model(same).tape(3, 0).holds.tolist() == Model(scenario).tape(3, 0).holds.tolist()
    assert (replicate(same, reps=4, workers=1).raw == replicate(scenario, reps=4, workers=1).raw).all()


def test_what_cannot_be_planned_is_refused():
    with pytest.raises(ValueError, match="no change may move"):
        schedule(small_desk(), workers=1)
    with pytest.raises(ValueError, match="nothing has a price"):
        schedule(busy_by_day(user_hour=0), objective="cost", workers=1)


def test_the_command_writes_a_calendar_to_import(tmp_path, monkeypatch, capsys):
    file = tmp_path / "patches.json"
    file.write_text(busy_by_day().model_dump_json())
    words = ["schedule", str(file), "--reps", "10", "--workers", "1", "--out", str(tmp_path / "out"), "--json"]
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    about = json.loads(capsys.readouterr().out)
    assert stop.value.code in (0, None)
    assert about["gain"]["low"] > 0
    text = (tmp_path / "out" / "changes.ics").read_text()
    assert text.count("BEGIN:VEVENT") == 4
    planned = load_data(json.loads(file.read_text()), overrides={
        f"{path}.{key}": value for path, moved in about["dates"].items() for key, value in moved.items()
    }).scenario  # fmt: skip
    assert np.isin([one.start.weekday() for one in present_calendar(planned)], (2, 5)).all()
