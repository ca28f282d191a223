"""Contributions of assurance packages: as a page with a figure per measure, as plain data, and for the terminal."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.decide.packages import Contributions
from twin.experiment.table import Row
from twin.report import labels
from twin.report.figures import drawn
from twin.report.folder import row_object, write_manifest
from twin.report.ledger import ledger
from twin.report.page import picture, rendered, version
from twin.report.style import BLACK, BLUE, GREY, VERMILLION, WIDE_IN, bare, canvas, row_in, row_label
from twin.report.words import bounded, bounded_difference, counted, percent
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console


def write_packages(found: Contributions, loaded: Loaded, seed: int, reps: int, folder: Path) -> dict[str, Any]:
    """Fill a new folder with packages.html, figures and manifest.json; returns the manifest."""
    about = {**packages_object(found, loaded), "seed": seed, "replications": reps}
    write_manifest(about, folder)
    facts = [
        ("Scenario", loaded.scenario.name), ("Digest of the scenario", loaded.digest or "not known"),
        ("Seed", str(seed)), ("Replications of each combination", f"{reps:,}"), ("Version", version()),
    ]  # fmt: skip
    measures = range(len(found.with_all))
    page = rendered(
        "packages.html", title=loaded.scenario.name, question=loaded.scenario.question, headline=_headline(found, 0),
        sentences=[_headline(found, k) for k in measures[1:]], tables=[_table(found, loaded, k) for k in measures],
        pictures=[
            picture(found.with_all[k].name, _headline(found, k),
                    "From the level without any package to that with all. Thin lines: intervals of the shares.",
                    folder / "figures", steps_figure, found, k)
            for k in measures
        ],
        confidence=percent(found.with_all[0].confidence), assumptions=found.assumptions,
        footers=[{"facts": facts, **ledger(loaded)}],
    )  # fmt: skip
    (folder / "packages.html").write_text(page, encoding="utf-8", newline="\n")
    return about


@drawn
def steps_figure(found: Contributions, k: int, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """One measure from without to with all packages, a step for each."""
    rows = [found.shares[name][k] for name in found.names]
    figure = canvas(width_in, 0.5 + row_in(width_in) * len(rows), _headline(found, k) if with_title else "")
    axes = figure.subplots()
    level = 100 * found.without[k].estimate
    axes.axvline(level, color=GREY, linewidth=0.8, zorder=1)
    for at, (name, row) in enumerate(zip(found.names, rows, strict=True)):
        gain = 100 * row.estimate
        axes.barh(at, gain, left=level, height=0.34, color=BLUE if gain >= 0 else VERMILLION)
        if not math.isnan(row.low):
            axes.plot([level + 100 * end for end in bounded_difference(row)], [at, at], color=BLACK, linewidth=1.0)
        row_label(axes, at - 0.22, name, f"{gain:+.2f} points", width_in)
        level += gain
    axes.axvline(level, color=BLACK, linewidth=0.8, zorder=1)
    axes.set_ylim(len(rows) - 0.5, -0.9)
    axes.set_yticks([])
    axes.set_xlabel(f"{labels.measure(found.with_all[k].name)}, %; grey line: none, black line: all packages")
    bare(axes)
    return figure


def _headline(found: Contributions, k: int) -> str:
    best = max(found.names, key=lambda name: found.shares[name][k].estimate)
    share = found.shares[best][k]
    most = f"“{best}” contributes most ({_points(share)} points)"
    if not share.low > 0.0:
        most = f"which package contributes most can't be told from {counted(share.n, 'run')}"
    return (
        f"{labels.measure(found.with_all[k].name)}: {_level(found.without[k])} without any package, "
        f"{_level(found.with_all[k])} with all; {most}."
    )


def _table(found: Contributions, loaded: Loaded, k: int) -> dict[str, Any]:
    return {
        "name": labels.measure(found.with_all[k].name),
        "without": _with_interval(found.without[k]), "with_all": _with_interval(found.with_all[k]),
        "lines": [
            (name, *(_points(gain) for gain in (found.shares[name][k], found.alone[name][k], found.last[name][k])),
             loaded.scenario.packages[name].about)
            for name in found.names
        ],
    }  # fmt: skip


def _with_interval(row: Row) -> str:
    if math.isnan(row.low):
        return f"{_level(row)} ({row.note})"
    low, high = bounded(row)
    return f"{_level(row)} ({100 * low:.2f} to {100 * high:.2f} %)"


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


def render_packages(found: Contributions, console: "Console") -> None:
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
    low, high = bounded_difference(row)
    return f"{100 * row.estimate:+.2f} ({100 * low:+.2f} to {100 * high:+.2f})"
