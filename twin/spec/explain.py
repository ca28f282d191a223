"""Faults that the models find, in plain words: one line each, with place and remedy."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from twin.spec.findings import split_remedy
from twin.spec.problems import Path, Problem, Source, did_you_mean, nearest, shown
from twin.spec.shape import child, hints_of, known_keys, model_of
from twin.spec.values import Model

MOST_FAULTS: Final = 1000
_WRONG_KIND = {
    "string_type": ("is not text", "write a name or text; put numbers that are names in quotes"),
    "dict_type": ("is not a mapping", 'write indented "name: value" lines below it'),
    "model_type": ("is not a mapping", 'write indented "name: value" lines below it'),
    "model_attributes_type": ("is not a mapping", 'write indented "name: value" lines below it'),
    "tuple_type": ("is not a list", "write a list, e.g. [a, b]"),
}
_NOT_A = {
    "float_parsing": ("is not a number", "write a number, e.g. 0.25"),
    "float_type": ("is not a number", "write a number, e.g. 0.25"),
    "finite_number": ("is not a finite number", "write a finite number"),
    "int_parsing": ("is not a whole number", "write a whole number, e.g. 3"),
    "int_parsing_size": ("is too large", "write a smaller whole number"),
    "int_type": ("is not a whole number", "write a whole number, e.g. 3"),
    "int_from_float": ("is not a whole number", "write a whole number, e.g. 3"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
}
_BOUNDS = {
    "greater_than_equal": ("is below {ge:g}", "write {ge:g} or more"),
    "greater_than": ("is not above {gt:g}", "write more than {gt:g}"),
    "less_than_equal": ("is above {le:g}", "write {le:g} or less"),
    "less_than": ("is not below {lt:g}", "write less than {lt:g}"),
}


def explained(error: ValidationError, root: type[Model], data: Any, source: Source) -> list[Problem]:
    """A problem for each fault that pydantic found in `data`, one per place."""
    found: dict[Path, list[Mapping[str, Any]]] = {}
    for fault in error.errors(include_url=False)[:MOST_FAULTS]:
        found.setdefault(_path_of(fault, data), []).append(fault)
    holders = {path[:length] for path in found for length in range(len(path))}
    problems = []
    for path, faults in found.items():
        telling = [fault for fault in faults if fault["type"] not in _WRONG_KIND]
        if telling or path not in holders:
            problems += [_problem(one, path, root, source) for one in _distinct(telling or faults[:1])]
    return problems


def _distinct(faults: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [*{fault["type"]: fault for fault in faults}.values()]


def _path_of(fault: Mapping[str, Any], data: Any) -> Path:
    """The path in the data: pydantic's location without the markers of union members and keys."""
    path: list[str | int] = []
    at = data
    for step in fault["loc"]:
        if isinstance(at, dict) and str(step) in at:
            path.append(str(step))
            at = at[str(step)]
        elif isinstance(at, list) and isinstance(step, int) and step < len(at):
            path.append(step)
            at = at[step]
    return (*path, fault["loc"][-1]) if fault["type"] == "missing" else tuple(path)


def _problem(fault: Mapping[str, Any], path: Path, root: type[Model], source: Source) -> Problem:
    kind, value, context = fault["type"], fault["input"], fault.get("ctx", {})
    holder = _annotation(root, path[:-1])
    if kind == "missing":
        return source.problem(path, "is missing", f"add {shown(path[-1])}{_example(holder, path)}")
    if kind == "extra_forbidden":
        return source.problem(path, f"unknown key {shown(path[-1])}", did_you_mean(path[-1], known_keys(holder)))
    if kind == "value_error":
        return source.problem(path, *split_remedy(str(context["error"])))
    reason, remedy = _in_words(kind, value, context, str(fault["msg"]))
    return source.problem(path, reason, remedy)


def _annotation(root: type[Model], path: Path) -> Any:
    at: Any = root
    for step in path:
        at = child(at, step)
    return at


def _example(holder: Any, path: Path) -> str:
    model = model_of(holder)
    text = repr(hints_of(model).get(str(path[-1]))) if model else ""
    known = {"parse_duration": ', e.g. "30 min"', "parse_rate": ', e.g. "40 / day"', "Law": ', e.g. "30 min"'}
    return next((example for word, example in known.items() if word in text), "")


def _in_words(kind: str, value: Any, context: Mapping[str, Any], message: str) -> tuple[str, str]:
    if kind in _NOT_A or kind in _WRONG_KIND:
        claim, remedy = _NOT_A.get(kind) or _WRONG_KIND[kind]
        what = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else shown(value)
        return ("is empty" if value is None else f"{what} {claim}"), remedy
    if kind in _BOUNDS:
        claim, remedy = _BOUNDS[kind]
        return f"{shown(value)} {claim.format(**context)}", remedy.format(**context)
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"])
        match = nearest(value, known)
        hint = f'did you mean "{match}"? ' if match else ""
        return f"{shown(value)} is not a known choice", f"{hint}write one of {', '.join(known)}"
    if kind.startswith("datetime"):
        return f"{shown(value)} is not a date and time", "write e.g. 2026-01-05T08:00"
    if kind in ("too_short", "string_too_short"):
        return "is empty", f"give at least {context.get('min_length', 1)}"
    if kind in ("too_long", "string_too_long"):
        return "is too long", f"give at most {context.get('max_length')}"
    return message[:1].lower() + message[1:], "see the scenario schema"
