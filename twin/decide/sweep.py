"""Sweeps: a scenario at many points, all on the same random numbers, as one tidy table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.decide.axes import Axis, Point
from twin.decide.variants import Variants
from twin.experiment.many import replicate_many
from twin.experiment.replicate import Result
from twin.experiment.table import Row, tidy_difference
from twin.experiment.tasks import Checkpoint, Progress
from twin.measures.cells import Cell
from twin.measures.gauge import Family
from twin.simulate.run import EngineName
from twin.spec.load import value_of
from twin.spec.problems import ScenarioError

if TYPE_CHECKING:
    import pandas as pd

SWEPT: tuple[Family, ...] = ("availability", "service_level", "queues")


@dataclass(frozen=True)
class Sweep:
    """The points of a sweep and the result of each, over the same replications."""

    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    results: tuple[Result, ...]

    def row(self, number: int, name: str, where: dict[str, str]) -> Row | None:
        """The measure of a point with exactly those dimensions; None if it was not measured there."""
        return next((row for row in self.results[number][name] if row.where == where), None)

    def frame(self) -> "pd.DataFrame":
        """The tidy table: point, one column per path, then the measure with its interval, and its difference to the
        first point with the interval over paired replications (empty for quantiles and for what one of them lacks)."""
        import pandas as pd

        from twin.experiment.table import to_frame

        frames = []
        for number, (point, result) in enumerate(zip(self.points, self.results, strict=True)):
            rows = to_frame(result.rows())
            gaps = {(row.name, tuple(row.where.items())): row for row in differences(self.results[0], result)}
            found = [gaps.get((cell.name, cell.where)) for cell in result.cells]
            columns = {
                f"difference{tail}": [getattr(gap, field) if gap else np.nan for gap in found]
                for tail, field in (("", "estimate"), ("_low", "low"), ("_high", "high"))
            }
            frames.append(pd.DataFrame({"point": number, **point}, index=rows.index).join(rows.assign(**columns)))
        return pd.concat(frames, ignore_index=True)


def differences(base: Result, other: Result) -> list[Row]:
    """Rows of other - base over paired replications, for the measures both have; quantiles left out."""
    here: dict[Cell, int] = {cell: k for k, cell in enumerate(base.cells) if cell.kind != "quantile"}
    there = {cell: k for k, cell in enumerate(other.cells) if cell in here}
    left = np.ascontiguousarray(other.raw[:, [*there.values()]])
    right = np.ascontiguousarray(base.raw[:, [here[cell] for cell in there]])
    return tidy_difference([*there], left, right, base.confidence)


def sweep(
    variants: Variants, axes: Sequence[Axis], points: Sequence[Point], *, reps: int = 50, seed: int = 1,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None,
    families: Sequence[Family] = SWEPT, confidence: float = 0.95, progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Sweep:  # fmt: skip
    """Run the scenario at each point on the same random numbers.

    checkpoint  keeps finished replications, so that the same sweep goes on after a stop.
    Raises ValueError without axes or points, and for a point that makes no scenario.
    """
    if not axes or not points:
        raise ValueError("a sweep varies something: give --vary PATH=VALUES")
    scenarios = []
    for point in points:
        try:
            scenarios.append(variants.at({path: value_of(text) for path, text in point.items()}))
        except ScenarioError as error:
            what = ", ".join(f"{path}={text}" for path, text in point.items())
            raise ValueError(f"at {what}: {error.problems[0]}") from error
    results = replicate_many(
        scenarios, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster, families=families,
        confidence=confidence, progress=progress, checkpoint=checkpoint,
    )  # fmt: skip
    return Sweep(tuple(axes), tuple(points), tuple(results))
