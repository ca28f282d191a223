"""Commands that learn parts of scenarios from records: twin calibrate tickets, changes, faults."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from twin.commands.options import AsJson, EngineOption, Out, Quiet, Seed

calibrate = typer.Typer(no_args_is_help=True, help="Learn parts of a scenario from records.", rich_markup_mode=None)

MapOption = Annotated[
    str | None,
    typer.Option("--map", metavar="FILE|NAME", help="Which column means what: a YAML file, or a built-in map by name."),
]
KnownAt = Annotated[
    datetime | None,
    typer.Option("--train-until", help="Use only what an export at that instant would have shown (default: all)."),
]
Pseudonymise = Annotated[
    str | None,
    typer.Option("--pseudonymise", metavar="SECRET", help="Hash personal names with this secret while reading."),
]
Country = Annotated[str | None, typer.Option("--country", help="Public holidays, e.g. DE or DE-BY.")]

@calibrate.command()
def tickets(
    source: Annotated[Path, typer.Argument(help="An export of a ticket system (CSV, XES or OCEL; may be .gz).")],
    column_map: MapOption = None,
    known_at: KnownAt = None,
    country: Country = None,
    secret: Pseudonymise = None,
    weeks: Annotated[float, typer.Option("--weeks", min=0.1, max=520, help="Length of the scenario.")] = 4.0,
    targets: Annotated[
        list[str] | None, typer.Option("--target", metavar="PRIORITY=TIME", help='A promise, e.g. "2 - High=8 h".')
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A scenario that goes on where a record of tickets ends: demand, work, routing, staffing, open tickets."""
    from twin.calibrate.readers import read_incidents, write_bad_rows
    from twin.calibrate.tickets.emit import outlook, scenario_data
    from twin.calibrate.tickets.fit import WEEK_MIN, fit_tickets
    from twin.calibrate.tickets.told import fit_object, replay_map, told, unknowns
    from twin.calibrate.written import scenario_text
    from twin.report.folder import slug, write_manifest, written_aside
    from twin.spec.load import load_text

    record = read_incidents(source, column_map, tick="1 min", known_at=known_at, hash_key=secret)
    fit = fit_tickets(record, country)
    data = scenario_data(fit, weeks * WEEK_MIN, outlook(fit, weeks * WEEK_MIN), promised(targets))
    text = scenario_text(data, [*told(fit), *(f"Unknown: {line}" for line in unknowns(fit))])
    load_text(text, "scenario.yaml")
    folder = out or Path("runs") / f"calibrated-{slug(source.name.split('.')[0])}-{slug(record.report.as_of[:10])}"
    about = {**fit_object(fit), "scenario": str(folder / "scenario.yaml")}
    with written_aside(folder) as aside:
        (aside / "scenario.yaml").write_text(text, encoding="utf-8")
        (aside / "map.yaml").write_text(scenario_text(replay_map(fit), []), encoding="utf-8")
        write_bad_rows(record.report, aside / "rows_set_aside.csv")
        write_manifest(about, aside)
    finish(about, [*told(fit), f"Scenario: {folder / 'scenario.yaml'}"], as_json, quiet)


@calibrate.command()
def calls(
    source: Annotated[Path, typer.Argument(help="A call-by-call log of a phone line (CSV; may be .gz).")],
    begin: Annotated[datetime, typer.Option("--from", help="First day to learn from.")],
    train_until: Annotated[datetime, typer.Option("--train-until", help="First day to forecast.")],
    test_until: Annotated[datetime, typer.Option("--test-until", help="Day after the last one to forecast.")],
    limit_s: Annotated[float, typer.Option("--limit", min=0.0, help="Seconds of the service level.")] = 20.0,
    reps: Annotated[int, typer.Option("--reps", min=2, max=100_000, help="Simulated courses.")] = 20,
    seed: Seed = 1,
    engine: EngineOption = "auto",
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """A phone line as a queue whose callers lose patience, and how well it says the next days."""
    from twin.calibrate.calls import calls_data, read_calls
    from twin.calibrate.written import scenario_text
    from twin.decide.calls import forecast_calls
    from twin.report.folder import slug, write_manifest, written_aside

    found = forecast_calls(
        read_calls(source), begin, train_until, test_until, limit_s=limit_s, reps=reps, seed=seed, engine=engine,
        source=source.name,
    )  # fmt: skip
    fit, sides = found.fit, ("real", "twin", "low", "high", "closed_form", "carry_forward")
    lines = [
        f"{name.replace('_', ' ')}: {getattr(found, name).service_level:.1%} of the served answered "
        f"within {limit_s:g} s, {getattr(found, name).abandoned:.1%} gave up"
        for name in sides
    ]
    about = {
        "source": str(source), "seed": seed, "replications": reps, "limit_s": limit_s, "effective": fit.effective,
        "service_s": fit.service_s, "service_cv": fit.service_cv, "patience_s": fit.patience_s,
        "seen_patience_s": fit.seen_patience_s, **{name: getattr(found, name).__dict__ for name in sides},
    }  # fmt: skip
    folder = out or Path("runs") / f"calls-{slug(source.name.split('.')[0])}-{train_until:%Y%m%d}"
    with written_aside(folder) as aside:
        data = calls_data(fit, train_until, (test_until - train_until).days, source.name, limit_s)
        (aside / "scenario.yaml").write_text(scenario_text(data, lines), encoding="utf-8")
        write_manifest(about, aside)
    finish({**about, "run": str(folder)}, [*lines, f"Scenario: {folder / 'scenario.yaml'}"], as_json, quiet)


def promised(settings: list[str] | None) -> dict[str, str]:
    """Promised times by priority, from PRIORITY=TIME settings. Raises ValueError for a setting without either."""
    pairs = [setting.rpartition("=") for setting in settings or ()]
    if wrong := [time for priority, _, time in pairs if not priority or not time]:
        raise ValueError(f'--target {wrong[0]}: write PRIORITY=TIME, e.g. --target "2 - High=8 h"')
    return {priority.strip(): time.strip() for priority, _, time in pairs}


def finish(about: dict[str, Any], lines: list[str], as_json: bool, quiet: bool) -> None:
    """Print what was learned: one object on standard output, or lines unless quiet."""
    if as_json:
        print(json.dumps(about, allow_nan=False))
    elif not quiet:
        for line in lines:
            print(line)


__all__ = ["calibrate", "finish", "promised"]
