"""The command that runs a scenario at many points."""

import json
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
    overrides_of,
)


def sweep(
    file: ScenarioFile,
    vary: Annotated[list[str], typer.Option(
        "--vary", metavar="PATH=VALUES", help='What to vary: PATH=3,4,5 or PATH=3..6 or PATH="20 min..40 min/5".')],
    design: Annotated[Literal["grid", "lhs"], typer.Option(
        "--design", help="grid: every combination; lhs: a Latin hypercube of --points points.")] = "grid",
    points: Annotated[int, typer.Option("--points", help="Points of the Latin hypercube.")] = 50,
    measure: Annotated[list[str] | None, typer.Option(
        "--measure", help="Measures to draw (default: the headline ones).")] = None,
    settings: Settings = None, reps: Annotated[int, typer.Option("--reps", min=1, max=100_000)] = 50, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """A scenario at many points on the same random numbers: a tidy table, curves and heat maps. Goes on if stopped."""
    import hashlib

    from twin.decide.axes import Axis, grid, hypercube
    from twin.decide.sweep import sweep as run_sweep
    from twin.decide.variants import Variants
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import slug, written_aside
    from twin.report.progress import Progress
    from twin.report.swept import write_sweep

    axes = [Axis.parse(text) for text in vary]
    chosen = grid(axes) if design == "grid" else hypercube(axes, points, seed)
    variants = Variants(file, overrides_of(settings))
    mark = hashlib.sha256(f"{variants.base.digest} {chosen} {reps}".encode()).hexdigest()[:8]
    folder = out or Path("runs") / f"sweep-{slug(variants.base.scenario.name)}-{mark}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        found = run_sweep(
            variants, axes, chosen, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
            progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = write_sweep(found, variants.base, aside, tuple(measure or ()))
    if as_json:
        frame = found.frame()
        print(json.dumps({**about, "run": str(folder), "measures": json.loads(frame.to_json(orient="records"))}))
    elif not quiet:
        print(f"Report: {folder / 'sweep.html'}")
