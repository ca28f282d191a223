"""Textbook queues as scenarios: parameters and known answers to worlds, in any unit of time.

`effort` stretches each replication.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proving import Check, World, logged, row
from readers import AbandonedByClass, Patience, Spread

Data = dict[str, Any]
UNITS = {"h": 3600.0, "min": 60.0, "s": 1.0}
LONGEST_S, MOST_TICKS = 900 * 31_536_000.0, 6e10
START = "2026-01-05"


@dataclass(frozen=True)
class Time:
    """The model's time on the twin's clock: the longest unit that lets the run end within the clock's bounds.

    length  measured; warm_up and drain around it; shortest  mean length that must be many ticks.
    """

    length: float
    warm_up: float
    drain: float
    shortest: float

    @property
    def unit(self) -> str:
        """Unit of time that stands for the model's."""
        total = self.length + self.warm_up + self.drain
        return next(unit for unit, size in UNITS.items() if total * size < LONGEST_S)

    @property
    def tick_s(self) -> float:
        """A power of ten, about a thousandth of the shortest length."""
        size = UNITS[self.unit]
        fine = min(10.0 ** math.floor(math.log10(self.shortest * size / 1000)), 1.0)
        return max(fine, 1e-4, 10.0 ** math.ceil(math.log10((self.length + self.warm_up) * size / MOST_TICKS)))

    @property
    def per_min(self) -> float:
        """Model units in a minute."""
        return 60.0 / UNITS[self.unit]

    def of(self, length: float) -> str:
        """A length as a scenario writes it."""
        return f"{float(length)!r} {self.unit}"

    def rate(self, rate: float) -> str:
        """A rate as a scenario writes it."""
        return f"{float(rate)!r} / {self.unit}"

    def law(self, mean: float, cv: float = 1.0, name: str = "exponential") -> Data:
        """A law of lengths as a scenario writes it."""
        return {"mean": self.of(mean), "cv": float(cv), "law": name} if name != "fixed" else {"mean": self.of(mean)}

    def clock(self) -> Data:
        """The scenario's clock."""
        return {"start": START, "horizon": self.of(self.length + self.warm_up), "warm_up": self.of(self.warm_up),
                "drain": self.of(self.drain), "tick": f"{self.tick_s!r} s"}


def steady(rate: float, load: float, mean: float, servers: int, effort: float, variety: float = 1.0) -> Time:
    """Time for 60,000 arrivals per effort after a warm-up of many relaxation times of the busiest queue.

    variety  (squared cv of gaps + that of work) / 2.
    """
    relaxation = max(variety, 1.0) * mean / servers / (1 - load) ** 2
    return Time(60_000 * effort / rate, 20 * relaxation + 20 * mean, 20 * relaxation + 100 * mean, mean)


def agents(serves: Sequence[str], heads: int, **more: Any) -> Data:
    """A tier always on duty."""
    return {"serves": list(serves), "shifts": {"always": {"heads": heads}}, **more}


def desk(time: Time, tickets: Data, tiers: Data, **more: Any) -> Data:
    """A scenario of ticket classes and tiers."""
    support = {"tiers": tiers} | more.pop("support", {})
    return {"name": "theory", "clock": time.clock(), "demand": {"tickets": tickets}, "support": support, **more}


def job(time: Time, work: Data, **more: Any) -> Data:
    """A ticket class with one visit, to queue q."""
    return {"queue": "q", "priority": "P2", "visits": {"q": {"work": work}}, **more}


def queue_checks(time: Time, exact: Data) -> list[Check]:
    """Checks of the names that queues in the table of known answers share, those that `exact` has."""
    here, unit = {"queue": "q"}, time.per_min
    checks = {
        "rho": row("rho", exact.get("rho", 0), "utilisation", {"tier": "agents"}),
        "L": row("L", exact.get("L", 0), "backlog"),
        "Lq": row("Lq", exact.get("Lq", 0), "queue_length", here),
        "W": row("W", exact.get("W", 0), "sojourn", scale=unit),
        "Wq": row("Wq", exact.get("Wq", 0), "wait", here, scale=unit),
        "P_wait": row("P_wait", exact.get("P_wait", 0), "waited_ratio", here),
        "sigma": row("sigma", exact.get("sigma", 0), "waited_ratio", here),
        "erlang_c": row("erlang_c", exact.get("erlang_c", 0), "waited_ratio", here),
    }
    for percent, within in ((50, 0.02), (90, 0.02), (95, 0.02), (99, 0.03)):
        name = f"W_p{percent}"
        where = {"p": f"{percent / 100:g}"}
        checks[name] = row(name, exact.get(name, 0), "sojourn_quantile", where, scale=unit, within=within)
    return [check for name, check in checks.items() if name in exact]


