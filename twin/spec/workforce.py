"""People come, go and learn: absences, attrition, learning by doing, routine work, skill groups."""

from typing import Annotated

from pydantic import Field, model_validator

from twin.spec.dated import Dated
from twin.spec.support import Heads
from twin.spec.values import Duration, Law, Model, Ratio

People = Annotated[int, Field(ge=1, le=10_000)]


class Absence(Model):
    """People of a tier who are away, on dates (leave) or at random (illness).

    heads       how many are away at a time, on dates.
    at, repeat  one local date and time, or an RRULE counted from it.
    every       mean time between two illnesses of one person (exponential); people  how many can fall ill.
    lasts       how long somebody is away.
    """

    tier: str
    lasts: Law
    heads: Heads = 1
    at: str | None = None
    repeat: str | None = None
    every: Duration | None = None
    people: People = 1

    @model_validator(mode="after")
    def _dated_or_random(self) -> "Absence":
        if (self.every is None) == (self.at is None and self.repeat is None):
            raise ValueError('say when: either "at" or "repeat" (on dates), or "every" (at random)')
        if self.every is not None and self.every <= 0:
            raise ValueError("every must be longer than 0; write e.g. 90 d")
        return self

    @property
    def dated(self) -> Dated | None:
        """Its dates, None if it comes at random."""
        return None if self.every is not None else Dated(at=self.at, repeat=self.repeat)


class Attrition(Model):
    """People of a tier leave, are replaced, and their successors have to learn the trade.

    people           how many the tier has.
    stays            mean time that somebody stays (exponential).
    hiring           how long the place is empty; nobody does that work.
    ramp_up          how long a newcomer needs until full speed; until then the surplus below shrinks evenly.
    work_factor      a newcomer's first work takes this many times as long.
    escalate_factor  a newcomer at first escalates this many times as often (what the leaver knew is lost).
    """

    people: People
    stays: Annotated[Duration, Field(gt=0)]
    hiring: Law
    ramp_up: Duration = 0.0
    work_factor: Annotated[float, Field(ge=1.0, le=20.0)] = 1.0
    escalate_factor: Annotated[float, Field(ge=1.0, le=20.0)] = 1.0


class Learning(Model):
    """A tier learns by doing: every doubling of the tickets it has worked on saves a share of work and of escalations.

    experience        tickets it had seen before tick 0; from then on those of all classes that visit its queues count.
    work_saved        share of work saved by a doubling; escalations_saved  share of escalations saved by one.
    least_ratio       neither falls below this share of its first value.
    Source: Wright (1936), Factors affecting the cost of airplanes: work falls as a power of the cumulated quantity.
    """

    experience: Annotated[float, Field(gt=0.0, le=1e9)]
    work_saved: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    escalations_saved: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    least_ratio: Ratio = 0.5


class Session(Dated):
    """People who are off duty for a while, to teach, learn or practise.

    lasts  how long; staff  heads per tier.
    """

    lasts: Law = Law(mean="0 s")  # type: ignore[arg-type]
    staff: dict[str, Heads] = {}


class Routine(Dated):
    """Planned work that competes with tickets for the same people: inspection, log analysis, backup check, restore
    drill, a visit to the users.

    queue  whose people do it; work  of each piece; pieces  how many each time; priority  among the tickets there.
    """

    queue: str
    work: Law
    priority: str
    pieces: Annotated[int, Field(ge=1, le=1000)] = 1


class Workforce(Model):
    """Who is missing, who leaves and who learns.

    absences   by name; shrinkage  tier -> share of its heads missing in each shift (each head by itself).
    attrition, learning  by tier; routines  planned work by name.
    without    tier -> queue that takes its tickets instead: the world without that tier.
    """

    absences: dict[str, Absence] = {}
    shrinkage: dict[str, Ratio] = {}
    attrition: dict[str, Attrition] = {}
    learning: dict[str, Learning] = {}
    routines: dict[str, Routine] = {}
    without: dict[str, str] = {}
