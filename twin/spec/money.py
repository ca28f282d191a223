"""Money: what people, tools, downtime and missed promises cost, what the vendor charges, and who pays."""

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from twin.spec.values import Duration, Model, Ratio

Amount = Annotated[float, Field(ge=0.0, le=1e12)]
Party = Literal["customer", "vendor"]
PARTIES: Final[tuple[Party, ...]] = ("customer", "vendor")
ClockName = Literal["respond", "restore", "resolve"]


class Wage(Model):
    """What the heads of a tier cost, in the currency; shifts are paid as planned, whoever is absent.

    per_hour          an hour on shift.
    shifts            an hour on the named shift, where it differs.
    per_on_call_hour  an hour of being on call; per_page  each call that gets somebody up.
    overtime_ratio    an hour worked on call or after the end of the shift, over an hour on shift.
    """

    per_hour: Amount
    shifts: dict[str, Amount] = {}
    per_on_call_hour: Amount = 0.0
    per_page: Amount = 0.0
    overtime_ratio: Annotated[float, Field(ge=0.0, le=10.0)] = 1.0


class Tool(Model):
    """A tool or a service that costs the same whatever happens.

    per_year  in the currency; paid_by  customer or vendor.
    """

    per_year: Amount
    paid_by: Party = "customer"


class CreditStep(Model):
    """A service credit for a month.

    below         it is due if the availability of the month lies below this share.
    credit_ratio  the share of the month's fee that is given back; the largest step that is due counts.
    """

    below: Ratio
    credit_ratio: Ratio


class Penalties(Model):
    """What the vendor pays for missed promises, in the currency.

    missed              priority -> clock -> amount for each ticket that missed it.
    availability        credits for months of poor availability.
    vendor_faults_only  tickets and outages that are the customer's fault, or out of scope, cost the vendor nothing.
    most_ratio          the largest share of a year's fee that is paid back in a year.
    """

    missed: dict[str, dict[ClockName, Amount]] = {}
    availability: tuple[CreditStep, ...] = ()
    vendor_faults_only: bool = True
    most_ratio: Ratio = 1.0


class Tariff(Model):
    """What the vendor charges, in the currency.

    per_year       the annual fee; per_incident  each incident above those included.
    included       incidents in a year that the annual fee covers.
    per_man_day    a day of work of the vendor's tiers on incidents.
    """

    per_year: Amount = 0.0
    per_incident: Amount = 0.0
    included: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    per_man_day: Amount = 0.0


class Budget(Model):
    """What the customer has for the PLM in a year, and which shares of it are tried as the budget for service.

    per_year        in the currency.
    service_ratios  shares kept for service.
    """

    per_year: Amount
    service_ratios: tuple[Ratio, ...] = (0.15, 0.175, 0.2)


class Money(Model):
    """All amounts are in one currency, named here.

    wages           by tier; the party that employs the tier pays them.
    tools           by name.
    downtime        function (or whole) -> loss per hour of work that users lose there.
    penalties       what the vendor pays back.
    tariffs         by name; tariff  the one in force, once the free time is over.
    incidents       ticket classes that count as incidents (default: all that are in scope).
    free            from the start of the contract no fee is due for this long.
    years           length of the contract, each year like the measured time; for the cash flow.
    man_day         hours of work in a man-day.
    out_of_scope_per_man_day  a day of work of the vendor's tiers on tickets that are out of scope.
    budget          what may be spent on service.
    """

    currency: Annotated[str, Field(min_length=1, max_length=12)]
    wages: dict[str, Wage] = {}
    tools: dict[str, Tool] = {}
    downtime: dict[str, Amount] = {}
    penalties: Penalties = Penalties()
    tariffs: dict[str, Tariff] = {}
    tariff: str | None = None
    incidents: tuple[str, ...] = ()
    free: Duration = 0.0
    years: Annotated[int, Field(ge=1, le=50)] = 1
    man_day: Duration = Field(default=28_800.0, gt=0.0, validate_default=False)
    out_of_scope_per_man_day: Amount = 0.0
    budget: Budget | None = None

    @model_validator(mode="after")
    def _has_a_tariff_in_force(self) -> "Money":
        if self.tariffs and self.tariff is None:
            raise ValueError('there are tariffs but none is in force; say which with "tariff"')
        return self
