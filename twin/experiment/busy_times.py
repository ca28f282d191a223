"""The busy times of a world that begins anew when all is up: which to run, how to bias them, and their weights.

Cycles are chosen among many candidates by what the tape already tells: the first repair and the first takeover. Then
just as many other units of the component as an outage takes, chosen with equal chances, live faster for a while. The
density is that of the mixture over the choices, so all weights are bounded, whatever the law of the repair.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.experiment.regeneration import FirstEvents, first_events, regenerative_plan
from twin.simulate import operations_fast
from twin.simulate.fast import cycles as C
from twin.simulate.order import MOST_TICKS
from twin.simulate.plan import PART_FIRST, PART_NEEDED, PART_STANDBY, PART_UNITS, POOL_CALL_OUT, agenda_of
from twin.spec.scenario import Scenario
from twin.tape import faults as F
from twin.tape.courses import COMMON_CAUSE
from twin.tape.paths import draw_paths
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key, replication_key, uniform
from twin.tape.tape import LIFE_CLASS, LIFE_REPORT, LIFE_TAKEOVER, LIFE_TICKS, LIFE_UNIT, STEP_TICKS, Tape

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

CANDIDATES, PILOT = 16, 200
# Failures to expect of each unit that lives faster during the first repair, if a takeover causes no downtime besides.
BIASED_FAILURES = 1.6
# Share of the mean forecast that every candidate is granted: no weight exceeds 1 + 1 / FLOOR.
FLOOR = 0.3
# Common causes to expect in a cycle at most; with more, it is drawn again.
COMMON_CAUSES = 2


@dataclass(frozen=True)
class Chosen:
    """Cycles to run: key, first event, how many units live faster, how much, until which tick, and the weight."""

    key: Keys
    first_key: Keys
    event: Ints
    units: Ints
    bias: Floats
    until: Ints
    weight: Floats

    def at(self, picked: NDArray[np.intp]) -> "Chosen":
        """Some of the cycles."""
        return Chosen(*(column[picked] for column in vars(self).values()))


def _repair(lives: Ints, path_from: Ints, steps: Ints) -> Ints:
    """Ticks from the end of each life to its repair, if nothing else has to be done."""
    work = np.add.reduceat(steps[:, STEP_TICKS], path_from[:-1])
    repair: Ints = np.maximum(work + np.maximum(lives[:, LIFE_REPORT], 0), 1)
    return repair


def _sooner(age: Floats, bias: Floats, until: Ints) -> Floats:
    """Ages at failure under the natural rate, turned into those under `bias` times the rate until tick `until`."""
    fast = bias * until
    return np.where(age < fast, age / bias, until + age - fast)


def _systematic(lots: Floats, size: int, start: float) -> NDArray[np.intp]:
    """`size` numbers drawn with expectations in proportion to their lots, one random start in [0, 1) for all."""
    reach = np.cumsum(lots)
    points = (np.arange(size) + start) / size * reach[-1]
    drawn: NDArray[np.intp] = np.minimum(np.searchsorted(reach, points, side="right"), len(lots) - 1)
    return drawn


class BusyTimes:
    """A world made ready to draw and run batches of its cycles."""

    def __init__(self, scenario: Scenario, needs: NDArray[np.bool_], bias: float | None, seed: int) -> None:
        self.scenario, self.needs, self.bias = scenario, needs, bias
        self.plan = regenerative_plan(scenario)
        self.events: FirstEvents = first_events(scenario, self.plan)
        self.recipe = Recipe(scenario)
        self.rate = np.zeros(len(self.plan.parts))
        own = self.events.unit >= 0
        self.rate[self.events.component[own]] = self.events.rate[own]
        self.shared = np.zeros(len(self.plan.parts))
        self.shared[self.events.component[~own]] = self.events.rate[~own]
        self.factors: list[float] = []
        with np.errstate(over="ignore"):
            self.floor, self.lots = self._pilot(below(replication_key(seed, 0), name_key("rare pilot")))

    def _pilot(self, root: np.uint64) -> tuple[float, Floats]:
        """Floor of the forecast, and lots of the first events: their rates times the forecast downtime."""
        kinds = len(self.events.rate)
        event = np.repeat(np.arange(kinds), PILOT)
        key = C.children(np.full(len(event), root), np.arange(len(event), dtype=np.uint64))
        downtime = self.forecast(key, event)[1].reshape(kinds, PILOT).mean(axis=1)
        floor = FLOOR * float(downtime @ self.events.rate / self.events.rate.sum())
        floor = floor or 1.0
        return floor, self.events.rate * (downtime + floor)

    def batch(self, seed: int, number: int, size: int) -> tuple[Floats, Floats]:
        """Sums of the cycles of one batch and their weights."""
        with np.errstate(over="ignore"):
            root = below(replication_key(seed, number), name_key("rare cycles"))
            chosen = self.choose(root, size)
            sums = np.zeros((size, C.SUM_COLUMNS))
            left, end = np.arange(size), 4 * int(chosen.until.max()) + 4
            rows = 0.0
            while len(left):
                if end >= MOST_TICKS // 16:
                    raise ValueError("a busy time does not end: more fails than is repaired; add heads")
                sums[left] = self.run(chosen.at(left), end)
                rows += sums[left, C.LOG_ROWS].sum()
                left, end = np.flatnonzero(sums[:, C.LENGTH] < 0), 4 * end
        sums[:, C.LOG_ROWS] = rows / size
        self.factors.append(float(chosen.bias.mean()))
        return sums, chosen.weight * np.exp(sums[:, C.LOG_RATIO])

    def choose(self, root: np.uint64, size: int) -> Chosen:
        """A sample of the candidates of a batch, more likely those from which more downtime is expected."""
        many, e = CANDIDATES * size, self.events
        event = _systematic(self.lots, many, float(uniform(root, 0)))
        key = C.children(np.full(many, root), np.arange(many, dtype=np.uint64))
        until, downtime, units, bias = self.forecast(key, event)
        score = downtime + self.floor
        likely = score * (e.rate / e.rate.sum() / (self.lots / self.lots.sum()))[event]
        order = np.argsort(likely, kind="stable")
        picked = order[_systematic(likely[order], size, float(uniform(root, 1)))]
        others = C.children(key[picked], np.full(size, name_key("others")))
        others = C.children(others, np.arange(size, dtype=np.uint64))
        weight = likely.sum() / many / score[picked]
        return Chosen(others, key[picked], event[picked], units[picked], bias[picked], until[picked], weight)

    def forecast(self, key: Keys, event: Ints) -> tuple[Ints, Floats, Ints, Floats]:
        """Ticks of the first repair, downtime to expect (to first order), units to bias and bias, per candidate."""
        recipe, plan, e = self.recipe, self.plan, self.events
        part = e.component[event]
        unit = np.where(e.unit[event] >= 0, e.unit[event], plan.parts[part, PART_FIRST])
        own = C.children(key, recipe.unit_stream[unit])
        _, life_key, lives = F.draw_lives(own, part, recipe.parts, recipe.laws, np.zeros(len(own), np.int64), 1)
        _, _, path_from, steps = self._paths(life_key, lives)
        call_out = int(plan.pools[:, POOL_CALL_OUT].max(initial=0))
        repair = _repair(lives, path_from, steps) + call_out
        units, needed, first = (plan.parts[part, column] for column in (PART_UNITS, PART_NEEDED, PART_FIRST))
        more = np.where(e.unit[event] >= 0, units - needed, 0)
        others = (units - 1) * self.rate[part]
        outage = np.minimum(others * repair, 1.0) ** np.minimum(more, 1) * repair / (more + 1)
        is_taken_over = (plan.parts[part, PART_STANDBY] == 1) & (unit - first < needed) & (more > 0)
        takeover = np.where(is_taken_over, lives[:, LIFE_TAKEOVER], 0)
        downtime = np.where(self.needs[part], outage + takeover, 0.0) + self._elsewhere(part, repair)
        wished = BIASED_FAILURES * outage / (outage + takeover) / (self.rate[part] * repair)
        bias = np.maximum(wished, 1.0) if self.bias is None else np.full(len(key), self.bias)
        return repair, downtime, more, np.where(more > 0, bias, 1.0)

    def _elsewhere(self, part: Ints, repair: Ints) -> Floats:
        """Downtime to expect of other components that fail during a repair and may have to wait for its crew."""
        total = np.zeros(len(part))
        for c in np.flatnonzero(self.needs & (self.rate + self.shared > 0)):
            units, needed = self.plan.parts[c, [PART_UNITS, PART_NEEDED]]
            more = units - needed
            failures = np.minimum((units * self.rate[c] + self.shared[c]) * repair, 1.0)
            total += np.where(part != c, failures ** min(more + 1, 2) * repair / (more + 2), 0.0)
        return total

    def _paths(self, key: Keys, lives: Ints) -> tuple[NDArray[np.int8], Ints, Ints, Ints]:
        kind, work, recipe = lives[:, LIFE_CLASS].astype(np.int16), np.full(len(lives), -1, np.int64), self.recipe
        drawn: tuple[NDArray[np.int8], Ints, Ints, Ints] = draw_paths(
            key, kind, work, recipe.classes, recipe.visits, recipe.visit_of, recipe.laws, 2 * len(key) + 16
        )
        return drawn

    def run(self, chosen: Chosen, end: int, cuts: int = 0) -> Floats:
        """Sums of the chosen cycles, each run to tick `end`; cuts  how often a shock may cut a unit's life short.

        Living faster cuts it short once more.
        """
        cuts = cuts or 1 + COMMON_CAUSES * int(self.shared.any())
        recipe, count, units = self.recipe, len(chosen.key), len(self.recipe.unit_component)
        keys = C.children(np.repeat(chosen.key, units), np.tile(recipe.unit_stream, count)).reshape(count, units)
        part, unit = self.events.component[chosen.event], self.events.unit[chosen.event]
        lead = np.where(unit >= 0, unit, self.plan.parts[part, PART_FIRST])
        keys[np.arange(count), lead] = C.children(chosen.first_key, recipe.unit_stream[lead])
        room_for = np.full(count * units, cuts + 1)
        component = np.tile(recipe.unit_component, count)
        life_from, life_key, lives = F.draw_lives(keys.ravel(), component, recipe.parts, recipe.laws, room_for, end)
        lives[:, LIFE_UNIT] %= units
        priority, patience, path_from, steps = self._paths(life_key, lives)
        repair = _repair(lives, path_from, steps)[life_from[:-1]].reshape(count, units)
        longest = np.where(recipe.unit_component == part[:, None], repair, 0).max(axis=1)
        longer = np.where(chosen.units > 1, chosen.until + longest, chosen.until)
        slower = chosen.bias if self.bias else np.maximum(chosen.bias * chosen.until / longer, 1.0)
        chosen, as_chosen = replace(chosen, until=longer, bias=slower), chosen
        self._squeeze(chosen, part, unit, life_key[life_from[:-1]], lives, life_from[:-1])
        shock_from, shock = self._shocks(chosen, end)
        most_cuts = int(np.diff(shock_from).max())
        if most_cuts > cuts:
            return self.run(as_chosen, end, most_cuts)
        tape = self._tape_of_one(lives, patience, steps, shock, end)
        sums = np.empty((count, C.SUM_COLUMNS))
        most = int(np.diff(life_from[::units]).max())
        marks = np.empty(2 * units + len(self.plan.parts) + 1)
        agenda, room = agenda_of(self.plan, tape), 64 + 16 * most
        while True:
            w, fresh = (operations_fast.world_of(self.plan, tape, agenda, room, room) for _ in range(2))
            w = w._replace(ticket=w.ticket[:most].copy())
            if not C.run_cycles(
                w, fresh, life_from, lives, path_from, priority, shock_from, shock, unit, chosen.units, chosen.bias,
                chosen.until, self.rate, self.shared, self.needs, marks, end, sums,
            ):  # fmt: skip
                return sums
            room *= 2

    def _squeeze(self, chosen: Chosen, part: Ints, forced: Ints, key: Keys, lives: Ints, first: Ints) -> None:
        """Speed up the first lives of some other units of the component that fails first, until its repair is over."""
        owner, count = self.recipe.unit_component, len(chosen.key)
        luck = C.children(np.repeat(chosen.key, len(owner)), np.full(len(key), name_key("biased units")))
        luck = C.children(luck, np.tile(np.arange(len(owner), dtype=np.uint64), count))
        order = C.exponentials(luck, 0).reshape(count, -1)
        order[(owner != part[:, None]) | (np.arange(len(owner)) == forced[:, None])] = np.inf
        is_chosen = np.argsort(np.argsort(order, axis=1), axis=1) < chosen.units[:, None]
        cycle, unit = np.nonzero(is_chosen & (chosen.bias > 1.0)[:, None])
        rows = cycle * len(owner) + unit
        age = C.exponentials(key[rows], F.DRAW_LIFE) / self.rate[part[cycle]]
        age = np.minimum(_sooner(age, chosen.bias[cycle], chosen.until[cycle]), MOST_TICKS / 16)
        lives[first[rows], LIFE_TICKS] = np.maximum(age + 0.5, 1.0).astype(np.int64)

    def _shocks(self, chosen: Chosen, end: int) -> tuple[Ints, Ints]:
        """The event that begins each cycle and the common causes to come: first row per cycle, and rows."""
        part, unit, count = self.events.component[chosen.event], self.events.unit[chosen.event], len(chosen.key)
        cause = np.where(unit < 0, COMMON_CAUSE, 0)
        rows = [np.stack([np.arange(count), np.zeros(count, np.int64), part, unit, cause], 1)]
        for c, name in enumerate(self.scenario.deployment.components):
            if self.shared[c] == 0.0:
                continue
            keys = C.children(chosen.key, np.full(count, name_key("common cause", name)))
            bias = np.where(part == c, chosen.bias, 1.0)
            cycle, age, k = np.arange(count), np.zeros(count), 0
            while len(cycle):
                draws = C.children(keys[cycle], np.full(len(cycle), k, np.uint64))
                age = age + C.exponentials(draws, 0) / self.shared[c]
                at = _sooner(age, bias[cycle], chosen.until[cycle])
                cycle, age, at, k = cycle[at < end], age[at < end], at[at < end], k + 1
                come = np.array([c, -1, COMMON_CAUSE]) * np.ones((len(cycle), 1), np.int64)
                rows.append(np.hstack([cycle[:, None], at.astype(np.int64)[:, None], come]))
        table = np.concatenate(rows)
        table = table[np.lexsort((table[:, 1], table[:, 0]))]
        shock_from = np.searchsorted(table[:, 0], np.arange(count + 1))
        return shock_from, np.ascontiguousarray(table[:, 1:])

    def _tape_of_one(self, lives: Ints, patience: Ints, steps: Ints, shock: Ints, end: int) -> Tape:
        """Facts of all cycles in the columns that the world of one copy shares."""
        none = np.empty((0, 7), np.int64)
        return Tape(
            opened_at=none[:, 0], ticket_class=np.zeros(len(lives), np.int16), priority=np.empty(0, np.int8),
            true_priority=np.empty(0, np.int8), patience=patience,
            ticket_occurrence=np.full(len(lives), -1, np.int32), path_from=np.zeros(1, np.int64),
            steps=steps, life_from=np.zeros(len(self.plan.unit_part) + 1, np.int64), lives=lives, shocks=shock,
            holds=none, phases=none[:, :4], booked=none[:, :3], end_ticks=end, world=self.recipe.world,
            seed=0, replication=0,
        )  # fmt: skip