def fcfs(
    rate: float, load: float, mean: float, servers: int, work: tuple[float, str], exact: Data, effort: float,
    gap: tuple[float, str] = (1.0, "exponential"), batch: dict[int, float] | None = None, size: float = 1.0,
) -> list[World]:  # fmt: skip
    """G/G/c/FCFS: arrivals Poisson, in batches, or with renewal gaps; laws as (cv, name)."""
    variety = (size * (1 + work[0] ** 2) + gap[0] ** 2 - 1) / 2
    time = steady(rate, load, mean, servers, effort, variety)
    arrivals: Data = {"rate": time.rate(rate / size)}
    if batch:
        arrivals["batch"] = batch
    if gap[1] != "exponential":
        arrivals = {"interarrival": time.law(1 / rate, *gap)}
    ticket = job(time, time.law(mean, *work), arrivals=arrivals)
    scenario = desk(time, {"job": ticket}, {"agents": agents(["q"], servers)})
    checks = queue_checks(time, exact)
    spread = {name: exact[name] for name in ("Wq_p95", "Wq_p99", "var_Wq", "var_W", "var_L") if name in exact}
    if not spread:
        return [World(scenario, checks)]
    levels = [int(name[-2:]) / 100 for name in spread if "_p" in name]
    means = exact["Wq"], exact["W"], exact.get("L", rate * exact["W"])
    names = [name for name in spread if "_p" in name] + ["var_Wq", "var_W", "var_L"]
    for name, value in spread.items():
        within = {"Wq_p95": 0.02, "Wq_p99": 0.03}.get(name)
        checks.append(logged(name, value, "event log", names.index(name), within=within))
    return [World(scenario, checks, read=Spread(UNITS[time.unit], levels, *means))]


EXPONENTIAL, FIXED = (1.0, "exponential"), (0.0, "fixed")


def mm1(params: Data, exact: Data, effort: float) -> list[World]:
    """M/M/1."""
    lam, mu = params["lam"], params["mu"]
    return fcfs(lam, lam / mu, 1 / mu, 1, EXPONENTIAL, exact, effort)


def mmc(params: Data, exact: Data, effort: float) -> list[World]:
    """M/M/c."""
    lam, mu, c = params["lam"], params["mu"], params["c"]
    return fcfs(lam, lam / mu / c, 1 / mu, c, EXPONENTIAL, exact, effort)


def md1(params: Data, exact: Data, effort: float) -> list[World]:
    """M/D/1."""
    return fcfs(params["lam"], params["lam"] * params["D"], params["D"], 1, FIXED, exact, effort)


def mln1(params: Data, exact: Data, effort: float) -> list[World]:
    """M/G/1 with lognormal work."""
    lam, mean = params["lam"], params["service_mean"]
    return fcfs(lam, lam * mean, mean, 1, (params["service_cv"], "lognormal"), exact, effort)


def mweib1(params: Data, exact: Data, effort: float) -> list[World]:
    """M/G/1 with Weibull work; shape and scale become mean and cv."""
    lam, shape = params["lam"], params["shape"]
    first, second = math.gamma(1 + 1 / shape), math.gamma(1 + 2 / shape)
    mean, cv = params["scale"] * first, math.sqrt(second / first**2 - 1)
    return fcfs(lam, lam * mean, mean, 1, (cv, "weibull"), exact, effort)


def mh21(params: Data, exact: Data, effort: float) -> list[World]:
    """M/G/1 with hyperexponential work of balanced means."""
    lam, mean = params["lam"], params["mean"]
    return fcfs(lam, lam * mean, mean, 1, (math.sqrt(params["scv"]), "hyperexponential"), exact, effort)


def mek1(params: Data, exact: Data, effort: float) -> list[World]:
    """M/G/1 with Erlang work: a gamma law of cv 1 / sqrt k."""
    lam, mean = params["lam"], params["mean"]
    return fcfs(lam, lam * mean, mean, 1, (params["k"] ** -0.5, "gamma"), exact, effort)


