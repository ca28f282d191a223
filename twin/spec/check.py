"""Cross-checks of a valid scenario: what no single model can see."""

from dataclasses import dataclass, field

from twin.spec.problems import Path, Problem, Source
from twin.spec.scenario import Scenario


@dataclass
class Findings:
    """What the cross-checks found: errors forbid a run, warnings don't."""

    source: Source
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, path: Path, reason: str, remedy: str) -> None:
        """Note a fault that forbids a run."""
        self.errors.append(self.source.problem(path, reason, remedy))

    def warn(self, path: Path, reason: str, remedy: str) -> None:
        """Note something allowed but doubtful."""
        self.warnings.append(self.source.problem(path, reason, remedy))


def check(scenario: Scenario, source: Source) -> Findings:
    """Errors and warnings about the scenario as a whole."""
    return Findings(source)
