"""Changes, faults, calls, drift and the readers of other forms: against what was put in."""

import gzip
import json
import math
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from twin.calibrate.calls import CallsFit, calls_data
from twin.calibrate.changes import fit_changes
from twin.calibrate.drift import alarms_of, threshold
from twin.calibrate.faults import PRIORS, fit_faults, read_outages
from twin.calibrate.readers import ReadError, load_column_map, read_incidents, write_bad_rows
from twin.calibrate.readers.dated import CHANGES, INCIDENTS, read_dated
from twin.decide.calls import closed_form
from twin.spec.load import ScenarioError, load_data
from twin.tape.functions import log_of, normal_quantile
from twin.tape.streams import below, name_key, uniform
from twin.theory.abandonment import erlang_a

with np.errstate(over="ignore"):
    KEY = name_key("tests of learning")


def draws(name: str, count: int) -> np.ndarray:
    with np.errstate(over="ignore"):
        key = below(KEY, name_key(name))
        return np.array([uniform(key, np.uint64(k)) for k in range(count)])


def dated(tmp_path, name, rows, header):
    path = tmp_path / name
    path.write_text(header + "\n" + "\n".join(rows) + "\n")
    return path


def test_a_doubling_after_changes_is_found_and_the_placebo_is_not(tmp_path):
    start, items, days = datetime(2026, 1, 5), 120, 84
    changes = {k: start + timedelta(days=35 + k % 14, hours=9) for k in range(items)}
    opened = []
    for k, u in enumerate(draws("incidents", items * days).tolist()):
        item, day = divmod(k, days)
        at = start + timedelta(days=day, hours=12)
        is_after = timedelta(0) < at - changes[item] < timedelta(days=7)
        if u < (0.4 if is_after else 0.2):
            opened.append(f"item{item},{at:%Y-%m-%d %H:%M:%S}")
    record = (start, start + timedelta(days=days))
    written = [f"item{k},c{k},Type {k % 2},{at:%Y-%m-%d %H:%M:%S}" for k, at in changes.items()]
    one = read_dated(dated(tmp_path, "c.csv", written, "ci_name,change_id,change_type,start"), CHANGES, None, record)
    other = read_dated(dated(tmp_path, "i.csv", opened, "cmdb_ci,opened_at"), INCIDENTS, None, record)
    fit = fit_changes(one, other)
    every = fit.ratios[0]
    assert every.low < 2.0 < every.high
    assert every.low > 1.3
    assert every.placebo_low < 1.0 < every.placebo_high
    assert {ratio.label for ratio in fit.ratios} == {"all", "family", "kind"}


def test_calendars_are_read_with_their_repetitions(tmp_path):
    path = tmp_path / "changes.ics"
    path.write_text(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260110T220000\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n"
        "LOCATION:web\r\nCATEGORIES:Patch 1\r\nSUMMARY:a long\r\n  title\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    found = read_dated(path, CHANGES)
    assert found.at.astype("datetime64[D]").astype(str).tolist() == ["2026-01-10", "2026-01-17", "2026-01-24"]
    assert set(found.item.tolist()) == {"web"}
    assert set(found.labels["family"].tolist()) == {"Patch"}


def test_laws_of_faults_come_back(tmp_path):
    gaps, repairs = draws("gaps", 60), draws("repairs", 60)
    at, begin, end = 0.0, [], []
    for k in range(60):
        at += -500.0 * 3600 * float(log_of(gaps[k]))
        begin.append(at)
        at += 3600 * math.exp(0.5 + 0.8 * float(normal_quantile(repairs[k])))
        end.append(at)
    fit = fit_faults("web", np.array(begin), np.array(end), 0.0, at)
    assert fit.mtbf_low_h < 500 < fit.mtbf_high_h
    assert fit.repair_low_h < math.exp(0.5 + 0.32) < fit.repair_high_h
    assert fit.shape_low < 1.0 < fit.shape_high
    assert fit.p_exponential > 0.01


def test_a_prior_stands_in_for_outages_that_never_were():
    nothing = np.empty(0)
    fit = fit_faults("web", nothing, nothing, 0.0, 8760 * 3600.0, PRIORS["server"])
    assert fit.mtbf_low_h < fit.mtbf_h < fit.mtbf_high_h
    assert fit.mtbf_h > PRIORS["server"].mtbf_h
    with pytest.raises(ValueError, match="prior"):
        fit_faults("web", nothing, nothing, 0.0, 1.0)


def test_outages_that_end_before_they_begin_are_refused(tmp_path):
    path = dated(tmp_path, "o.csv", ["web,2026-01-02,2026-01-01"], "component,begin,end")
    with pytest.raises(ReadError, match="the outage ends before it begins"):
        read_outages(path)


def test_a_phone_line_of_one_busy_hour_is_erlang_a():
    rate = np.zeros(168)
    rate[9] = 90.0
    fit = CallsFit(rate, np.where(rate > 0, 6.0, 0.0), 1.0, 200.0, 1.0, 300.0, 300.0)
    theory = erlang_a(90 / 3600, 1 / 200, 6, 1 / 300, 20.0)
    level = closed_form(fit, 20.0)
    assert level.abandoned == pytest.approx(theory.abandon_probability)
    assert level.service_level == pytest.approx(theory.level_of_served)
    assert load_data(calls_data(fit, datetime(2026, 1, 5), 7, "made")).scenario.support.tiers["L1"].shifts


def test_false_alarms_are_at_most_one_a_year():
    years = 40
    scores = np.array([normal_quantile(u) for u in draws("quiet", 365 * years)])
    days = [date(2026, 1, 1) + timedelta(days=k) for k in range(len(scores))]
    limit = threshold(1, 365.0)
    quiet = alarms_of("quiet", days, scores, limit)
    assert len(quiet) <= years + 3 * math.sqrt(years)
    moved = np.where(np.arange(len(scores)) >= 100, scores + 1.5, scores)
    first = next(one for one in alarms_of("moved", days, moved, limit) if one.noticed >= days[100])
    assert first.is_up
    assert first.noticed < days[115]


XES = """<log xmlns="http://www.xes-standard.org/"><trace><string key="concept:name" value="T1"/>
<string key="priority" value="1"/>{events}</trace></log>"""
EVENT = """<event><string key="lifecycle:transition" value="{state}"/><string key="org:group" value="A"/>
<string key="org:resource" value="Ada"/><date key="time:timestamp" value="2026-01-05T{at}:00+01:00"/></event>"""


def test_xes_is_read_like_an_export(tmp_path):
    events = "".join(EVENT.format(state=s, at=at) for s, at in (("assign", "09:00"), ("start", "09:30"),
                                                               ("complete", "11:00")))  # fmt: skip
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(XES.format(events=events).encode()))
    record = read_incidents(path, "xes", tick="1 min")
    assert record.log.at.tolist() == [480, 510, 600]
    assert record.log.to_frame()["event"].tolist() == ["opened", "started", "resolved"]


