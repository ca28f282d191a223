"""The command that writes the log of a run for other tools."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from twin.commands.options import AsJson, Quiet


def export(
    folder: Annotated[Path, typer.Argument(help="A run folder that twin run wrote.")],
    kind: Annotated[Literal["openmetrics", "xes"], typer.Option("--as", help="What to write.")],
    out: Annotated[Path | None, typer.Option("--out", help="File to write (default: in the run folder).")] = None,
    every: Annotated[str, typer.Option("--every", help="Time between samples of metrics.")] = "5 min",
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """The log of a run as metrics (OpenMetrics text) or as a process-mining log (XES)."""
    from twin.eventlog.xes import xes_lines
    from twin.measures.frame import Frame
    from twin.measures.metrics import openmetrics
    from twin.report.folder import read_run
    from twin.units import parse_duration

    seconds = parse_duration(every)
    if seconds <= 0:
        raise ValueError(f'--every {every}: samples need time between them; write e.g. --every "5 min"')
    result, _, log = read_run(folder)
    clock = result.scenario.clock
    file = out or folder / ("metrics.txt" if kind == "openmetrics" else "log.xes")
    traces = xes_lines(log, clock.start_utc, clock.tick)
    written = _write(openmetrics(log, Frame(result.scenario), seconds) if kind == "openmetrics" else traces, file)
    if as_json:
        print(json.dumps({"run": str(folder), "as": kind, "file": str(file), "bytes": written}))
    elif not quiet:
        print(f"{file}")


def _write(lines: Iterable[str], file: Path) -> int:
    aside = file.with_name(f".{file.name}.part")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as text:
            written = sum(text.write(line) for line in lines)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
    return written
