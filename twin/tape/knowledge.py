"""Knowledge that users and the own team gain: fewer tickets, fewer escalations, truer priorities."""

import numpy as np
from numpy.typing import NDArray

from twin.spec.desks import KNOWLEDGE_BASE
from twin.tape.drift import Drift, powers
from twin.tape.people import book_session
from twin.tape.streams import below, name_key, uniform

Floats = NDArray[np.float64]


def read_articles(drift: Drift) -> None:
    """What the knowledge base doesn't answer goes on to people; coverage grows with tickets and ages with releases."""
    scenario = drift.recipe.scenario
    base = scenario.self_service.knowledge_base
    if base is None:
        return
    releases = [at for name in base.releases for at in drift.recipe.starts[name].tolist()]
    aged = np.bincount(drift.day_of(np.array(releases, np.int64)), minlength=drift.days)
    for name, answered in base.tickets.items():
        opened = drift.opened[:, drift.recipe.class_names.index(name)]
        learnt = powers(0.5, opened / base.learns_after) if base.learns_after is not None else np.ones(drift.days)
        uncovered, share = 1.0 - base.coverage, np.empty(drift.days)
        for day in range(drift.days):
            uncovered = 1.0 - (1.0 - uncovered) * (1.0 - base.outdated) ** aged[day]
            share[day] = answered * (1.0 - uncovered)
            uncovered *= learnt[day]
        at_start = 1.0 - answered * base.coverage
        drift.escalate[:, drift.at_queues({KNOWLEDGE_BASE}, {name})] *= ((1.0 - share) / at_start)[:, np.newaxis]


def train_users(drift: Drift, root: np.uint64) -> None:
    """Trained users ask less and judge better, until they forget; teachers are off duty meanwhile."""
    recipe = drift.recipe
    for name, training in recipe.scenario.self_service.training.items():
        ends = book_session(drift, training, below(root, name_key("training", name)))
        for ticket, avoids in training.avoids.items():
            drift.keep[:, recipe.class_names.index(ticket)] *= left_after(drift, ends, avoids, training.half_life)
        drift.judged *= left_after(drift, ends, training.inflation, training.half_life)[:, np.newaxis]


def left_after(drift: Drift, events: list[int], effect: float, half_life_s: float) -> Floats:
    """Share left on each day after events that each take away `effect`, fading by half every half-life (0: never)."""
    left, noon = np.ones(drift.days), drift.noon
    half_life = half_life_s / drift.recipe.scenario.clock.tick
    for at in events:
        since = noon - at
        fading = powers(0.5, np.maximum(since, 0.0) / half_life) if half_life > 0 else np.ones(drift.days)
        left *= np.where(since >= 0, 1.0 - effect * fading, 1.0)
    return left


def hand_over(drift: Drift, root: np.uint64) -> None:
    """Each session that is passed lets the own team escalate less to the vendor's first line."""
    recipe = drift.recipe
    for name, handover in recipe.scenario.self_service.handovers.items():
        key = below(root, name_key("handover", name))
        ends = book_session(drift, handover, key)
        passed = [at for k, at in enumerate(ends) if uniform(below(key, k), 1) < handover.passed]
        left = left_after(drift, passed, handover.learnt, 0.0)
        drift.escalate[:, drift.at_queues({handover.queue})] *= left[:, np.newaxis]


def remove_causes(drift: Drift) -> None:
    """Reviews remove root causes one by one: fewer tickets and fewer recurring failures."""
    recipe, clock = drift.recipe, drift.recipe.scenario.clock
    for review in recipe.scenario.prevention.reviews.values():
        effective = [at + clock.ticks(review.delay) for at in recipe.dates(review)]
        left = left_after(drift, effective, review.removes, 0.0)
        for ticket, recurring in review.tickets.items():
            drift.keep[:, recipe.class_names.index(ticket)] *= 1.0 - recurring * (1.0 - left)
