"""The workload: who asks what of the deployment, the path each request takes, and the limits it meets on the way."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from twin.spec.slow_hours import SlowHours
from twin.spec.transactions import Cache, Lock, Transaction
from twin.spec.values import Duration, Law, Model, Rate, Ratio, Shares, total_is_one

Few = Annotated[int, Field(ge=1, le=1000)]


class Pauses(Model):
    """Times in which a node stands still (garbage collection): `takes` long, `every` after the end of the last."""

    every: Law
    takes: Law


class Autoscaling(Model):
    """Nodes follow utilisation: as many as keep it at `target`, from the mean since the last look.

    every  how often it looks; lag  from the order of a node until it serves; least, most  nodes.
    """

    target: Annotated[float, Field(gt=0.0, le=1.0)] = 0.7
    every: Duration = Field(default="30 s", validate_default=True)
    lag: Duration = Field(default="2 min", validate_default=True)
    least: Few = 1
    most: Few

    @model_validator(mode="after")
    def _holds_together(self) -> "Autoscaling":
        if self.least > self.most:
            raise ValueError(f"least {self.least} nodes is more than most {self.most}; swap them")
        if self.every <= 0:
            raise ValueError("every must be longer than 0; write e.g. 30 s")
        return self


class Station(Model):
    """Where requests spend time: identical nodes behind a balancer, usually one.

    kind       cpu: all requests on a node share its cores equally, each at most one; fcfs: servers with one line in
               order of arrival (disks, a single-threaded service); delay: no line (a network, a foreign system).
    servers    cores or servers of a node.
    rates      of a cpu: how much a node gets done with 1, 2, ... requests on it, relative to what its cores would if
               requests didn't hinder each other (caches, switching); the last one holds for more.
    balance    how a request finds its node: in turn, or the one with the fewest requests. It keeps the node to its end.
    component  the part of the deployment whose units are the nodes.
    """

    kind: Literal["cpu", "fcfs", "delay"] = "cpu"
    servers: Few = 1
    rates: tuple[Annotated[float, Field(ge=0.1, le=10.0)], ...] = Field(default=(), max_length=64)
    nodes: Few = 1
    balance: Literal["round-robin", "least-connections"] = "round-robin"
    pauses: Pauses | None = None
    autoscaling: Autoscaling | None = None
    component: str | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> "Station":
        if self.kind == "delay" and (self.pauses or self.autoscaling or self.nodes > 1):
            raise ValueError('a delay has no nodes and no pauses; make it "kind: cpu", or remove them')
        if self.rates and self.kind != "cpu":
            raise ValueError('only requests that share a node hinder each other; make it "kind: cpu", or remove rates')
        if self.autoscaling and not self.autoscaling.least <= self.nodes <= self.autoscaling.most:
            raise ValueError("it starts with nodes outside least and most of its autoscaling; change one of them")
        return self


class Pool(Model):
    """A limit: worker threads, connections, licences. What is asked for beyond `size` waits in order of arrival.

    queue  how many may wait, more are refused (none given: no bound); per  each node of this station has such a pool.
    """

    size: Annotated[int, Field(ge=1, le=1_000_000)]
    queue: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    per: str | None = None


class Persona(Model):
    """Users of one kind: how many or how often they come, how long they think, what they ask for.

    users         so many, for ever: think, request, think, ... ; or sessions that come and go, by
    rate          mean sessions per time (Poisson, in proportion to `shape`), interarrival (law of the gap), or
    scheduled     at known instants.
    requests      mean number of requests in a session (geometric); default: one for sessions, no end for users.
    think         from the end of a request to the start of the next one.
    pace          instead of think: gap between intended starts; a late user catches up at once.
    licence       pool of which a user holds one from the first to the last request of a session.
    mix           share of each transaction.
    is_background its requests (publishing, imports, nightly batch) are left out of what users see.
    """

    users: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    rate: Rate | None = None
    interarrival: Law | None = None
    scheduled: tuple[Duration, ...] = ()
    requests: Annotated[float, Field(ge=1.0, le=1e6)] | None = None
    think: Law = Law(mean="0 s")  # type: ignore[arg-type]
    pace: Law | None = None
    licence: str | None = None
    mix: Shares = Field(min_length=1)
    is_background: bool = False

    @model_validator(mode="after")
    def _holds_together(self) -> "Persona":
        given = [name for name in ("users", "rate", "interarrival") if getattr(self, name) is not None]
        if len(given) + bool(self.scheduled) != 1:
            raise ValueError("give exactly one of users, rate, interarrival, scheduled")
        if self.pace is not None and (self.think.mean > 0 or self.pace.mean <= 0):
            raise ValueError("pace is a length above 0 and takes the place of think; remove one of them")
        total_is_one(self.mix, "mix")
        return self


class Level(Model):
    """From `at` on, the share of users present (or of the rate); it is reached in equal steps within `over`."""

    at: Duration
    ratio: Annotated[float, Field(ge=0.0, le=100.0)]
    over: Duration = 0.0


class Disturbance(Model):
    """A node is down, slow or not yet there, from `at` on, for a time or to the end.

    kind   down: requests on it fail and no new ones come; slow: it works at `speed`; absent: not in use (end it to add
           a node). node  counted from 1.
    """

    kind: Literal["down", "slow", "absent"]
    station: str
    node: Few = 1
    at: Duration = 0.0
    lasts: Duration | None = None
    speed: Annotated[float, Field(ge=0.01, le=1.0)] = 0.5


class Workload(Model):
    """The load on the deployment and how to simulate it.

    length, warm_up  of one run, measured from warm_up on; tick  the grain of time of requests.
    shape            how many of the users are there, over time (background work apart); default: all, always.
    """

    stations: dict[str, Station] = Field(min_length=1)
    pools: dict[str, Pool] = {}
    locks: dict[str, Lock] = {}
    caches: dict[str, Cache] = {}
    transactions: dict[str, Transaction] = Field(min_length=1)
    personas: dict[str, Persona] = Field(min_length=1)
    shape: tuple[Level, ...] = ()
    disturbances: tuple[Disturbance, ...] = ()
    slow_hours: SlowHours | None = None
    length: Duration = Field(default="10 min", validate_default=True)
    warm_up: Duration = Field(default="2 min", validate_default=True)
    tick: Duration = Field(default=1e-6, validate_default=False)

    @model_validator(mode="after")
    def _holds_together(self) -> "Workload":
        if not 1e-6 <= self.tick <= 3600:
            raise ValueError("the tick is out of bounds; write a length from 0.001 ms to 1 h")
        if self.length <= self.warm_up:
            raise ValueError("the warm-up lasts to the end of the run or beyond; shorten it")
        if self.length / self.tick > 1e11:
            raise ValueError("the run has more than 1e11 ticks; shorten it or write a coarser tick")
        instants = [level.at for level in self.shape]
        if instants != sorted(instants):
            raise ValueError("the levels of shape are not in order of time; sort them")
        return self

    def ratio_at(self, at: float) -> Ratio:
        """Share of users present at a time (seconds from the start)."""
        before = 1.0
        for level in self.shape:
            if at < level.at:
                break
            reached = 1.0 if level.over <= 0 else min(1.0, (at - level.at) / level.over)
            before += (level.ratio - before) * reached
        return before
