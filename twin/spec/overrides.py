"""Values set from outside a scenario file: dotted paths and what to put there."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from twin.spec.problems import Path, Problem, Source, did_you_mean, dotted, shown
from twin.spec.shape import child, is_law, is_named, known_keys, model_of
from twin.spec.tags import OVERRIDE, Assumption, Stripped, strip_tags
from twin.spec.values import Model

_MOST_PATHS = 5000
_LONGEST = 1000


def apply_overrides(stripped: Stripped, overrides: Mapping[str, Any], root: type[Model], source: Source) -> None:
    """Set each dotted path in the data, and its row in the ledger; an unknown path is a problem.

    A path must exist in the file or be a field of the schema whose place exists. A named entry (a tier, a change) is
    added if the value is a mapping, and removed if the value is None.
    """
    for text, value in overrides.items():
        words = text.split(".") if len(text) <= _LONGEST else [text[:_LONGEST]]
        place = _resolve(stripped.data, root, words, isinstance(value, Mapping))
        if isinstance(place, str):
            stripped.problems.append(Problem(source.file, None, text, "unknown path in an override", place))
            continue
        path, annotation = place
        source.overridden.add(path)
        fresh = strip_tags(value, annotation, source, path, OVERRIDE)
        _put(stripped.data, root, path, fresh.data)
        stripped.problems += fresh.problems
        stripped.ledger[:] = [row for row in stripped.ledger if not _is_below(row, path)] + fresh.ledger


def _is_below(row: Assumption, path: Path) -> bool:
    prefix = dotted(path)
    return row.path == prefix or row.path.startswith(f"{prefix}.")


def _resolve(data: Any, root: type[Model], words: list[str], may_add: bool) -> tuple[Path, Any] | str:
    """The path and what may stand there, or the remedy if there is no such place."""
    at, annotation = data, root
    path: Path = ()
    while words:
        step, count = _step(at, annotation, words, may_add)
        if step is None:
            return _remedy(data, at, root, annotation, path, words)
        at = _get(at, step)
        annotation, path, words = child(annotation, step), (*path, step), words[count:]
    return path, annotation


def _step(at: Any, annotation: Any, words: list[str], may_add: bool) -> tuple[str | int | None, int]:
    if isinstance(at, list):
        is_index = words[0].isdecimal() and int(words[0][:9]) < len(at)
        return (int(words[0]) if is_index else None), 1
    if isinstance(at, dict):
        for count in range(len(words), 0, -1):
            if ".".join(words[:count]) in at:
                return ".".join(words[:count]), count
    is_new_entry = may_add and is_named(annotation) and len(words) == 1 and model_of(child(annotation, words[0]))
    is_missing = at is None or isinstance(at, dict) or is_law(annotation)
    return (words[0] if is_missing and (words[0] in known_keys(annotation) or is_new_entry) else None), 1


def _get(at: Any, step: str | int) -> Any:
    if isinstance(at, list) and isinstance(step, int):
        return at[step]
    return at.get(step) if isinstance(at, dict) else None


def _put(data: Any, root: type[Model], path: Path, value: Any) -> None:
    at, annotation = data, root
    for step in path[:-1]:
        annotation = child(annotation, step)
        below = _get(at, step)
        if not isinstance(below, dict | list):
            is_bare_law = below is not None and is_law(annotation)
            below = {"mean": below} if is_bare_law else {}
            at[step] = below
        at = below
    if value is None and isinstance(at, dict) and is_named(annotation):
        at.pop(path[-1], None)
    else:
        at[path[-1]] = value


def _remedy(data: Any, at: Any, root: type[Model], annotation: Any, path: Path, words: list[str]) -> str:
    known = [*at] if isinstance(at, dict) else []
    known += [key for key in known_keys(annotation) if key not in known]
    if known and difflib.get_close_matches(words[0][:60], known, n=1, cutoff=0.5):
        prefix = f"{dotted(path)}." if path else ""
        match = difflib.get_close_matches(words[0][:60], known, n=1, cutoff=0.5)[0]
        mended = _resolve(data, root, [*map(str, path), match, *words[1:]], False) if match != words[0] else path
        if isinstance(mended, str):
            return mended
        return f"did you mean {shown('.'.join([prefix + match, *words[1:]]))}?"
    whole = ".".join([*map(str, path), *words])[:200]
    paths = [dotted(one) for one, _ in zip(_paths(data, ()), range(_MOST_PATHS), strict=False)]
    alike = difflib.get_close_matches(whole, paths, n=1, cutoff=0.6)
    return f"did you mean {shown(alike[0])}?" if alike else did_you_mean(words[0], known)


def _paths(data: Any, path: Path) -> Iterator[Path]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from _paths(value, (*path, key))
