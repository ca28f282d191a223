"""Small staffing problems whose answer is known: from theory, or by trying every plan."""

from typing import Any

from twin.spec.load import load_data
from twin.spec.scenario import Scenario

EXPONENTIAL = {"law": "exponential"}


def two_tiers(rate: str, work: tuple[str, str], onward: float, limits: tuple[str, str], targets: tuple[float, float],
              wages: tuple[float, float], most: int = 40, **clock: str) -> Scenario:  # fmt: skip
    """Two lines in a row, around the clock: the first promises an answer, the second a handover."""
    data = {
        "name": "two lines",
        "clock": {"start": "2026-01-05", "horizon": "12 d", "warm_up": "2 d", "drain": "1 d", **clock},
        "demand": {"tickets": {"call": {
            "queue": "first", "priority": "P0", "arrivals": {"rate": rate},
            "visits": {
                "first": {"work": {"mean": work[0], **EXPONENTIAL}, "next": {"second": onward}},
                "second": {"work": {"mean": work[1], **EXPONENTIAL}},
            },
        }}},
        "support": {"tiers": {
            "L1": {"serves": ["first"], "shifts": {"all": {"heads": most // 2}}},
            "L2": {"serves": ["second"], "shifts": {"all": {"heads": most // 2}}},
        }},
        "contract": {"attainment": targets[0], "targets": {"P0": {"respond": limits[0]}}},
        "staffing": {
            "tiers": {
                "L1": {"heads": {"all": [0, most]}, "wage": wages[0]},
                "L2": {"heads": {"all": [0, most]}, "wage": wages[1]},
            },
            "waits": {"second": {"within": limits[1], "ratio": targets[1]}},
        },
    }  # fmt: skip
    return load_data(data).scenario


def one_queue(per_h: float, **overrides: Any) -> Scenario:
    """Calls of six minutes around the clock, four in five answered within 20 seconds."""
    data = {
        "name": "call centre",
        "clock": {"start": "2026-01-05", "horizon": "10 d", "warm_up": "1 d"},
        "demand": {"tickets": {"call": {
            "queue": "calls", "priority": "P0", "arrivals": {"rate": f"{per_h} / h"},
            "visits": {"calls": {"work": {"mean": "6 min", **EXPONENTIAL}}},
        }}},
        "support": {"tiers": {"desk": {"serves": ["calls"], "shifts": {"all": {"heads": round(per_h / 10) + 6}}}}},
        "contract": {"attainment": 0.8, "targets": {"P0": {"respond": "20 s"}}},
    }  # fmt: skip
    return load_data(data, overrides=overrides).scenario


def shift_cover(params: dict[str, Any]) -> Scenario:
    """One line whose shifts overlap, with calls by hour of the day as the table says."""
    calendars = {f"s{k}": {"hours": _hours(*shift)} for k, shift in enumerate(params["shifts"])}
    data = {
        "name": "overlapping shifts",
        "clock": {"start": "2026-01-05", "horizon": "4 weeks"},
        "calendars": calendars,
        "demand": {
            "profiles": {"day": {"span": "day", "weights": params["lam_per_hour"]}},
            "tickets": {"call": {
                "queue": "calls", "priority": "P0",
                "arrivals": {"rate": f"{sum(params['lam_per_hour'])} / day", "profile": "day"},
                "visits": {"calls": {"work": {"mean": f"{params['aht_h']} h", **EXPONENTIAL}}},
            }},
        },
        "support": {"tiers": {"desk": {
            "serves": ["calls"], "shifts": {name: {"calendar": name, "heads": 2} for name in calendars},
        }}},
        "contract": {"attainment": params["target"], "targets": {"P0": {"respond": f"{params['T_s']} s"}}},
        "staffing": {"tiers": {"desk": {
            "heads": {name: [0, 40] for name in calendars},
            "premiums": dict(zip(calendars, params["cost"], strict=True)),
        }}},
    }  # fmt: skip
    return load_data(data).scenario


def _hours(first: int, length: int) -> str:
    return f"{first:02d}:00-{(first + length) % 24 or 24:02d}:00"
