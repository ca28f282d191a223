"""The command that says what single change would keep a promise."""

import json
from typing import Annotated

import typer

from twin.commands.options import (
    AsJson,
    Cluster,
    EngineOption,
    Quiet,
    ScenarioFile,
    Seed,
    Settings,
    Workers,
    load_scenario,
)


def explain(
    file: ScenarioFile, settings: Settings = None,
    promise: Annotated[str | None, typer.Option(
        "--promise", help='E.g. "P2 solved" (default: the one missed most).')] = None,
    reps: Annotated[int, typer.Option("--reps", min=10, max=100_000)] = 200, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The cheapest single change (a head, a change window, a monitor interval) that keeps a missed promise."""
    from rich.console import Console

    from twin.decide.explain import explain as run_explain
    from twin.report.explained import explained_object, headline, render_explained
    from twin.report.progress import Counter

    loaded = load_scenario(file, settings, quiet or as_json)
    with Counter(quiet, "tried") as progress:
        found = run_explain(
            loaded.scenario, promise, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
            progress=progress.told,
        )  # fmt: skip
    if as_json:
        print(json.dumps(explained_object(found, loaded), allow_nan=False))
    elif not quiet:
        print(headline(found))
        render_explained(found, Console())
