"""What the measures of money and accounts are called on the page, and the families they are shown in."""

from typing import Final

FAMILIES: Final[dict[str, tuple[str, str]]] = {
    "money": ("Money", "What a year of service costs, who pays it, and which tariff is cheaper."),
    "parties": ("Customer and vendor", "Who holds the tickets, whose fault they are, and what is in dispute."),
    "satisfaction": ("Satisfaction", "How content users are, what surveys show of it, and how sure they can be."),
    "error_budget": ("Error budget", "What may still go wrong, and what alerts on its burn rate would do."),
    "hypercare": ("After the go-live", "The first weeks on the new version, by goals of their own."),
    "agreements": ("Agreements behind the contract", "What tiers and suppliers owe, who answers, and calls at home."),
}

MEASURES: Final[dict[str, tuple[str, str]]] = {
    "cost": ("money", "Cost of a year"),
    "vendor_margin": ("money", "What the vendor has left of a year's fees"),
    "fee": ("money", "Fee of a year under the tariff"),
    "cheapest_tariff": ("money", "Chance that the tariff is the cheapest"),
    "break_even": ("money", "Incidents from which the higher annual fee is the cheaper one"),
    "cash_flow": ("money", "Payments in a year of the contract"),
    "cost_cliff": ("money", "Last year's payments over the first year's"),
    "unit_cost": ("money", "Cost of a resolved ticket"),
    "work_hours": ("money", "Hours of work by type"),
    "incidents": ("money", "Incidents that count for the tariff"),
    "within_budget": ("money", "Chance that payments stay within the share for service"),
    "ticket_minutes": ("parties", "Time a ticket is held by"),
    "party_attainment": ("parties", "Tickets on time, by whose fault they are"),
    "tickets_at_fault": ("parties", "Tickets in a run, by whose fault they are"),
    "out_of_scope_ratio": ("parties", "Tickets out of the contract's scope"),
    "dispute_ratio": ("parties", "Tickets in dispute"),
    "dispute_wait": ("parties", "Time a disputed ticket is argued about"),
    "satisfaction": ("satisfaction", "Satisfied with a solved ticket"),
    "satisfaction_kept": ("satisfaction", "Periods that keep the satisfaction promise"),
    "survey_satisfaction": ("satisfaction", "Satisfied among those who answer"),
    "score_shown": ("satisfaction", "Months with enough answers to show a score"),
    "answer_bias": ("satisfaction", "Survey less true satisfaction"),
    "survey_answers": ("satisfaction", "Answers to the survey"),
    "survey_half_width": ("satisfaction", "How far off a month's score may be, either way"),
    "answers_needed": ("satisfaction", "Answers that would prove the goal"),
    "fewest_answers": ("satisfaction", "Answers that prove the goal if nobody is dissatisfied"),
    "questionnaire_satisfaction": ("satisfaction", "Satisfied with the PLM as a whole"),
    "questionnaire_half_width": ("satisfaction", "How far off the questionnaire may be, either way"),
    "visit_effect": ("satisfaction", "Satisfaction gained by visits"),
    "budget_left": ("error_budget", "Error budget left at the end of a month"),
    "budget_exhausted": ("error_budget", "Months that use up their error budget"),
    "budget_used": ("error_budget", "Error budget used by then"),
    "alerts": ("error_budget", "Alerts"),
    "false_alerts": ("error_budget", "Alerts in months that keep their budget"),
    "alert_caught": ("error_budget", "Exhausted budgets that were announced before"),
    "alert_lead": ("error_budget", "Time from the alert until the budget is gone"),
    "hypercare_runs": ("hypercare", "Runs with a go-live that held"),
    "hypercare_availability": ("hypercare", "Availability after the go-live"),
    "hypercare_availability_kept": ("hypercare", "Chance to keep the availability goal"),
    "hypercare_budget_left": ("hypercare", "Minutes of outage left of the goal"),
    "hypercare_budget_used": ("hypercare", "Error budget used by then"),
    "hypercare_attainment": ("hypercare", "Tickets on time"),
    "hypercare_tickets": ("hypercare", "Tickets after the go-live"),
    "hypercare_settled": ("hypercare", "First week with no more tickets than usual"),
    "hypercare_changes": ("hypercare", "Changes that began in that time"),
    "hypercare_satisfaction": ("hypercare", "Satisfied with a solved ticket"),
    "hypercare_satisfaction_kept": ("hypercare", "Chance to keep the satisfaction goal"),
    "agreement_attainment": ("agreements", "Stays within the agreed time"),
    "agreement_time": ("agreements", "Mean time of a stay, on its clock"),
    "agreement_stays": ("agreements", "Stays that begin"),
    "late_by_role": ("agreements", "Late tickets in a run, by who answers for them"),
    "owned_at_breach": ("agreements", "Late tickets that somebody had in hand as time ran out"),
    "pages_per_person_week": ("agreements", "Calls a person gets in a week"),
    "page_limit_exceeded": ("agreements", "Weeks of a person with more calls than there should be"),
}

# Measures that may be negative: their intervals are not cut at 0.
SIGNED: Final = frozenset({
    "cost", "vendor_margin", "cash_flow", "cost_cliff", "answer_bias", "visit_effect", "budget_left",
    "hypercare_budget_left",
})  # fmt: skip

DIMENSIONS: Final[dict[str, str]] = {
    "payer": "paid by the {}", "held_by": "{}", "fault": "fault of the {}", "service_ratio": "share {}",
    "against": "against {}", "year": "year {}", "elapsed": "{} of the month", "day": "day {}", "week": "week {}",
}  # fmt: skip
