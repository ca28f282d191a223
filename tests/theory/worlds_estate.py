"""Textbook models of failing units, repair crews, upkeep and changes, as scenarios. Time unit: hour."""

import math
from functools import partial
from typing import Any

import numpy as np
from proving import CONFIDENCE, Bounds, Check, Outcome, World, row
from worlds import START, Data, agents, desk, job, steady

from twin.experiment.intervals import mean_interval, proportion_interval

YEAR_H, YEAR_MIN = 8760.0, 525_600.0
WHOLE = {"function": "whole", "variant": "calendar"}
FAMILIES = ("availability", "queues")


def _hours(mean: float, law: str = "exponential") -> Any:
    return f"{float(mean)!r} h" if law == "fixed" else {"mean": f"{float(mean)!r} h", "law": law}


def _repairs(mean: float, law: str = "exponential") -> Data:
    return {"queue": "workshop", "visits": {"workshop": {"work": _hours(mean, law)}}}


def component(mtbf: float, units: int = 1, needed: int = 1, **more: Any) -> Data:
    """A component whose failures are tickets for the workshop."""
    return {"units": units, "needed": needed, "mtbf": f"{float(mtbf)!r} h",
            "repair": {"ticket": "failure", "priority": "P0"}, **more}


def estate(
    years: float, components: Data, repair: Data, crew: int, tick_s: float = 1.0, warm_up_h: float = 0.0, **more: Any
) -> Data:  # fmt: skip
    """A scenario of components and one workshop; the clock is bounded, so long runs are cut to 990 years."""
    clock = {"start": START, "horizon": f"{min(years, 990.0) * YEAR_H!r} h", "tick": f"{tick_s!r} s",
             "warm_up": f"{float(warm_up_h)!r} h"}
    tier = {"crew": agents(["workshop"], crew)}
    return {"name": "theory", "clock": clock, "deployment": {"components": components},
            "demand": {"tickets": {"failure": repair}}, "support": {"tiers": tier}, **more}


def _down(name: str, exact: float, where: Data | None = None, **asked: Any) -> Check:
    return row(name, exact, "availability", where or WHOLE, scale=-1.0, shift=1.0, **asked)


def _years(failures: float, mtbf: float, effort: float) -> float:
    return failures * mtbf / YEAR_H * effort


def breakdowns(params: Data, exact: Data, effort: float) -> list[World]:
    """M/M/c whose servers are the units of a component (`units_of`), repaired by a crew."""
    lam, mu, xi, eta = params["lam"], params["mu"], params["xi"], params["eta"]
    c, crew = params.get("c", 1), params.get("r", 1)
    interruptions = 1 + xi * mu / eta**2
    time = steady(lam, exact["rho_eff"], 1 / mu + 1 / eta, c, effort, interruptions)
    part = {"units": c, "needed": 1, "mtbf": time.of(1 / xi), "repair": {"ticket": "failure", "priority": "P2"}}
    classes = {"job": job(time, time.law(1 / mu), arrivals={"rate": time.rate(lam)}),
               "failure": {"queue": "workshop", "visits": {"workshop": {"work": time.law(1 / eta)}}}}
    tiers = {"agents": {"serves": ["q"], "units_of": "node"}, "crew": agents(["workshop"], crew)}
    here = {"component": "node"}
    checks = [
        row("W", exact["W"], "sojourn", {"class": "job"}, scale=time.per_min),
        row("rho_eff", exact["rho_eff"], "utilisation", {"tier": "agents"}),
        row("L - lam / mu", exact["L"] - lam / mu, "queue_length", {"queue": "q"}, half_width=exact["L"] / 100),
    ]
    if "server_availability" in exact:
        checks.append(row("server_availability", exact["server_availability"], "unit_availability", here))
    else:
        checks.append(row("E_servers_up", exact["E_servers_up"], "unit_availability", here, scale=float(c)))
    return [World(desk(time, classes, tiers, deployment={"components": {"node": part}}), checks, families=FAMILIES)]


