"""Cycle time of business transactions: waiting, thinking, clicking, and what outages add."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.measures.availability import Availability
from twin.measures.cells import Cell, cell
from twin.measures.elapsed import mean_elapsed, mean_of_longest
from twin.measures.frame import Frame
from twin.measures.reading import Reading, numbers
from twin.spec.workflows import Step, Workflow

Array = NDArray[Any]

PARTS: Final = ("wait", "person", "system", "outage")
VARIANTS: Final = ("serial", "parallel")


class Workflows:
    """Mean cycle time of each transaction that starts at any time of the measured time, with its approvals one after
    the other and all at once.

    Parts are those of the variant that the scenario has; in parallel the slowest approval counts, so its parts share
    the time of all. `outage` is what outages of the function add to the time in the PLM; planned ones count if the
    contract says so, and partial ones in part.
    """

    def __init__(self, frame: Frame, availability: Availability) -> None:
        self.frame, self.availability, self.workflows = frame, availability, frame.scenario.workflows
        self.cells = tuple(self._cells())

    def _cells(self) -> list[Cell]:
        out: list[Cell] = []
        for name, one in self.workflows.items():
            out.append(cell("cycle_time", "h", "mean", workflow=name))
            out += [cell("cycle_time", "h", "mean", workflow=name, approvals=variant) for variant in VARIANTS]
            out.append(cell("cycle_time_saved", "1", "mean", workflow=name))
            out += [cell("cycle_part", "h", "mean", workflow=name, part=part) for part in PARTS]
            out.append(cell("workflow_hours", "work h/year", "mean", workflow=name))
            out += [cell("cycle_time_change", "1", "mean", workflow=name)] if one.before is not None else []
        return out

    def measure(self, reading: Reading) -> Array:
        """Numerators and denominators of the cells, shape (n, 2)."""
        found = (self._one(reading, one) for one in self.workflows.values())
        return np.concatenate([np.zeros((0, 2)), *found])

    def _one(self, reading: Reading, one: Workflow) -> Array:
        in_plm = {seconds: self._elapsed(reading, one.function, seconds) for seconds in _system_times(one)}
        steps, approvals = [*one.steps.values()], [*one.approvals.values()]
        before = sum(step.wait.mean + step.person + in_plm[step.system] for step in steps)
        serial = sum(step.wait.mean + step.person + in_plm[step.system] for step in approvals)
        parallel = mean_of_longest(
            [step.wait for step in approvals], [step.person + in_plm[step.system] for step in approvals]
        )
        cycle = {"serial": before + serial, "parallel": before + parallel}
        share = parallel / serial if one.approval == "parallel" and serial > 0 else 1.0
        chosen, person = cycle[one.approval], sum(step.person + step.system for step in (*steps, *approvals))
        out = [numbers([chosen / 3600.0, *(cycle[name] / 3600.0 for name in VARIANTS)])]
        out.append(numbers(1.0 - cycle["parallel"] / cycle["serial"] if cycle["serial"] > 0 else 0.0))
        out.append(numbers(_parts(steps, in_plm, 1.0) + _parts(approvals, in_plm, share)))
        out.append(numbers(person / 3600.0 * one.rate * 365 * 86_400))
        return np.concatenate([*out, *([numbers(chosen / one.before - 1.0)] if one.before is not None else [])])

    def _elapsed(self, reading: Reading, function: str, seconds: float) -> float:
        """Mean seconds that so much work in the PLM takes, outages included."""
        if not self.availability.components or seconds == 0.0:
            return seconds
        found = self.availability.segments(reading)
        up = 1.0 - found.counted[:, self.availability.subjects.index(function)] / 1000.0
        ticks = mean_elapsed(found.cuts.astype(np.float64), up, seconds / self.frame.tick_s)
        return ticks * self.frame.tick_s


def _system_times(one: Workflow) -> set[float]:
    return {step.system for step in (*one.steps.values(), *one.approvals.values())}


def _parts(steps: list[Step], in_plm: dict[float, float], share: float) -> Array:
    """Hours of waiting, thinking, clicking and outages over the steps, times a share."""
    columns = [(step.wait.mean, step.person, step.system, in_plm[step.system] - step.system) for step in steps]
    return np.asarray(np.array(columns, float).reshape(-1, len(PARTS)).sum(axis=0) * share / 3600.0)
