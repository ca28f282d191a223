"""Durations, rates and ticks."""

import contextlib
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twin.units import UnitError, format_duration, parse_duration, parse_rate, to_ticks


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30 min", 1800),
        ("4 h", 14_400),
        ("1.5 d", 129_600),
        ("2 weeks", 1_209_600),
        ("90 s", 90),
        ("1 y", 31_536_000),
        ("250 ms", 0.25),
        ("1 second", 1),
        ("2 seconds", 2),
        ("3 sec", 3),
        ("1 minute", 60),
        ("5 minutes", 300),
        ("1 hour", 3600),
        ("12 hours", 43_200),
        ("1 day", 86_400),
        ("1 w", 604_800),
        ("3 years", 94_608_000),
        ("1e3 s", 1000),
        (" .5H ", 1800),
        ("1 h 30 min", 5400),
        ("1h30min", 5400),
        (0, 0),
        ("0", 0),
        ("1000 y", 31_536_000_000),
    ],
)
def test_duration_is_read_in_seconds(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("value", [30, 30.0, "30", True, False, None, [], {}, "nan", "inf", math.nan, math.inf])
def test_number_without_unit_is_told_to_take_one(value: object) -> None:
    with pytest.raises(UnitError, match=r'write a unit, e\.g\. "30 min"'):
        parse_duration(value)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("-4 h", "from 0 up"),
        ("1 h -5 min", "from 0 up"),
        ("1e999 h", "from 0 up"),
        ("nan h", "write a number and a unit"),
        ("1001 y", "longer than 1000 years"),
        ("5 minuets", 'did you mean "min"\\? Known'),
        ("5 m", 'did you mean "min"'),
        ("2 dayz", 'did you mean "d"\\? Known'),
        ("5 kg", 'unknown unit \'kg\': Known: ms, s, min'),
        ("1 fortnight", 'unknown unit \'fortnight\': Known'),
        ("1 month", "no fixed length; write days"),
        ("", "write a number and a unit"),
        ("soon", "write a number and a unit"),
        ("4 h and more", "write a number and a unit"),
    ],
)
def test_unreadable_duration_tells_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(UnitError, match=remedy):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "per_s"),
    [
        ("40 / day", 40 / 86_400),
        ("40/d", 40 / 86_400),
        ("22000 per year", 22_000 / 31_536_000),
        ("0.5 / h", 0.5 / 3600),
        ("1 / 30 min", 1 / 1800),
        ("0 / h", 0),
        (0, 0),
    ],
)
def test_rate_is_read_per_second(text: object, per_s: float) -> None:
    assert parse_rate(text) == pytest.approx(per_s, rel=1e-15)


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (40, 'e.g. "40 / day"'),
        ("40", 'e.g. "40 / day"'),
        ("40 day", 'e.g. "40 / day"'),
        (True, 'e.g. "40 / day"'),
        (math.nan, 'e.g. "40 / day"'),
        ("nan / h", 'e.g. "40 / day"'),
        ("-1 / h", "from 0 up"),
        ("1 / 0 h", "longer period"),
        ("1e300 / ms", "lower rate"),
        ("1e999 / h", "from 0 up"),
        ("4 / fortnight", "unknown unit"),
        ("4 / -2 h", "from 0 up"),
        ("4 / month", "no fixed length"),
    ],
)
def test_unreadable_rate_tells_the_remedy(value: object, remedy: str) -> None:
    with pytest.raises(UnitError, match=remedy):
        parse_rate(value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5400, "1 h 30 min"),
        (172_800, "2 d"),
        (45, "45 s"),
        (1.5, "1.5 s"),
        (0.25, "250 ms"),
        (0, "0 s"),
        (59.9999999, "1 min"),
        (31_536_000, "1 y"),
        (90_061.2, "1 d 1 h 1 min 1 s"),
        (-60, "-1 min"),
    ],
)
def test_duration_is_written_for_people(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_endless_duration_is_not_written() -> None:
    with pytest.raises(UnitError, match="finite"):
        format_duration(math.inf)


@given(st.integers(min_value=0, max_value=31_536_000_000))
def test_written_duration_is_read_back(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.text(max_size=30))
@example("0\x1f")
def test_any_text_is_read_or_refused_by_unit_error(text: str) -> None:
    for parse in (parse_duration, parse_rate):
        with contextlib.suppress(UnitError):
            assert 0 <= parse(text) < math.inf


@pytest.mark.parametrize(
    ("seconds", "tick_s", "ticks"),
    [(0.5, 1.0, 1), (0.49999999999999994, 1.0, 0), (-0.5, 1.0, 0), (90, 60.0, 2), (0.25, 1e-6, 250_000), (7, 1.0, 7)],
)
def test_nearest_tick_rounds_halves_up(seconds: float, tick_s: float, ticks: int) -> None:
    assert to_ticks(seconds, tick_s) == ticks


@given(st.integers(min_value=-(10**12), max_value=10**12), st.sampled_from([1.0, 60.0, 0.001, 1e-6]))
def test_ticks_survive_the_trip_through_seconds(ticks: int, tick_s: float) -> None:
    assert to_ticks(ticks * tick_s, tick_s) == ticks


@pytest.mark.parametrize("tick_s", [0.0, -1.0, math.nan, math.inf])
def test_impossible_tick_is_refused(tick_s: float) -> None:
    with pytest.raises(UnitError, match="positive"):
        to_ticks(1.0, tick_s)


@pytest.mark.parametrize("seconds", [math.nan, math.inf])
def test_instant_without_a_tick_is_refused(seconds: float) -> None:
    with pytest.raises(UnitError, match="finite"):
        to_ticks(seconds)
