"""The contract: clocks per priority, what pauses them, what counts as downtime."""

from typing import Annotated, Literal

from pydantic import Field

from twin.spec.values import Duration, Model, Ratio


class Target(Model):
    """Promised times for one priority; a clock that is not named is not promised.

    respond  first qualified touch; restore  service is back; resolve  the ticket is solved.
    calendar  when the clocks run (default: the contract's).
    """

    respond: Duration | None = None
    restore: Duration | None = None
    resolve: Duration | None = None
    calendar: str | None = None


class Contract(Model):
    """The service level agreement.

    profile                       a named set of targets to start from; targets given here replace its rows.
    attainment                    share of tickets that must meet each clock in a period.
    availability                  promised share of time, over service_calendar.
    planned_maintenance_counts    a contract clause: does announced maintenance count as downtime?
    pause_on_customer, pause_on_vendor   which waits stop the clocks.
    """

    profile: str | None = None
    targets: dict[str, Target] = {}
    calendar: str = "always"
    service_calendar: str = "always"
    attainment: Ratio = 0.95
    availability: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.999
    period: Literal["month", "year"] = "month"
    planned_maintenance_counts: bool = False
    pause_on_customer: bool = True
    pause_on_vendor: bool = False
