"""How busy each time of the horizon is, per activity profile: pieces of constant weight."""

import math
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from twin.calendar import hour_of_week
from twin.spec.calendars import business_calendar
from twin.spec.demand import Profile
from twin.spec.scenario import Scenario

DAY_S = 86_400


@dataclass(frozen=True)
class Pieces:
    """A piecewise constant weight over [0, horizon): mean 1 over a usual week.

    at      first tick of each piece, int64, at[0] = 0;
    weight  float64; day  local day number of each piece, int64, from 0.
    """

    at: NDArray[np.int64]
    weight: NDArray[np.float64]
    day: NDArray[np.int64]


CONSTANT = Pieces(np.zeros(1, np.int64), np.ones(1), np.zeros(1, np.int64))


def pieces_of(scenario: Scenario, profile: Profile | None) -> Pieces:
    """The weight pieces of a profile; of constant weight 1, cut at local midnights, without one."""
    clock = scenario.clock
    slice_s = DAY_S if profile is None else _slice_s(profile)
    grid_s = min(slice_s, _offset_grain_s(scenario))
    count = math.ceil(clock.horizon / grid_s) + 1
    at_s = np.arange(count, dtype=np.int64) * grid_s
    at_s = np.unique(np.concatenate([at_s, _midnight_s(scenario) + np.arange(count * grid_s // DAY_S + 2) * DAY_S]))
    at_s = at_s[(at_s >= 0) & (at_s < clock.horizon)]
    at = np.array([clock.ticks(float(second)) for second in at_s], np.int64)
    slices = 7 * DAY_S // slice_s
    place = hour_of_week(at, clock.start_utc, clock.time_zone, clock.tick, slices)
    day = _local_day(place, slices)
    weight = np.ones(len(at)) if profile is None else _weights(scenario, profile, place, day)
    new = np.concatenate([[True], (np.diff(weight) != 0) | (np.diff(day) != 0)])
    return Pieces(at[new], weight[new], day[new])


def _slice_s(profile: Profile) -> int:
    return (DAY_S if profile.span == "day" else 7 * DAY_S) // len(profile.weights)


def _offset_grain_s(scenario: Scenario) -> int:
    local = scenario.clock.start_utc.astimezone(ZoneInfo(scenario.clock.time_zone))
    past_hour = local.minute * 60 + local.second
    return math.gcd(3600, past_hour) if past_hour else 3600


def _midnight_s(scenario: Scenario) -> int:
    local = scenario.clock.start_utc.astimezone(ZoneInfo(scenario.clock.time_zone))
    return -(local.hour * 3600 + local.minute * 60 + local.second)


def _local_day(place: NDArray[np.int64], slices: int) -> NDArray[np.int64]:
    weekday = place * 7 // slices
    turns = np.concatenate([[0], (np.diff(weekday) % 7)])
    return np.cumsum(turns).astype(np.int64)


def _weights(
    scenario: Scenario, profile: Profile, place: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.float64]:
    relative = np.array(profile.weights, dtype=float)
    weight = (relative / relative.mean())[place % len(relative)]
    if profile.calendar is None:
        return np.asarray(weight)
    calendar = business_calendar(scenario, profile.calendar)
    first = scenario.clock.start_utc.astimezone(ZoneInfo(scenario.clock.time_zone)).date()
    dates = [first + timedelta(days=int(number)) for number in range(int(day[-1]) + 1)]
    is_off = np.array([date in calendar.holidays and date not in calendar.workdays for date in dates])
    return np.asarray(np.where(is_off[day], weight * profile.days_off_ratio, weight))
