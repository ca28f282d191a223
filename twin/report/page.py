"""The report page: one self-contained HTML file, and the figures beside it."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twin.eventlog.log import EventLog
from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.report import labels, takeaways
from twin.report.conclusion import allowed_per_month, conclusion, down_per_month, headline
from twin.report.ledger import ledger
from twin.report.promises import Promise, Verdict, promises
from twin.report.words import estimate, interval, measured, note, percent
from twin.spec.load import Loaded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[..., "Figure"]

MARKS: Final = {Verdict.KEPT: "✓", Verdict.MISSED: "✗", Verdict.OPEN: "?", Verdict.NOTHING: "–"}


@dataclass(frozen=True)
class Picture:
    """A figure on the page: its name, its takeaway as title, a note below, and the drawing wide and narrow."""

    name: str
    title: str
    note: str
    wide: str
    narrow: str


def write_report(result: Result, loaded: Loaded, log: EventLog, folder: Path, *, title: str | None = None,
                 shares: Mapping[str, Any] | None = None) -> Path:  # fmt: skip
    """Path of the report.html written into `folder`, with the figures as PNG in folder/figures.

    log  the event log of one replication, for the timeline; shares  a sensitivity analysis as plain data, for the
    share of the variance that each assumption explains. The same run gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = promises(result)
    page = rendered(
        "report.html", title=title or result.scenario.name, question=result.scenario.question,
        headline=headline(found), sentences=conclusion(result, loaded.ledger), result=result,
        verdicts=[_verdict_line(result, promise) for promise in found],
        pictures=list(_pictures(result, log, folder / "figures")), families=families(result.rows()),
        footers=[footer(result, loaded, shares)],
    )  # fmt: skip
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def rendered(template: str, **context: Any) -> str:
    """The page of a template of this folder; everything in the context is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    here = Path(__file__).parent
    world = Environment(
        loader=FileSystemLoader(here), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    world.globals["css"] = (here / "report.css").read_text(encoding="utf-8")
    world.filters["percent"] = percent
    return world.get_template(template).render(**context)


def picture(name: str, title: str, note: str, folder: Path, draw: Draw, *what: Any) -> Picture:
    """A figure drawn for wide and narrow pages, and saved as PNG with its title."""
    from twin.report.style import NARROW_IN, WIDE_IN, save

    folder.mkdir(parents=True, exist_ok=True)
    save(draw(*what), folder / f"{name}.png")
    wide, narrow = (_data_uri(draw(*what, width_in=width, with_title=False)) for width in (WIDE_IN, NARROW_IN))
    return Picture(name, title, note, wide, narrow)


def families(rows: list[Row]) -> list[dict[str, Any]]:
    """The tidy table by family: heading, explanation and lines of text."""
    return [
        {
            "name": labels.FAMILIES[name][0],
            "about": labels.FAMILIES[name][1],
            "lines": [
                (labels.measure(row.name), labels.where(row), estimate(row), interval(row), f"{row.n:,}", note(row))
                for row in group
            ],
        }
        for name, group in labels.in_families(rows).items()
    ]  # fmt: skip


def footer(result: Result, loaded: Loaded, shares: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Where the numbers come from: facts of the run, warnings, the assumptions by tag, and their shares if known."""
    facts = [
        ("Scenario", result.scenario.name),
        ("Digest of the scenario", loaded.digest or "not known"),
        ("Seed", str(result.seed)),
        ("Replications", f"{result.replications:,}"),
        ("Engine", result.engine),
        ("Version", version()),
        ("Measured time", _measured_time(result)),
    ]
    return {"facts": facts, **ledger(loaded, shares)}


def version() -> str:
    """The version of the installed program."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("plm-assurance-twin")
    except PackageNotFoundError:
        return "not installed as a package"


def _data_uri(figure: "Figure") -> str:
    from twin.report.style import svg

    return "data:image/svg+xml;base64," + base64.b64encode(svg(figure)).decode("ascii")


def _pictures(result: Result, log: EventLog, folder: Path) -> Iterator[Picture]:
    from twin.report import figures
    from twin.report.timeline import timeline_figure

    sure = f"Lines through marks are {percent(result.confidence)} intervals."
    yield picture(
        "availability", takeaways.availability(result), "Each run is one simulated course of the whole measured time.",
        folder, figures.availability_figure, result,
    )  # fmt: skip
    yield picture(
        "attainment", takeaways.attainment(result),
        f"{sure} A filled circle is kept, a cross missed, a hollow diamond not decided.",
        folder, figures.attainment_figure, result,
    )  # fmt: skip
    yield picture("downtime", takeaways.downtime(result), sure, folder, figures.downtime_figure, result)
    yield picture(
        "waterfall", takeaways.waterfall(result),
        "Mean over the tickets that missed a promise, from opening to the last solution; parts under 1 % are left out.",
        folder, figures.waterfall_figure, result,
    )  # fmt: skip
    run = int(log.provenance.get("replication", 0))
    yield picture(
        "timeline", takeaways.timeline(run),
        "What is too short to see is drawn as a thin line. A cross marks a change that turned out faulty. "
        "Other runs look different; this one is an example, not a forecast.",
        folder, timeline_figure, log, result.scenario,
    )  # fmt: skip


def _verdict_line(result: Result, promise: Promise) -> dict[str, str]:
    is_system = not promise.priority
    down = f"{measured(down_per_month(result, promise.row))} down per month" if is_system else ""
    allowed = f"at most {allowed_per_month(result, promise.target)} down per month" if is_system else ""
    is_empty = promise.verdict is Verdict.NOTHING
    return {
        "words": promise.words,
        "target": percent(promise.target),
        "allowed": allowed,
        "estimate": estimate(promise.row),
        "interval": interval(promise.row) or note(promise.row),
        "down": "" if is_empty else down,
        "kept": measured(promise.kept) if promise.kept is not None else "–",
        "mark": MARKS[promise.verdict],
        "verdict": promise.verdict.value,
        "state": promise.verdict.name.lower(),
    }


def _measured_time(result: Result) -> str:
    from twin.units import format_duration

    clock = result.scenario.clock
    start = f"{clock.start:%Y-%m-%d %H:%M} {clock.time_zone}"
    length = format_duration(clock.horizon - clock.warm_up)
    lead = f" after {format_duration(clock.warm_up)} of warm-up" if clock.warm_up > 0 else ""
    return f"{length} from {start}{lead}"
