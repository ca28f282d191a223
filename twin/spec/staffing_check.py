"""Names in the staffing section that must mean something: tiers, shifts, calendars, queues."""

from twin.spec.findings import Findings
from twin.spec.scenario import Scenario


def check_staffing(scenario: Scenario, findings: Findings) -> None:
    """Note each name of the staffing section that is used but not defined."""
    staffing = scenario.staffing
    if staffing is None:
        return
    tiers, calendars = scenario.support.tiers, ("always", *scenario.calendars)
    queues = dict.fromkeys(queue for ticket in scenario.demand.tickets.values() for queue in ticket.visits)
    for queue in staffing.waits:
        findings.known(("staffing", "waits", queue), queue, queues, "queue")
    for name, written in staffing.tiers.items():
        findings.known(("staffing", "tiers", name), name, tiers, "tier")
        shifts = tiers[name].shifts if name in tiers else {}
        for key in ("premiums", "heads", "hours"):
            for shift in getattr(written, key) if name in tiers else ():
                findings.known(("staffing", "tiers", name, key, shift), shift, shifts, "shift")
        for shift, choices in written.hours.items():
            for index, calendar in enumerate(choices):
                findings.known(("staffing", "tiers", name, "hours", shift, index), calendar, calendars, "calendar")
        for index, cover in enumerate(written.cover):
            path = ("staffing", "tiers", name, "cover", index, "calendar")
            findings.known(path, cover.calendar, calendars, "calendar")
        if written.on_call is not None and name in tiers and tiers[name].on_call is None:
            remedy = "add on_call to the tier (0 heads will do): how long a call-out takes has to be known"
            findings.error(("staffing", "tiers", name, "on_call"), "the tier has nobody on call", remedy)
