"""The command that learns service demands from records of requests."""

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import AsJson, Out, Quiet, Seed, say


def requests(
    sources: Annotated[
        list[Path],
        typer.Argument(
            help="The folder of a load test, or an access log; beside it CPU series (Prometheus JSON, CSV)."
        ),
    ],
    limits: Annotated[
        Path, typer.Option("--limits", help="Configured limits (YAML): users, workers, stations with their groups.")
    ],
    held_out: Annotated[
        str | None,
        typer.Option("--held-out", metavar="LEVEL", help="Level to choose the estimator by (default: busiest)."),
    ] = None,
    seed: Seed = 1,
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Service demands of each transaction at each station, with intervals, from records of requests."""
    import yaml

    from twin.calibrate.requests.fit import calibrate_requests
    from twin.calibrate.requests.limits import read_limits
    from twin.calibrate.requests.parts import rows, scenario_part, told
    from twin.calibrate.requests.sources import read_sources
    from twin.report.folder import MANIFEST, row_object, slug, written_aside

    asked = read_limits(limits)
    found = calibrate_requests(read_sources(sources, asked), asked, held_out, seed)
    judged = [
        {"estimator": j.estimator, "why": j.why, "mean_error": None if j.why else j.mean_error,
         "class_error": None if j.why else j.class_error, "work_error": None if j.why else j.work_error}
        for j in found.judged
    ]  # fmt: skip
    answer = {
        "estimator": found.estimator, "held_out": found.held_out, "judged": judged, "shares": found.shares,
        "speed_s": found.speed_s, "measures": [row_object(row) for row in rows(found)],
    }  # fmt: skip
    folder = out or Path("runs") / f"calibrate-{slug(sources[0].name)}"
    with written_aside(folder) as aside:
        (aside / MANIFEST).write_text(json.dumps({"sources": [str(s) for s in sources], **answer}, indent=1), "utf-8")
        part = {"workload": scenario_part(found)}
        text = yaml.safe_dump(json.loads(json.dumps(part)), sort_keys=False, width=120)
        (aside / "workload.yaml").write_text(text, encoding="utf-8")
    for line in told(found):
        say(line, quiet or as_json)
    print(json.dumps({"folder": str(folder), **answer}) if as_json else folder / "workload.yaml")
