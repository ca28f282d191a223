"""What chance decides about requests: users and sessions with their keys, standstills of nodes, and draws by key.

How many requests a user makes depends on how fast they are answered, so a tape can't list them: it holds the key of
each user, and draw `slot` of attempt `a` of request `k` is a function of that key alone.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.compiled import kernel
from twin.tape.digest import digest_of
from twin.tape.laws import ticks_of
from twin.tape.streams import child, uniform

Array = NDArray[Any]

# Draws of an attempt, each at its slot; step number i of a transaction draws at FIRST_STEP + i.
THINK, CHOICE, LEAVES, BACK_OFF, FIRST_STEP = range(5)
SLOTS: Final = 256
HELD: Final = 1 << 20  # added to the slot of a step that checks out: for how long
NEVER: Final = 1 << 60

# Columns of the persona table: rows of laws (-1: none), share of requests that end a session, its only transaction (-1:
# several), users, whether the shape acts on it.
PERSONA_THINK, PERSONA_PACE, PERSONA_ONLY, PERSONA_USERS, PERSONA_SHAPED = range(PERSONA_COLUMNS := 5)

# Rows of the agenda: tick, kind, node (or station), value.
MEASURE, RESUME, PAUSE, SPEED, OUT, IN, LOOK = range(7)
AGENDA_AT, AGENDA_KIND, AGENDA_NODE, AGENDA_VALUE = range(4)
FAILS: Final = 1  # value of OUT: requests on the node fail

# Cards dealt to users: a transaction, and how long its user thinks afterwards.
CARD_TRANSACTION, CARD_THINK = range(2)


@dataclass(frozen=True)
class RequestTape:
    """What happens from outside to a workload; times in ticks.

    user_key, user_persona, user_place   users who are always there: key, persona, number within the persona.
    session_at, session_key, session_persona   sessions that come, sorted by time.
    agenda     (row, AGENDA_*), sorted: standstills, disturbances, looks of autoscalers, start of measurement.
    persona    (persona, PERSONA_*); leaves  probability that a request ends its session; mix  cumulated shares of
               transactions, (persona, transaction).
    laws       law table; wanted  cumulated popularity of objects, those of lock or cache i in rows
               wanted_from[i] .. wanted_from[i + 1]; locks come before caches.
    shape_at, shape_ratio   share of users present from each tick on.
    cards      (card, CARD_*), mostly none. Users who are always there then do what the cards say instead of what their
               keys say: whoever asks next gets the next card, and after the last one they begin again.
    """

    user_key: Array
    user_persona: Array
    user_place: Array
    session_at: Array
    session_key: Array
    session_persona: Array
    agenda: Array
    persona: Array
    leaves: Array
    mix: Array
    laws: Array
    wanted: Array
    wanted_from: Array
    shape_at: Array
    shape_ratio: Array
    cards: Array
    end_ticks: int
    world: str
    seed: int
    replication: int

    def digest(self) -> str:
        """SHA-256 over all columns: equal digests, equal chance."""
        return digest_of(self)

    def dealing(self, transaction: Array, think_s: Array, tick_s: float) -> "RequestTape":
        """The same with cards, e.g. those of a load test: transactions by number, and thinking afterwards."""
        return replace(self, cards=np.column_stack([transaction, np.rint(think_s / tick_s)]).astype(np.int64))


@kernel
def request_key(user_key: Any, number: Any) -> Any:
    """The key below which request `number` of a user draws."""
    return child(user_key, number)


@kernel
def drawn_ticks(laws: Any, row: Any, key: Any, slot: Any, attempt: Any) -> Any:
    """A random length in ticks, by a row of the law table."""
    return ticks_of(laws, row, key, slot + SLOTS * attempt)


@kernel
def drawn_share(key: Any, slot: Any, attempt: Any) -> Any:
    """A random number in (0, 1)."""
    return uniform(key, slot + SLOTS * attempt)


@kernel
def transaction_of(mix: Any, persona: Any, key: Any) -> Any:
    """The transaction a user of the persona asks for."""
    u, chosen = uniform(key, CHOICE), 0
    while chosen + 1 < mix.shape[1] and u >= mix[persona, chosen]:
        chosen += 1
    return chosen


@kernel
def object_of(wanted: Any, first: Any, last: Any, u: Any) -> Any:
    """The object, counted from 0, that u in (0, 1) picks by the cumulated popularity in rows first .. last."""
    low, high = first, last - 1
    while low < high:
        middle = (low + high) >> 1
        if u < wanted[middle]:
            high = middle
        else:
            low = middle + 1
    return low - first


@kernel
def when_present(shape_at: Any, shape_ratio: Any, users: Any, place: Any, at: Any, think: Any) -> Any:
    """The tick at which a user who would ask at `at` does: then, or `think` after being back; NEVER if that is never.

    User number `place` of a persona is there while the share of users present, times their number, exceeds it.
    """
    row = 0
    while row + 1 < len(shape_at) and shape_at[row + 1] <= at:
        row += 1
    while shape_ratio[row] * users <= place:
        while row < len(shape_at) and shape_ratio[row] * users <= place:
            row += 1
        if row == len(shape_at):
            return NEVER
        at = shape_at[row] + think
        while row + 1 < len(shape_at) and shape_at[row + 1] <= at:
            row += 1
    return at


@kernel
def next_request(
    laws: Any, persona: Any, shape_at: Any, shape_ratio: Any, who: Any, place: Any, key: Any, number: Any, now: Any,
    intended: Any, think: Any,
) -> Any:  # fmt: skip
    """Ticks at which a user means to ask and can ask next, after being free from `now` on.

    who, place  persona and number in it; number, key  of the request; intended  when the one before was meant to start;
    think  ticks that a card says; -1 without one.
    """
    pace = persona[who, PERSONA_PACE]
    if pace >= 0:
        gap = max(ticks_of(laws, pace, key, THINK), 1)
        meant = intended + gap if number > 0 else now
        gap = 0
    else:
        gap = max(think if think >= 0 else ticks_of(laws, persona[who, PERSONA_THINK], key, THINK), 1)
        meant = now + gap
    if persona[who, PERSONA_SHAPED] == 1 and persona[who, PERSONA_USERS] > 0:
        meant = when_present(shape_at, shape_ratio, persona[who, PERSONA_USERS], place, meant, gap)
    return meant, max(meant, now)
