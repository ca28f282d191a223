"""The command that sends real incidents to the desks of a scenario."""

from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import AsJson, EngineOption, Out, Quiet, Seed, Settings, load_scenario, print_object


def replay(
    source: Annotated[Path, typer.Argument(help="An incident export (CSV, may be .gz).")],
    scenario: Annotated[Path | None, typer.Argument(help="The scenario whose staffing takes the incidents.")] = None,
    column_map: Annotated[
        Path | None, typer.Option("--map", help="Which column means what (YAML; default: ServiceNow incident audit).")
    ] = None,
    as_recorded: Annotated[
        Path | None, typer.Option("--as-recorded", help="A scenario with the staffing of the record, to compare with.")
    ] = None,
    hours: Annotated[
        str | None,
        typer.Option("--hours", metavar="CALENDAR", help="Recorded time at desks in these hours is their work."),
    ] = None,
    band: Annotated[
        float, typer.Option("--band", min=0.0, max=1.0, help="How closely recorded attainment must be reproduced.")
    ] = 0.05,
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
        load_scenario(file, settings, quiet or as_json).scenario if file else None for file in (scenario, as_recorded)
    )
    result = run_replay(
        source, staffing, column_map, as_recorded=then, seed=seed, engine=engine, hours=hours, band=band,
        work_share=1.0 if hours else None,
    )  # fmt: skip
    folder = out or Path("runs") / f"replay-{slug(source.name.split('.')[0])}-seed{seed}"
    with written_aside(folder) as aside:
        about = write_replay(result, aside)
    if as_json:
        print_object(about, folder)
    elif not quiet:
        render_replay(result, Console())
        print(f"Run folder: {folder}")
