"""Acting before it is too late pays: warnings for availability, raising for those who wait."""

from effects import effect

from tests.worlds import small_desk

WHOLE = {"function": "whole", "variant": "calendar"}
AGEING = {"onset": {"mean": "60 h", "cv": 1.0}, "to_failure": {"mean": "60 h", "cv": 1.0}}
WATCHED = {"noticed_after": {"mean": "10 h", "cv": 1.0}, "recall": 0.9, "restart": "5 min"}
DATABASE = "deployment.components.db"


def test_restarts_on_a_warning_prevent_downtime() -> None:
    base = small_desk(**{f"{DATABASE}.mtbf": None, f"{DATABASE}.degradation": AGEING})
    watched = small_desk(**{f"{DATABASE}.mtbf": None, f"{DATABASE}.degradation": {**AGEING, **WATCHED}})
    assert effect(base, watched, "availability", WHOLE).low > 0


def test_raised_tickets_meet_their_time_more_often_and_those_they_overtake_do_not() -> None:
    rule = {"clock": "resolve", "at_ratio": 0.5, "levels": 2}
    crowd = {"support.tiers.L2.shifts.day.heads": 1, "contract.targets.P2.resolve": "300 h"}
    base, raising = small_desk(**crowd), small_desk(**crowd, **{"support.hierarchic_escalation": rule})
    assert effect(base, raising, "attainment", {"priority": "P3", "clock": "resolve"}).low > 0
    assert effect(base, raising, "first_wait", {"priority": "P2"}).low > 0
    assert effect(base, raising, "raised").low > 0


def test_wrong_priorities_cost_those_who_are_in_a_hurry() -> None:
    crowd = {"support.tiers.L2.shifts.day.heads": 1, "support.tiers.L1.shifts.day.heads": 1}
    shares = {"priority": {"P2": 0.3, "P3": 0.7}}
    base, misjudged = (
        small_desk(**crowd, **{f"demand.tickets.how_to.{key}": value for key, value in {**shares, **more}.items()})
        for more in ({}, {"misjudged": {"too_urgent": 0.5, "too_low": 0.3}})
    )
    assert effect(base, misjudged, "attainment", {"priority": "P2", "clock": "resolve"}).high < 0
