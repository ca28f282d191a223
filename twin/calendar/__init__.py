"""Business hours, shifts, public holidays and change windows, expanded to integer ticks from a scenario start.

Calendars are written in local wall-clock time and expanded to UTC once; everything after that is arithmetic on arrays.
"""

from twin.calendar.business import ALWAYS, BusinessCalendar, Window, is_always, spans, step_function
from twin.calendar.public_holidays import holidays_of, workdays_of
from twin.calendar.recurrence import occurrences
from twin.calendar.timeline import ALWAYS_OPEN, NEVER, Timeline, due_at, elapsed, timeline_of
from twin.calendar.zones import hour_of_week

__all__ = [
    "ALWAYS",
    "ALWAYS_OPEN",
    "NEVER",
    "BusinessCalendar",
    "Timeline",
    "Window",
    "due_at",
    "elapsed",
    "holidays_of",
    "hour_of_week",
    "is_always",
    "occurrences",
    "spans",
    "step_function",
    "timeline_of",
    "workdays_of",
]
