"""Commands that write and check scenario files."""

import json
from pathlib import Path
from typing import Annotated

import typer

from twin.commands.options import AsJson, ScenarioFile, Settings, overrides_of, say


def init(folder: Annotated[Path, typer.Argument(help="Folder to put the starter scenario in.")]) -> None:
    """Write a commented starter scenario and the JSON Schema that editors complete from."""
    from twin.spec.jsonschema import scenario_schema
    from twin.spec.starter import starter_text

    file = folder / "scenario.yaml"
    if file.exists():
        raise ValueError(f"{file}: exists already; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.schema.json").write_text(json.dumps(scenario_schema(), indent=1))
    file.write_text("# yaml-language-server: $schema=scenario.schema.json\n" + starter_text())
    print(f"{file}")
    say(f"Edit it, then: twin check {file}")


def check(file: ScenarioFile, settings: Settings = None, as_json: AsJson = False) -> None:
    """Every problem of a scenario file at once, each with its place and remedy."""
    from dataclasses import asdict

    from twin.spec.load import load
    from twin.spec.problems import ScenarioError

    try:
        loaded = load(file, overrides=overrides_of(settings))
        problems, warnings = [], loaded.warnings
    except ScenarioError as error:
        problems, warnings = error.problems, []
    if as_json:
        print(json.dumps({"errors": [asdict(one) for one in problems], "warnings": [asdict(one) for one in warnings]}))
    for one in () if as_json else (*problems, *warnings):
        print(f"{'error' if one in problems else 'warning'}: {one}")
    if problems:
        raise typer.Exit(2)
    if not as_json:
        tags = {tag: sum(one.tag == tag for one in loaded.ledger) for tag in ("measured", "cited", "assumed")}
        state = f"can run, with {len(warnings)} warnings" if warnings else "ready to run"
        print(f"{file}: {state}; figures: " + ", ".join(f"{count} {tag}" for tag, count in tags.items()))


def schema() -> None:
    """The JSON Schema of scenario files, for editors."""
    from twin.spec.jsonschema import scenario_schema

    print(json.dumps(scenario_schema(), indent=1))
