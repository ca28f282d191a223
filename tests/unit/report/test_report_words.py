"""Numbers in words: digits, units, bounds."""

import math

import pytest

from twin.experiment.table import Row
from twin.report import words
from twin.report.words import NBSP


def row(unit: str, estimate: float, low: float = math.nan, high: float = math.nan, note: str = "") -> Row:
    return Row("m", {}, unit, estimate, low, high, 0.95, 40, note)


def plain(text: str) -> str:
    return text.replace(NBSP, " ")


@pytest.mark.parametrize(
    ("ratio", "half_width", "text"),
    [
        (0.999, 0.0, "99.9 %"),
        (0.95, 0.0, "95 %"),
        (1.0, 0.0, "100 %"),
        (0.0, 0.0, "0 %"),
        (0.99968, 0.00006, "99.968 %"),
        (0.913, 0.035, "91.3 %"),
        (0.9, 0.09, "90 %"),
        (0.99996, 0.01, "99.996 %"),
        (0.0002, 0.2, "0.02 %"),
        (math.nan, 0.0, "–"),
    ],
)
def test_percent_has_the_digits_its_interval_supports_and_never_rounds_to_all_or_nothing(ratio, half_width, text):
    assert plain(words.percent(ratio, half_width)) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0.5, "30 s"), (43.2, "43 min"), (0.0, "0 min"), (300.0, "5 h"), (4464.0, "3.1 d"), (89.0, "89 min")],
)
def test_length_is_in_the_unit_people_use(minutes, text):
    assert plain(words.length(minutes)) == text


def test_interval_takes_the_unit_of_the_estimate():
    assert plain(words.interval(row("min", 1350.0, 1311.0, 1389.0))) == "21.9 to 23.1 h"


def test_interval_is_cut_to_what_is_possible():
    assert plain(words.interval(row("1", 0.99, 0.96, 1.02))) == "96.0 to 100.0 %"
    assert plain(words.interval(row("tickets", 1.0, -1.0, 3.0))) == "0 to 3.0 tickets"


def test_one_sided_interval_says_so():
    assert plain(words.interval(row("1", 0.5, math.nan, 0.75))) == "up to 75 %"
    assert plain(words.interval(row("1", 0.5, 0.25, math.nan))) == "from 25 %"


def test_no_interval_is_empty_and_the_note_speaks_of_runs():
    silent = row("1", 1.0, 1.0, 1.0, "the same in every replication: the interval has no width")
    assert words.interval(silent) == words.interval(row("1", 1.0)) == ""
    assert words.note(silent) == "the same in every run: the interval has no width"


def test_measured_names_the_unit_once():
    assert plain(words.measured(row("min/year", 142.0, 108.0, 176.0))) == "2.4 h a year (1.8 to 2.9)"


def test_differences_carry_their_sign():
    assert plain(words.difference(row("1", -0.052, -0.068, -0.035))) == "−5.2 points"
    assert plain(words.measured_difference(row("min", 78.0, 48.0, 108.0))) == "+1.3 h (+0.8 to +1.8)"
    assert plain(words.difference(row("tickets", 0.0, 0.0, 0.0))) == "0 tickets"


def test_share_of_periods_in_tenths_but_in_percent_near_all_and_none():
    assert plain(words.out_of_ten(row("1", 0.9, 0.883, 0.917), "months")) == "9.0 of 10 months (8.8 to 9.2)"
    nearly_all = words.out_of_ten(row("1", 0.996, 0.993, 0.999), "months")
    assert plain(nearly_all) == "99.60 % of all months (99.30 to 99.90 %)"
