"""The made-up scenarios use every field that a tape or an engine could depend on: a new one has to join them."""

import typing
from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from pydantic import BaseModel
from small_worlds import worlds

from twin.spec.scenario import Scenario

# Sections that no tape of operations and no engine reads: measured, decided or reported by, or made up elsewhere.
ELSEWHERE = {
    "agreements", "audit", "error_budget", "money", "packages", "planning", "risks", "satisfaction", "scaling",
    "staffing", "workflows",
    "slow_hours", "transactions", "workload",  # small_workloads.py
}  # fmt: skip
# Fields that only say how to name, count or measure; template  fills in other fields before there is a model.
UNREAD: dict[str, set[str]] = {
    "Change": {"template"},
    "Clock": {"warm_up"},
    "Component": {"kind", "owner"},
    "Contract": {"profile", "service_calendar", "attainment", "availability", "period", "planned_maintenance_counts",
                 "pause_on_customer", "pause_on_vendor"},
    "Demand": {"users"},
    "Deployment": {"functions"},
    "Function": {"needs", "users_ratio"},
    "Handover": {"stand_down"},
    "OnCall": {"most_pages"},
    "Scenario": {"question"},
    "Target": {"restore"},
    "TicketClass": {"work_type", "scope", "owner", "dispute", "channel", "responsible"},
    "Tier": {"level", "minimum", "party"},
    "Users": {"named", "concurrent_ratio", "profile"},
}  # fmt: skip


def section(model: type[BaseModel]) -> str:
    return model.__module__.rpartition(".")[2]


def models_of(kind: Any, found: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Every model that a type mentions."""
    for part in typing.get_args(kind):
        models_of(part, found)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found and section(kind) not in ELSEWHERE:
        found.add(kind)
        for field in kind.model_fields.values():
            models_of(field.annotation, found)
    return found


def note(value: Any, seen: dict[str, set[str]]) -> None:
    """Note the fields of a model that are not what they are by default, and those of the models in it."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            inside = getattr(value, name)
            if field.is_required() or inside != field.get_default(call_default_factory=True):
                seen[type(value).__name__].add(name)
            note(inside, seen)
    elif isinstance(value, dict | tuple | list):
        for inside in value.values() if isinstance(value, dict) else value:
            note(inside, seen)


def leads_elsewhere(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return section(kind) in ELSEWHERE
    return any(leads_elsewhere(part) for part in typing.get_args(kind))


def test_every_field_that_could_change_a_log_is_made_up() -> None:
    seen: dict[str, set[str]] = defaultdict(set)

    @settings(max_examples=600, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(worlds())
    def look(world: dict[str, Any]) -> None:
        note(Scenario.model_validate(world), seen)

    look()
    asked = {
        model.__name__: {name for name, field in model.model_fields.items() if not leads_elsewhere(field.annotation)}
        for model in models_of(Scenario, set())
    }
    never = {name: fields - seen[name] - UNREAD.get(name, set()) for name, fields in asked.items()}
    assert {name: fields for name, fields in never.items() if fields} == {}
    assert {name: fields & seen[name] for name, fields in UNREAD.items() if fields & seen[name]} == {}
