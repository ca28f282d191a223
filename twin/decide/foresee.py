"""What the weeks after a go-live will be like: a scenario of operations whose uncertain inputs are drawn anew.

Each world draws every input that has a range uniformly from it and is simulated for a few replications. Replications
of one world share its inputs and hang together, so the world is the batch of the evidence: its bounds hold what nobody
knows about the inputs, not only chance.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twin.decide.evidence import Card, Evidence, Measured
from twin.experiment.replicate import Result, replicate
from twin.spec.load import load
from twin.spec.tags import Assumption
from twin.tape.streams import below, name_key, replication_key, uniform

QUANTITY = re.compile(r"\s*([0-9.eE+-]+)\s*(.*?)\s*")
FORESEEN = ("hypercare_availability", "hypercare_satisfaction", "hypercare_tickets", "availability", "satisfaction")
KINDS = ("mean", "ratio")
UNITS = {"1", "min", "h", "s", "d"}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One option: its name, and each foreseen measure's values, a row for each world. where is always the whole."""

    name: str
    values: dict[str, list[list[float | None]]]
    units: dict[str, str]

    def mean(self, measure: str) -> float:
        """Mean of a measure over all worlds and replications; NaN when it is not foreseen."""
        flat = [x for world in self.values.get(measure, []) for x in world if x is not None]
        return float(np.mean(flat)) if flat else float("nan")

    def probability(self, measure: str, at_least: float) -> float:
        """Share of replications in which a measure is at least so large; NaN when it is not foreseen."""
        flat = [x >= at_least for world in self.values.get(measure, []) for x in world if x is not None]
        return float(np.mean(flat)) if flat else float("nan")


def foresee(
    file: Path, worlds: int, reps: int, seed: int, overrides: Mapping[str, Any] | None = None, *,
    name: str = "as planned", engine: Any = "auto", workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Foreseen:  # fmt: skip
    """What a scenario foretells over `worlds` draws of its uncertain inputs, `reps` replications each.

    overrides  values by dotted path that are certain, e.g. because a rehearsal measured them.
    """
    fixed = dict(overrides or {})
    ledger = [row for row in load(file, overrides=fixed).ledger if row.range and row.path not in fixed]
    values: dict[str, list[list[float | None]]] = {}
    units: dict[str, str] = {}
    for world in range(worlds):
        scenario = load(file, overrides={**drawn(ledger, seed, world), **fixed}).scenario
        result = replicate(scenario, reps=reps, seed=seed * 1000 + world, engine=engine, workers=workers)
        for measure, unit, mine in _whole(result):
            values.setdefault(measure, []).append(mine)
            units[measure] = unit
        if progress:
            progress(world + 1, worlds)
    return Foreseen(name, values, units)


def drawn(ledger: list[Assumption], seed: int, world: int) -> dict[str, str]:
    """A value from the range of each assumption, as text that an override accepts; uniform, between the two ends."""
    key = below(replication_key(seed, world), int(name_key("inputs of a world")))
    found = {}
    for row in ledger:
        assert row.range is not None
        low, high = (_quantity(end) for end in row.range)
        if low is None or high is None or low[2] != high[2]:
            continue
        at = float(uniform(below(key, int(name_key(row.path))), 0))
        value = float(low[1]) + at * (float(high[1]) - float(low[1]))
        is_whole = all(part[1].lstrip("+-").isdigit() for part in (low, high, _quantity(row.value)) if part)
        text = str(round(value)) if is_whole and not low[2] else f"{value:.6g}"
        found[row.path] = f"{text} {low[2]}".strip()
    return found


def _quantity(text: str) -> re.Match[str] | None:
    return QUANTITY.fullmatch(text)


def evidence_of(foreseen: Foreseen, title: str) -> Evidence:
    """The foreseen measures as simulated evidence with uncertain inputs."""
    measures = []
    for name, values in foreseen.values.items():
        unit: Any = foreseen.units[name] if foreseen.units[name] in UNITS else ""
        measures.append(Measured(
            name=name, unit=unit, source="simulated", values=values, has_input_uncertainty=True,
        ))  # fmt: skip
    card = Card(gaps=["what the scenario of operations assumes without a range was taken as certain"])
    return Evidence(title=title, measures=measures, card=card)


def _whole(result: Result) -> list[tuple[str, str, list[float | None]]]:
    """Each foreseen measure of the whole system: name, unit, value in each replication that has one."""
    found = []
    for k, cell in enumerate(result.cells):
        if cell.name in FORESEEN and not cell.where and cell.kind in KINDS:
            pairs = result.raw[:, k, :]
            found.append((cell.name, cell.unit, [float(a / b) for a, b in pairs if b > 0]))
    return found  # type: ignore[return-value]