def batch(params: Data, exact: Data, effort: float) -> list[World]:
    """M^X/M/1."""
    pmf = {int(size): float(share) for size, share in params["batch_pmf"]}
    mean = sum(size * share for size, share in pmf.items())
    rate, mu = params["batch_rate"] * mean, params["mu"]
    return fcfs(rate, rate / mu, 1 / mu, 1, EXPONENTIAL, exact, effort, batch=pmf, size=mean)


def dm1(params: Data, exact: Data, effort: float) -> list[World]:
    """D/M/1."""
    lam, mu = params["lam"], params["mu"]
    return fcfs(lam, lam / mu, 1 / mu, 1, EXPONENTIAL, exact, effort, gap=FIXED)


def ekm1(params: Data, exact: Data, effort: float) -> list[World]:
    """Ek/M/1: gaps of a gamma law of cv 1 / sqrt k."""
    lam, mu = params["lam"], params["mu"]
    return fcfs(lam, lam / mu, 1 / mu, 1, EXPONENTIAL, exact, effort, gap=(params["k"] ** -0.5, "gamma"))


def reopen(params: Data, exact: Data, effort: float) -> list[World]:
    """M/M/c whose resolved tickets reopen at once, at the end of the line."""
    lam, mu, c, p = params["lam"], params["mu"], params["c"], params["p"]
    time = steady(lam, lam / (1 - p) / mu / c, 1 / mu, c, effort)
    ticket = job(time, time.law(1 / mu), arrivals={"rate": time.rate(lam)}, reopen={"probability": p})
    checks = [
        row("visits", exact["visits"], "touches"),
        row("rho", exact["rho"], "utilisation", {"tier": "agents"}),
        row("L", exact["L"], "backlog"),
        row("W_total", exact["W_total"], "sojourn", scale=time.per_min),
        row("W_per_visit", exact["W_per_visit"], "wait", {"queue": "q"}, scale=time.per_min, shift=1 / mu),
    ]
    return [World(desk(time, {"job": ticket}, {"agents": agents(["q"], c)}), checks)]


def erlang_a(params: Data, exact: Data, effort: float) -> list[World]:
    """M/M/n+M; the share that waits at most T is attainment of a respond target T."""
    lam, mu, n, theta, limit = (params[name] for name in ("lam", "mu", "n", "theta", "T"))
    time = Time(60_000 * effort / lam, 50 / min(mu, theta), 100 / min(mu, theta), min(1 / mu, 1 / theta))
    ticket = job(time, time.law(1 / mu), arrivals={"rate": time.rate(lam)}, patience=time.law(1 / theta))
    scenario = desk(time, {"job": ticket}, {"agents": agents(["q"], n)},
                    contract={"targets": {"P2": {"respond": time.of(limit)}}})
    here = {"queue": "q"}
    in_log = ("P_abandon_given_wait", "E_wait_given_wait", "P_served_within_T", "P_abandon_within_T",
              "P_still_waiting_at_T", "SL_served_over_served", "SL_served_over_arrivals_minus_early_abandon")
    checks = [
        row("P_wait", exact["P_wait"], "waited_ratio", here),
        row("P_abandon", exact["P_abandon"], "abandoned_ratio"),
        row("Lq", exact["Lq"], "queue_length", here),
        row("E_wait_all", exact["E_wait_all"], "wait", here, scale=time.per_min),
        row("occupancy", exact["occupancy"], "utilisation", {"tier": "agents"}),
        row("SL_waitlt_T_incl_abandon", exact["SL_waitlt_T_incl_abandon"], "attainment", {"clock": "respond"}),
        *(logged(name, exact[name], "event log", k, within=None if name == "P_still_waiting_at_T" else 0.01)
          for k, name in enumerate(in_log)),
    ]  # fmt: skip
    reader = Patience(UNITS[time.unit], limit)
    return [World(scenario, checks, families=("queues", "service_level"), read=reader)]


def _classes(time: Time, rates: Sequence[float], works: Sequence[Data]) -> Data:
    return {f"c{k}": job(time, work, priority=f"P{k}", arrivals={"rate": time.rate(rate)})
            for k, (rate, work) in enumerate(zip(rates, works, strict=True))}


