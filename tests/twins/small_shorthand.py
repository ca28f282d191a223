"""A Hypothesis strategy for the shorthand of a small world: what is spelled out as plain tiers, queues and classes."""

from typing import Any

from hypothesis import strategies as st
from small_policies import BELOW_ONE, LENGTHS, RATIOS, dates

Data = dict[str, Any]

PRIORITIES = st.sampled_from(("P0", "P1", "P2"))
MODULE = "cad"


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)


@st.composite
def _planned_work(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    alarms = {"rate": "1 / 5 h", "queue": draw(st.sampled_from(queues)), "priority": draw(PRIORITIES)}
    world["prevention"]["false_alarms"] = {"noise": {**alarms, "work": draw(LENGTHS)}}
    routine = {"queue": draw(st.sampled_from(queues)), "work": draw(LENGTHS), "priority": draw(PRIORITIES)}
    world["workforce"]["routines"] = {"rounds": {**draw(dates(day)), **routine, "pieces": draw(st.integers(1, 3))}}


@st.composite
def _runbook(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    kind, ticket = draw(st.sampled_from(list(world["demand"]["tickets"].items())))
    ratios = {"work_ratio": draw(st.sampled_from((0.4, 1.0))), "escalate_ratio": draw(RATIOS)}
    world["prevention"]["runbooks"] = {"r": {"tickets": [kind], "queues": draw(_some([*ticket["visits"]])), **ratios}}


@st.composite
def _channels(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    phone = {"ratio": 0.25, "intake": draw(LENGTHS)}
    queue = draw(st.sampled_from(queues))
    world["demand"]["tickets"]["asked"] = {
        "queue": queue, "visits": {queue: {"work": draw(LENGTHS)}}, "arrivals": {"rate": "1 / 3 h"},
        "priority": draw(PRIORITIES), "channels": {"phone": phone, "portal": {"ratio": 0.75}},
    }  # fmt: skip


@st.composite
def _groups(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    for kind in draw(_some(list(world["demand"]["tickets"]))):
        world["demand"]["tickets"][kind]["module"] = MODULE
    tier = world["support"]["tiers"][draw(st.sampled_from(list(world["support"]["tiers"])))]
    tier.pop("units_of", None)
    called = tier.pop("on_call", {"heads": 1, "call_out": "15 min", "priorities": "P1"})
    people = {"shifts": tier.pop("shifts", {}), **({"on_call": called} if draw(st.booleans()) else {})}
    ending = draw(st.sampled_from(("finish", "pause")))
    tier["groups"] = {"experts": {"skills": [MODULE], **people, "at_shift_end": ending}}


@st.composite
def _closing(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    tier = world["support"]["tiers"][draw(st.sampled_from(list(world["support"]["tiers"])))]
    tier["until"] = f"{day[:8]}{int(day[8:]) + draw(st.integers(0, 1)):02}"
    if "on_call" in tier:
        tier["on_call"].setdefault("calendar", "night")


@st.composite
def _travel(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    name, tier = draw(st.sampled_from(list(world["support"]["tiers"].items())))
    for other, one in world["support"]["tiers"].items():
        if other != name:
            one["serves"] = [queue for queue in one["serves"] if queue not in tier["serves"]]
    for ticket in world["demand"]["tickets"].values():
        for queue in set(tier["serves"]) & set(ticket["visits"]):
            ticket["visits"][queue].pop("triage", None)
    tier["travel"] = draw(LENGTHS)


@st.composite
def _without(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    tier = draw(st.sampled_from(list(world["support"]["tiers"])))
    world["workforce"]["without"] = {tier: draw(st.sampled_from(queues))}


@st.composite
def _self_service(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    kinds = st.dictionaries(st.sampled_from(list(world["demand"]["tickets"])), BELOW_ONE, min_size=1, max_size=2)
    if draw(st.booleans()):
        base = {"tickets": draw(kinds), "lookup": draw(LENGTHS), "coverage": draw(RATIOS), "outdated": draw(RATIOS)}
        base |= {"learns_after": 3} if draw(st.booleans()) else {}
        world["self_service"]["knowledge_base"] = {**base, "releases": list(world["changes"])}
    else:
        kind, ticket = draw(st.sampled_from(list(world["demand"]["tickets"].items())))
        bot = {"tickets": {kind: draw(BELOW_ONE)}, "talk": draw(LENGTHS)}
        if wrong := [queue for queue in queues if queue not in ticket["visits"]]:
            bot |= {"misroute": draw(RATIOS), "to": draw(st.sampled_from(wrong)), "triage": draw(LENGTHS)}
        world["self_service"]["chatbot"] = bot


@st.composite
def _site(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    parts = list(world["deployment"]["components"])
    if parts:
        repair = {"ticket": draw(st.sampled_from(list(world["demand"]["tickets"]))), "priority": draw(PRIORITIES)}
        hall = {"components": draw(_some(parts)), "disaster": "20 h", "repair": repair, "rto": draw(LENGTHS)}
        world["deployment"]["sites"] = {"hall": {**hall, "standby": draw(st.booleans())}}


@st.composite
def _pipeline(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> None:
    for change in world["changes"].values():
        change["pipeline"] = {"review": draw(RATIOS), "rehearsal": draw(RATIOS)}


KINDS = (_planned_work, _runbook, _channels, _groups, _closing, _travel, _without, _self_service, _site, _pipeline)


@st.composite
def shorthands(draw: st.DrawFn, world: Data, queues: list[str], day: str) -> Data:
    """The world with up to three kinds of shorthand; some do not go together, so it may be no scenario."""
    for part in ("workforce", "self_service", "prevention"):
        world.setdefault(part, {})
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True)):
        draw(kind(world, queues, day))
    return world
