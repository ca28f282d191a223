"""What the order of entities in a scenario decides, and what it must not.

Within a tick and rank the law of simultaneous events goes by entity number, and numbers follow the order in which a
scenario lists its ticket classes and components. Listing them in another order therefore

- never changes what chance decides: each class's instants, each ticket's path, each unit's lives, shocks and holds;
- never changes the log, but for the numbers, if no two classes open tickets in one tick (classes listed in another
  order) or nothing happens to two components in one tick (components listed in another order);
- may, where they do tie, change who is served first among tickets that open in the same tick; which of two failures of
  the same tick is detected first; whose work is interrupted or paused first among agents who began in the same tick;
  and with that waits, repair times and all that follows from them.

That is the decision: ties are broken by the scenario's own order, which an author can see and change, never by dice or
by the order of insertion. The order of tiers and of the queues a tier serves is no mere numbering: it says who is asked
first, so it is not permuted here.
"""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st
from renaming import Namer
from small_worlds import scenario_of, worlds

from twin.simulate.run import Model
from twin.tape.tape import LIFE_UNIT, LIFE_UPKEEP, SHOCK_UNIT, Tape

QUIET = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True,
                 phases=(Phase.generate, Phase.shrink))
MOST_STEPS = 50_000  # a unit that fails in every tick of a fine clock makes millions: minutes to name them all


def reordered(table: dict[str, Any], order: list[int]) -> dict[str, Any]:
    names = list(table)
    return {names[k]: table[names[k]] for k in sorted(range(len(names)), key=lambda k: order[k % len(order)])}


def chance(tape: Tape, model: Model) -> list[Any]:
    """What the tape says about each named entity, whatever its number."""
    log = model.run(tape, "fast")
    namer = Namer(log, tape, model.plan.unit_part)
    queues, components, levels = log.names.queues, log.names.components, tape.priority.tolist()
    paths = [
        [(kind, queues[queue], ticks) for kind, queue, ticks in tape.steps[low:high].tolist()]
        for low, high in zip(tape.path_from[:-1], tape.path_from[1:], strict=True)
    ]
    opened = [*tape.opened_at.tolist(), *[-1] * len(tape.lives)]
    kinds = [name[:2] for name in namer.tickets]
    tickets = sorted(zip(kinds, opened, levels, tape.patience.tolist(), paths, strict=True))
    lives = sorted((namer.units[row[LIFE_UNIT]], row[:5], row[LIFE_UPKEEP:]) for row in tape.lives.tolist())
    struck = [namer.units[u] if u >= 0 else () for u in tape.shocks[:, SHOCK_UNIT]]
    shocks = zip(tape.shocks.tolist(), struck, strict=True)
    told_shocks = sorted((at, components[c], who, why) for (at, c, _, why), who in shocks)
    holds = [(row[:2], components[row[2]], row[3:]) for row in tape.holds.tolist()]
    return [tickets, lives, told_shocks, holds, tape.phases.tolist(), tape.booked.tolist()]


def classes_meet(tape: Tape) -> bool:
    """Whether two tickets open in one tick, other than members of one class's stream."""
    ties = np.diff(tape.opened_at) == 0
    kind = tape.ticket_class[: tape.arrivals]
    return bool((ties & (kind[1:] != kind[:-1])).any())


def finer(world: dict[str, Any], tick: str | None) -> dict[str, Any]:
    return world if tick is None else {**world, "clock": {**world["clock"], "tick": tick}}


orders = st.permutations(range(3))
ticks = st.sampled_from(("100 ms", None))


@settings(QUIET, max_examples=150)
@given(worlds(), orders, ticks)
def test_ticket_classes_listed_in_another_order(world: dict[str, Any], order: list[int], tick: str | None) -> None:
    world = finer(world, tick)
    tickets = reordered(world["demand"]["tickets"], order)
    model = Model(scenario_of(world))
    other = Model(scenario_of({**world, "demand": {**world["demand"], "tickets": tickets}}))
    tape, permuted = model.tape(1), other.tape(1)
    assume(len(tape.steps) < MOST_STEPS)
    assert chance(tape, model) == chance(permuted, other)
    event(f"classes meet: {classes_meet(tape)}")
    if not classes_meet(tape):
        assert told(model, tape) == told(other, permuted)


@settings(QUIET, max_examples=150)
@given(worlds(), orders, ticks)
def test_components_listed_in_another_order(world: dict[str, Any], order: list[int], tick: str | None) -> None:
    world = finer(world, tick)
    parts = world["deployment"]["components"]
    model = Model(scenario_of(world))
    other = Model(scenario_of({**world, "deployment": {**world["deployment"], "components": reordered(parts, order)}}))
    tape, permuted = model.tape(1), other.tape(1)
    assume(len(tape.steps) < MOST_STEPS)
    assert chance(tape, model) == chance(permuted, other)
    meet = Namer(model.run(tape), tape, model.plan.unit_part).components_meet()
    event(f"components meet: {meet}")
    if not meet:
        assert told(model, tape) == told(other, permuted)


def told(model: Model, tape: Tape) -> list[Any]:
    return Namer(model.run(tape), tape, model.plan.unit_part).rows()


def test_a_tie_goes_to_the_class_listed_first() -> None:
    """The same two tickets in the same tick: whichever class is listed first is served first, nothing else differs."""

    def first_served(names: list[str]) -> str:
        at_once = {"scheduled": [{"at": "0 s"}]}
        one = {"queue": "a", "visits": {"a": {"work": "1 h"}}, "priority": "P0", "arrivals": at_once}
        model = Model(scenario_of({
            "name": "tie", "clock": {"start": "2026-01-05", "horizon": "1 d"},
            "demand": {"tickets": {name: one for name in names}},
            "support": {"tiers": {"L1": {"serves": ["a"], "shifts": {"s": {"heads": 1}}}}},
        }))  # fmt: skip
        rows = told(model, model.tape(1))
        return next(str(row[2][1]) for row in rows if row[1] == 2)

    assert first_served(["x", "y"]) == "x"
    assert first_served(["y", "x"]) == "y"
