"""Hypothesis strategies for small workloads over every mechanism, with ticks so coarse that ties are common."""

from typing import Any

from hypothesis import strategies as st

from twin.spec.scenario import Scenario

Data = dict[str, Any]
LENGTHS = ("0 s", "1 s", "2 s", "3 s", "7 s", "20 s")

lengths = st.sampled_from(LENGTHS)
positive = st.sampled_from(LENGTHS[1:])
few = st.sampled_from((1, 2, 3))


@st.composite
def _varying(draw: st.DrawFn) -> Data:
    law, cv = draw(
        st.sampled_from((("exponential", 1.0), ("lognormal", 0.8), ("gamma", 0.7), ("hyperexponential", 2.0)))
    )
    return {"mean": draw(positive), "cv": cv, "law": law}


laws = st.one_of(lengths, _varying())
some_laws = st.one_of(positive, _varying())


def _maybe(draw: st.DrawFn, data: Data, key: str, what: st.SearchStrategy[Any]) -> None:
    if draw(st.booleans()):
        data[key] = draw(what)


@st.composite
def _station(draw: st.DrawFn) -> Data:
    kind = draw(st.sampled_from(("cpu", "cpu", "fcfs", "fcfs", "delay")))
    station: Data = {"kind": kind}
    if kind == "delay":
        return station
    station |= {"servers": draw(few), "nodes": draw(few)}
    station["balance"] = draw(st.sampled_from(("round-robin", "least-connections")))
    if kind == "cpu":
        _maybe(draw, station, "rates", st.sampled_from(((0.5,), (1.0, 0.7), (0.9, 1.1, 0.37))))
    _maybe(draw, station, "pauses", st.fixed_dictionaries({"every": some_laws, "takes": some_laws}))
    if draw(st.integers(0, 2)) == 2:
        station["autoscaling"] = {
            "target": draw(st.sampled_from((0.2, 0.5, 0.9))), "every": draw(st.sampled_from(("3 s", "10 s"))),
            "lag": draw(lengths), "least": 1, "most": station["nodes"] + draw(st.sampled_from((0, 1, 2))),
        }  # fmt: skip
    return station


@st.composite
def _steps(draw: st.DrawFn, load: Data, held: tuple[str, ...], depth: int) -> list[Data]:
    return [draw(_step(load, held, depth)) for _ in range(draw(st.integers(1, 2)))]


@st.composite
def _step(draw: st.DrawFn, load: Data, held: tuple[str, ...], depth: int) -> Data:
    pools = [name for name in load["pools"] if name not in held]
    locks = [name for name in load["locks"] if name not in held]
    kinds = ["visit", "visit"] + (["hold", "hold"] * bool(pools) + ["lock"] * bool(locks)
                                  + ["cache"] * bool(load["caches"])) * (depth < 3)  # fmt: skip
    kind = draw(st.sampled_from(kinds))
    if kind == "hold":
        name = draw(st.sampled_from(pools))
        return {"hold": name, "do": draw(_steps(load, (*held, name), depth + 1))}
    if kind == "lock":
        name = draw(st.sampled_from(locks))
        step: Data = {"lock": name}
        if draw(st.booleans()):
            step["held_for"] = draw(laws)
            held_inside = held
        else:
            held_inside = (*held, name)
        step["do"] = draw(_steps(load, held_inside, depth + 1))
        return step
    if kind == "cache":
        return {"cache": draw(st.sampled_from(sorted(load["caches"]))), "miss": draw(_steps(load, held, depth + 1))}
    return {"visit": draw(st.sampled_from(sorted(load["stations"]))), "work": draw(laws)}


