"""The gap between what was measured and a named reference."""

from dataclasses import dataclass, replace

from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.spec.benchmarks import REFERENCES, Mark


@dataclass(frozen=True)
class Gap:
    """One figure of a reference beside ours: `row` is the measured one less the figure, with its interval.

    measured  None if the scenario does not measure it; is_clear  whether the whole interval lies on one side of 0.
    """

    mark: Mark
    measured: Row | None
    row: Row | None

    @property
    def is_clear(self) -> bool:
        """Whether the gap is more than chance."""
        return self.row is not None and (self.row.low > 0 or self.row.high < 0)

    @property
    def is_better(self) -> bool:
        """Whether we are on the good side of the figure, clearly or not."""
        return self.row is not None and (self.row.estimate >= 0) == self.mark.is_floor


def gaps(result: Result, reference: str) -> list[Gap]:
    """A gap for each figure of the reference. Raises ValueError for an unknown one."""
    if reference not in REFERENCES:
        raise ValueError(f"no reference {reference!r}; give one of {', '.join(REFERENCES)}")
    rows = {(row.name, tuple(row.where.items())): row for row in result.rows()}
    found = []
    for mark in REFERENCES[reference].marks:
        row = rows.get((mark.measure, mark.where))
        off = None if row is None else replace(
            row, estimate=row.estimate - mark.figure, low=row.low - mark.figure, high=row.high - mark.figure
        )  # fmt: skip
        found.append(Gap(mark, row, off))
    return found
