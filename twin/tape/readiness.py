"""Being ready: drills, threshold rules, and backups that decide what a failure costs."""

import numpy as np
from numpy.typing import NDArray

from twin.tape.demand import Factors, Stream, known_stream
from twin.tape.drift import DRAW_CORRUPTED, Drift, marks
from twin.tape.knowledge import left_after
from twin.tape.people import book_session
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key
from twin.tape.tape import LIFE_CLASS, LIFE_UNIT

Ints = NDArray[np.int64]


def hold_drills(drift: Drift, root: np.uint64) -> None:
    """After a drill triage and work are shorter for a while; those who take part are off duty meanwhile."""
    for name, drill in drift.recipe.scenario.prevention.drills.items():
        ends = book_session(drift, drill, below(root, name_key("drill", name)))
        left = left_after(drift, ends, drill.work_saved, drill.half_life)
        drift.work[:, drift.at_queues(drift.recipe.queues, drill.tickets)] *= left[:, np.newaxis]


def heed_warnings(drift: Drift, root: np.uint64, factors: Factors) -> list[Stream]:
    """Proactive tickets of the days on which a threshold is passed; they keep some of the users' tickets away."""
    recipe, found = drift.recipe, []
    for name, watch in recipe.scenario.prevention.watches.items():
        arrivals = recipe.scenario.demand.tickets[watch.of].arrivals
        pieces = recipe.pieces[arrivals.profile if arrivals else None]
        activity = pieces.weight * factors.of(watch.of)[pieces.day]
        days, first = np.unique(pieces.day[activity >= watch.above], return_index=True)
        at = pieces.at[activity >= watch.above][first]
        key = below(root, name_key("watch", name))
        found.append(known_stream(key, at, recipe.class_names.index(watch.ticket)))
        for ticket, share in watch.prevents.items():
            drift.keep[days, recipe.class_names.index(ticket)] *= 1.0 - share
    return found


def corrupted(recipe: Recipe, lives: Ints, keys: NDArray[np.uint64]) -> Ints:
    """The lives, those whose failure corrupts data with the class of ticket that restores a backup."""
    backups = recipe.scenario.prevention.backups
    if backups is None or len(lives) == 0:
        return lives
    names = list(recipe.scenario.deployment.components)
    chance = np.array([backups.components.get(name, 0.0) for name in names])[recipe.unit_component[lives[:, LIFE_UNIT]]]
    is_lost = marks(keys, DRAW_CORRUPTED) < chance
    lives[is_lost, LIFE_CLASS] = recipe.class_names.index(backups.restore)
    return lives
