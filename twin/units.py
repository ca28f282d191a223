"""Durations, rates and ticks: the only place where units convert.

Outside the engines a length carries its unit ("30 min"); inside, time is an integer number of ticks.
"""

import difflib
import math
import re
from collections.abc import Iterator
from typing import Any

_SPELLINGS: dict[str, tuple[float, tuple[str, ...]]] = {
    "ms": (0.001, ("ms", "msec", "msecs", "millisecond", "milliseconds")),
    "s": (1.0, ("s", "sec", "secs", "second", "seconds")),
    "min": (60.0, ("min", "mins", "minute", "minutes")),
    "h": (3600.0, ("h", "hr", "hrs", "hour", "hours")),
    "d": (86_400.0, ("d", "day", "days")),
    "w": (604_800.0, ("w", "wk", "wks", "week", "weeks")),
    "y": (31_536_000.0, ("y", "yr", "yrs", "year", "years")),
}
_SECONDS = {name: seconds for seconds, names in _SPELLINGS.values() for name in names}
_KNOWN_AS = {name: unit for unit, (_, names) in _SPELLINGS.items() for name in names}
_NO_FIXED_LENGTH = ("mo", "mon", "month", "months", "quarter", "quarters")
_LONGEST_S = 1000 * _SECONDS["y"]
_HIGHEST_RATE_PER_S = 1e9
_PARTS = (("y", 31_536_000), ("d", 86_400), ("h", 3600), ("min", 60))

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*([^\W\d_]+)\s*")
_BARE = re.compile(rf"\s*({_NUMBER}|[+-]?(?:nan|inf|infinity))\s*", re.IGNORECASE)
_RATE = re.compile(rf"\s*({_NUMBER})\s*(?:/|\bper\b)\s*(.+)", re.IGNORECASE | re.DOTALL)


class UnitError(ValueError):
    """A duration or rate that can't be read; the message tells the remedy."""


def parse_duration(value: object) -> float:
    """Length of time in seconds, read from text such as "30 min", "1.5 d" or "1 h 30 min".

    Units: ms, s, min, h, d, w and y (365 d), in their common spellings. 0 needs no unit.
    Raises UnitError for a missing or unknown unit, and for a length that is negative, not finite or over 1000 years.
    """
    if _is_zero(value):
        return 0.0
    if not isinstance(value, str) or _BARE.fullmatch(value):
        raise UnitError(f'{_shown(value)} is not a duration: write a unit, e.g. "30 min"')
    seconds = math.fsum(number * _unit_seconds(unit, value) for number, unit in _quantities(value))
    if not seconds <= _LONGEST_S:
        raise UnitError(f"{_shown(value)} is longer than 1000 years: write a shorter duration")
    return seconds


def parse_rate(value: object) -> float:
    """Events per second, read from text such as "40 / day", "22000 per year" or "1 / 30 min".

    0 needs no unit. Raises UnitError for a missing or unknown unit, and for a rate that is negative, not finite or
    over 1e9 per second.
    """
    if _is_zero(value):
        return 0.0
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise UnitError(f'{_shown(value)} is not a rate: write a count and a unit of time, e.g. "40 / day"')
    count, per = _non_negative(match[1], value), match[2].strip()
    period = parse_duration(per if per[0] in "+-.0123456789" else f"1 {per}")
    if period == 0 or not count / period <= _HIGHEST_RATE_PER_S:
        raise UnitError(f"{_shown(value)} is over 1e9 per second: write a lower rate or a longer period")
    return count / period


def format_duration(seconds: float) -> str:
    """Length of time for people: "1 h 30 min", "2 d", "45 s", "250 ms"; parse_duration reads it back.

    From one minute up it is rounded to whole seconds, below to six significant digits. Raises UnitError if not finite.
    """
    if not math.isfinite(seconds):
        raise UnitError(f"{seconds} s is not a duration: give a finite number of seconds")
    size, sign = abs(seconds), "-" if seconds < 0 else ""
    if size < 1:
        return f"{sign}{size * 1000:.6g} ms" if size else "0 s"
    if float(f"{size:.6g}") < 60:
        return f"{sign}{size:.6g} s"
    return sign + " ".join(_whole_parts(to_ticks(size)))


def to_ticks(seconds: float, tick_s: float = 1.0) -> int:
    """Nearest whole tick to a length or instant in seconds; halves go up.

    Raises UnitError if `seconds` is not finite or `tick_s` is not positive.
    """
    if not math.isfinite(seconds):
        raise UnitError(f"{seconds} s has no tick: give a finite number of seconds")
    ticks = seconds / _checked_tick(tick_s)
    below = math.floor(ticks)
    return below + (ticks - below >= 0.5)


def _checked_tick(tick_s: float) -> float:
    if not 0 < tick_s < math.inf:
        raise UnitError(f"a tick of {tick_s} s is impossible: give a positive number of seconds")
    return tick_s


def _is_zero(value: object) -> bool:
    if isinstance(value, str):
        bare = _BARE.fullmatch(value)
        return bare is not None and float(bare[1]) == 0
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == 0


def _quantities(text: str) -> Iterator[tuple[float, str]]:
    at = 0
    while at < len(text) or at == 0:
        match = _QUANTITY.match(text, at)
        if match is None:
            raise UnitError(f'{_shown(text)} is not a duration: write a number and a unit, e.g. "30 min"')
        yield _non_negative(match[1], text), match[2]
        at = match.end()


def _non_negative(number: str, text: object) -> float:
    value = float(number)
    if not 0 <= value < math.inf:
        raise UnitError(f"{_shown(text)} is negative or not finite: write a number from 0 up")
    return value


def _unit_seconds(unit: str, text: str) -> float:
    name = unit.lower()
    if name in _SECONDS:
        return _SECONDS[name]
    if name in _NO_FIXED_LENGTH:
        raise UnitError(f'{_shown(text)}: a {name} has no fixed length; write days, e.g. "30 d"')
    alike = ["min"] if name == "m" else difflib.get_close_matches(name[:40], _SECONDS, n=1, cutoff=0.65)
    hint = "".join(f', did you mean "{_KNOWN_AS[one]}"?' for one in alike) or ":"
    known = ", ".join(_SPELLINGS)
    raise UnitError(f"{_shown(text)}: unknown unit {_shown(unit)}{hint} Known: {known}")


def _whole_parts(seconds: int) -> Iterator[str]:
    for unit, size in _PARTS:
        count, seconds = divmod(seconds, size)
        if count:
            yield f"{count} {unit}"
    if seconds:
        yield f"{seconds} s"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def finite(value: Any) -> Any:
    """Plain data as JSON may hold it: numbers that do not exist or have no bound become None, at any depth."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
