"""The command that says what single change would keep a promise."""

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


def explain(
    file: ScenarioFile, settings: Settings = None,
    promise: Annotated[str | None, typer.Option(
        "--promise", help='E.g. "P2 solved" (default: the one missed most).')] = None,
    reps: Annotated[int, typer.Option("--reps", min=10, max=100_000)] = 200, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The cheapest single change (a head, a change window, a monitor interval) that keeps a missed promise."""
    from rich.console import Console

    from twin.decide.explain import explain as run_explain
    from twin.experiment.tasks import Checkpoint
    from twin.report.explained import explained_object, headline, render_explained
    from twin.report.folder import slug, write_manifest, written_aside
    from twin.report.progress import Progress

    loaded = load_scenario(file, settings, quiet or as_json)
    folder = out or Path("runs") / f"explain-{slug(loaded.scenario.name)}-{loaded.digest[:8]}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        found = run_explain(
            loaded.scenario, promise, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
            progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = explained_object(found, loaded)
        write_manifest(about, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        print(headline(found))
        render_explained(found, Console())
        print(f"Run folder: {folder}")
