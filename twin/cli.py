"""The command line: one command per verb. Progress and words go to standard error, results to standard output."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from twin import __version__

app = typer.Typer(
    name="twin", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="A digital twin for PLM service assurance.",
)  # fmt: skip

INTERRUPTED = 130  # what a shell reports after Ctrl-C

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


def _say(text: str, is_quiet: bool = False) -> None:
    if not is_quiet:
        print(text, file=sys.stderr)


def _overrides(settings: Sequence[str] | None) -> dict[str, Any]:
    from twin.spec.load import value_of

    pairs = [setting.partition("=") for setting in settings or ()]
    if wrong := [path for path, equals, _ in pairs if not equals or not path]:
        raise ValueError(f'--set {wrong[0]}: write PATH=VALUE, e.g. --set "clock.horizon=30 d"')
    return {path.strip(): value_of(value.strip()) for path, _, value in pairs}


def _load(file: Path, settings: Sequence[str] | None, is_quiet: bool) -> Any:
    from twin.spec.load import load

    loaded = load(file, overrides=_overrides(settings))
    for warning in loaded.warnings:
        _say(f"warning: {warning}", is_quiet)
    return loaded


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Folder to put the starter scenario in.")]) -> None:
    """Write a commented starter scenario and the JSON Schema that editors complete from."""
    from twin.spec.jsonschema import scenario_schema
    from twin.spec.starter import starter_text

    file = folder / "scenario.yaml"
    if file.exists():
        raise ValueError(f"{file}: exists already; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.schema.json").write_text(json.dumps(scenario_schema(), indent=1))
    file.write_text("# yaml-language-server: $schema=scenario.schema.json\n" + starter_text())
    print(f"{file}")
    _say(f"Edit it, then: twin check {file}")


@app.command()
def check(file: ScenarioFile, settings: Settings = None, as_json: AsJson = False) -> None:
    """Every problem of a scenario file at once, each with its place and remedy."""
    from dataclasses import asdict

    from twin.spec.load import load
    from twin.spec.problems import ScenarioError

    try:
        loaded = load(file, overrides=_overrides(settings))
        problems, warnings = [], loaded.warnings
    except ScenarioError as error:
        problems, warnings = error.problems, []
    if as_json:
        print(json.dumps({"errors": [asdict(one) for one in problems], "warnings": [asdict(one) for one in warnings]}))
    for one in () if as_json else (*problems, *warnings):
        print(f"{'error' if one in problems else 'warning'}: {one}")
    if problems:
        raise typer.Exit(2)
    if not as_json:
        tags = {tag: sum(one.tag == tag for one in loaded.ledger) for tag in ("measured", "cited", "assumed")}
        print(f"{file}: ready to run; figures: " + ", ".join(f"{count} {tag}" for tag, count in tags.items()))


@app.command()
def schema() -> None:
    """The JSON Schema of scenario files, for editors."""
    from twin.spec.jsonschema import scenario_schema

    print(json.dumps(scenario_schema(), indent=1))


@app.command()
def run(
    file: ScenarioFile, settings: Settings = None, reps: Reps = None, precision: PrecisionText = None, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Simulate a scenario and write a run folder with its measures, log, figures and report."""
    from rich.console import Console

    from twin.experiment.replicate import Checkpoint, Order, Precision, replicate
    from twin.report.folder import measures_json, slug, write_run, written_aside
    from twin.report.page import write_report
    from twin.report.progress import Progress
    from twin.report.summary import render_summary
    from twin.simulate.run import simulate_one

    loaded = _load(file, settings, quiet or as_json)
    folder = out or Path("runs") / f"{slug(loaded.scenario.name)}-{loaded.digest[:8]}-seed{seed}"
    kept = (out.parent if out else Path("runs")) / ".checkpoints"
    with written_aside(folder) as aside, Progress(quiet, "replications") as progress:
        result = replicate(
            loaded.scenario, reps=reps, precision=Precision.parse(precision) if precision else None, seed=seed,
            engine=engine, workers=workers,
            cluster=cluster, progress=progress, checkpoint=kept,
        )  # fmt: skip
        log = simulate_one(loaded.scenario, seed=seed, engine=engine)
        write_run(result, loaded, log, aside)
        write_report(result, loaded, log, aside)
    Checkpoint(kept, Order.of(loaded.scenario, seed, engine)).clear()
    if as_json:
        about = {
            "scenario": result.scenario.name, "digest": loaded.digest, "seed": seed, "engine": result.engine,
            "replications": result.replications, "run": str(folder), "measures": measures_json(result.rows()),
        }  # fmt: skip
        print(json.dumps(about, allow_nan=False))
    elif not quiet:
        render_summary(result, Console())
        print(f"Report: {folder / 'report.html'}")