def alternating(params: Data, exact: Data, effort: float) -> list[World]:
    """One unit, many times over: 40 components with a repairer each, each the whole need of a function."""
    mean_up, mean_down, length = params["MTTF"], params["MTTR"], params["T"]
    copies = range(40)
    parts = {f"c{k}": component(mean_up) for k in copies}
    functions = {f"f{k}": {"needs": [f"c{k}"]} for k in copies}
    scenario = estate(length / YEAR_H, parts, _repairs(mean_down), len(copies))
    scenario["deployment"]["functions"] = functions
    wheres = [{"function": f"f{k}", "variant": "calendar"} for k in copies]

    def shares(outcome: Outcome) -> Any:
        return np.concatenate([outcome.values("availability", where) for where in wheres])

    def meets(target: float, outcome: Outcome) -> Bounds:
        kept = shares(outcome) >= target - 1e-12
        interval = proportion_interval(kept.sum(), kept.size, CONFIDENCE)
        return float(interval.estimate), float(interval.low), float(interval.high)

    def mean(power: int, outcome: Outcome) -> Bounds:
        down = (1 - shares(outcome)) * length
        about = down if power == 1 else np.square(down - exact["mean_downtime"])
        interval = mean_interval(about, CONFIDENCE)
        bounds = [float(interval.estimate), float(interval.low), float(interval.high)]
        return tuple(bounds) if power == 1 else tuple(math.sqrt(max(b, 0)) for b in bounds)  # type: ignore[return-value]

    each = "availability function=f*"
    checks = [Check(f"P_meet[{t}]", value, each, partial(meets, float(t)), 0.005)
              for t, value in exact["P_meet"].items()]
    for name, power in (("mean_downtime", 1), ("sd_downtime", 2)):
        checks.append(Check(name, exact[name], each, partial(mean, power), exact[name] / 10))
    return [World(scenario, checks, families=("availability",), replications=round(100 * effort))]


def k_of_n(params: Data, exact: Data, effort: float) -> list[World]:
    """k-of-n units with a repair crew."""
    n, k, mean_up = params["n"], params["k"], params["MTTF"]
    part = component(mean_up, n, k)
    years = _years(20, 1 / exact["failures_per_hour"], effort)
    scenario = estate(years, {"node": part}, _repairs(params["MTTR"]), params["repairmen"])
    checks = [
        _down("1 - A", 1 - exact["A"], within=0.02),
        row("mean_units_up", exact["mean_units_up"], "unit_availability", {"component": "node"}, scale=float(n)),
        row("failures_per_hour", exact["failures_per_hour"], "outages", {"function": "whole"}, scale=1 / YEAR_H,
            within=0.02),
        row("downtime_min_per_year", exact["downtime_min_per_year"], "downtime",
            {"function": "whole", "cause": "failure"}, within=0.02),
    ]  # fmt: skip
    return [World(scenario, checks, families=FAMILIES)]


def repairmen(params: Data, exact: Data, effort: float) -> list[World]:
    """Machine repairman: one component of M units, all needed; its tickets queue for the crew."""
    units, mean_up = params["M"], params["MTTF"]
    years = _years(3000, 1 / exact["throughput"], effort)
    warm_up = 30 * (mean_up + params["MTTR"])
    part = component(mean_up, units, units)
    scenario = estate(years, {"machine": part}, _repairs(params["MTTR"]), params["r"], warm_up_h=warm_up)
    measured = years * YEAR_H - warm_up
    here = {"component": "machine"}
    checks = [
        row("availability_per_machine", exact["availability_per_machine"], "unit_availability", here),
        row("mean_up", exact["mean_up"], "unit_availability", here, scale=float(units)),
        row("mean_down", exact["mean_down"], "unit_availability", here, scale=-float(units), shift=float(units)),
        row("mean_queue", exact["mean_queue"], "queue_length", {"queue": "workshop"}),
        row("throughput", exact["throughput"], "tickets", {"priority": "P0"}, scale=1 / measured),
        row("mean_downtime", exact["mean_downtime"], "mean_time_to_restore", here, scale=1 / 60),
        row("mean_wait_for_repairman", exact["mean_wait_for_repairman"], "wait", {"queue": "workshop"}, scale=1 / 60),
        row("P_all_up", exact["P_all_up"], "availability", WHOLE),
        row("repairman_util", exact["repairman_util"], "utilisation", {"tier": "crew"}),
    ]
    return [World(scenario, checks, families=("availability", "queues", "service_level"))]


def standby(params: Data, exact: Data, effort: float) -> list[World]:
    """Active and hot standby with imperfect takeover; one repairer."""
    mean_up = params["MTTF_h"]
    part = component(mean_up, 2, 1, redundancy="standby", failover={
        "delay": {"mean": f"{float(params['failover_s'])!r} s", "law": "exponential"}, "coverage": params["coverage"],
        "manual": {"mean": f"{float(params['manual_min'])!r} min", "law": "exponential"},
    })  # fmt: skip
    scenario = estate(_years(250, mean_up, effort), {"node": part}, _repairs(params["MTTR_h"]), 1)
    takeover = exact["contrib_failover"] + exact["contrib_uncovered"]
    by_cause = [("failover + uncovered", takeover, "takeover"), ("contrib_double", exact["contrib_double"], "failure")]
    checks = [_down("U", exact["U"], within=0.03)]
    checks += [row(name, value, "downtime", {"function": "whole", "cause": cause}, within=None)
               for name, value, cause in by_cause]
    return [World(scenario, checks, families=("availability",))]


