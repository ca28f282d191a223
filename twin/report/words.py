"""Numbers in words: shares as percents, lengths in units people use, as many digits as the interval supports."""

import math
from dataclasses import replace
from typing import Final

from twin.experiment.table import Row
from twin.report.account_labels import SIGNED

NO_NUMBER: Final = "–"
NBSP: Final = "\N{NO-BREAK SPACE}"
MONTH_MIN: Final = 30 * 24 * 60.0
_LENGTHS: Final = (("s", 1 / 60, 1.0), ("min", 1.0, 90.0), ("h", 60.0, 36 * 60.0), ("d", 1440.0, math.inf))
_LENGTH_UNITS: Final = {"min": (1.0, ""), "h": (60.0, ""), "min/year": (1.0, " a year")}
_PLAIN_UNITS: Final = {
    "tickets": f"{NBSP}tickets", "1/year": f"{NBSP}a year", "1/ticket": f"{NBSP}per ticket",
    "h/year": f"{NBSP}user hours a year",
}  # fmt: skip


def percent(ratio: float, half_width: float = 0.0) -> str:
    """The ratio as a percentage with the digits its interval supports: "99.968 %"; never rounded up to 100."""
    if math.isnan(ratio):
        return NO_NUMBER
    return f"{_fixed(100 * ratio, 100 * half_width, most=4)}{NBSP}%"


def length(minutes: float, half_width: float = 0.0) -> str:
    """The length in the unit people would use: "30 s", "14 min", "22.5 h", "3.1 d"."""
    if math.isnan(minutes):
        return NO_NUMBER
    name, size = _scale(minutes)
    return f"{_fixed(minutes / size, half_width / size)}{NBSP}{name}"


def number(value: float, half_width: float = 0.0) -> str:
    """The number with the digits its interval supports and thousands marked: "22,502", "1.76"."""
    return NO_NUMBER if math.isnan(value) else _fixed(value, half_width)


def signed(value: float) -> str:
    """The number with its sign and thousands marked: "+1,640", "−0.05", "0"."""
    text = number(abs(value))
    return text if math.isnan(value) or text == "0" else f"{'−' if value < 0 else '+'}{text}"


def bounded(row: Row) -> tuple[float, float]:
    """The interval of the row, cut to what is possible: shares lie in [0, 1], little else is negative."""
    if row.name in SIGNED:
        return row.low, row.high
    return max(row.low, 0.0), (min(row.high, 1.0) if row.unit == "1" else row.high)


def bounded_difference(row: Row) -> tuple[float, float]:
    """The interval of a row of differences, cut to what is possible: shares differ by at most 100 points."""
    if row.name in SIGNED or row.unit != "1":
        return row.low, row.high
    return max(row.low, -1.0), min(row.high, 1.0)


def estimate(row: Row) -> str:
    """The estimate of a row of the tidy table, with its unit."""
    return _shown(row.estimate, row, row.estimate)


def interval(row: Row) -> str:
    """The interval of a row as "99.961 to 99.974 %"; empty where the row has none or it has no width."""
    return "" if row.low == row.high else span(*bounded(row), row)


def measured(row: Row) -> str:
    """Estimate and interval, the unit once: "2.4 h a year (1.8 to 2.9)"."""
    return _unit_once(estimate(row), interval(row))


def measured_difference(row: Row) -> str:
    """Difference and interval, the unit once: "+1.3 h (+0.8 to +1.8)"."""
    return _unit_once(difference(row), difference_interval(row))


def difference(row: Row) -> str:
    """The estimate of a row of differences, with its sign and unit; differences of shares in percentage points."""
    return _signed(row.estimate, row)


def difference_interval(row: Row) -> str:
    """The interval of a row of differences; empty where the row has none or it has no width."""
    if math.isnan(row.low) or math.isnan(row.high) or row.low == row.high:
        return ""
    low, high = bounded_difference(row)
    return f"{_signed(low, row, with_unit=False)} to {_signed(high, row)}"


def span(low: float, high: float, row: Row) -> str:
    """Two bounds in the unit the row is shown in; a missing one is said so."""
    if math.isnan(low) and math.isnan(high):
        return ""
    if math.isnan(low):
        return f"up to {_shown(high, row, row.estimate)}"
    if math.isnan(high):
        return f"from {_shown(low, row, row.estimate)}"
    return f"{_shown(low, row, row.estimate, with_unit=False)} to {_shown(high, row, row.estimate)}"


