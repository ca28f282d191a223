"""The capacity curve for people: a table for the terminal, a page with figures, and files."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.report.figures import drawn
from twin.report.folder import write_manifest
from twin.report.ledger import ledger
from twin.report.page import picture, rendered, version
from twin.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    NARROW_BELOW_IN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    WIDE_IN,
    canvas,
)
from twin.report.words import counted, percent
from twin.spec.capacity import ALL_UP, ESTIMATE, HIGH, LOW, MEASURES, CapacityCurve, write_curve
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.console import Console

_COLOURS: Final = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK)
NBSP: Final = "\N{NO-BREAK SPACE}"
_DASHES: Final = ("-", "--", "-.", ":")


def _with_half_width(found: Any) -> str:
    scale, unit = (1.0, "s") if found[ESTIMATE] >= 1 else (1000.0, "ms")
    half = scale * (found[HIGH] - found[LOW]) / 2
    return f"{_digits(scale * found[ESTIMATE], 3)} ± {_digits(half, 2)}{NBSP}{unit}"


def _digits(value: float, digits: int) -> str:
    """So many significant digits, never as a power of ten."""
    return f"{float(f'{value:.{digits}g}'):.10g}"


def render_curve(curve: CapacityCurve, name: str, console: "Console") -> None:
    """Print the curve as a table, and what it says in sentences."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    sure, made = percent(curve.confidence), counted(curve.replications, "replication")
    caption = f"{made} a point, seed {curve.seed}; ± half-widths of {sure} intervals"
    for state in curve.states:
        table = Table(title=Text(f"{name}: {state}"), caption=caption, box=SIMPLE_HEAD, padding=0)
        table.title_justify = table.caption_justify = "left"
        for heading in (curve.unit, "per s", "mean", "p50", "p95", "p99", "errors", "busiest place"):
            table.add_column(heading, justify="left" if heading == "busiest place" else "right", overflow="fold")
        for line in _lines(curve, state):
            table.add_row(*(Text(cell.replace(" ± ", "\n± ")) for cell in line))  # so that 80 columns are enough
        console.print(table)
    for sentence in sentences(curve):
        console.print(Text(sentence))


def _lines(curve: CapacityCurve, state: str) -> list[tuple[str, ...]]:
    s, lines = curve.states.index(state), []
    for k, load in enumerate(curve.load):
        row = curve.values[s, k]
        throughput, errors = row[0], row[MEASURES.index("error_ratio")]
        times = [_with_half_width(one) for one in row[1:5]]
        place = int(curve.bottleneck[s, k])
        used = row[len(MEASURES) + place, ESTIMATE]
        lines.append(
            (
                f"{load:g}",
                f"{throughput[ESTIMATE]:.2f} ± {(throughput[HIGH] - throughput[LOW]) / 2:.2f}",
                *times,
                percent(float(errors[ESTIMATE]), 0.001),
                f"{curve.places[place]}, {100 * used:.0f}{NBSP}%",
            )
        )
    return lines


def sentences(curve: CapacityCurve) -> list[str]:
    """What the curve says, in words."""
    said = []
    for s, state in enumerate(curve.states):
        estimate, low, high = curve.knee[s]
        last = int(curve.bottleneck[s, -1])
        name = curve.places[last]
        if math.isnan(estimate):
            used = curve.values[s, -1, len(MEASURES) + last, ESTIMATE]
            said.append(
                f"With {state} no limit is reached up to {curve.load[-1]:g} {curve.unit}; {name} is busiest, "
                f"in use {100 * used:.0f} % of the time."
            )
        else:
            said.append(
                f"With {state} it carries about {estimate:.3g} {curve.unit} ({low:.3g} to {high:.3g}), then {name} "
                f"is the bottleneck: at most {curve.saturation(state):.3g} requests per second."
            )
    return said


def write_load(curve: CapacityCurve, loaded: Loaded, folder: Path) -> dict[str, Any]:
    """Fill a new run folder: manifest.json, capacity.json, load.html and the figures; the manifest as plain data."""
    about = {
        "scenario": loaded.scenario.name,
        "digest": loaded.digest,
        "seed": curve.seed,
        "replications": curve.replications,
        "unit": curve.unit,
        "said": sentences(curve),
        "measures": measures_of(curve),
    }
    write_manifest(about, folder)
    write_curve(curve, folder / "capacity.json")
    said = sentences(curve)
    page = rendered(
        "load.html",
        title=loaded.scenario.name,
        question=loaded.scenario.question,
        sentences=said,
        curve=curve,
        tables=[
            (state, [[*(cell.replace(" ", NBSP) for cell in line[:-1]), line[-1]] for line in _lines(curve, state)])
            for state in curve.states
        ],
        pictures=[picture("capacity", said[0].rstrip("."), _note(curve), folder / "figures", curve_figure, curve)],
        footers=[_footer(curve, loaded)],
    )
    (folder / "load.html").write_text(page, encoding="utf-8", newline="\n")
    return about


def measures_of(curve: CapacityCurve) -> list[dict[str, Any]]:
    """The curve as rows of the tidy table: name, where, unit, estimate, low, high, confidence, n, note."""
    units = {"throughput": "1/s", "error_ratio": "1", **dict.fromkeys(MEASURES[1:5], "s")}
    rows: list[dict[str, Any]] = []
    for s, state in enumerate(curve.states):
        for k, load in enumerate(curve.load):
            where = {"state": state, "load": f"{load:g} {curve.unit}"}
            for m, name in enumerate((*MEASURES, *curve.places)):
                is_place = m >= len(MEASURES)
                about = {**where, "place": name} if is_place else where
                rows.append(
                    _row("utilisation" if is_place else name, about, units.get(name, "1"), curve.values[s, k, m], curve)
                )
        rows.append(_row("knee", {"state": state}, curve.unit, curve.knee[s], curve))
    return rows


