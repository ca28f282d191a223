"""Evidence for a decision to go live: what was measured, at which load, how fresh the calibration is, and the card.

A rehearsal writes it as JSON.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, ValidationError, model_validator
from scipy.special import ndtri

from twin.decide.bounds import Bound, mean_bound, share_bound
from twin.spec.values import Model

GIVEN = 0.95  # the confidence of bounds in a file
Count = Annotated[int, Field(ge=0)]
Level = Literal["low", "medium", "high"]


class Measured(Model):
    """One measure: shares as `counts` (hits, total), anything else as `values`, both in batches that hang together.

    A value of null stands for an answer that never came: it is slower than any limit. counts_of  what a hit is.
    bounds      instead of both, where only those are known: estimate, one-sided 95 % bounds, number of observations.
    load        users (or transactions per second) under which it was measured; per_h  observations per hour of test.
    has_input_uncertainty  simulated only: whether the inputs were drawn anew from what is known about them.
    """

    name: str
    where: dict[str, str] = {}
    unit: Literal["1", "ms", "s", "min", "h", "d", ""] = "1"
    source: Literal["measured", "simulated"] = "measured"
    counts: list[tuple[Count, Count]] | None = None
    values: list[list[float | None]] | None = None
    bounds: tuple[float | None, float | None, float | None, Count] | None = None
    load: Annotated[float, Field(ge=0.0)] | None = None
    per_h: Annotated[float, Field(gt=0.0)] | None = None
    has_input_uncertainty: bool = False
    remedy: str = ""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        if sum(kind is not None for kind in (self.counts, self.values, self.bounds)) != 1:
            raise ValueError(f'measure {self.name}: give one of "counts", "values" and "bounds"')
        if any(hits > total for hits, total in self.counts or ()):
            raise ValueError(f"measure {self.name}: more hits than observations in a batch; write [hits, total]")
        return self

    @property
    def n(self) -> int:
        """How many observations there are."""
        if self.bounds is not None:
            return self.bounds[3]
        return sum(total for _, total in self.counts or ()) + sum(map(len, self.values or ()))

    def mean(self, confidence: float) -> Bound:
        """The mean with its bounds; a share for counts. Answers that never came make the mean infinite.

        Bounds that were given are moved to another confidence as if the estimate were normal.
        """
        if self.counts is not None:
            return share_bound(*_columns(self.counts), confidence=confidence)
        if self.bounds is not None:
            estimate, low, high = (np.nan if x is None else float(x) for x in self.bounds[:3])
            scale = float(ndtri(confidence) / ndtri(GIVEN))
            return Bound(estimate, estimate + scale * (low - estimate), estimate + scale * (high - estimate), self.n,
                         float(self.n))  # fmt: skip
        return mean_bound(self._arrays(), confidence)

    def share(self, limit: float, is_most: bool, confidence: float) -> Bound:
        """Share of the values that keep a limit. Raises ValueError for counts, which hold no values."""
        if self.values is None:
            raise ValueError(f"measure {self.name} holds no values to compare with a limit; leave out the share")
        kept = [(batch <= limit) if is_most else (batch >= limit) & np.isfinite(batch) for batch in self._arrays()]
        hits = np.array([batch.sum() for batch in kept], np.float64)
        return share_bound(hits, np.array([len(batch) for batch in kept], np.float64), confidence=confidence)

    def _arrays(self) -> list[Any]:
        return [np.array([np.inf if x is None else x for x in batch]) for batch in self.values or ()]


class Calibration(Model):
    """When the speed of the system was last measured, and how far it has moved since.

    drift  speed at the end over speed at the start: estimate, low, high (95 %). minutes  how long calibrating takes.
    """

    made_at: datetime
    drift: tuple[float, float, float] | None = None
    minutes: Annotated[float, Field(gt=0.0)] = 10.0


class Card(Model):
    """The credibility card, after ASME V&V 40 (2018): what the evidence is for, what stands behind it, what is missing.

    influence    how much the decision rests on this evidence; consequence  how bad a wrong decision would be.
    """

    question: str = ""
    context_of_use: str = ""
    influence: Level | None = None
    consequence: Level | None = None
    verification: list[str] = []
    validation: list[str] = []
    applicability: str = ""
    gaps: list[str] = []

    def missing(self) -> list[str]:
        """Parts that are empty."""
        return [name for name in type(self).model_fields if not getattr(self, name)]

    def joined(self, other: "Card") -> "Card":
        """Both cards in one: texts of the other where this one has none, lists of both."""
        mine, theirs = self.model_dump(), other.model_dump()
        return Card.model_validate({
            name: [*value, *(x for x in theirs[name] if x not in value)] if isinstance(value, list)
            else value or theirs[name]
            for name, value in mine.items()
        })  # fmt: skip


class Evidence(Model):
    """One file of evidence. most_load  the highest load under which the system was measured, in `load_unit`."""

    title: str = ""
    made_at: datetime | None = None
    measures: list[Measured] = []
    most_load: Annotated[float, Field(ge=0.0)] | None = None
    load_unit: str = "users"
    calibration: Calibration | None = None
    card: Card = Card()
    notes: list[str] = []
    explained: list[str] = []


def read_evidence(path: Path) -> Evidence:
    """The evidence of a JSON file, or of a folder that holds evidence.json.

    Raises ValueError with place and reason when it is none.
    """
    file = path / "evidence.json" if path.is_dir() else path
    try:
        return Evidence.model_validate_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{file}: can't be read ({error.strerror}); name a file that a rehearsal wrote") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise ValueError(f"{file}: {place}: {first['msg']}; name a file that a rehearsal wrote") from None


def write_evidence(evidence: Evidence, path: Path) -> None:
    """Write the evidence as JSON, aside and renamed."""
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(evidence.model_dump(mode="json"), allow_nan=False), encoding="utf-8")
    aside.replace(path)


def _columns(counts: list[tuple[int, int]]) -> tuple[Any, Any]:
    pairs = np.array(counts, np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