def common_cause(params: Data, exact: Data, effort: float) -> list[World]:
    """Two units, one needed, a share of failures common, a repairer each; and the same without common causes."""
    worlds = []
    for name, beta in (("U", params["beta"]), ("U_no_ccf", 0.0)):
        part = component(params["MTTF"], 2, 1, common_cause=beta)
        scenario = estate(_years(250, params["MTTF"], effort), {"node": part}, _repairs(params["MTTR"]), 2)
        asked = 0.03 if name == "U" else None
        worlds.append(World(scenario, [_down(name, exact[name], within=asked)], families=("availability",)))
    return worlds


def ageing(params: Data, exact: Data, effort: float) -> list[World]:
    """Weibull unit, replaced at an age or on failure; planned maintenance counts as downtime."""
    shape, scale = params["shape"], params["scale"]
    mtbf = scale * math.gamma(1 + 1 / shape)
    answers = {tau: 1 - known["A"] for tau, known in exact["by_tau"].items()} | {"": 1 - exact["no_pm_A"]}
    worlds = []
    for tau, unavailability in answers.items():
        every: Data = {"every": f"{float(tau or 1)!r} h", "takes": _hours(params["Tp"], "fixed")}
        upkeep: Data = {"maintenance": every} if tau else {}
        scenario = estate(_years(1000, mtbf, effort), {"unit": component(mtbf, shape=shape, **upkeep)},
                          _repairs(params["Tc"], "fixed"), 1, contract={"planned_maintenance_counts": True})
        name = f"1 - A[tau={tau}]" if tau else "1 - no_pm_A"
        worlds.append(World(scenario, [_down(name, unavailability, within=0.02)], families=("availability",)))
    return worlds


def detection(params: Data, exact: Data, effort: float) -> list[World]:
    """A unit whose failures are seen at the next periodic check; and one whose failures are seen at once."""
    mean_up = params["MTTF"]
    worlds = []
    for name, monitoring in (("A", {"every": f"{params['delta']!r} h"}), ("A_ignoring_detection", {})):
        scenario = estate(_years(2000, mean_up, effort), {"unit": component(mean_up, monitoring=monitoring)},
                          _repairs(params["MTTR"]), 1)
        checks = [_down(f"1 - {name}", 1 - exact[name], within=0.01)]
        if monitoring:
            checks.append(row("mean_detection_delay", exact["mean_detection_delay"], "mean_time_to_detect",
                              {"component": "unit"}, scale=1 / 60))
        worlds.append(World(scenario, checks, families=("availability",)))
    return worlds


def _time_of_day(hour: float) -> str:
    return f"{int(hour) % 24 if hour % 24 or not hour else 24:02d}:{round(hour % 1 * 60):02d}"


def rejuvenation(params: Data, exact: Data, effort: float) -> list[World]:
    """A unit that turns fragile before it fails; while fragile, it may be restarted in time."""
    worlds, horizon, fragile = [], params["horizon_h"], params["mtbf_in_P_h"]
    for name, rate in params["rejuv_rates"].items():
        stages: Data = {"onset": _hours(params["base_longevity_h"]), "to_failure": _hours(fragile)}
        if rate > 0:
            stages |= {"noticed_after": _hours(1 / rate), "restart": _hours(params["rejuv_h"])}
        part = {"degradation": stages, "repair": {"ticket": "failure", "priority": "P0"}}
        failures_per_h = exact[name]["fail_hours"] / horizon / params["repair_h"]
        scenario = estate(_years(60, 1 / failures_per_h, effort), {"node": part}, _repairs(params["repair_h"]), 1)
        checks = [row(f"fail_hours[{name}]", exact[name]["fail_hours"], "downtime",
                      {"function": "whole", "cause": "failure"}, scale=horizon / YEAR_MIN, within=0.02)]
        if rate > 0:
            checks.append(row(f"rejuv_hours[{name}]", exact[name]["rejuv_hours"], "downtime",
                              {"function": "whole", "cause": "maintenance"}, scale=horizon / YEAR_MIN))
        worlds.append(World(scenario, checks, families=("availability",)))
    return worlds


