"""The command that decides on a go-live from evidence and targets."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import AsJson, Out, Quiet, print_object


def gate(
    evidence: Annotated[
        list[Path], typer.Argument(help="Files or folders that a rehearsal wrote, or folders of twin run.")
    ],
    targets: Annotated[Path, typer.Option("--targets", help="What must hold (YAML, or OpenSLO).")],
    junit: Annotated[Path | None, typer.Option("--junit", help="Write the checks as JUnit XML to this file.")] = None,
    out: Out = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Go (exit code 0), no-go (1) or not enough evidence (2), with the reason and what is missing."""
    from twin.decide.gate import EXIT_CODES
    from twin.decide.gate import gate as decide
    from twin.decide.goals import read_goals
    from twin.report.folder import slug, write_manifest, written_aside
    from twin.report.gated import as_object, headline, sentences, write_gate
    from twin.report.junit import write_junit
    from twin.report.run_evidence import evidence_at

    now = datetime.now(UTC)
    goals = read_goals(targets)
    found = decide(goals, [evidence_at(path) for path in evidence], now)
    folder = out or Path("runs") / f"gate-{slug(goals.title)}"
    with written_aside(folder) as aside:
        write_gate(found, aside, now)
        write_junit(found, aside / "junit.xml")
        write_manifest(as_object(found), aside)
    if junit is not None:
        write_junit(found, junit)
    if as_json:
        print_object(as_object(found), folder)
    elif not quiet:
        print("\n".join([headline(found), *(f"  {text}" for text in sentences(found))]))
        print(f"Page: {folder / 'gate.html'}")
    raise typer.Exit(EXIT_CODES[found.verdict])
