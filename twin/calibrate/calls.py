"""Calls of a phone line to a scenario: arrivals by hour of week, service and patience laws, and effective agents."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.calibrate.readers.report import ReadError
from twin.spec.calendars import DAYS

Floats = NDArray[Any]

SERVED: Final = "AGENT"
GAVE_UP: Final = "HANG"
HOURS: Final = 168
_COLUMNS: Final = ("date", "vru_exit", "q_time", "outcome", "ser_start", "ser_time", "server")
_LEAST_CALLS: Final = 200
_BISECTIONS: Final = 12


@dataclass(frozen=True)
class Calls:
    """Calls that asked for an agent: day, second of the day, seconds in queue, whether served, seconds of service, who.

    Calls that neither waited nor were served (phantoms) are left out; `phantoms` counts them.
    """

    day: NDArray[Any]
    second: Floats
    wait_s: Floats
    is_served: NDArray[np.bool_]
    service_s: Floats
    begun: Floats
    server: NDArray[Any]
    phantoms: int

    def between(self, begin: datetime, end: datetime) -> "Calls":
        """The calls of the days from one date up to, not including, another. ValueError if there are hardly any."""
        kept = (self.day >= np.datetime64(begin.date())) & (self.day < np.datetime64(end.date()))
        if kept.sum() < _LEAST_CALLS:
            raise ValueError(f"{int(kept.sum())} calls from {begin:%Y-%m-%d} to {end:%Y-%m-%d} are too few; widen it")
        return Calls(
            self.day[kept], self.second[kept], self.wait_s[kept], self.is_served[kept], self.service_s[kept],
            self.begun[kept], self.server[kept], self.phantoms,
        )  # fmt: skip

    @property
    def slot(self) -> NDArray[np.int64]:
        """Hour of the week of each call, 0 = Monday 00:00."""
        weekday = (self.day.astype("datetime64[D]").astype(np.int64) + 3) % 7
        return np.asarray(24 * weekday + self.second // 3600, np.int64)

    def service_level(self, limit_s: float) -> float:
        """Share of the served that waited no longer than the limit."""
        return float((self.wait_s[self.is_served] <= limit_s).mean())

    @property
    def abandoned(self) -> float:
        """Share of calls that gave up waiting."""
        return float(1.0 - self.is_served.mean())


@dataclass(frozen=True)
class CallsFit:
    """What calls teach.

    rate_per_h, agents  by hour of the week (168): mean calls an hour, and agents who served in it; effective  the share
    of them that is really there for calls; service_s, service_cv, patience_s  in seconds. Effective agents and patience
    are fitted to the record's levels; seen_patience_s is what waiting and giving up alone say of patience.
    """

    rate_per_h: Floats
    agents: Floats
    effective: float
    service_s: float
    service_cv: float
    patience_s: float
    seen_patience_s: float

    @property
    def heads(self) -> NDArray[np.int64]:
        """Whole agents by hour of the week; 0 where nobody calls."""
        busy = self.rate_per_h > 0
        return np.where(busy, np.maximum(np.round(self.effective * self.agents), 1), 0).astype(np.int64)


def read_calls(path: str | Path) -> Calls:
    """The calls of a call-by-call log (bank data, Technion). ReadError if columns are missing."""
    try:
        frame = pd.read_csv(path, dtype=str)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise ReadError(f"{path}: can't be read: {error}; give a call-by-call log as CSV") from None
    if missing := [name for name in _COLUMNS if name not in frame.columns]:
        raise ReadError(f"{path}:1: no column {', '.join(missing)}; give a call-by-call log with {', '.join(_COLUMNS)}")
    outcome = frame["outcome"]
    is_call = outcome.isin([SERVED, GAVE_UP]).to_numpy()
    kept = frame[is_call]
    return Calls(
        pd.to_datetime("19" + kept["date"]).to_numpy().astype("datetime64[D]"), _seconds(kept["vru_exit"]),
        kept["q_time"].astype(float).to_numpy(), (kept["outcome"] == SERVED).to_numpy(),
        kept["ser_time"].astype(float).to_numpy(), _seconds(kept["ser_start"]), kept["server"].to_numpy(),
        int((~is_call).sum()),
    )  # fmt: skip


def _seconds(column: "pd.Series[Any]") -> Floats:
    return np.asarray(pd.to_timedelta(column).dt.total_seconds())


def fit_calls(calls: Calls, levels: Callable[[CallsFit], tuple[float, float]], limit_s: float) -> CallsFit:
    """What calls teach. The effective share of agents and the mean patience are not seen: they are fitted so that
    `levels` (of a fit: service level within the limit, abandonment) meet the record's.

    Seen patience is the mean if it were exponential: seconds waited over calls that gave up, for service censors it.
    Source: Brown et al. (2005), Statistical analysis of a telephone call center, JASA 100(469), section 6.
    """
    days = np.unique(calls.day)
    weekday = (days.astype(np.int64) + 3) % 7
    times = np.bincount(weekday, minlength=7)
    rate = np.bincount(calls.slot, minlength=HOURS) / np.repeat(np.maximum(times, 1), 24)
    served = calls.is_served & (calls.service_s > 0)
    patience = float(calls.wait_s.sum() / max(float((~calls.is_served).sum()), 1.0))
    service = calls.service_s[served]
    spread = float(service.std() / service.mean())
    fit = CallsFit(rate, _agents(calls, days), 1.0, float(service.mean()), spread, patience, patience)
    low, high = math.log(patience / 4), math.log(patience * 16)
    for _ in range(_BISECTIONS):
        fit = _staffed(replace(fit, patience_s=math.exp((low + high) / 2)), levels, calls.abandoned)
        is_good = levels(fit)[0] > calls.service_level(limit_s)
        low, high = ((low + high) / 2, high) if is_good else (low, (low + high) / 2)
    return fit


def _staffed(fit: CallsFit, levels: Callable[[CallsFit], tuple[float, float]], abandoned: float) -> CallsFit:
    """The fit with the effective share of agents by which as many callers give up as did."""
    low, high = 0.1, 1.5
    for _ in range(_BISECTIONS):
        fit = replace(fit, effective=(low + high) / 2)
        low, high = (fit.effective, high) if levels(fit)[1] > abandoned else (low, fit.effective)
    return fit


def _agents(calls: Calls, days: NDArray[Any]) -> Floats:
    """Mean number of different agents who served in each hour of the week."""
    served = calls.is_served
    day = calls.day[served].astype("datetime64[D]").astype(np.int64)
    hour = day * 24 + calls.begun[served].astype(np.int64) // 3600
    names = pd.factorize(calls.server[served])[0]
    pairs = np.unique(np.stack([hour, names], axis=1), axis=0)
    slot = (pairs[:, 0] // 24 + 3) % 7 * 24 + pairs[:, 0] % 24
    times = np.bincount((days.astype(np.int64) + 3) % 7, minlength=7)
    return np.asarray(np.bincount(slot, minlength=HOURS) / np.repeat(np.maximum(times, 1), 24))


def calls_data(fit: CallsFit, start: datetime, days: int, source: str, limit_s: float = 20.0) -> dict[str, Any]:
    """The scenario of a phone line for some days: one queue, agents by the hour, callers who lose patience."""
    heads = fit.heads
    open_slots = np.flatnonzero(heads)
    calendars = {f"{DAYS[s // 24]} {s % 24:02d}": _hour(int(s)) for s in open_slots}
    shifts = {
        f"{DAYS[s // 24]} {s % 24:02d}": {
            "calendar": f"{DAYS[s // 24]} {s % 24:02d}",
            "heads": {"value": int(heads[s]), "measured": f"{source}: {fit.effective:.2f} of the agents who served"},
        }
        for s in open_slots
    }
    total = float(fit.rate_per_h.sum())
    return {
        "name": "phone line as recorded", "question": "How soon are callers answered, and how many give up?",
        "clock": {"start": start.replace(tzinfo=None).isoformat(), "horizon": f"{days} d", "tick": "1 s"},
        "calendars": calendars,
        "demand": {
            "profiles": {"calls": {"weights": {
                "value": [round(float(x), 4) for x in fit.rate_per_h], "measured": source}}},
            "tickets": {"call": {
                "queue": "L1", "priority": "call",
                "arrivals": {"rate": {"value": f"{total:.6g} / week", "measured": source}, "profile": "calls"},
                "patience": {"mean": f"{fit.patience_s:.5g} s", "cv": 1, "law": "exponential", "measured": source},
                "visits": {"L1": {"work": {
                    "mean": f"{fit.service_s:.5g} s", "cv": round(fit.service_cv, 3), "measured": source}}},
            }},
        },
        "support": {"priorities": ["call"], "tiers": {"L1": {"serves": ["L1"], "shifts": shifts}}},
        "contract": {"targets": {"call": {"respond": f"{limit_s:g} s"}}},
    }  # fmt: skip


def _hour(slot: int) -> dict[str, str]:
    hour = slot % 24
    return {"days": DAYS[slot // 24], "hours": f"{hour:02d}:00-{hour + 1:02d}:00"}
