"""Demands as parts of a scenario, as rows of the tidy table, and in words."""

from typing import Any

from twin.calibrate.requests.fit import CONFIDENCE, Calibration, Step
from twin.experiment.table import Row

LEAST_WORK_S = 1e-6


def scenario_part(found: Calibration) -> dict[str, Any]:
    """The keys stations, pools and transactions of a scenario's workload, as they are written in YAML."""
    limits = found.limits
    stations: dict[str, Any] = {
        name: {"kind": "cpu", "servers": max(1, round(one.cores))} for name, one in limits.stations.items()
    }
    if rates := [round(rate, 4) for rate in found.hindrance.rates(limits.workers)]:
        for station in stations.values():
            station["rates"] = rates
    if any(step.delay_s > 0 for step in found.steps):
        stations["elsewhere"] = {"kind": "delay"}
    verbs = dict.fromkeys(step.verb for step in found.steps)
    transactions = {
        verb: {"steps": [held for step in found.steps if step.verb == verb for held in _held(step, found.shares)]}
        for verb in verbs
    }
    return {"stations": stations, "pools": {"workers": {"size": limits.workers}}, "transactions": transactions}


def _held(step: Step, shares: dict[str, float]) -> list[dict[str, Any]]:
    """A request: a worker held while its work is done; several times if a transaction sends it several times."""
    visits: list[dict[str, Any]] = [
        {"visit": station, "work": _law(step.mean_s * share, step.cv)}
        for station, share in shares.items()
        if step.mean_s * share >= LEAST_WORK_S
    ]
    if step.delay_s >= LEAST_WORK_S:
        visits.append({"visit": "elsewhere", "work": _law(step.delay_s, step.cv)})
    return [{"hold": "workers", "do": visits}] * max(1, round(step.visits)) if visits else []


def _law(mean_s: float, cv: float) -> dict[str, Any]:
    return (
        {"mean": f"{mean_s * 1000:.4g} ms", "cv": round(cv, 3)} if cv >= 0.005 else {"mean": f"{mean_s * 1000:.4g} ms"}
    )


def rows(found: Calibration) -> list[Row]:
    """Core seconds of each request with its interval: rows of the tidy table."""
    return [
        Row(
            "demand", {"transaction": s.verb, "step": str(s.step), "request": s.name}, "s",
            s.mean_s, s.low_s, s.high_s, CONFIDENCE, s.n, "",
        )
        for s in found.steps
    ]  # fmt: skip


def told(found: Calibration) -> list[str]:
    """The calibration in lines for people: demands, and why this estimator."""
    lines = [f"{'transaction':<20} {'ms of work':>11}   requests"]
    for verb, seconds in found.per_transaction().items():
        mine = [step for step in found.steps if step.verb == verb]
        spans = ", ".join(f"{s.mean_s * 1e3:.3g} [{s.low_s * 1e3:.3g}, {s.high_s * 1e3:.3g}]" for s in mine)
        lines.append(f"{verb:<20} {seconds * 1e3:11.2f}   {spans}")
    if found.hindrance.cost:
        company = found.hindrance
        lines.append(
            f"each other request on the cores makes work {company.cost:.1%} [{company.low:.1%}, {company.high:.1%}] "
            "longer; the work above is that of a request by itself"
        )
    lines.append(f"chosen on level {found.held_out}, which was kept back:")
    for one in found.judged:
        mark = "*" if one.estimator == found.estimator else " "
        errors = f"mean response {one.mean_error:.1%} off, by transaction {one.class_error:.1%}"
        how = one.why or f"{errors}, CPU used {one.work_error:.1%}"
        lines.append(f" {mark} {one.estimator:<12} {how}")
    return lines
