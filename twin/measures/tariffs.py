"""Tariffs as functions of the incidents and man-days of a year, and what they add up to over a contract."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.spec.money import Money, Tariff

Array = NDArray[Any]

YEAR_S: Final = 365 * 86_400.0


def variable_fee(tariff: Tariff, incidents: float, man_days: float) -> float:
    """What a year's incidents and man-days cost above the annual fee."""
    return tariff.per_incident * max(incidents - tariff.included, 0.0) + tariff.per_man_day * man_days


def fee(tariff: Tariff, incidents: float, man_days: float) -> float:
    """What a tariff charges for a year with that many incidents and man-days."""
    return tariff.per_year + variable_fee(tariff, incidents, man_days)


def cheapest(tariffs: Mapping[str, Tariff], incidents: float, man_days: float) -> str:
    """The tariff that charges least in such a year; the first of those that tie."""
    return min(tariffs, key=lambda name: fee(tariffs[name], incidents, man_days))


def break_even(dear: Tariff, by_use: Tariff, days_per_incident: float) -> float:
    """Incidents in a year from which `dear` (the higher annual fee) costs no more than `by_use`; inf if never.

    Exact if neither includes incidents. days_per_incident  man-days an incident takes.
    """

    def each(tariff: Tariff) -> float:
        return tariff.per_incident + tariff.per_man_day * days_per_incident

    gain = each(by_use) - each(dear)
    return (dear.per_year - by_use.per_year) / gain if gain > 0 else np.inf


def paid_ratio(money: Money) -> Array:
    """Share of each contract year in which fees are due, shape (years,)."""
    begins = np.arange(money.years) * YEAR_S
    return np.asarray(np.clip((begins + YEAR_S - money.free) / YEAR_S, 0.0, 1.0))
