"""Business transactions in the PLM, such as a change of a bill of material: steps that wait, think and click."""

from typing import Literal

from pydantic import Field, model_validator

from twin.spec.values import Duration, Law, Model, Rate


class Step(Model):
    """One step of a transaction; all lengths are elapsed time.

    wait    until somebody takes it up; person  that the person needs, away from the PLM.
    system  that the person needs the PLM for: an outage makes it longer.
    """

    wait: Law = Law(mean="0 s")  # type: ignore[arg-type]
    person: Duration = 0.0
    system: Duration = 0.0


class Workflow(Model):
    """A transaction from its start to its end.

    function   of the PLM (or whole) that its steps need.
    steps      one after the other, by name.
    approvals  by name; approval  whether one waits for the other (serial) or all are asked at once (parallel).
    rate       how many there are; before  the time they took, to compare with.
    """

    function: str = "whole"
    steps: dict[str, Step] = {}
    approvals: dict[str, Step] = {}
    approval: Literal["serial", "parallel"] = "serial"
    rate: Rate = 0.0
    before: Duration | None = Field(default=None, gt=0.0)

    @model_validator(mode="after")
    def _does_something(self) -> "Workflow":
        if not self.steps and not self.approvals:
            raise ValueError('nothing happens in it; add "steps" or "approvals"')
        return self
