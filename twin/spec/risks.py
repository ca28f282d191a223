"""Flaws that wait for a patch, data that an outage loses, and messages that wait for a link."""

from typing import Annotated

from pydantic import Field, model_validator

from twin.spec.values import Duration, Model, Rate


class Security(Model):
    """Known flaws and what closes them.

    flaws     how often one becomes known, at any time alike; fixed_by  changes that close all that are known.
    """

    flaws: Rate
    fixed_by: tuple[str, ...] = Field(min_length=1)


class Recovery(Model):
    """What a standby lacks when it takes over, and how much data may be lost; backups are under prevention.

    lag      component -> how far its standby is behind: lost at each takeover.
    promise  the most that one failure may lose (recovery point objective).
    """

    lag: dict[str, Duration] = {}
    promise: Duration | None = None


class Link(Model):
    """A message queue to another system; messages flow evenly.

    component  without which nothing is transferred, nor without what it depends on.
    rate       messages sent while `calendar` is open; capacity  messages that can be transferred at most.
    window     when transfers run (a nightly batch); a message that finds the link shut or others waiting is delayed.
    """

    component: str
    rate: Rate
    capacity: Annotated[Rate, Field(gt=0.0)]
    calendar: str = "always"
    window: str = "always"

    @model_validator(mode="after")
    def _catches_up(self) -> "Link":
        if self.capacity <= self.rate:
            raise ValueError("the capacity is no more than the rate: a backlog would never go; raise the capacity")
        return self
