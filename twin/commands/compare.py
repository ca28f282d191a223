"""The command that compares scenarios on the same random numbers."""

from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import (
    AsJson,
    Cluster,
    EngineOption,
    Out,
    Quiet,
    Seed,
    Settings,
    Workers,
    load_scenario,
    print_object,
)


def compare(
    files: Annotated[list[Path], typer.Argument(help="Two or more scenario files; the first is the base.")],
    settings: Settings = None, reps: Annotated[int, typer.Option("--reps", min=2, max=100_000)] = 200, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Scenarios on the same random numbers: paired differences to the first, with intervals."""
    from rich.console import Console

    from twin.decide.compare import compare as run_comparison
    from twin.experiment.tasks import Checkpoint
    from twin.report.brief import write_brief
    from twin.report.compared import render_comparison
    from twin.report.comparison import write_comparison
    from twin.report.folder import comparison_object, slug, write_manifest, written_aside
    from twin.report.progress import Progress

    loadeds = [load_scenario(file, settings, quiet or as_json) for file in files]
    digest = "-".join(loaded.digest[:6] for loaded in loadeds)
    folder = out or Path("runs") / f"compare-{slug(loadeds[0].scenario.name)}-{digest}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        comparison = run_comparison(
            [loaded.scenario for loaded in loadeds], reps=reps, seed=seed, engine=engine, workers=workers,
            cluster=cluster, progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = comparison_object(comparison, loadeds)
        write_manifest(about, aside)
        page = write_comparison(comparison, loadeds, aside)
        brief = write_brief(comparison, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        render_comparison(comparison, Console())
        if brief is not None:
            print(f"Brief: {folder / brief.name}")
        print(f"Report: {folder / page.name}")
