"""How failures are brought about during a busy time, and the likelihood ratio that weighs it back.

While a component waits for repairs, its downtime to come is forecast to first order as H = a + s P1(r) + c Pj(r): j
more failures (or one common cause) bring it down until the next repair, r ticks from now; c is the product of j failure
rates, s the rate of the common cause, Pj(r) the integral of t^j / j! from 0 to r, and a is what comes anyway (a
takeover, the repairs after the next one, a floor). Failures come sooner by the hazard -H'/H, which makes downtime times
likelihood ratio the same in all such courses but for higher orders: the change of measure of zero variance, to first
order. The natural failures stay. Once the component is down, nothing more is brought about.
Sources: L'Ecuyer and Tuffin (2011), Approximating zero-variance importance sampling in a reliability setting; Glynn and
Iglehart (1989), Importance sampling for stochastic simulations.
"""

from typing import Any

from twin.compiled import inlined, lean
from twin.experiment.sheets import IS_FULL, NEVER, TURNS, age_of, first_shock, repair_of, set_up
from twin.simulate.plan import PART_FIRST, PART_NEEDED, PART_UNITS
from twin.tape.functions import log_of
from twin.tape.streams import child, uniform

# Streams below the key of a busy time, next to those of its units.
_LUCK = 0x6C75636B
_MOST_STEPS, _ROUNDS = 1000, 60


@inlined
def power(r: Any, cap: Any, j: Any) -> Any:
    """The integral of min(t, cap)^j / j! for t from 0 to r: how long an outage by j failures within r lasts."""
    short = min(r, cap)
    slope = reach(short, j)
    return slope * short / (j + 1) + (r - short) * slope


@inlined
def reach(short: Any, j: Any) -> Any:
    """short^j / j!."""
    found = 1.0
    for k in range(1, j + 1):
        found *= short / k
    return found


@inlined
def chance(rate: Any, up: Any, j: Any) -> Any:
    """The product of the rates of j failures one after the other among `up` units."""
    found = 1.0
    for k in range(j):
        found *= rate * (up - k)
    return found


@lean
def fail_first(g: Any, s: Any, root: Any, event: Any) -> Any:
    """The event that begins a busy time has come."""
    c, unit = g.event_part[event], g.event_unit[event]
    first = g.part[c, PART_FIRST]
    for u in range(first, first + g.part[c, PART_UNITS]):
        if unit < 0 or u == unit:
            s.age[u * s.most], s.known[u] = NEVER, 1
            _fail(g, s, root, c, u, 0.0)


@lean
def force(g: Any, s: Any, root: Any, event: Any, gain: Any, is_forced: Any, lot: Any) -> Any:
    """Let the units of the component that failed first fail sooner; the log of the density of the natural course over
    that of the course brought about.

    gain  downtime that comes anyway, plus a floor, in ticks; is_forced  whether failures are brought about: else the
    natural course is drawn, and the ratio is what it would be; lot  a uniform number, for the first of them.
    """
    c, now, ratio = g.event_part[event], 0.0, 0.0
    set_up(s)
    fail_first(g, s, root, event)
    luck = child(root, _LUCK)
    shock = first_shock(g, root, c)
    for step in range(_MOST_STEPS):
        up, soonest = _state(g, s, c)
        j = up - g.part[c, PART_NEEDED] + 1
        if j <= 0 or soonest >= NEVER or s.count[IS_FULL] == 1 or g.needs[c] == 0:
            break
        cap = _cap(g, s, root, c, up)
        base = gain + _later(g, s, c, up, soonest, cap)
        shared, own, r = g.shared[c], chance(g.rate[c], up, j), soonest - now
        height = base + shared * power(r, cap, 1) + own * power(r, cap, j)
        left = -1.0
        if is_forced:
            aim = height * (uniform(luck, 2 * step) if step > 0 else lot)
            left = _ticks_left(base, shared, own, j, cap, r, aim) if aim > base else -1.0
        natural, dying = _next_failure(g, s, root, c)
        at = min(min(natural, shock), min(soonest, soonest - left if left >= 0.0 else NEVER))
        r = soonest - at
        then = base + shared * power(r, cap, 1) + own * power(r, cap, j)
        ratio += log_of(height / then)
        now = at
        if at == soonest:
            _come_back(g, s, root, c, now)
            continue
        by_own, by_shared = own * reach(min(r, cap), j) / then, shared * min(r, cap) / then
        if at == shock or (at != natural and uniform(luck, 2 * step + 1) * (by_own + by_shared) < by_shared):
            s.extra[0] = NEVER if at == shock else at
            ratio += log_of(shared / (shared + by_shared))
            _fail_all(g, s, root, c, now)
            break
        if at != natural:
            dying = _lot(g, s, c, up, uniform(luck, 2 * step + 1), by_shared / (by_own + by_shared))
            s.age[dying * s.most + s.life[dying]] = now - s.began[dying]
        ratio += log_of(g.rate[c] * up / (g.rate[c] * up + by_own))
        _fail(g, s, root, c, dying, now)
    return ratio, max(now, _all_up_at(g, s, root, c))


@lean
def _all_up_at(g: Any, s: Any, root: Any, c: Any) -> Any:
    """Tick at which all units of a component are up again if no more fails."""
    now = 0.0
    while s.count[IS_FULL] == 0:
        _, soonest = _state(g, s, c)
        if soonest >= NEVER:
            break
        now = soonest
        _come_back(g, s, root, c, now)
    return now


