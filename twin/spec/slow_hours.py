"""What slow answers do to the support desk."""

from typing import Annotated

from pydantic import Field

from twin.spec.values import Duration, Model, Ratio


class SlowHours(Model):
    """Hours in which the PLM answers too slowly count as degraded and bring tickets.

    response          mean response above which users call it slow; errors_ratio  or share of errors.
    ticket            class of the tickets that slow hours bring.
    tickets_per_user  how many of them a present user writes in a slow hour, on average.
    """

    response: Duration
    errors_ratio: Ratio = 0.01
    ticket: str | None = None
    tickets_per_user: Annotated[float, Field(ge=0.0, le=100.0)] = 0.0
