"""The busy times of a world that begins anew when all is up: which to run, how to bias them, and their weights.

Busy times are chosen among many candidates by what the tape already tells: the first repair and the first takeover.
Then in most of them more failures are brought about (`forcing`), with the density of the mixture: weights are bounded.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.compiled import entry, inlined
from twin.experiment.candidates import draw_candidate, expect, forecast
from twin.experiment.forcing import force
from twin.experiment.regeneration import first_events, regenerative_plan
from twin.experiment.sheets import IS_FULL, SHOCKS, Ground, finish, sheet_of
from twin.simulate import operations_fast
from twin.simulate.fast.cycles import LENGTH, LOG_ROWS, SUM_COLUMNS, run_cycle
from twin.simulate.fast.world import World
from twin.simulate.order import MOST_TICKS
from twin.simulate.plan import PART_NEEDED, PART_UNITS, POOL_CALL_OUT, Plan, agenda_of
from twin.spec.scenario import Scenario
from twin.tape.faults import PART_CLASS
from twin.tape.functions import exp_of
from twin.tape.paths import CLASS_QUEUE
from twin.tape.recipe import Recipe
from twin.tape.streams import below, child, name_key, replication_key, uniform
from twin.tape.tape import LIFE_COLUMNS, Tape

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

CANDIDATES, PILOT = 4, 256
# Fractional parts of multiples of the golden ratio fill the unit interval evenly.
GOLDEN = 0.6180339887498949
# Share of the mean forecast that every candidate is granted: no weight of a choice exceeds 1 + 1 / FLOOR.
FLOOR = 0.1


def _systematic(lots: Floats, size: int, start: float) -> NDArray[np.intp]:
    """`size` numbers drawn with expectations in proportion to their lots, one random start in [0, 1) for all."""
    reach = np.cumsum(lots)
    points = (np.arange(size) + start) / size * reach[-1]
    drawn: NDArray[np.intp] = np.minimum(np.searchsorted(reach, points, side="right"), len(lots) - 1)
    return drawn


@inlined
def _on(w: Any, s: Any) -> Any:
    return World(
        w.ticket, s.path_from, w.patience, w.misjudged, w.occurrence, s.steps, w.pool, w.slots, w.queue, w.part, w.unit,
        s.lives, s.shocks[: s.count[SHOCKS]], w.hold, w.agenda, w.dues, w.due_spans, w.heap, w.ends, w.count, w.at,
        w.event, w.entity, w.place, w.value,
    )  # fmt: skip


@entry
def run_picked(
    g: Any, s: Any, w: Any, fresh: Any, roots: Any, reach: Any, shifts: Any, many: Any, picked: Any, floor: Any,
    share: Any, first: Any, last_life: Any, is_taken_over: Any, no_level: Any, sums: Any, ratio: Any,
) -> Any:  # fmt: skip
    """Draw, run and sum up the picked candidates from number `first` on; -1, or the one for which there was no room,
    or -2 if a busy time does not end.

    roots  keys of the candidates and of what follows; share  of the busy times that are biased, spread evenly;
    sums, ratio  float64 (cycle, SUM_COLUMNS) and per cycle the likelihood ratio, to be filled in.
    """
    for i in range(first, len(picked)):
        event, _ = draw_candidate(g, s, roots[0], reach, shifts, picked[i], many)
        gain, _ = forecast(g, s, child(roots[0], picked[i]), event)
        root, is_biased = child(roots[1], i), int((i + 1) * share + shifts[3]) > int(i * share + shifts[3])
        lot = (i * GOLDEN + shifts[4]) % 1.0
        log_ratio, end_at = force(g, s, root, event, gain + floor, is_biased, lot)
        ratio[i] = 1.0 / (1.0 - share + share * exp_of(-log_ratio)) if share > 0.0 else 1.0
        end = 2 * np.int64(max(end_at, gain)) + 2
        sums[i, LENGTH], sums[i, LOG_ROWS] = -1.0, 0.0
        while sums[i, LENGTH] < 0.0:
            if end >= MOST_TICKS // 16:
                return -2
            finish(g, s, root, event, end, last_life)
            if s.count[IS_FULL] == 1:
                return i
            if run_cycle(_on(w, s), fresh, last_life, no_level, end, g.needs, is_taken_over, sums[i]) != 0:
                return i
            end *= 4
    return -1


class BusyTimes:
    """A world made ready to draw and run batches of its busy times."""

    def __init__(self, scenario: Scenario, needs: NDArray[np.bool_], share: float, seed: int) -> None:
        self.plan, self.share, self.recipe = regenerative_plan(scenario), share, Recipe(scenario)
        self.ground = _ground(scenario, self.plan, self.recipe, needs)
        self.rate = float(self.ground.event_rate.sum())
        self._make_room(4, 128)
        with np.errstate(over="ignore"):
            self.floor, self.lots = self._pilot(below(replication_key(seed, 0), name_key("rare pilot")))

    def _make_room(self, most: int, rows: int) -> None:
        """Room for that many lives of each unit and rows of the log."""
        units, parts = len(self.plan.unit_part), len(self.plan.parts)
        self.sheet = sheet_of(units, most)
        tape = _blank_tape(self.recipe.world, units, most)
        agenda = agenda_of(self.plan, tape)
        self.worlds = [operations_fast.world_of(self.plan, tape, agenda, rows, rows) for _ in range(2)]
        self.last_life, self.is_taken_over = np.zeros(units, np.int64), np.zeros(parts, np.int64)

    def _more_room(self) -> None:
        self._make_room(2 * self.sheet.most, 2 * len(self.worlds[0].at))

    def _expect(self, root: np.uint64, lots: Floats, many: int) -> tuple[Ints, Floats, Floats, Floats, Floats]:
        """Event of each candidate, downtime to expect and weight; the cumulated lots and shifts that drew it."""
        reach = np.cumsum(lots) / lots.sum()
        reach[-1] = 1.0
        shifts = np.array([float(uniform(root, k)) for k in range(5)])
        event, downtime, weight = np.empty(many, np.int64), np.empty(many), np.empty(many)
        own = below(root, name_key("candidates"))
        while expect(self.ground, self.sheet, own, reach, shifts, event, downtime, weight):
            self._more_room()
        return event, downtime, weight, reach, shifts

    def _pilot(self, root: np.uint64) -> tuple[float, Floats]:
        """Floor of the forecast, and lots of the first events: their rates times the forecast downtime."""
        g, rate = self.ground, self.ground.event_rate
        event, downtime, weight, _, _ = self._expect(root, np.ones(len(rate)), PILOT * len(rate))
        mean = np.bincount(event, downtime * weight, len(rate)) / np.bincount(event, minlength=len(rate))
        is_own = g.event_unit >= 0
        g.later[g.event_part[is_own]] = mean[is_own]
        floor = FLOOR * float(mean @ rate / rate.sum()) or 1.0
        return floor, rate * (mean + floor)

    def batch(self, seed: int, number: int, size: int) -> tuple[Floats, Floats]:
        """Sums of the busy times of one batch and their weights.

        Raises ValueError if one does not end.
        """
        with np.errstate(over="ignore"):
            root = below(replication_key(seed, number), name_key("rare cycles"))
            event, downtime, weight, reach, shifts = self._expect(root, self.lots, CANDIDATES * size)
            score, rate = downtime + self.floor, self.ground.event_rate
            likely = weight * score * (rate / rate.sum() / (self.lots / self.lots.sum()))[event]
            picked = _systematic(likely, size, float(uniform(root, 5)))
            roots = np.array([below(root, name_key(name)) for name in ("candidates", "others")], np.uint64)
            sums, ratio = self._run(roots, reach, shifts, len(event), picked)
        return sums, ratio * likely.sum() / len(event) / score[picked]

    def _run(
        self, roots: NDArray[np.uint64], reach: Floats, shifts: Floats, many: int, picked: NDArray[np.intp]
    ) -> tuple[Floats, Floats]:
        sums, ratio, first = np.zeros((len(picked), SUM_COLUMNS)), np.ones(len(picked)), 0
        while first >= 0:
            first = run_picked(
                self.ground, self.sheet, self.worlds[0], self.worlds[1], roots, reach, shifts, many, picked,
                self.floor, self.share, first, self.last_life, self.is_taken_over, np.empty(0, np.int8), sums, ratio,
            )  # fmt: skip
            if first == -2:
                raise ValueError("a busy time does not end: more fails than is repaired; add heads")
            if first >= 0:
                self._more_room()
        return sums, ratio


def _ground(scenario: Scenario, plan: Plan, recipe: Recipe, needs: NDArray[np.bool_]) -> Ground:
    events = first_events(scenario, plan)
    own, parts = events.unit >= 0, len(plan.parts)
    rate, shared = np.zeros(parts), np.zeros(parts)
    rate[events.component[own]], shared[events.component[~own]] = events.rate[own], events.rate[~own]
    crew, more = _crews(plan, recipe, parts), plan.parts[:, PART_UNITS] - plan.parts[:, PART_NEEDED]
    names = scenario.deployment.components
    return Ground(
        parts=recipe.parts, laws=recipe.laws, classes=recipe.classes, visits=recipe.visits, visit_of=recipe.visit_of,
        part=plan.parts, component=recipe.unit_component, stream=recipe.unit_stream, rate=rate, shared=shared,
        shock_stream=np.array([name_key("common cause", name) for name in names], np.uint64),
        needs=needs.astype(np.int64), crew=crew, later=np.zeros(parts),
        is_deep=((crew > 1) | (shared > 0.0) | (more > 1)).astype(np.int64),
        event_part=events.component, event_unit=events.unit, event_rate=events.rate,
        call_out=int(plan.pools[:, POOL_CALL_OUT].max(initial=0)),
    )  # fmt: skip


def _crews(plan: Plan, recipe: Recipe, parts: int) -> Ints:
    """Heads that may repair each component at a time: those that serve the first queue of its tickets."""
    crew = np.ones(parts, np.int64)
    for c in range(parts):
        queue = int(recipe.classes[max(int(recipe.parts[c, PART_CLASS]), 0), CLASS_QUEUE])
        pools = plan.queue_pools[queue]
        crew[c] = max(int(plan.most_heads[pools[pools >= 0]].sum()), 1)
    return crew


def _blank_tape(world: str, units: int, most: int) -> Tape:
    """A tape in the columns that the world of one copy shares with all busy times."""
    none, lives = np.empty((0, 7), np.int64), units * most
    return Tape(
        opened_at=none[:, 0], ticket_class=np.zeros(lives, np.int16), priority=np.empty(0, np.int8),
        true_priority=np.empty(0, np.int8), patience=np.full(lives, -1, np.int64),
        ticket_occurrence=np.full(lives, -1, np.int32), path_from=np.zeros(lives + 1, np.int64),
        steps=np.empty((0, 3), np.int64), life_from=np.arange(units + 1) * most,
        lives=np.zeros((lives, LIFE_COLUMNS), np.int64), shocks=np.empty((0, 4), np.int64),
        holds=none, phases=none[:, :4], booked=none[:, :3], end_ticks=MOST_TICKS // 16,
        world=world, seed=0, replication=0,
    )  # fmt: skip
