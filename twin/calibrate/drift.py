"""A drift alarm: is the desk still what was learned? Cumulated daily deviations, with false alarms bounded a year."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.readers.record import Record
from twin.calibrate.tickets.fit import FIRST_CONTACT_MIN, TicketsFit
from twin.calibrate.tickets.spells import spells_of
from twin.calibrate.tickets.week import days_of, expected_per_day

Floats = NDArray[Any]

SLACK: Final = 0.5  # half the shift, in standard deviations, that should be found soonest
FALSE_ALARMS_A_YEAR: Final = 1.0
_OVERSHOOT: Final = 1.166
_LEAST_TICKETS: Final = 20.0


@dataclass(frozen=True)
class Alarm:
    """A figure that left what was learned: the day it is noticed, since when, and which way."""

    figure: str
    noticed: date
    since: date
    is_up: bool


def threshold(charts: int, observations_a_year: float, alarms: float = FALSE_ALARMS_A_YEAR) -> float:
    """Decision limit of two-sided cumulative sums, in standard deviations, by which all charts together give at most so
    many false alarms a year if observations are independent and normal.

    Source: Siegmund (1985), Sequential Analysis, section 2.6: mean run length with correction for overshoot.
    """
    wanted = 2.0 * charts * observations_a_year / alarms
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        reach = 2 * SLACK * (middle + _OVERSHOOT)
        run = (math.exp(min(reach, 700.0)) - reach - 1) / (2 * SLACK**2)
        low, high = (middle, high) if run < wanted else (low, middle)
    return high


def alarms_of(name: str, days: Sequence[date], scores: Floats, limit: float) -> list[Alarm]:
    """Alarms of one chart, which starts anew after each; scores  standard normal if nothing changed, nan: unseen."""
    found, sums, since = [], [0.0, 0.0], [0, 0]
    for k, score in enumerate(scores.tolist()):
        if math.isnan(score):
            continue
        for side, sign in enumerate((1.0, -1.0)):
            if sums[side] == 0.0:
                since[side] = k
            sums[side] = max(0.0, sums[side] + sign * score - SLACK)
        if max(sums) > limit:
            side = int(sums[1] > sums[0])
            found.append(Alarm(name, days[k], days[since[side]], side == 0))
            sums = [0.0, 0.0]
    return found


def watch(fit: TicketsFit, feed: Record) -> list[Alarm]:
    """Alarms in the days that a feed adds to what was learned: tickets opened, and share resolved at first contact.

    feed  the same record, later. Days with few tickets are not judged on shares.
    """
    spells = spells_of(feed.log)
    days = days_of(feed, spells.opened)
    begin = fit.record.start.date().toordinal() + len(fit.days.dates)
    later = np.array([day.toordinal() >= begin for day in days.dates])
    whole = np.diff(days.first) >= 0.9 * np.median(np.diff(days.first))
    expected = expected_per_day(days, fit.shape, fit.working.days_off) * fit.volume.level
    spread = np.sqrt(expected + (fit.volume.busyness_cv * expected) ** 2 + (fit.volume.spread * expected) ** 2)
    volume = np.where(later & whole, (days.opened - expected) / np.maximum(spread, 1.0), np.nan)
    limit = threshold(2, 365.0)
    scores = _first_contact(fit, feed, days.first, later & whole)
    found = alarms_of("tickets opened", days.dates, volume, limit)
    return found + alarms_of("share resolved at first contact", days.dates, scores, limit)


def _first_contact(fit: TicketsFit, feed: Record, first: Floats, judged: NDArray[np.bool_]) -> Floats:
    spells = spells_of(feed.log)
    done = spells.resolved_first()
    is_first = (done >= 0) & ((done - spells.opened) * fit.tick_min < FIRST_CONTACT_MIN)
    opened = np.histogram(spells.opened, first)[0]
    resolved = np.histogram(spells.opened[is_first], first)[0]
    share = fit.share.at(0.0)
    chance = share * (1 - share)
    spread = np.sqrt(opened * chance + (opened * chance * fit.share_spread) ** 2)
    known = judged & (opened >= _LEAST_TICKETS)
    return np.where(known, (resolved - opened * share) / np.maximum(spread, 1e-9), np.nan)
