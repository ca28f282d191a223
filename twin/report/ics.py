"""Calendar files (iCalendar) that planners import: one event per turn of duty or per change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Event:
    """One entry: a name that is unique in the file, a title, its times as aware datetimes, and a note."""

    uid: str
    title: str
    start: datetime
    end: datetime
    note: str = ""


def write_calendar(events: Iterable[Event], path: Path, name: str) -> None:
    """Write the events as an iCalendar file. The same events give the same bytes."""
    from icalendar import Calendar
    from icalendar import Event as Entry

    calendar = Calendar()
    calendar.add("prodid", "-//plm-assurance-twin//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for event in events:
        entry = Entry()
        entry.add("uid", f"{event.uid}@plm-assurance-twin")
        entry.add("dtstamp", event.start)
        entry.add("summary", event.title)
        entry.add("dtstart", event.start)
        entry.add("dtend", event.end)
        if event.note:
            entry.add("description", event.note)
        calendar.add_component(entry)
    path.write_bytes(calendar.to_ical())
