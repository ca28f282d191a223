"""Changes: when they happen, how they are rolled out, how they fail and what they leave behind."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from twin.spec.dated import Dated
from twin.spec.values import Duration, Law, Model, Rate, Ratio, Shares

StrategyName = Literal["outage", "rolling", "canary", "blue-green", "dual-run"]


class Stage(Model):
    """One step of a canary: the share of users on the new version, and how long it is watched."""

    users_ratio: Annotated[float, Field(gt=0.0, le=1.0)]
    soak: Duration


class Sync(Model):
    """Faults between the old and the new system while both run: at first `rate`, halving every `half_life` as they are
    mended; each opens a ticket of class `ticket`."""

    ticket: str
    rate: Rate
    half_life: Duration


class Exit(Model):
    """When a dual run may end: once a period of `every` found at most `faults` synchronisation faults; after `longest`
    at the latest."""

    every: Annotated[Duration, Field(gt=0)]
    faults: Annotated[int, Field(ge=0)]
    longest: Duration


class Strategy(Model):
    """How a change reaches the users.

    outage      the components are down for `work`.
    rolling     one unit after the other is out for an equal part of `work`.
    canary      no planned outage; a fault hits only the users of the stages reached so far.
    blue-green  no planned outage but `switch`; rollback is a switch back.
    dual-run    old and new run side by side for `length`; `found_in_parallel` of the faults are found there
                without harm; support and users do double work (`extra_tickets` more tickets); then a cutover of `work`.
    sync        faults between two systems that run side by side; exit  how long a dual run goes on beyond its length:
                a longer one finds more, at the same pace.
    fallback    the old system is kept: users go back to it in this time instead of a rollback, and that never fails.
    """

    kind: StrategyName = "outage"
    stages: tuple[Stage, ...] = ()
    switch: Duration = 0.0
    length: Duration = 0.0
    found_in_parallel: Ratio = 0.0
    extra_tickets: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    sync: Sync | None = None
    exit: Exit | None = None
    fallback: Duration | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> "Strategy":
        if (self.kind == "canary") != bool(self.stages):
            raise ValueError('stages belong to "kind: canary", which needs at least one')
        if self.kind == "dual-run" and self.length <= 0:
            raise ValueError('a dual run needs its "length"')
        if self.kind != "dual-run" and (self.sync or self.exit or self.fallback is not None):
            raise ValueError('sync, exit and fallback belong to "kind: dual-run"; remove them')
        if self.exit is not None and (self.sync is None or self.exit.longest < self.length):
            raise ValueError("exit counts the faults of sync, and is never before the length; give both")
        return self


class Hazard(Model):
    """Extra failures of the changed components after the change: at first `factor` times the usual rate is
    added, and that halves every `half_life`."""

    factor: Annotated[float, Field(ge=0.0, le=1000.0)]
    half_life: Duration


class Tuning(Model):
    """Early feedback: every so often, `rounds` times, settings are tuned, and each round saves `effect` of the tickets
    left."""

    every: Annotated[Duration, Field(gt=0)]
    rounds: Annotated[int, Field(ge=1, le=1000)]
    effect: Ratio


class Surge(Model):
    """Extra tickets of one class after the change: at first `factor` times its usual rate is added, and that
    halves every `half_life`; tuning may shorten it."""

    ticket: str
    factor: Annotated[float, Field(ge=0.0, le=1000.0)]
    half_life: Duration
    tuning: Tuning | None = None


class Retry(Model):
    """What was rolled back is tried again in the next of the windows that an RRULE names, `at_most` times."""

    windows: str
    at_most: Annotated[int, Field(ge=1, le=100)] = 1


class Debt(Model):
    """Upgrades left out: each adds one to the debt of the components until the next one is made.

    skip     numbers of the occurrences that are left out, from 1.
    hazard   extra failures per unit of debt, as a share of the usual rate; failure  extra probability of a fault of
             every change to these components; work  extra work of the upgrade that is made at last (shares likewise).
    """

    skip: tuple[Annotated[int, Field(ge=1)], ...] = ()
    hazard: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0
    failure: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0
    work: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0


class Change(Dated):
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
    cleans            a health check: purged data and fresh indexes set the ageing of the components back at its start.
    staff             heads per tier that are booked during the intervention (not while a canary is watched or two
                      systems run side by side) and during a rollback.
    template          a usual kind of change that fills in what is not said: monthly-patch, quarterly-pack,
                      yearly-upgrade, health-check.
    pipeline          stage -> share of the faults that escape it; `failure` is what it would be without them.
    retry             what was rolled back is tried again (default: it isn't); debt  what left-out upgrades cost.
    compatibility     component (a link to another system) -> probability that the new version breaks it.
    """

    template: str | None = None
    components: tuple[str, ...] = Field(min_length=1)
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
    cleans: bool = False
    pipeline: Shares = {}
    retry: Retry | None = None
    debt: Debt | None = None
    compatibility: Shares = {}

    @model_validator(mode="after")
    def _holds_together(self) -> "Change":
        if self.rollback_failure > 0 and (self.restore is None or self.restore_priority is None):
            raise ValueError('a rollback that can fail needs "restore" (a ticket class) and "restore_priority"')
        return self
