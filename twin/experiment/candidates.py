"""What may begin a busy time: its first repair and takeover are drawn evenly, and tell how much downtime to expect.

Candidate i of n is the point (i + start) / n of the unit interval. It picks the event by its lots, and what is left of
it, even over (0, 1) again, draws the work of the first repair; two irrational multiples of i, shifted at random, draw
whether the first takeover works by itself and how long it takes. All three are pushed towards the ends of (0, 1), where
long times and rare outcomes lie, and weighted back.
Source: Owen (2013), Monte Carlo theory, methods and examples, chapters 8 and 17 (systematic sampling, lattices).
"""

from typing import Any

from twin.compiled import entry, inlined, lean
from twin.experiment.forcing import back_at, chance, fail_first, power
from twin.experiment.sheets import IS_FULL, NEVER, clear, draw_repair, life_key, repair_of
from twin.simulate.plan import PART_FIRST, PART_NEEDED, PART_STANDBY, PART_UNITS
from twin.tape.faults import PART_AUTOMATIC, PART_DELAY, PART_MANUAL
from twin.tape.laws import ticks_of
from twin.tape.paths import DRAW_VISITS, DRAW_WORK
from twin.tape.streams import child, key_drawing
from twin.tape.tape import LIFE_AUTOMATIC, LIFE_TAKEOVER

FIRST_WORK = DRAW_VISITS + DRAW_WORK
# Fractional parts of multiples of these fill the unit square evenly (powers of the inverse plastic number).
STRIDE_1, _STRIDE_2 = 0.7548776662466927, 0.5698402909980532


@entry
def expect(g: Any, s: Any, root: Any, reach: Any, shifts: Any, event: Any, downtime: Any, weight: Any) -> Any:
    """Fill in the event of each candidate, the downtime to expect from it, and its weight; 1 if the sheet was too
    small."""
    for i in range(len(event)):
        event[i], weight[i] = draw_candidate(g, s, root, reach, shifts, i, len(event))
        gain, outage = forecast(g, s, child(root, i), event[i])
        downtime[i] = gain + outage
        if s.count[IS_FULL] == 1:
            return 1
    return 0


@lean
def draw_candidate(g: Any, s: Any, root: Any, reach: Any, shifts: Any, i: Any, many: Any) -> Any:
    """Put the first repair and takeover of candidate i on the sheet; its event and weight.

    reach  cumulated lots of the events, ending in 1; shifts  three numbers in [0, 1).
    """
    clear(s)
    point, event, before = (i + shifts[0]) / many, 0, 0.0
    while event < len(reach) - 1 and point >= reach[event]:
        before = reach[event]
        event += 1
    lots = reach[event] - before
    inside = ((point - before) / lots + event * STRIDE_1 / (many * lots)) % 1.0
    lead, key = _lead(g, event), child(root, i)
    row = lead * s.most
    number, weight = push(inside)
    draw_repair(g, s, lead, row, key_drawing(number, FIRST_WORK))
    c = g.component[lead]
    if g.parts[c, PART_DELAY] >= 0 or g.parts[c, PART_MANUAL] >= 0:
        number, more = push((i * STRIDE_1 + shifts[1]) % 1.0)
        automatic = number < g.parts[c, PART_AUTOMATIC]
        weight *= more
        law = int(g.parts[c, PART_DELAY] if automatic else g.parts[c, PART_MANUAL])
        number, more = push((i * _STRIDE_2 + shifts[2]) % 1.0)
        weight *= more
        s.lives[row, LIFE_TAKEOVER] = ticks_of(g.laws, law, key_drawing(number, 0), 0) if law >= 0 else 0
        s.lives[row, LIFE_AUTOMATIC] = 1 if automatic else 0
    if g.is_deep[c]:
        first = g.part[c, PART_FIRST]
        for u in range(first, first + g.part[c, PART_UNITS]):
            if u != lead:
                draw_repair(g, s, u, u * s.most, life_key(g, key, u, 0))
    return event, weight


@inlined
def push(number: Any) -> Any:
    """A number in (0, 1) moved towards the nearer end, and its weight: the derivative."""
    side = min(number, 1.0 - number) * 2.0
    moved = 0.5 * side * side * side
    return (moved if number < 0.5 else 1.0 - moved), 3.0 * side * side


@lean
def _lead(g: Any, event: Any) -> Any:
    return g.event_unit[event] if g.event_unit[event] >= 0 else g.part[g.event_part[event], PART_FIRST]


@lean
def forecast(g: Any, s: Any, root: Any, event: Any) -> Any:
    """Downtime to expect from a candidate whatever else fails, and from more failures of its component."""
    c, unit, lead = g.event_part[event], g.event_unit[event], _lead(g, event)
    repair = float(repair_of(g, s, root, lead, 0))
    gain = _elsewhere(g, c, repair)
    if g.needs[c] == 0:
        return gain, 0.0
    more = g.part[c, PART_UNITS] - g.part[c, PART_NEEDED]
    if unit < 0:
        fail_first(g, s, root, event)
        return gain + back_at(g, s, root, c), 0.0
    if more == 0:
        return gain + repair, 0.0
    if g.part[c, PART_STANDBY] == 1 and unit - g.part[c, PART_FIRST] < g.part[c, PART_NEEDED]:
        gain += s.lives[lead * s.most, LIFE_TAKEOVER]
    cap, others = NEVER, g.part[c, PART_UNITS] - 1
    if g.is_deep[c] and g.crew[c] > 1:
        cap = (_first_repairs(g, s, root, c) - repair) / others
    outage = _outage(g, c, others, more, cap, repair)
    again = others * g.later[c]
    if g.is_deep[c]:
        again = -_outage(g, c, others, more, cap, repair)
        for u in range(g.part[c, PART_FIRST], g.part[c, PART_FIRST] + others + 1):
            again += _outage(g, c, others, more, cap, float(repair_of(g, s, root, u, 0)))
    return gain + min(g.rate[c] * repair, 1.0) * again, outage


@lean
def _outage(g: Any, c: Any, up: Any, more: Any, cap: Any, repair: Any) -> Any:
    """Downtime to expect from failures of `more` of the units up during a repair."""
    found = g.shared[c] * power(repair, cap, 1) + chance(g.rate[c], up, more) * power(repair, cap, more)
    return min(found, repair)


@lean
def _first_repairs(g: Any, s: Any, root: Any, c: Any) -> Any:
    first, total = g.part[c, PART_FIRST], 0.0
    for u in range(first, first + g.part[c, PART_UNITS]):
        total += repair_of(g, s, root, u, 0)
    return total


@lean
def _elsewhere(g: Any, c: Any, repair: Any) -> Any:
    """Downtime to expect of other components that fail during a repair and may have to wait for its crew."""
    total = 0.0
    for other in range(len(g.rate)):
        rate = g.part[other, PART_UNITS] * g.rate[other] + g.shared[other]
        if other == c or g.needs[other] == 0 or rate == 0.0:
            continue
        more = g.part[other, PART_UNITS] - g.part[other, PART_NEEDED]
        failures = min(rate * repair, 1.0)
        total += (failures if more == 0 else failures * failures) * repair / (more + 2)
    return total
