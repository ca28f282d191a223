"""The capacity curve: how fast each state of the deployment answers each load; computed once, read by all else."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ESTIMATE, LOW, HIGH = range(3)
MEASURES: Final = ("throughput", "response", "response_p50", "response_p95", "response_p99", "error_ratio")
ALL_UP: Final = "all nodes up"


@dataclass(frozen=True)
class CapacityCurve:
    """Measures of a workload by deployment state and offered load, with intervals.

    states       names; nodes  of each station in each state.
    load         offered: users present (or sessions per second, where nobody is always there), rising; unit of it.
    values       (state, load, measure, 3): MEASURES, then utilisation of each place; estimate, low, high.
    places       stations and pools.
    bottleneck   (state, load): the place that is busiest, by index.
    knee         (state, 3): load at which a single user's pace, kept up, would meet the highest throughput; nan beyond
                 the loads measured.
    """

    states: tuple[str, ...]
    nodes: tuple[dict[str, int], ...]
    load: Array
    unit: str
    places: tuple[str, ...]
    values: Array
    bottleneck: NDArray[np.int64]
    knee: Array
    confidence: float
    replications: int
    seed: int

    def of(self, measure: str, state: str = ALL_UP) -> Array:
        """Estimates and bounds of a measure at each load, shape (loads, 3)."""
        return np.asarray(self.values[self.states.index(state), :, MEASURES.index(measure)])

    def at(self, measure: str, load: Any, state: str = ALL_UP) -> Array:
        """Estimates of a measure at any loads, between measured ones in proportion, beyond the last one as there."""
        return np.asarray(np.interp(load, self.load, self.of(measure, state)[:, ESTIMATE]))

    def saturation(self, state: str = ALL_UP) -> float:
        """Highest throughput in a state, per second."""
        return float(self.of("throughput", state)[:, ESTIMATE].max())

    def state_of(self, nodes: dict[str, int]) -> str:
        """The state measured with those nodes, else the one with the fewest that are not more; "" if there is none."""
        fits = [
            name for name, known in zip(self.states, self.nodes, strict=True)
            if all(known[station] <= count for station, count in nodes.items() if station in known)
        ]  # fmt: skip
        return max(fits, key=lambda name: sum(self.nodes[self.states.index(name)].values()), default="")

    def to_json(self) -> dict[str, Any]:
        """The curve as plain data."""
        out: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain = {name: value.tolist() for name, value in out.items() if isinstance(value, np.ndarray)}
        return {**out, **plain, "values": _none_for_nan(plain["values"]), "knee": _none_for_nan(plain["knee"])}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CapacityCurve":
        """The curve that `to_json` wrote."""
        arrays = {name: np.array(data[name], float) for name in ("load", "values", "knee")}
        texts = {name: tuple(data[name]) for name in ("states", "nodes", "places")}
        return cls(**{**data, **texts, **arrays, "bottleneck": np.array(data["bottleneck"], np.int64)})


def _none_for_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_none_for_nan(one) for one in value]
    return None if value != value else value


def write_curve(curve: CapacityCurve, path: Path) -> None:
    """Write the curve aside and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(curve.to_json(), allow_nan=False))
    aside.replace(path)


def read_curve(path: Path) -> CapacityCurve | None:
    """The curve in a file; None if there is none, or it can't be read."""
    try:
        return CapacityCurve.from_json(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return None
