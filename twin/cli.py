"""The command line: one command per verb. Progress and words go to standard error, results to standard output."""

import sys
from typing import Annotated

import typer

from twin import __version__
from twin.commands.account import audit, health
from twin.commands.backtest import backtest, drift
from twin.commands.bench import bench
from twin.commands.calibrate import calibrate
from twin.commands.calibrate_items import changes, faults
from twin.commands.calibrate_requests import requests
from twin.commands.compare import compare
from twin.commands.explain import explain
from twin.commands.export import export
from twin.commands.frontier import frontier
from twin.commands.gap import gap
from twin.commands.gate import gate
from twin.commands.load import load
from twin.commands.options import say
from twin.commands.packages import packages
from twin.commands.rehearse import rehearse
from twin.commands.replay import replay
from twin.commands.run import rare, report, run
from twin.commands.scenario import check, init, schema
from twin.commands.schedule import schedule
from twin.commands.sensitivity import sensitivity
from twin.commands.staff import staff
from twin.commands.studio import studio
from twin.commands.sweep import sweep

COMMANDS = (
    init, check, schema, run, compare, sweep, staff, schedule, sensitivity, explain, studio, load, packages, rehearse,
    replay, backtest, drift, report, rare, health, audit, frontier, gap, gate, export, bench,
)  # fmt: skip
CALIBRATE = (changes, faults, requests)
INTERRUPTED = 130  # what a shell reports after Ctrl-C

app = typer.Typer(
    name="twin", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="A digital twin for PLM service assurance.",
)  # fmt: skip
for _command in COMMANDS:
    app.command()(_command)
for _learned in CALIBRATE:
    calibrate.command()(_learned)
app.add_typer(calibrate, name="calibrate")


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
        say(str(error))
        sys.exit(2)
    if code == INTERRUPTED:
        say("stopped; nothing half-written is left, and the same command goes on where it was")
    sys.exit(code or 0)


def _is_bad_input(error: Exception) -> bool:
    from twin.spec.problems import ScenarioError

    return isinstance(error, ScenarioError | ValueError | OSError)


if __name__ == "__main__":
    main()
