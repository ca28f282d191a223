"""The loop over time of the fast requests engine: agenda, heap and sessions, until the end of the tape."""

from typing import Any

from twin.compiled import entry, inlined, lean
from twin.eventlog.requests import FAILED, TIMED_OUT, UNFINISHED
from twin.simulate.fast_requests.nodes import finish_served, note
from twin.simulate.fast_requests.shared import finish_shared
from twin.simulate.fast_requests.steps import cut_short, end_attempt, give, go_on, start_attempt
from twin.simulate.fast_requests.world import (
    AGENDA_ROWS,
    ARRIVALS,
    ATTEMPTS,
    BACKING_OFF,
    BASE,
    CARD,
    DEADLINE,
    DEALT,
    DONE_AT,
    EVENTS,
    FIRST_READY,
    FREE,
    FULL,
    HAS_LICENCE,
    HELD,
    IDLE,
    INTENDED,
    IS_READY,
    IS_SESSION,
    IS_STARTED,
    LICENCE,
    NEXT,
    NEXT_ROW,
    NEXT_SESSION,
    NO_LICENCE,
    NOW,
    NUMBER,
    ON_CPU,
    OVERFLOW,
    PERSONA,
    PLACE,
    READY,
    ROWS,
    SERVED,
    SLOTS_USED,
    START,
    STATE,
    SUM,
    TOO_MANY_USERS,
    TRANSACTION,
    USED,
    USED_SINCE,
    schedule,
    take_first,
)
from twin.simulate.order import ARRIVAL, COMPLETION, FIRST_OBJECT, REQUEST_BITS, REQUEST_SHIFT, TIMER
from twin.simulate.request_plan import POOL_FIRST, STATION_BOUND
from twin.tape import requests as R

ENTITY_MASK, RANK_MASK, LATE = (1 << REQUEST_BITS) - 1, 7, (1 << 63) - 1
MEASURE, OUT, FAILS, LEAVES, PERSONA_ONLY = R.MEASURE, R.OUT, R.FAILS, R.LEAVES, R.PERSONA_ONLY
CARD_TRANSACTION, CARD_THINK = R.CARD_TRANSACTION, R.CARD_THINK
AGENDA_AT, AGENDA_KIND, AGENDA_NODE, AGENDA_VALUE = R.AGENDA_AT, R.AGENDA_KIND, R.AGENDA_NODE, R.AGENDA_VALUE


@entry
def run(
    w: Any, user_persona: Any, user_place: Any, session_at: Any, session_key: Any, session_persona: Any, end: Any
) -> Any:
    """Run to tick `end`: ENDED; or FULL, to be called again when the rows are fetched; or what was too small."""
    if w.count[IS_STARTED] == 0:
        w.count[IS_STARTED] = 1
        for u in range(len(user_persona)):
            _settle_in(w, u, u, user_persona[u], user_place[u], 0)
            _think(w, u)
    sessions, known = len(session_at), len(w.agenda)
    next_session, next_row = w.count[NEXT_SESSION], w.count[NEXT_ROW]
    comes = session_at[next_session] if next_session < sessions else end
    agenda = w.agenda[next_row, AGENDA_AT] if next_row < known else end
    room = len(w.row) - len(w.user)
    while w.count[OVERFLOW] == 0:
        first = w.heap[0] if w.count[EVENTS] > 0 else LATE
        due = first >> REQUEST_SHIFT
        if agenda <= due and agenda <= comes:
            if agenda >= end:
                break
            w.count[NOW] = agenda
            _keep_agenda(w, next_row)
            next_row += 1
            agenda = w.agenda[next_row, AGENDA_AT] if next_row < known else end
        elif due <= comes:
            w.count[NOW] = due
            take_first(w)
            _happen(w, (first >> REQUEST_BITS) & RANK_MASK, first & ENTITY_MASK, due)
        else:
            if comes >= end:
                break
            w.count[NOW] = comes
            _open_session(w, next_session, len(user_persona), session_key[next_session], session_persona[next_session])
            next_session += 1
            comes = session_at[next_session] if next_session < sessions else end
        while w.count[FIRST_READY] != w.count[READY]:
            u = w.ready[w.count[FIRST_READY]]
            place = w.count[FIRST_READY] + 1
            w.count[FIRST_READY] = place if place < len(w.ready) else 0
            _ended(w, u, go_on(w, u))
        if w.count[ROWS] > room:
            w.count[NEXT_SESSION], w.count[NEXT_ROW] = next_session, next_row
            return w.count[OVERFLOW] | FULL
    if w.count[OVERFLOW] == 0:
        _write_unfinished(w, end)
    return w.count[OVERFLOW]


@inlined
def _happen(w: Any, rank: Any, entity: Any, due: Any) -> Any:
    if rank == COMPLETION:
        if w.user[entity, STATE] == SERVED:
            if w.user[entity, DONE_AT] == due:
                finish_served(w, entity)
        elif w.user[entity, STATE] == ON_CPU:
            finish_shared(w, entity)
    elif rank == ARRIVAL:
        _begin(w, entity)
    else:
        _other(w, rank, entity, due)


@lean
def _other(w: Any, rank: Any, entity: Any, due: Any) -> Any:
    if rank != TIMER:
        w.node[entity - w.count[AGENDA_ROWS], IS_READY] = 1
    elif entity >= FIRST_OBJECT:
        w.locked[entity - FIRST_OBJECT] = 0
    elif w.user[entity, STATE] == BACKING_OFF:
        if w.user[entity, DONE_AT] == due:
            w.user[entity, STATE] = IDLE
            _ended(w, entity, start_attempt(w, entity))
    elif w.user[entity, DEADLINE] == due:
        cut_short(w, entity, TIMED_OUT)


