"""Health reports and audits: months cut from a history, facts of a record, advice with its reason, pages, commands."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from reporting import small

from twin.calibrate.readers import read_incidents
from twin.cli import main
from twin.decide.account import month_account, month_windows, windowed, year_account
from twin.decide.history import History, history_of_record
from twin.experiment.table import Row
from twin.measures.gauge import Gauge
from twin.report.account import write_account
from twin.report.account_lines import judged, key_lines, late_parts, promise_lines
from twin.report.advice import advice
from twin.report.promises import Promise, Verdict
from twin.simulate.run import simulate_one
from twin.spec.load import load_data

HEADER = "number,incident_state,priority,opened_at,sys_updated_at,assignment_group,assigned_to,resolved_at,closed_at"
UCI = Path(__file__).parents[3].parent / "shared" / "data" / "uci_servicenow_incident_events_2016-03_04.csv.gz"


def export(folder: Path) -> Path:
    """Two months: ten tickets in each; in the first all take an hour, in the second half of them nine hours."""
    rows = []
    for month in (2, 3):
        for day in range(1, 11):
            took = 9 if month == 3 and day % 2 else 1
            at, name = f"2016-{month:02d}-{day:02d}", f"INC{month}{day:02d}"
            opened, done = f"{at} 08:00:00", f"{at} {8 + took:02d}:00:00"
            tail = f"Desk,Ann,{done},{done}"
            rows.append(f"{name},Active,1 - Critical,{opened},{at} 08:10:00,{tail}")
            rows.append(f"{name},Closed,1 - Critical,{opened},{done},{tail}")
    late = "INC999,New,1 - Critical,2016-04-02 08:00:00,2016-04-02 08:00:00,Desk,,,"
    file = folder / "export.csv"
    file.write_text("\n".join([HEADER, *rows, late, ""]), encoding="utf-8")
    return file


@pytest.fixture
def recorded(tmp_path: Path) -> History:
    return history_of_record(read_incidents(export(tmp_path)), "auto-parts")


def simulated(**parts: Any) -> History:
    scenario = load_data(small() | {"clock": {"start": "2026-01-01", "horizon": "100 d"}} | parts).scenario
    return History(scenario, scenario.name, reps=3)


def test_months_are_whole_and_measured_like_runs_of_their_own():
    history = simulated()
    windows = month_windows(history.scenario)
    assert list(windows) == ["2026-01", "2026-02", "2026-03"]
    found = month_account(history, "2026-02").period.result
    cut = windowed(history.scenario, windows["2026-02"])
    log = simulate_one(history.scenario, seed=1, replication=2)
    assert found.raw[2].tolist() == Gauge(cut).measure(log).tolist()
    assert cut.clock.end_ticks == history.scenario.clock.end_ticks


def test_tickets_of_the_months_add_up_to_those_of_the_year():
    account = year_account(simulated(clock={"start": "2026-01-01", "horizon": "90 d"}))
    tickets = [sum(row.estimate for row in part.result["tickets"]) for part in (account.period, *account.months)]
    assert tickets[0] == pytest.approx(sum(tickets[1:]))
    assert [month.name for month in account.months] == ["2026-01", "2026-02", "2026-03"]


def test_a_record_keeps_or_misses_its_promises_as_a_fact(recorded):
    account = month_account(recorded, "2016-03")
    assert account.recorded
    assert account.before is not None
    lines = {line.words.replace("\N{NO-BREAK SPACE}", " "): line for line in promise_lines(account)}
    assert lines["1 - Critical restored within 4 h"].verdict is Verdict.MISSED
    assert lines["1 - Critical restored within 4 h"].now.startswith("50")
    assert lines["1 - Critical restored within 4 h"].before.startswith("100")
    assert lines["1 - Critical answered within 1 h 30 min"].verdict is Verdict.KEPT
    figures = {line.words: line.now for line in key_lines(account)}
    assert figures["Solved by the end, of the tickets opened"].startswith("100")
    assert [name for name, _ in late_parts(account.period)] == ["Work", "Waiting in Desk"]
    assert late_parts(account.period)[0][1] == pytest.approx((9 - 1 / 6) / 9)


def test_advice_names_the_largest_part_of_late_time_and_the_number_that_speaks_for_it(recorded):
    account = month_account(recorded, "2016-03")
    result = account.period.result
    found = advice(result.rows(), judged(result, True), result.scenario, True)
    assert found[0].do.startswith("Make solving faster")
    assert "restored within" in found[0].why


def row(name: str, estimate: float, **where: str) -> Row:
    return Row(name, where, "1", estimate, math.nan, math.nan, 0.95, 1, "")


@pytest.mark.parametrize(("rows", "do"), [
    ([row("utilisation", 0.95, tier="L2")], "Relieve L2"),
    ([row("utilisation", 0.8, tier="L2")], None),
    ([row("reopened_ratio", 0.2)], "Check solutions with the reporter before closing"),
    ([row("closure_ratio", 0.7)], "Close what is open"),
    ([row("oldest_open", 50 * 1440.0)], "Go through the oldest tickets"),
    ([row("page_limit_exceeded", 0.3, tier="L2")], "Share the calls at home of L2 among more people"),
    ([row("dispute_ratio", 0.1)], "Write down who pays for what"),
])  # fmt: skip
def test_each_rule_speaks_when_its_number_does(rows, do):
    scenario = load_data(small()).scenario
    assert [one.do for one in advice(rows, [], scenario, False)] == ([] if do is None else [do])


def test_late_answers_blame_only_what_comes_before_an_answer_and_outages_the_component_behind_them():
    scenario = load_data(small()).scenario
    minutes = {"work": 500.0, "call-out": 90.0, "queue: desk": 10.0}
    parts = [row("breach_part", value, priority="P0", part=name) for name, value in minutes.items()]
    late = Promise("P0 answered", 0.95, row("attainment", 0.5), None, Verdict.MISSED, "P0", "respond")
    found = advice(parts, [late], scenario, False)
    assert found[0].do == "Shorten the way of people on call to their desk"
    assert found[0].why.startswith("90")
    down = [row("downtime", 60.0, component="db"), row("downtime", 20.0, component="app")]
    system = Promise("System available", 0.999, row("availability", 0.9), None, Verdict.MISSED)
    assert advice(down, [system], scenario, False)[0].do == "Make db more robust, or faster to restore"


@pytest.mark.parametrize("kind", ["health", "audit"])
def test_the_page_concludes_first_and_repeats_byte_for_byte(recorded, tmp_path, kind):
    account = month_account(recorded, None) if kind == "health" else year_account(recorded)
    pages = [write_account(account, kind, tmp_path / name).read_text() for name in "ab"]
    assert pages[0] == pages[1]
    assert pages[0].index("promise") < pages[0].index("What to do") < pages[0].index("All measures")
    assert "interval</th>" not in pages[0]
    assert "http://" not in pages[0].replace("http://www.w3.org", "")


def test_a_simulated_month_shows_intervals_and_its_assumptions(tmp_path):
    history, loaded = simulated(), load_data(small())
    page = write_account(month_account(history, None), "health", tmp_path, loaded).read_text()
    assert "95 % interval</th>" in page
    assert "figures are assumed" in page


def call(monkeypatch: Any, capsys: Any, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


def test_health_and_audit_take_exports_and_run_folders(monkeypatch, capsys, tmp_path):
    source = str(export(tmp_path))
    words = ("health", source, "--month", "2016-02", "--profile", "auto-parts", "--out", str(tmp_path / "h"), "--json")
    code, out, _ = call(monkeypatch, capsys, *words)
    about = json.loads(out)
    assert code == 0
    assert (about["period"], about["recorded"], list(about["months"])) == ("2016-02", True, ["2016-02"])
    assert (tmp_path / "h" / "health.html").is_file()
    scenario = tmp_path / "small.yaml"
    scenario.write_text(json.dumps(small()))
    run, short = str(tmp_path / "run"), ["--reps", "2", "--workers", "1"]
    assert call(monkeypatch, capsys, "run", str(scenario), *short, "--out", run, "-q")[0] == 0
    code, out, _ = call(monkeypatch, capsys, "audit", run, *short, "--out", str(tmp_path / "a"), "--json")
    assert code == 0
    top = (tmp_path / "a" / "audit.html").read_text().partition("What to do")[0]
    assert "Simulated afresh with 2 runs: the folder&#39;s own 2 runs are not used." in top
    assert (json.loads(out)["recorded"], (tmp_path / "a" / "audit.html").is_file()) == (False, True)


@pytest.mark.parametrize(("words", "reason"), [
    (("--month", "2016-07"), "no whole month of the history; write one from 2016-02 to 2016-03"),
    (("--profile", "gold"), "no such service level"),
])  # fmt: skip
def test_bad_input_is_refused_and_leaves_nothing(monkeypatch, capsys, tmp_path, words, reason):
    code, out, said = call(monkeypatch, capsys, "health", str(export(tmp_path)), *words, "--out", str(tmp_path / "h"))
    assert (code, out, (tmp_path / "h").exists()) == (2, "", False)
    assert reason in said


@pytest.mark.skipif(not UCI.exists(), reason=f"no {UCI.name} beside the repository")
def test_the_audit_of_a_real_log_counts_every_incident():
    account = year_account(history_of_record(read_incidents(UCI), "contract-p1-p2"))
    assert sum(one.estimate for one in account.period.result["tickets"]) == 17_136
    assert [month.name for month in account.months] == ["2016-03", "2016-04"]
