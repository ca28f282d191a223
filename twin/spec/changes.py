"""Changes: when they happen, how they are rolled out, how they fail and what they leave behind."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from twin.spec.values import Duration, Law, Model, Ratio

StrategyName = Literal["outage", "rolling", "canary", "blue-green", "dual-run"]


class Stage(Model):
    """One step of a canary: the share of users on the new version, and how long it is watched."""

    users_ratio: Annotated[float, Field(gt=0.0, le=1.0)]
    soak: Duration


class Strategy(Model):
    """How a change reaches the users.

    outage      the components are down for `work`.
    rolling     one unit after the other is out for an equal part of `work`.
    canary      no planned outage; a fault hits only the users of the stages reached so far.
    blue-green  no planned outage but `switch`; rollback is a switch back.
    dual-run    old and new run side by side for `length`; `found_in_parallel` of the faults are found there
                without harm; support and users do double work (`extra_tickets` more tickets); then a cutover of `work`.
    """

    kind: StrategyName = "outage"
    stages: tuple[Stage, ...] = ()
    switch: Duration = 0.0
    length: Duration = 0.0
    found_in_parallel: Ratio = 0.0
    extra_tickets: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0

    @model_validator(mode="after")
    def _fits_kind(self) -> "Strategy":
        if (self.kind == "canary") != bool(self.stages):
            raise ValueError('stages belong to "kind: canary", which needs at least one')
        if self.kind == "dual-run" and self.length <= 0:
            raise ValueError('a dual run needs its "length"')
        return self


class Hazard(Model):
    """Extra failures of the changed components after the change: at first `factor` times the usual rate is
    added, and that halves every `half_life`."""

    factor: Annotated[float, Field(ge=0.0, le=1000.0)]
    half_life: Duration


class Surge(Model):
    """Extra tickets of one class after the change: at first `factor` times its usual rate is added, and that
    halves every `half_life`."""

    ticket: str
    factor: Annotated[float, Field(ge=0.0, le=1000.0)]
    half_life: Duration


class Change(Model):
    """A change or a series of them.

    at, repeat        one local date and time, or an RRULE (FREQ=MONTHLY;BYDAY=2SA;BYHOUR=22) counted from it;
    dates             or the local dates and times of all occurrences, in the order of their numbers.
    work              length of the intervention.
    failure           probability that the new version is faulty (change failure rate).
    notice            time from exposure until the fault is noticed and rollback begins.
    rollback          length of the rollback; rollback_failure  probability that it fails, after which
                      people restore service: a ticket of class `restore` with priority `restore_priority`.
    fault_users_ratio share of users whom the fault keeps from working.
    planned           the intervention is announced maintenance.
    staff             heads per tier that are booked during the intervention (not while a canary is watched or two
                      systems run side by side) and during a rollback. A change that was rolled back is not tried again.
    """

    components: tuple[str, ...] = Field(min_length=1)
    at: str | None = None
    repeat: str | None = None
    dates: tuple[str, ...] = ()
    strategy: Strategy = Strategy()
    work: Law
    failure: Ratio = 0.0
    notice: Law = Law(mean="0 s")  # type: ignore[arg-type]
    rollback: Law = Law(mean="0 s")  # type: ignore[arg-type]
    rollback_failure: Ratio = 0.0
    restore: str | None = None
    restore_priority: str | None = None
    fault_users_ratio: Ratio = 1.0
    planned: bool = True
    staff: dict[str, Annotated[int, Field(ge=0)]] = {}
    hazard: Hazard | None = None
    surges: tuple[Surge, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> "Change":
        if self.at is None and self.repeat is None and not self.dates:
            raise ValueError('say when: "at" (a local date and time) or "repeat" (an RRULE)')
        if self.dates and (self.at is not None or self.repeat is not None):
            raise ValueError('"dates" lists all occurrences, so leave out "at" and "repeat"')
        if self.rollback_failure > 0 and (self.restore is None or self.restore_priority is None):
            raise ValueError('a rollback that can fail needs "restore" (a ticket class) and "restore_priority"')
        return self
