"""Public holidays and make-up working days, from the `holidays` package (imported when first asked)."""

import difflib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any


def holidays_of(country: str, years: Iterable[int]) -> set[date]:
    """Public holidays of a country ("DE") or one of its regions ("DE-BY") in some years.

    Raises ValueError for an unknown code, naming the nearest, and for a year that the package doesn't cover.
    """
    asked = frozenset(years)
    return {day for day in _table(country, asked) if day.year in asked}


def workdays_of(country: str, years: Iterable[int]) -> set[date]:
    """Weekend days that the country works to make up for bridge days, in some years; empty for most countries.

    China ("CN") announces them each autumn for the next year only, so years not yet announced have none.
    Raises ValueError as `holidays_of`.
    """
    asked = frozenset(years)
    return {day for day in getattr(_table(country, asked), "weekend_workdays", ()) if day.year in asked}


@lru_cache(maxsize=64)
def _table(code: str, years: frozenset[int]) -> Any:
    import holidays

    country, _, region = code.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(f"unknown country {code!r}{_nearest(country, known)}")
    if region and region not in known[country]:
        raise ValueError(f"unknown region {code!r}{_nearest(region, known[country], f'{country}-')}")
    table = holidays.country_holidays(country, subdiv=region or None, years=years)
    outside = sorted(year for year in years if not table.start_year <= year <= table.end_year)
    if outside:
        span = f"{table.start_year} to {table.end_year}"
        raise ValueError(f"no holidays of {code} known for {outside[0]}: ask for years from {span}, or list the dates")
    return table


def _nearest(code: str, known: Iterable[str], prefix: str = "") -> str:
    match = difflib.get_close_matches(code.upper()[:20], list(known), n=1, cutoff=0.0)
    return f', did you mean "{prefix}{match[0]}"?' if match else ": write the country alone, or list the dates"
