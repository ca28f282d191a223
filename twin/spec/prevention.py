"""What is done before something breaks, and to be ready when it does."""

from typing import Annotated

from pydantic import Field

from twin.spec.dated import Dated
from twin.spec.values import Duration, Law, Model, Rate, Ratio
from twin.spec.workforce import Session


class FalseAlarms(Model):
    """Alarms without a fault: tickets that cost people time.

    rate  alarms, Poisson; queue  whose people look at them; work  until it is clear that nothing is wrong.
    """

    rate: Rate
    queue: str
    priority: str
    work: Law


class Runbook(Model):
    """Written steps for the tickets of some classes.

    queues      where it is used; work_ratio  work that is left there; escalate_ratio  share of escalations left there.
    """

    tickets: tuple[str, ...] = Field(min_length=1)
    queues: tuple[str, ...] = Field(min_length=1)
    work_ratio: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    escalate_ratio: Ratio = 1.0


class Drill(Session):
    """An exercise for the emergency, after which triage and work on some classes is faster for a while.

    work_saved  share of the work saved right after it; half_life  time after which half of that is lost (0 s: never).
    """

    tickets: tuple[str, ...] = Field(min_length=1)
    work_saved: Annotated[float, Field(ge=0.0, lt=1.0)]
    half_life: Duration = 0.0


class Watch(Model):
    """A threshold rule: on a day as busy as this, a proactive ticket opens and keeps users from opening theirs.

    above     times the usual activity of the watched class; of  the watched class.
    ticket    class of the proactive ticket; it opens when the day's activity reaches the usual level.
    prevents  ticket class -> share of that day's tickets that don't come.
    """

    of: str
    above: Annotated[float, Field(gt=0.0, le=100.0)]
    ticket: str
    prevents: dict[str, Ratio] = {}


class ProblemReview(Dated):
    """A regular look at what comes back: it removes root causes.

    removes     share of the remaining root causes that each review removes, `delay` after it.
    tickets     ticket class -> share of its tickets that come from such root causes.
    (failures that come from them: `recurring` of a component.)
    """

    removes: Ratio
    delay: Duration = 0.0
    tickets: dict[str, Ratio] = {}


class Backups(Model):
    """Backups of components that hold data.

    components  component -> probability that a failure corrupts its data.
    every       time between two backups, counted from tick 0: what came after the last one is lost (RPO).
    restore     class of the ticket that such a failure opens: its work is the restore (RTO).
    """

    components: dict[str, Ratio] = Field(min_length=1)
    every: Annotated[Duration, Field(gt=0)]
    restore: str


class Prevention(Model):
    """False alarms, runbooks, drills, threshold rules and reviews by name; and backups."""

    false_alarms: dict[str, FalseAlarms] = {}
    runbooks: dict[str, Runbook] = {}
    drills: dict[str, Drill] = {}
    watches: dict[str, Watch] = {}
    reviews: dict[str, ProblemReview] = {}
    backups: Backups | None = None
