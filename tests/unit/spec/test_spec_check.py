"""Cross-checks: every doubtful name and figure of a scenario, with its line and a remedy."""

from itertools import pairwise
from pathlib import Path

import pytest

from twin.spec.load import ScenarioError, load_text

TEXT = (Path(__file__).parent / "everything.yaml").read_text()


def line_of(text: str, fragment: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "depends_on: [net]",
            "depends_on: [ent]",
            'components.db.depends_on.0: unknown component "ent"; did you mean "net"?',
        ),
        ("needs: [app]", "needs: [ap]", 'functions.search.needs.0: unknown component "ap"; did you mean "app"?'),
        (
            "ticket: failure, priority: P0}, owner",
            "ticket: failur, priority: P0}, owner",
            'repair.ticket: unknown ticket class "failur"',
        ),
        (
            "priority: P0, degraded: P1}",
            "priority: P9, degraded: P1}",
            'db.repair.priority: unknown priority "P9"; did you mean',
        ),
        (
            "priority: P0, degraded: P1}",
            "priority: P0, degraded: Q}",
            'db.repair.degraded: unknown priority "Q"; known here: P0',
        ),
        ("concurrent_ratio: 0.3, profile: day", "profile: dya", 'demand.users.profile: unknown profile "dya"'),
        (
            "span: day, calendar: berlin",
            "span: day, calendar: belrin",
            'unknown calendar "belrin"; did you mean "berlin"?',
        ),
        ("rate: 40 / day, profile: day", "rate: 40 / day, profile: x", 'fault.arrivals.profile: unknown profile "x"'),
        ("impact: {high", "impact: {hihg", 'fault.impact.hihg: unknown impact "hihg"; did you mean "high"?'),
        ("urgency: {high", "urgency: {hihg", "fault.urgency.hihg: unknown urgency"),
        ("priority: P3", "priority: P4", 'conversion.priority: unknown priority "P4"'),
        ("priority: {P2: 1.0}", "priority: {P7: 1.0}", 'audit.priority.P7: unknown priority "P7"'),
        (
            "to: L2, probability: 0.1",
            "to: L9, probability: 0.1",
            'L1.reassign.to: goes on to queue "L9", which has no visit',
        ),
        (
            "next: {L3: 0.1}",
            "next: {L4: 0.1}",
            'visits.L2.next.L4: goes on to queue "L4", which has no visit; did you mean',
        ),
        ("cv: 1}, to: L2}", "cv: 1}, to: L5}", 'reopen.to: goes on to queue "L5"'),
        ("low: {high: P2", "low: {high: P8", 'priority_matrix.low.high: unknown priority "P8"'),
        (
            "priorities: [P0, P1, P2, P3]",
            "priorities: [P0, P1, P2, P3, P3]",
            "support.priorities: priorities are missing or repeated",
        ),
        (
            "calendar: sun, heads: 4",
            "calendar: sum, heads: 4",
            'L1.shifts.day.calendar: unknown calendar "sum"; did you mean "sun"?',
        ),
        ("preempt: P1", "preempt: P5", 'L2.preempt: unknown priority "P5"'),
        (
            "priorities: P1, calendar: night",
            "priorities: PX, calendar: night",
            'on_call.priorities: unknown priority "PX"',
        ),
        (
            "priorities: P1, calendar: night",
            "priorities: P1, calendar: nite",
            'on_call.calendar: unknown calendar "nite"',
        ),
        ("units_of: cad", "units_of: cda", 'machines.units_of: unknown component "cda"; did you mean "cad"?'),
        (
            "units_of: cad",
            "units_of: cad, shifts: {a: {heads: 1}}",
            "machines.units_of: its heads are the units of a component",
        ),
        (
            "serves: [cad]",
            "serves: [cda]",
            'visits.cad: no tier serves queue "cad"; name it in a tier\'s "serves" (did you mean',
        ),
        (
            "profile: appliance",
            "profile: aplliance",
            'contract.profile: unknown SLA profile "aplliance"; did you mean "appliance"?',
        ),
        ("targets: {P1:", "targets: {P6:", 'contract.targets.P6: unknown priority "P6"'),
        ("resolve: 2 d, calendar: berlin", "resolve: 2 d, calendar: b", 'targets.P1.calendar: unknown calendar "b"'),
        ("  calendar: sun", "  calendar: moon", 'contract.calendar: unknown calendar "moon"'),
        ("service_calendar: berlin", "service_calendar: bern", 'unknown calendar "bern"; did you mean "berlin"?'),
        (
            "components: [app, db]",
            "components: [app, bd]",
            'upgrade.components.1: unknown component "bd"; did you mean "db"?',
        ),
        ("restore: failure", "restore: fail", 'upgrade.restore: unknown ticket class "fail"'),
        ("restore_priority: P0", "restore_priority: P", 'upgrade.restore_priority: unknown priority "P"'),
        ("staff: {L2: 1", "staff: {L9: 1", 'upgrade.staff.L9: unknown tier "L9"'),
        (
            "surges: [{ticket: fault",
            "surges: [{ticket: fautl",
            'surges.0.ticket: unknown ticket class "fautl"; did you mean "fault"?',
        ),
        (
            "at: 2026-05-09T20:00",
            "at: 9 May",
            'upgrade.at: "9 May" is not a date and time; write e.g. 2026-01-10T22:00',
        ),
        ("FREQ=MONTHLY", "FREQ=MONTLY", "patch.repeat: rule"),
        (
            "time_zone: Europe/Berlin",
            "time_zone: Europe/Berlni",
            "clock.time_zone: unknown time zone 'Europe/Berlni'; did you mean",
        ),
        ("time_zone: Asia/Kolkata", "time_zone: Asia/Kolkatta", "pune.time_zone: unknown time zone"),
        ("country: DE-BY", "country: DX", "berlin.country: unknown country 'DX'; did you mean"),
        ("days: mon-sun", "days: mon-son", 'night.days: "son" is no week day; did you mean'),
        ('hours: "22:00-06:00"', 'hours: "22-06"', 'night.hours: "22-06" is no span of hours; write e.g.'),
        ('hours: "22:00-06:00"', 'hours: "22:00-25:00"', 'night.hours: "22:00-25:00" leaves the day'),
        ("holidays: [2026-12-24]", "holidays: [24.12.2026]", 'berlin.holidays: "24.12.2026" is no date'),
        (
            "union: [berlin, pune]",
            "union: [berlin, puna]",
            'sun.union.1: unknown calendar "puna"; did you mean "pune"?',
        ),
        ("union: [berlin, pune]", "union: [berlin, sun]", "sun.union: calendars unite each other: sun -> sun"),
    ],
)
def test_faults_that_no_single_part_can_see(old: str, new: str, told: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(ScenarioError) as caught:
        load_text(text, "f.yaml")
    match = [one for one in caught.value.problems if told in str(one)]
    assert match, str(caught.value)
    assert match[0].remedy
    if "no tier serves" not in told and "times from" not in told:
        assert match[0].line in {line_of(text, new), line_of(text, new.split(":")[0])}


def test_a_cycle_of_components_is_shown() -> None:
    text = TEXT.replace("kind: network,", "kind: network, depends_on: [app],")
    with pytest.raises(ScenarioError, match="components depend on each other") as caught:
        load_text(text, "f.yaml")
    cycle = caught.value.problems[0].reason.split(": ")[1].split(" -> ")
    assert cycle[0] == cycle[-1]
    assert set(pairwise(cycle)) == {("app", "db"), ("db", "net"), ("net", "app")}


def test_a_ticket_that_goes_round_for_ever_is_refused() -> None:
    visits = "visits: {a: {work: 1 min, next: {b: 1}}, b: {work: 1 min, reassign: {to: a, probability: 1}}}"
    text = (
        "name: x\nclock: {start: 2026-01-05, horizon: 5 d}\n"
        f"demand:\n  tickets:\n    t: {{queue: a, {visits}}}\n"
        "support: {tiers: {l: {serves: [a, b], shifts: {s: {heads: 1}}}}}\n"
    )
    with pytest.raises(ScenarioError, match=r"f.yaml:5: .*for ever \(a -> b -> a\)"):
        load_text(text, "f.yaml")


def warnings(text: str) -> list[str]:
    return [str(one) for one in load_text(text, "f.yaml").warnings]


def test_offered_load_above_capacity_is_told_with_the_figure() -> None:
    text = (
        "name: x\nclock: {start: 2026-01-05, horizon: 4 weeks}\n"
        "demand: {tickets: {t: {queue: a, priority: P1, arrivals: {rate: 4.6 / h}, visits: {a: {work: 30 min}}}}}\n"
        "support:\n  tiers:\n    l: {serves: [a], shifts: {s: {heads: 2}}}\n"
    )
    assert warnings(text) == [
        "f.yaml:6: support.tiers.l: offered 2.3 erlangs on 2 heads on average: queues will grow; "
        "add heads or hours, or reduce demand or work"
    ]
    assert warnings(text.replace("heads: 2", "heads: 3")) == []


def test_tiers_that_share_a_queue_are_loaded_together() -> None:
    text = (
        "name: x\nclock: {start: 2026-01-05, horizon: 4 weeks}\n"
        "demand: {tickets: {t: {queue: a, priority: P1, arrivals: {rate: 5 / h}, visits: {a: {work: 30 min}}}}}\n"
        "support:\n  tiers:\n    l: {serves: [a], shifts: {s: {heads: 2}}}\n"
        "    m: {serves: [a], shifts: {s: {heads: 1}}}\n"
    )
    assert warnings(text) == []
    assert (
        "offered 3 erlangs on 3 heads on average in tiers l, m together" in warnings(text.replace("5 / h", "6 / h"))[0]
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("needs: [app, cad]", "needs: [app]", ""),
        ("viewing: {needs: [app, cad]", "viewing: {needs: [net]", ""),
        ("depends_on: [db]", "depends_on: []", 'components.net: no function needs component "net"'),
        ("at: 2026-05-09T20:00", "at: 2027-05-09T20:00", "changes.upgrade: the change never starts between"),
        ("priorities: [P0, P1, P2, P3]", "priorities: [P0, P1, P2, P3, P4]", 'nothing is promised for priority "P4"'),
        ("serves: [cad]", "serves: [cad, cda]", 'serves queue "cda", which no ticket visits; did you mean "cad"?'),
    ],
)
def test_doubtful_but_allowed(old: str, new: str, told: str) -> None:
    assert old in TEXT
    found = warnings(TEXT.replace(old, new, 1))
    assert any(told in one for one in found) if told else found == []
