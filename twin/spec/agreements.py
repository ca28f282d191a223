"""Agreements behind the contract: what tiers owe each other (OLA), and what a supplier owes (underpinning contract)."""

from pydantic import Field

from twin.spec.values import Duration, Model, Ratio


class Agreement(Model):
    """A clock of its own for tickets while they are with some tiers: from entering a queue of theirs to leaving it.

    tiers              whose queues count; moving between them goes on with the same clock.
    targets            priority -> the longest time there.
    calendar           when the clock runs (default: the contract's).
    pause_on_customer  waits on the customer stop it; waits on the vendor don't.
    attainment         share of the stays that must keep it.
    """

    tiers: tuple[str, ...] = Field(min_length=1)
    targets: dict[str, Duration] = Field(min_length=1)
    calendar: str | None = None
    pause_on_customer: bool = True
    attainment: Ratio = 0.9
