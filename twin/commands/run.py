"""Commands that simulate one scenario, or draw what was simulated."""

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import (
    AsJson,
    Cluster,
    EngineOption,
    Out,
    PrecisionText,
    Quiet,
    Reps,
    ScenarioFile,
    Seed,
    Settings,
    Workers,
    load_scenario,
    overrides_of,
)


def run(
    file: ScenarioFile, settings: Settings = None, reps: Reps = None, precision: PrecisionText = None, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None,
    shares: Annotated[str | None, typer.Option(
        "--shares", metavar="MEASURE", help="Also say which assumption decides this measure (thousands of runs more)."
    )] = None,
    out: Out = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Simulate a scenario and write a run folder with its measures, log, figures and report."""
    from rich.console import Console

    from twin.decide.sensitivity import Output, sensitivity
    from twin.decide.variants import Variants
    from twin.experiment.load_effects import loaded as with_load
    from twin.experiment.replicate import DEFAULT_REPLICATIONS, Precision, replicate
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import measures_json, slug, write_run, written_aside
    from twin.report.page import write_report
    from twin.report.progress import Progress
    from twin.report.sensed import sensitivity_object
    from twin.report.summary import render_summary
    from twin.simulate.run import simulate_one

    loaded = load_scenario(file, settings, quiet or as_json)
    much = slug(precision) if precision else str(reps or DEFAULT_REPLICATIONS)
    much += f"-shares-of-{slug(shares)}" if shares else ""
    folder = out or Path("runs") / f"{slug(loaded.scenario.name)}-{loaded.digest[:8]}-seed{seed}-{much}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "replications") as progress):  # fmt: skip
        told = None
        if shares is not None:
            variants = Variants(file, overrides_of(settings))
            found = sensitivity(variants, output=Output(shares), seed=seed, engine=engine, workers=workers,
                                cluster=cluster, progress=progress, checkpoint=kept)  # fmt: skip
            told = sensitivity_object(found, loaded)
        result = replicate(
            loaded.scenario, reps=reps, precision=Precision.parse(precision) if precision else None, seed=seed,
            engine=engine, workers=workers, cluster=cluster, progress=progress, checkpoint=kept,
        )  # fmt: skip
        log = simulate_one(with_load(loaded.scenario)[0], seed=seed, engine=engine)
        write_run(result, loaded, log, aside, told)
        write_report(result, loaded, log, aside, shares=told)
    if as_json:
        about = {
            "scenario": result.scenario.name, "digest": loaded.digest, "seed": seed, "engine": result.engine,
            "replications": result.replications, "run": str(folder), "measures": measures_json(result.rows()),
        }  # fmt: skip
        print(json.dumps(about, allow_nan=False))
    elif not quiet:
        render_summary(result, Console())
        print(f"Report: {folder / 'report.html'}")


def report(folder: Annotated[Path, typer.Argument(help="A run folder that twin run wrote.")]) -> None:
    """Draw the report of a run folder again."""
    from twin.report.folder import read_run, read_shares
    from twin.report.page import write_report

    result, loaded, log = read_run(folder)
    print(f"Report: {write_report(result, loaded, log, folder, shares=read_shares(folder))}")


def rare(
    file: ScenarioFile, settings: Settings = None,
    function: Annotated[str, typer.Option("--function", help="A function, a component, or whole.")] = "whole",
    cycles: Annotated[int, typer.Option("--cycles", min=1, help="How many outages to try.")] = 20_000,
    bias: Annotated[float, typer.Option("--bias", help="Share of them in which more failures are forced.")] = 0.9,
    seed: Seed = 1, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A small unavailability, from outages made frequent and weighed back: for worlds that fail once in years."""
    from twin.experiment.rare import unavailability
    from twin.report.folder import row_object

    found = unavailability(load_scenario(file, settings, as_json).scenario, function, cycles, seed, bias)
    row = row_object(found.row)
    if as_json:
        print(json.dumps({"seed": seed, "cycles": found.cycles, "bias": found.bias, "measures": [row]}))
    else:
        low, high = found.row.low, found.row.high
        print(f"{file}: unavailability of {function}: {found.row.estimate:.4g} ({low:.4g} to {high:.4g}, 95 %)")