@app.command()
def compare(
    files: Annotated[list[Path], typer.Argument(help="Two or more scenario files; the first is the base.")],
    settings: Settings = None, reps: Annotated[int, typer.Option("--reps", min=2, max=100_000)] = 200, seed: Seed = 1,
    engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Scenarios on the same random numbers: paired differences to the first, with intervals."""
    from rich.console import Console

    from twin.decide.compare import compare as run_comparison
    from twin.report.compared import render_comparison
    from twin.report.comparison import write_comparison
    from twin.report.folder import comparison_object, slug, written_aside
    from twin.report.progress import Progress

    loadeds = [_load(file, settings, quiet or as_json) for file in files]
    digest = "-".join(loaded.digest[:6] for loaded in loadeds)
    folder = out or Path("runs") / f"compare-{slug(loadeds[0].scenario.name)}-{digest}-seed{seed}"
    with written_aside(folder) as aside, Progress(quiet, "replications") as progress:
        comparison = run_comparison(
            [loaded.scenario for loaded in loadeds], reps=reps, seed=seed, engine=engine, workers=workers,
            cluster=cluster, progress=progress,
        )  # fmt: skip
        about = comparison_object(comparison, loadeds)
        (aside / "manifest.json").write_text(json.dumps(about, indent=1))
        page = write_comparison(comparison, loadeds, aside)
    if as_json:
        print(json.dumps({**about, "run": str(folder)}, allow_nan=False))
    elif not quiet:
        render_comparison(comparison, Console())
        print(f"Report: {folder / page.name}")


@app.command()
def replay(
    source: Annotated[Path, typer.Argument(help="An incident export (CSV, may be .gz).")],
    scenario: Annotated[Path | None, typer.Argument(help="The scenario whose staffing takes the incidents.")] = None,
    column_map: Annotated[
        Path | None, typer.Option("--map", help="Which column means what (YAML; default: ServiceNow incident audit).")
    ] = None,
    as_recorded: Annotated[
        Path | None, typer.Option("--as-recorded", help="A scenario with the staffing of the record, to compare with.")
    ] = None,
    settings: Settings = None,
    seed: Seed = 1,
    engine: EngineOption = "auto",
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Real incidents: measured as they were, and simulated under the staffing of a scenario."""
    from rich.console import Console

    from twin.decide.replay import replay as run_replay
    from twin.report.folder import slug, written_aside
    from twin.report.replayed import render_replay, write_replay

    staffing, then = (
        _load(file, settings, quiet or as_json).scenario if file else None for file in (scenario, as_recorded)
    )
    result = run_replay(source, staffing, column_map, as_recorded=then, seed=seed, engine=engine)
    folder = out or Path("runs") / f"replay-{slug(source.name.split('.')[0])}-seed{seed}"
    with written_aside(folder) as aside:
        about = write_replay(result, aside)
    if as_json:
        print(json.dumps({**about, "run": str(folder)}, allow_nan=False))
    elif not quiet:
        render_replay(result, Console())
        print(f"Run folder: {folder}")


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="A run folder that twin run wrote.")]) -> None:
    """Draw the report of a run folder again."""
    from twin.report.folder import read_run
    from twin.report.page import write_report

    result, loaded, log = read_run(folder)
    print(f"Report: {write_report(result, loaded, log, folder)}")


@app.command()
def rare(
    file: ScenarioFile, settings: Settings = None,
    function: Annotated[str, typer.Option("--function", help="A function, a component, or whole.")] = "whole",
    cycles: Annotated[int, typer.Option("--cycles", min=1, help="How many outages to try.")] = 20_000,
    bias: Annotated[float | None, typer.Option("--bias", help="How much sooner units fail (default: chosen).")] = None,
    seed: Seed = 1, as_json: AsJson = False,
) -> None:  # fmt: skip
    """A small unavailability, from outages made frequent and weighed back: for worlds that fail once in years."""
    from twin.experiment.rare import unavailability
    from twin.report.folder import row_object

    found = unavailability(_load(file, settings, as_json).scenario, function, cycles, seed, bias)
    row = row_object(found.row)
    if as_json:
        print(json.dumps({"seed": seed, "cycles": found.cycles, "bias": found.bias, "measures": [row]}))
    else:
        low, high = found.row.low, found.row.high
        print(f"{file}: unavailability of {function}: {found.row.estimate:.4g} ({low:.4g} to {high:.4g}, 95 %)")


@app.command()
def bench(
    seconds: Annotated[float, typer.Option("--seconds", min=0, help="Time for the interleaved rounds.")] = 150.0,
    write: Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Document to update.")] = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Speed beside other simulators, as ratios measured in one run, correctness beside it."""
    from twin.bench.page import tables, write_between_markers
    from twin.bench.run import Effort
    from twin.bench.run import bench as run_bench
    from twin.report.progress import Progress

    with Progress(quiet or as_json, "steps") as progress:
        found = run_bench(Effort(seconds=seconds), progress)
    if write is not None:
        write_between_markers(tables(found), write)
    if as_json:
        print(json.dumps(found.as_json(), allow_nan=False))
    elif not quiet:
        print(tables(found), end="")


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        print(f"twin {__version__}")
        raise typer.Exit()


def main() -> None:
    """Run the command line; bad input ends with one line per problem and exit code 2, Ctrl-C with 130."""
    try:
        code = app(standalone_mode=False)
    except Exception as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            sys.exit(error.exit_code)
        if not _is_bad_input(error):
            raise
        _say(str(error))
        sys.exit(2)
    if code == INTERRUPTED:
        _say("stopped; nothing half-written is left, and the same command goes on where it was")
    sys.exit(code or 0)


def _is_bad_input(error: Exception) -> bool:
    from twin.spec.problems import ScenarioError

    return isinstance(error, ScenarioError | ValueError | OSError)


if __name__ == "__main__":
    main()
