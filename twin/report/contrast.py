"""What sets scenarios apart: the headline measures of a comparison, and which of them are better, worse or unclear."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.decide.compare import Comparison, Difference, paired
from twin.experiment.replicate import Result
from twin.experiment.table import Row
from twin.measures.cells import Cell
from twin.report.conclusion import down_per_month, service_minutes
from twin.report.promises import ENOUGH_REPLICATIONS, find
from twin.report.words import counted, difference, sentence_list

_MOST_NAMED: Final = 3


class Change(Enum):
    """What the interval of a difference says."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Contrast:
    """One measure of one scenario against the first: both values, their difference, and what it means.

    variance_reduction  as in `Difference`.
    """

    words: str
    scenario: str
    base: Row
    other: Row
    difference: Row
    change: Change
    variance_reduction: float


@dataclass(frozen=True)
class _Headline:
    words: str
    name: str
    where: tuple[tuple[str, str], ...]
    more_is_better: bool


_SYSTEM: Final = (("function", "whole"), ("variant", "service_hours"))


def _headlines(result: Result) -> list[_Headline]:
    period = result.scenario.contract.period
    return [
        _Headline("time down per month", "availability", _SYSTEM, False),
        _Headline(f"{period}s that keep the availability promise", "availability_kept",
                  (("period", period), *_SYSTEM), True),
        _Headline("working time users lose", "user_hours_lost", (("function", "whole"),), False),
        _Headline("tickets on time", "attainment", (), True),
        _Headline(f"{period}s that keep all promised times", "attainment_kept", (("period", period),), True),
        _Headline("mean time from opening to solution", "sojourn", (), False),
        _Headline("mean number of open tickets", "backlog", (), False),
        _Headline("calls to people on call", "pages", (), False),
    ]  # fmt: skip


def contrasts(comparison: Comparison) -> list[Contrast]:
    """The headline measures, in order of weight; under each the scenarios in the order given."""
    base = comparison.results[0]
    pairs = list(zip(comparison.results[1:], comparison.differences, strict=True))
    found = [_contrast(base, other, gap, headline) for headline in _headlines(base) for other, gap in pairs]
    return [contrast for contrast in found if contrast is not None]


def by_weight(difference: Difference) -> list[tuple[Row, float]]:
    """Rows of a difference with their variance reduction: clear ones first, the surest on top; empty ones left out."""
    pairs = [
        (row, gain)
        for row, gain in zip(difference.rows, difference.variance_reduction, strict=True)
        if not math.isnan(row.estimate)
    ]
    return sorted(pairs, key=lambda pair: (not is_clear(pair[0]), -_sureness(pair[0])))


def is_clear(row: Row) -> bool:
    """Whether the interval of a difference excludes 0; one without width needs 30 replications."""
    if math.isnan(row.low + row.high) or row.low <= 0.0 <= row.high:
        return False
    return row.high > row.low or row.n >= ENOUGH_REPLICATIONS


def sentence(name: str, found: Sequence[Contrast]) -> str:
    """What is better and worse in one scenario against the first, by how much, and what is unclear."""
    parts = []
    for change in Change:
        is_named = change is not Change.UNCLEAR
        words = [c.words + (f" ({difference(c.difference)})" if is_named else "") for c in found if c.change is change]
        if words:
            parts.append(f"{change.value}: {sentence_list(words)}")
    return f"“{name}” – {'; '.join(parts)}." if parts else f"“{name}” – nothing that both measured."


def balance(found: Sequence[Contrast]) -> str:
    """In how many respects each scenario is better or worse than the first, in one sentence."""
    said = []
    for name in list(dict.fromkeys(contrast.scenario for contrast in found))[:_MOST_NAMED]:
        changes = [contrast.change for contrast in found if contrast.scenario == name]
        better, worse = changes.count(Change.BETTER), changes.count(Change.WORSE)
        parts = [f"{word} in {count}" for word, count in (("better", better), ("worse", worse)) if count]
        clear = sentence_list(parts) or "clearly apart in none"
        said.append(f"“{name}” is {clear} of {counted(len(changes), 'respect')}")
    return "; ".join(said) or "The scenarios share no headline measure"


def _contrast(base: Result, other: Result, gap: Difference, headline: _Headline) -> Contrast | None:
    where = dict(headline.where)
    number = next((k for k, row in enumerate(gap.rows) if row.name == headline.name and row.where == where), None)
    left, right = find(base.rows(), headline.name, **where), find(other.rows(), headline.name, **where)
    if number is None or left is None or right is None or math.isnan(gap.rows[number].estimate):
        return None
    row, gain = gap.rows[number], gap.variance_reduction[number]
    if headline.name == "availability":
        left, right = down_per_month(base, left), down_per_month(other, right)
        more = _more_down(base, other, headline)
        row, gain = more.rows[0], more.variance_reduction[0]
    change = Change.UNCLEAR
    if is_clear(row):
        change = Change.BETTER if (row.estimate > 0) is headline.more_is_better else Change.WORSE
    return Contrast(headline.words, gap.name, left, right, row, change, gain)


def _more_down(base: Result, other: Result, headline: _Headline) -> Difference:
    """Difference of the minutes down per month, each scenario in its own service hours."""
    cells = [Cell(headline.name, headline.where, "min", "mean")]
    left, right = _minutes_down(other, headline), _minutes_down(base, headline)
    return paired(other.scenario.name, cells, left, right, base.confidence)


def _minutes_down(result: Result, headline: _Headline) -> NDArray[np.float64]:
    at = next(k for k, one in enumerate(result.cells) if (one.name, one.where) == (headline.name, headline.where))
    available, total = result.raw[:, at, 0], result.raw[:, at, 1]
    return np.stack([service_minutes(result) * (total - available), total], axis=1)[:, np.newaxis]


def _sureness(row: Row) -> float:
    width = (row.high - row.low) / 2
    return abs(row.estimate) / width if width > 0 else 0.0
