"""Acting before it is too late pays: warnings and health checks for availability, raising for those who wait."""

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
