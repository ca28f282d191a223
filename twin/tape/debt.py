"""Technical debt: upgrades left out make failures more frequent and later changes harder."""

import numpy as np
from numpy.typing import NDArray

from twin.tape.recipe import Recipe

Ints = NDArray[np.int64]


def made_occurrences(recipe: Recipe, name: str) -> list[tuple[int, int]]:
    """Number (from 0) and start of the occurrences of a change that aren't left out."""
    debt = recipe.scenario.changes[name].debt
    left_out = set(debt.skip) if debt else set()
    return [(k, start) for k, start in enumerate(recipe.starts[name].tolist()) if k + 1 not in left_out]


def periods_of_debt(recipe: Recipe, name: str) -> list[tuple[int, int, int]]:
    """(from, to, level): from an upgrade left out to the next one, left out or made; the horizon ends the last."""
    starts, made = recipe.starts[name].tolist(), dict(made_occurrences(recipe, name))
    edges, found, level = [*starts, recipe.scenario.clock.end_ticks], [], 0
    for k, start in enumerate(starts):
        level = 0 if k in made else level + 1
        if level:
            found.append((start, edges[k + 1], level))
    return found


class Debts:
    """The debt of every component at any time, and what it does to changes."""

    def __init__(self, recipe: Recipe) -> None:
        self._changes = {name: change for name, change in recipe.scenario.changes.items() if change.debt is not None}
        self._periods = {name: periods_of_debt(recipe, name) for name in self._changes}
        names = list(recipe.scenario.deployment.components)
        self._parts = {name: {names.index(c) for c in change.components} for name, change in self._changes.items()}

    def factors(self, name: str, parts: list[int], at: int) -> tuple[float, float]:
        """What a change to these components at a time multiplies by: its probability of a fault, and its work."""
        failure = work = 1.0
        for upgrade, change in self._changes.items():
            level = self._level(upgrade, at) if self._parts[upgrade] & set(parts) else 0
            if level and change.debt is not None:
                failure += level * change.debt.failure
                work += level * change.debt.work if upgrade == name else 0.0
        return failure, work

    def _level(self, name: str, at: int) -> int:
        """Debt just before a time: what the upgrade made then still has to catch up with."""
        return next((level for begin, end, level in self._periods[name] if begin < at <= end), 0)
