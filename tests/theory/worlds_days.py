"""Textbook models whose demand or staffing follows the clock, as scenarios."""

import math
from typing import Any

from proving import World, logged, row
from readers import DailyCount, OpenAt
from worlds import START, Data, Time, agents, desk, job

HOURS_A_DAY = 24


def _clock(days: float, tick_s: float, at: str = "00:00", **more: str) -> Data:
    return {"start": f"{START}T{at}", "horizon": f"{days!r} d", "tick": f"{tick_s!r} s", **more}


def mt_g_inf(params: Data, exact: Data, effort: float) -> list[World]:
    """Mt/G/inf: a sinusoidal profile in one-minute slices, more agents than tickets; exponential and fixed work.

    The period must be one day.
    """
    if params["period"] != HOURS_A_DAY:
        raise ValueError(f"a profile repeats every day, not every {params['period']} h")
    a, b, mean = params["a"], params["b"], params["mean_service"]
    weights = [1 + b / a * math.sin(2 * math.pi * (minute + 0.5) / 1440) for minute in range(1440)]
    worlds = []
    for law, work in (("exponential", {"mean": f"{mean!r} h", "law": "exponential"}), ("deterministic", f"{mean!r} h")):
        known = exact[f"m_{law}"]
        ticket = {"queue": "q", "priority": "P2", "visits": {"q": {"work": work}},
                  "arrivals": {"rate": f"{a!r} / h", "profile": "sinus"}}
        warm_up = math.ceil(40 * mean / HOURS_A_DAY)
        scenario = {
            "name": "theory", "clock": _clock(warm_up + 20 * effort, 1.0, warm_up=f"{warm_up} d"),
            "demand": {"tickets": {"job": ticket}, "profiles": {"sinus": {"span": "day", "weights": weights}}},
            "support": {"tiers": {"agents": agents(["q"], 100_000)}},
        }  # fmt: skip
        times = [float(t) for t in known]
        checks = [logged(f"m_{law}[{t}]", value, "event log", k, within=0.01)
                  for k, (t, value) in enumerate(known.items())]
        checks += [logged(f"dispersion_{law}[{t}]", 1.0, "event log", len(times) + k, within=None)
                   for k, t in enumerate(known)]
        reader = OpenAt(86_400.0, [t * 3600 for t in times], list(known.values()))
        worlds.append(World(scenario, checks, families=(), read=reader))
    return worlds


def poisson_gamma(params: Data, exact: Data, effort: float) -> list[World]:
    """Daily volume: a flat rate per day under a gamma busyness of cv 1 / sqrt shape."""
    cv = params["alpha0"] ** -0.5
    ticket = {"queue": "q", "priority": "P2", "visits": {"q": {"work": "1 s"}},
              "arrivals": {"rate": f"{params['mean']!r} / d", "busyness_cv": cv}}
    scenario = {"name": "theory", "clock": _clock(round(250 * effort), 1.0), "demand": {"tickets": {"job": ticket}},
                "support": {"tiers": {"agents": agents(["q"], 1000)}}}
    checks = [logged("mean", params["mean"], "event log", 0, within=0.01),
              logged("var", exact["var"], "event log", 1, within=0.03)]
    return [World(scenario, checks, families=(), read=DailyCount(params["mean"]))]


def mmc_day(params: Data, exact: Data, effort: float) -> list[World]:
    """A day of M/M/c that starts empty: no warm-up, arrivals until the horizon, then a drain. Minutes."""
    lam, mu, c, length, limit = (params[name] for name in ("lam", "mu", "c", "T", "AWT"))
    time = Time(length, 0.0, 100 / mu, 1 / mu)
    minute = {"start": START, "horizon": f"{length!r} min", "drain": f"{100 / mu!r} min", "tick": "0.01 s"}
    work = {"mean": f"{1 / mu!r} min", "law": "exponential"}
    ticket = job(time, work, arrivals={"rate": f"{lam!r} / min"})
    scenario = desk(time, {"job": ticket}, {"agents": agents(["q"], c)},
                    contract={"targets": {"P2": {"respond": f"{limit!r} min"}}}) | {"clock": minute}
    checks = [
        row("service_level", exact["service_level"], "attainment", {"clock": "respond"}),
        row("speed_of_answer", exact["speed_of_answer"], "wait"),
        row("occupancy", exact["occupancy"], "utilisation", {"tier": "agents"}),
    ]
    return [World(scenario, checks, families=("queues", "service_level"), replications=round(100 * effort))]


def call_centre_day(params: Data, exact: Data, effort: float) -> list[World]:
    """SSJ's call centre: an hourly profile, a shift per hour, busyness per day, patience and balking.

    The last shift lasts until the next morning, so that the queue drains with the last staffing. Hours from 8:00.
    """
    rates, heads = params["lam_per_hour"], params["agents"]
    first, hours = 8, len(rates)
    weights = [0.0] * first + [float(rate) for rate in rates] + [0.0] * (HOURS_A_DAY - first - hours)
    spans = {f"h{first + k}": f"{first + k:02d}:00-{first + k + 1:02d}:00" for k in range(hours - 1)}
    spans[f"h{first + hours - 1}"] = f"{first + hours - 1:02d}:00-{first:02d}:00"
    ticket = {
        "queue": "q", "priority": "P2", "balk_ratio": params["p_balk"],
        "visits": {"q": {"work": {"mean": f"{params['mean_service_s']!r} s", "law": "exponential"}}},
        "patience": {"mean": f"{1 / params['nu_per_s']!r} s", "law": "exponential"},
        "arrivals": {"rate": f"{sum(rates)!r} / d", "profile": "day"},
    }  # fmt: skip
    tier: Any = {"serves": ["q"], "shifts": {
        name: {"calendar": name, "heads": n} for name, n in zip(spans, heads, strict=True)
    }}  # fmt: skip
    scenario = {
        "name": "theory", "clock": _clock(round(20 * effort), 0.01, at="08:00"),
        "calendars": {name: {"hours": span} for name, span in spans.items()},
        "demand": {"busyness_cv": params["alpha0"] ** -0.5, "tickets": {"call": ticket},
                   "profiles": {"day": {"span": "day", "weights": weights}}},
        "support": {"tiers": {"agents": tier}},
        "contract": {"targets": {"P2": {"respond": f"{params['T_s']!r} s"}}},
    }  # fmt: skip
    checks = [
        row("expected_calls", exact["expected_calls"] * round(20 * effort), "tickets", {"priority": "P2"}),
        row("fraction_lost", exact["fraction_lost"], "abandoned_ratio", half_width=0.001),
        row("avg_wait_s", exact["avg_wait_s"], "wait", scale=60.0, half_width=0.5),
        row("fraction_good", exact["fraction_good"], "attainment", {"clock": "respond"}, half_width=0.003),
    ]
    return [World(scenario, checks, families=("queues", "service_level"))]
