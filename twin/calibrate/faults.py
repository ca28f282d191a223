"""Failure and repair laws from outage records, with published rates as priors where the record is short."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from twin.calibrate.readers.report import ReadError
from twin.calibrate.readers.rows import file_of

Floats = NDArray[Any]
HOUR_S: Final = 3600.0


@dataclass(frozen=True)
class Prior:
    """What is known before the record: mean time between failures in hours as a gamma law of the rate worth `failures`
    failures, median hours of repair with its log standard deviation worth `repairs` repairs, and the source."""

    mtbf_h: float
    failures: float
    repair_h: float
    log_sd: float
    repairs: float
    source: str


# Weak on purpose: worth one or two events, so that a handful of own outages outweighs them.
PRIORS: Final[Mapping[str, Prior]] = {
    "server": Prior(
        8760.0, 1.0, 2.0, 1.2, 2.0,
        "Schroeder and Gibson (2010), A large-scale study of failures in high-performance computing systems, IEEE TDSC "
        "7(4): lognormal repairs with means from under an hour to over a day; one failure a year and server is assumed",
    ),
    "disk": Prior(
        8760.0 / 0.03, 1.0, 2.0, 1.2, 2.0,
        "Schroeder and Gibson (2007), Disk failures in the real world, FAST 2007: annual replacement rates of 2 to "
        "4 %; lognormal repairs of some hours are assumed",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class FaultFit:
    """Laws of one component, with 90 % credible intervals.

    mtbf_h  posterior median; repair_h, repair_cv  mean and cv of the repair (lognormal); shape  of a Weibull law of
    times between failures with its 90 % interval (1: no ageing); p_exponential, p_lognormal  goodness of fit by
    Kolmogorov and Smirnov (too kind, for the parameters are fitted), nan where there are too few.
    """

    component: str
    failures: int
    exposure_h: float
    mtbf_h: float
    mtbf_low_h: float
    mtbf_high_h: float
    repair_h: float
    repair_low_h: float
    repair_high_h: float
    repair_cv: float
    shape: float
    shape_low: float
    shape_high: float
    p_exponential: float
    p_lognormal: float
    prior: str


def read_outages(path: str | Path) -> dict[str, tuple[Floats, Floats]]:
    """Outages by component, as seconds: begins and ends (nan: not over), sorted. Columns component, begin, end.

    Raises ReadError for a file that is no such table or has an outage that ends before it begins.
    """
    file = file_of(path)
    try:
        frame = pd.read_csv(file, dtype=str, encoding="utf-8-sig")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise ReadError(f"{file}: can't be read: {error}; export it as CSV with a header") from None
    if missing := [name for name in ("component", "begin", "end") if name not in frame.columns]:
        raise ReadError(f"{file}:1: no column {', '.join(missing)}; give component, begin and end of each outage")
    begin, end = (pd.to_datetime(frame[name], errors="coerce", format="mixed") for name in ("begin", "end"))
    if begin.isna().any():
        row = int(begin.isna().to_numpy().argmax())
        raise ReadError(f"{file}:{row + 2}: the outage has no begin that is a time; write e.g. 2026-01-05 08:00")
    if (end < begin).any():
        row = int((end < begin).to_numpy().argmax())
        raise ReadError(f"{file}:{row + 2}: the outage ends before it begins; correct one of them")
    found = {}
    epoch = pd.Timestamp(0)
    for component in sorted(frame["component"].dropna().unique().tolist()):
        rows = (frame["component"] == component).to_numpy()
        at = (begin[rows] - epoch).dt.total_seconds().to_numpy()
        over = (end[rows] - epoch).dt.total_seconds().to_numpy()
        order = np.argsort(at)
        found[str(component)] = (at[order], over[order])
    return found


def fit_faults(
    component: str, begin: Floats, end: Floats, since: float, until: float, prior: Prior | None = None
) -> FaultFit:
    """Laws of one component from its outages between two instants (seconds). ValueError without outages and prior."""
    if not len(begin) and prior is None:
        raise ValueError(f"{component}: no outage is recorded; name a prior, e.g. --prior server")
    over = np.where(np.isnan(end), until, end)
    exposure = max(float(until - since - (np.minimum(over, until) - begin).sum()) / HOUR_S, 1e-6)
    count = prior.failures if prior else 0.0
    rate = stats.gamma(len(begin) + count, scale=1.0 / (exposure + (count * prior.mtbf_h if prior else 0.0)))
    median, low, high = (1.0 / float(rate.ppf(q)) for q in (0.5, 0.95, 0.05))
    repair = _repair((over - begin)[~np.isnan(end)] / HOUR_S, prior)
    gaps = np.append(begin[1:] - over[:-1], until - over[-1]) / HOUR_S if len(begin) else np.array([exposure])
    gaps = np.append((begin[0] - since) / HOUR_S, gaps) if len(begin) else gaps
    shape = _weibull(np.maximum(gaps, 1e-3), np.append(np.ones(len(gaps) - 1, bool), False))
    full = gaps[:-1]
    p_gap = float(stats.kstest(full, "expon", args=(0, full.mean())).pvalue) if len(full) >= 8 else math.nan
    return FaultFit(component, len(begin), exposure, median, low, high, *repair[:4], *shape, p_gap, repair[4],
                    prior.source if prior else "none")  # fmt: skip


def _repair(hours: Floats, prior: Prior | None) -> tuple[float, float, float, float, float]:
    """Mean, 90 % interval and cv of a lognormal repair, normal-inverse-gamma on the logarithm; goodness of fit.

    Source: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 3.3.
    """
    logs = np.log(np.maximum(hours, 1e-3))
    weight = prior.repairs if prior else 0.0
    centre = math.log(prior.repair_h) if prior else 0.0
    total = weight + len(logs)
    if total == 0:
        return math.nan, math.nan, math.nan, math.nan, math.nan
    mean = (weight * centre + logs.sum()) / total
    own = float(((logs - logs.mean()) ** 2).sum()) if len(logs) else 0.0
    apart = weight * len(logs) / total * (float(logs.mean()) - centre) ** 2 if len(logs) else 0.0
    usual = weight * prior.log_sd**2 if prior else 0.0
    degrees = max(total - (0.0 if prior else 1.0), 1.0)
    variance = max((own + apart + usual) / degrees, 1e-6)
    half = float(stats.t.ppf(0.95, degrees)) * math.sqrt(variance / total + variance**2 / (2 * degrees))
    centre = mean + variance / 2
    p = float(stats.kstest(logs, "norm", args=(logs.mean(), logs.std())).pvalue) if len(logs) >= 8 else math.nan
    return math.exp(centre), math.exp(centre - half), math.exp(centre + half), math.sqrt(math.expm1(variance)), p


def _weibull(gaps: Floats, is_failure: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Shape of a Weibull law of right-censored gaps by maximum likelihood, with its 90 % profile interval."""
    if is_failure.sum() < 3:
        return math.nan, math.nan, math.nan
    grid = np.exp(np.linspace(math.log(0.2), math.log(5.0), 241))
    failures = int(is_failure.sum())
    powers = (gaps[None, :] ** grid[:, None]).sum(axis=1)
    value = failures * (np.log(grid) - np.log(powers / failures) - 1) + (grid - 1) * np.log(gaps[is_failure]).sum()
    inside = grid[value >= value.max() - stats.chi2.ppf(0.9, 1) / 2]
    return float(grid[value.argmax()]), float(inside[0]), float(inside[-1])


def faults_data(fit: FaultFit, source: str) -> dict[str, Any]:
    """The laws as a part of a component of a scenario: mtbf, and the repair as the work of its ticket."""
    origin = source if fit.prior == "none" else f"{source}, with a prior: {fit.prior}"
    found: dict[str, Any] = {
        "mtbf": {"value": f"{fit.mtbf_h:.5g} h", "measured": origin,
                 "range": [f"{fit.mtbf_low_h:.5g} h", f"{fit.mtbf_high_h:.5g} h"]},
    }  # fmt: skip
    if not math.isnan(fit.repair_h):
        bounds = [f"{fit.repair_low_h:.4g} h", f"{fit.repair_high_h:.4g} h"]
        found["repair_work"] = {
            "mean": f"{fit.repair_h:.4g} h", "cv": round(fit.repair_cv, 3), "measured": origin, "range": bounds,
        }  # fmt: skip
    return found
