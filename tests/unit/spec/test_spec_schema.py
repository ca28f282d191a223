"""The JSON Schema accepts what the loader accepts, tags included."""

from pathlib import Path
from typing import Any

import pytest

from twin.spec.document import read_document
from twin.spec.jsonschema import scenario_schema
from twin.spec.starter import starter_text

SCHEMA = scenario_schema()


def faults(data: Any) -> list[Any]:
    validators = pytest.importorskip("jsonschema", reason="the jsonschema package is not installed")
    return [*validators.Draft202012Validator(SCHEMA).iter_errors(data)]


def test_the_schema_is_a_schema() -> None:
    validators = pytest.importorskip("jsonschema", reason="the jsonschema package is not installed")
    assert validators.Draft202012Validator.check_schema(SCHEMA) is None


def test_fields_are_described_and_law_may_be_bare() -> None:
    assert SCHEMA["$defs"]["Visit"]["properties"]["triage"]["description"] == "work to understand the ticket"
    assert SCHEMA["$defs"]["Law"]["anyOf"][0]["anyOf"][1] == {"const": 0}
    assert "answers" in SCHEMA["description"]


@pytest.mark.parametrize("text", [starter_text(), (Path(__file__).parent / "everything.yaml").read_text()])
def test_good_files_validate(text: str) -> None:
    assert faults(read_document(text, "f").data) == []


HEAD: dict[str, Any] = {"name": "x", "clock": {"start": "2026-01-05", "horizon": "5 d"}}


@pytest.mark.parametrize(
    "clock",
    [
        {"horizon": "1 h 30 min"},
        {"horizon": "5e2 h"},
        {"warm_up": 0},
        {"horizon": {"value": "5 d", "measured": "x", "range": [1, 2]}},
    ],
)
def test_forms_of_a_length(clock: dict[str, Any]) -> None:
    assert faults({**HEAD, "clock": {**HEAD["clock"], **clock}}) == []


@pytest.mark.parametrize(
    "clock",
    [
        {"horizon": 5},
        {"horizon": "5"},
        {"horizon": {"value": "5 d"}},
        {"foo": 1},
        {"horizon": {"value": "5 d", "cited": "a", "assumed": "b"}},
    ],
)
def test_faults_are_seen(clock: dict[str, Any]) -> None:
    assert faults({**HEAD, "clock": {**HEAD["clock"], **clock}}) != []
