"""Scenarios from YAML files, text or Python data: every fault at once, and a ledger of where the figures are from."""

import copy
import functools
import hashlib
import json
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from twin.spec.check import check
from twin.spec.document import DEEPEST, MOST_NODES, Document, read_document, scalar
from twin.spec.expand import expand
from twin.spec.explain import explained
from twin.spec.findings import Findings
from twin.spec.overrides import apply_overrides
from twin.spec.problems import Path as KeyPath
from twin.spec.problems import Problem, ScenarioError, Source, shown
from twin.spec.scenario import Scenario
from twin.spec.tags import Assumption, strip_tags
from twin.spec.templates import fill_templates

__all__ = ["Assumption", "Loaded", "Problem", "ScenarioError", "digest_of", "load", "load_data", "load_text"]

MOST_BYTES: Final = 5_000_000


@dataclass(frozen=True)
class Loaded:
    """A usable scenario and what is known about its file.

    ledger  every figure with its origin; warnings  what is allowed but doubtful; path  the file, None if there is none;
    digest  SHA-256 of the scenario's content: the same whatever the comments, tags, units and order of keys.
    """

    scenario: Scenario
    ledger: list[Assumption] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    path: Path | None = None
    digest: str = ""


def load(path: str | Path, *, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The scenario of a YAML file, with values at dotted paths replaced by `overrides` before it is checked.

    Raises ScenarioError with all problems of the file, also if it can't be read.
    """
    return _loaded(read_document(_text_of(Path(path)), str(path)), str(path), overrides or {}, Path(path))


def load_text(text: str, name: str = "scenario", *, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The scenario of a YAML text; `name` stands for the file in problems. Raises ScenarioError as `load`."""
    return _loaded(read_document(text, name), name, overrides or {}, None)


def load_data(data: Mapping[str, Any], *, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """The scenario of nested Python data, written as in YAML; its problems have no lines.

    Raises ScenarioError as `load`.
    """
    document = Document()
    budget = [MOST_NODES]
    document.data = _plain(data, (), document, budget)
    return _loaded(document, "scenario", overrides or {}, None)


def digest_of(scenario: Scenario) -> str:
    """SHA-256 of the scenario's content, in hexadecimal."""
    content = scenario.model_dump(mode="json")
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def value_of(text: str) -> Any:
    """The value that a text such as "3", "30 min" or "[a, b]" stands for in YAML. Raises ScenarioError."""
    return read_document(text, "value").data if text[:1] in "[{\"'" else scalar(text)


def _loaded(document: Document, file: str, overrides: Mapping[str, Any], path: Path | None) -> Loaded:
    source = Source(file, document.lines)
    if not isinstance(document.data, dict):
        remedy = 'write "name:", "clock:" and so on; "twin init" makes a scenario to start from'
        raise ScenarioError([source.problem((), f"{shown(document.data)} is not a scenario", remedy)])
    problems = document.problems + fill_templates(document.data, source)
    stripped = strip_tags(document.data, Scenario, source)
    apply_overrides(stripped, overrides, Scenario, source)
    problems += stripped.problems
    try:
        scenario = Scenario.model_validate(stripped.data)
    except ValidationError as error:
        found = problems + explained(error, Scenario, stripped.data, source)
        raise ScenarioError(_once(found + _behind(error, stripped.data, source))) from None
    shorthand = Findings(source)
    scenario = expand(scenario, shorthand)
    findings = check(scenario, source)
    if problems or shorthand.errors or findings.errors:
        raise ScenarioError(_once(problems + shorthand.errors + findings.errors))
    warnings = shorthand.warnings + findings.warnings
    return Loaded(scenario, stripped.ledger, warnings, path, digest_of(scenario))


def _behind(error: ValidationError, data: Any, source: Source) -> list[Problem]:
    """What else is wrong, if all that was wrong so far are unknown keys: the same data without them."""
    found = error.errors(include_url=False)
    if any(one["type"] != "extra_forbidden" for one in found):
        return []
    known = copy.deepcopy(data)
    for *place, key in (one["loc"] for one in found):
        try:
            functools.reduce(operator.getitem, place, known).pop(key)
        except (KeyError, IndexError, TypeError, AttributeError):
            return []
    try:
        findings = Findings(source)
        scenario = expand(Scenario.model_validate(known), findings)
    except ValidationError:
        return []
    return findings.errors + check(scenario, source).errors


def _once(problems: list[Problem]) -> list[Problem]:
    return [*dict.fromkeys(problems)]


def _text_of(path: Path) -> str:
    def fail(reason: str, remedy: str) -> ScenarioError:
        return ScenarioError([Problem(str(path), None, "", reason, remedy)])

    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise fail("no such file", "check the path") from None
    except IsADirectoryError:
        raise fail("is a folder", "name a scenario file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise fail(f"can't be read: {reason}", "check the path and its permissions") from None
    if len(content) > MOST_BYTES:
        raise fail(f"is larger than {MOST_BYTES // 1_000_000} MB", "name a scenario, not a log or an archive")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"is not UTF-8 text (byte {error.start + 1})"
        raise ScenarioError([Problem(str(path), line, "", reason, "save it as UTF-8 text")]) from None


def _plain(value: Any, path: KeyPath, document: Document, budget: list[int]) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or len(path) > DEEPEST:
        remedy = f"give at most {MOST_NODES:,} values, {DEEPEST} deep"
        raise ScenarioError([Source("scenario").problem(path, "holds too many values", remedy)])
    if isinstance(value, Mapping):
        return {str(key): _plain(item, (*path, str(key)), document, budget) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, (*path, index), document, budget) for index, item in enumerate(value)]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), path, document, budget)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    reason = f"{shown(type(value).__name__)} is no plain value"
    document.problems.append(Source("scenario").problem(path, reason, "give text, numbers, lists and mappings"))
    return None
