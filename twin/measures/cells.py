"""What is measured: one cell per number, and how its values in many replications become an estimate."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["mean", "ratio", "share", "quantile"]


@dataclass(frozen=True)
class Cell:
    """One number that every replication measures, as a numerator and a denominator.

    where  (dimension, value) pairs, such as (("priority", "P1"), ("clock", "resolve")).
    kind   mean      mean of the numerators of the replications whose denominator is 1 (0: it is not defined there);
           ratio     sum of the numerators over sum of the denominators;
           share     numerator 1 or 0 for yes or no, denominator 1 where the question makes sense, else 0;
           quantile  p-quantile over replications of the numerators whose denominator is 1.
    """

    name: str
    where: tuple[tuple[str, str], ...]
    unit: str
    kind: Kind
    p: float | None = None

    @property
    def dimensions(self) -> dict[str, str]:
        """The (dimension, value) pairs as a dictionary."""
        return dict(self.where)


def cell(name: str, unit: str, kind: Kind, **where: str) -> Cell:
    """The cell with those dimensions, in the order they are written."""
    return Cell(name, tuple(where.items()), unit, kind)


def cells_over(name: str, unit: str, kind: Kind, dimension: str, values: Iterable[str]) -> list[Cell]:
    """One cell for each value of one dimension."""
    return [Cell(name, ((dimension, value),), unit, kind) for value in values]
