"""The scenarios on promises, goals and money switch their mechanisms on: each measure is there and has a value."""

import math
from functools import cache
from pathlib import Path

import pytest

from twin.experiment.replicate import Result, replicate
from twin.spec.load import load
from twin.spec.profiles import PROFILES

FOLDER = Path(__file__).parents[2] / "scenarios"
MEASURES = {
    "promises_of_the_contract": (
        "agreement_attainment", "agreement_time", "late_by_role", "owned_at_breach", "pages_per_person_week",
        "page_limit_exceeded", "outage_longer", "caught_before_users", "starvation_age", "closure_ratio", "oldest_open",
        "channel_response", "channel_attainment", "complaints", "complaint_time", "complaint_on_time", "data_loss",
        "no_data_loss", "rpo_kept", "ticket_minutes", "party_attainment",
    ),
    "goals_of_the_first_month": (
        "satisfaction", "satisfaction_kept", "survey_satisfaction", "answer_bias", "survey_half_width",
        "fewest_answers", "questionnaire_satisfaction", "visit_effect", "budget_left", "budget_exhausted", "alerts",
        "false_alerts", "alert_caught", "alert_lead", "hypercare_availability", "hypercare_availability_kept",
        "hypercare_budget_used", "hypercare_tickets", "hypercare_settled", "hypercare_satisfaction_kept", "cycle_time",
        "cycle_time_saved", "cycle_time_change",
    ),
    "price_of_service": (
        "cost", "vendor_margin", "fee", "cheapest_tariff", "break_even", "cash_flow", "cost_cliff", "unit_cost",
        "work_hours", "within_budget", "dispute_ratio", "dispute_wait", "out_of_scope_ratio", "exposure",
        "exposure_max", "link_delayed", "link_catch_up",
    ),
}  # fmt: skip


@cache
def result(name: str) -> Result:
    return replicate(load(FOLDER / f"{name}.yaml").scenario, reps=6, workers=1)


@pytest.mark.parametrize(("name", "measure"), [(name, one) for name, group in MEASURES.items() for one in group])
def test_what_the_scenario_switches_on_is_measured(name, measure):
    rows = result(name)[measure]
    assert rows
    assert any(not math.isnan(row.estimate) for row in rows)


def test_what_a_scenario_lacks_costs_no_cell():
    plain = load(FOLDER / "night_cover_with_l2.yaml").scenario
    names = {cell.name for cell in replicate(plain, reps=1, workers=1).cells}
    assert names.isdisjoint(measure for group in MEASURES.values() for measure in group)


def test_the_four_service_levels_are_comparable_on_one_tape():
    base = load(FOLDER / "promises_of_the_contract.yaml").scenario
    kept = {}
    for name in PROFILES:
        contract = base.contract.model_copy(update={"profile": name, "targets": {}, "calendar": "always"})
        scenario = base.model_copy(update={"contract": contract})
        found = replicate(scenario, reps=3, workers=1, families=("service_level",))
        kept[name] = {tuple(row.where.items()): row.estimate for row in found["attainment"]}
    answered = (("priority", "P0"), ("clock", "respond"))
    hours = {"major-30min": 0.5, "appliance": 1, "auto-parts": 1.5, "contract-p1-p2": 2}
    shares = [kept[name][answered] for name in sorted(hours, key=lambda name: hours[name])]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]
