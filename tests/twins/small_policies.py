"""Hypothesis strategies for what people and policies do to a small world."""

from typing import Any

from hypothesis import strategies as st

Data = dict[str, Any]

LENGTHS = st.sampled_from(("0 s", "30 min", "2 h", "7 h", {"mean": "3 h", "cv": 1.0}))
RATIOS = st.sampled_from((0.0, 0.3, 0.7, 1.0))
BELOW_ONE = st.sampled_from((0.0, 0.3, 0.7))
HALF_LIVES = st.sampled_from(("0 s", "6 h", "3 d"))


@st.composite
def dates(draw: st.DrawFn, day: str) -> Data:
    """When something dated happens."""
    if draw(st.integers(0, 3)) == 3:
        return {"dates": [f"{day}T{hour}" for hour in draw(st.sampled_from((("07:15", "07:30"), ("14:00",))))]}
    return draw(moments(day))


@st.composite
def moments(draw: st.DrawFn, day: str) -> Data:
    """A local date and time, by itself or repeated."""
    when: Data = {"at": f"{day}T{draw(st.sampled_from(('00:00', '07:15', '14:00')))}"}
    if draw(st.booleans()):
        when["repeat"] = draw(st.sampled_from(("FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5")))
    return when


@st.composite
def _session(draw: st.DrawFn, tiers: list[str], day: str) -> Data:
    staff = st.dictionaries(st.sampled_from(tiers), st.integers(0, 2), max_size=2)
    return {**draw(dates(day)), "lasts": draw(LENGTHS), "staff": draw(staff)}


@st.composite
def workforces(draw: st.DrawFn, tiers: list[str], day: str) -> Data:
    """Absences, shrinkage, attrition and learning of the tiers."""
    tier, force = st.sampled_from(tiers), Data()
    random = {"every": draw(st.sampled_from(("4 h", "1 d"))), "people": draw(st.integers(1, 2))}
    away = draw(st.sampled_from((draw(moments(day)), random)))
    if draw(st.booleans()):
        away = {"heads": draw(st.integers(1, 2)), **away} if "at" in away else away
        force["absences"] = {"ill": {"tier": draw(tier), "lasts": draw(LENGTHS), **away}}
    if draw(st.booleans()):
        force["shrinkage"] = draw(st.dictionaries(tier, RATIOS, max_size=2))
    if draw(st.booleans()):
        leaver = {"people": 2, "stays": "9 h", "hiring": draw(LENGTHS), "ramp_up": draw(HALF_LIVES)}
        force["attrition"] = {draw(tier): {**leaver, "work_factor": 2, "escalate_factor": 3}}
    if draw(st.booleans()):
        saved = {"work_saved": draw(BELOW_ONE), "escalations_saved": draw(BELOW_ONE)}
        force["learning"] = {draw(tier): {"experience": 3, **saved, "least_ratio": draw(RATIOS)}}
    return force


@st.composite
def services(draw: st.DrawFn, queues: list[str], classes: list[str], tiers: list[str], day: str) -> Data:
    """Training of users, and transfer of knowledge to the own team."""
    service, kind = Data(), st.sampled_from(classes)
    if draw(st.booleans()):
        effect = {"avoids": draw(st.dictionaries(kind, RATIOS, max_size=2)), "inflation": draw(RATIOS)}
        service["training"] = {"t": {**draw(_session(tiers, day)), **effect, "half_life": draw(HALF_LIVES)}}
    if draw(st.booleans()):
        effect = {"queue": draw(st.sampled_from(queues)), "to": queues[0]}
        effect |= {"learnt": draw(RATIOS), "passed": draw(RATIOS)}
        service["handovers"] = {"h": {**draw(_session(tiers, day)), **effect}}
    return service


@st.composite
def preventions(draw: st.DrawFn, classes: list[str], watched: list[str], parts: list[str], tiers: list[str],
                day: str) -> Data:  # fmt: skip
    """Drills, threshold rules, reviews and backups; `watched` are classes that arrive at a rate."""
    prevention, kind = Data(), st.sampled_from(classes)
    if draw(st.booleans()):
        effect = {"tickets": [draw(kind)], "work_saved": draw(BELOW_ONE), "half_life": draw(HALF_LIVES)}
        prevention["drills"] = {"d": {**draw(_session(tiers, day)), **effect}}
    if watched and draw(st.booleans()):
        rule = {"of": draw(st.sampled_from(watched)), "above": draw(st.sampled_from((0.5, 1.5))), "ticket": draw(kind)}
        prevention["watches"] = {"w": {**rule, "prevents": draw(st.dictionaries(kind, RATIOS, max_size=2))}}
    if draw(st.booleans()):
        effect = {"removes": draw(RATIOS), "delay": draw(HALF_LIVES)}
        prevention["reviews"] = {"r": {**draw(dates(day)), **effect, "tickets": draw(st.dictionaries(kind, RATIOS))}}
    if parts and draw(st.booleans()):
        lost = draw(st.dictionaries(st.sampled_from(parts), RATIOS, min_size=1, max_size=2))
        prevention["backups"] = {"components": lost, "every": "5 h", "restore": draw(kind)}
    return prevention


@st.composite
def parallel_runs(draw: st.DrawFn, classes: list[str]) -> Data:
    """Synchronisation faults of a dual run, its exit criteria, and the way back."""
    run = Data()
    if draw(st.booleans()):
        run["sync"] = {"ticket": draw(st.sampled_from(classes)), "rate": "1 / h", "half_life": draw(HALF_LIVES)}
        if draw(st.booleans()):
            run["exit"] = {"every": "2 h", "faults": draw(st.integers(0, 2)), "longest": "9 h"}
    if draw(st.booleans()):
        run["fallback"] = draw(st.sampled_from(("0 s", "1 h")))
    return run


@st.composite
def second_thoughts(draw: st.DrawFn, components: list[str], classes: list[str]) -> Data:
    """Second tries, debt, broken links and tuned surges of a change."""
    more = Data()
    if draw(st.booleans()):
        more["retry"] = {"windows": "FREQ=DAILY;BYHOUR=3,15", "at_most": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        skip = draw(st.lists(st.integers(1, 3), max_size=2, unique=True))
        more["debt"] = {"skip": skip, "hazard": 3, "failure": 1, "work": draw(RATIOS)}
    if draw(st.booleans()):
        more["compatibility"] = draw(st.dictionaries(st.sampled_from(components), RATIOS, max_size=2))
    if draw(st.booleans()):
        tuning = {"every": "2 h", "rounds": 2, "effect": draw(RATIOS)}
        surge = {"ticket": draw(st.sampled_from(classes)), "factor": 5, "half_life": "5 h", "tuning": tuning}
        more["surges"] = [surge]
    return more
