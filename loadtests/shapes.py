"""Load shapes: how much load at each time, as levels of constant amount (users present, or transactions per second)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from twin.spec.values import Duration, Model
from twin.tape.streams import below, name_key, replication_key, uniform

Amount = Annotated[float, Field(ge=0.0, le=100_000.0)]


@dataclass(frozen=True, slots=True)
class Level:
    """A constant amount of load over [start_s, end_s); its first `settle_s` are not measured.

    beat_s  closed users go on at its multiples only, all who are due at once; 0: whenever they are due.
    first   the card from which closed users are dealt here; None: they go on where they are.
    """

    label: str
    start_s: float
    end_s: float
    amount: float
    settle_s: float = 0.0
    beat_s: float = 0.0
    first: int | None = None


class Steps(Model):
    """One amount after the other, each held for a while.

    holds  one for each amount, where they differ, instead of `hold`.
    beats  one for each amount: closed users go on at its multiples only (0 s: whenever they are due). Bursts show at
           light load what requests cost each other.
    cards  one for each amount: the card from which closed users are dealt; the same number gives the same transactions
           again. Without it each amount goes on where the one before ended.
    """

    shape: Literal["steps"]
    amounts: tuple[Amount, ...] = Field(min_length=1)
    hold: Duration
    settle: Duration = 0.0
    holds: tuple[Annotated[Duration, Field(gt=0)], ...] = ()
    beats: tuple[Duration, ...] = ()
    cards: tuple[Annotated[int, Field(ge=0, le=10**9)], ...] = ()

    @model_validator(mode="after")
    def _one_for_each(self) -> "Steps":
        for name, given in (("holds", self.holds), ("beats", self.beats), ("cards", self.cards)):
            if given and len(given) != len(self.amounts):
                raise ValueError(f"{len(given)} {name} for {len(self.amounts)} amounts; give one for each, or none")
        return self

    def levels(self) -> list[Level]:
        """One level for each amount."""
        holds = self.holds or [self.hold] * len(self.amounts)
        parts = [(f"{amount:g}", hold, amount) for hold, amount in zip(holds, self.amounts, strict=True)]
        row = _row(parts, self.settle)
        beats, cards = self.beats or [0.0] * len(row), self.cards or [None] * len(row)
        return [replace(one, beat_s=beat, first=card) for one, beat, card in zip(row, beats, cards, strict=True)]


class Ramp(Model):
    """From one amount to another in equal pieces."""

    shape: Literal["ramp"]
    first: Amount
    last: Amount
    length: Duration
    pieces: Annotated[int, Field(ge=2, le=1000)] = 20

    def levels(self) -> list[Level]:
        """One level for each piece."""
        amounts = [self.first + (self.last - self.first) * k / (self.pieces - 1) for k in range(self.pieces)]
        return _row([(f"{amount:g}", self.length / self.pieces, amount) for amount in amounts])


class Spike(Model):
    """A base amount, a sudden peak, and the base again, to see the recovery."""

    shape: Literal["spike"]
    base: Amount
    peak: Amount
    before: Duration
    lasts: Duration
    after: Duration

    def levels(self) -> list[Level]:
        """Before, peak, after."""
        parts = (("before", self.before, self.base), ("peak", self.lasts, self.peak), ("after", self.after, self.base))
        return _row(parts)


class Soak(Model):
    """The same amount for a long time, measured in pieces to see drift."""

    shape: Literal["soak"]
    amount: Amount
    length: Duration
    pieces: Annotated[int, Field(ge=1, le=1000)] = 10

    def levels(self) -> list[Level]:
        """One level for each piece."""
        return _row([(f"{k + 1}", self.length / self.pieces, self.amount) for k in range(self.pieces)])


class Day(Model):
    """Hours of a day in fast motion: `weights`, one an hour, scaled so that the busiest has the amount `peak`."""

    shape: Literal["day"]
    peak: Amount
    weights: tuple[Annotated[float, Field(ge=0.0)], ...] = Field(min_length=1)
    hour: Duration

    def levels(self) -> list[Level]:
        """One level for each hour."""
        most = max(self.weights) or 1.0
        return _row([(f"{k:02d}:00", self.hour, self.peak * w / most) for k, w in enumerate(self.weights)])


class FromScenario(Model):
    """The users (or sessions per second) and the shape of a scenario's workload, its background work left out.

    pieces  into which each change that takes time is cut.
    """

    shape: Literal["workload"]
    scenario: str
    pieces: Annotated[int, Field(ge=1, le=1000)] = 5

    def levels(self) -> list[Level]:
        """Levels of the workload's length. Raises ValueError for a scenario without a workload."""
        from twin.spec.load import load

        workload = load(self.scenario).scenario.workload
        if workload is None:
            raise ValueError(f"{self.scenario}: has no workload; name a scenario that has one")
        seen = [persona for persona in workload.personas.values() if not persona.is_background]
        amount = sum(persona.users or persona.rate or 0.0 for persona in seen)
        cuts = {0.0, workload.warm_up, workload.length}
        for one in workload.shape:
            cuts |= {one.at + one.over * k / self.pieces for k in range(self.pieces + 1)}
        inside = sorted(at for at in cuts if 0 <= at <= workload.length)
        parts = [(a, b, amount * workload.ratio_at((a + b) / 2)) for a, b in pairwise(inside)]
        return [
            Level(f"{users:g} at {a:g} s", a, b, users, b - a if b <= workload.warm_up else 0.0)
            for a, b, users in parts
        ]


Shape = Annotated[Steps | Ramp | Spike | Soak | Day | FromScenario, Field(discriminator="shape")]


def level_at(levels: Sequence[Level], at_s: float) -> Level | None:
    """The level in force at a time, None before the first and after the last."""
    return next((level for level in levels if level.start_s <= at_s < level.end_s), None)


def arrivals(levels: Sequence[Level], seed: int) -> Iterator[float]:
    """Instants of a Poisson stream whose rate per second is the amount of the level in force.

    Gaps of a stream of rate 1 are stretched by the integral of the rate, so that a higher level keeps the draws.
    """
    key = below(replication_key(seed, 0), int(name_key("arrivals")))
    work, number, done = 0.0, 0, 0.0
    for level in levels:
        full = done + level.amount * (level.end_s - level.start_s)
        while True:
            following = work - math.log(float(uniform(key, number)))
            if following >= full:
                break
            work, number = following, number + 1
            yield level.start_s + (work - done) / level.amount
        done = full


def _row(parts: Sequence[tuple[str, float, float]], settle: float = 0.0) -> list[Level]:
    """Levels one after the other from (label, length, amount)."""
    ends = [0.0, *accumulate(length for _, length, _ in parts)]
    return [
        Level(label, start, end, amount, min(settle, end - start))
        for (label, _, amount), (start, end) in zip(parts, pairwise(ends), strict=True)
    ]
