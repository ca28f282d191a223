"""Hypothesis strategies for small scenarios over every mechanism, with ticks so coarse that ties are common."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from small_policies import parallel_runs, preventions, second_thoughts, services, workforces
from small_shorthand import shorthands

from twin.spec.check import check
from twin.spec.expand import expand
from twin.spec.problems import ScenarioError, Source
from twin.spec.scenario import Scenario

Data = dict[str, Any]

PRIORITIES = ("P0", "P1", "P2")
TICKS = ("1 min", "5 min", "15 min", "30 min", "1 h")
LENGTHS = ("0 s", "7 min", "15 min", "30 min", "1 h", "2 h", "5 h")
CALENDARS: Data = {
    "day": {"days": "mon-fri", "hours": "08:00-16:00", "holidays": ["2026-01-06"]},
    "late": {"hours": ["14:00-22:00"], "time_zone": "America/New_York"},
    "night": {"hours": "22:00-06:00"},
    "split": {"hours": ["00:00-04:00", "06:00-07:30", "12:00-24:00"], "days": "tue,wed,sat"},
    "sun": {"union": ["day", "night"]},
    "closing": {"country": "DE", "days": "mon-fri", "workdays": ["2026-01-10", "2026-03-28"], "until": "2026-03-29"},
}
WHEN = ("always", *CALENDARS)
PROFILES: Data = {
    "office": {"weights": [0] * 8 + [1] * 8 + [0] * 8, "span": "day", "calendar": "day", "days_off_ratio": 0.5},
    "waves": {"weights": [1, 3] * 84},
}
STARTS = ("2026-01-05T00:00", "2026-01-05T07:30", "2026-03-28T12:00", "2026-10-24T23:10")
PROMISES: Data = {
    "P0": {"respond": "15 min", "resolve": "1 h", "calendar": "always"},
    "P1": {"respond": "1 h", "resolve": "4 h"},
    "P2": {"respond": "2 h", "resolve": "8 h", "calendar": "split"},
}
RAISING: tuple[Data, ...] = (
    {"hierarchic_escalation": {"clock": "respond", "at_ratio": 0.5}},
    {"hierarchic_escalation": {"clock": "resolve", "at_ratio": 1.0, "levels": 2}},
)

ratios = st.sampled_from((0.0, 0.25, 0.5, 1.0))
sometimes = st.sampled_from((0.25, 0.5))
lengths = st.sampled_from(LENGTHS)
positive = st.sampled_from(LENGTHS[1:])
levels = st.sampled_from(PRIORITIES)


@st.composite
def _varying(draw: st.DrawFn) -> Data:
    law, cv = draw(
        st.sampled_from((("exponential", 1.0), ("lognormal", 1.0), ("gamma", 0.7), ("weibull", 2.0), ("uniform", 0.5),
                         ("hyperexponential", 2.0)))
    )  # fmt: skip
    return {"mean": draw(positive), "cv": cv, "law": law}


laws = st.one_of(lengths, _varying())


def _maybe(draw: st.DrawFn, data: Data, key: str, what: st.SearchStrategy[Any]) -> None:
    if draw(st.booleans()):
        data[key] = draw(what)


@st.composite
def _arrivals(draw: st.DrawFn) -> Data:
    kind = draw(st.sampled_from(("scheduled", "rate", "interarrival")))
    if kind == "scheduled":
        known = st.fixed_dictionaries({"at": lengths}, optional={"work": lengths, "count": st.sampled_from((2, 3))})
        return {"scheduled": draw(st.lists(known, min_size=1, max_size=6))}
    arrivals: Data = {}
    if kind == "interarrival":
        arrivals["interarrival"] = draw(st.sampled_from(("1 h", "2 h", {"mean": "3 h", "cv": 1.0})))
    else:
        arrivals["rate"] = draw(st.sampled_from(("1 / 6 h", "1 / 2 h", "1 / h")))
        _maybe(draw, arrivals, "profile", st.sampled_from(tuple(PROFILES)))
        _maybe(draw, arrivals, "busyness_cv", st.just(0.6))
    _maybe(draw, arrivals, "batch", st.sampled_from(({2: 1.0}, {1: 0.5, 3: 0.5})))
    return arrivals


@st.composite
def _visit(draw: st.DrawFn, queues: list[str]) -> Data:
    visit: Data = {"work": draw(laws)}
    _maybe(draw, visit, "triage", laws)
    to = draw(st.lists(st.sampled_from(queues), max_size=2, unique=True))
    if to:
        visit["next"] = {queue: draw(st.sampled_from((0.2, 0.4))) for queue in to}
    reassign = st.fixed_dictionaries({"to": st.sampled_from(queues), "probability": sometimes})
    _maybe(draw, visit, "reassign", reassign)
    wait = st.fixed_dictionaries({"probability": ratios, "duration": laws, "after_work_ratio": ratios})
    _maybe(draw, visit, "wait_customer", wait)
    _maybe(draw, visit, "wait_vendor", wait)
    return visit


@st.composite
def _ticket_class(draw: st.DrawFn, queues: list[str], has_arrivals: bool) -> Data:
    own = draw(st.lists(st.sampled_from(queues), min_size=1, max_size=3, unique=True))
    ticket: Data = {"queue": own[0], "visits": {queue: draw(_visit(own)) for queue in own}}
    if has_arrivals:
        ticket["arrivals"] = draw(_arrivals())
    kind = draw(st.sampled_from(("name", "shares", "matrix")))
    if kind == "name":
        ticket["priority"] = draw(levels)
    elif kind == "shares":
        ticket["priority"] = draw(st.sampled_from(({"P0": 0.5, "P2": 0.5}, {"P2": 0.25, "P1": 0.75})))
    else:
        ticket |= {"impact": {"high": 0.5, "low": 0.5}, "urgency": {"high": 0.25, "low": 0.75}}
    reopen = st.fixed_dictionaries({"probability": sometimes, "after": laws}, optional={"to": st.sampled_from(own)})
    _maybe(draw, ticket, "reopen", reopen)
    _maybe(draw, ticket, "patience", laws)
    _maybe(draw, ticket, "balk_ratio", sometimes)
    _maybe(draw, ticket, "follow_up", laws)
    _maybe(draw, ticket, "misjudged", st.fixed_dictionaries({"too_urgent": sometimes, "too_low": sometimes}))
    return ticket


@st.composite
def _tier(draw: st.DrawFn, queues: list[str], components: list[str]) -> Data:
    tier: Data = {"serves": draw(st.lists(st.sampled_from(queues), min_size=1, max_size=3, unique=True))}
    _maybe(draw, tier, "preempt", levels)
    tier["at_shift_end"] = draw(st.sampled_from(("finish", "pause")))
    if components and draw(st.integers(0, 3)) == 3:
        tier["units_of"] = draw(st.sampled_from(components))
        return tier
    shift = st.fixed_dictionaries({"calendar": st.sampled_from(WHEN), "heads": st.sampled_from((1, 2, 3, 0))})
    tier["shifts"] = {f"s{k}": draw(shift) for k in range(draw(st.sampled_from((1, 2, 0))))}
    called = st.fixed_dictionaries(
        {"heads": st.sampled_from((1, 2, 0)), "call_out": lengths, "priorities": levels},
        optional={"calendar": st.sampled_from(WHEN)},
    )
    _maybe(draw, tier, "on_call", called)
    return tier


@st.composite
def _component(draw: st.DrawFn, before: list[str], classes: list[str]) -> Data:
    units = draw(st.sampled_from((2, 1, 3)))
    part: Data = {"units": units, "needed": draw(st.integers(1, units))}
    part["repair"] = draw(
        st.fixed_dictionaries({"ticket": st.sampled_from(classes), "priority": levels}, optional={"degraded": levels})
    )
    part["redundancy"] = draw(st.sampled_from(("standby", "active")))
    if part["redundancy"] == "standby":
        failover = st.fixed_dictionaries({"delay": laws, "manual": laws, "coverage": ratios})
        part["failover"] = draw(failover)
    mtbf = draw(st.sampled_from(("8 h", "2 h", "1 d", None)))
    if mtbf is not None:
        part["mtbf"] = mtbf
    _maybe(draw, part, "shape", st.sampled_from((0.5, 2.0)))
    _maybe(draw, part, "common_cause", st.sampled_from((0.3, 0.9)))
    _maybe(draw, part, "recurring", st.sampled_from((0.3, 0.9)))
    _maybe(draw, part, "ageing", st.sampled_from(({"first": "7 h"}, {"first": "3 h", "shape": 1.5})))
    monitoring = st.fixed_dictionaries({"every": lengths, "coverage": ratios, "reported_after": laws})
    _maybe(draw, part, "monitoring", monitoring)
    _maybe(draw, part, "maintenance", st.fixed_dictionaries({"every": positive, "takes": laws}))
    stages = st.fixed_dictionaries({"onset": positive, "to_failure": laws})
    warned = {"noticed_after": laws, "restart": laws, "recall": ratios}
    seen = st.fixed_dictionaries({"onset": laws, "to_failure": laws, **warned})
    _maybe(draw, part, "degradation", st.one_of(stages, seen))
    if before:
        _maybe(draw, part, "depends_on", st.lists(st.sampled_from(before), max_size=2, unique=True))
    return part


@st.composite
def _strategy(draw: st.DrawFn, classes: list[str]) -> Data:
    kind = draw(st.sampled_from(("outage", "rolling", "canary", "blue-green", "dual-run")))
    strategy: Data = {"kind": kind}
    if kind == "canary":
        stage = st.fixed_dictionaries({"users_ratio": st.sampled_from((0.1, 0.5, 1.0)), "soak": lengths})
        strategy["stages"] = draw(st.lists(stage, min_size=1, max_size=2))
    elif kind == "blue-green":
        strategy["switch"] = draw(lengths)
    elif kind == "dual-run":
        strategy |= {"length": draw(positive), "found_in_parallel": draw(ratios), "extra_tickets": draw(ratios)}
        strategy |= draw(parallel_runs(classes))
    return strategy


@st.composite
def _occurring(draw: st.DrawFn, day: str) -> Data:
    hours = st.sampled_from(("00:00", "08:00", "13:30", "23:00"))
    if draw(st.integers(0, 3)) == 3:
        return {"dates": [f"{day}T{hour}" for hour in draw(st.lists(hours, min_size=1, max_size=2, unique=True))]}
    when = {"at": f"{day}T{draw(hours)}"}
    _maybe(draw, when, "repeat", st.sampled_from(("FREQ=DAILY", "FREQ=HOURLY;INTERVAL=7")))
    return when


@st.composite
def _change(draw: st.DrawFn, components: list[str], classes: list[str], tiers: list[str], day: str) -> Data:
    change: Data = {
        "components": draw(st.lists(st.sampled_from(components), min_size=1, max_size=2, unique=True)),
        **draw(_occurring(day)),
        "strategy": draw(_strategy(classes)),
        "work": draw(laws),
        "failure": draw(ratios),
        "notice": draw(laws),
        "rollback": draw(laws),
        "rollback_failure": draw(ratios),
        "restore": draw(st.sampled_from(classes)),
        "restore_priority": draw(levels),
        "planned": draw(st.booleans()),
    }
    _maybe(draw, change, "fault_users_ratio", ratios)
    _maybe(draw, change, "staff", st.dictionaries(st.sampled_from(tiers), st.integers(0, 2), max_size=2))
    decaying = {"factor": st.sampled_from((0.5, 5.0)), "half_life": lengths}
    _maybe(draw, change, "hazard", st.fixed_dictionaries(decaying))
    surge = st.fixed_dictionaries({"ticket": st.sampled_from(classes), **decaying})
    _maybe(draw, change, "surges", st.lists(surge, min_size=1, max_size=2))
    _maybe(draw, change, "cleans", st.just(True))
    change |= draw(second_thoughts(components, classes))
    return change


@st.composite
def worlds(draw: st.DrawFn) -> Data:
    """A scenario as plain data: up to 3 queues, 3 classes, 3 tiers, 3 components and 2 changes over 6 h to 3 days."""
    start = draw(st.sampled_from(STARTS))
    clock = {
        "start": start,
        "time_zone": draw(st.sampled_from(("UTC", "Europe/Berlin", "Asia/Kolkata"))),
        "tick": draw(st.sampled_from(TICKS)),
        "horizon": draw(st.sampled_from(("1 d", "2 d", "6 h"))),
        "drain": draw(st.sampled_from(("0 s", "10 h"))),
    }
    queues = list("abc"[: draw(st.integers(1, 3))])
    classes = [f"c{k}" for k in range(draw(st.integers(1, 3)))]
    tickets = {name: draw(_ticket_class(queues, k == 0 or draw(st.booleans()))) for k, name in enumerate(classes)}
    parts: Data = {}
    for k in range(draw(st.sampled_from((1, 2, 3, 0)))):
        parts[f"part{k}"] = draw(_component(list(parts), classes))
    tiers = {f"L{k}": draw(_tier(queues, list(parts))) for k in range(draw(st.integers(1, 3)))}
    served = [queue for tier in tiers.values() for queue in tier["serves"]]
    tiers["L0"]["serves"] += [queue for queue in queues if queue not in served]
    changes = {}
    if parts:
        for k in range(draw(st.sampled_from((1, 2, 0)))):
            changes[f"change{k}"] = draw(_change(list(parts), classes, list(tiers), start[:10]))
    watched = [name for name, ticket in tickets.items() if "rate" in ticket.get("arrivals", {})]
    policies = {
        "workforce": draw(workforces(list(tiers), start[:10])),
        "self_service": draw(services([*tickets["c0"]["visits"]], classes, list(tiers), start[:10])),
        "prevention": draw(preventions(classes, watched, list(parts), list(tiers), start[:10])),
    }
    world = {
        "name": "small world",
        "clock": clock,
        "calendars": CALENDARS,
        "demand": {"profiles": PROFILES, "busyness_cv": draw(st.sampled_from((0.0, 0.4))), "tickets": tickets},
        "deployment": {"components": parts},
        "support": {
            "priorities": list(PRIORITIES),
            "priority_matrix": {"high": {"high": "P0", "low": "P1"}, "low": {"high": "P1", "low": "P2"}},
            "tiers": tiers,
            **draw(st.sampled_from(({}, *RAISING))),
        },
        "contract": {"calendar": draw(st.sampled_from(WHEN)), "targets": PROMISES},
        "changes": changes,
        **(policies if draw(st.booleans()) else {}),
    }
    if draw(st.booleans()):
        return world
    shorter = draw(shorthands(deepcopy(world), queues, start[:10]))
    return shorter if _is_scenario(shorter) else world


def _is_scenario(world: Data) -> bool:
    try:
        return check(scenario_of(world), Source("scenario")).errors == []
    except (ValueError, ScenarioError):
        return False


def scenario_of(world: Data) -> Scenario:
    """The scenario written as plain data, with its shorthand spelled out."""
    return expand(Scenario.model_validate(world))
