"""What each assurance package contributes: every combination of them on the same random numbers, and Shapley values.

The Shapley value of a package is its gain when it is added to the others, averaged over all orders of adding; the
values add up to the gain of all packages together. Source: Shapley (1953), A value for n-person games.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from math import factorial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.experiment.intervals import REASONS, weighted_ratios_interval
from twin.experiment.replicate import replicate
from twin.experiment.table import Row
from twin.experiment.tasks import Checkpoint, Progress, part_of
from twin.measures.cells import Cell
from twin.measures.gauge import Family
from twin.simulate.run import EngineName
from twin.spec.load import Loaded, load
from twin.spec.tags import Assumption

MOST_PACKAGES: Final = 8
HEADLINES: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("availability", {"function": "whole", "variant": "calendar"}), ("attainment", {}), ("satisfaction", {}),
)  # fmt: skip
_FAMILIES: Final[tuple[Family, ...]] = ("availability", "service_level", "satisfaction")


@dataclass(frozen=True)
class Contributions:
    """Rows per measure: without any package, with all, each package's share of the difference (Shapley), its gain if
    it is the only one, and its loss if it alone is left out; and the figures behind the worlds without."""

    names: tuple[str, ...]
    without: list[Row]
    with_all: list[Row]
    shares: dict[str, list[Row]]
    alone: dict[str, list[Row]]
    last: dict[str, list[Row]]
    assumptions: list[Assumption]


def contributions(
    path: str | Path, *, overrides: Mapping[str, Any] | None = None, reps: int = 50, seed: int = 1,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None, confidence: float = 0.95,
    progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Contributions:  # fmt: skip
    """What each package of a scenario file contributes to availability, attainment and satisfaction.

    Raises ValueError if the file has no packages, too many, or two that change the same value; ScenarioError if a world
    without a package can't be used.
    """
    loaded = load(path, overrides=overrides)
    names = tuple(loaded.scenario.packages)
    _check(loaded, names)
    coalitions = [frozenset(c) for c in chain.from_iterable(combinations(names, k) for k in range(len(names) + 1))]
    raw, cells = [], list[Cell]()
    for number, present in enumerate(coalitions):
        world = load(path, overrides={**(overrides or {}), **_left_out(loaded, present)})
        step = part_of(progress, number * reps, len(coalitions) * reps)
        result = replicate(
            world.scenario, reps=reps, seed=seed, engine=engine, workers=workers, cluster=cluster,
            families=_FAMILIES, confidence=confidence, progress=step, checkpoint=checkpoint,
        )  # fmt: skip
        here = {(cell.name, cell.where): k for k, cell in enumerate(result.cells)}
        wanted = [(name, tuple(where.items())) for name, where in HEADLINES]
        cells = cells or [result.cells[here[key]] for key in wanted if key in here]
        raw.append(result.raw[:, [here[cell.name, cell.where] for cell in cells]])
    judge = _Judge(coalitions, cells, np.stack(raw), confidence)
    everything, nothing = frozenset(names), frozenset[str]()
    figures = load(path, overrides=_left_out(loaded, nothing)).ledger
    touched = [key for package in loaded.scenario.packages.values() for key in package.without]
    return Contributions(
        names=names,
        without=judge.rows({nothing: 1.0}),
        with_all=judge.rows({everything: 1.0}),
        shares={name: judge.rows(shapley_weights(names, name)) for name in names},
        alone={name: judge.rows({frozenset({name}): 1.0, nothing: -1.0}) for name in names},
        last={name: judge.rows({everything: 1.0, everything - {name}: -1.0}) for name in names},
        assumptions=[row for row in figures if any(row.path == k or row.path.startswith(f"{k}.") for k in touched)],
    )


def shapley_weights(names: Sequence[str], name: str) -> dict[frozenset[str], float]:
    """Weight of each combination's value in the Shapley value of one package."""
    others, n = [other for other in names if other != name], len(names)
    weights: dict[frozenset[str], float] = {}
    for size in range(n):
        for chosen in combinations(others, size):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            weights[frozenset({*chosen, name})] = weight
            weights[frozenset(chosen)] = -weight
    return weights


def _check(loaded: Loaded, names: Sequence[str]) -> None:
    if not 1 <= len(names) <= MOST_PACKAGES:
        raise ValueError(f"{len(names)} packages; write 1 to {MOST_PACKAGES} under packages: in the scenario")
    owner: dict[str, str] = {}
    for name, package in loaded.scenario.packages.items():
        for path in package.without:
            if path in owner:
                raise ValueError(f'packages "{owner[path]}" and "{name}" both change {path}; let one of them do it')
            owner[path] = name


def _left_out(loaded: Loaded, present: frozenset[str]) -> dict[str, Any]:
    gone = [package for name, package in loaded.scenario.packages.items() if name not in present]
    return {path: value for package in gone for path, value in package.without.items()}


class _Judge:
    """Rows of weighted sums over combinations."""

    def __init__(
        self, coalitions: list[frozenset[str]], cells: list[Cell], raw: NDArray[np.float64], confidence: float
    ) -> None:
        self._number = {coalition: k for k, coalition in enumerate(coalitions)}
        self._cells, self._raw, self._confidence = cells, raw, confidence

    def rows(self, weights: Mapping[frozenset[str], float]) -> list[Row]:
        """One row per measure."""
        chosen = [self._number[coalition] for coalition in weights]
        found = weighted_ratios_interval(self._raw[chosen], list(weights.values()), self._confidence)
        columns = (found.estimate, found.low, found.high, found.n, found.reason)
        return [
            Row(cell.name, cell.dimensions, cell.unit, estimate, low, high, self._confidence, n, REASONS[reason])
            for cell, estimate, low, high, n, reason in zip(self._cells, *(c.tolist() for c in columns), strict=True)
        ]
