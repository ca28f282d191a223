"""All that people and policies do to the tape of one replication."""

import numpy as np

from twin.tape.courses import Facts
from twin.tape.demand import Factors, Stream
from twin.tape.drift import Drift
from twin.tape.knowledge import hand_over, read_articles, remove_causes, train_users
from twin.tape.people import learning_people, leaving_people, missing_people
from twin.tape.readiness import heed_warnings, hold_drills
from twin.tape.recipe import Recipe


def drift_of(
    recipe: Recipe, root: np.uint64, facts: Facts, streams: list[Stream], factors: Factors
) -> tuple[Drift, list[Stream]]:
    """The drift of a replication, bookings put into `facts`; and the streams, thinned and with proactive tickets."""
    drift = Drift(recipe, facts, streams)
    missing_people(drift, root)
    leaving_people(drift, root)
    learning_people(drift)
    read_articles(drift)
    train_users(drift, root)
    hand_over(drift, root)
    remove_causes(drift)
    hold_drills(drift, root)
    proactive = heed_warnings(drift, root, factors)
    return drift, [*drift.thinned(streams), *proactive]
