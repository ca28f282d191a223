"""What changes leave behind: failures and questions that fade, broken links, the double work of a dual run, debt."""

import numpy as np

from twin.spec.changes import Surge
from twin.tape.arrivals import surge_arrivals
from twin.tape.courses import AFTER_CHANGE, FLAT, Facts, Occurrence
from twin.tape.debt import periods_of_debt
from twin.tape.demand import Factors, Stream, surge_stream
from twin.tape.drift import DRAW_TUNED, marks, powers
from twin.tape.recipe import Recipe
from twin.tape.streams import below, name_key, uniform

_DOUBLE, _SURGES = 7, 100


def leave_behind(recipe: Recipe, root: np.uint64, facts: Facts, found: list[Occurrence], factors: Factors) -> None:
    """Put the after-effects of all tries, and of those that were left out, into the facts."""
    for one in found:
        if one.course.settled_at >= 0:
            _failures(recipe, facts, one)
            _broken_links(recipe, facts, one)
            _questions(recipe, facts, one, factors)
        _double_work(recipe, facts, one, factors)
    for name, change in recipe.scenario.changes.items():
        if change.debt is not None and change.debt.hazard > 0:
            for k, (begin, end, level) in enumerate(periods_of_debt(recipe, name)):
                key = below(below(root, name_key("debt", name)), k)
                _shocks(recipe, facts, key, change.components, level * change.debt.hazard, 0.0, begin, end)


def _failures(recipe: Recipe, facts: Facts, one: Occurrence) -> None:
    hazard, clock = one.change.hazard, recipe.scenario.clock
    if hazard is not None:
        half_life, settled = hazard.half_life / clock.tick, one.course.settled_at
        _shocks(recipe, facts, one.key, one.change.components, hazard.factor, half_life, settled, clock.end_ticks)


def _shocks(
    recipe: Recipe, facts: Facts, key: np.uint64, components: tuple[str, ...], factor: float, half_life: float,
    begin: int, end: int,
) -> None:  # fmt: skip
    """Extra failures in [begin, end): at first `factor` times the usual rate, halving every half-life (0: constant)."""
    clock, names = recipe.scenario.clock, list(recipe.scenario.deployment.components)
    for c in (names.index(component) for component in components):
        mtbf = recipe.components[c].mtbf
        for u in np.flatnonzero(recipe.unit_component == c) if mtbf else []:
            peak, own = factor * clock.tick / (mtbf or 1.0), below(key, recipe.unit_stream[u])
            at, _ = surge_arrivals(own, peak, half_life, begin, end, *FLAT)
            facts.shocks += [(int(tick), c, int(u), AFTER_CHANGE) for tick in at]


def _broken_links(recipe: Recipe, facts: Facts, one: Occurrence) -> None:
    """Links that the new version breaks: all their units fail as soon as it is in service."""
    names = list(recipe.scenario.deployment.components)
    for link, chance in one.change.compatibility.items():
        if uniform(below(one.key, name_key("link", link)), 0) < chance:
            facts.shocks.append((one.course.settled_at, names.index(link), -1, AFTER_CHANGE))


def _questions(recipe: Recipe, facts: Facts, one: Occurrence, factors: Factors) -> None:
    clock, surges = recipe.scenario.clock, one.change.surges
    for number, surge in enumerate(surges):
        arrivals = recipe.scenario.demand.tickets[surge.ticket].arrivals
        if arrivals is None or arrivals.rate is None:
            continue
        earlier = sum(other.ticket == surge.ticket for other in surges[:number])
        own, settled = below(one.key, _SURGES + earlier) if earlier else one.key, one.course.settled_at
        stream = surge_stream(recipe, own, surge, settled, clock.horizon_ticks, factors)
        facts.streams.append(_tuned(stream, surge, settled, clock.tick))


def _tuned(stream: Stream, surge: Surge, settled: int, tick_s: float) -> Stream:
    """The surge without the tickets that tuning saves."""
    if surge.tuning is None:
        return stream
    rounds = np.minimum((stream.at - settled) * tick_s // surge.tuning.every, surge.tuning.rounds)
    left = powers(1.0 - surge.tuning.effect, rounds) if surge.tuning.effect < 1.0 else (rounds == 0).astype(float)
    return stream.kept(marks(stream.keys, DRAW_TUNED) < left)


def _double_work(recipe: Recipe, facts: Facts, one: Occurrence, factors: Factors) -> None:
    strategy, clock = one.change.strategy, recipe.scenario.clock
    if strategy.kind != "dual-run" or strategy.extra_tickets == 0:
        return
    end = min(one.start + one.length, clock.horizon_ticks)
    for ticket, spec in recipe.scenario.demand.tickets.items():
        if spec.arrivals is not None and spec.arrivals.rate is not None:
            surge = Surge.model_construct(ticket=ticket, factor=strategy.extra_tickets, half_life=0.0)
            facts.streams.append(surge_stream(recipe, below(one.key, _DOUBLE), surge, one.start, end, factors))
