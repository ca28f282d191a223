"""Transactions: what a request does, step by step, and what it needs on the way."""

from typing import Annotated

from pydantic import Field, model_validator

from twin.spec.values import Duration, Law, Model, Ratio

Objects = Annotated[int, Field(ge=1, le=1_000_000)]
Skew = Annotated[float, Field(ge=0.0, le=5.0)]


class Lock(Model):
    """Things that one user at a time may have checked out; the k-th most wanted is asked for in proportion to
    k ** -skew."""

    objects: Objects = 1
    skew: Skew = 0.0


class Cache(Model):
    """Results kept for the next request.

    capacity, objects, skew  least recently used of so many objects, wanted in proportion to k ** -skew, empty at first;
    hit_ratio                or simply this share of hits in the long run, approached from 0 with time constant
                             `warm_up` (0: at once).
    """

    capacity: Objects | None = None
    objects: Objects = 1
    skew: Skew = 0.0
    hit_ratio: Ratio | None = None
    warm_up: Duration = 0.0

    @model_validator(mode="after")
    def _one_kind(self) -> "Cache":
        if (self.capacity is None) == (self.hit_ratio is None):
            raise ValueError("give either capacity (with objects), or hit_ratio")
        return self


class Step(Model):
    """One step of a transaction: exactly one of visit, hold, lock, cache.

    visit  time at a station: `work` of its servers.
    hold   one of a pool, from now to the end of the steps under `do`, while these wait for others too.
    lock   check out an object, to the end of `do`, or for the time `held_for` whatever becomes of the request; the
           request ends as "locked" if somebody else has it.
    cache  look it up; on a miss the steps under `miss` follow.
    """

    visit: str | None = None
    work: Law | None = None
    hold: str | None = None
    lock: str | None = None
    held_for: Law | None = None
    do: tuple["Step", ...] = ()
    cache: str | None = None
    miss: tuple["Step", ...] = ()

    @model_validator(mode="after")
    def _is_one_step(self) -> "Step":
        kinds = [name for name in ("visit", "hold", "lock", "cache") if getattr(self, name) is not None]
        if len(kinds) != 1:
            raise ValueError("a step is exactly one of visit, hold, lock, cache; split it")
        allowed = {"visit": {"work"}, "hold": {"do"}, "lock": {"held_for", "do"}, "cache": {"miss"}}[kinds[0]]
        for name in ("work", "held_for", "do", "miss"):
            if getattr(self, name) and name not in allowed:
                raise ValueError(f'"{name}" does not go with {kinds[0]}; remove it, or make it a step of its own')
        if self.visit is not None and self.work is None:
            raise ValueError('a visit needs its "work"; write e.g. work: {mean: 20 ms, cv: 1}')
        if self.hold is not None and not self.do:
            raise ValueError('nothing happens while it is held; add steps under "do"')
        return self


class Retry(Model):
    """What a user does about a request that was refused, failed or timed out: again after a wait, at most `times`.

    wait  before the first repetition; factor  each further wait is so many times longer.
    """

    times: Annotated[int, Field(ge=1, le=100)] = 1
    wait: Law = Law(mean="1 s")  # type: ignore[arg-type]
    factor: Annotated[float, Field(ge=1.0, le=10.0)] = 2.0


class Transaction(Model):
    """A kind of request: its steps, and how long the user waits for an answer before giving the attempt up."""

    steps: tuple[Step, ...]
    timeout: Duration | None = None
    retry: Retry | None = None

    @model_validator(mode="after")
    def _does_something(self) -> "Transaction":
        if not self.steps:
            raise ValueError("the transaction has no steps; give at least one, e.g. {visit: app, work: 20 ms}")
        return self
