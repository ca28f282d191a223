"""Where figures come from: tags on values (measured, cited, assumed) and the ledger of assumptions they make.

A value may be written {value: 4000 h, measured: "CMDB export 2025", range: [2000 h, 8000 h]}; a law may carry its tag
beside mean and cv. A tag covers all figures below it. A figure without any counts as assumed, source "untagged".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from twin.spec.problems import Path, Problem, Source, dotted, one_line, shown
from twin.spec.shape import child, is_law, is_named, is_quantity
from twin.spec.values import Law

TAGS: Final = ("measured", "cited", "assumed")
_WRAPPER = {"value", "range", *TAGS}
_LABELS = {"level"}


@dataclass(frozen=True)
class Assumption:
    """One figure of a scenario and where it comes from.

    tag  measured, cited or assumed; range  plausible lowest and highest value, as text that an override accepts;
    line  where the figure is written, None if it was set from outside the file.
    """

    path: str
    value: str
    tag: str
    source: str
    range: tuple[str, str] | None = None
    line: int | None = None


@dataclass(frozen=True)
class Tag:
    """A tag in force below some path."""

    name: str
    source: str
    range: tuple[Any, Any] | None = None


UNTAGGED: Final = Tag("assumed", "untagged")
OVERRIDE: Final = Tag("assumed", "override")


@dataclass
class Stripped:
    """Plain data without tags, the ledger of figures, and the faults in the tags."""

    data: Any
    ledger: list[Assumption] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def strip_tags(data: Any, annotation: Any, source: Source, path: Path = (), tag: Tag = UNTAGGED) -> Stripped:
    """Data as the models expect it, with a ledger row for each figure; `annotation` is what may stand at `path`."""
    walk = _Walk(source, Stripped(None))
    walk.out.data = walk.strip(data, annotation, path, tag)
    return walk.out


@dataclass
class _Walk:
    source: Source
    out: Stripped

    def strip(self, data: Any, annotation: Any, path: Path, tag: Tag) -> Any:
        if annotation is Any:
            return data
        if isinstance(data, dict):
            return self._mapping(data, annotation, path, tag)
        if isinstance(data, list):
            return self._sequence(data, annotation, path, tag)
        if is_quantity(annotation) and data is not None and path[-1] not in _LABELS:
            self._figure(data, annotation, path, tag)
        return data

    def _mapping(self, data: dict[str, Any], annotation: Any, path: Path, tag: Tag) -> Any:
        if _is_wrapper(data, annotation):
            value = data["value"]
            found = self._tag(data, value, annotation, path)
            return self.strip(value, annotation, path, found or tag)
        if is_law(annotation) and "mean" in data and set(data) & {"range", *TAGS}:
            found = self._tag(data, data["mean"], child(annotation, "mean"), path)
            tag = found or tag
            data = {key: value for key, value in data.items() if key != "range" and key not in TAGS}
        spread = replace(tag, range=None)
        below = {key: tag if is_law(annotation) and key == "mean" else spread for key in data}
        return {key: self.strip(value, child(annotation, key), (*path, key), below[key]) for key, value in data.items()}

    def _sequence(self, data: list[Any], annotation: Any, path: Path, tag: Tag) -> list[Any]:
        items = child(annotation, 0)
        if is_quantity(items) and data and not any(isinstance(item, dict | list) for item in data):
            self._row(f"{len(data)} values from {shown(data[0])}", path, replace(tag, range=None))
            return data
        return [self.strip(item, items, (*path, index), tag) for index, item in enumerate(data)]

    def _figure(self, value: Any, annotation: Any, path: Path, tag: Tag) -> None:
        if isinstance(value, bool):
            self._note(path, f"{shown(value).lower()} is no figure", "write a number or a quantity with its unit")
        elif isinstance(value, int | float) or is_figure(value, annotation):
            self._row(str(value), path, tag)

    def _row(self, value: str, path: Path, tag: Tag) -> None:
        bounds = None if tag.range is None else (str(tag.range[0]), str(tag.range[1]))
        line = self.source.line(path)
        self.out.ledger.append(Assumption(dotted(path), one_line(value), tag.name, tag.source, bounds, line))

    def _tag(self, data: Mapping[str, Any], value: Any, annotation: Any, path: Path) -> Tag | None:
        given = [name for name in TAGS if name in data]
        if len(given) != 1:
            reason = f"carries {'the tags ' + ' and '.join(given) if given else 'no tag'}"
            self._note(path, reason, f"give exactly one of {', '.join(TAGS)}")
            return None
        name, origin = given[0], data[given[0]]
        if not isinstance(origin, str) or not origin.strip():
            self._note((*path, name), "the tag has no source", f'say where the value is from, e.g. {name}: "a report"')
            return None
        return Tag(name, one_line(origin.strip()), self._range(data, value, annotation, path))

    def _range(self, data: Mapping[str, Any], value: Any, annotation: Any, path: Path) -> tuple[Any, Any] | None:
        bounds = data.get("range")
        if bounds is None:
            return None
        example = "write the lowest and the highest plausible value, e.g. range: [2 h, 8 h]"
        if not isinstance(bounds, list) or len(bounds) != 2:
            self._note((*path, "range"), "a range needs two values", example)
            return None
        low, at, high = (figure_of(one, annotation) for one in (bounds[0], value, bounds[1]))
        if low is None or high is None:
            self._note((*path, "range"), f"{shown(bounds[high is None])} does not fit there", example)
        elif low > high:
            reason = f"{shown(bounds[0])} to {shown(bounds[1])} runs from high to low"
            self._note((*path, "range"), reason, f"swap the ends: range: [{bounds[1]}, {bounds[0]}]")
        elif at is not None and not low <= at <= high:
            reason = f"{shown(bounds[0])} to {shown(bounds[1])} does not hold the value {shown(value)}"
            self._note((*path, "range"), reason, "widen the range or change the value")
        return bounds[0], bounds[1]

    def _note(self, path: Path, reason: str, remedy: str) -> None:
        self.out.problems.append(self.source.problem(path, reason, remedy))


def _is_wrapper(data: Mapping[str, Any], annotation: Any) -> bool:
    if "value" not in data or not data.keys() <= _WRAPPER:
        return False
    return not is_named(annotation) or any(isinstance(data.get(name), str) for name in TAGS)


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def figure_of(value: Any, annotation: Any) -> float | None:
    """The value as a number in base units (seconds, per second, or as written); None if it is no such figure."""
    try:
        found = _adapter(annotation).validate_python(value)
    except (ValidationError, RecursionError, OverflowError):
        return None
    if isinstance(found, Law):
        return found.mean
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def is_figure(value: Any, annotation: Any) -> bool:
    """True if the value, written as text, is read as a number there."""
    return figure_of(value, annotation) is not None
