"""The assumption ledger on a page: each figure with its tag, range and source, and its share of a result's variance."""

from collections.abc import Mapping
from typing import Any

from twin.report import labels
from twin.report.words import percent
from twin.spec.load import Loaded
from twin.spec.tags import Assumption

_TAG_ORDER = ("assumed", "cited", "measured")

Line = tuple[str, str, str, str, str]


def ledger(loaded: Loaded, shares: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the foot of a page shows of the assumptions: lines by tag, assumed ones first, warnings, and which guess
    decides.

    shares  a sensitivity analysis as plain data (`sensitivity_object`), for the share of the variance of each figure.
    """
    lines = [(row.tag, _line(row, shares)) for row in loaded.ledger]
    return {
        "tags": [(tag, [line for of, line in lines if of == tag]) for tag in _TAG_ORDER],
        "warnings": [str(problem) for problem in loaded.warnings],
        "shared": _shared(shares) if shares else "",
    }


def _line(row: Assumption, shares: Mapping[str, Any] | None) -> Line:
    span = " to ".join(row.range) if row.range else ""
    return row.path, row.value, span, row.source, _share(row.path, shares) if shares else ""


def _share(path: str, shares: Mapping[str, Any]) -> str:
    for one in shares["shares"]:
        if one["path"] == path:
            value, low, high = (percent(max(one[key], 0.0), 0.02) for key in ("total", "total_low", "total_high"))
            return f"{value} ({low} to {high})"
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
