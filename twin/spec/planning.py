"""When changes may happen, and what it costs when a promise breaks: what a search for the best calendar needs."""

from typing import Annotated

from pydantic import Field

from twin.spec.values import Duration, Model

Price = Annotated[float, Field(ge=0.0)]


class Blackout(Model):
    """Days, both included, on which no change may start or be under way."""

    begins: str
    ends: str
    why: str = ""


class Slots(Model):
    """When the occurrences of a change may start: on these days at these local times, at most `within` from now."""

    days: str = "mon-sun"
    starts: Annotated[tuple[str, ...], Field(min_length=1)] = ("06:00", "12:00", "20:00")
    within: Duration = 10 * 86_400.0


class Planning(Model):
    """The search for the best change calendar.

    user_hour  cost of an hour that a user cannot work; breach  cost of a missed time, per priority.
    gap        least time between the starts of two changes; slots  per change that may move (default: all may).
    """

    currency: str = "EUR"
    user_hour: Price = 0.0
    breach: dict[str, Price] = {}
    gap: Duration = 86_400.0
    blackouts: tuple[Blackout, ...] = ()
    slots: dict[str, Slots] = {}
