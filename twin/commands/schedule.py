"""The command that finds the best change calendar."""

from pathlib import Path
from typing import Annotated, Literal

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


def schedule(
    file: ScenarioFile, settings: Settings = None,
    objective: Annotated[Literal["auto", "cost", "misses"], typer.Option(
        "--objective", help="cost: of lost hours and late tickets; misses: of monthly promises.")] = "auto",
    reps: Annotated[int, typer.Option("--reps", min=10, max=100_000, help="Fresh replications for the gain.")] = 200,
    seed: Seed = 1, engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The best dates for patches, packs and upgrades, and what they gain over the present ones on the same tapes."""
    from twin.decide.schedule import schedule as run_schedule
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import slug, written_aside
    from twin.report.progress import Progress
    from twin.report.scheduled import headline, write_schedule

    loaded = load_scenario(file, settings, quiet or as_json)
    folder = out or Path("runs") / f"schedule-{slug(loaded.scenario.name)}-{loaded.digest[:8]}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        found = run_schedule(
            loaded.scenario, objective=None if objective == "auto" else objective, reps=reps, seed=seed, engine=engine,
            workers=workers, cluster=cluster, progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = write_schedule(found, loaded, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        print(headline(found))
        print(f"Calendar: {folder / 'changes.ics'}")
        print(f"Report: {folder / 'schedule.html'}")
