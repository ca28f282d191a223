"""Commands that learn what changes and faults do: twin calibrate changes, twin calibrate faults."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from twin.commands.calibrate import finish
from twin.commands.options import AsJson, Out, Quiet
from twin.units import finite


def changes(
    source: Annotated[Path, typer.Argument(help="Change records (CSV), or a change calendar (.ics).")],
    incidents: Annotated[Path, typer.Argument(help="Incidents with the item they concern and when they opened (CSV).")],
    begin: Annotated[datetime, typer.Option("--from", help="First day of the record.")],
    until: Annotated[datetime, typer.Option("--until", help="Day after the last one of the record.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="MEANING=NAME", help="Of the changes: item, id, at, kind, risk, board."),
    ] = None,
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """How many more incidents an item has in the week after a change than in matched weeks, by type and risk."""
    from twin.calibrate.changes import fit_changes
    from twin.calibrate.readers.dated import CHANGES, INCIDENTS, read_dated
    from twin.report.folder import slug, write_manifest, written_aside

    given = dict(pair.split("=", 1) for pair in columns or () if "=" in pair)
    record = (begin, until)
    done, opened = read_dated(source, CHANGES, given, record), read_dated(incidents, INCIDENTS, None, record)
    fit = fit_changes(done, opened)
    about = {
        "source": str(source), "incidents": str(incidents), "changes": len(done), "incidents_read": len(opened),
        "set_aside": {"changes": dict(done.set_aside), "incidents": dict(opened.set_aside)},
        "ratios": [{key: finite(value) for key, value in one.__dict__.items()} for one in fit.ratios],
        "naive_ratio": fit.naive_ratio, "by_day": fit.by_day.tolist(), "deviance_gain": finite(fit.gain),
        "deviance_gain_error": finite(fit.gain_error), "held_out": fit.held_out,
        "surges": {one.kind: {"factor": round(max(one.ratio - 1, 0.0), 3)} for one in fit.ratios if one.low > 1},
    }  # fmt: skip
    told = [
        f"{one.label} {one.kind}: {one.ratio:.2f} times as many incidents in the week after ({one.low:.2f} to "
        f"{one.high:.2f}; {one.changes:,} changes on items), placebo {one.placebo:.2f} ({one.placebo_low:.2f} to "
        f"{one.placebo_high:.2f})"
        for one in fit.ratios
        if one.label != "kind" or one.low > 1 or one.high < 1
    ]
    told += [
        f"counting alone would blame changes for {fit.naive_ratio:.0%} of all incidents",
        f"out of sample the ratios gain {fit.gain:+.4f} of deviance a change (standard error {fit.gain_error:.4f}, "
        f"{fit.held_out:,} changes)",
    ]
    folder = out or Path("runs") / f"changes-{slug(source.name.split('.')[0])}"
    with written_aside(folder) as aside:
        write_manifest(about, aside)
    finish({**about, "run": str(folder)}, told, as_json, quiet)


def faults(
    source: Annotated[Path, typer.Argument(help="Outages (CSV): component, begin, end.")],
    begin: Annotated[datetime, typer.Option("--from", help="Since when outages were recorded.")],
    until: Annotated[datetime, typer.Option("--until", help="Until when outages were recorded.")],
    prior: Annotated[
        Literal["none", "server", "disk"], typer.Option("--prior", help="Published rates to start from.")
    ] = "none",
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Failure and repair laws of components from their outages."""
    from twin.calibrate.faults import PRIORS, faults_data, fit_faults, read_outages
    from twin.calibrate.written import scenario_text
    from twin.report.folder import slug, write_manifest, written_aside

    since, end = ((at - datetime(1970, 1, 1)).total_seconds() for at in (begin, until))
    fits = [
        fit_faults(name, at, over, since, end, PRIORS.get(prior)) for name, (at, over) in read_outages(source).items()
    ]
    parts = {fit.component: faults_data(fit, source.name) for fit in fits}
    about: dict[str, Any] = {
        "source": str(source), "fits": [{key: finite(value) for key, value in fit.__dict__.items()} for fit in fits]
    }  # fmt: skip
    folder = out or Path("runs") / f"faults-{slug(source.name.split('.')[0])}"
    with written_aside(folder) as aside:
        (aside / "components.yaml").write_text(scenario_text(parts, ["Parts of components"]), encoding="utf-8")
        write_manifest(about, aside)
    told = [
        f"{fit.component}: {fit.failures} outages, MTBF {fit.mtbf_h:,.0f} h ({fit.mtbf_low_h:,.0f} to "
        f"{fit.mtbf_high_h:,.0f}), repair {fit.repair_h:.2f} h ({fit.repair_low_h:.2f} to {fit.repair_high_h:.2f})"
        for fit in fits
    ]
    finish({**about, "run": str(folder)}, [*told, f"Parts: {folder / 'components.yaml'}"], as_json, quiet)

