"""Reading incident exports: literal logs from hand-written files, and refusals that name the row."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from twin.calibrate.readers import ReadError, load_column_map, read_incidents
from twin.eventlog.schema import EVENT_NAMES
from twin.spec.problems import ScenarioError

HEADER = "number,incident_state,priority,opened_at,sys_updated_at,assignment_group,assigned_to,resolved_at,closed_at"



def export(tmp_path: Path, *rows: str, header: str = HEADER, name: str = "export.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def history(record) -> list[tuple]:
    """Rows as (minute, event, ticket, place name, value)."""
    log = record.log
    return [
        (at, EVENT_NAMES[event], log.ticket_names[who], log.names.queues[place], value)
        for at, event, who, place, value in zip(*(column.tolist() for column in log.columns().values()), strict=True)
    ]


WHOLE_LIFE = (
    "INC1,New,3 - Moderate,2016-02-29 01:00:00,2016-02-29 01:10:00,Desk,,2016-02-29 05:00:00,2016-03-01 00:30:00",
    "INC1,Active,3 - Moderate,2016-02-29 01:00:00,2016-02-29 02:00:00,Desk,Ann,2016-02-29 05:00:00,2016-03-01 00:30:00",
    "INC1,Active,3 - Moderate,2016-02-29 01:00:00,2016-02-29 02:30:00,Network,,2016-02-29 05:00:00,2016-03-01 00:30:00",
    "INC1,Active,3 - Moderate,2016-02-29 01:00:00,2016-02-29 03:00:00,Network,Bob,2016-02-29 05:00:00,",
    "INC1,Awaiting User Info,3 - Moderate,2016-02-29 01:00:00,2016-02-29 03:20:00,Network,Bob,2016-02-29 05:00:00,",
    "INC1,Active,3 - Moderate,2016-02-29 01:00:00,2016-02-29 04:00:00,Network,Bob,2016-02-29 05:00:00,",
    "INC1,Resolved,3 - Moderate,2016-02-29 01:00:00,2016-02-29 04:30:00,Network,Bob,2016-02-29 05:00:00,",
    "INC1,Resolved,3 - Moderate,2016-02-29 01:00:00,2016-02-29 05:00:00,Network,Bob,2016-02-29 05:00:00,",
    "INC1,Closed,3 - Moderate,2016-02-29 01:00:00,2016-03-01 00:30:00,Network,Bob,,2016-03-01 00:30:00",
)


def test_a_ticket_s_whole_life(tmp_path):
    record = read_incidents(export(tmp_path, *WHOLE_LIFE), tick="1 min")
    assert history(record) == [
        (60, "opened", "INC1", "Desk", 2),
        (120, "started", "INC1", "Desk", 0),
        (150, "reassigned", "INC1", "Network", 0),
        (180, "started", "INC1", "Network", 0),
        (200, "waits_customer", "INC1", "Network", 0),
        (240, "returned", "INC1", "Network", 0),
        (240, "started", "INC1", "Network", 0),
        (300, "resolved", "INC1", "Network", 0),
    ]
    assert record.log.end_ticks == 2 * 1440
    assert record.start.isoformat() == "2016-02-29T00:00:00+00:00"
    assert record.report.seen_heads == {"Desk": 1, "Network": 1}
    assert record.report.pending_ratio == pytest.approx(40 / 240)
    assert (record.report.rows, record.report.cases, record.report.bad) == (9, 1, ())


def test_a_move_to_a_higher_line_is_an_escalation(tmp_path):
    (tmp_path / "map.yaml").write_text("levels: {Desk: 1, Network: 2}\n")
    record = read_incidents(export(tmp_path, *WHOLE_LIFE), tmp_path / "map.yaml", tick="1 min")
    assert [row[1] for row in history(record)][2] == "escalated"


def test_reopened_and_still_open_tickets_in_order_of_opening(tmp_path):
    record = read_incidents(
        export(
            tmp_path,
            "B,Resolved,1 - Critical,2016-02-29 00:02:00,2016-02-29 00:05:00,Desk,Ann,,",
            "B,Active,1 - Critical,2016-02-29 00:02:00,2016-02-29 00:09:00,Desk,Ann,,",
            "A,New,2 - High,2016-02-29 00:01:00,2016-02-29 00:01:00,,,,",
            "A,Awaiting Vendor,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,,",
        ),
        tick="1 min",
    )
    assert history(record) == [
        (1, "opened", "A", "(no group)", 1),
        (2, "opened", "B", "Desk", 0),
        (3, "reassigned", "A", "Desk", 0),
        (3, "started", "A", "Desk", 0),
        (3, "waits_vendor", "A", "Desk", 0),
        (5, "started", "B", "Desk", 0),
        (5, "resolved", "B", "Desk", 0),
        (9, "reopened", "B", "Desk", 0),
        (9, "started", "B", "Desk", 0),
    ]
    assert any("begun at the moment of resolution" in text for text in record.report.assumed)


def test_closed_without_a_resolved_time_is_resolved_at_its_last_resolved_row_and_says_so(tmp_path):
    record = read_incidents(
        export(
            tmp_path,
            "A,Resolved,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,Ann,,",
            "A,Closed,2 - High,2016-02-29 00:01:00,2016-02-29 02:00:00,Desk,Ann,,2016-02-29 02:00:00",
        ),
        tick="1 min",
    )
    assert history(record)[-1] == (3, "resolved", "A", "Desk", 0)
    assert any("1 tickets are closed without a resolved time (100.0%" in text for text in record.report.assumed)


def test_both_styles_of_time_give_the_same_log(tmp_path):
    slashed = "A,Resolved,2 - High,29/2/2016 01:16,29/2/2016 02:16,Desk,Ann,?,?"
    dashed = "A,Resolved,2 - High,2016-02-29 01:16:00,2016-02-29 02:16:00,Desk,Ann,,"
    left = read_incidents(export(tmp_path, slashed, name="left.csv"))
    right = read_incidents(export(tmp_path, dashed, name="right.csv"))
    assert left.log.digest() == right.log.digest()
    assert left.log.at.tolist() == [4560, 8160, 8160]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_compressed_files_give_the_same_log(tmp_path, compress):
    plain = export(tmp_path, *WHOLE_LIFE)
    other = tmp_path / "other"
    other.write_bytes(compress(plain.read_bytes()))
    assert read_incidents(other).log.digest() == read_incidents(plain).log.digest()


def test_ticks_are_real_time_over_a_clock_change(tmp_path):
    (tmp_path / "map.yaml").write_text("time_zone: Europe/Berlin\n")
    row = "A,Resolved,2 - High,2016-03-27 01:30:00,2016-03-27 03:30:00,Desk,Ann,,"
    record = read_incidents(export(tmp_path, row), tmp_path / "map.yaml", tick="1 min")
    assert record.log.at.tolist() == [90, 150, 150]
    assert record.log.end_ticks == 23 * 60


def test_people_are_kept_only_as_keyed_hashes_and_only_if_asked_for(tmp_path):
    path = export(tmp_path, *WHOLE_LIFE)
    assert read_incidents(path).resolvers == ()
    (first,) = read_incidents(path, hash_key="secret").resolvers
    (second,) = read_incidents(path, hash_key="other").resolvers
    assert len(first) == 16
    assert first != second
    assert "Bob" not in repr(read_incidents(path, hash_key="secret"))


GOOD = "G,Resolved,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,Ann,,"
BAD_ROWS = {
    "soon": ("A,New,2 - High,soon,2016-02-29 00:03:00,Desk,,,", 'opened_at "soon" is no time'),
    "thirtieth": ("A,New,2 - High,2016-02-30 00:00:00,2016-03-01 00:03:00,Desk,,,", 'opened_at "2016-02-30 '),
    "no case": (",New,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,,", "no number"),
    "no time": ("A,New,2 - High,2016-02-29 00:01:00,,Desk,,,", "no sys_updated_at"),
    "state": ("A,Actve,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,,", 'did you mean "Active"'),
    "priority": ("A,New,2 - Hihg,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,,", 'did you mean "2 - High"'),
    "no priority": ("A,New,,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,,", "has a priority"),
    "resolved before opened": (
        "A,Resolved,2 - High,2016-02-29 00:02:00,2016-02-29 00:03:00,Desk,,2016-02-29 00:01:00,",
        'resolved_at "2016-02-29 00:01:00" is before opened_at "2016-02-29 00:02:00"',
    ),
    "closed before resolved": (
        "A,Closed,2 - High,2016-02-29 00:01:00,2016-02-29 00:08:00,Desk,,2016-02-29 00:07:00,2016-02-29 00:06:00",
        'closed_at "2016-02-29 00:06:00" is before resolved_at',
    ),
    "updated before opened": (
        "A,New,2 - High,2016-02-29 00:04:00,2016-02-29 00:03:00,Desk,,,",
        'sys_updated_at "2016-02-29 00:03:00" is before opened_at',
    ),
    "in the future": (
        "A,Resolved,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,2016-03-05 00:00:00,",
        "is after the export",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_row_that_makes_no_sense_is_named(tmp_path, row, reason):
    path = export(tmp_path, GOOD, row)
    if "2016-03-01" in row:
        path = export(tmp_path, GOOD.replace("02-29 00:03", "03-01 00:03"), row)
    with pytest.raises(ReadError) as error:
        read_incidents(path)
    assert str(error.value).startswith(f"{path}:3: ")
    assert reason in str(error.value)
    assert "1 of 2 rows make no sense" in str(error.value)
    assert "\n" not in str(error.value)
    record = read_incidents(path, most_bad_ratio=0.5)
    assert [bad.row for bad in record.report.bad] == [3]
    assert record.log.ticket_names == ("G",)
    assert record.report.rows == 2


def test_a_state_that_goes_back_to_new_is_named(tmp_path):
    path = export(
        tmp_path,
        "A,Active,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,Ann,,",
        "A,New,2 - High,2016-02-29 00:01:00,2016-02-29 00:05:00,Desk,Ann,,",
    )
    with pytest.raises(ReadError, match=r'export.csv:3: A: state "New" at .* after work on it had begun'):
        read_incidents(path)


def test_time_and_count_of_updates_that_contradict_each_other_are_named(tmp_path):
    path = export(
        tmp_path,
        "A,New,2 - High,2016-02-29 00:01:00,2016-02-29 00:05:00,Desk,,,,0",
        "A,New,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,,,1",
        header=f"{HEADER},sys_mod_count",
    )
    with pytest.raises(ReadError, match=r"export.csv:2: A: update 0 at .*00:05:00. comes after update 1 at"):
        read_incidents(path)


def test_an_opening_that_changes_is_named(tmp_path):
    path = export(
        tmp_path,
        "A,New,2 - High,2016-02-29 00:01:00,2016-02-29 00:03:00,Desk,,,",
        "A,New,2 - High,2016-02-29 00:02:00,2016-02-29 00:05:00,Desk,,,",
    )
    with pytest.raises(ReadError, match=r"export.csv:3: A: opened at .* other rows"):
        read_incidents(path)


def test_a_missing_column_is_named_with_the_nearest(tmp_path):
    path = export(tmp_path, GOOD, header=HEADER.replace("incident_state", "incident_stat"))
    with pytest.raises(ReadError, match=r'export.csv:1: no column "incident_state" .*did you mean "incident_stat"'):
        read_incidents(path)


WRONG_FILES = {
    "empty": (b"", "is empty"),
    "header only": (HEADER.encode(), "has a header but no rows"),
    "too many cells": (f"{HEADER}\n{GOOD}\n{GOOD},x,y\n".encode(), "export.csv:3: has 11 cells where the header has 9"),
    "not text": (HEADER.encode() + b"\n\xff\xfe\n", "export.csv:2: is no utf-8 text"),
    "cut short": (gzip.compress(b"x" * 1000)[:-10], "can't be read"),
    "all bad": (f"{HEADER}\nA,Gone,2 - High,x,y,,,,\n".encode(), "no row makes sense"),
}


@pytest.mark.parametrize(("content", "reason"), WRONG_FILES.values(), ids=WRONG_FILES.keys())
def test_a_file_that_is_no_export_is_refused_in_one_line(tmp_path, content, reason):
    (tmp_path / "export.csv").write_bytes(content)
    with pytest.raises(ReadError) as error:
        read_incidents(tmp_path / "export.csv", most_bad_ratio=1.0)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_no_such_file_is_refused(tmp_path):
    with pytest.raises(ReadError, match="no such file"):
        read_incidents(tmp_path / "export.csv")


def test_a_map_keeps_what_it_does_not_write_and_tells_what_it_writes_wrongly(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("states: {Offen: new, Fertig: resolved}\n")
    assert load_column_map(path).columns.case == "number"
    assert load_column_map(path).states == {"Offen": "new", "Fertig": "resolved"}
    path.write_text("states: {Offen: open}\ntime_zon: UTC\n")
    with pytest.raises(ScenarioError) as error:
        load_column_map(path)
    assert {problem.line for problem in error.value.problems} == {1, 2}
    path.write_text("- a list\n")
    with pytest.raises(ScenarioError, match="is no column map"):
        load_column_map(path)


def test_what_the_reading_assumed_is_told(tmp_path):
    told = read_incidents(export(tmp_path, GOOD)).report.assumed
    assert "what was known at 2016-03-01 00:00: later stamps are blank, open tickets are censored" in told
    assert "no ticket from before 2016-02-29 is in the file: the backlog of the first day is unknown" in told
    assert 'the file has no column "sys_mod_count": order not checked by it' in told


def test_empty_lines_at_the_end_are_no_rows(tmp_path):
    path = export(tmp_path, GOOD, "", "")
    assert read_incidents(path).report.rows == 1
