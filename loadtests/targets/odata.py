"""PLM systems that answer OData or any other JSON over HTTP: the verbs are spelled out in the plan, step by step.

    target:
      kind: odata
      url: https://plm.example.org/server/odata
      options:
        headers: {Authorization: "Bearer {env:PLM_TOKEN}"}
        spelling: windchill            # a file below targets/spellings, or a path
        names: {item_set: Part}        # values for {names} in the spelling

A step is one request. `save` keeps parts of the answer for later steps; a path such as value.0.ID goes down into it.
`each` makes a step repeat for each value of a saved list.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from loadtests.client import Answer, Client, RequestError, by_status
from loadtests.targets.base import Catalogue, Visit
from twin.spec.document import read_document

SPELLINGS = Path(__file__).with_name("spellings")
FIELD = re.compile(r"\{([a-z_]+(?::[A-Z_a-z0-9]+)?)\}")
DRAWN = {"item", "assembly", "file", "term", "text"}


class OData:
    """The target kind `odata`.

    spelling  YAML of `log_in`, `catalogue` and `verbs`; names  values for its fields; headers  sent with each request.
    Raises ValueError for a spelling that cannot be read or lacks a part.
    """

    def __init__(
        self, spelling: str, names: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        place = SPELLINGS / f"{spelling}.yaml"
        place = place if place.is_file() else Path(spelling)
        if not place.is_file():
            known = ", ".join(sorted(path.stem for path in SPELLINGS.glob("*.yaml")))
            raise ValueError(f'spelling "{spelling}" is no file and none of {known}')
        told = read_document(place.read_text(encoding="utf-8"), str(place)).data or {}
        if not isinstance(told, dict) or not told.get("verbs") or not told.get("catalogue"):
            raise ValueError(f'{place}: say under "verbs" what each verb sends, and under "catalogue" what exists')
        self._names, self._headers = {**told.get("names", {}), **(names or {})}, dict(headers or {})
        self._log_in, self._catalogue = told.get("log_in", []), told["catalogue"]
        self.verbs: Mapping[str, Callable[[Visit], object]] = {
            verb: self._sender(steps) for verb, steps in told["verbs"].items()
        }

    def judge(self, answer: Answer) -> tuple[str, str]:
        """By status: 409, 412 and 423 are refusals (checked out by somebody else, changed meanwhile)."""
        return by_status(answer)

    def log_in(self, client: Client, number: int) -> dict[str, str]:
        """What the login's steps saved; each such value can be used as a field in headers and steps."""
        client.headers = {}
        saved: dict[str, Any] = {"account": str(number)}
        send(client, self._log_in, {**self._names, **saved}, saved)
        fields = {**self._names, **saved}
        client.headers = {name: filled(text, fields) for name, text in self._headers.items()}
        return {name: str(value) for name, value in saved.items()}

    def catalogue(self, client: Client, session: dict[str, str]) -> Catalogue:
        """What the catalogue's steps saved as items, assemblies, files and terms."""
        saved: dict[str, Any] = {}
        send(client, self._catalogue, {**self._names, **session}, saved)
        lists = {name: tuple(saved.get(name) or ()) for name in ("items", "assemblies", "files", "terms")}
        if not lists["items"]:
            raise RequestError("error", "the catalogue holds no items")
        return Catalogue(**lists)

    def _sender(self, steps: list[dict[str, Any]]) -> Callable[[Visit], None]:
        text = json.dumps(steps)
        drawn = [name for name in sorted(DRAWN) if f"{{{name}}}" in text]

        def work(visit: Visit) -> None:
            chosen = {name: getattr(visit, name)() for name in drawn}
            send(visit.client, steps, {**self._names, **visit.session, **chosen}, {})

        return work


def send(client: Client, steps: list[dict[str, Any]], fields: Mapping[str, Any], saved: dict[str, Any]) -> None:
    """Send the steps one after the other; what they save goes to `saved` and into the fields of later ones."""
    for step in steps:
        for value in saved.get(step["each"], ()) if "each" in step else (None,):
            known = {**fields, **saved, "each": value}
            answer = client.call(
                step.get("name") or step["path"], step.get("method", "GET"),
                filled(step["path"], known, quote).replace(" ", "%20"),
                filled_body(step.get("body"), known), {n: filled(t, known) for n, t in step.get("headers", {}).items()},
            )  # fmt: skip
            for name, path in step.get("save", {}).items():
                saved[name] = part_of(answer.json(), path)


def filled(text: str, fields: Mapping[str, Any], spell: Callable[[str], str] = str) -> str:
    """The text with {fields} filled in; {env:NAME} is an environment variable. Raises ValueError for unknown fields."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("env:"):
            return os.environ.get(name[4:], "")
        if name not in fields:
            raise ValueError(f"unknown field {{{name}}} in {text!r}")
        return spell(str(fields[name]))

    return FIELD.sub(value, text)


def filled_body(body: Any, fields: Mapping[str, Any]) -> Any:
    """A body with the fields of all its texts filled in."""
    if isinstance(body, dict):
        return {name: filled_body(value, fields) for name, value in body.items()}
    if isinstance(body, list):
        return [filled_body(value, fields) for value in body]
    return filled(body, fields) if isinstance(body, str) else body


def part_of(data: Any, path: str) -> Any:
    """A part of an answer: names and places joined by dots; * stands for each element of a list.

    Raises RequestError when the answer has no such part.
    """
    head, _, rest = path.partition(".")
    try:
        if head == "*":
            return [part_of(element, rest) if rest else element for element in data]
        part = data[int(head)] if isinstance(data, list) else data[head]
    except (KeyError, IndexError, TypeError, ValueError):
        raise RequestError("error", f"the answer has no {path}") from None
    return part_of(part, rest) if rest else part
