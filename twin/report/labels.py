"""What measures, dimensions and causes are called on the page, and the families they are shown in."""

from collections.abc import Sequence
from typing import Final

from twin.experiment.table import Row
from twin.report import account_labels as accounts

FAMILIES: Final[dict[str, tuple[str, str]]] = {
    "availability": ("Availability", "How long users could work, what took the system down and how fast it came back."),
    "service_level": ("Service level", "Which tickets kept the times the contract promises."),
    "queues": ("Queues and people", "How long tickets wait, how many are open, how busy people are."),
    "attribution": ("Late tickets", "Where the time of tickets that missed a promise went."),
    **accounts.FAMILIES,
    "other": ("Other measures", "What belongs to no family above."),
}  # fmt: skip

_MEASURES: Final[dict[str, tuple[str, str]]] = {
    "availability": ("availability", "Available share of time"),
    "availability_quantile": ("availability", "Availability that this share of runs stays at or below"),
    "availability_kept": ("availability", "Periods that keep the availability promise"),
    "downtime": ("availability", "Downtime"),
    "outages": ("availability", "Outages"),
    "longest_outage": ("availability", "Longest outage in a run"),
    "user_hours_lost": ("availability", "Working time users lost"),
    "unit_availability": ("availability", "Share of time a single unit is in service"),
    "mean_time_to_detect": ("availability", "Mean time from failure to detection"),
    "mean_time_to_acknowledge": ("availability", "Mean time from detection until somebody starts"),
    "mean_time_to_restore": ("availability", "Mean time from failure until the unit is back"),
    "attainment": ("service_level", "Tickets on time"),
    "undecided_tickets": ("service_level", "Tickets still open and not yet late at the end"),
    "tickets": ("service_level", "Tickets in a run"),
    "attainment_kept": ("service_level", "Periods in which enough tickets are on time"),
    "wait": ("queues", "Mean wait of a visit to a queue"),
    "waited_ratio": ("queues", "Visits that had to wait"),
    "queue_length": ("queues", "Mean number of tickets waiting"),
    "first_wait": ("queues", "Mean wait until somebody starts"),
    "sojourn": ("queues", "Mean time from opening to solution"),
    "sojourn_quantile": ("queues", "Time within which this share of tickets is solved"),
    "abandoned_ratio": ("queues", "Tickets given up by the user"),
    "first_contact_ratio": ("queues", "Tickets solved by the first person"),
    "reopened_ratio": ("queues", "Tickets opened again"),
    "handoffs": ("queues", "Hand-offs to another queue"),
    "touches": ("queues", "Times somebody starts on a ticket"),
    "backlog": ("queues", "Mean number of open tickets"),
    "backlog_at_horizon": ("queues", "Open tickets at the end"),
    "backlog_max": ("queues", "Most open tickets at once"),
    "pages": ("queues", "Calls to people on call"),
    "raised": ("queues", "Tickets made more urgent because their time ran out"),
    "utilisation": ("queues", "Share of paid time spent on tickets"),
    "overtime": ("queues", "Work after the end of the shift, in a run"),
    "occupancy": ("queues", "Share of the shift spent on tickets"),
    "breach_part": ("attribution", "Mean time of a late ticket spent on"),
    "breached_tickets": ("attribution", "Late tickets in a run"),
    **accounts.MEASURES,
}  # fmt: skip

_VARIANTS: Final = {
    "calendar": "around the clock", "service_hours": "in service hours", "user_weighted": "weighted by active users",
}  # fmt: skip
CAUSES: Final = {
    "failure": "Failures", "takeover": "Switching to the standby", "maintenance": "Preventive maintenance",
    "change": "Announced changes", "change_fault": "Faulty changes", "unannounced_change": "Unannounced changes",
}  # fmt: skip
CLOCKS: Final = {"respond": "answered", "restore": "restored", "resolve": "solved"}
PARTS: Final = {
    "detection": "Not yet noticed", "triage": "Sorting", "off shift": "Nobody on duty", "call-out": "Getting up",
    "preempted": "Put aside for urgent work", "work": "Work", "rework": "Work after reopening",
    "waiting on customer": "Waiting for the customer", "waiting on vendor": "Waiting for the vendor",
    "closed before reopening": "Thought solved, until reopened",
}  # fmt: skip


def family(name: str) -> str:
    """The family a measure is shown in; "other" if the page does not know it."""
    return _MEASURES.get(name, ("other", ""))[0]


def measure(name: str) -> str:
    """What the measure is called; its own name if the page does not know it."""
    return _MEASURES.get(name, ("", name.replace("_", " ").capitalize()))[1]


def part(name: str) -> str:
    """What a part of the time of a late ticket is called."""
    return f"Waiting in {name.removeprefix('queue: ')}" if name.startswith("queue: ") else PARTS.get(name, name)


def where(row: Row) -> str:
    """The dimensions of a row in words: "P0, restored"; "all" where it has none."""
    return ", ".join(_dimension(*pair) for pair in row.where.items()) or "all"


def in_families(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows by family, in the order of the page; families without rows are left out."""
    groups = {name: [row for row in rows if family(row.name) == name] for name in FAMILIES}
    return {name: group for name, group in groups.items() if group}


def _dimension(key: str, value: str) -> str:
    if key == "variant":
        return _VARIANTS.get(value, value)
    if key == "function":
        return "whole system" if value == "whole" else value
    if key == "cause":
        return CAUSES.get(value, value).lower()
    if key == "clock":
        return CLOCKS.get(value, value)
    if key == "part":
        return part(value).lower() if value in PARTS else part(value)
    if key == "p":
        return f"{100 * float(value):g} %"
    if key in accounts.DIMENSIONS:
        return accounts.DIMENSIONS[key].format(value.replace("_", " "))
    return {"period": f"per {value}", "owner": f"owner: {value}", "shift": f"{value} shift"}.get(key, value)
