"""What does not count as a difference: ids, times, ordering, and what a new release adds, by rules of the plan."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from pydantic import Field

from twin.spec.values import Model


class Replace(Model):
    """Texts that match `pattern` (a regular expression) are read as `by`."""

    pattern: str
    by: str = ""


class Rules(Model):
    """Normalisation of answers before they are compared.

    drop       keys that are left out wherever they are, with * and ?, e.g. "_timestamp" or "*.rec_name".
    replace    within texts.
    unordered  transactions whose lists count as sets.
    skip       requests whose answers are not compared, by name with * and ?; that they succeed is.
    digits     numbers are compared to so many significant digits.
    added      what to make of keys that only the new system has: ignore them, or count them as a difference.
    """

    drop: list[str] = ["id", "_timestamp", "create_date", "write_date"]
    replace: list[Replace] = []
    unordered: list[str] = []
    skip: list[str] = []
    digits: int = Field(default=12, ge=1, le=17)
    added: str = Field(default="ignore", pattern="^(ignore|count)$")


@dataclass(frozen=True)
class Normal:
    """The rules, ready to use."""

    rules: Rules

    @cached_property
    def _replacements(self) -> list[tuple[re.Pattern[str], str]]:
        return [(re.compile(one.pattern), one.by) for one in self.rules.replace]

    def answers(self, verb: str, answers: list[tuple[str, bytes]]) -> list[Any]:
        """The answers of a transaction, (request, body), as plain data that alike systems have in common."""
        is_set = verb in self.rules.unordered
        return [
            [request, self._plain(_parsed(body), is_set)]
            for request, body in answers
            if not any(fnmatchcase(request, pattern) for pattern in self.rules.skip)
        ]

    def _plain(self, value: Any, is_set: bool) -> Any:
        if isinstance(value, dict):
            return {key: self._plain(v, is_set) for key, v in value.items() if not self._is_dropped(key)}
        if isinstance(value, list):
            parts = [self._plain(part, is_set) for part in value]
            return sorted(parts, key=_text) if is_set else parts
        if isinstance(value, str):
            for pattern, by in self._replacements:
                value = pattern.sub(by, value)
            return value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(f"{value:.{self.rules.digits}g}") if is_number else value

    def _is_dropped(self, key: str) -> bool:
        return any(fnmatchcase(key, pattern) for pattern in self.rules.drop)

    def seen_as(self, old: Any, new: Any) -> Any:
        """The new answer without what the old one does not have, unless additions count."""
        return common(old, new) if self.rules.added == "ignore" else new


def common(old: Any, new: Any) -> Any:
    """`new` without the keys that `old` lacks, at every depth where the two have the same shape."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: common(old[key], value) for key, value in new.items() if key in old}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [common(a, b) for a, b in zip(old, new, strict=True)]
    return new


def digest(value: Any) -> str:
    """A short name of a value: the same for equal values."""
    return hashlib.sha256(_text(value).encode()).hexdigest()[:16]


def first_difference(old: Any, new: Any, path: str = "") -> tuple[str, str, str] | None:
    """Where two values first differ, and both values there, shortened; None when they don't."""
    return next(_differences(old, new, path), None)


def _differences(old: Any, new: Any, path: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if (key in old) != (key in new):
                yield f"{path}.{key}".lstrip("."), _short(old.get(key, "absent")), _short(new.get(key, "absent"))
            else:
                yield from _differences(old[key], new[key], f"{path}.{key}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for k, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _differences(a, b, f"{path}[{k}]")
    elif isinstance(old, list) and isinstance(new, list):
        yield path, f"{len(old)} elements", f"{len(new)} elements"
    elif old != new:
        yield path, _short(old), _short(new)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return hashlib.sha256(body).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."
