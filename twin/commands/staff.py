"""The command that finds the cheapest staffing."""

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


def staff(
    file: ScenarioFile, settings: Settings = None,
    confidence: Annotated[float | None, typer.Option(
        "--confidence", min=0.5, max=0.999, help="Of each promise (default: the scenario's, else 0.95).")] = None,
    months: Annotated[int, typer.Option("--months", min=10, help="Fresh months that confirm the answer.")] = 1000,
    frontier: Annotated[bool, typer.Option(help="Also find what more or less attainment would cost.")] = True,
    seed: Seed = 1, engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The cheapest staffing that keeps every promised time: plan, cost, confidence, what binds, roster."""
    from twin.decide.staff import staff as run_staff
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import slug, written_aside
    from twin.report.progress import Progress
    from twin.report.staffed import headline, sentences, write_staffed

    loaded = load_scenario(file, settings, quiet or as_json)
    folder = out or Path("runs") / f"staff-{slug(loaded.scenario.name)}-{loaded.digest[:8]}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        answer = run_staff(
            loaded.scenario, seed=seed, confidence=confidence, engine=engine, workers=workers, cluster=cluster,
            months=months, with_frontier=frontier, progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = write_staffed(answer, loaded, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        for sentence in (headline(answer), *sentences(answer)):
            print(sentence)
        print(f"Report: {folder / 'staffing.html'}")
