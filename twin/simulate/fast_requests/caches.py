"""Objects over arrays: which one is wanted, and whether a cache has it."""

from typing import Any

from twin.compiled import inlined, lean
from twin.simulate.fast_requests.world import NOW
from twin.tape import requests as R
from twin.tape.functions import exp_of


@inlined
def wanted(w: Any, row: Any, key: Any, slot: Any, attempt: Any) -> Any:
    """The object that is asked for, numbered through all locks and caches."""
    first, last = w.wanted_from[row], w.wanted_from[row + 1]
    return first + R.object_of(w.wanted, first, last, R.drawn_share(key, slot, attempt))


@lean
def is_hit(w: Any, cache: Any, key: Any, slot: Any, attempt: Any) -> Any:
    """Whether a cache has what is asked for; afterwards it has."""
    if w.cache_size[cache] >= 0:
        was_hit = _was_recent(w, cache, wanted(w, len(w.lock_from) - 1 + cache, key, slot, attempt))
    else:
        warmth = 1.0
        if w.warm_up[cache] > 0.0:
            warmth = 1.0 - exp_of(-w.count[NOW] / w.warm_up[cache])
        was_hit = R.drawn_share(key, slot, attempt) < w.hit_ratio[cache] * warmth
    w.looked_up[cache, 0] += was_hit
    w.looked_up[cache, 1] += 1
    return was_hit


# Columns of a cache: objects kept, newest, oldest; of the links of an object: newer, older (-1: none), is kept.
KEPT, NEWEST, OLDEST = range(3)
NEWER, OLDER, IS_KEPT = range(3)


@lean
def _was_recent(w: Any, c: Any, thing: Any) -> Any:
    was_there = w.link[thing, IS_KEPT] == 1
    if was_there:
        _drop(w, c, thing)
    elif w.cache[c, KEPT] == w.cache_size[c]:
        oldest = w.cache[c, OLDEST]
        _drop(w, c, oldest)
        w.link[oldest, IS_KEPT] = 0
    newest = w.cache[c, NEWEST]
    w.link[thing, NEWER] = -1
    w.link[thing, OLDER] = newest
    w.link[thing, IS_KEPT] = 1
    if newest >= 0:
        w.link[newest, NEWER] = thing
    else:
        w.cache[c, OLDEST] = thing
    w.cache[c, NEWEST] = thing
    w.cache[c, KEPT] += 1
    return was_there


@inlined
def _drop(w: Any, c: Any, thing: Any) -> Any:
    newer, older = w.link[thing, NEWER], w.link[thing, OLDER]
    if newer >= 0:
        w.link[newer, OLDER] = older
    else:
        w.cache[c, NEWEST] = older
    if older >= 0:
        w.link[older, NEWER] = newer
    else:
        w.cache[c, OLDEST] = newer
    w.cache[c, KEPT] -= 1
