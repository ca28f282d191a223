"""What cross-checks collect while they go through a scenario."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from twin.spec.problems import Path, Problem, Source, did_you_mean, shown

_REMEDY = re.compile(r"; |: (?=write |give |ask |shorten |check |install )|, (?=did you mean )")


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

    def refuse(self, path: Path, error: Exception) -> None:
        """Note what an exception says: reason and remedy."""
        self.error(path, *split_remedy(str(error)))

    def known(self, path: Path, name: str | None, names: Collection[str], what: str) -> None:
        """Note an error if the name (None: not given) is unknown, with the nearest known one."""
        if name is not None and name not in names:
            self.error(path, f"unknown {what} {shown(name)}", did_you_mean(name, names))
