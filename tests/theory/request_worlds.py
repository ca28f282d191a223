"""Workloads whose answers are known: how each is written."""

from collections.abc import Callable, Sequence
from typing import Any

from request_readers import (
    Data,
    Known,
    RequestWorld,
    exponential,
    in_use,
    length,
    mean,
    per,
    quantile,
    share,
    throughput,
    waited,
)


def one_station(station: Data, arrivals: Data, work: Any) -> Data:
    """A workload that visits one station."""
    return {
        "stations": {"node": station},
        "transactions": {"job": {"steps": [{"visit": "node", "work": work}]}},
        "personas": {"source": {**arrivals, "mix": {"job": 1.0}}},
    }


def closed(demands: Sequence[float], servers: Sequence[int], users: int, think: float) -> Data:
    """Users who visit stations in turn, cores shared by several, one server in order of arrival."""
    stations = {f"s{k}": {"kind": "cpu" if c > 1 else "fcfs", "servers": c} for k, c in enumerate(servers)}
    steps = [{"visit": f"s{k}", "work": exponential(d)} for k, d in enumerate(demands)]
    return {
        "stations": stations,
        "transactions": {"job": {"steps": steps}},
        "personas": {"user": {"users": users, "think": exponential(think), "mix": {"job": 1.0}}},
    }


def shared(params: Data, metrics: Data) -> list[RequestWorld]:
    """M/M/c under processor sharing."""
    station = {"kind": "cpu", "servers": params["cores"]}
    data = one_station(station, {"rate": per(params["lam"])}, exponential(1.0 / params["mu"]))
    known = [Known("W", metrics["W"], mean()), Known("utilisation", metrics["rho"] * params["cores"], in_use(0))]
    known += [Known(f"W_p{p}", metrics[f"W_p{p}"], quantile(p / 100)) for p in (50, 95, 99)]
    return [RequestWorld(data, known, 60_000)]


def shared_by_size(params: Data, metrics: Data) -> list[RequestWorld]:
    """M/G/1 under processor sharing: the mean of any law, and the mean by size of the job."""
    arrivals = {"rate": per(params["lam"])}
    lognormal = {"mean": length(params["mean"]), "cv": 2.0}
    any_law = one_station({"kind": "cpu"}, arrivals, lognormal)
    sizes = {"0.1": 0.5, "1": 0.45, "10": 0.05}
    by_size: Data = {
        "stations": {"node": {"kind": "cpu"}},
        "transactions": {f"job {x}": {"steps": [{"visit": "node", "work": length(float(x))}]} for x in sizes},
        "personas": {"source": {**arrivals, "mix": {f"job {x}": ratio for x, ratio in sizes.items()}}},
    }
    known = [Known(f"W of {x}", metrics["conditional"][x], mean(k)) for k, x in enumerate(sizes)]
    return [
        RequestWorld(any_law, [Known("W", metrics["W"], mean())], 60_000, 20),
        RequestWorld(by_size, known, 60_000, 20),
    ]


def refused(params: Data, metrics: Data) -> list[RequestWorld]:
    """M/M/c/K: a pool whose line is bounded."""
    data = one_station({"kind": "delay"}, {"rate": per(params["lam"])}, exponential(1.0 / params["mu"]))
    visit = data["transactions"]["job"]["steps"]
    data["pools"] = {"servers": {"size": params["c"], "queue": params["K"] - params["c"]}}
    data["transactions"]["job"]["steps"] = [{"hold": "servers", "do": visit}]
    known = [
        Known("P_block", metrics["P_block"], share(1)),
        Known("W", metrics["W"], mean()),
        Known("Wq", metrics["Wq"], waited(1)),
        Known("util", metrics["util"] * params["c"], in_use(1)),
    ]
    return [RequestWorld(data, known, 10_000)]


def pools(params: Data, metrics: Data) -> list[RequestWorld]:
    """Threads held while waiting for connections."""
    data = closed([params["s1"]], [params["cA"]], params["N"], params["Z"])
    data["stations"] = {"app": {"servers": params["cA"]}, "db": {"servers": params["cD"]}}
    data["pools"] = {"threads": {"size": params["m"]}, "connections": {"size": params["k"]}}
    query = {"hold": "connections", "do": [{"visit": "db", "work": exponential(params["sD"])}]}
    first, last = ({"visit": "app", "work": exponential(params[name])} for name in ("s1", "s2"))
    data["transactions"]["job"]["steps"] = [{"hold": "threads", "do": [first, query, last]}]
    known = [
        Known("X", metrics["X"], throughput()),
        Known("R", metrics["R"], mean()),
        Known("U_app", metrics["U_app"] * params["cA"], in_use(0)),
        Known("U_db", metrics["U_db"] * params["cD"], in_use(1)),
        Known("threads", metrics["mean_threads_busy"], in_use(2)),
        Known("connections", metrics["mean_conn_busy"], in_use(3)),
        Known("wait_thread", metrics["wait_thread"], waited(2)),
        Known("wait_conn", metrics["wait_conn"], waited(3)),
    ]
    known += [Known(f"R_p{p}", metrics[f"R_p{p}"], quantile(p / 100)) for p in (50, 95, 99)]
    return [RequestWorld(data, known, 3_000)]


