"""Business-time arithmetic: how much business time lies between two ticks, and when a given amount has passed."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.calendar.business import BusinessCalendar, is_always, spans
from twin.calendar.zones import Ints

NEVER: Final = 2**61


class Timeline:
    """Open spans of one calendar with their running total.

    opens, closes  ticks, int64, sorted and disjoint; span k is [opens[k], closes[k]).
    open_before    open ticks before each span, int64, one longer than `opens`: the last is the total.
    """

    def __init__(self, open_spans: Ints) -> None:
        """The timeline of an (n, 2) array as `spans` returns it. Raises ValueError if not sorted and disjoint."""
        self.opens = np.ascontiguousarray(open_spans[:, 0], np.int64)
        self.closes = np.ascontiguousarray(open_spans[:, 1], np.int64)
        if np.any(self.opens >= self.closes) or np.any(self.closes[:-1] >= self.opens[1:]):
            raise ValueError("spans must be non-empty, sorted and disjoint, as spans() returns them")
        self.open_before = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.closes - self.opens)])
        self._lists = self.opens.tolist(), self.closes.tolist(), self.open_before.tolist()

    def is_open(self, ticks: ArrayLike) -> NDArray[np.bool_]:
        """True where the calendar is open; same shape as `ticks`."""
        at = np.asarray(ticks, np.int64)
        passed = np.searchsorted(self.opens, at, side="right")
        return np.asarray(passed > np.searchsorted(self.closes, at, side="right"))

    def open_ticks(self, a: ArrayLike, b: ArrayLike) -> Ints:
        """Business ticks inside [a, b), element by element; 0 where b <= a."""
        return np.asarray(np.maximum(self._open_until(b) - self._open_until(a), 0), np.int64)

    def advance(self, a: ArrayLike, business_ticks: ArrayLike) -> Ints:
        """First tick t >= a with that many business ticks inside [a, t); NEVER where the spans end before.

        Time that runs out as the calendar closes is due at closing, not at the next opening.
        Raises ValueError if an amount is negative.
        """
        since, amount = np.asarray(a, np.int64), np.asarray(business_ticks, np.int64)
        if np.any(amount < 0):
            raise ValueError("business time to pass is negative: give ticks from 0 up")
        if len(self.opens) == 1:
            due = np.maximum(since, self.opens[0]) + np.minimum(amount, NEVER)
            return np.where(amount == 0, since, np.where(due <= self.closes[0], due, NEVER))
        target = self._open_until(since) + np.minimum(amount, NEVER)
        span = np.searchsorted(self.open_before, target, side="left") - 1
        return np.where(amount == 0, since, self._tick_within(span, target))

    def open_between(self, a: int, b: int) -> int:
        """Business ticks inside [a, b), for single ticks: `open_ticks` without the cost of arrays."""
        return max(self._open_until_one(b) - self._open_until_one(a), 0)

    def advance_one(self, a: int, business_ticks: int) -> int:
        """Due tick of a single start: `advance` without the cost of arrays. Raises ValueError if negative."""
        opens, _, before = self._lists
        if business_ticks <= 0:
            return a if business_ticks == 0 else int(self.advance(a, business_ticks))
        target = self._open_until_one(a) + business_ticks
        span = bisect_left(before, target) - 1
        return opens[span] + target - before[span] if span < len(opens) else NEVER

    def _open_until_one(self, tick: int) -> int:
        opens, closes, before = self._lists
        span = bisect_right(opens, tick) - 1
        return before[span] + min(tick, closes[span]) - opens[span] if span >= 0 else 0

    def _tick_within(self, span: NDArray[np.intp], target: Ints) -> Ints:
        count = len(self.opens)
        if count == 0:
            return np.full(target.shape, NEVER, np.int64)
        within = np.clip(span, 0, count - 1)
        due = self.opens[within] + target - self.open_before[within]
        return np.where(span < count, due, NEVER)

    def _open_until(self, ticks: ArrayLike) -> Ints:
        at = np.asarray(ticks, np.int64)
        if len(self.opens) == 1:
            return np.asarray(np.clip(at, self.opens[0], self.closes[0]) - self.opens[0], np.int64)
        span = np.searchsorted(self.opens, at, side="right") - 1
        if len(self.opens) == 0:
            return np.zeros(at.shape, np.int64)
        begun = np.maximum(span, 0)
        inside = np.clip(at - self.opens[begun], 0, self.closes[begun] - self.opens[begun])
        return np.asarray(self.open_before[begun] + inside, np.int64)


ALWAYS_OPEN: Final = Timeline(np.array([[0, NEVER]], np.int64))


def timeline_of(calendar: BusinessCalendar, start: datetime, ticks_end: int, tick_s: float = 1.0) -> Timeline:
    """Timeline of a calendar over [0, ticks_end); one that never closes has no end. Raises ValueError as `spans`."""
    if is_always(calendar):
        return ALWAYS_OPEN
    return Timeline(spans(calendar, start, ticks_end, tick_s))


def elapsed(timeline: Timeline, a: int, b: int, pauses: Sequence[tuple[int, int]] = ()) -> int:
    """Business ticks inside [a, b) and outside every pause [from, to); pauses may overlap, touch or be empty."""
    total, done = 0, a
    for begin, end in sorted(pauses):
        if begin < end and end > done:
            total += timeline.open_between(done, min(begin, b))
            done = end
    return total + timeline.open_between(done, b)


def due_at(timeline: Timeline, opened: int, business_ticks: int, pauses: Sequence[tuple[int, int]] = ()) -> int:
    """First tick by which that much unpaused business time has passed since `opened`; NEVER if it doesn't.

    The clock stands still in every pause [from, to); write NEVER as the end of one that is still running.
    Raises ValueError if the amount is negative.
    """
    at, left = opened, business_ticks
    for begin, end in sorted(pauses):
        if begin < end and end > at:
            run = timeline.open_between(at, begin)
            if left <= run:
                break
            at, left = end, left - run
    return timeline.advance_one(at, left)
