"""Drift: how the tickets of a day differ from those of other days, and which potential tickets exist at all.

A policy (training, knowledge base, drill) multiplies factors of the local day on which a ticket opens. Demand is cut by
thinning: every ticket carries a mark, and those whose mark lies under the day's share exist, so no other draw moves.
A failure's ticket takes the day on which its unit would fail if repairs took no time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.tape.courses import Facts
from twin.tape.demand import Stream
from twin.tape.functions import exp_of, log_of
from twin.tape.paths import CLASS_REOPEN, VISIT_NEXT
from twin.tape.recipe import Recipe
from twin.tape.streams import uniform
from twin.tape.tape import FOLLOW_UP, KIND_MASK, LIFE_TICKS, STEP_KIND, STEP_QUEUE, STEP_TICKS, TRIAGE, WORK

Array = NDArray[Any]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Draws of a ticket beside those of `paths` and of `surge_arrivals` (5); the last one is of a life, beside `faults`.
DRAW_KEEP, DRAW_JUDGED, DRAW_TUNED, DRAW_CORRUPTED = 8, 9, 10, 13
_MOST_REOPENED = 0.99


@kernel
def marks(keys: Any, draw: Any) -> Any:
    """Draw number `draw` of each key, uniform in (0, 1)."""
    out = np.empty(len(keys))
    for k in range(len(keys)):
        out[k] = uniform(keys[k], draw)
    return out


@kernel
def powers(base: Any, exponents: Any) -> Any:
    """A number above 0 to each power, by arithmetic that gives the same bits anywhere."""
    out = np.empty(len(exponents))
    for k in range(len(exponents)):
        out[k] = exp_of(log_of(base) * exponents[k])
    return out


@kernel
def powers_of(bases: Any, exponent: Any) -> Any:
    """Each number above 0 to one power, likewise."""
    out = np.empty(len(bases))
    for k in range(len(bases)):
        out[k] = exp_of(log_of(bases[k]) * exponent)
    return out


class Tickets(NamedTuple):
    """All tickets of a replication: key, class and day of each."""

    keys: NDArray[np.uint64]
    kind: NDArray[np.int16]
    day: Ints


@dataclass(frozen=True)
class Forms:
    """Path tables in which every class has a form for each distinct day, and the form of every ticket."""

    kind: Array
    classes: Floats
    visits: Floats
    visit_of: Ints


class Drift:
    """Factors of one replication by local day, 1 where nothing changes.

    work, escalate       float64 (day, visit): work and triage; probability of functional escalation.
    reopen, judged, keep  float64 (day, class): probability of reopening, of a misjudged priority; share that exists.
    opened               int64 (day, class): potential tickets, before any is cut.
    facts, extra         what policies add to the facts of the changes: bookings, shocks, streams of tickets.
    """

    def __init__(self, recipe: Recipe, facts: Facts, streams: list[Stream]) -> None:
        self.recipe, self.facts = recipe, facts
        days, classes = len(recipe.day_at), max(len(recipe.class_names), 1)
        self.work, self.escalate = np.ones((days, len(recipe.visits))), np.ones((days, len(recipe.visits)))
        self.reopen, self.judged, self.keep = (np.ones((days, classes)) for _ in range(3))
        self.opened = np.zeros((days, classes), np.int64)
        for stream in streams:
            np.add.at(self.opened[:, stream.ticket_class], self.day_of(stream.at), 1)

    @property
    def days(self) -> int:
        """How many local days the horizon touches."""
        return len(self.recipe.day_at)

    def day_of(self, at: Ints) -> Ints:
        """Local day of each tick, from 0; the last day beyond the horizon."""
        return np.searchsorted(self.recipe.day_at, at, side="right") - 1

    @property
    def noon(self) -> Floats:
        """The tick in the middle of each local day."""
        ends = np.append(self.recipe.day_at[1:], max(self.recipe.scenario.clock.horizon_ticks, 1))
        return np.asarray((self.recipe.day_at + ends) / 2.0)

    def at_queues(self, queues: Collection[str], tickets: Collection[str] | None = None) -> NDArray[np.bool_]:
        """Which visits are to one of the queues, and by one of the classes if given."""
        names, kinds = self.recipe.queues, self.recipe.class_names
        is_there = np.array([names[q] in queues for _, q in self.recipe.visit_places], bool)
        if tickets is None:
            return is_there
        by_them = np.array([kinds[c] in tickets for c, _ in self.recipe.visit_places], bool)
        return np.asarray(is_there & by_them)

    def thinned(self, streams: list[Stream]) -> list[Stream]:
        """The streams without the tickets that policies keep away; what a failed change opens always comes."""
        if (self.keep >= 1.0).all():
            return streams
        return [stream if stream.occurrence >= 0 else self._thinned(stream) for stream in streams]

    def _thinned(self, stream: Stream) -> Stream:
        share = self.keep[self.day_of(stream.at), stream.ticket_class]
        return stream if (share >= 1.0).all() else stream.kept(marks(stream.keys, DRAW_KEEP) < share)

    def day_of_lives(self, life_from: Ints, lives: Ints) -> Ints:
        """Day on which each life would end if repairs took no time."""
        end = self.recipe.scenario.clock.end_ticks
        age = np.cumsum(np.minimum(lives[:, LIFE_TICKS], end))
        before = np.concatenate([[0], age])[life_from[:-1]]
        return self.day_of(age - np.repeat(before, np.diff(life_from)))

    def forms(self, tickets: Tickets) -> Forms:
        """The path tables of the distinct days; those of the recipe if escalation and reopening don't drift."""
        recipe = self.recipe
        factors = np.concatenate([self.escalate, self.reopen], axis=1)
        rows, form_of_day = np.unique(factors, axis=0, return_inverse=True)
        if len(rows) == 1 and (rows == 1.0).all():
            return Forms(tickets.kind, recipe.classes, recipe.visits, recipe.visit_of)
        count, visits, classes = len(rows), len(recipe.visits), len(recipe.classes)
        table = np.tile(recipe.visits, (count, 1))
        _scale_next(table, rows[:, :visits].reshape(-1))
        kinds = np.tile(recipe.classes, (count, 1))
        reopened = kinds[:, CLASS_REOPEN] * rows[:, visits:].reshape(-1)
        kinds[:, CLASS_REOPEN] = np.minimum(reopened, np.maximum(kinds[:, CLASS_REOPEN], _MOST_REOPENED))
        shift = np.repeat(np.arange(count) * visits, classes)[:, np.newaxis]
        tiled = np.tile(recipe.visit_of, (count, 1))
        visit_of = np.where(tiled >= 0, tiled + shift, -1)
        form = form_of_day.reshape(-1)[tickets.day] * classes + tickets.kind
        return Forms(form.astype(np.int16 if count * classes < 2**15 else np.int32), kinds, table, visit_of)

    def scale_work(self, tickets: Tickets, path_from: Ints, steps: Ints) -> None:
        """Multiply the work of each step by the factor of its ticket's day; waits stay as they are."""
        if (self.work == 1.0).all():
            return
        owner = np.repeat(np.arange(len(tickets.keys)), np.diff(path_from))
        visit = self.recipe.visit_of[tickets.kind[owner], steps[:, STEP_QUEUE]]
        factor = self.work[tickets.day[owner], visit]
        chosen = np.isin(steps[:, STEP_KIND] & KIND_MASK, (TRIAGE, WORK, FOLLOW_UP)) & (factor != 1.0)
        steps[chosen, STEP_TICKS] = np.rint(steps[chosen, STEP_TICKS] * factor[chosen]).astype(np.int64)

    def reported(self, tickets: Tickets, priority: NDArray[np.int8]) -> NDArray[np.int8]:
        """The priorities as reporters see them: some one level too urgent, some one level not urgent enough."""
        wrong = [ticket.misjudged for ticket in self.recipe.scenario.demand.tickets.values()]
        if not any(wrong):
            return priority
        high = np.array([one.too_urgent if one else 0.0 for one in wrong])[tickets.kind]
        low = np.array([one.too_low if one else 0.0 for one in wrong])[tickets.kind]
        high = high * self.judged[tickets.day, tickets.kind]
        u = marks(tickets.keys, DRAW_JUDGED)
        step = np.where(u < high, -1, np.where(u > 1.0 - low, 1, 0))
        last = len(self.recipe.scenario.support.priorities) - 1
        return np.where(priority < 0, priority, np.clip(priority + step, 0, last)).astype(np.int8)


def _scale_next(visits: Floats, factor: Floats) -> None:
    """Multiply the cumulated probabilities of going on, at most to 1 in total."""
    if visits.shape[1] == VISIT_NEXT:
        return
    goes = visits[:, VISIT_NEXT::2] >= 0
    chance = np.where(goes, visits[:, VISIT_NEXT + 1 :: 2], 0.0)
    total = chance.max(axis=1)
    most = np.where(total > 0, 1.0 / np.where(total > 0, total, 1.0), 1.0)
    scaled = chance * np.minimum(factor, np.maximum(most, 1.0))[:, np.newaxis]
    visits[:, VISIT_NEXT + 1 :: 2] = np.where(goes, scaled, visits[:, VISIT_NEXT + 1 :: 2])
