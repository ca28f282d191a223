"""Commands that account for a month or a year, of a simulated or a recorded history."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    from twin.decide.account import Account
    from twin.decide.history import History

Source = Annotated[Path, typer.Argument(help="A scenario file, a run folder, or an incident export (CSV, may be .gz).")]
Reps = Annotated[int, typer.Option("--reps", min=2, max=10_000, help="How many replications of a scenario.")]
ColumnMapFile = Annotated[
    Path | None, typer.Option("--map", help="Which column of an export means what (YAML; default: ServiceNow).")
]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="The named service level by which an export is judged.")
]


def health(
    source: Source,
    month: Annotated[str | None, typer.Option("--month", help="e.g. 2026-03 (default: the last whole one).")] = None,
    column_map: ColumnMapFile = None, profile: ProfileName = None, settings: Settings = None, reps: Reps = 30,
    seed: Seed = 1, engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The health report of a month: stability, service, satisfaction, causes and what to do."""
    from functools import partial

    from twin.decide.account import month_account

    runs = (reps, seed, engine, workers, cluster)
    history, loaded = _history(source, (column_map, profile), settings, quiet or as_json, runs)
    _write("health", history, loaded, partial(month_account, month=month), out, as_json, quiet)


def audit(
    source: Source, column_map: ColumnMapFile = None, profile: ProfileName = None, settings: Settings = None,
    reps: Reps = 30, seed: Seed = 1, engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None,
    out: Out = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The service audit of a year: promises kept, closure, complaints, causes and what to do."""
    from twin.decide.account import year_account

    runs = (reps, seed, engine, workers, cluster)
    history, loaded = _history(source, (column_map, profile), settings, quiet or as_json, runs)
    _write("audit", history, loaded, year_account, out, as_json, quiet)


def _history(
    source: Path, export: tuple[Path | None, str | None], settings: Any, is_quiet: bool, runs: tuple[Any, ...]
) -> "tuple[History, Any]":
    import os

    from twin.decide.history import History, history_of_record

    notes: tuple[str, ...] = ()
    if not source.exists():
        raise ValueError(f"{source}: no such file or folder; name a scenario, a run folder or an incident export")
    if source.is_dir():
        from twin.report.folder import read_run

        result, loaded, _ = read_run(source)
        scenario, runs = result.scenario, (runs[0], result.seed, *runs[2:])
        had = "1 run" if result.replications == 1 else f"{result.replications:,} runs"
        notes = (f"Simulated afresh with {runs[0]:,} runs: the folder's own {had} are not used.",)
    elif source.suffix in (".yaml", ".yml"):
        loaded = load_scenario(source, settings, is_quiet)
        scenario = loaded.scenario
    else:
        from twin.calibrate.readers import read_incidents
        from twin.calibrate.readers.column_map import load_column_map

        return history_of_record(read_incidents(source, load_column_map(export[0])), export[1]), None
    reps, seed, engine, workers, cluster = runs
    cores = workers or os.cpu_count() or 1
    return History(scenario, scenario.name, None, reps, seed, engine, cores, cluster, notes), loaded


def _write(
    kind: Any, history: "History", loaded: Any, make: "Callable[..., Account]", out: Path | None, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    from dataclasses import replace

    from twin.experiment.tasks import Checkpoint
    from twin.report.account import write_account
    from twin.report.folder import account_object, slug, write_manifest, written_aside
    from twin.report.progress import Progress

    with Checkpoint.beside(out or Path("runs") / kind) as kept:
        with Progress(quiet, "replications") as progress:
            account = make(replace(history, checkpoint=kept), progress=progress)
        folder = out or Path("runs") / f"{kind}-{slug(history.source.split('.')[0])}-{slug(account.period.name)}"
        with written_aside(folder) as aside:
            about = account_object(account, kind)
            write_manifest(about, aside)
            page = write_account(account, kind, aside, loaded)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        print(f"Report: {folder / page.name}")
