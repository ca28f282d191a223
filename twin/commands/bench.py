"""The command that measures speed beside other simulators."""

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import AsJson, Quiet


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
