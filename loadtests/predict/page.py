"""The page: curves with prediction intervals, measured points over them, errors, coverage, verdict."""

import base64
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

import twin.report
from loadtests.predict.compare import MEASURES, SHOWN, Line, Point, errors
from twin.report.style import BLUE, GREEN, GREY, ORANGE, VERMILLION, WIDE_IN, canvas, look

NAMES = {"per_s": "Throughput, per second", "mean_s": "Mean response, s", "p95_s": "p95, s", "p99_s": "p99, s"}
COLOURS = {
    "simulator": BLUE, "simulator at pace": BLUE, "own demand": GREEN, "mva": ORANGE, "mva at pace": ORANGE, "usl": GREY
}  # fmt: skip
TEMPLATE = Path(__file__).with_name("page.html")


def write_page(
    file: Path, found: Sequence[Point], lines: Sequence[Line], knee: float, repeats: Sequence[dict[str, Any]]
) -> Path:
    """The page's file, self-contained."""
    css = (Path(twin.report.__file__).parent / "report.css").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["time"] = _time
    from markupsafe import Markup

    page = environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        css=Markup(css), figure=picture(found, knee), lines=lines, met=sum(line.is_met is True for line in lines),
        knee=knee,
        light=max(one["light_ratio"] for one in repeats), server=repeats[0]["server"], pace_by=repeats[0]["pace_by"],
        measures=MEASURES, names=NAMES, table=_table(found), repeats=repeats, points=_beside(found),
    )  # fmt: skip
    file.write_text(page, encoding="utf-8")
    return file


def _beside(found: Sequence[Point]) -> list[tuple[Point, Point | None]]:
    """Each point of the simulator, and the same at the machine's pace."""
    at_pace = {(p.repeat, p.users, p.measure, p.verb): p for p in found if p.method == "simulator at pace"}
    return [
        (p, at_pace.get((p.repeat, p.users, p.measure, p.verb))) for p in found if p.method == "simulator"
    ]


def _table(found: Sequence[Point]) -> list[tuple[str, list[str]]]:
    rows = []
    for method in COLOURS:
        values = [errors(found, method, measure) for measure in MEASURES]
        rows.append((SHOWN.get(method, method), [f"{100 * np.mean(v):.1f} %" if v else "–" for v in values]))
    return rows


def picture(found: Sequence[Point], knee: float) -> str:
    """The figure as a data address."""
    with look():
        figure = canvas(WIDE_IN, 5.6, "")
        for axes, measure in zip(figure.subplots(2, 2).flat, MEASURES, strict=True):
            _panel(axes, [p for p in found if p.measure == measure and not p.verb], knee)
            axes.set_title(NAMES[measure])
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False)
        out = io.BytesIO()
        figure.savefig(out, format="png")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def _panel(axes: Any, found: Sequence[Point], knee: float) -> None:
    if not found:
        axes.text(0.5, 0.5, "too few samples", ha="center", color=GREY, transform=axes.transAxes)
        axes.set_axis_off()
        return
    for method in ("simulator", "mva", "usl"):
        colour = COLOURS[method]
        mine = [p for p in found if p.method == method]
        for number in sorted({p.repeat for p in mine}):
            row = sorted((p for p in mine if p.repeat == number), key=lambda p: p.users)
            label = SHOWN.get(method, method) if number == 1 else None
            axes.plot([p.users for p in row], [p.predicted for p in row], color=colour, lw=1.4, label=label)
            if row and row[0].low is not None:
                users = [p.users for p in row]
                axes.fill_between(users, [p.low for p in row], [p.high for p in row], color=colour, alpha=0.2, lw=0)
    paced = [p for p in found if p.method == "simulator at pace"]
    predicted = [p.predicted for p in paced]
    axes.plot([p.users for p in paced], predicted, "D", mfc="none", mec=BLUE, ms=4, label="simulator at pace")
    measured = {(p.repeat, p.users): p.measured for p in found}
    at = [users for _, users in measured]
    axes.plot(at, list(measured.values()), "o", color=VERMILLION, ms=4.5, label="measured", zorder=5)
    axes.axvline(knee, color=GREY, lw=0.8, ls=":", label="knee")
    axes.set_xlabel("users")
    axes.set_xlim(left=0)
    values = [*measured.values(), *(p.high for p in found if p.high is not None)]
    axes.set_ylim(0, 1.15 * max(values, default=1.0))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
