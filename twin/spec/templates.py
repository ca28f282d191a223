"""Templates of changes: what a change that names one doesn't say itself, with where those figures are from."""

import copy
from functools import cache
from importlib.resources import files
from typing import Any

from twin.spec.document import read_document
from twin.spec.problems import Problem, Source, did_you_mean, shown


@cache
def templates() -> dict[str, dict[str, Any]]:
    """What each template fills in, as plain data with tags."""
    text = files("twin.spec").joinpath("templates.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = read_document(text, "templates.yaml").data
    return found


def fill_templates(data: dict[str, Any], source: Source) -> list[Problem]:
    """Fill in the changes of a scenario's plain data; the problem of every template that is unknown."""
    changes, problems = data.get("changes"), []
    for name, change in changes.items() if isinstance(changes, dict) else ():
        wanted = change.get("template") if isinstance(change, dict) else None
        if not isinstance(wanted, str):
            continue
        if wanted not in templates():
            remedy = did_you_mean(wanted, templates())
            problems.append(source.problem(("changes", name, "template"), f"unknown template {shown(wanted)}", remedy))
            continue
        _fill(change, copy.deepcopy(templates()[wanted]))
    return problems


def _fill(change: dict[str, Any], template: dict[str, Any]) -> None:
    surge = template.pop("surges", {})
    for one in change["surges"] if isinstance(change.get("surges"), list) else ():
        if isinstance(one, dict):
            one.update({key: value for key, value in surge.items() if key not in one})
    if "at" in change:
        template.pop("repeat", None)
    change.update({key: value for key, value in template.items() if key not in change})
