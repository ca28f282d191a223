"""Draw the tape of one replication by a recipe."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.tape.aftermath import leave_behind
from twin.tape.courses import Facts, draw_occurrences
from twin.tape.demand import Factors, class_streams, known, merge
from twin.tape.drift import Drift, Forms, Tickets
from twin.tape.faults import draw_lives
from twin.tape.paths import draw_paths
from twin.tape.policies import drift_of
from twin.tape.readiness import corrupted
from twin.tape.recipe import Recipe
from twin.tape.shocks import draw_shocks
from twin.tape.streams import children, replication_key
from twin.tape.tape import LIFE_CLASS, LIFE_COLUMNS, Tape


def draw(recipe: Recipe, seed: int, replication: int = 0) -> Tape:
    """The tape of one replication; a pure function of recipe, seed and replication."""
    with np.errstate(over="ignore"):
        return _draw(recipe, seed, replication)


def _draw(recipe: Recipe, seed: int, replication: int) -> Tape:
    root = replication_key(seed, replication)
    factors = Factors(recipe, root)
    facts = Facts()
    leave_behind(recipe, root, facts, draw_occurrences(recipe, root, facts), factors)
    draw_shocks(recipe, root, facts)
    streams = [*class_streams(recipe, root, factors), *facts.streams]
    drift = None
    if recipe.drifts:
        drift, streams = drift_of(recipe, root, facts, streams, factors)
    at, keys, labels, index = merge(streams)
    life_from, life_key, lives = _draw_lives(recipe, root, facts)
    stream_class = np.array([stream.ticket_class for stream in streams] or [0], np.int16)
    ticket_class = np.concatenate([stream_class[labels], lives[:, LIFE_CLASS].astype(np.int16)])
    work, occurrence, level = known(streams, labels, index, len(lives))
    all_keys = np.concatenate([keys, life_key]) if len(life_key) else keys
    day = np.concatenate([drift.day_of(at), drift.day_of_lives(life_from, lives)]) if drift else at
    priority, true_priority, patience, path_from, steps = _paths(
        recipe, drift, Tickets(all_keys, ticket_class, day), work, level
    )
    return Tape(
        opened_at=at, ticket_class=ticket_class, priority=priority, true_priority=true_priority, patience=patience,
        ticket_occurrence=occurrence, path_from=path_from, steps=steps, life_from=life_from, lives=lives,
        shocks=_table(sorted(facts.shocks), 4), holds=_table(facts.holds, 7), phases=_table(facts.phases, 4),
        booked=_table(facts.booked, 3),
        end_ticks=recipe.scenario.clock.end_ticks, world=recipe.world, seed=seed, replication=replication,
    )  # fmt: skip


def _table(rows: Sequence[tuple[int, ...]], columns: int) -> NDArray[np.int64]:
    return np.array(rows, np.int64).reshape(-1, columns)


def _paths(
    recipe: Recipe, drift: Drift | None, tickets: Tickets, work: NDArray[np.int64], level: NDArray[np.int64] | None
) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Priority as reported and as it is, patience, path_from and steps of all tickets."""
    plain = Forms(tickets.kind, recipe.classes, recipe.visits, recipe.visit_of)
    form = drift.forms(tickets) if drift else plain
    guess = 2 * len(tickets.keys) + 16
    priority, patience, path_from, steps = draw_paths(
        tickets.keys, form.kind, work, form.classes, form.visits, form.visit_of, recipe.laws, guess
    )
    if level is not None:
        priority = np.where(level >= 0, level, priority).astype(np.int8)
    if drift is None:
        return priority, priority, patience, path_from, steps
    drift.scale_work(tickets, path_from, steps)
    return drift.reported(tickets, priority), priority, patience, path_from, steps


def _draw_lives(
    recipe: Recipe, root: np.uint64, facts: Facts
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]:
    units = len(recipe.unit_component)
    if units == 0:
        return np.zeros(1, np.int64), np.empty(0, np.uint64), np.empty((0, LIFE_COLUMNS), np.int64)
    keys = children(root, recipe.unit_stream)
    cuts = np.zeros(units, np.int64)
    for _, c, u, _ in facts.shocks:
        cuts[(recipe.unit_component == c) if u < 0 else np.arange(units) == u] += 1
    end = recipe.scenario.clock.end_ticks
    life_from, key, lives = draw_lives(keys, recipe.unit_component, recipe.parts, recipe.laws, cuts, end)
    return life_from, key, corrupted(recipe, lives, key)
