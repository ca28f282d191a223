"""What load does to operations: the capacity curve of a scenario, and the tickets its slow hours bring."""

from pathlib import Path

from twin.experiment.capacity import CACHE, capacity_curve
from twin.spec.capacity import CapacityCurve
from twin.spec.load_hours import with_slow_hours
from twin.spec.scenario import Scenario


def loaded(scenario: Scenario, cache: Path | None = CACHE) -> tuple[Scenario, CapacityCurve | None]:
    """The scenario with the tickets its slow hours bring, and its capacity curve.

    The scenario as it is, and None, if it says nothing about slow hours.

    cache  folder of finished curves: the curve is computed once.
    """
    if scenario.workload is None or scenario.workload.slow_hours is None:
        return scenario, None
    curve = capacity_curve(scenario, workers=1, cache=cache)
    return with_slow_hours(scenario, curve), curve