@st.composite
def _persona(draw: st.DrawFn, load: Data) -> Data:
    names = sorted(load["transactions"])
    persona: Data = {"mix": {names[0]: 1.0} if len(names) == 1 else draw(st.sampled_from(
        ({names[0]: 1.0}, {names[0]: 0.25, names[1]: 0.75}, {names[1]: 1.0})))}  # fmt: skip
    kind = draw(st.sampled_from(("users", "users", "rate", "interarrival", "scheduled")))
    if kind == "users":
        persona["users"] = draw(st.sampled_from((1, 3, 8)))
    elif kind == "rate":
        persona["rate"] = draw(st.sampled_from(("1 / 5 s", "1 / s", "3 / s")))
    elif kind == "interarrival":
        persona["interarrival"] = draw(st.sampled_from(("1 s", "4 s", {"mean": "2 s", "cv": 1.0})))
    else:
        persona["scheduled"] = draw(st.lists(lengths, min_size=1, max_size=5))
    if draw(st.integers(0, 3)) == 0:
        persona["pace"] = draw(some_laws)
    else:
        persona["think"] = draw(laws)
    _maybe(draw, persona, "requests", st.sampled_from((1.0, 2.5)))
    free = [name for name, pool in load["pools"].items() if "per" not in pool]
    if free:
        _maybe(draw, persona, "licence", st.sampled_from(free))
    _maybe(draw, persona, "is_background", st.booleans())
    return persona


@st.composite
def _disturbance(draw: st.DrawFn, load: Data) -> Data:
    stations = [name for name, one in load["stations"].items() if one["kind"] != "delay"]
    name = draw(st.sampled_from(stations))
    one: Data = {
        "kind": draw(st.sampled_from(("down", "slow", "absent"))), "station": name, "at": draw(lengths),
        "node": draw(st.integers(1, load["stations"][name]["nodes"])), "speed": draw(st.sampled_from((0.01, 0.3, 0.5))),
    }  # fmt: skip
    _maybe(draw, one, "lasts", positive)
    return one


@st.composite
def _transaction(draw: st.DrawFn, load: Data) -> Data:
    one: Data = {"steps": draw(_steps(load, (), 0))}
    _maybe(draw, one, "timeout", positive)
    retry = st.fixed_dictionaries({"times": few, "wait": laws, "factor": st.sampled_from((1.0, 1.7))})
    _maybe(draw, one, "retry", retry)
    return one


@st.composite
def workloads(draw: st.DrawFn) -> Data:
    """A scenario with a workload of up to 3 stations, 3 pools, 2 transactions and 3 personas over a minute or two."""
    load: Data = {
        "stations": {f"s{k}": draw(_station()) for k in range(draw(few))}, "pools": {}, "locks": {}, "caches": {},
        "length": draw(st.sampled_from(("50 s", "2 min"))), "warm_up": draw(lengths),
        "tick": draw(st.sampled_from(("1 s", "1 s", "0.5 s"))),
    }  # fmt: skip
    for k in range(draw(st.sampled_from((1, 2, 3, 0)))):
        pool: Data = {"size": draw(few)}
        _maybe(draw, pool, "queue", st.sampled_from((0, 1, 3)))
        _maybe(draw, pool, "per", st.sampled_from(sorted(load["stations"])))
        load["pools"][f"p{k}"] = pool
    if draw(st.booleans()):
        load["locks"] = {"part": {"objects": draw(few), "skew": draw(st.sampled_from((0.0, 1.0)))}}
    for k in range(draw(st.sampled_from((0, 1, 2)))):
        lru = st.fixed_dictionaries({"capacity": few, "objects": st.sampled_from((2, 5)), "skew": st.just(0.8)})
        ratio = st.fixed_dictionaries({"hit_ratio": st.sampled_from((0.3, 0.9))}, optional={"warm_up": positive})
        load["caches"][f"c{k}"] = draw(st.one_of(lru, ratio))
    load["transactions"] = {f"t{k}": draw(_transaction(load)) for k in range(draw(st.sampled_from((1, 2))))}
    load["personas"] = {f"who{k}": draw(_persona(load)) for k in range(draw(few))}
    if any(one["kind"] != "delay" for one in load["stations"].values()):
        load["disturbances"] = draw(st.lists(_disturbance(load), max_size=3))
    level = st.fixed_dictionaries({"at": lengths, "ratio": st.sampled_from((0.0, 0.4, 1.0, 2.0)), "over": lengths})
    if draw(st.integers(0, 2)) == 2:
        levels = draw(st.lists(level, min_size=1, max_size=3))
        load["shape"] = sorted(levels, key=lambda one: int(str(one["at"]).split()[0]))
    return {"name": "small workload", "clock": {"start": "2026-01-05", "horizon": "1 h"}, "workload": load}


def scenario_of(world: Data) -> Scenario:
    """The scenario written as plain data."""
    return Scenario.model_validate(world)
