"""Business calendars, business time, holidays, change windows and the hour of the week."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.calendar import (
    ALWAYS,
    ALWAYS_OPEN,
    NEVER,
    BusinessCalendar,
    Timeline,
    Window,
    due_at,
    elapsed,
    holidays_of,
    hour_of_week,
    is_always,
    occurrences,
    spans,
    step_function,
    timeline_of,
    workdays_of,
)

WORKDAYS, ALL_DAYS = frozenset(range(5)), frozenset(range(7))
HOUR, DAY = 3600, 86_400
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
OFFICE = BusinessCalendar("UTC", (Window(WORKDAYS, 540, 1020),))


def naive_spans(calendar: BusinessCalendar, start: datetime, ticks_end: int) -> list[tuple[int, int]]:
    """The same spans, day by day and edge by edge with the standard library."""
    tz, edges = ZoneInfo(calendar.time_zone), []
    for ahead in range(-3, ticks_end // DAY + 4):
        midnight = datetime.combine(start.astimezone(tz).date() + timedelta(days=ahead), datetime.min.time())
        makes_up = midnight.date() in calendar.workdays
        if midnight.date() in calendar.holidays and not makes_up:
            continue
        for window in calendar.windows:
            if (0 if makes_up else midnight.weekday()) in window.days:
                closing = window.close_min + (1440 if window.close_min <= window.open_min else 0)
                local = (midnight + timedelta(minutes=m) for m in (window.open_min, closing))
                edges.append(tuple(int(at.replace(tzinfo=tz).timestamp() - start.timestamp()) for at in local))
    merged: list[tuple[int, int]] = []
    for opens, closes in sorted((max(a, 0), min(b, ticks_end)) for a, b in edges if max(a, 0) < min(b, ticks_end)):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(closes, merged[-1][1]))
        else:
            merged.append((opens, closes))
    return merged


windows = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from([0, 60, 120, 150, 180, 540, 1320, 1439]),
    st.sampled_from([0, 60, 120, 150, 180, 540, 1320, 1440]),
)
march_days = st.frozensets(st.dates(date(2026, 3, 20), date(2026, 4, 5)), max_size=3)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Singapore", "Australia/Lord_Howe"])
calendars = st.builds(BusinessCalendar, zones, st.lists(windows, max_size=3).map(tuple), march_days, march_days)


@given(calendars, st.sampled_from([datetime(2026, 3, 24, 7, tzinfo=UTC), datetime(2026, 10, 20, 23, tzinfo=UTC)]))
def test_spans_equal_those_built_day_by_day(calendar: BusinessCalendar, start: datetime) -> None:
    expected = np.array(naive_spans(calendar, start, 15 * DAY), np.int64).reshape(-1, 2)
    np.testing.assert_array_equal(spans(calendar, start, 15 * DAY), expected)


def test_office_week_opens_five_times() -> None:
    expected = [[day * DAY + 9 * HOUR, day * DAY + 17 * HOUR] for day in range(5)]
    assert spans(OFFICE, MONDAY, 7 * DAY).tolist() == expected


def test_spans_are_cut_at_start_and_horizon() -> None:
    assert spans(OFFICE, MONDAY + timedelta(hours=10), 2 * HOUR).tolist() == [[0, 2 * HOUR]]


def test_spans_of_no_time_are_none() -> None:
    assert spans(OFFICE, MONDAY, 0).shape == (0, 2)
    assert spans(BusinessCalendar("UTC", ()), MONDAY, DAY).shape == (0, 2)


def test_night_window_wraps_past_midnight_and_belongs_to_its_opening_day() -> None:
    nights = BusinessCalendar("UTC", (Window(frozenset({4}), 22 * 60, 6 * 60),))
    assert spans(nights, MONDAY, 7 * DAY).tolist() == [[4 * DAY + 22 * HOUR, 5 * DAY + 6 * HOUR]]
    closed = BusinessCalendar("UTC", nights.windows, holidays=frozenset({date(2026, 1, 9)}))
    assert len(spans(closed, MONDAY, 7 * DAY)) == 0


def test_night_that_began_before_the_start_is_still_open() -> None:
    nights = BusinessCalendar("UTC", (Window(ALL_DAYS, 22 * 60, 6 * 60),))
    assert spans(nights, MONDAY, 12 * HOUR).tolist() == [[0, 6 * HOUR]]


def test_holiday_closes_and_makeup_day_follows_monday() -> None:
    windows = (Window(frozenset({0}), 480, 720), Window(frozenset({1, 5}), 540, 1020))
    saturday, tuesday = date(2026, 1, 10), date(2026, 1, 6)
    calendar = BusinessCalendar("UTC", windows, frozenset({tuesday, saturday}), frozenset({saturday}))
    assert spans(calendar, MONDAY, 7 * DAY).tolist() == [
        [8 * HOUR, 12 * HOUR],
        [5 * DAY + 8 * HOUR, 5 * DAY + 12 * HOUR],
    ]


@pytest.mark.parametrize(("monday", "hours"), [((2026, 3, 23), 167), ((2026, 10, 19), 169), ((2026, 6, 1), 168)])
def test_local_week_has_its_length_across_clock_changes(monday: tuple[int, int, int], hours: int) -> None:
    start = datetime(*monday, tzinfo=BERLIN)
    week = frozenset(start.date() + timedelta(days=k) for k in range(-7, 14)) - frozenset(
        start.date() + timedelta(days=k) for k in range(7)
    )
    calendar = BusinessCalendar("Europe/Berlin", (Window(ALL_DAYS, 0, 1440),), holidays=week)
    assert spans(calendar, start.astimezone(UTC), 10 * DAY).tolist() == [[0, hours * HOUR]]


@pytest.mark.parametrize(
    ("opens", "closes", "day", "utc"),
    [
        (120, 180, (2026, 3, 29), []),
        (60, 180, (2026, 3, 29), [["00:00", "01:00"]]),
        (150, 240, (2026, 3, 29), [["01:30", "02:00"]]),
        (150, 195, (2026, 3, 29), []),
        (60, 180, (2026, 10, 25), [["23:00", "02:00"]]),
        (120, 150, (2026, 10, 25), [["00:00", "00:30"]]),
    ],
)
def test_skipped_and_repeated_hours_follow_rfc_5545(
    opens: int, closes: int, day: tuple[int, int, int], utc: list[list[str]]
) -> None:
    calendar = BusinessCalendar("Europe/Berlin", (Window(frozenset({6}), opens, closes),))
    start = datetime(*day, tzinfo=UTC) - timedelta(hours=2)
    found = spans(calendar, start, DAY)
    assert [[f"{start + timedelta(seconds=int(t)):%H:%M}" for t in span] for span in found] == utc


def test_union_merges_sites_that_overlap_or_touch() -> None:
    early, late = (BusinessCalendar("UTC", (Window(WORKDAYS, a, b),)) for a, b in ((480, 720), (720, 960)))
    both = BusinessCalendar("UTC", (Window(frozenset({0}), 600, 1020),), union=(early, late))
    assert spans(both, MONDAY, 2 * DAY).tolist() == [[8 * HOUR, 17 * HOUR], [DAY + 8 * HOUR, DAY + 16 * HOUR]]


def test_coarse_ticks_round_edges_to_the_nearest() -> None:
    calendar = BusinessCalendar("UTC", (Window(ALL_DAYS, 29, 90),))
    assert spans(calendar, MONDAY, 24, tick_s=3600).tolist() == [[0, 2]]
    assert spans(calendar, MONDAY, 10**7, tick_s=0.001).tolist() == [[1_740_000, 5_400_000]]


def test_calendar_that_never_closes_is_one_span() -> None:
    berlin = BusinessCalendar("Europe/Berlin", (Window(ALL_DAYS, 540, 540),))
    assert is_always(ALWAYS)
    assert is_always(berlin)
    assert is_always(BusinessCalendar("UTC", (), union=(OFFICE, ALWAYS)))
    assert not is_always(OFFICE)
    assert not is_always(BusinessCalendar("UTC", ALWAYS.windows, holidays=frozenset({date(2026, 1, 1)})))
    assert spans(berlin, MONDAY, 99).tolist() == [[0, 99]]
    assert timeline_of(berlin, MONDAY, 99) is ALWAYS_OPEN
    assert timeline_of(OFFICE, MONDAY, 7 * DAY).open_before[-1] == 40 * HOUR


@pytest.mark.parametrize(
    ("build", "remedy"),
    [
        (lambda: Window(frozenset({7}), 0, 60), "0 .Monday. to 6"),
        (lambda: Window(WORKDAYS, 1440, 60), "from 00:00 to 24:00"),
        (lambda: Window(WORKDAYS, 0, 1441), "from 00:00 to 24:00"),
        (lambda: BusinessCalendar("Europe/Berlim", ()), 'did you mean "Europe/Berlin"'),
        (lambda: BusinessCalendar("Europe", ()), "did you mean"),
        (lambda: BusinessCalendar("../etc/passwd", ()), "unknown time zone"),
        (lambda: BusinessCalendar("", ()), "unknown time zone"),
        (lambda: spans(OFFICE, datetime(2026, 1, 5), DAY), "no UTC offset"),
        (lambda: spans(OFFICE, MONDAY, DAY, tick_s=1e-9), "a tick of 1e-09 s is impossible"),
        (lambda: spans(OFFICE, MONDAY, 10**12), "years 2 to 9998"),
        (lambda: Timeline(np.array([[0, 5], [5, 9]])), "sorted and disjoint"),
        (lambda: Timeline(np.array([[3, 3]])), "non-empty"),
        (lambda: ALWAYS_OPEN.advance(0, -1), "negative"),
        (lambda: due_at(ALWAYS_OPEN, 0, -1), "negative"),
        (lambda: hour_of_week([0], MONDAY, "UTC", slices_per_week=0), "at least 1"),
    ],
)
def test_impossible_calendar_tells_the_remedy(build: object, remedy: str) -> None:
    assert callable(build)
    with pytest.raises(ValueError, match=remedy):
        build()


span_arrays = st.lists(st.integers(0, 60), unique=True, max_size=12).map(
    lambda edges: np.array(sorted(edges)[: len(edges) // 2 * 2], np.int64).reshape(-1, 2)
)
pause_lists = st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70)), max_size=4)


def open_set(intervals: np.ndarray) -> set[int]:
    return {t for a, b in intervals.tolist() for t in range(a, b)}


@given(span_arrays, st.integers(-5, 70), st.integers(-5, 70))
def test_open_ticks_counts_the_open_ones(intervals: np.ndarray, a: int, b: int) -> None:
    timeline = Timeline(intervals)
    assert timeline.open_ticks(a, b) == timeline.open_between(a, b) == len(open_set(intervals) & set(range(a, b)))
    assert bool(timeline.is_open(a)) == (a in open_set(intervals))


@given(span_arrays, st.integers(-5, 70), st.integers(0, 40))
def test_advance_is_the_first_tick_and_undoes_open_ticks(intervals: np.ndarray, a: int, amount: int) -> None:
    timeline = Timeline(intervals)
    due = int(timeline.advance(a, amount))
    passed = [t for t in range(a, 80) if len(open_set(intervals) & set(range(a, t))) == amount]
    assert due == timeline.advance_one(a, amount) == (passed[0] if passed else NEVER)
    assert due == NEVER or timeline.open_ticks(a, due) == amount


@given(span_arrays, st.lists(st.integers(-5, 70), min_size=3, max_size=3).map(sorted))
def test_open_ticks_add_up(intervals: np.ndarray, at: list[int]) -> None:
    timeline, (a, b, c) = Timeline(intervals), at
    assert timeline.open_ticks(a, b) + timeline.open_ticks(b, c) == timeline.open_ticks(a, c)


@given(span_arrays, st.integers(0, 60), st.integers(0, 70), pause_lists)
def test_elapsed_leaves_the_pauses_out(intervals: np.ndarray, a: int, b: int, pauses: list[tuple[int, int]]) -> None:
    held = {t for begin, end in pauses for t in range(begin, end)}
    assert elapsed(Timeline(intervals), a, b, pauses) == len((open_set(intervals) - held) & set(range(a, b)))


@given(span_arrays, st.integers(0, 60), st.integers(0, 30), pause_lists)
def test_due_is_the_first_tick_after_the_unpaused_time(
    intervals: np.ndarray, opened: int, amount: int, pauses: list[tuple[int, int]]
) -> None:
    counted = open_set(intervals) - {t for begin, end in pauses for t in range(begin, end)}
    passed = [t for t in range(opened, 80) if len(counted & set(range(opened, t))) == amount]
    assert due_at(Timeline(intervals), opened, amount, pauses) == (passed[0] if passed else NEVER)


def test_business_time_is_the_same_for_arrays_and_single_ticks() -> None:
    timeline = Timeline(spans(OFFICE, MONDAY, 60 * DAY))
    a = np.arange(0, 20 * DAY, 7001)
    due = timeline.advance(a, 9 * HOUR)
    assert due.tolist() == [timeline.advance_one(t, 9 * HOUR) for t in a.tolist()]
    assert set(timeline.open_ticks(a, due).tolist()) == {9 * HOUR}


def test_time_that_runs_out_at_closing_is_due_at_closing() -> None:
    timeline = Timeline(spans(OFFICE, MONDAY, 7 * DAY))
    assert timeline.advance(9 * HOUR, 8 * HOUR) == 17 * HOUR
    assert timeline.advance(9 * HOUR, 8 * HOUR + 1) == DAY + 9 * HOUR + 1


def test_clock_paused_without_end_is_never_due() -> None:
    assert due_at(ALWAYS_OPEN, 10, 5, [(12, NEVER)]) == NEVER
    assert due_at(ALWAYS_OPEN, 10, 2, [(12, NEVER)]) == 12
    assert elapsed(ALWAYS_OPEN, 10, 20, [(12, NEVER)]) == 2
    assert ALWAYS_OPEN.advance(NEVER, NEVER) == NEVER


def test_steps_sum_shifts_and_keep_real_changes_only() -> None:
    day, relief, late = (np.array([span], np.int64) for span in ([0, 8], [8, 16], [6, 10]))
    at, heads = step_function([(day, 3), (relief, 3), (late, 2)])
    assert (at.tolist(), heads.tolist()) == ([0, 6, 10, 16], [3, 5, 3, 0])


def test_steps_begin_at_tick_0_even_with_nobody() -> None:
    at, heads = step_function([(np.array([[5, 9]], np.int64), 1)])
    assert (at.tolist(), heads.tolist()) == ([0, 5, 9], [0, 1, 0])
    assert [one.tolist() for one in step_function([])] == [[0], [0]]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
@pytest.mark.parametrize("slices", [168, 7, 2016])
def test_hour_of_week_is_that_of_the_wall_clock(zone: str, slices: int) -> None:
    start, ticks = datetime(2026, 3, 1, tzinfo=UTC), np.arange(0, 260 * DAY, 4999)

    def by_clock(tick: int) -> int:
        local = (start + timedelta(seconds=tick)).astimezone(ZoneInfo(zone))
        second = local.weekday() * DAY + local.hour * HOUR + local.minute * 60 + local.second
        return second * slices // (7 * DAY)

    assert hour_of_week(ticks, start, zone, slices_per_week=slices).tolist() == [by_clock(t) for t in ticks.tolist()]


def test_hour_of_week_keeps_the_shape_and_skips_the_lost_hour() -> None:
    sunday = datetime(2026, 3, 29, tzinfo=BERLIN)
    assert hour_of_week([[0, 1], [2, 3]], sunday, "Europe/Berlin", 3600).tolist() == [[144, 145], [147, 148]]
    assert hour_of_week(np.empty((0, 2), np.int64), sunday, "Europe/Berlin").shape == (0, 2)


def test_monthly_patch_keeps_its_wall_clock_time() -> None:
    start = datetime(2026, 1, 1, tzinfo=BERLIN)
    ticks = occurrences("FREQ=MONTHLY;BYDAY=2SA;BYHOUR=22", None, start, 365 * DAY, time_zone="Europe/Berlin")
    local = [(start.astimezone(UTC) + timedelta(seconds=t)).astimezone(BERLIN) for t in ticks.tolist()]
    assert len(local) == 12
    assert {(at.weekday(), at.hour, (at.day - 1) // 7) for at in local} == {(5, 22, 1)}


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        ("FREQ=DAILY;COUNT=3", [2, 26, 50]),
        ("RRULE:FREQ=DAILY;UNTIL=20260107T020000Z", [2, 26, 50]),
        ("freq=daily;until=20260106", [2]),
        ("FREQ=HOURLY;INTERVAL=30", [2, 32, 62]),
        ("FREQ=YEARLY", [2]),
        (None, [2]),
    ],
)
def test_rule_counts_from_the_first_start(rule: str | None, hours: list[int]) -> None:
    found = occurrences(rule, datetime(2026, 1, 5, 2), MONDAY, 3 * DAY)
    assert found.tolist() == [hour * HOUR for hour in hours]


def test_single_change_is_read_in_its_zone_or_by_its_offset() -> None:
    night = datetime(2026, 1, 6, 2)
    assert occurrences(None, night, MONDAY, 7 * DAY, time_zone="Europe/Berlin").tolist() == [DAY + HOUR]
    aware = night.replace(tzinfo=UTC)
    assert occurrences(None, aware, MONDAY, 7 * DAY, time_zone="Europe/Berlin").tolist() == [DAY + 2 * HOUR]
    assert occurrences(None, night, MONDAY, DAY).tolist() == []
    assert occurrences(None, datetime(1990, 1, 1), MONDAY, DAY).tolist() == []


def test_changes_before_the_start_count_but_are_not_listed() -> None:
    found = occurrences("FREQ=DAILY;COUNT=10", datetime(2026, 1, 1, 12), MONDAY, 30 * DAY)
    assert found.tolist() == [day * DAY + 12 * HOUR for day in range(6)]


def test_change_in_a_skipped_hour_moves_on_by_the_gap() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    ticks = occurrences("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", None, start, 2 * DAY, time_zone="Europe/Berlin")
    local = [(start.astimezone(UTC) + timedelta(seconds=t)).astimezone(BERLIN) for t in ticks.tolist()]
    assert [f"{at:%d %H:%M}" for at in local] == ["29 03:30", "30 02:30"]


@pytest.mark.parametrize(
    ("rule", "remedy"),
    [
        ("", "must be one line with FREQ"),
        ("every monday", "must be one line with FREQ"),
        ("FREQ=SECONDLY", "must be one line with FREQ"),
        ("DTSTART:20260101\nRRULE:FREQ=DAILY", "must be one line with FREQ"),
        ("FREQ=DAILY;INTERVAL=0", "from 1 up"),
        ("FREQ=DAILY;INTERVAL=-1", "from 1 up"),
        ("FREQ=WEEKLY;BYDAY=XX", "write one like"),
        ("FREQ=DAILY;BYHOUR=25", "write one like"),
        ("FREQ=YEARLY;BYDAY=60MO", "write one like"),
        ("FREQ=DAILY;UNTIL=20269999T000000Z", "write one like"),
        ("FREQ=DAILY;COUNT=5;SPEED=3", "write one like"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never occurs"),
        ("FREQ=DAILY;COUNT=-1", "never occurs"),
        ("FREQ=HOURLY;BYMONTHDAY=31;BYMONTH=4;COUNT=3", "never occurs"),
        ("FREQ=HOURLY;BYSETPOS=5", "drop BYSETPOS"),
    ],
)
def test_unreadable_rule_tells_the_remedy(rule: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        occurrences(rule, datetime(2026, 1, 5), MONDAY, 7 * DAY)


def test_change_without_time_or_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="neither a time nor a rule"):
        occurrences(None, None, MONDAY, DAY)


def test_rule_that_occurs_too_often_is_refused() -> None:
    with pytest.raises(ValueError, match="over 100,000 times"):
        occurrences("FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50", datetime(2026, 1, 5), MONDAY, 800 * DAY)


def test_holidays_of_a_country_and_of_its_region() -> None:
    germany, bavaria = holidays_of("DE", [2026]), holidays_of("DE-BY", [2026])
    assert {date(2026, 1, 1), date(2026, 4, 3), date(2026, 12, 25)} <= germany
    assert date(2026, 1, 6) in bavaria - germany
    assert {day.year for day in holidays_of("CN", range(2024, 2026))} == {2024, 2025}


def test_china_works_some_weekends_for_its_bridge_days() -> None:
    makeup = workdays_of("CN", [2024])
    assert {date(2024, 2, 4), date(2024, 2, 18), date(2024, 10, 12)} <= makeup
    assert all(day.weekday() >= 5 and day.year == 2024 for day in makeup)
    assert workdays_of("DE", [2024]) == set()


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("DX", "unknown country 'DX', did you mean"),
        ("de", 'did you mean "DE"'),
        ("DE-XY", 'unknown region .* did you mean "DE-'),
        ("", "unknown country"),
    ],
)
def test_unknown_country_names_the_nearest(code: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        holidays_of(code, [2026])


def test_year_without_known_holidays_is_refused() -> None:
    with pytest.raises(ValueError, match="ask for years from"):
        holidays_of("CN", [1900, 2026])


def test_importing_calendars_leaves_heavy_packages_alone() -> None:
    code = "import sys, twin.calendar; print(sorted({'dateutil', 'holidays', 'pandas', 'scipy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
