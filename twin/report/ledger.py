"""The assumption ledger on a page: each figure with its tag, range and source, and its share of a result's variance."""

from collections.abc import Mapping
from typing import Any, Final

from twin.report import labels
from twin.report.words import percent
from twin.spec.load import Loaded
from twin.spec.tags import Assumption

_TAG_ORDER = ("assumed", "cited", "measured")

TOO_FEW: Final = "too few points to tell"
_BEYOND = 0.5

Line = tuple[str, str, str, str, str]


def ledger(loaded: Loaded, shares: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the foot of a page shows of the assumptions: lines by tag, assumed ones first, warnings, and which guess
    decides.

    shares  a sensitivity analysis as plain data (`sensitivity_object`), for the share of the variance of each figure;
    then the figures that explain most come first.
    """
    sizes = {one["path"]: one["total"] for one in shares["shares"]} if shares else {}
    rows = sorted(loaded.ledger, key=lambda row: -sizes.get(row.path, 0.0))
    lines = [(row.tag, _line(row, shares)) for row in rows]
    return {
        "tags": [(tag, [line for of, line in lines if of == tag]) for tag in _TAG_ORDER],
        "warnings": [str(problem) for problem in loaded.warnings],
        "shared": _shared(shares) if shares else "",
    }


def variance_share(value: float, low: float, high: float) -> str:
    """A share of the variance with its interval, cut to [0, 1]; words where they mean nothing."""
    if not is_told(low, high):
        return TOO_FEW
    shown = [percent(min(max(ratio, 0.0), 1.0), 0.05) for ratio in (value, low, high)]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"


def is_told(low: float, high: float) -> bool:
    """Whether an interval of a share of the variance is not far beyond [0, 1], as it is where the variance may be 0."""
    return low >= -_BEYOND and high <= 1.0 + _BEYOND


def plausible(row: Assumption) -> str:
    """The plausible range of a figure as the scenario's file says it: "10 min to 30 min"; empty without one."""
    return " to ".join(row.range) if row.range else ""


def _line(row: Assumption, shares: Mapping[str, Any] | None) -> Line:
    return row.path, row.value, plausible(row), row.source, _share(row.path, shares) if shares else ""


def _share(path: str, shares: Mapping[str, Any]) -> str:
    for one in shares["shares"]:
        if one["path"] == path:
            return variance_share(one["total"], one["total_low"], one["total_high"])
    return "screened out" if any(one["path"] == path for one in shares["effects"]) else "no range given"


def _shared(shares: Mapping[str, Any]) -> str:
    of = ", ".join(shares["where"].values())
    name = labels.measure(shares["measure"]) + (f" ({of})" if of else "")
    return (
        f"Shares are of the variance that the plausible ranges cause in “{name}”, with all interactions and 95 % "
        f"bootstrap intervals (seed {shares['seed']}, {shares['replications']} replications of each of "
        f"{shares['points']} Sobol points, after a Morris screening of {len(shares['effects'])} figures). Chance makes "
        f"{percent(shares['chance_ratio'], 0.01)} of the variance of a single run."
    )
