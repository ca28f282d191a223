"""What one change to a scenario does to one measure, on common tapes."""

from typing import Any

from twin.decide.compare import compare
from twin.experiment.table import Row
from twin.spec.scenario import Scenario


def effect(base: Scenario, changed: Scenario, name: str, where: dict[str, Any] | None = None, *, reps: int = 40,
           families: tuple[str, ...] | None = None) -> Row:  # fmt: skip
    """The paired difference, changed less base, of one row of the tidy table."""
    kinds: dict[str, Any] = {} if families is None else {"families": families}
    rows = compare([base, changed], reps=reps, seed=1, **kinds).differences[0].rows
    (row,) = (row for row in rows if row.name == name and row.where == (where or {}))
    return row
