"""The page and the figure of a comparison: what changes against the first scenario, and how sure that is."""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from twin.decide.compare import Comparison, Difference
from twin.report import labels
from twin.report.contrast import Change, Contrast, balance, by_weight, contrasts, is_clear, sentence
from twin.report.figures import drawn
from twin.report.page import MARKS, footer, picture, rendered
from twin.report.promises import promises
from twin.report.style import BLACK, BLUE, VERMILLION, WIDE_IN, bare, canvas, notice, row_in, row_label, wrapped
from twin.report.words import (
    bounded_difference,
    difference,
    difference_interval,
    measured,
    measured_difference,
    note,
    percent,
)
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOKS: Final = {
    Change.BETTER: ("o", BLUE, BLUE),
    Change.WORSE: ("X", VERMILLION, VERMILLION),
    Change.UNCLEAR: ("D", BLACK, "white"),
}


def write_comparison(comparison: Comparison, loadeds: Sequence[Loaded], folder: Path) -> Path:
    """Path of the comparison.html written into `folder`, with the figure as PNG in folder/figures.

    loadeds  the loaded scenarios, in the order of the results. The same runs give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found, base = contrasts(comparison), comparison.results[0]
    title = f"Compared with “{base.scenario.name}”"
    gaps = comparison.differences
    page = rendered(
        "comparison.html", title=title, base=base, names=[result.scenario.name for result in comparison.results],
        sentences=[sentence(gap.name, [c for c in found if c.scenario == gap.name]) for gap in gaps],
        questions=list(dict.fromkeys(r.scenario.question for r in comparison.results if r.scenario.question)),
        lines=_lines(comparison, found), verdicts=_verdicts(comparison),
        pictures=[picture("comparison", balance(found), _note(comparison), folder / "figures",
                          comparison_figure, comparison)],
        tables=[_table(gap) for gap in gaps], gain=_gain(found), confidence=base.confidence,
        footers=[footer(result, loaded) for result, loaded in zip(comparison.results, loadeds, strict=True)],
    )  # fmt: skip
    path = folder / "comparison.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


@drawn
def comparison_figure(comparison: Comparison, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """Differences to the first scenario with paired intervals, one panel per headline measure."""
    found = contrasts(comparison)
    if not found:
        return notice("The scenarios share no headline measure.", width_in)
    groups = {words: [c for c in found if c.words == words] for words in dict.fromkeys(c.words for c in found)}
    heights = [row_in(width_in) * len(group) + 0.5 for group in groups.values()]
    figure = canvas(width_in, sum(heights) + 0.1, balance(found) if with_title else "")
    panels = figure.subplots(len(groups), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (words, group) in zip(panels, groups.items(), strict=True):
        _panel(axes, words, group, width_in)
    return figure


def _panel(axes: "Axes", words: str, group: list[Contrast], width_in: float) -> None:
    unit, size = _axis_unit(group)
    axes.axvline(0.0, color=BLACK, linewidth=1.0, zorder=1)
    for number, contrast in enumerate(group):
        row, (marker, colour, face) = contrast.difference, _LOOKS[contrast.change]
        if not math.isnan(row.low + row.high):
            ends = [end / size for end in bounded_difference(row)]
            axes.plot(ends, [number] * 2, color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot(row.estimate / size, number, marker, markersize=7, color=colour, markerfacecolor=face, zorder=3)
        value = f"{measured_difference(row)}: {contrast.change.value}"
        row_label(axes, number - 0.2, contrast.scenario, value, width_in)
    reach = max(abs(x) for x in axes.get_xlim())
    axes.set_xlim(-1.05 * reach, 1.05 * reach)
    axes.set_ylim(len(group) - 0.6, -0.95)
    axes.set_yticks([])
    axes.set_title(wrapped(f"{words[:1].upper()}{words[1:]}", width_in), fontweight="bold")
    axes.set_xlabel(f"difference, {unit}")
    bare(axes)


def _axis_unit(group: list[Contrast]) -> tuple[str, float]:
    unit = group[0].difference.unit
    if unit == "1":
        return "percentage points", 0.01
    if unit == "min":
        largest = max(abs(x) for c in group for x in (c.difference.estimate, c.difference.low, c.difference.high))
        return ("hours", 60.0) if largest >= 90 else ("minutes", 1.0)
    return {"1/year": "per year", "h/year": "user hours a year"}.get(unit, unit), 1.0


def _lines(comparison: Comparison, found: Sequence[Contrast]) -> list[tuple[str, str, list[dict[str, str] | None]]]:
    lines = []
    for words in dict.fromkeys(contrast.words for contrast in found):
        of_name = {contrast.scenario: contrast for contrast in found if contrast.words == words}
        cells = [_cell(of_name[gap.name]) if gap.name in of_name else None for gap in comparison.differences]
        base = next(iter(of_name.values())).base
        lines.append((f"{words[:1].upper()}{words[1:]}", measured(base), cells))
    return lines


def _cell(contrast: Contrast) -> dict[str, str]:
    row = contrast.difference
    return {
        "name": contrast.scenario,
        "value": measured(contrast.other),
        "difference": measured_difference(row),
        "note": "" if row.high > row.low else note(row),
        "change": contrast.change.value,
        "state": {Change.BETTER: "kept", Change.WORSE: "missed"}.get(contrast.change, "open"),
    }


def _verdicts(comparison: Comparison) -> list[tuple[str, list[dict[str, str]]]]:
    by_scenario = [{promise.words: promise for promise in promises(result)} for result in comparison.results]
    every = dict.fromkeys(words for found in by_scenario for words in found)
    lines = []
    for words in every:
        cells = []
        for result, found in zip(comparison.results, by_scenario, strict=True):
            promise = found.get(words)
            state = promise.verdict.name.lower() if promise else "nothing"
            mark = f"{MARKS[promise.verdict]} {promise.verdict.value}" if promise else "not promised"
            shown = measured(promise.row) if promise else ""
            cells.append({"name": result.scenario.name, "state": state, "verdict": mark, "shown": shown})
        lines.append((words, cells))
    return lines


def _table(gap: Difference) -> dict[str, Any]:
    rows = by_weight(gap)
    clear = sum(is_clear(row) for row, _ in rows)
    return {
        "name": gap.name,
        "clear_count": clear,
        "total": len(rows),
        "lines": [
            (labels.measure(row.name), labels.where(row), difference(row),
             difference_interval(row), note(row),
             "–" if math.isnan(gain) else "exact" if math.isinf(gain) else f"{gain:.1f}")
            for row, gain in rows
        ],
    }  # fmt: skip


def _note(comparison: Comparison) -> str:
    sure = percent(comparison.results[0].confidence)
    return (
        f"Each scenario less “{comparison.results[0].scenario.name}”; lines are {sure} intervals over paired runs. "
        "Left of the upright line is less, right is more. "
        "Circle: better; cross: worse; hollow diamond: unclear, it may be 0."
    )


def _gain(found: Sequence[Contrast]) -> str:
    gains = [c.variance_reduction for c in found if math.isfinite(c.variance_reduction)]
    return f"{median(gains):.1f}" if gains else ""
