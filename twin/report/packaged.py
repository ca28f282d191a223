"""Contributions of assurance packages: as plain data, and as tables for the terminal."""

import math
from typing import TYPE_CHECKING, Any

from twin.decide.packages import Contributions
from twin.experiment.table import Row
from twin.report.folder import row_object
from twin.report.words import percent
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from rich.console import Console


def packages_object(found: Contributions, loaded: Loaded) -> dict[str, Any]:
    """The contributions as plain data: per measure and package, with the assumptions behind them."""
    return {
        "scenario": loaded.scenario.name,
        "digest": loaded.digest,
        "without": [row_object(row) for row in found.without],
        "with_all": [row_object(row) for row in found.with_all],
        "packages": [
            {
                "name": name,
                "about": loaded.scenario.packages[name].about,
                "share": [row_object(row) for row in found.shares[name]],
                "alone": [row_object(row) for row in found.alone[name]],
                "left_out": [row_object(row) for row in found.last[name]],
            }
            for name in found.names
        ],
        "assumptions": [vars(row) for row in found.assumptions],
    }


def render_packages(found: Contributions, loaded: Loaded, console: "Console") -> None:
    """Print a table per measure, and the assumptions that the worlds without packages rest on."""
    from rich.table import Table
    from rich.text import Text

    for k, row in enumerate(found.with_all):
        table = Table(
            title=Text(f"{row.name}: {_level(found.without[k])} without, {_level(row)} with all packages"),
            caption=f"points; share: averaged over all orders of adding (Shapley); {percent(row.confidence)} intervals",
            title_justify="left", caption_justify="left",
        )  # fmt: skip
        for heading in ("Package", "Share", "If alone", "If left out"):
            table.add_column(heading, justify="left" if heading == "Package" else "right")
        for name in found.names:
            gains = (found.shares[name][k], found.alone[name][k], found.last[name][k])
            table.add_row(Text(name), *(Text(_points(gain)) for gain in gains))
        console.print(table)
    console.print(Text(f"Assumed for the worlds without ({len(found.assumptions)} figures):"))
    for figure in found.assumptions:
        console.print(Text(f"  {figure.path} = {figure.value}: {figure.source}"))


def _level(row: Row) -> str:
    return "–" if math.isnan(row.estimate) else f"{100 * row.estimate:.2f} %"


def _points(row: Row) -> str:
    if math.isnan(row.low):
        return row.note
    return f"{100 * row.estimate:+.2f} ({100 * row.low:+.2f} to {100 * row.high:+.2f})"
