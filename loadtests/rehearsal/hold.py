"""Does the new system hold the load? Response, errors, losses and recovery from the raw record, beside the old one's.

Response counts from the intended start, so that a stall is charged for everybody who had to wait (coordinated
omission); what was never answered stays in as slower than anything.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from loadtests.journal import read_run
from loadtests.summary import windows

LOST = ("timeout", "reset", "cut", "unsent")
FAILED = (*LOST, "error")
PIECE_S = 5.0
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Work:
    """Transactions due in one level: verb, response in seconds (infinite when it failed), outcome, piece of time."""

    phase: str
    label: str
    amount: float
    length_s: float
    verbs: Array
    response_s: Array
    outcomes: Array
    pieces: Array

    def of(self, verb: str) -> Array:
        """Which transactions are of a verb; all for the empty one."""
        return self.verbs == verb if verb else np.ones(len(self.verbs), bool)

    def batches(self, verb: str) -> list[list[float | None]]:
        """Responses of a verb by piece of time; None for those that failed."""
        mine = self.of(verb)
        return [
            [float(x) if math.isfinite(x) else None for x in self.response_s[mine & (self.pieces == piece)]]
            for piece in sorted(set(self.pieces[mine].tolist()))
        ]

    def failures(self, verb: str = "", kinds: tuple[str, ...] = FAILED) -> list[tuple[int, int]]:
        """Failed and all transactions by piece of time; a refusal is an answer."""
        bad, mine = np.isin(self.outcomes, kinds), self.of(verb)
        found = [mine & (self.pieces == piece) for piece in sorted(set(self.pieces[mine].tolist()))]
        return [(int((bad & here).sum()), int(here.sum())) for here in found]


def read_work(folder: Path, phase: str) -> list[Work]:
    """The work of each level of a load test's folder; nothing when it ended before the first user came."""
    if not (folder / "levels.json").is_file():
        return []
    _, table = read_run(folder)
    columns = {name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names}
    at, is_work = columns["intended_at"], ~np.isin(columns["verb"], ["log_in", "reconcile"])
    is_bad = np.isin(columns["outcome"], FAILED)
    response = np.where(is_bad, np.inf, (columns["ended_at"] - at) / 1e6)
    found = []
    for window in windows(folder):
        due = is_work & (at >= window.from_at) & (at < window.to_at)
        pieces = (at[due] - window.from_at) // round(1e6 * PIECE_S)
        found.append(Work(
            phase, window.label, window.amount, window.length_s, columns["verb"][due].astype(str), response[due],
            columns["outcome"][due].astype(str), pieces,
        ))  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One level on both systems. ratio  geometric mean response of new over old, with its 95 % interval, all verbs."""

    phase: str
    label: str
    old_per_s: float
    new_per_s: float
    old_p95_s: float
    new_p95_s: float
    ratio: float
    low: float
    high: float
    old_failed: int
    new_failed: int
    new_lost: int
    verb: str = ""


def paired(old: list[Work], new: list[Work]) -> list[Step]:
    """Each level that both systems had, over all verbs and then by verb."""
    by_name = {(work.phase, work.label): work for work in old}
    steps = []
    for theirs in new:
        ours = by_name.get((theirs.phase, theirs.label))
        if ours is not None:
            verbs = sorted(set(ours.verbs.tolist()) & set(theirs.verbs.tolist()))
            steps += [_step(ours, theirs, verb) for verb in ["", *verbs]]
    return steps


def _step(old: Work, new: Work, verb: str) -> Step:
    mean, low, high = _log_ratio(old, new, verb)
    mine, theirs = old.of(verb), new.of(verb)
    old_failed, new_failed, new_lost = (
        int((np.isin(work.outcomes, kinds) & work.of(verb)).sum())
        for work, kinds in ((old, FAILED), (new, FAILED), (new, LOST))
    )
    return Step(
        new.phase, new.label, float(mine.sum()) / old.length_s, float(theirs.sum()) / new.length_s,
        _p95(old.response_s[mine]), _p95(new.response_s[theirs]), math.exp(mean), math.exp(low), math.exp(high),
        old_failed, new_failed, new_lost, verb,
    )  # fmt: skip


def _p95(response_s: Array) -> float:
    return float(np.sort(response_s)[math.ceil(0.95 * len(response_s)) - 1]) if len(response_s) else math.nan


def _log_ratio(old: Work, new: Work, verb: str) -> tuple[float, float, float]:
    """Difference of mean log responses with Welch's interval over pieces of time; NaN where there are too few."""
    sides = [_piece_means(work, verb) for work in (old, new)]
    if any(len(side) == 0 for side in sides):
        return math.nan, math.nan, math.nan
    gap = float(sides[1].mean() - sides[0].mean())
    if any(len(side) < 2 for side in sides):
        return gap, math.nan, math.nan
    parts = [float(side.var(ddof=1)) / len(side) for side in sides]
    if sum(parts) == 0:
        return gap, gap, gap
    freedom = sum(parts) ** 2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True))
    reach = float(stdtrit(freedom, 0.975)) * math.sqrt(sum(parts))
    return gap, gap - reach, gap + reach


def _piece_means(work: Work, verb: str) -> Array:
    """Mean log response of each piece of time, what failed left out: failures are counted by themselves."""
    good = work.of(verb) & np.isfinite(work.response_s) & (work.response_s > 0)
    pieces = [np.log(work.response_s[good & (work.pieces == piece)]) for piece in sorted(set(work.pieces.tolist()))]
    return np.array([piece.mean() for piece in pieces if len(piece)])


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a disturbance did: seconds until answers were as before, and what was lost on the way.

    recovery_s  None when answers were not as before until the end of the phase. lost  never answered; failed  answered
    with an error; due  transactions due from the disturbance until the recovery.
    """

    what: str
    recovery_s: float | None
    lost: int
    failed: int
    due: int


def recovery(folder: Path, what: str, at: int, until: int, usual_s: float, in_a_row: int = 10) -> Recovery:
    """How a system came back from a disturbance.

    at, until  the disturbance and the next one (or the end), in microseconds since 1970. usual_s  twice the response
    that 95 % kept before. It has recovered with the first of `in_a_row` transactions in a row, by their intended start,
    that succeed within usual_s.
    """
    _, table = read_run(folder)
    rows = sorted(
        (row["intended_at"], row["outcome"], row["ended_at"])
        for row in table.to_pylist() if row["verb"] != "log_in" and at <= row["ended_at"] and row["intended_at"] < until
    )  # fmt: skip
    good = [outcome in ("ok", "refused") and (end - start) / 1e6 <= usual_s for start, outcome, end in rows]
    starts = range(len(rows) - in_a_row + 1)
    first = next((k for k in starts if all(good[k : k + in_a_row])), None)
    during = rows if first is None else rows[:first]
    back = None if first is None else max([(end - at) / 1e6 for _, _, end in during] or [0.0])
    kinds = [outcome for _, outcome, _ in during]
    return Recovery(what, back, sum(k in LOST for k in kinds), kinds.count("error"), len(during))
