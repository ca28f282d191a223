"""The columns and event codes of the event log: one row per thing that happened, real or simulated.

A row reads "at tick `at`, `event` happened to `entity`, at `place`, with `value`". What entity, place and value
mean depends on the event and is listed beside each code.
"""

from typing import Final

import numpy as np

# Tickets: entity = ticket number.
OPENED: Final = 1  # place = queue it joins, value = priority (0 most urgent)
STARTED: Final = 2  # place = tier whose agent begins or resumes work; value = 1 if the agent begins with triage
TRIAGED: Final = 3  # place = tier; the same agent goes on from triage to work
ESCALATED: Final = 4  # place = queue it joins; the agent is free
REASSIGNED: Final = 5  # place = queue it joins; the agent is free
WAITS_CUSTOMER: Final = 6  # place = queue it will return to; the agent is free
WAITS_VENDOR: Final = 7  # place = queue it will return to; the agent is free
RETURNED: Final = 8  # place = queue it joins
INTERRUPTED: Final = 9  # place = queue it joins again; more urgent work took the agent
PAUSED: Final = 10  # place = queue it joins again; the shift ended or the worker failed
RESTORED: Final = 11  # place = tier; service is back, work on the cause goes on
RESOLVED: Final = 12  # place = tier; the agent is free
REOPENED: Final = 13  # place = queue it joins
ABANDONED: Final = 14  # place = queue it leaves
PAGED: Final = 15  # place = tier; an agent on call is taken and gets up, STARTED follows
RAISED: Final = 16  # place = queue it is at, value = new priority; its clock is running out (hierarchic escalation)
RECLASSIFIED: Final = 17  # place = tier whose agent finds out, value = the priority that it should have had

IN_QUEUE: Final = (OPENED, ESCALATED, REASSIGNED, RETURNED, INTERRUPTED, PAUSED, REOPENED)  # the ticket joins a queue
CLOSED: Final = (RESOLVED, ABANDONED)
AT_QUEUE: Final = (*IN_QUEUE, WAITS_CUSTOMER, WAITS_VENDOR, ABANDONED, RAISED)  # place = a queue; else a tier

# Units and components.
FAILED: Final = 20  # entity = unit, place = component, value = 0 own fault, 1 common cause, 2 after-effect of a change
DETECTED: Final = 21  # entity = unit, place = component
REPAIRED: Final = 22  # entity = unit, place = component; the unit is in service again, as new
MAINTAINED: Final = 23  # entity = unit, place = component, value = why (below); the unit goes out of service
MAINTENANCE_ENDED: Final = 24  # entity = unit, place = component; the unit is in service again, as new
TAKEOVER: Final = 25  # entity = unit that failed, place = component, value = 1 automatic, 0 by hand
TAKEN_OVER: Final = 26  # entity = component, place = component
DOWN: Final = 30  # entity = component, place = component, value = cause (below)
UP: Final = 31  # entity = component, place = component

# Changes.
CHANGE_PHASE: Final = 40  # entity = number of the change's occurrence, place = change, value = phase (below)
HELD: Final = (
    41  # entity = number of the change's occurrence, place = component, value = share of users affected, in thousandths
)
RELEASED: Final = 42  # entity = number of the change's occurrence, place = component, value = the share held

# Tiers.
ON_DUTY: Final = 50  # entity = tier, place = tier, value = heads from now on

EVENT_NAMES: Final[dict[int, str]] = {
    OPENED: "opened", STARTED: "started", TRIAGED: "triaged", ESCALATED: "escalated", REASSIGNED: "reassigned",
    WAITS_CUSTOMER: "waits_customer", WAITS_VENDOR: "waits_vendor", RETURNED: "returned", INTERRUPTED: "interrupted",
    PAUSED: "paused", RESTORED: "restored", RESOLVED: "resolved", REOPENED: "reopened", ABANDONED: "abandoned",
    PAGED: "paged", RAISED: "raised", RECLASSIFIED: "reclassified", FAILED: "failed", DETECTED: "detected",
    REPAIRED: "repaired", MAINTAINED: "maintained", MAINTENANCE_ENDED: "maintenance_ended", TAKEOVER: "takeover",
    TAKEN_OVER: "taken_over", DOWN: "down", UP: "up", CHANGE_PHASE: "change_phase", HELD: "held",
    RELEASED: "released", ON_DUTY: "on_duty",
}  # fmt: skip

# Value of MAINTAINED.
BY_SCHEDULE: Final = 0
BY_WARNING: Final = 1  # monitoring saw the failure coming

# Value of DOWN: what took the component out of service.
CAUSE_FAILURE: Final = 0
CAUSE_TAKEOVER: Final = 1
CAUSE_MAINTENANCE: Final = 2
CAUSE_CHANGE: Final = 3  # the intervention itself
CAUSE_CHANGE_FAULT: Final = 4  # a faulty version, its rollback, or the repair after a failed rollback
CAUSE_UNANNOUNCED: Final = 5  # an intervention that was not announced
CAUSE_NAMES: Final = ("failure", "takeover", "maintenance", "change", "change_fault", "unannounced_change")
PLANNED_CAUSES: Final = (CAUSE_MAINTENANCE, CAUSE_CHANGE)

# Value of CHANGE_PHASE.
PHASE_NAMES: Final = ("began", "ended", "fault_exposed", "rollback_began", "rolled_back", "rollback_failed")

COLUMNS: Final = (
    ("at", np.int64),
    ("event", np.int8),
    ("entity", np.int32),
    ("place", np.int16),
    ("value", np.int32),
)
