"""The register of questions tells the truth: rows are complete, keys, figures, commands and tests exist."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sources import ROOT
from test_readme import help_text

from twin.measures.gauge import Gauge
from twin.report.answers import Answer, answers, page
from twin.spec.jsonschema import scenario_schema
from twin.spec.load import load

ROWS = [pytest.param(answer, id=str(answer.row)) for answer in answers()]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))


@cache
def schema() -> dict[str, Any]:
    return scenario_schema()


@cache
def measures() -> set[str]:
    return {cell.name for file in SCENARIOS for cell in Gauge(load(file).scenario).cells}


def options(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The forms a value may take, references followed."""
    if "$ref" in node:
        return options(schema()["$defs"][node["$ref"].rpartition("/")[2]])
    found = [node]
    for key in ("anyOf", "oneOf", "allOf"):
        found += [form for one in node.get(key, ()) for form in options(one)]
    return found


def is_key(path: str) -> bool:
    nodes = [schema()]
    for part in path.split("."):
        forms = [form for node in nodes for form in options(node)]
        if part == "*":
            nodes = [form[key] for form in forms for key in ("additionalProperties", "items")
                     if isinstance(form.get(key), dict)]  # fmt: skip
            nodes += [one for form in forms for one in form.get("patternProperties", {}).values()]
        else:
            nodes = [form["properties"][part] for form in forms if part in form.get("properties", {})]
        if not nodes:
            return False
    return True


def is_shown(what: str) -> bool:
    if what.startswith("twin "):
        return "Usage" in help_text(*re.findall(r"^twin ([a-z-]+)(?: ([a-z-]+))?", what)[0][:1])
    return what in measures()


def is_test(name: str) -> bool:
    file, _, function = name.partition("::")
    path = Path(ROOT / file)
    if not path.is_file():
        return False
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in ast.walk(
        ast.parse(path.read_text(encoding="utf-8"))))  # fmt: skip


def test_every_question_has_one_row() -> None:
    assert [answer.row for answer in answers()] == list(range(1, 71))


@pytest.mark.parametrize("answer", ROWS)
def test_keys_figures_and_test_of_a_row_exist(answer: Answer) -> None:
    assert [key for key in answer.keys if not is_key(key)] == []
    assert [what for what in answer.shows if not is_shown(what)] == []
    assert answer.shows
    assert is_test(answer.test)


def test_the_page_is_made_from_the_register() -> None:
    assert (ROOT / "docs" / "answers.md").read_text(encoding="utf-8") == page()
