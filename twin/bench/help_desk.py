"""The benchmark model: a help desk of three lines with four priorities, and what independent programs say about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.spec.load import load
from twin.spec.scenario import Scenario

Numbers = NDArray[np.float64]

SHARES: Final = (0.05, 0.15, 0.50, 0.30)  # of the priorities, most urgent first
TARGETS_MIN: Final = (240, 480, 1440, 4320)
MEANS_MIN: Final = (30.0, 90.0, 240.0)  # of a visit to each line; lognormal, coefficient of variation 1
ESCALATED: Final = (0.35, 0.20, 0.0)
OUTPUTS: Final = ("overall", "P1", "P2", "P3", "P4", "mean")
YEAR_DAYS: Final = 365
_SCENARIOS: Final = Path(__file__).parents[2] / "scenarios" / "bench"


@dataclass(frozen=True)
class HelpDesk:
    """One size of the model.

    reference, error  of the OUTPUTS (shares resolved in time, mean sojourn in minutes): the mean of two independent
                      programs over 9,000 years each, and its standard error; where that is not known, one unit of the
                      last digit given.
    """

    name: str
    tickets_per_day: int
    heads: tuple[int, int, int]
    reference: tuple[float, ...]
    error: tuple[float, ...]

    def scenario(self, days: int = YEAR_DAYS, changed: Mapping[str, Any] | None = None) -> Scenario:
        """The model as a scenario, `days` long, with values at dotted paths changed.

        Raises ScenarioError if the scenario files are not beside the package.
        """
        overrides = {"clock.horizon": f"{days} d", **(changed or {})}
        return load(_SCENARIOS / f"help_desk_{self.tickets_per_day}.yaml", overrides=overrides).scenario


A60: Final = HelpDesk(
    "A60", 60, (4, 3, 2),
    (0.99288, 0.9253, 0.9798, 0.9993, 1.0000, 83.98), (0.00002, 0.0002, 0.0001, 0.0001, 0.0001, 0.02),
)  # fmt: skip
A600: Final = HelpDesk(
    "A600", 600, (40, 30, 20),
    (0.99367, 0.9309, 0.9827, 0.9994, float("nan"), 78.30), (0.00001, 0.0001, 0.0001, 0.0001, float("nan"), 0.01),
)  # fmt: skip


def outcome_of(priority: Sequence[int], minutes: Sequence[float]) -> Numbers:
    """Numerators and denominators of the OUTPUTS, shape (6, 2), from the resolved tickets of one run.

    priority  0 to 3, most urgent first; minutes  from opening to resolution.
    """
    level, took = np.asarray(priority, np.int64), np.asarray(minutes, np.float64)
    tickets = np.bincount(level, minlength=4)
    in_time = np.bincount(level[took <= np.array(TARGETS_MIN)[level]], minlength=4)
    top = [in_time.sum(), *in_time, took.sum()]
    return np.array([top, [tickets.sum(), *tickets, tickets.sum()]], np.float64).T


def estimates(outcomes: Numbers) -> tuple[Numbers, Numbers]:
    """Ratio estimates of the OUTPUTS and their standard errors over runs, from outcomes of shape (runs, 6, 2).

    One run has no standard error (NaN). Source: Cochran (1977), Sampling Techniques, 3rd ed., section 6.4.
    """
    top, bottom = outcomes[..., 0], outcomes[..., 1]
    runs = len(outcomes)
    ratio = top.sum(axis=0) / bottom.sum(axis=0)
    if runs < 2:
        return ratio, np.full(len(ratio), np.nan)
    residual = top - ratio * bottom
    return ratio, np.sqrt((residual**2).sum(axis=0) / (runs * (runs - 1))) / bottom.mean(axis=0)
