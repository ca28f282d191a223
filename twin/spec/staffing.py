"""What a search for the cheapest staffing may vary, what people cost, and the rules a plan must keep."""

from typing import Annotated

from pydantic import Field, model_validator

from twin.spec.support import Heads
from twin.spec.values import Duration, Model, Rate, Ratio

Money = Annotated[float, Field(ge=0.0)]
Bounds = Annotated[tuple[Heads, ...], Field(min_length=2, max_length=2)]


class Cover(Model):
    """Least heads on duty whenever a calendar is open (people on call not counted)."""

    heads: Heads
    calendar: str = "always"


class Handover(Model):
    """What desks promise each other (an operational level agreement): the share of visits to a queue whose first
    wait is at most `within`, around the clock."""

    within: Duration
    ratio: Ratio = 0.95


class TierStaffing(Model):
    """Cost and bounds of one tier.

    wage          per head and hour on duty; on_call_wage  per head and hour at home (default: a fifth of the wage).
    premiums      factor on the wage, per shift.
    heads         [least, most] per shift; a shift that is not named stays as it is (default: all shifts may vary).
    on_call       [least, most] people on call (default: as they are).
    hours         calendars that a shift may follow instead of its own, such as hours bought from a vendor.
    cover         least heads on duty; people  most persons the tier may have.
    pages_per_person  most calls to each person on call.
    """

    wage: Money = 1.0
    on_call_wage: Money | None = None
    premiums: dict[str, Money] = {}
    heads: dict[str, Bounds] = {}
    on_call: Bounds | None = None
    hours: dict[str, tuple[str, ...]] = {}
    cover: tuple[Cover, ...] = ()
    people: Annotated[int, Field(ge=0)] | None = None
    pages_per_person: Rate | None = None

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> "TierStaffing":
        for name, bounds in (*self.heads.items(), ("on_call", self.on_call or (0, 0))):
            if bounds[0] > bounds[1]:
                raise ValueError(f"the bounds of {name} are {list(bounds)}; write the lower one first")
        return self


class LabourRules(Model):
    """What the work of one person must keep to.

    weekly_hours   paid hours a week; absence_ratio  share of them lost to leave, illness and training.
    rest           least time between two shifts; days_in_a_row  most days worked without a day off.
    on_call_ratio  largest share of the weeks a person may be on call.
    """

    weekly_hours: Duration = 40 * 3600.0
    absence_ratio: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.15
    rest: Duration = 11 * 3600.0
    days_in_a_row: Annotated[int, Field(ge=1, le=31)] = 6
    on_call_ratio: Annotated[float, Field(gt=0.0, le=1.0)] = 0.25


class Budget(Model):
    """Most the staffing may cost: a share of a yearly sum, such as 15 to 20 % of the budget of the PLM."""

    per_year: Money
    share: Ratio = 1.0


class Staffing(Model):
    """The search for the cheapest staffing.

    confidence    that each promise is kept; availability  whether the promise of availability is one of them.
    indifference  difference of a share too small to matter.
    waits         what desks promise each other, by queue.
    """

    currency: str = "head-hours"
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    availability: bool = False
    indifference: Annotated[float, Field(gt=0.0, le=0.1)] = 0.002
    budget: Budget | None = None
    rules: LabourRules = LabourRules()
    tiers: dict[str, TierStaffing] = {}
    waits: dict[str, Handover] = {}