def ocel_map(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text(
        "columns: {case: case, updated: time, state: activity, priority: urgency}\n"
        "states: {open: new, work: active, solve: resolved}\n"
        "time_formats: ['%Y-%m-%d %H:%M:%S']\npriorities: []\n"
    )
    return path


def test_ocel_is_read_from_json_and_xml_alike(tmp_path):
    steps = (("open", "2026-01-05T08:00:00Z"), ("work", "2026-01-05T08:10:00Z"), ("solve", "2026-01-05T09:00:00Z"))
    log = {
        "objects": [{"id": "T1", "type": "ticket", "attributes": [{"name": "urgency", "value": "2"}]}],
        "events": [
            {"id": f"e{k}", "type": kind, "time": at, "relationships": [{"objectId": "T1", "qualifier": ""}]}
            for k, (kind, at) in enumerate(steps)
        ],
    }
    as_json, as_xml = tmp_path / "log.jsonocel", tmp_path / "log.xmlocel"
    as_json.write_text(json.dumps(log))
    events = "".join(
        f'<event id="e{k}" type="{kind}" time="{at}"><objects><relationship object-id="T1"/></objects></event>'
        for k, (kind, at) in enumerate(steps)
    )
    as_xml.write_text(
        '<log><objects><object id="T1" type="ticket"><attributes><attribute name="urgency" '
        f'time="1970-01-01T00:00:00Z">2</attribute></attributes></object></objects><events>{events}</events></log>'
    )
    logs = [read_incidents(path, ocel_map(tmp_path), tick="1 min").log for path in (as_json, as_xml)]
    assert logs[0].at.tolist() == logs[1].at.tolist() == [480, 490, 540]


def test_a_broken_event_log_is_one_line(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text("<log><trace>")
    with pytest.raises(ReadError, match="is no event log"):
        read_incidents(path, "xes")


@pytest.fixture
def jira(tmp_path):
    rows = ["A-1,05/Jan/26 9:00 AM,05/Jan/26 10:30 AM,High,ada", "A-2,05/Jan/26 9:05 AM,,Low,bob"]
    return dated(tmp_path, "jira.csv", rows, "Issue key,Created,Resolved,Priority,Assignee")


def test_jira_tickets_are_whole_rows(jira):
    record = read_incidents(jira, "jira", tick="1 min")
    assert (record.report.rows, record.report.cases) == (2, 2)
    assert record.log.to_frame()["event"].tolist().count("resolved") == 1


def test_nothing_later_than_the_instant_is_shown(jira):
    record = read_incidents(jira, "jira", tick="1 min", known_at=datetime(2026, 1, 5, 10, 0))
    assert record.log.end_ticks == 600
    assert "resolved" not in record.log.to_frame()["event"].tolist()


def test_names_are_hashed_on_the_way_in(jira):
    record = read_incidents(jira, "jira", hash_key="secret")
    assert all(len(name) == 16 and name not in ("ada", "bob") for name in record.resolvers)


def test_rows_set_aside_are_listed_with_reason_and_count(tmp_path):
    rows = [f"A-{k},05/Jan/26 9:00 AM,05/Jan/26 10:00 AM,High,x" for k in range(300)] + ["A-x,never,,High,x"]
    path = dated(tmp_path, "jira.csv", rows, "Issue key,Created,Resolved,Priority,Assignee")
    report = read_incidents(path, "jira").report
    write_bad_rows(report, tmp_path / "aside.csv")
    lines = (tmp_path / "aside.csv").read_text().splitlines()
    assert lines[0] == "row,case,count,reason,remedy"
    assert lines[2].startswith("302,A-x,1,")


def test_a_map_that_lacks_what_its_rows_need_says_so(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("rows: tickets\ncolumns: {case: a, priority: b, opened: c}\n")
    with pytest.raises(ScenarioError, match="columns lacks resolved"):
        load_column_map(path)