@lean
def _keep_agenda(w: Any, row: Any) -> Any:
    kind, number, value = w.agenda[row, AGENDA_KIND], w.agenda[row, AGENDA_NODE], w.agenda[row, AGENDA_VALUE]
    if kind == MEASURE:
        _begin_measuring(w, w.node)
        _begin_measuring(w, w.tray)
        w.looked_up[:] = 0
        return
    note(w, kind, number, value)
    if kind == OUT and value == FAILS:
        column = w.station[w.node_station[number], STATION_BOUND]
        for u in range(w.count[SLOTS_USED]):
            if w.user[u, STATE] != IDLE and w.user[u, STATE] != BACKING_OFF and w.bound[u, column] == number:
                cut_short(w, u, FAILED)


@lean
def _begin_measuring(w: Any, place: Any) -> Any:
    for i in range(len(place)):
        place[i, BASE] = place[i, SUM] + place[i, USED] * (w.count[NOW] - place[i, USED_SINCE])


@inlined
def _settle_in(w: Any, u: Any, number: Any, persona: Any, place: Any, is_session: Any) -> Any:
    w.user[u, NUMBER] = number
    w.user[u, PERSONA] = persona
    w.user[u, PLACE] = place
    w.user[u, NEXT] = 0
    w.user[u, IS_SESSION] = is_session
    w.user[u, INTENDED] = 0
    w.user[u, STATE] = IDLE
    w.user[u, DEADLINE] = -1
    w.user[u, HELD] = 0
    w.user[u, LICENCE] = NO_LICENCE
    w.user[u, ATTEMPTS] = 0
    w.user[u, CARD] = -1


@lean
def _open_session(w: Any, number: Any, users: Any, key: Any, persona: Any) -> Any:
    if w.count[FREE] > 0:
        w.count[FREE] -= 1
        u = w.free[w.count[FREE]]
    else:
        u = w.count[SLOTS_USED]
        if u >= len(w.user):
            w.count[OVERFLOW] |= TOO_MANY_USERS
            return
        w.count[SLOTS_USED] += 1
    _settle_in(w, u, users + number, persona, 0, 1)
    w.user_key[u] = key
    w.request_key[u] = R.request_key(key, 0)
    w.user[u, INTENDED] = w.count[NOW]
    _begin(w, u)


@inlined
def _think(w: Any, u: Any) -> Any:
    key, card = R.request_key(w.user_key[u], w.user[u, NEXT]), w.user[u, CARD]
    meant, start = R.next_request(
        w.laws, w.persona, w.shape_at, w.shape_ratio, w.user[u, PERSONA], w.user[u, PLACE], key, w.user[u, NEXT],
        w.count[NOW], w.user[u, INTENDED], -1 if card < 0 else w.cards[card, CARD_THINK],
    )  # fmt: skip
    w.request_key[u] = key
    w.user[u, INTENDED] = meant
    schedule(w, start, ARRIVALS | u)


@lean
def _begin(w: Any, u: Any) -> Any:
    only = w.persona[w.user[u, PERSONA], PERSONA_ONLY]
    if len(w.cards) > 0 and w.user[u, IS_SESSION] == 0:
        w.user[u, CARD] = w.count[DEALT]
        w.count[DEALT] = w.count[DEALT] + 1 if w.count[DEALT] + 1 < len(w.cards) else 0
        w.user[u, TRANSACTION] = w.cards[w.user[u, CARD], CARD_TRANSACTION]
    elif only >= 0:
        w.user[u, TRANSACTION] = only
    else:
        w.user[u, TRANSACTION] = R.transaction_of(w.mix, w.user[u, PERSONA], w.request_key[u])
    w.user[u, START] = w.count[NOW]
    w.user[u, ATTEMPTS] = 0
    for column in range(w.user_spent.shape[1]):
        w.user_spent[u, column] = 0
    _ended(w, u, start_attempt(w, u))


@lean
def _ended(w: Any, u: Any, outcome: Any) -> Any:
    """What follows when an attempt of user u has an outcome; nothing if it is still under way."""
    if outcome < 0 or end_attempt(w, u, outcome):
        return
    _write(w, u, outcome, w.count[NOW])
    w.user[u, ATTEMPTS] = 0
    w.user[u, NEXT] += 1
    leaves = w.leaves[w.user[u, PERSONA]]
    if leaves > 0.0 and R.drawn_share(w.request_key[u], LEAVES, 0) < leaves:
        if w.user[u, LICENCE] == HAS_LICENCE:
            w.user[u, LICENCE] = NO_LICENCE
            give(w, w.pool[w.licence[w.user[u, PERSONA]], POOL_FIRST])
        if w.user[u, IS_SESSION] == 1:
            w.free[w.count[FREE]] = u
            w.count[FREE] += 1
            return
    _think(w, u)


@inlined
def _write(w: Any, u: Any, outcome: Any, end: Any) -> Any:
    row = w.count[ROWS]
    w.count[ROWS] = row + 1
    w.row[row, 0] = w.user[u, NUMBER]
    w.row[row, 1] = w.user[u, PERSONA]
    w.row[row, 2] = w.user[u, TRANSACTION]
    w.row[row, 3] = w.user[u, ATTEMPTS]
    w.row[row, 4] = outcome
    w.row[row, 5] = w.user[u, INTENDED]
    w.row[row, 6] = w.user[u, START]
    w.row[row, 7] = end
    for column in range(w.user_spent.shape[1]):
        w.row_spent[row, column] = w.user_spent[u, column]


@lean
def _write_unfinished(w: Any, end: Any) -> Any:
    for u in range(w.count[SLOTS_USED]):
        if w.user[u, ATTEMPTS] > 0:
            _write(w, u, UNFINISHED, end)
