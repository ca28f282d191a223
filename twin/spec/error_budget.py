"""The error budget of the availability promise, the alerts on its burn rate, and the weeks after a go-live."""

from typing import Annotated

from pydantic import Field, model_validator

from twin.spec.values import Duration, Model


class BurnAlert(Model):
    """An alert that fires while the budget burns at least `rate` times as fast as it may, over two windows at once.

    long   the window that says it matters; short  the window that says it still goes on.
    rate   1 burns the budget of a window of the promise exactly in that window.
    """

    long: Duration
    short: Duration
    rate: Annotated[float, Field(gt=0.0, le=100_000.0)]

    @model_validator(mode="after")
    def _windows_fit(self) -> "BurnAlert":
        if not 0 < self.short <= self.long:
            raise ValueError('the short window lasts longer than the long one, or 0 s; write e.g. "short: 5 min"')
        return self


class ErrorBudget(Model):
    """What may go wrong in a month without breaking the availability promise, and who is woken when it burns.

    objective  the promised share of time (default: the contract's); function  whose outages burn it.
    alerts     by name; fast ones page, slow ones open a ticket. What users see in part burns in part.
    """

    objective: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    function: str = "whole"
    alerts: dict[str, BurnAlert] = {}


class Hypercare(Model):
    """The weeks after a go-live, with goals of their own.

    change        the change that goes live; the time counts from the end of its first occurrence that held.
    length        how long it lasts.
    availability  promised for it; satisfaction  promised for it.
    settled       weekly tickets at most this much above those of the last week before count as settled.
    """

    change: str
    length: Duration = Field(default=2_592_000.0, gt=0.0, validate_default=False)
    availability: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.999
    satisfaction: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    settled: Annotated[float, Field(ge=0.0, le=10.0)] = 0.1