def closed_network(params: Data, metrics: Data) -> list[RequestWorld]:
    """Closed networks of one class, at every number of users in the table above 1; stretched to whole units of work, so
    that rounding to ticks does not show."""
    worlds, stretch = [], 1.0 / max(params["demands"])
    demands = [stretch * demand for demand in params["demands"]]
    for users in [n for n in params["N"] if n > 1]:
        data, found = closed(demands, params["servers"], users, stretch * params["Z"]), metrics[str(users)]
        known = [
            Known(f"X({users})", found["X"] / stretch, throughput()),
            Known(f"R({users})", found["R"] * stretch, mean()),
        ]
        known += [Known(f"U{k}({users})", u * params["servers"][k], in_use(k)) for k, u in enumerate(found["U"])]
        worlds.append(RequestWorld(data, known, 40_000 * stretch / found["X"]))
    return worlds


def closed_classes(params: Data, metrics: Data) -> list[RequestWorld]:
    """A closed network of several classes on shared single cores."""
    demands = params["D"]
    data: Data = {
        "stations": {f"s{k}": {"kind": "cpu"} for k in range(len(demands[0]))},
        "transactions": {},
        "personas": {},
    }
    for c, row in enumerate(demands):
        data["transactions"][f"t{c}"] = {
            "steps": [{"visit": f"s{k}", "work": exponential(d)} for k, d in enumerate(row)]
        }
        think = exponential(params["Z"][c]) if params["Z"][c] else "0 s"
        data["personas"][f"c{c}"] = {"users": params["N"][c], "think": think, "mix": {f"t{c}": 1.0}}
    known = [Known(f"X{c}", x, throughput(c)) for c, x in enumerate(metrics["X"])]
    known += [Known(f"R{c}", r, mean(c)) for c, r in enumerate(metrics["R"])]
    return [RequestWorld(data, known, 20_000, 20)]


def locked(params: Data, metrics: Data) -> list[RequestWorld]:
    """Check-out attempts on one object, whatever the law of the time it is held."""
    worlds = []
    for law in (exponential(params["hold_mean"]), length(params["hold_mean"])):
        data = one_station({"kind": "delay"}, {"rate": per(params["lam"])}, "0 s")
        data["locks"] = {"part": {}}
        data["transactions"]["job"]["steps"] = [{"lock": "part", "held_for": law}]
        worlds.append(RequestWorld(data, [Known("P_reject", metrics["P_reject"], share(4))], 60_000))
    return worlds


def cached(params: Data, metrics: Data) -> list[RequestWorld]:
    """A cache of the objects used last; the weights of the table fall with the rank."""
    assert params["weights"] == [1.0 / k for k in range(1, len(params["weights"]) + 1)]
    data = one_station({"kind": "delay"}, {"rate": per(1.0)}, "0 s")
    data["caches"] = {"bom": {"capacity": params["capacity"], "objects": len(params["weights"]), "skew": 1.0}}
    data["transactions"]["job"]["steps"] = [{"cache": "bom", "miss": [{"visit": "node", "work": "0 s"}]}]
    known = Known(
        "hit_ratio", metrics["hit_ratio"], lambda log: (float(log.looked_up[0, 0]), float(log.looked_up[0, 1]))
    )
    return [RequestWorld(data, [known], 50_000)]


def standing_still(params: Data, metrics: Data) -> list[RequestWorld]:
    """M/M/1 whose server stands still now and then and goes on where it was: shared or in line, the same mean."""
    pauses = {"every": exponential(1.0 / params["xi"]), "takes": exponential(1.0 / params["eta"])}
    return [
        RequestWorld(
            one_station(
                {"kind": kind, "pauses": pauses}, {"rate": per(params["lam"])}, exponential(1.0 / params["mu"])
            ),
            [Known("W", metrics["W"], mean())],
            60_000,
            20,
        )
        for kind in ("cpu", "fcfs")
    ]


def paced(params: Data, metrics: Data) -> list[RequestWorld]:
    """D/M/1: a load generator at constant rate."""
    arrivals = {"interarrival": length(1.0 / params["lam"])}
    data = one_station({"kind": "fcfs"}, arrivals, exponential(1.0 / params["mu"]))
    known = [
        Known("W", metrics["W"], mean()),
        *(Known(f"W_p{p}", metrics[f"W_p{p}"], quantile(p / 100)) for p in (95, 99)),
    ]
    return [RequestWorld(data, known, 60_000)]


def published_rig(params: Data, metrics: Data) -> list[RequestWorld]:
    """A measured web rig by its published demands: the web tier's grow with users, twelve dummy stations stand for
    what was not measured."""
    worlds = []
    for users, exact in zip(params["vusers"], metrics["final_model_X"], strict=True):
        demands = [8.0 * users**0.085, 2.8, 0.9, *[2.2] * 12]
        data = closed(demands, [1] * len(demands), users, 0.0)
        data["personas"]["user"]["think"] = "0 s"
        known = [Known(f"X({users})", exact / 1000.0, throughput())]
        worlds.append(RequestWorld(data, known, 100_000.0))
    return worlds


BUILDERS: dict[str, Callable[[Data, Data], list[RequestWorld]]] = {
    "ps1-a": shared,
    "ps4-a": shared,
    "mg1ps-a": shared_by_size,
    "mmck-a": refused,
    "pools-a": pools,
    "pools-a2": pools,
    "mva-mm1n": closed_network,
    "mva-ebiz-naive": closed_network,
    "mva-multicore-a": closed_network,
    "mvamc-allen": closed_classes,
    "lock-a": locked,
    "lru-a": cached,
    "bd1-a": standing_still,
    "dm1-a": paced,
    "ebiz-measured": published_rig,
}
