"""Demand: which tickets come, when, how urgent, and the path each takes through the desks."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from twin.spec.values import Duration, Law, Model, Rate, Ratio, Shares, total_is_one

Weights = Annotated[tuple[Annotated[float, Field(ge=0.0)], ...], Field(min_length=1, max_length=168 * 60)]


class Profile(Model):
    """Relative activity by time of week, in the scenario's time zone.

    weights  one per equal slice of a day (24, 48, 96, ...) or of a week from Monday 00:00 (168, 336, ...); only
             their ratios count. days_off_ratio  activity on holidays relative to the same hour of a usual week.
    """

    weights: Weights
    span: Literal["day", "week"] = "week"
    calendar: str | None = None
    days_off_ratio: Ratio = 0.05

    @model_validator(mode="after")
    def _slices_fit(self) -> "Profile":
        minutes = 1440 if self.span == "day" else 10080
        if minutes % len(self.weights):
            raise ValueError(f"{len(self.weights)} weights do not divide a {self.span} into whole minutes; give e.g. "
                             + ("24" if self.span == "day" else "168"))
        if sum(self.weights) <= 0:
            raise ValueError("all weights are 0; give at least one slice activity")
        return self


class ScheduledTicket(Model):
    """Tickets known beforehand: when they open (from the start of the clock), their work if known, and how many."""

    at: Duration
    work: Duration | None = None
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class Arrivals(Model):
    """When tickets of a class open.

    rate          mean over a usual week; Poisson, modulated by profile and busyness.
    busyness_cv   coefficient of variation of the class's own gamma factor per day (over-dispersion).
    batch         sizes of groups that open at the same instant, with their shares; rate then counts groups.
    interarrival  a renewal stream instead of a Poisson one (law of the gap).
    scheduled     tickets known beforehand.
    """

    rate: Rate | None = None
    profile: str | None = None
    busyness_cv: Annotated[float, Field(ge=0.0, le=5.0)] = 0.0
    batch: dict[Annotated[int, Field(ge=1, le=10_000)], Ratio] = {}
    interarrival: Law | None = None
    scheduled: tuple[ScheduledTicket, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> "Arrivals":
        given = [name for name in ("rate", "interarrival") if getattr(self, name) is not None]
        if len(given) + bool(self.scheduled) != 1:
            raise ValueError("give exactly one of rate, interarrival, scheduled")
        if self.interarrival is not None and (self.profile or self.busyness_cv):
            raise ValueError("an interarrival stream has no profile and no busyness; use rate for those")
        if self.batch:
            total_is_one({str(size): share for size, share in self.batch.items()}, "batch sizes")
        return self


class Wait(Model):
    """A wait on somebody else in the course of a visit: how likely, how long, and which share of the work is
    done before it."""

    probability: Ratio
    duration: Law
    after_work_ratio: Ratio = 0.5


class Reassign(Model):
    """A visit that ends after triage because the ticket belongs to another queue."""

    to: str
    probability: Ratio


class Visit(Model):
    """What one queue does with a ticket of the class.

    triage    work to understand the ticket; work  work to solve it or to prepare the hand-off.
    next      functional escalation: queue -> probability; what is left is resolved here.
    reassign  the ticket was in the wrong queue: only triage is spent, then it moves on.
    """

    work: Law
    triage: Law | None = None
    next: Shares = {}
    reassign: Reassign | None = None
    wait_customer: Wait | None = None
    wait_vendor: Wait | None = None

    @model_validator(mode="after")
    def _leaves_room(self) -> "Visit":
        if sum(self.next.values()) > 1.0 + 1e-9:
            raise ValueError("the probabilities of next add up to more than 1; lower them, what is left is solved here")
        return self


class Reopen(Model):
    """A resolved ticket that comes back: how likely after each resolution, after how long, to which queue
    (default: the one that resolved it)."""

    probability: Annotated[float, Field(ge=0.0, lt=1.0)]
    after: Law = Law(mean="0 s")  # type: ignore[arg-type]
    to: str | None = None


class Channel(Model):
    """One way tickets of a class come in: its share of them, and the work to take one in (added as triage)."""

    ratio: Ratio
    intake: Law | None = None


class Misjudged(Model):
    """Priorities that reporters get wrong: share reported one level too urgent, and one level not urgent enough.
    The right one is seen at triage."""

    too_urgent: Ratio = 0.0
    too_low: Ratio = 0.0

    @model_validator(mode="after")
    def _leaves_room(self) -> "Misjudged":
        if self.too_urgent + self.too_low > 1.0:
            raise ValueError("too_urgent and too_low add up to more than 1; lower one")
        return self


class TicketClass(Model):
    """A kind of ticket: its arrivals (none for tickets that failures or changes open), priority and path.

    priority          one name, or shares by name; or impact and urgency shares, mapped by the priority matrix.
    patience          the reporter gives up after waiting this long for a first answer; balk_ratio  gives up at once.
    follow_up         work on the cause after service is back (opened by failures): restore comes before resolve.
    module            part of the PLM it is about: the skill that a tier with groups needs for it.
    channels          several ways in with their shares: a class of its own for each.
    misjudged         priorities that reporters get wrong.
    work_type         what the work is by contract: support, upgrade, customisation, or a name of your own.
    scope             whether the maintenance contract covers it.
    owner             whose fault it is by contract (failures: the component's owner).
    dispute           a queue it visits where waits are the parties' argument over who pays.
    channel           how it is reported: hotline, chat, portal, bot, or a name of your own.
    responsible       the role that answers for tickets of this class.
    """

    queue: str
    visits: dict[str, Visit] = Field(min_length=1, max_length=200)
    arrivals: Arrivals | None = None
    priority: str | Shares | None = None
    impact: Shares | None = None
    urgency: Shares | None = None
    reopen: Reopen | None = None
    patience: Law | None = None
    balk_ratio: Ratio = 0.0
    follow_up: Law | None = None
    module: str | None = None
    channels: dict[str, Channel] = {}
    misjudged: Misjudged | None = None
    work_type: str = "support"
    scope: Literal["in", "out"] = "in"
    owner: Literal["customer", "vendor"] = "vendor"
    dispute: str | None = None
    channel: str | None = None
    responsible: str | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> "TicketClass":
        if self.queue not in self.visits:
            raise ValueError(f'starts in queue "{self.queue}" but visits does not say what happens there; add it')
        if (self.impact is None) != (self.urgency is None):
            raise ValueError("give impact and urgency together, or priority instead")
        if self.arrivals is not None and (self.priority is None) == (self.impact is None):
            raise ValueError("give either priority, or impact and urgency")
        for name in ("priority", "impact", "urgency"):
            shares = getattr(self, name)
            if isinstance(shares, dict):
                total_is_one(shares, name)
        if self.channels:
            total_is_one({name: channel.ratio for name, channel in self.channels.items()}, "channels")
        return self


class Users(Model):
    """Who uses the PLM: named users, the share active at the busiest hour, and when."""

    named: Annotated[int, Field(ge=1, le=10_000_000)] = 1000
    concurrent_ratio: Ratio = 0.2
    profile: str | None = None


class Demand(Model):
    """Ticket classes, activity profiles and the day factor common to all classes."""

    users: Users = Users()
    profiles: dict[str, Profile] = {}
    busyness_cv: Annotated[float, Field(ge=0.0, le=5.0)] = 0.0
    tickets: dict[str, TicketClass] = {}
