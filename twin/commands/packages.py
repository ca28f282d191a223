"""The command that says what each assurance package of a scenario contributes."""

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
    overrides_of,
    print_object,
)


def packages(
    file: ScenarioFile, settings: Settings = None,
    reps: Annotated[int, typer.Option("--reps", min=2, max=100_000)] = 50, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """What each assurance package buys: all combinations on the same random numbers, and each one's fair share."""
    from rich.console import Console

    from twin.decide.packages import contributions
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import slug, written_aside
    from twin.report.packaged import render_packages, write_packages
    from twin.report.progress import Progress

    loaded = load_scenario(file, settings, quiet or as_json)
    folder = out or Path("runs") / f"packages-{slug(loaded.scenario.name)}-{loaded.digest[:6]}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        found = contributions(
            file, overrides=overrides_of(settings), reps=reps, seed=seed, engine=engine, workers=workers,
            cluster=cluster, progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = write_packages(found, loaded, seed, reps, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        render_packages(found, Console())
        print(f"Report: {folder / 'packages.html'}")
