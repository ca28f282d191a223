"""The scenario: everything the world is, in one validated object."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from twin.spec.agreements import Agreement
from twin.spec.audit import Audit
from twin.spec.changes import Change
from twin.spec.demand import Demand
from twin.spec.deployment import Deployment
from twin.spec.error_budget import ErrorBudget, Hypercare
from twin.spec.money import Money
from twin.spec.packages import Package
from twin.spec.planning import Planning
from twin.spec.prevention import Prevention
from twin.spec.risks import Link, Recovery, Security
from twin.spec.satisfaction import Satisfaction
from twin.spec.self_service import SelfService
from twin.spec.sla import Contract
from twin.spec.staffing import Staffing
from twin.spec.support import Support, WorkingTime
from twin.spec.values import Duration, Model
from twin.spec.workflows import Workflow
from twin.spec.workforce import Workforce
from twin.spec.workload import Workload


class Clock(Model):
    """Simulated time: it starts at a local time and is measured over [warm_up, horizon).

    drain  after the horizon no ticket arrives, but work on open ones goes on this long.
    tick   the grain of time; every instant is a whole number of ticks.
    """

    start: datetime
    time_zone: str = "UTC"
    horizon: Duration
    warm_up: Duration = 0.0
    drain: Duration = 0.0
    tick: Duration = Field(default=1.0, validate_default=False)

    @field_validator("start", mode="before")
    @classmethod
    def _local_text(cls, value: Any) -> Any:
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValueError(f"{value!r:.40} is not a date and time; write e.g. 2026-01-05T08:00") from None

    @model_validator(mode="after")
    def _holds_together(self) -> "Clock":
        if self.horizon <= 0:
            raise ValueError("the horizon is 0; write how long to measure, e.g. 365 d")
        if not 1e-6 <= self.tick <= 86_400:
            raise ValueError("the tick is out of bounds; write 1 s, or a length from 0.001 ms to 1 d")
        if self.start.year < 1900 or self.start.year + (self.horizon + self.drain) / 31_536_000 > 9000:
            raise ValueError("time leaves the years 1900 to 9000; change start or horizon")
        return self

    @property
    def start_utc(self) -> datetime:
        """The aware instant of tick 0."""
        local = self.start if self.start.tzinfo else self.start.replace(tzinfo=ZoneInfo(self.time_zone))
        return local.astimezone(UTC)

    def ticks(self, seconds: float) -> int:
        """Whole ticks of a length in seconds, nearest, half up."""
        from twin.units import to_ticks

        return to_ticks(seconds, self.tick)

    @property
    def horizon_ticks(self) -> int:
        """First tick that is no longer measured."""
        return self.ticks(self.horizon)

    @property
    def end_ticks(self) -> int:
        """First tick that is no longer simulated."""
        return self.ticks(self.horizon + self.drain)


class Scenario(Model):
    """What the world is: deployment, demand, support, contract, changes, what is done to assure service, and the
    load of requests.

    question  what the scenario answers, in one sentence; the report opens with it.
    packages  parts of what is done, each with what the world would be like without it.
    """

    name: str = Field(min_length=1, max_length=120)
    question: str = ""
    clock: Clock
    calendars: dict[str, WorkingTime] = {}
    deployment: Deployment = Deployment()
    demand: Demand = Demand()
    support: Support = Support()
    contract: Contract = Contract()
    changes: dict[str, Change] = {}
    staffing: Staffing | None = None
    planning: Planning | None = None
    workforce: Workforce = Workforce()
    self_service: SelfService = SelfService()
    prevention: Prevention = Prevention()
    money: Money | None = None
    satisfaction: Satisfaction | None = None
    error_budget: ErrorBudget | None = None
    hypercare: Hypercare | None = None
    agreements: dict[str, Agreement] = {}
    audit: Audit | None = None
    workload: Workload | None = None
    packages: dict[str, Package] = {}
    security: Security | None = None
    recovery: Recovery | None = None
    links: dict[str, Link] = {}
    workflows: dict[str, Workflow] = {}
