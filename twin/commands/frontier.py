"""The command that sets service level against money."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from twin.spec.scenario import Scenario


def frontier(
    files: Annotated[list[Path], typer.Argument(help="Scenario files, one for each plan; the first names the budget.")],
    level: Annotated[str, typer.Option("--level", help="The measure that is the service level.")] = "attainment",
    vary: Annotated[
        str | None, typer.Option("--vary", metavar="PATH=V1,V2", help="Plans from each file by values of one figure.")
    ] = None,
    settings: Settings = None, reps: Annotated[int, typer.Option("--reps", min=2, max=100_000)] = 100, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The best service level within shares of the budget, over several staffing plans."""
    from rich.console import Console

    from twin.decide.frontier import frontier as run_frontier
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import row_object, slug, write_manifest, written_aside
    from twin.report.frontier import render_frontier, write_frontier
    from twin.report.progress import Progress

    chosen = [(file, more) for file in files for more in _settings(vary)]
    loadeds = [load_scenario(file, [*(settings or ()), *more], quiet or as_json) for file, more in chosen]
    plans = [_named(one.scenario, more) for one, (_, more) in zip(loadeds, chosen, strict=True)]
    digest = "-".join(loaded.digest[:6] for loaded in loadeds)
    folder = out or Path("runs") / f"frontier-{slug(loadeds[0].scenario.name)}-{digest}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        found = run_frontier(
            plans, level, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster, progress=progress,
            checkpoint=kept,
        )  # fmt: skip
        about = {
            "seed": seed, "replications": reps, "currency": found.currency, "measure": found.measure,
            "plans": [
                {"plan": plan.name, "efficient": plan.is_efficient, "payments": row_object(plan.payments),
                 "level": row_object(plan.level)} for plan in found.plans
            ],
            "attainable": [
                {"service_ratio": one.service_ratio, "budget": one.budget, "plan": one.plan.name if one.plan else None}
                for one in found.attainable
            ],
        }  # fmt: skip
        write_manifest(about, aside)
        page = write_frontier(found, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        render_frontier(found, Console())
        print(f"Figure: {folder / page.name}")


def _settings(vary: str | None) -> list[list[str]]:
    """The settings of each plan: one for each value of the varied figure, or none."""
    if vary is None:
        return [[]]
    path, equals, values = vary.partition("=")
    if not equals or not path or not values:
        raise ValueError(f"--vary {vary}: write PATH=V1,V2, e.g. support.tiers.L1.shifts.day.heads=2,3,4")
    return [[f"{path}={value}"] for value in values.split(",")]


def _named(scenario: "Scenario", settings: list[str]) -> "Scenario":
    """The scenario, named by what was varied."""
    words = [f"{'.'.join(path.split('.')[-4:])} {value}" for path, _, value in (one.partition("=") for one in settings)]
    return scenario.model_copy(update={"name": words[0]}) if words else scenario