def support_hours(params: Data, exact: Data, effort: float) -> list[World]:
    """Repair by a crew that works in weekly windows only and pauses outside; 50 units with a repairer each."""
    windows = params["work_windows_h_of_week"]
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    calendars: Data = {
        f"w{k}": {"days": days[int(opens // 24)], "hours": f"{_time_of_day(opens % 24)}-{_time_of_day(closes)}"}
        for k, (opens, closes) in enumerate(windows)
    }
    calendars["support"] = {"union": list(calendars)}
    units, mtbf = 50, params["MTBF"]
    part = component(mtbf, units, 1)
    repair = _repairs(params["mean_effort_h"])
    scenario = estate(_years(20, mtbf, effort), {"unit": part}, repair, units, warm_up_h=10 * 168)
    scenario["calendars"] = calendars
    shift = {"week": {"calendar": "support", "heads": units}}
    scenario["support"] = {"tiers": {"crew": {"serves": ["workshop"], "shifts": shift, "at_shift_end": "pause"}}}
    here = {"component": "unit"}
    checks = [
        row("mean_ack_delay", exact["mean_ack_delay"], "mean_time_to_acknowledge", here, scale=1 / 60),
        row("mean_elapsed_outage", exact["mean_elapsed_outage"], "mean_time_to_restore", here, scale=1 / 60),
        row("1 - A_approx", 1 - exact["A_approx"], "unit_availability", here, scale=-1.0, shift=1.0, within=0.02),
    ]
    return [World(scenario, checks, families=("availability",))]


def changes(params: Data, exact: Data, effort: float) -> list[World]:
    """Deployments at equal distances: no planned outage, a fault is down until it is noticed and rolled back."""
    n, length = params["n"], params["T_h"]
    every = int(length // n)
    change = {
        "components": ["plm"], "at": f"{START}T00:00", "repeat": f"FREQ=HOURLY;INTERVAL={every};COUNT={n}",
        "work": "0 s", "failure": params["CFR"],
        "notice": {"mean": f"{params['outage_mean_h']!r} h", "cv": params["outage_cv"], "law": "lognormal"},
    }  # fmt: skip
    scenario = {"name": "theory", "clock": {"start": START, "horizon": f"{float(length)!r} h"},
                "deployment": {"components": {"plm": {}}}, "changes": {"release": change}}

    def downtime(outcome: Outcome) -> Any:
        return (1 - outcome.values("availability", WHOLE)) * length

    def spread(outcome: Outcome) -> Bounds:
        interval = mean_interval(np.square(downtime(outcome) - exact["mean_downtime"]), CONFIDENCE)
        bounds = (float(interval.estimate), float(interval.low), float(interval.high))
        return tuple(math.sqrt(max(b, 0)) for b in bounds)  # type: ignore[return-value]

    def none(outcome: Outcome) -> Bounds:
        quiet = downtime(outcome) == 0
        interval = proportion_interval(quiet.sum(), quiet.size, CONFIDENCE, "clopper_pearson")
        return float(interval.estimate), float(interval.low), float(interval.high)

    checks = [
        row("mean_downtime", exact["mean_downtime"], "availability", WHOLE, scale=-length, shift=length),
        row("1 - availability_from_change", 1 - exact["availability_from_change"], "downtime",
            {"function": "whole", "cause": "change_fault"}, scale=1 / YEAR_MIN),
        Check("sd_downtime", exact["sd_downtime"], "availability", spread, None),
        Check("P_no_change_outage", exact["P_no_change_outage"], "availability", none, None),
    ]  # fmt: skip
    return [World(scenario, checks, families=("availability",), replications=round(1000 * effort))]


def block_diagram(params: Data, exact: Data, effort: float) -> list[World]:
    """Series of k-of-n blocks: repairs take 1 h, and each unit's MTBF gives its availability; a repairer each."""
    blocks = params["blocks"]
    parts = {name: component(a / (1 - a), n, k) for name, (_, n, k, a) in blocks.items()}
    functions = {name: {"needs": [name]} for name in blocks}
    crew = sum(int(block[1]) for block in blocks.values())
    shortest = min(a / (1 - a) for *_, a in blocks.values())
    scenario = estate(_years(2000, shortest, effort), parts, _repairs(1.0), crew)
    scenario["deployment"]["functions"] = functions
    checks = [_down("1 - A", 1 - exact["A"], within=0.03)]
    checks += [_down(f"1 - block_A[{name}]", 1 - a, {"function": name, "variant": "calendar"}, within=None)
               for name, a in exact["block_A"].items()]
    return [World(scenario, checks, families=("availability",))]
