"""Failures that strike at a time of the calendar, whatever the age of a unit: common causes, recurring ones, ageing."""

from itertools import pairwise

import numpy as np

from twin.tape.courses import COMMON_CAUSE, Facts
from twin.tape.functions import exp_of, log_of
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key, uniform

OWN_FAULT = 0
_DRAW_GAP, _DRAW_REMOVED = 0, 1


def draw_shocks(recipe: Recipe, root: np.uint64, facts: Facts) -> None:
    """Put the shocks of all components that have any into the facts."""
    for c, (name, part) in enumerate(recipe.scenario.deployment.components.items()):
        if part.mtbf and part.common_cause > 0.0:
            _common_causes(recipe, below(root, name_key("common cause", name)), c, facts)
        if part.mtbf and part.recurring > 0.0:
            _recurring(recipe, root, c, facts)
        if part.ageing is not None:
            _ageing(recipe, root, c, name, facts)


def _gap(key: np.uint64, draw: int = _DRAW_GAP) -> float:
    return -float(log_of(uniform(key, draw)))


def _common_causes(recipe: Recipe, key: np.uint64, c: int, facts: Facts) -> None:
    clock, part = recipe.scenario.clock, recipe.components[c]
    mean = (part.mtbf or 0.0) / clock.tick / part.common_cause
    time, k = 0.0, 0
    while (time := time + mean * _gap(below(key, k))) < clock.end_ticks:
        facts.shocks.append((int(time), c, -1, COMMON_CAUSE))
        k += 1


def _recurring(recipe: Recipe, root: np.uint64, c: int, facts: Facts) -> None:
    """Failures by root causes that come back, less those whose root cause a review has removed by then."""
    clock, part = recipe.scenario.clock, recipe.components[c]
    removals = [
        (at + clock.ticks(review.delay), review.removes)
        for review in recipe.scenario.prevention.reviews.values()
        for at in recipe.dates(review)
    ]
    mean = (part.mtbf or 0.0) / clock.tick / part.recurring
    for u in np.flatnonzero(recipe.unit_component == c).tolist():
        key = below(below(root, name_key("recurring")), recipe.unit_stream[u])
        time, k = 0.0, 0
        while (time := time + mean * _gap(below(key, k))) < clock.end_ticks:
            left = float(np.prod([1.0 - share for at, share in removals if at <= time]))
            if uniform(below(key, k), _DRAW_REMOVED) < left:
                facts.shocks.append((int(time), c, u, OWN_FAULT))
            k += 1


def _ageing(recipe: Recipe, root: np.uint64, c: int, name: str, facts: Facts) -> None:
    """Failures whose cumulated hazard is (s / first) ** shape in the time s since the last cleaning."""
    clock, ageing = recipe.scenario.clock, recipe.components[c].ageing
    if ageing is None:
        return
    cleaned = [recipe.starts[one] for one, change in recipe.scenario.changes.items()
               if change.cleans and name in change.components]  # fmt: skip
    edges = [0, *np.unique(np.concatenate([np.empty(0, np.int64), *cleaned])).tolist(), clock.end_ticks]
    first = ageing.first / clock.tick
    for u in np.flatnonzero(recipe.unit_component == c).tolist():
        key = below(below(root, name_key("ageing")), recipe.unit_stream[u])
        for n, (begin, end) in enumerate(pairwise(edges)):
            mass, k = 0.0, 0
            while True:
                mass += _gap(below(below(key, n), k))
                k += 1
                at = begin + first * float(exp_of(log_of(mass) / ageing.shape))
                if at >= end:
                    break
                facts.shocks.append((int(at), c, u, OWN_FAULT))
