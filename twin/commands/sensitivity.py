"""The command that ranks the assumptions of a scenario."""

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
    overrides_of,
    print_object,
)


def sensitivity(
    file: ScenarioFile, settings: Settings = None,
    measure: Annotated[str, typer.Option("--measure", help="What to explain, e.g. availability.")] = "attainment",
    where: Annotated[list[str] | None, typer.Option(
        "--where", metavar="KEY=VALUE", help="Of what, e.g. priority=P1.")] = None,
    trajectories: Annotated[int, typer.Option(min=2, help="Morris trajectories.")] = 10,
    points: Annotated[int, typer.Option(min=8, help="Sobol points; each costs 2 runs more than it has factors.")] = 64,
    strongest: Annotated[int, typer.Option(min=1, help="How many assumptions get a share of the variance.")] = 6,
    reps: Annotated[int, typer.Option("--reps", min=4, max=10_000, help="Replications of each point.")] = 8,
    seed: Seed = 1, engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Which assumptions move a measure most, over their plausible ranges: Morris screening, then Sobol shares."""
    from twin.decide.sensitivity import Output
    from twin.decide.sensitivity import sensitivity as run_sensitivity
    from twin.decide.variants import Variants
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import slug, written_aside
    from twin.report.progress import Progress
    from twin.report.sensed import headline, write_sensitivity

    pairs = tuple((key, value) for key, _, value in (text.partition("=") for text in where or ()))
    variants = Variants(file, overrides_of(settings))
    mark = f"{variants.base.digest[:8]}-{slug(measure)}-seed{seed}"
    folder = out or Path("runs") / f"sensitivity-{slug(variants.base.scenario.name)}-{mark}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        found = run_sensitivity(
            variants, output=Output(measure, pairs), trajectories=trajectories, points=points, strongest=strongest,
            reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster, progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = write_sensitivity(found, variants.base, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        print(headline(found))
        print(f"Report: {folder / 'sensitivity.html'}")