def half_width(row: Row) -> float:
    """Half the width of the row's interval; 0 where it has none."""
    width = (row.high - row.low) / 2
    return 0.0 if math.isnan(width) else width


def out_of_ten(row: Row, noun: str) -> str:
    """A share as "9.0 of 10 months (8.8 to 9.2)"; near 0 and 1, where tenths say too little, as a percentage."""
    if not 0.02 <= row.estimate <= 0.98:
        return f"{estimate(row)} of all {noun}{in_brackets(interval(row))}"
    low, high = bounded(row)
    bounds = "" if math.isnan(low + high) else f" ({10 * low:.1f} to {10 * high:.1f})"
    return f"{10 * row.estimate:.1f} of 10 {noun}{bounds}"


def note(row: Row) -> str:
    """Why the row has no interval, or one without width, in the words of the page; empty if it has a plain one."""
    return row.note.replace("replication", "run")


def complement(row: Row) -> Row:
    """The row of what is missing to 1: unavailability from availability, late tickets from those on time."""
    return replace(row, estimate=1 - row.estimate, low=1 - row.high, high=1 - row.low)


def in_brackets(text: str) -> str:
    """The text in brackets after a space; nothing for no text."""
    return f" ({text})" if text else ""


def sentence_list(parts: list[str]) -> str:
    """The parts as "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def counted(count: int, noun: str) -> str:
    """The count with its noun: "1 promise", "3 promises"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _unit_once(text: str, bounds: str) -> str:
    unit = text.partition(NBSP)[2]
    return f"{text}{in_brackets(bounds.removesuffix(NBSP + unit) if unit else bounds)}"


def _scale(minutes: float) -> tuple[str, float]:
    size = abs(minutes)
    if size == 0:
        return "min", 1.0
    return next((name, unit) for name, unit, limit in _LENGTHS if size < limit)


def _shown(value: float, row: Row, scale_of: float, with_unit: bool = True) -> str:
    if math.isnan(value):
        return NO_NUMBER
    digits = half_width(row)
    if row.unit == "1":
        text, unit = _fixed(100 * value, 100 * digits, most=4), f"{NBSP}%"
    elif row.unit in _LENGTH_UNITS:
        minutes, tail = _LENGTH_UNITS[row.unit]
        name, size = _scale(scale_of * minutes)
        text, unit = _fixed(value * minutes / size, digits * minutes / size), f"{NBSP}{name}{tail}"
    else:
        text, unit = _fixed(value, digits), _PLAIN_UNITS.get(row.unit, f"{NBSP}{_spoken(row.unit)}")
    return text + unit if with_unit else text


def _spoken(unit: str) -> str:
    return unit.replace("/year", " a year").replace("/", " a ")


def _signed(value: float, row: Row, with_unit: bool = True) -> str:
    if math.isnan(value):
        return NO_NUMBER
    largest = max((abs(x) for x in (row.estimate, row.low, row.high) if not math.isnan(x)), default=0.0)
    text = _shown(abs(value), row, largest, with_unit)
    if row.unit == "1":
        text = text.replace(f"{NBSP}%", f"{NBSP}points")
    is_zero = not any(digit in text for digit in "123456789")
    return text if is_zero else f"{'−' if value < 0 else '+'}{text}"


def _fixed(value: float, half_width: float, most: int = 3) -> str:
    decimals = _decimals(value, half_width, most)
    text = f"{value:,.{decimals}f}"
    while value != 0 and abs(value) < 100 and text.strip("-0.") in ("", "1") and decimals < most:
        if float(text) not in (0.0, 100.0):
            break
        decimals += 1
        text = f"{value:,.{decimals}f}"
    return text.replace("-", "−") if any(digit in text for digit in "123456789") else "0"


def _decimals(value: float, half_width: float, most: int) -> int:
    if half_width > 0:
        return min(max(-math.floor(math.log10(half_width / 4)), 0), most)
    value = round(value, 9)
    if value == int(value) or abs(value) >= 100:
        return 0
    return min(max(1 - math.floor(math.log10(abs(value))), 0), most)