@lean
def back_at(g: Any, s: Any, root: Any, c: Any) -> Any:
    """Tick at which as many units of a component are up again as it needs if no more fails."""
    now = 0.0
    while s.count[IS_FULL] == 0:
        up, soonest = _state(g, s, c)
        if up >= g.part[c, PART_NEEDED] or soonest >= NEVER:
            break
        now = soonest
        _come_back(g, s, root, c, now)
    return now


@lean
def _state(g: Any, s: Any, c: Any) -> Any:
    """Units up, and tick of the next repair."""
    first, up, soonest = g.part[c, PART_FIRST], 0, NEVER
    for u in range(first, first + g.part[c, PART_UNITS]):
        if s.until[u] < 0.0:
            up += 1
        else:
            soonest = min(soonest, s.until[u])
    return up, soonest


@lean
def _cap(g: Any, s: Any, root: Any, c: Any, up: Any) -> Any:
    """Ticks an outage lasts at most: the mean repair of the units up if a crew is free to begin at once."""
    first, under_way, total = g.part[c, PART_FIRST], 0, 0.0
    if g.crew[c] == 1:
        return NEVER
    for u in range(first, first + g.part[c, PART_UNITS]):
        if 0.0 <= s.until[u] < NEVER:
            under_way += 1
    if under_way >= g.crew[c]:
        return NEVER
    for u in range(first, first + g.part[c, PART_UNITS]):
        if s.until[u] < 0.0:
            total += repair_of(g, s, root, u, s.life[u])
    return total / up


@lean
def _later(g: Any, s: Any, c: Any, up: Any, soonest: Any, cap: Any) -> Any:
    """Downtime to expect from the failures after the next repair, during the one that follows it."""
    first, after, turn, waits = g.part[c, PART_FIRST], NEVER, s.count[TURNS], -1
    is_first = True
    for u in range(first, first + g.part[c, PART_UNITS]):
        if s.until[u] == soonest and is_first:
            is_first = False
        elif s.until[u] >= NEVER:
            if s.turn[u] < turn:
                turn, waits = s.turn[u], u
        elif s.until[u] >= 0.0:
            after = min(after, s.until[u] - soonest)
    if waits >= 0:
        after = min(after, float(s.repair[waits * s.most + s.life[waits]]))
    if after >= NEVER:
        return 0.0
    j = up + 1 - g.part[c, PART_NEEDED] + 1
    return g.shared[c] * power(after, cap, 1) + chance(g.rate[c], up + 1, j) * power(after, cap, j)


@lean
def _ticks_left(base: Any, shared: Any, own: Any, j: Any, cap: Any, r: Any, aim: Any) -> Any:
    """Ticks before the next repair at which the forecast has fallen to `aim` (Newton; it is convex)."""
    for _ in range(_ROUNDS):
        over = base + shared * power(r, cap, 1) + own * power(r, cap, j) - aim
        slope = shared * min(r, cap) + own * reach(min(r, cap), j)
        if over <= 1e-12 * aim or slope <= 0.0:
            break
        r -= over / slope
    return max(r, 0.0)


@lean
def _next_failure(g: Any, s: Any, root: Any, c: Any) -> Any:
    first, soonest, dying = g.part[c, PART_FIRST], NEVER, -1
    for u in range(first, first + g.part[c, PART_UNITS]):
        if s.until[u] < 0.0:
            at = s.began[u] + age_of(g, s, root, u, s.life[u])
            if at < soonest:
                soonest, dying = at, u
    return soonest, dying


@lean
def _lot(g: Any, s: Any, c: Any, up: Any, u01: Any, below: Any) -> Any:
    """One of the units up with equal chances, by a number that is uniform from `below` to 1."""
    number, first, last = min(int((u01 - below) / (1.0 - below) * up), up - 1), g.part[c, PART_FIRST], -1
    for u in range(first, first + g.part[c, PART_UNITS]):
        if s.until[u] < 0.0:
            last = u
            if number == 0:
                break
            number -= 1
    return last


@lean
def _fail_all(g: Any, s: Any, root: Any, c: Any, now: Any) -> Any:
    first = g.part[c, PART_FIRST]
    for u in range(first, first + g.part[c, PART_UNITS]):
        if s.until[u] < 0.0:
            _fail(g, s, root, c, u, now)


@lean
def _fail(g: Any, s: Any, root: Any, c: Any, u: Any, now: Any) -> Any:
    first, under_way = g.part[c, PART_FIRST], 0
    for other in range(first, first + g.part[c, PART_UNITS]):
        if 0.0 <= s.until[other] < NEVER:
            under_way += 1
    repair = repair_of(g, s, root, u, s.life[u])
    s.until[u] = now + repair if under_way < g.crew[c] else NEVER
    s.turn[u] = s.count[TURNS]
    s.count[TURNS] += 1


@lean
def _come_back(g: Any, s: Any, root: Any, c: Any, now: Any) -> Any:
    """The next unit is repaired, and the crew turns to the one that waits longest."""
    first, back, waits, turn = g.part[c, PART_FIRST], -1, -1, s.count[TURNS]
    for u in range(first, first + g.part[c, PART_UNITS]):
        if s.until[u] == now and back < 0:
            back = u
        elif s.until[u] >= NEVER and s.turn[u] < turn:
            turn, waits = s.turn[u], u
    s.until[back], s.began[back] = -1.0, now
    s.life[back] += 1
    if waits >= 0:
        s.until[waits] = now + repair_of(g, s, root, waits, s.life[waits])
