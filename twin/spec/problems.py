"""What is wrong with a scenario file: where, why, and what to do about it."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

Path = tuple[str | int, ...]
_MOST_COMPARED = 1000


@dataclass(frozen=True)
class Problem:
    """One fault of a scenario: the place, a one-line reason and its remedy; `line` counts from 1."""

    file: str
    line: int | None
    path: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        text = f"{self.reason}; {self.remedy}" if self.remedy else self.reason
        return one_line(f"{place}: {self.path}: {text}" if self.path else f"{place}: {text}")


class ScenarioError(Exception):
    """A scenario that can't be used; `problems` holds all of its faults, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line or 0)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[list[Problem]]]:
        return type(self), (self.problems,)


@dataclass
class Source:
    """Where the values of a scenario were written: a file, the line of each path, and paths set from outside."""

    file: str
    lines: Mapping[Path, int] = field(default_factory=dict)
    overridden: set[Path] = field(default_factory=set)

    def is_overridden(self, path: Path) -> bool:
        """True if the value at the path, or one that holds it, was set from outside the file."""
        return any(path[:length] in self.overridden for length in range(1, len(path) + 1))

    def line(self, path: Path) -> int | None:
        """Line on which the path, or the nearest path that holds it, is written; None if not in the file."""
        if self.is_overridden(path):
            return None
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)

    def problem(self, path: Path, reason: str, remedy: str) -> Problem:
        """The problem of a path in this source."""
        set_outside = "(set by an override) " if self.is_overridden(path) else ""
        return Problem(self.file, self.line(path), dotted(path), one_line(set_outside + reason), one_line(remedy))


def dotted(path: Path) -> str:
    """The path as people write it: "support.tiers.L2.shifts.night.heads"."""
    return one_line(".".join(map(str, path)))


def shown(value: object) -> str:
    """A value as a reader recognises it, in quotes if text, and never longer than 60 characters."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return one_line(text if len(text) <= 60 else f"{text[:57]}...")


def one_line(text: str) -> str:
    """The text with what can't be printed, line breaks included, escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def nearest(word: object, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The known word most like the given one; None if none is alike."""
    words = [*islice(known, _MOST_COMPARED)]
    by_case = {one.casefold(): one for one in words}
    found = difflib.get_close_matches(str(word)[:60].casefold(), by_case, n=1, cutoff=cutoff)
    return by_case[found[0]] if found else None


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """A remedy for an unknown word: the nearest known one, and those known."""
    words = [*known]
    match = nearest(word, words)
    listed = ", ".join(map(shown_bare, words[:12])) + (", ..." if len(words) > 12 else "")
    if match is None:
        return f"known here: {listed}" if words else "none is known here; remove it or define it"
    return f'did you mean "{shown_bare(match)}"?' + (f" known here: {listed}" if len(words) > 1 else "")


def shown_bare(word: object) -> str:
    """A word for a list of words: no quotes, at most 40 characters."""
    return one_line(str(word)[:40])
