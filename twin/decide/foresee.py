"""What the weeks after a go-live will be like: a scenario of operations whose uncertain inputs are drawn anew.

Each world draws every input that has a range uniformly from it and is simulated for a few replications. Replications
of one world share its inputs and hang together, so the world is the batch of the evidence: its bounds hold what nobody
knows about the inputs, not only chance.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twin.decide.bounds import Bound, mean_bound, share_bound
from twin.decide.evidence import Card, Evidence, Measured
from twin.experiment.replicate import Result, replicate
from twin.experiment.tasks import Checkpoint, Progress
from twin.spec.load import load
from twin.spec.tags import Assumption
from twin.tape.streams import below, name_key, replication_key, uniform

QUANTITY = re.compile(r"\s*([0-9.eE+-]+)\s*(.*?)\s*")
FORESEEN = (
    "hypercare_availability", "hypercare_satisfaction", "hypercare_tickets", "hypercare_surge", "availability",
    "satisfaction",
)  # fmt: skip
TWO_SIDED = 0.975  # of each of two one-sided bounds that make a 95 % interval
KINDS = ("mean", "ratio")
UNITS = {"1", "min", "h", "s", "d"}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One option: its name, and each foreseen measure's values, a row for each world, a value for each replication.

    None stands for a replication without it, e.g. one whose change never holds. where is always the whole.
    """

    name: str
    values: dict[str, list[list[float | None]]]
    units: dict[str, str]

    def mean(self, measure: str) -> Bound:
        """Mean of a measure over all worlds and replications, with its 95 % interval."""
        worlds = [np.array([x for x in world if x is not None]) for world in self.values.get(measure, [])]
        return mean_bound(worlds, TWO_SIDED)

    def chance(self, goals: Mapping[str, float]) -> Bound:
        """Chance that every measure is at least what is asked, with its 95 % interval."""
        kept = self._kept(goals)
        hits, totals = ([float(count(world)) for world in kept] for count in (sum, len))
        return share_bound(np.array(hits), np.array(totals), TWO_SIDED)

    def ahead_of(self, other: "Foreseen", goals: Mapping[str, float]) -> Bound:
        """How much larger the chance is than another option's, in the same worlds, with its 95 % interval."""
        pairs = zip(self._kept(goals), other._kept(goals), strict=True)
        gaps = [np.array([np.mean(mine) - np.mean(theirs)]) for mine, theirs in pairs if mine and theirs]
        return mean_bound(gaps, TWO_SIDED)

    def _kept(self, goals: Mapping[str, float]) -> list[list[bool]]:
        """World by world: whether each replication that has all the measures keeps all the goals."""
        columns = [(self.values.get(measure, []), least) for measure, least in goals.items()]
        kept = []
        for worlds in zip(*(values for values, _ in columns), strict=True):
            rows = [row for row in zip(*worlds, strict=True) if None not in row]
            kept.append([all(x >= least for x, (_, least) in zip(row, columns, strict=True)) for row in rows])
        return kept


def foresee(
    file: Path, worlds: int, reps: int, seed: int, overrides: Mapping[str, Any] | None = None, *,
    name: str = "as planned", engine: Any = "auto", workers: int | None = None, cluster: str | None = None,
    progress: Progress | None = None, checkpoint: Checkpoint | None = None,
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
        result = replicate(scenario, reps=reps, seed=seed * 1000 + world, engine=engine, workers=workers,
                           cluster=cluster, checkpoint=checkpoint)  # fmt: skip
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
        known: Any = [[x for x in world if x is not None] for world in values]
        measures.append(
            Measured(name=name, unit=unit, source="simulated", values=known, has_input_uncertainty=True)
        )
    card = Card(gaps=["what the scenario of operations assumes without a range was taken as certain"])
    return Evidence(title=title, measures=measures, card=card)


def _whole(result: Result) -> list[tuple[str, str, list[float | None]]]:
    """Each foreseen measure of the whole system: name, unit, value in each replication that has one."""
    found = []
    for k, cell in enumerate(result.cells):
        if cell.name in FORESEEN and not cell.where and cell.kind in KINDS:
            pairs = result.raw[:, k, :]
            found.append((cell.name, cell.unit, [float(a / b) if b > 0 else None for a, b in pairs]))
    return found
