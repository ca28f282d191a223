"""The cheapest staffing: optima that theory knows are hit, rules are kept, the command leaves an answer to import."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from staffing_worlds import one_queue, shift_cover, two_tiers

from tests.worlds import small_desk
from twin.cli import main
from twin.decide.roster import headcount, roster
from twin.decide.staff import staff
from twin.decide.staffing.space import YEAR_H, Space
from twin.decide.staffing.start import requirement, start_plan
from twin.spec.load import load_data

ORACLES = Path(__file__).parents[4] / "shared" / "oracles.json"
needs_oracles = pytest.mark.skipif(not ORACLES.is_file(), reason="../shared/oracles.json is not there")


def oracle(name):
    return next(one for one in json.loads(ORACLES.read_text())["oracles"] if one["id"] == name)


@needs_oracles
def test_the_start_covers_shifts_at_the_least_cost():
    known = oracle("shift-a")
    space = Space(shift_cover(known["params"]))
    assert requirement(space.scenario, "desk")[:24].tolist() == known["metrics"]["requirement"]
    assert space.cost(start_plan(space)) / (8 * 365) == pytest.approx(known["metrics"]["min_cost"])


@needs_oracles
@pytest.mark.parametrize("row", [0, 1, 3], ids=["2 erlangs", "5 erlangs", "20 erlangs"])
def test_the_staffing_table_is_met_exactly(row):
    known = oracle("staff-a")["metrics"]["table"][row]
    answer = staff(one_queue(known["lam"]), workers=1, months=20, with_frontier=False)
    assert answer.plan == (known["min_agents"],)
    assert answer.rows[0].low <= known["SL"] <= answer.rows[0].high


@needs_oracles
def test_two_tiers_are_staffed_at_their_optimum():
    p, known = oracle("opt2-a")["params"], oracle("opt2-a")["metrics"]
    limits = (f"{p['T'][0]} h", f"{p['T'][1]} h")
    scenario = two_tiers(f"{p['lam']} / h", (f"{1 / p['mu1']} h", f"{1 / p['mu2']} h"), p["p"], limits,
                         tuple(p["a"]), tuple(p["cost"]), horizon="6 d")  # fmt: skip
    answer = staff(scenario, workers=1, months=10, with_frontier=False)
    assert answer.plan == (known["c1"], known["c2"])
    assert answer.cost / YEAR_H == pytest.approx(known["cost"])
    assert [one.broken for one in answer.less] == [("P0 answered",), ("second taken up in time",)]


def desk(**staffing):
    data = json.loads(small_desk().model_dump_json())
    return load_data(data, overrides={"staffing": staffing, "clock.horizon": "30 d"}).scenario


def test_cost_counts_hours_premiums_and_people_at_home():
    wages = {"wage": 10, "on_call_wage": 2, "premiums": {"day": 1.5}}
    tiers = {"L2": {**wages, "heads": {"day": [0, 5]}, "on_call": [0, 2]}}
    space = Space(desk(tiers=tiers))
    office = 22 * 10 / (30 * 24)  # March 2026: 22 working days in 30 days from the 2nd
    assert [lever.words for lever in space.levers] == ["L2 day", "L2 on call"]
    assert space.cost((3, 1)) == pytest.approx(YEAR_H * (10 * 1.5 * 3 * office + 2 * (1 - office)))
    assert space.cost((0, 1)) == pytest.approx(YEAR_H * 2)
    assert space.at((3, 1)).support.tiers["L2"].shifts["day"].heads == 3
    assert space.at(space.present) == space.scenario


def test_rules_are_named_when_a_plan_breaks_them():
    tiers = {"L2": {"heads": {"day": [0, 9]}, "cover": [{"calendar": "office", "heads": 2}], "people": 6}}
    space = Space(desk(tiers=tiers, budget={"per_year": 100_000, "share": 0.16}))
    assert "fewer than 2" in space.breach((1,))
    assert space.breach((2,)) == ""
    assert "more than 6" in space.breach((7,))
    assert "outside 0 to 9" in space.breach((10,))
    wide = {"L2": {"wage": 1, "heads": {"day": [0, 9]}}}
    dear = Space(desk(tiers=wide, budget={"per_year": 100_000, "share": 0.16}))
    assert dear.cost((5,)) < 16_000 < dear.cost((9,))
    assert dear.breach((5,)) == ""
    assert "above the budget of 16,000" in dear.breach((9,))


def test_hours_bought_from_a_vendor_are_a_lever():
    data = json.loads(small_desk().model_dump_json())
    tiers = {"L2": {"heads": {"day": [1, 4]}, "hours": {"day": ["office", "always"]}}}
    space = Space(load_data(data, overrides={"staffing": {"tiers": tiers}}).scenario)
    assert [lever.words for lever in space.levers] == ["L2 day", "L2 hours of day"]
    assert space.at((2, 1)).support.tiers["L2"].shifts["day"].calendar == "always"
    assert space.cost((2, 1)) > 2 * space.cost((2, 0))


def test_a_target_out_of_reach_is_said_so():
    answer = staff(one_queue(20, **{"contract.targets.P0.respond": "1 s", "staffing": {
        "tiers": {"desk": {"heads": {"all": [1, 2]}}}}}), workers=1, months=10)  # fmt: skip
    assert answer.plan is None
    assert answer.closest == (2,)
    assert answer.rows[0].estimate < 0.8


def test_nothing_to_vary_or_to_promise_is_refused():
    with pytest.raises(ValueError, match="promises no times"):
        staff(one_queue(20, **{"contract.targets": {}}), workers=1)
    with pytest.raises(ValueError, match="no plan keeps the rules"):
        staff(one_queue(20, **{"staffing": {"budget": {"per_year": 1}, "tiers": {"desk": {"heads": {"all": [2, 3]}}}}}),
              workers=1)  # fmt: skip


def test_a_roster_covers_every_shift_and_keeps_the_labour_rules():
    tiers = {"L1": {"heads": {"day": [0, 5]}}, "L2": {"heads": {"day": [0, 5]}, "on_call": [0, 2]}}
    space = Space(desk(tiers=tiers))
    turns = roster(space, (2, 2, 1), weeks=4)
    rules = space.staffing.rules
    on_shift = [one for one in turns if one.shift == "day" and one.tier == "L1"]
    assert len(on_shift) == 2 * 20
    by_person = {name: [one for one in on_shift if one.person == name] for name in {one.person for one in on_shift}}
    for mine in by_person.values():
        gaps = np.diff([one.start.timestamp() for one in mine])
        assert (gaps >= rules.rest).all()
        hours = sum((one.end - one.start).total_seconds() / 3600 for one in mine)
        assert hours <= 4 * rules.weekly_hours / 3600
    weeks = [one.person for one in turns if one.shift == "on call"]
    assert len(weeks) == 4
    assert max(map(weeks.count, weeks)) <= 1
    assert headcount(turns)["L1"] == len(by_person)


def test_the_command_writes_plan_page_and_roster(tmp_path, monkeypatch, capsys):
    file = tmp_path / "calls.json"
    file.write_text(one_queue(20).model_dump_json())
    words = ["staff", str(file), "--months", "10", "--workers", "2", "--out", str(tmp_path / "out"), "--json"]
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    about = json.loads(capsys.readouterr().out)
    assert stop.value.code in (0, None)
    assert about["plan"] == {"support.tiers.desk.shifts.all.heads": 4}
    assert {"plan.json", "roster.csv", "roster.ics", "staffing.html"} <= {f.name for f in (tmp_path / "out").iterdir()}
    with (tmp_path / "out" / "roster.csv").open() as rows:
        starts = [row["start"] for row in csv.DictReader(rows)]
    assert starts == sorted(starts)
    text = (tmp_path / "out" / "roster.ics").read_text()
    assert text.count("BEGIN:VEVENT") == len(starts)
