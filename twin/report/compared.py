"""A comparison for the terminal: what sets the scenarios apart, in a table."""

import math
from typing import TYPE_CHECKING

from twin.decide.compare import Comparison
from twin.experiment.table import Row
from twin.report.contrast import contrasts
from twin.report.words import counted, estimate, measured_difference, percent

if TYPE_CHECKING:
    from rich.console import Console


def render_comparison(comparison: Comparison, console: "Console") -> None:
    """Print the headline measures of each scenario against the first, with the gain of the common tape."""
    from rich.table import Table
    from rich.text import Text

    base = comparison.results[0]
    caption = (
        f"{counted(base.replications, 'paired replication')}, seed {base.seed}; {percent(base.confidence)} intervals; "
        "gain: variance on independent tapes over that on the common one"
    )
    table = Table(
        title=Text(f"Against {base.scenario.name}"), caption=caption, title_justify="left", caption_justify="left"
    )
    for heading in ("Scenario", "Measure", "First", "This one", "Difference", "", "Gain"):
        table.add_column(
            heading, justify="left" if heading in ("Scenario", "Measure", "") else "right", overflow="fold"
        )
    for one in contrasts(comparison):
        gain = one.variance_reduction
        table.add_row(
            *map(Text, (one.scenario, one.words, estimate(one.base), estimate(one.other), _gap(one.difference))),
            one.change.value,
            f"{gain:.1f}" if math.isfinite(gain) else "-",
        )
    console.print(table)


def _gap(row: Row) -> str:
    return row.note if math.isnan(row.low) else measured_difference(row)
