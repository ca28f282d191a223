"""The gap table: a run beside named references."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from twin.decide.gap import Gap
from twin.report.words import estimate, measured, measured_difference

if TYPE_CHECKING:
    from rich.console import Console


def render_gaps(found: Mapping[str, list[Gap]], console: "Console") -> None:
    """Print each figure, what was measured, and the gap."""
    from rich.table import Table
    from rich.text import Text

    table = Table(caption="Gap: measured less reference, with its 95 % interval", caption_justify="left")
    for heading in ("Reference", "Figure", "There", "Here", "Gap", "", "Stated in"):
        table.add_column(heading, justify="right" if heading in ("There", "Here", "Gap") else "left", overflow="fold")
    for name, group in found.items():
        for one in group:
            table.add_row(*map(Text, (name, one.mark.words, *_figures(one), one.mark.source)))
    console.print(table)


def _figures(one: Gap) -> tuple[str, str, str, str]:
    if one.measured is None or one.row is None:
        return f"{one.mark.figure:g}", "not measured", "", ""
    there = replace(one.measured, estimate=one.mark.figure, low=one.mark.figure, high=one.mark.figure)
    state = ("better" if one.is_better else "worse") if one.is_clear else "unclear"
    return estimate(there), measured(one.measured), measured_difference(one.row), state
