"""The command that finds how much load a deployment carries."""

from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import (
    AsJson,
    Cluster,
    EngineOption,
    Out,
    Quiet,
    ScenarioFile,
    Seed,
    Settings,
    Workers,
    load_scenario,
    print_object,
)


def load(
    file: ScenarioFile,
    settings: Settings = None,
    loads: Annotated[
        str | None, typer.Option("--loads", metavar="N,N,...", help="Users (or sessions per second) to look at.")
    ] = None,
    reps: Annotated[int, typer.Option("--reps", min=2, max=10_000, help="Replications of each point.")] = 8,
    seed: Seed = 1,
    engine: EngineOption = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Compute anew, whatever is kept from before.")] = False,
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """The capacity curve of a deployment: throughput, response times, errors and the bottleneck by load."""
    from rich.console import Console

    from twin.experiment.capacity import CACHE, capacity_curve
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import slug, written_aside
    from twin.report.load import render_curve, write_load
    from twin.report.progress import Progress

    loaded = load_scenario(file, settings, quiet or as_json)
    folder = out or Path("runs") / f"load-{slug(loaded.scenario.name)}-{loaded.digest[:8]}-seed{seed}"
    cache = out.parent / ".capacity" if out else CACHE
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "points x replications") as progress):  # fmt: skip
        curve = capacity_curve(
            loaded.scenario,
            loads=_numbers(loads),
            reps=reps,
            seed=seed,
            engine=engine,
            workers=workers,
            cluster=cluster,
            cache=None if fresh else cache,
            progress=progress,
            checkpoint=kept,
        )
        about = write_load(curve, loaded, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        render_curve(curve, loaded.scenario.name, Console())
        print(f"Report: {folder / 'load.html'}")


def _numbers(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        return [float(one) for one in text.split(",")]
    except ValueError:
        raise ValueError(f"--loads {text}: write numbers with commas between them, e.g. 100,200,400") from None
