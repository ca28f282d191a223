"""The support organisation: tiers, shifts, on-call, and how they pick work."""

from typing import Annotated, Literal

from pydantic import Field

from twin.spec.values import Duration, Law, Model

Heads = Annotated[int, Field(ge=0, le=100_000)]


class WorkingTime(Model):
    """When something is open: windows of local time on week days, less holidays.

    days     "mon-fri", "sat", "mon,wed,fri"; hours  "08:00-18:00" (may pass midnight), "00:00-24:00".
    country  public holidays of an ISO country code; holidays, workdays  further days off and make-up working days.
    union    open whenever one of these named calendars is open (follow the sun).
    until    local date from which it is closed for good.
    """

    time_zone: str | None = None
    days: str = "mon-sun"
    hours: tuple[str, ...] | str = "00:00-24:00"
    country: str | None = None
    holidays: tuple[str, ...] = ()
    workdays: tuple[str, ...] = ()
    union: tuple[str, ...] = ()
    until: str | None = None


class Shift(Model):
    """Heads on duty while a calendar is open."""

    calendar: str = "always"
    heads: Heads


class OnCall(Model):
    """People at home: they take only urgent tickets, and need `call_out` before the first one.

    calendar    when they are on call (default: whenever no shift of the tier is on duty).
    priorities  the least urgent priority they get up for.
    most_pages  calls that one person should get in a week at most.
    """

    heads: Heads
    call_out: Duration
    priorities: str
    calendar: str | None = None
    most_pages: Annotated[int, Field(ge=0, le=10_000)] | None = None


class SkillGroup(Model):
    """Part of a tier with skills of its own.

    skills  modules of ticket classes that it can work on, in order of preference.
    shifts, on_call  its own people.
    at_shift_end  as for a tier (default: as its tier).
    """

    skills: tuple[str, ...] = Field(min_length=1)
    shifts: dict[str, Shift] = {}
    on_call: OnCall | None = None
    at_shift_end: Literal["finish", "pause"] | None = None


class Tier(Model):
    """People (or machines) who work on the tickets of the queues they serve.

    serves        queues in order of preference among tickets of equal priority.
    preempt       tickets of this priority or a more urgent one interrupt less urgent work, which resumes later.
    at_shift_end  finish: work in hand is finished; pause: it goes back to its queue and resumes.
    units_of      one head per unit of this component that is up (workers that fail).
    level         1, 2, 3: the line of support, for reports; 0: no people (self-service), whose touch is no answer.
    groups        its people by skill instead of shifts: queues split by the module of the ticket's class.
    travel        way to the place: the triage of every ticket it takes (on-site people).
    until         local date from which it is closed for good (a vendor that is cut off).
    minimum       heads that must be on duty while a shift of it is open, for the measure of understaffing.
    party         who employs them: the customer or the vendor.
    """

    serves: tuple[str, ...] = Field(min_length=1)
    shifts: dict[str, Shift] = {}
    on_call: OnCall | None = None
    preempt: str | None = None
    at_shift_end: Literal["finish", "pause"] = "finish"
    units_of: str | None = None
    level: Annotated[int, Field(ge=0, le=9)] = 1
    groups: dict[str, SkillGroup] = {}
    travel: Law | None = None
    until: str | None = None
    minimum: Annotated[int, Field(ge=0, le=100_000)] = 0
    party: Literal["customer", "vendor"] = "customer"


class HierarchicEscalation(Model):
    """Management steps in when a promised time runs out: once `at_ratio` of the target of a clock has passed on that
    clock's calendar (pauses not deducted), a ticket that is still open (respond: still untouched) becomes `levels`
    priorities more urgent."""

    clock: Literal["respond", "resolve"] = "resolve"
    at_ratio: Annotated[float, Field(gt=0.0, le=10.0)] = 0.75
    levels: Annotated[int, Field(ge=1, le=9)] = 1


class Support(Model):
    """Tiers by name, and how impact and urgency make a priority.

    priority_matrix  impact -> urgency -> priority.
    """

    priorities: tuple[str, ...] = ("P0", "P1", "P2", "P3")
    priority_matrix: dict[str, dict[str, str]] = {}
    tiers: dict[str, Tier] = {}
    hierarchic_escalation: HierarchicEscalation | None = None
