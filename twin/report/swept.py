"""The page and figures of a sweep: how the headline measures move along what was varied."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.decide.sweep import Sweep
from twin.experiment.table import Row
from twin.report import labels
from twin.report.figures import drawn
from twin.report.folder import write_manifest
from twin.report.page import footer, picture, rendered
from twin.report.style import BLUE, GREY, WIDE_IN, canvas, notice, wrapped
from twin.report.words import counted, measured, percent
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Measure = tuple[str, dict[str, str], str]

HEADLINES: Final[tuple[Measure, ...]] = (
    ("attainment", {}, "Tickets on time"),
    ("availability", {"function": "whole", "variant": "service_hours"}, "System available in service hours"),
    ("sojourn", {}, "Mean time from opening to solution"),
    ("backlog", {}, "Mean number of open tickets"),
)
_MOST_ANNOTATED: Final = 80
_QUANTITY: Final = re.compile(r"(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([a-zA-Z/ ]*)")


def shown_measures(sweep: Sweep, wanted: tuple[str, ...] = ()) -> list[Measure]:
    """The measures a sweep is drawn by: those named (all their rows), else the headline ones it measured.

    Raises ValueError for a name the sweep did not measure.
    """
    rows = sweep.results[0].rows()
    missing = [name for name in wanted if all(row.name != name for row in rows)]
    if missing:
        raise ValueError(f'no measure "{missing[0]}"; there are {", ".join(dict.fromkeys(row.name for row in rows))}')
    if wanted:
        return [
            (row.name, row.where, f"{labels.measure(row.name)}: {labels.where(row)}")
            for row in rows if row.name in wanted and not np.isnan(row.estimate)
        ]  # fmt: skip
    found = [(name, where, words) for name, where, words in HEADLINES if sweep.row(0, name, where) is not None]
    return [one for one in found if not np.isnan(_values(sweep, one)).all()]


def write_sweep(sweep: Sweep, loaded: Loaded, folder: Path, wanted: tuple[str, ...] = ()) -> dict[str, Any]:
    """Fill a new folder with sweep.csv, sweep.parquet, sweep.html, figures and manifest.json; returns the manifest."""
    frame = sweep.frame()
    frame.to_csv(folder / "sweep.csv", index=False)
    frame.to_parquet(folder / "sweep.parquet")
    base, chosen = sweep.results[0], shown_measures(sweep, wanted)
    about = {
        "scenario": loaded.scenario.name, "digest": loaded.digest, "seed": base.seed, "engine": base.engine,
        "replications": base.replications, "paths": [axis.path for axis in sweep.axes],
        "points": [dict(point) for point in sweep.points],
    }  # fmt: skip
    write_manifest(about, folder)
    page = rendered(
        "sweep.html", title=f"“{loaded.scenario.name}” at {len(sweep.points):,} points", base=base,
        axes=[(axis.path, ", ".join(_levels(sweep, axis.path)[:12])) for axis in sweep.axes],
        sentences=[_best(sweep, one) for one in chosen],
        pictures=[picture(f"sweep_{number}", one[2], _note(sweep), folder / "figures", sweep_figure, sweep, one)
                  for number, one in enumerate(chosen, start=1)],
        headings=[one[2] for one in chosen],
        lines=[_line(sweep, number, chosen) for number in range(len(sweep.points))],
        footers=[footer(base, loaded)],
    )  # fmt: skip
    (folder / "sweep.html").write_text(page, encoding="utf-8", newline="\n")
    return about


@drawn
def sweep_figure(sweep: Sweep, one: Measure, *, width_in: float = WIDE_IN, with_title: bool = True) -> "Figure":
    """One measure over the points: a curve along one axis, a heat map over two, else a panel for each axis."""
    if np.isnan(_values(sweep, one)).all():
        return notice("Nothing was measured.", width_in)
    title = one[2] if with_title else ""
    if len(sweep.axes) == 2 and _is_grid(sweep):
        return _heat_map(sweep, one, canvas(width_in, 0.55 * width_in, title), width_in)
    figure = canvas(width_in, 2.6 * len(sweep.axes), title)
    for panel, axis in zip(figure.subplots(len(sweep.axes), 1, squeeze=False)[:, 0], sweep.axes, strict=True):
        _curve(panel, sweep, one, axis.path, width_in)
    return figure


def _heat_map(sweep: Sweep, one: Measure, figure: "Figure", width_in: float) -> "Figure":
    rows, columns = (axis.path for axis in sweep.axes)
    y, x = _levels(sweep, rows), _levels(sweep, columns)
    table = np.full((len(y), len(x)), np.nan)
    size, unit = _scale(sweep, one)
    for point, value in zip(sweep.points, _values(sweep, one), strict=True):
        table[y.index(point[rows]), x.index(point[columns])] = value / size
    panel = figure.subplots()
    ranks = np.searchsorted(np.unique(table[~np.isnan(table)]), table) / max(table.size - 1, 1)
    panel.imshow(np.where(np.isnan(table), np.nan, ranks), cmap="cividis", aspect="auto", origin="lower")
    panel.set_xticks(range(len(x)), x)
    panel.set_yticks(range(len(y)), y)
    panel.set_xlabel(wrapped(columns, width_in))
    panel.set_ylabel("\n".join(_cut(rows)))
    panel.set_title(f"{unit}; brighter is more")
    digits = 4 if unit == "%" else 3
    for (row, column), value in np.ndenumerate(table) if table.size <= _MOST_ANNOTATED else ():
        ink = "black" if ranks[row, column] > 0.5 else "white"
        panel.text(column, row, f"{value:#.{digits}g}".rstrip("."), ha="center", va="center", color=ink, fontsize=8)
    return figure


def _curve(panel: "Axes", sweep: Sweep, one: Measure, path: str, width_in: float) -> None:
    size, unit = _scale(sweep, one)
    at = _numbers(sweep, path)
    rows = [sweep.row(number, one[0], one[1]) for number in range(len(sweep.points))]
    middle = np.array([row.estimate if row else np.nan for row in rows]) / size
    low, high = (np.array([getattr(row, end) if row else np.nan for row in rows]) / size for end in ("low", "high"))
    panel.vlines(at, low, high, color=GREY, linewidth=1.0)
    style = "o-" if len(sweep.axes) == 1 else "o"
    order = np.argsort(at, kind="stable")
    panel.plot(at[order], middle[order], style, color=BLUE, markersize=4.5, linewidth=1.2)
    levels = _levels(sweep, path)
    if len(levels) <= 12:
        texts = dict(zip(at.tolist(), (point[path] for point in sweep.points), strict=True))
        panel.set_xticks([*texts], [*texts.values()])
    panel.set_xlabel(wrapped(path + _unit(sweep, path), width_in))
    panel.set_ylabel(unit)


def _is_grid(sweep: Sweep) -> bool:
    size = 1
    for axis in sweep.axes:
        size *= len(_levels(sweep, axis.path))
    return size == len(sweep.points)


def _levels(sweep: Sweep, path: str) -> list[str]:
    texts = list(dict.fromkeys(point[path] for point in sweep.points))
    numbers = [_number(text) for text in texts]
    known = [number for number in numbers if number is not None]
    return [text for _, text in sorted(zip(known, texts, strict=True))] if len(known) == len(texts) else texts


def _numbers(sweep: Sweep, path: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = [_number(point[path]) for point in sweep.points]
    if all(number is not None for number in found):
        return np.array(found, np.float64)
    levels = _levels(sweep, path)
    return np.array([levels.index(point[path]) for point in sweep.points], np.float64)


def _number(text: str) -> float | None:
    match = _QUANTITY.fullmatch(text)
    return float(match[1]) if match else None


def _unit(sweep: Sweep, path: str) -> str:
    units = {match[2] for point in sweep.points if (match := _QUANTITY.fullmatch(point[path]))}
    return f" ({units.pop()})" if len(units) == 1 and units != {""} else ""


def _values(sweep: Sweep, one: Measure) -> np.ndarray[Any, np.dtype[np.float64]]:
    rows = [sweep.row(number, one[0], one[1]) for number in range(len(sweep.points))]
    return np.array([row.estimate if row else np.nan for row in rows])


def _scale(sweep: Sweep, one: Measure) -> tuple[float, str]:
    unit = next((row.unit for row in sweep.results[0][one[0]] if row.where == one[1]), "")
    if unit == "1":
        return 0.01, "%"
    if unit == "min":
        return (60.0, "hours") if np.nanmax(_values(sweep, one)) >= 90 else (1.0, "minutes")
    return 1.0, unit


def _cut(path: str) -> list[str]:
    words = path.split(".")
    return [".".join(words[: len(words) // 2]) + ".", ".".join(words[len(words) // 2 :])] if len(words) > 3 else [path]


def _best(sweep: Sweep, one: Measure) -> str:
    values = _values(sweep, one)
    ends = [(int(np.nanargmin(values)), "lowest"), (int(np.nanargmax(values)), "highest")]
    parts = []
    for number, word in ends:
        row = sweep.row(number, one[0], one[1])
        parts.append(f"{word} {measured(row) if row else ''} at {_at(sweep, number)}")
    return f"{one[2]}: {parts[0]}; {parts[1]}."


def _at(sweep: Sweep, number: int) -> str:
    return ", ".join(f"{path.rpartition('.')[0].rpartition('.')[2]}.{path.rpartition('.')[2]} = {text}"
                     for path, text in sweep.points[number].items())  # fmt: skip


def _line(sweep: Sweep, number: int, chosen: list[Measure]) -> tuple[list[str], list[str]]:
    rows: list[Row | None] = [sweep.row(number, name, where) for name, where, _ in chosen]
    return list(sweep.points[number].values()), [measured(row) if row else "–" for row in rows]


def _note(sweep: Sweep) -> str:
    base = sweep.results[0]
    made = counted(base.replications, "run")
    return f"{made} at every point, all with the same luck; {percent(base.confidence)} intervals."
