"""Service demands of requests, estimated in four ways from the same record.

response     what each request got of the cores while it was there, by how long it was there and with how many others.
             Source: in the manner of Kraft, Pacheco-Sanchez, Casale, Dawson (2009), Estimating service resource
             consumption from response time measurements; here exact for one line, workers and equal sharing.
utilisation  non-negative least squares of CPU seconds on the number of transactions in short spans (regression.py).
both         the proportions of `response`, scaled to the CPU seconds that were used (utilisation law); what is left
             of each response is a delay that loads no core.
simulation   the demands with which a replay of the record gives the mean response of each transaction that was
             observed.
"""

from collections.abc import Callable

import numpy as np

from twin.calibrate.requests.evidence import Demands, Evidence, NotEstimable, means, split, watched, work_within
from twin.calibrate.requests.regression import by_utilisation
from twin.calibrate.requests.replaying import drawn_sizes, replay

ROUNDS, REPLAYS, CLOSE_ENOUGH = 15, 4, 2e-3


def by_response(data: Evidence) -> Demands:
    """Demands from responses."""
    if data.record.grain_s > 0.1:
        raise NotEstimable(f"the log's clock has steps of {data.record.grain_s:g} s: log milliseconds")
    return Demands("response", means(data, data.got_s), split(data), np.zeros(len(data.classes.keys)))


def by_both(data: Evidence) -> Demands:
    """Demands in the proportions of responses, scaled to the CPU used."""
    stations = watched(data)
    responses = by_response(data)
    spent = sum(float(data.spent(station, data.edges())[::2].sum()) for station in stations)
    offered = work_within(data)
    factor = min(1.0, spent / max(offered, 1e-12))
    return Demands("both", responses.mean_s * factor, responses.shares, responses.mean_s * (1 - factor))


def by_simulation(data: Evidence, seed: int = 1) -> Demands:
    """Demands with which the replayed record has the observed mean response of each class."""
    start = by_response(data)
    mean = start.mean_s.copy()
    observed = means(data, data.record.end_s - data.record.start_s)
    sizes = [drawn_sizes(data, seed + k) for k in range(REPLAYS)]
    for _ in range(ROUNDS):
        trial = Demands("simulation", mean, start.shares, start.delay_s)
        lengths = np.mean([np.subtract(*replay(data, trial, one)[::-1]) for one in sizes], axis=0)
        ratio = observed / np.maximum(means(data, lengths), 1e-9)
        mean = mean * np.clip(ratio, 0.5, 2.0)
        if np.nanmax(np.abs(ratio - 1)) < CLOSE_ENOUGH:
            break
    return Demands("simulation", mean, start.shares, start.delay_s)


ESTIMATORS: dict[str, Callable[[Evidence], Demands]] = {
    "response": by_response,
    "utilisation": by_utilisation,
    "both": by_both,
    "simulation": by_simulation,
}
