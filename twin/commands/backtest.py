"""The command that learns from a part of a record, forecasts the rest, and says how right it was."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from twin.commands.calibrate import Country, MapOption, finish
from twin.commands.options import AsJson, Cluster, EngineOption, Out, Quiet, Seed, Workers, print_object


def backtest(
    source: Annotated[Path, typer.Argument(help="An export of a ticket system.")],
    train_until: Annotated[
        datetime | None, typer.Option("--train-until", help="Learn from what was known then.")
    ] = None,
    test_until: Annotated[datetime | None, typer.Option("--test-until", help="Forecast until then, and score.")] = None,
    by_cases: Annotated[
        bool, typer.Option("--by-cases", help="Learn from half of the cases and forecast the others (one cohort).")
    ] = False,
    origins: Annotated[int, typer.Option("--origins", min=1, max=500, help="Windows between the two instants.")] = 1,
    column_map: MapOption = None,
    country: Country = None,
    targets: Annotated[
        list[str] | None,
        typer.Option("--target", metavar="TIME", help='Score attainment of "8 business hours" or "24 h" (may repeat).'),
    ] = None,
    reps: Annotated[int, typer.Option("--reps", min=2, max=100_000, help="Simulated futures a window.")] = 50,
    seed: Seed = 1, engine: EngineOption = "auto", workers: Workers = None, cluster: Cluster = None, out: Out = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Predicted against what really followed, beside carry-forward and seasonal naive."""
    if by_cases:
        run = {"reps": reps, "seed": seed, "engine": engine, "workers": workers, "cluster": cluster}
        _by_cases(source, column_map, country, run, out, as_json, quiet)
        return
    if train_until is None or test_until is None:
        raise ValueError("say --train-until and --test-until, e.g. 2016-04-01 and 2016-05-01, or --by-cases")
    from rich.console import Console

    from twin.calibrate.backtest import backtest as run_backtest
    from twin.calibrate.readers import read_incidents
    from twin.calibrate.score import target_of
    from twin.experiment.tasks import Checkpoint
    from twin.report.backtested import backtest_object, render_backtest, write_backtest
    from twin.report.folder import slug, write_manifest, written_aside
    from twin.report.progress import Progress

    wanted = [target_of(text) for text in targets or ("8 business hours", "40 business hours")]
    name = slug(source.name.split(".")[0])
    folder = out or Path("runs") / f"backtest-{name}-{train_until:%Y%m%d}-{test_until:%Y%m%d}-{origins}-seed{seed}"
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "futures") as progress):  # fmt: skip
        result = run_backtest(
            lambda at: read_incidents(source, column_map, tick="1 min", known_at=at), train_until, test_until, wanted,
            origins=origins, country=country, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
            progress=progress, checkpoint=kept,
        )  # fmt: skip
        about = {**backtest_object(result), "seed": seed, "replications": reps, "country": country}
        write_manifest(about, aside)
        page = write_backtest(result, about, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        render_backtest(result, Console())
        print(f"Report: {folder / page.name}")


def drift(
    source: Annotated[Path, typer.Argument(help="An export of a ticket system, made again every day.")],
    train_until: Annotated[datetime, typer.Option("--train-until", help="Learn from what was known then.")],
    column_map: MapOption = None,
    country: Country = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Has the desk left what was learned? At most one false alarm a year; exit code 1 if there is an alarm."""
    from twin.calibrate.drift import watch
    from twin.calibrate.readers import read_incidents
    from twin.calibrate.tickets.fit import fit_tickets

    fit = fit_tickets(read_incidents(source, column_map, tick="1 min", known_at=train_until), country)
    found = watch(fit, read_incidents(source, column_map, tick="1 min"))
    plain = [
        {"figure": one.figure, "noticed": str(one.noticed), "since": str(one.since), "is_up": one.is_up}
        for one in found
    ]  # fmt: skip
    told = [
        f"{one.figure} {'above' if one.is_up else 'below'} what was learned since {one.since}, noticed {one.noticed}"
        for one in found
    ]
    finish({"source": str(source), "alarms": plain}, told or ["no alarm"], as_json, quiet)
    if found:
        raise typer.Exit(1)


def _by_cases(
    source: Path, column_map: str | None, country: str | None, run: dict[str, Any], out: Path | None, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Forecast one half of the cases from the other, and print or write how it went."""
    from twin.calibrate.cohort import forecast_cohort
    from twin.calibrate.readers import read_incidents
    from twin.experiment.tasks import Checkpoint
    from twin.report.folder import slug, write_manifest, written_aside
    from twin.report.progress import Progress

    folder = out or Path("runs") / f"backtest-{slug(source.name.split('.')[0])}-by-cases-seed{run['seed']}"
    record = read_incidents(source, column_map, tick="1 min")
    with (Checkpoint.beside(folder) as kept, written_aside(folder) as aside,
          Progress(quiet, "courses") as progress):  # fmt: skip
        cohort = forecast_cohort(record, country=country, progress=progress, checkpoint=kept, **run)
        names = cohort.fit.desks.names
        sides = {"happened": cohort.real, "learned from": cohort.learned}
        about: dict[str, Any] = {
            "source": str(source), "seed": run["seed"], "replications": run["reps"], "lines": list(names),
            **{side: {"lines": one.lines.tolist(), "handoffs": one.handoffs.tolist()} for side, one in sides.items()},
            "twin": {"lines": cohort.mean("lines").tolist(), "handoffs": cohort.mean("handoffs").tolist()},
            "distances_h": [{"twin": twin, "learned from": base} for twin, base in cohort.distances_h()],
        }  # fmt: skip
        write_manifest(about, aside)
    told = [
        f"{side}: resolved by {_shares(dict(zip(names, one['lines'], strict=True)))}; hand-offs "
        + _shares(dict(enumerate(one["handoffs"])))
        for side, one in ((side, about[side]) for side in ("happened", "twin", "learned from"))
    ]
    told += [
        f"time to completion in {name}: twin {twin:.1f} h off, the half that was learned from {base:.1f} h"
        for name, (twin, base) in zip(names, cohort.distances_h(), strict=True)
    ]
    finish({**about, "run": str(folder)}, told, as_json, quiet)


def _shares(shares: dict[Any, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
