"""The command that rehearses a cutover: load on two real systems, a forecast, and the gate."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from twin.commands.options import AsJson, Cluster, EngineOption, Out, Quiet, Reps, Seed, Workers

ROOT = Path(__file__).parents[2]
STATE = "~ "  # begins a line that replaces the last one


def rehearse(
    plan: Annotated[Path, typer.Argument(help="The plan of the rehearsal (YAML).")],
    owned: Annotated[
        str | None,
        typer.Option("--i-own-this-target", metavar="HOST", help="Put load on a host other than this machine."),
    ] = None,
    metrics: Annotated[int | None, typer.Option("--metrics", help="Port for OpenMetrics while it runs.")] = None,
    web: Annotated[int | None, typer.Option("--web", help="Port for Locust's own page while it runs.")] = None,
    seed: Seed = 1, reps: Reps = None, engine: EngineOption = "auto", workers: Workers = None,
    cluster: Cluster = None, out: Out = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Old and new system side by side: alike, fast enough, and ready? Exit code 0, 1 or 2 as for twin gate."""
    from datetime import UTC, datetime

    from twin.decide.evidence import read_evidence
    from twin.decide.gate import EXIT_CODES, gate
    from twin.decide.goals import read_goals
    from twin.report.folder import slug, write_manifest, written_aside
    from twin.report.gated import as_object, headline, sentences, write_gate
    from twin.report.junit import write_junit
    from twin.report.rehearsed import write_rehearsal

    is_quiet = quiet or as_json
    folder = out or Path("runs") / f"rehearsal-{slug(plan.stem)}"
    with written_aside(folder) as aside:
        ports = [("--metrics", metrics), ("--web", web)]
        _run(plan, aside, owned, is_quiet, [word for name, port in ports if port for word in (name, str(port))])
        told = json.loads((aside / "rehearsal.json").read_text(encoding="utf-8"))
        found = [read_evidence(aside)]
        foreseen = _forecast(told, (seed, reps, engine, workers, cluster), is_quiet, aside)
        found += [foreseen] if foreseen is not None else []
        now = datetime.now(UTC)
        decided = gate(read_goals(aside / "targets.json"), found, now)
        write_gate(decided, aside, now)
        write_junit(decided, aside / "junit.xml")
        write_rehearsal(told, decided, aside)
        write_manifest(as_object(decided), aside)
    if as_json:
        print(json.dumps({**as_object(decided), "findings": told["findings"], "run": str(folder)}, allow_nan=False))
    elif not quiet:
        print("\n".join([headline(decided), *(f"  {text}" for text in sentences(decided))]))
        print(f"Report: {folder / 'rehearsal.html'}\nTo sign: {folder / 'gate.html'}")
    raise typer.Exit(EXIT_CODES[decided.verdict])


def _run(plan: Path, folder: Path, owned: str | None, is_quiet: bool, ports: list[str]) -> None:
    """Run the load tests' side as a process of its own, for its libraries patch whatever process they are in."""
    if not (ROOT / "loadtests" / "rehearsal").is_dir():
        raise ValueError(f"{ROOT} holds no loadtests/; run twin rehearse from a clone of the repository")
    command = [sys.executable, "-m", "loadtests.rehearsal", str(plan.resolve()), "--out", str(folder.resolve())]
    command += ["--i-own-this-target", owned] if owned else []
    command += [*ports, "--quiet"] if is_quiet else [*ports, "--live"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
    words = _relay(process, is_quiet)
    if process.returncode:
        raise ValueError("\n".join(words[-5:]).strip() or "the rehearsal ended without a reason")


def _relay(process: "subprocess.Popen[bytes]", is_quiet: bool) -> list[str]:
    """The process's words, passed on as they come. Ctrl-C reaches the process too; it ends the load and writes up."""
    from rich.console import Console

    words: list[str] = []
    assert process.stderr is not None
    screen = Console(stderr=True, quiet=is_quiet, highlight=False)
    with screen.status("starting ...") as status:
        while True:
            try:
                for line in process.stderr:
                    text = line.decode(errors="replace").rstrip()
                    if text.startswith(STATE):
                        status.update(text.removeprefix(STATE))
                    else:
                        words.append(text)
                        screen.print(text, markup=False, soft_wrap=True)
                process.wait()
                return words
            except KeyboardInterrupt:
                continue


def _forecast(told: dict[str, Any], run: tuple[Any, ...], is_quiet: bool, folder: Path) -> Any:
    """The evidence of the forecast that the plan asks for, None when it asks for none; kept beside the rehearsal's."""
    from twin.decide.evidence import write_evidence
    from twin.decide.forecast import forecast
    from twin.decide.foresee import evidence_of
    from twin.report.progress import Progress

    plan, (seed, reps, engine, workers, cluster) = told["forecast"], run
    if plan is None:
        return None
    file = Path(plan["scenario"])
    file = file if file.is_file() else ROOT / file
    with Progress(is_quiet, "worlds") as progress:
        planned, told["foreseen"] = forecast(
            file, plan, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster, progress=progress
        )
    result = evidence_of(planned, f"forecast by {file.name}")
    write_evidence(result, folder / "evidence-forecast.json")
    return result
