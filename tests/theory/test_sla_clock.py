"""The SLA clock against interval arithmetic in UTC: time zones, clock changes, holidays, unions and pauses."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from twin.calendar import BusinessCalendar, Timeline, Window, due_at, elapsed, spans

ORACLES = Path(__file__).parents[2].parent / "shared" / "oracles.json"
HORIZON_S = 30 * 86_400


def _oracle() -> dict[str, Any]:
    if not ORACLES.exists():
        return {"params": {"cases": []}, "metrics": {"results": []}}
    return next(one for one in json.loads(ORACLES.read_text())["oracles"] if one["id"] == "sla-a")


def _cases() -> list[Any]:
    oracle = _oracle()
    results = {result["case"]: result for result in oracle["metrics"]["results"]}
    return [pytest.param(case, results[case["name"]], id=case["name"]) for case in oracle["params"]["cases"]]


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _calendar(parts: list[Any]) -> BusinessCalendar:
    sites = [
        BusinessCalendar(
            zone,
            (Window(frozenset(days), _minutes(opens), _minutes(closes)),),
            frozenset(date.fromisoformat(day) for day in holidays),
        )
        for zone, days, opens, closes, holidays in parts
    ]
    return BusinessCalendar("UTC", (), union=tuple(sites))


@pytest.mark.skipif(not ORACLES.exists(), reason=f"{ORACLES.name} not found beside the repository")
@pytest.mark.parametrize("origin", ["ticket", "a week before"])
@pytest.mark.parametrize(("case", "result"), _cases())
def test_clock_is_exact_to_the_second(case: dict[str, Any], result: dict[str, Any], origin: str) -> None:
    opened_at = datetime.fromisoformat(case["start"])
    start = opened_at - timedelta(days=7 if origin == "a week before" else 0)

    def tick(text: str) -> int:
        return int((datetime.fromisoformat(text) - start).total_seconds())

    timeline = Timeline(spans(_calendar(case["calendar"]), start, HORIZON_S))
    pauses = [(tick(begin), tick(end)) for begin, end in case.get("pauses", [])]
    if "end" in case:
        assert elapsed(timeline, tick(case["start"]), tick(case["end"]), pauses) == (
            result["elapsed_business_minutes"] * 60
        )
    else:
        due = due_at(timeline, tick(case["start"]), case["minutes"] * 60, pauses)
        assert start.timestamp() + due == result["due_epoch"]
        assert elapsed(timeline, tick(case["start"]), due, pauses) == case["minutes"] * 60


def test_every_case_of_the_oracle_is_tried() -> None:
    if not ORACLES.exists():
        pytest.skip(f"{ORACLES.name} not found beside the repository")
    assert len(_cases()) == 7
