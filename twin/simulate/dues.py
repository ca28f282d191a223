"""Hierarchic escalation: when the promised time of a ticket runs so low that it is raised."""

from typing import Any, Final

import numpy as np

from twin.calendar import timeline_of
from twin.compiled import entry
from twin.spec.calendars import business_calendar
from twin.spec.scenario import Scenario

DUE_TICKS, DUE_FIRST, DUE_LAST = range(3)
NO_MORE: Final = -1


def dues_of(scenario: Scenario) -> dict[str, Any]:
    """The columns `dues`, `due_spans`, `raised_by` and `is_answer_due` of a plan."""
    rule, contract, clock = scenario.support.hierarchic_escalation, scenario.contract, scenario.clock
    dues = np.full((len(scenario.support.priorities), 3), NO_MORE, np.int64)
    spans = [np.empty((0, 3), np.int64)]
    for level, name in enumerate(scenario.support.priorities):
        target = contract.targets.get(name)
        promised = getattr(target, rule.clock) if rule and target else None
        if rule is None or target is None or promised is None:
            continue
        calendar = business_calendar(scenario, target.calendar or contract.calendar)
        line = timeline_of(calendar, clock.start_utc, clock.end_ticks, clock.tick)
        first = sum(map(len, spans))
        spans.append(np.stack([line.opens, line.closes, line.open_before[:-1]], axis=1))
        dues[level] = clock.ticks(promised * rule.at_ratio), first, first + len(line.opens)
    return {
        "dues": dues, "due_spans": np.concatenate(spans), "raised_by": rule.levels if rule else 0,
        "is_answer_due": rule is not None and rule.clock == "respond",
    }  # fmt: skip


@entry
def due_at(dues: Any, spans: Any, level: Any, now: Any) -> Any:
    """When a ticket that opens now is raised: first tick with that much open time since now; NO_MORE if none."""
    left, first, last = dues[level, DUE_TICKS], dues[level, DUE_FIRST], dues[level, DUE_LAST]
    if left < 0:
        return NO_MORE
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if spans[middle, 1] > now:
            high = middle
        else:
            low = middle + 1
    if low == last:
        return NO_MORE
    target = left + spans[low, 2] + max(now - spans[low, 0], 0)
    high = last
    while low < high:
        middle = (low + high) // 2
        if spans[middle, 2] + spans[middle, 1] - spans[middle, 0] >= target:
            high = middle
        else:
            low = middle + 1
    return spans[low, 0] + target - spans[low, 2] if low < last else NO_MORE
