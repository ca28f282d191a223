"""What cross-checks collect while they go through a scenario."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from twin.spec.problems import Path, Problem, Source, did_you_mean, shown

_REMEDY = re.compile(r"; |: (?=write |give |ask |shorten |check |install )|, (?=did you mean )")

_MOST_HINTS = 200


def split_remedy(message: str) -> tuple[str, str]:
    """The reason and the remedy in a message that holds both; the remedy is empty if there is none."""
    reason, *rest = _REMEDY.split(message, maxsplit=1)
    return reason, rest[0] if rest else ""


@dataclass
class Findings:
    """Errors, which forbid a run, and warnings, which don't."""

    source: Source
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, path: Path, reason: str, remedy: str) -> None:
        """Note a fault that forbids a run."""
        self.errors.append(self.source.problem(path, reason, remedy))

    def warn(self, path: Path, reason: str, remedy: str) -> None:
        """Note something allowed but doubtful."""
        self.warnings.append(self.source.problem(path, reason, remedy))

    def refuse(self, path: Path, error: Exception, remedy: str = "correct it") -> None:
        """Note what an exception says: reason and remedy, or `remedy` if it tells none."""
        reason, told = split_remedy(str(error))
        self.error(path, reason, told or remedy)

    def known(self, path: Path, name: str | None, names: Collection[str], what: str) -> None:
        """Note an error if the name (None: not given) is unknown, with the nearest known one."""
        if name is not None and name not in names:
            self.error(path, f"unknown {what} {shown(name)}", self.hint(name, names))

    def hint(self, name: str, names: Collection[str]) -> str:
        """The nearest known name as a remedy, for the first faults only: a file with more is no near miss."""
        return did_you_mean(name, names) if len(self.errors) + len(self.warnings) < _MOST_HINTS else "define it first"