def _row(name: str, where: dict[str, str], unit: str, found: Any, curve: CapacityCurve) -> dict[str, Any]:
    estimate, low, high = (None if math.isnan(one) else float(one) for one in found)
    note = "no place is saturated at the loads measured" if name == "knee" and estimate is None else ""
    bounds = {"estimate": estimate, "low": low, "high": high}
    return {
        "name": name,
        "where": where,
        "unit": unit,
        **bounds,
        "confidence": curve.confidence,
        "n": curve.replications,
        "note": note,
    }


def _note(curve: CapacityCurve) -> str:
    more = f". Knee and use are those with {ALL_UP}" if len(curve.states) > 1 else ""
    sure, made = percent(curve.confidence), counted(curve.replications, "replication")
    return f"Bands are {sure} intervals over {made}{more}. The grey line is the knee, with its interval."


def _footer(curve: CapacityCurve, loaded: Loaded) -> dict[str, Any]:
    facts = [
        ("Scenario", loaded.scenario.name),
        ("Digest of the scenario", loaded.digest),
        ("Seed", str(curve.seed)),
        ("Replications of each point", f"{curve.replications:,}"),
        ("Version", version()),
    ]
    return {"facts": facts, **ledger(loaded)}


@drawn
def curve_figure(curve: CapacityCurve, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Throughput, response times, utilisation and errors by load, with intervals."""
    is_narrow = width_in < NARROW_BELOW_IN
    figure = canvas(width_in, 9.6 if is_narrow else 5.4, sentences(curve)[0] if with_title else "")
    panels = figure.subplots(4, 1).ravel() if is_narrow else figure.subplots(2, 2).ravel()
    _throughput(panels[0], curve)
    _responses(panels[1], curve)
    _used(panels[2], curve)
    _errors(panels[3], curve)
    for axes in panels:
        axes.set_xlim(0, curve.load[-1] * 1.02)
        axes.set_ylim(bottom=0)
        axes.set_xlabel(curve.unit)
        if not math.isnan(curve.knee[0, ESTIMATE]) and curve.knee[0, ESTIMATE] < curve.load[-1]:
            _mark_knee(axes, curve, with_name=axes is panels[0])
    return figure


def _mark_knee(axes: "Axes", curve: CapacityCurve, with_name: bool) -> None:
    estimate, low, high = curve.knee[0]
    axes.axvspan(low, high, color=GREY, alpha=0.25, linewidth=0, zorder=0)
    axes.axvline(estimate, color=GREY, linewidth=1.0, zorder=0)
    if with_name:
        axes.text(low, 0.04, "knee ", transform=axes.get_xaxis_transform(), ha="right", fontsize=8)


def _band(
    axes: "Axes", curve: CapacityCurve, found: Any, colour: str, label: str, dash: str = "-", scale: float = 1.0
) -> None:
    axes.fill_between(curve.load, scale * found[:, LOW], scale * found[:, HIGH], color=colour, alpha=0.25, linewidth=0)
    axes.plot(curve.load, scale * found[:, ESTIMATE], dash, color=colour, marker="o", markersize=3, label=label)


def _throughput(axes: "Axes", curve: CapacityCurve) -> None:
    for s, state in enumerate(curve.states):
        _band(axes, curve, curve.of("throughput", state), _COLOURS[s % len(_COLOURS)], state, _DASHES[s % len(_DASHES)])
    axes.set_title("Requests per second")
    if len(curve.states) > 1:
        axes.legend(frameon=False, fontsize=8, loc="upper left")


def _responses(axes: "Axes", curve: CapacityCurve) -> None:
    names = (
        ("response_p50", "half of the answers", BLUE),
        ("response_p95", "95 %", ORANGE),
        ("response_p99", "99 %", VERMILLION),
    )
    for name, label, colour in names:
        _band(axes, curve, curve.of(name), colour, label)
    for s, state in enumerate(curve.states[1:], start=1):
        found = curve.of("response_p95", state)[:, ESTIMATE]
        axes.plot(curve.load, found, _DASHES[s % len(_DASHES)], color=ORANGE, linewidth=1.2, label=f"95 %, {state}")
    axes.set_title("Answered within, s")
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _used(axes: "Axes", curve: CapacityCurve) -> None:
    last = curve.values[0, -1, len(MEASURES) :, ESTIMATE]
    for number, k in enumerate(np.argsort(-last)[: len(_COLOURS)]):
        found = curve.values[0, :, len(MEASURES) + k]
        _band(axes, curve, found, _COLOURS[number], curve.places[k], _DASHES[number % len(_DASHES)], 100.0)
    axes.set_ylim(0, 105)
    axes.set_title(f"In use, % ({ALL_UP})")
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _errors(axes: "Axes", curve: CapacityCurve) -> None:
    for s, state in enumerate(curve.states):
        _band(
            axes,
            curve,
            curve.of("error_ratio", state),
            _COLOURS[s % len(_COLOURS)],
            state,
            _DASHES[s % len(_DASHES)],
            100.0,
        )
    axes.set_title("Refused, failed or timed out, %")
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
