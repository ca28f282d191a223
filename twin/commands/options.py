"""What commands share: their common options, words to standard error, and how they load a scenario."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

ScenarioFile = Annotated[Path, typer.Argument(help="A scenario file (YAML).")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Replace a value, e.g. support.tiers.L2.shifts.night.heads=1."),
]
Reps = Annotated[int | None, typer.Option("--reps", min=1, max=100_000, help="How many replications.")]
PrecisionText = Annotated[
    str | None,
    typer.Option(
        "--precision", metavar="MEASURE=HALF-WIDTH",
        help="Run until the interval of a measure is that narrow, e.g. attainment=0.002 (at least 30 replications).",
    ),
]  # fmt: skip
Seed = Annotated[int, typer.Option("--seed", help="Seed: the same seed gives the same bytes.")]
EngineOption = Annotated[
    Literal["auto", "simpy", "fast"],
    typer.Option("--engine", help="simpy: the readable reference; fast: the same, compiled."),
]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Processes (default: all cores).")]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="ADDRESS", help="A dask scheduler, e.g. tcp://host:8786.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder to write (default: below runs/).")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else there.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no words.")]


def say(text: str, is_quiet: bool = False) -> None:
    """Print words on standard error, unless quiet."""
    if not is_quiet:
        print(text, file=sys.stderr)


def print_object(about: dict[str, Any], folder: Path) -> None:
    """Print the one JSON object of --json, with the folder that was written."""
    print(json.dumps({**about, "run": str(folder)}, allow_nan=False))


def overrides_of(settings: Sequence[str] | None) -> dict[str, Any]:
    """Values by dotted path, from PATH=VALUE settings. Raises ValueError for a setting without path or value."""
    from twin.spec.load import value_of

    pairs = [setting.partition("=") for setting in settings or ()]
    if wrong := [path for path, equals, _ in pairs if not equals or not path]:
        raise ValueError(f'--set {wrong[0]}: write PATH=VALUE, e.g. --set "clock.horizon=30 d"')
    return {path.strip(): value_of(value.strip()) for path, _, value in pairs}


def load_scenario(file: Path, settings: Sequence[str] | None, is_quiet: bool) -> Any:
    """The scenario of a file with its ledger; warnings go to standard error."""
    from twin.spec.load import load

    loaded = load(file, overrides=overrides_of(settings))
    for warning in loaded.warnings:
        say(f"warning: {warning}", is_quiet)
    return loaded
