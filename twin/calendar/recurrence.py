"""Change windows that recur: RFC 5545 rules in local wall-clock time, expanded to ticks."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from twin.calendar.zones import Ints, TickAxis, offsets_between, zone

MOST_OCCURRENCES: Final = 100_000
_MOST_EXAMINED = 1_000_000
_EPOCH = datetime(1970, 1, 1)
_EXAMPLE = '"FREQ=MONTHLY;BYDAY=2SA;BYHOUR=22"'
_COUNTS = re.compile("(RRULE:)?(COUNT|UNTIL|INTERVAL)=", re.IGNORECASE)
_UNTIL_UTC = re.compile(r"(UNTIL=)(\d{8}T\d{6})Z", re.ASCII)


def occurrences(
    rrule_text: str | None,
    at: datetime | None,
    start: datetime,
    ticks_end: int,
    tick_s: float = 1.0,
    time_zone: str = "UTC",
) -> Ints:
    """Ticks in [0, ticks_end) at which change windows start: sorted, distinct, int64.

    rrule_text  RFC 5545 rule in wall-clock time of `time_zone`, daily or slower or hourly; None means once, at `at`.
    at          first start; without an offset it is wall-clock time of `time_zone`; None means midnight of the start.

    A start that the clock repeats is its first occurrence, one that it skips is moved on by the gap (RFC 5545, 3.3.5).
    Raises ValueError for a rule that is unreadable, never occurs, or occurs more than 100,000 times.
    """
    axis, tz = TickAxis.of(start, tick_s), zone(time_zone)
    if rrule_text is None and at is None:
        raise ValueError(
            f"neither a time nor a rule for the change: write one date and time, or a rule, e.g. {_EXAMPLE}"
        )
    table = offsets_between(time_zone, axis.epoch_s(0), axis.epoch_s(max(ticks_end, 0)))
    midnight = start.astimezone(tz).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    first = midnight if at is None else _wall_clock(at, tz)
    end = midnight + timedelta(days=2, microseconds=max(ticks_end, 0) * axis.tick_us)
    found = [first] if rrule_text is None else _expanded(rrule_text, tz, first, midnight - timedelta(days=1), end)
    local_s = np.array([(one - _EPOCH) // timedelta(seconds=1) for one in found], np.int64)
    ticks = axis.ticks_of(table.to_utc(local_s))
    return np.unique(ticks[(ticks >= 0) & (ticks < ticks_end)])


def _wall_clock(at: datetime, tz: ZoneInfo) -> datetime:
    return at if at.tzinfo is None else at.astimezone(tz).replace(tzinfo=None)


def _expanded(text: str, tz: ZoneInfo, first: datetime, begin: datetime, end: datetime) -> list[datetime]:
    _check_parts(text)
    examined, found = 0, []
    if _never_matches(text, tz):
        raise ValueError(f"rule {text!r} never occurs: check its BY parts")
    for examined, one in enumerate(_starts(text, tz, first), start=1):
        if one > end:
            break
        if one >= begin:
            found.append(one)
        if len(found) > MOST_OCCURRENCES or examined > _MOST_EXAMINED:
            raise ValueError(f"rule {text!r} occurs over 100,000 times: write a rarer rule or a later first start")
    if examined == 0:
        raise ValueError(f"rule {text!r} never occurs: check its BY parts, COUNT and UNTIL")
    return found


def _starts(text: str, tz: ZoneInfo, first: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    try:
        local = _UNTIL_UTC.sub(lambda match: match[1] + _local_stamp(match[2], tz), text.upper())
        yield from rrulestr(local, dtstart=first)
    except Exception as error:
        raise ValueError(f"rule {text!r} is not an RFC 5545 rule ({error}): write one like {_EXAMPLE}") from error


def _never_matches(text: str, tz: ZoneInfo) -> bool:
    """True if no day at all fits the BY parts.

    The calendar repeats every 400 years, so the last 400 that datetime knows tell; from today on it takes seconds.
    """
    by_parts = ";".join(part for part in text.split(";") if not _COUNTS.match(part))
    return next(_starts(by_parts, tz, datetime(9600, 1, 1)), None) is None


def _check_parts(text: str) -> None:
    parts = dict(part.strip().partition("=")[::2] for part in text.upper().removeprefix("RRULE:").split(";"))
    if parts.get("FREQ") not in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY") or len(text.split()) != 1:
        raise ValueError(
            f"rule {text!r} must be one line with FREQ=YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY: {_EXAMPLE}"
        )
    if parts["FREQ"] == "HOURLY" and "BYSETPOS" in parts:
        raise ValueError(f"rule {text!r} has BYSETPOS within an hour: write FREQ=DAILY with BYHOUR, or drop BYSETPOS")
    if not re.fullmatch("0*[1-9][0-9]{0,5}", parts.get("INTERVAL", "1")):
        raise ValueError(f"rule {text!r} has an impossible INTERVAL: write a number from 1 up")


def _local_stamp(stamp: str, tz: ZoneInfo) -> str:
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return at.astimezone(tz).strftime("%Y%m%dT%H%M%S")
