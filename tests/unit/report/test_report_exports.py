"""What other tools read: metrics and process logs of a run, and the gap to named references."""

import json
import sys
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from reporting import by_hand, ran_small, small

from twin.cli import main
from twin.decide.gap import gaps
from twin.eventlog.log import EventLog, Names
from twin.eventlog.schema import COLUMNS, DOWN, FAILED, ON_DUTY, OPENED, REPAIRED, RESOLVED, STARTED, UP
from twin.eventlog.xes import xes_lines
from twin.measures.cells import cell
from twin.measures.frame import Frame
from twin.measures.metrics import HELP, openmetrics
from twin.spec.benchmarks import REFERENCES
from twin.spec.load import load_data

ROWS = [
    (0, ON_DUTY, 0, 0, 1), (60, FAILED, 0, 0, 0), (60, DOWN, 0, 0, 0), (60, OPENED, 1, 0, 0), (90, OPENED, 0, 0, 2),
    (120, STARTED, 1, 0, 0), (240, REPAIRED, 0, 0, 0), (240, UP, 0, 0, 0), (240, RESOLVED, 1, 0, 0),
]  # fmt: skip
NAMES = Names(("desk",), ("desk",), ("app",), ("patch",), ("fault", "failure"), ("P0", "P1", "P2", "P3"))


def log() -> EventLog:
    table = np.array(ROWS, np.int64)
    columns = {name: table[:, k].astype(kind) for k, (name, kind) in enumerate(COLUMNS)}
    kinds, units = np.array([0, 1], np.int16), np.array([-1, 0], np.int32)
    return EventLog(**columns, ticket_class=kinds, ticket_unit=units, end_ticks=300, names=NAMES)


def samples(text: str) -> dict[str, list[float]]:
    """Values of each series in order."""
    out: dict[str, list[float]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value, _ = line.rsplit(" ", 2)
            out.setdefault(name, []).append(float(value))
    return out


def test_metrics_sample_the_state_under_the_names_of_live_monitoring():
    clock = {"start": "2026-01-05T00:00", "horizon": "300 s"}
    frame = Frame(load_data(small() | {"clock": clock}).scenario)
    text = "".join(openmetrics(log(), frame, 60))
    found = samples(text)
    assert found['up{job="plm",instance="app"}'] == [1, 0, 0, 0, 1]
    assert found['plm_units_up{job="plm",instance="app"}'] == [1, 0, 0, 0, 1]
    assert found["plm_tickets_open"] == [0, 1, 2, 2, 1]
    assert found['plm_tickets_waiting{queue="desk"}'] == [0, 1, 1, 1, 1]
    assert found['plm_agents_busy{tier="desk"}'] == [0, 0, 1, 1, 0]
    assert found['plm_agents_on_duty{tier="desk"}'] == [1] * 5
    assert found['plm_tickets_opened_total{class="fault"}'] == [0, 0, 1, 1, 1]
    assert found['plm_outages_total{instance="app"}'] == [0, 1, 1, 1, 1]
    assert text.endswith("# EOF\n")
    assert text.count("# TYPE") == len(HELP)
    first = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
    assert f'up{{job="plm",instance="app"}} 1 {first}\n' in text


def test_a_process_log_has_a_trace_for_each_ticket_and_an_event_for_each_row():
    root = ElementTree.fromstring("".join(xes_lines(log(), datetime(2026, 1, 5, tzinfo=UTC), 1.0)))
    traces = root.findall("trace")
    assert [[event.find("string").get("value") for event in trace.findall("event")] for trace in traces] == [
        ["opened"], ["opened", "started", "resolved"]]  # fmt: skip
    last = traces[1].findall("event")[-1]
    assert last.find("date").get("value") == "2026-01-05T00:04:00.000+00:00"
    assert {one.get("key"): one.get("value") for one in last.findall("string")} == {
        "concept:name": "resolved", "lifecycle:transition": "complete", "org:group": "desk"}  # fmt: skip


def test_a_simulated_log_keeps_every_ticket_row():
    result, _, simulated = ran_small()
    clock = result.scenario.clock
    root = ElementTree.fromstring("".join(xes_lines(simulated, clock.start_utc, clock.tick)))
    assert len(root.findall("trace/event")) == int((simulated.event <= 15).sum())


WHOLE = {"function": "whole", "variant": "service_hours"}


def test_a_gap_is_measured_less_stated_and_every_figure_says_where_it_is_stated():
    result = by_hand([(cell("availability", "1", "mean", **WHOLE), [(0.999, 1), (0.9992, 1), (0.9988, 1)])])
    available, satisfied = gaps(result, "appliance")
    assert available.row is not None
    assert available.row.estimate == pytest.approx(0.001)
    assert (available.is_clear, available.is_better) == (True, True)
    assert satisfied.measured is None
    longest = by_hand([(cell("longest_outage", "min", "mean", function="whole"), [(300, 1), (310, 1), (305, 1)])])
    assert (gaps(longest, "auto-parts")[0].is_clear, gaps(longest, "auto-parts")[0].is_better) == (True, False)
    assert all("section" in mark.source for one in REFERENCES.values() for mark in one.marks)
    with pytest.raises(ValueError, match="give one of appliance"):
        gaps(result, "siemens")


def call(monkeypatch: Any, capsys: Any, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["twin", *words])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


def test_export_and_gap_read_a_run_folder(monkeypatch, capsys, tmp_path):
    scenario = tmp_path / "small.yaml"
    scenario.write_text(json.dumps(small()))
    run = str(tmp_path / "run")
    call(monkeypatch, capsys, "run", str(scenario), "--reps", "2", "--workers", "1", "--out", run, "-q")
    code, out, _ = call(monkeypatch, capsys, "export", run, "--as", "xes", "--json")
    assert code == 0
    assert json.loads(out)["bytes"] == len((tmp_path / "run" / "log.xes").read_text())
    assert call(monkeypatch, capsys, "export", run, "--as", "openmetrics", "--every", "6 h")[0] == 0
    assert (tmp_path / "run" / "metrics.txt").read_text().endswith("# EOF\n")
    code, out, _ = call(monkeypatch, capsys, "gap", run, "--to", "go-live", "--json")
    assert [one["figure"] for one in json.loads(out)["gaps"]] == [0.999, 0.95]
    code, out, said = call(monkeypatch, capsys, "export", run, "--as", "xes", "--every", "0 s")
    assert (code, out) == (2, "")
    assert "samples need time between them" in said
    assert "Reference" in call(monkeypatch, capsys, "gap", run)[1]
