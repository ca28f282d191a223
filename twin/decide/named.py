"""Measures by name: the family that measures one, or what to write instead."""

from twin.measures.gauge import FAMILIES, Family, Gauge
from twin.spec.problems import did_you_mean
from twin.spec.scenario import Scenario

Where = tuple[tuple[str, str], ...]


def family_of(scenario: Scenario, name: str, where: Where) -> Family:
    """The family that holds the measure of that name with exactly those dimensions.

    Raises ValueError with the nearest known name or dimensions if the scenario measures no such thing.
    """
    measured: dict[str, list[Where]] = {}
    for family in FAMILIES:
        for cell in Gauge(scenario, (family,)).cells:
            if cell.name == name and cell.where == where:
                return family
            measured.setdefault(cell.name, []).append(cell.where)
    if name not in measured:
        raise ValueError(f'no measure "{name}" in this scenario; {did_you_mean(name, measured)}')
    given, known = _words(where), [_words(one) for one in measured[name]]
    raise ValueError(f'no measure "{name}" of {given}; give --where KEY=VALUE: {did_you_mean(given, known)}')


def _words(where: Where) -> str:
    return " ".join(f"{key}={value}" for key, value in where) or "all (no --where)"
