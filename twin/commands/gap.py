"""The command that compares a run with named references."""

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import AsJson, Quiet


def gap(
    folder: Annotated[Path, typer.Argument(help="A run folder that twin run wrote.")],
    reference: Annotated[str | None, typer.Option("--to", help="One reference by name (default: all).")] = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """What a run measured beside what two articles on PLM service state, with the gap."""
    from rich.console import Console

    from twin.decide.gap import gaps
    from twin.report.folder import read_run, row_object
    from twin.report.gap import render_gaps
    from twin.spec.benchmarks import REFERENCES

    result = read_run(folder)[0]
    found = {name: gaps(result, name) for name in ([reference] if reference is not None else REFERENCES)}
    if as_json:
        lines = [
            {
                "reference": name, "measure": one.mark.measure, "figure": one.mark.figure, "source": one.mark.source,
                "measured": None if one.measured is None else row_object(one.measured),
                "gap": None if one.row is None else row_object(one.row),
            }
            for name, group in found.items() for one in group
        ]  # fmt: skip
        print(json.dumps({"run": str(folder), "gaps": lines}, allow_nan=False))
    elif not quiet:
        render_gaps(found, Console())