def _by_priority(name: str, exact: Sequence[float], measure: str, time: Time) -> list[Check]:
    return [row(f"{name}[{k}]", value, measure, {"priority": f"P{k}"}, scale=time.per_min)
            for k, value in enumerate(exact)]


def _priority_worlds(time: Time, classes: Data, servers: int, waits: list[Check], sojourns: list[Check]) -> list[World]:
    levels = {"priorities": [f"P{k}" for k in range(len(classes))]}
    without = desk(time, classes, {"agents": agents(["q"], servers)}, support=levels)
    highest_but_one = f"P{max(len(classes) - 2, 0)}"
    resuming = agents(["q"], servers, preempt=highest_but_one)
    return [World(without, waits), World(desk(time, classes, {"agents": resuming}, support=levels), sojourns)]


def mg1_priorities(params: Data, exact: Data, effort: float) -> list[World]:
    """M/G/1 with priorities: one class per priority; without and with `preempt`."""
    rates, services = params["lams"], params["services"]
    cvs = [1.0 if name == "exp" else rest[1] for name, *rest in services]
    means = [rest[0] for _, *rest in services]
    load = sum(rate * mean for rate, mean in zip(rates, means, strict=True))
    time = steady(sum(rates), load, max(means), 1, effort, (1 + max(cvs) ** 2) / 2)
    works = [time.law(mean) if cv == 1.0 and name == "exp" else time.law(mean, cv, name)
             for (name, *_), mean, cv in zip(services, means, cvs, strict=True)]
    waits = _by_priority("nonpreemptive_Wq", exact["nonpreemptive_Wq"], "wait", time)
    waits += _by_priority("nonpreemptive_W", exact["nonpreemptive_W"], "sojourn", time)
    sojourns = _by_priority("preemptive_resume_W", exact["preemptive_resume_W"], "sojourn", time)
    return _priority_worlds(time, _classes(time, rates, works), 1, waits, sojourns)


def mmc_priorities(params: Data, exact: Data, effort: float) -> list[World]:
    """M/M/c with priorities and one service rate."""
    rates, mu, c = params["lams"], params["mu"], params["c"]
    time = steady(sum(rates), sum(rates) / mu / c, 1 / mu, c, effort)
    waits = _by_priority("nonpreemptive_Wq", exact["nonpreemptive_Wq"], "wait", time)
    waits.append(row("fcfs_Wq", exact["fcfs_Wq"], "wait", scale=time.per_min))
    sojourns = _by_priority("preemptive_resume_W", exact["preemptive_resume_W"], "sojourn", time)
    return _priority_worlds(time, _classes(time, rates, [time.law(1 / mu)] * len(rates)), c, waits, sojourns)


def two_rates(params: Data, exact: Data, effort: float) -> list[World]:
    """M/M/c whose urgent class preempts another with its own service rate."""
    rates, mus, c = (params["lam1"], params["lam2"]), (params["mu1"], params["mu2"]), params["c"]
    load = sum(rate / mu for rate, mu in zip(rates, mus, strict=True)) / c
    time = steady(sum(rates), load, 1 / min(mus), c, effort)
    classes = _classes(time, rates, [time.law(1 / mu) for mu in mus])
    sojourns = _by_priority("W", [exact["W1"], exact["W2"]], "sojourn", time)
    sojourns.append(row("L1 + L2", exact["L1"] + exact["L2"], "backlog"))
    return [_priority_worlds(time, classes, c, [], sojourns)[1]]


def jackson_network(params: Data, exact: Data, effort: float) -> list[World]:
    """Open Jackson network: a queue and a tier per station, `next` for the routing, a class per point of entry."""
    gamma, routing, mu, c = (params[name] for name in ("gamma", "P", "mu", "c"))
    stations = range(len(mu))
    slowest = max(1 / (mu[k] * c[k] * (1 - exact["rho"][k]) ** 2) for k in stations)
    time = Time(60_000 * effort / sum(gamma), 20 * slowest, 30 * slowest, 1 / max(mu))
    visits = {
        f"s{k}": {"work": time.law(1 / mu[k]), "next": {f"s{to}": p for to, p in enumerate(routing[k]) if p > 0}}
        for k in stations
    }
    classes = {
        f"from{k}": {"queue": f"s{k}", "priority": "P2", "visits": visits, "arrivals": {"rate": time.rate(gamma[k])}}
        for k in stations if gamma[k] > 0
    }
    tiers = {f"t{k}": agents([f"s{k}"], c[k]) for k in stations}
    checks = [row("W_total", exact["W_total"], "sojourn", scale=time.per_min)]
    for k in stations:
        checks += [
            row(f"Wq[{k}]", exact["Wq"][k], "wait", {"queue": f"s{k}"}, scale=time.per_min),
            row(f"W[{k}]", exact["W"][k], "wait", {"queue": f"s{k}"}, scale=time.per_min, shift=1 / mu[k]),
            row(f"L[{k}]", exact["L"][k], "queue_length", {"queue": f"s{k}"}, shift=exact["rho"][k] * c[k]),
            row(f"rho[{k}]", exact["rho"][k], "utilisation", {"tier": f"t{k}"}),
        ]
    return [World(desk(time, classes, tiers), checks)]


