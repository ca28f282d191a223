"""Which worlds begin anew whenever all is up and idle, and how often what ends that state."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.simulate.plan import PART_FIRST, Plan, plan_of
from twin.spec.graph import required_components
from twin.spec.scenario import Scenario
from twin.tape.world import uses_policies

_YEAR_S = 366 * 86_400.0


@dataclass(frozen=True)
class FirstEvents:
    """What may end the state in which all is up: per event its component, unit (-1: common cause) and rate per tick."""

    component: NDArray[np.int64]
    unit: NDArray[np.int64]
    rate: NDArray[np.float64]


def regenerative_plan(scenario: Scenario) -> Plan:
    """The plan of a world that begins anew whenever all units are up and all desks idle.

    Raises ValueError with every mechanism that carries a memory beyond that state, and what to do about it.
    """
    longer = _a_year_at_least(scenario)
    plan = plan_of(longer)
    found = [*_components(scenario), *_tickets(scenario), *_staffing(plan, longer.clock.end_ticks)]
    if uses_policies(scenario):
        found.append("people and policies act by the calendar; remove workforce, self_service and prevention")
    worn = [name for name, part in scenario.deployment.components.items() if part.ageing or part.recurring]
    if worn:
        found.append(f"failures of {', '.join(worn)} depend on the calendar; remove ageing and recurring")
    if scenario.changes:
        found.append(f"changes ({', '.join(scenario.changes)}) happen at fixed times; remove them")
    if not any(part.mtbf for part in scenario.deployment.components.values()):
        found.append("no component fails; give one an mtbf")
    if found:
        raise ValueError("no regenerative cycles, use plain replications or change this: " + "; ".join(found))
    return plan


def _a_year_at_least(scenario: Scenario) -> Scenario:
    """Staffing must be constant in every week of a year, however short the clock is."""
    horizon = max(scenario.clock.horizon, _YEAR_S)
    return scenario.model_copy(update={"clock": scenario.clock.model_copy(update={"horizon": horizon})})


def _components(scenario: Scenario) -> list[str]:
    found = []
    for name, part in scenario.deployment.components.items():
        if part.mtbf and part.shape != 1.0:
            found.append(f"units of {name} age (shape {part.shape:g}); set shape 1")
        if part.degradation is not None:
            found.append(f"units of {name} degrade in stages; remove degradation")
        if part.maintenance is not None:
            found.append(f"maintenance of {name} comes by age; remove it")
        if part.mtbf and part.monitoring.every > 0:
            found.append(f"{name} is checked every {part.monitoring.every:g} s; set monitoring every to 0 s")
    return found


def _tickets(scenario: Scenario) -> list[str]:
    opened = {part.repair.ticket for part in scenario.deployment.components.values() if part.repair}
    found = []
    for name, ticket in scenario.demand.tickets.items():
        if ticket.arrivals is not None:
            found.append(f"{name} tickets arrive by themselves; remove the arrivals")
        if name not in opened:
            continue
        memory = (
            ("follow_up", ticket.follow_up is not None),
            ("reopen", ticket.reopen is not None and ticket.reopen.probability > 0),
            ("patience", ticket.patience is not None),
            ("balk_ratio", ticket.balk_ratio > 0),
        )
        found += [f"{name} tickets have {what}; remove it" for what, is_set in memory if is_set]
    return found


def _staffing(plan: Plan, end: int) -> list[str]:
    steps = zip(plan.names.tiers, plan.duty_at, plan.duty_heads, strict=True)
    changing = [name for name, at, heads in steps if len(set(heads[at < end].tolist())) > 1]
    return [f"heads of {name} change with the calendar; staff it around the clock" for name in changing]


def first_events(scenario: Scenario, plan: Plan) -> FirstEvents:
    """Failures of single units, then common causes."""
    rows: list[tuple[int, int, float]] = []
    shocks: list[tuple[int, int, float]] = []
    for c, part in enumerate(scenario.deployment.components.values()):
        if not part.mtbf:
            continue
        rate = scenario.clock.tick / part.mtbf
        first = int(plan.parts[c, PART_FIRST])
        rows += [(c, first + u, (1.0 - part.common_cause) * rate) for u in range(part.units)]
        shocks += [(c, -1, part.common_cause * rate)] if part.common_cause > 0 else []
    component, unit, rates = zip(*rows, *shocks, strict=True)
    return FirstEvents(np.array(component), np.array(unit), np.array(rates))


def components_needed(scenario: Scenario, function: str) -> NDArray[np.bool_]:
    """Which components take a function, a component or "whole" (all functions, else all components) down.

    Raises ValueError for a name that is none of these.
    """
    names, functions = list(scenario.deployment.components), required_components(scenario)
    if function in functions:
        needed = set(functions[function])
    elif function in names:
        needed = {function}
    elif function == "whole":
        needed = {one for needs in functions.values() for one in needs} if functions else set(names)
    else:
        known = ", ".join(["whole", *functions, *names])
        raise ValueError(f'no function or component "{function}"; give one of {known}')
    return np.array([name in needed for name in names])