def tandem(params: Data, exact: Data, effort: float) -> list[World]:
    """Two tiers in tandem; P(total <= T) is attainment of the restore and resolve targets, two limits per world."""
    lam, mus, cs, p = params["lam"], (params["mu1"], params["mu2"]), (params["c1"], params["c2"]), params["p_escalate"]
    loads = lam / mus[0] / cs[0], lam * p / mus[1] / cs[1]
    time = steady(lam, max(loads), 1 / min(mus), min(cs), effort)
    visits = {"first": {"work": time.law(1 / mus[0]), "next": {"second": p}}, "second": {"work": time.law(1 / mus[1])}}
    classes = {"job": {"queue": "first", "priority": "P2", "visits": visits, "arrivals": {"rate": time.rate(lam)}}}
    tiers = {"t1": agents(["first"], cs[0]), "t2": agents(["second"], cs[1])}
    limits = [(t, exact["P_total_le_T"][t]) for t in exact["P_total_le_T"]]
    worlds = []
    for first in range(0, len(limits), 2):
        pair = dict(zip(("restore", "resolve"), limits[first : first + 2], strict=False))
        checks = [row(f"P_total_le_T[{t}]", value, "attainment", {"clock": clock}, half_width=0.002)
                  for clock, (t, value) in pair.items()]
        if first == 0:
            checks += [
                row("W_total", exact["W_total"], "sojourn", scale=time.per_min),
                row("W1", exact["W1"], "wait", {"queue": "first"}, scale=time.per_min, shift=1 / mus[0]),
                row("W2", exact["W2"], "wait", {"queue": "second"}, scale=time.per_min, shift=1 / mus[1]),
            ]
        contract = {"targets": {"P2": {clock: time.of(float(t)) for clock, (t, _) in pair.items()}}}
        families = ("queues", "service_level") if first == 0 else ("service_level",)
        worlds.append(World(desk(time, classes, tiers, contract=contract), checks, families=families))
    return worlds


def n_design(params: Data, exact: Data, effort: float) -> list[World]:
    """N-design: pool 2 serves queue 2 before queue 1, pool 1 queue 1 only."""
    mu = params["mu"]
    slowest = 1 / min(mu, params["theta1"], params["theta2"])
    time = Time(60_000 * effort / (params["lam1"] + params["lam2"]), 50 * slowest, 100 * slowest, 1 / mu)
    classes = {
        f"c{k}": {"queue": f"q{k}", "priority": "P2", "visits": {f"q{k}": {"work": time.law(1 / mu)}},
                  "arrivals": {"rate": time.rate(params[f"lam{k}"])}, "patience": time.law(1 / params[f"theta{k}"])}
        for k in (1, 2)
    }
    tiers = {"pool1": agents(["q1"], params["s1"]), "pool2": agents(["q2", "q1"], params["s2"])}
    checks = []
    for k in (1, 2):
        here = {"queue": f"q{k}"}
        checks += [
            row(f"P_wait{k}", exact[f"P_wait{k}"], "waited_ratio", here),
            row(f"E_wait{k}", exact[f"E_wait{k}"], "wait", here, scale=time.per_min),
            row(f"occ_pool{k}", exact[f"occ_pool{k}"], "utilisation", {"tier": f"pool{k}"}),
            logged(f"P_abandon{k}", exact[f"P_abandon{k}"], "event log", k - 1, within=0.01),
        ]
    return [World(desk(time, classes, tiers), checks, read=AbandonedByClass())]
