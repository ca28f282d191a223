"""Stages of a delivery pipeline become one probability that a fault reaches the users."""

from math import prod

from twin.spec.findings import Findings
from twin.spec.scenario import Scenario


def uses_pipelines(scenario: Scenario) -> bool:
    """Whether a change goes through a pipeline."""
    return any(change.pipeline for change in scenario.changes.values())


def check_pipelines(scenario: Scenario, findings: Findings) -> None:
    """Note a pipeline that nothing can fail in."""
    for name, change in scenario.changes.items():
        if change.pipeline and change.failure == 0.0:
            reason = "the stages have nothing to find: no version is faulty"
            findings.warn(("changes", name, "pipeline"), reason, 'say in "failure" how often one would be without them')


def expand_pipelines(scenario: Scenario) -> Scenario:
    """The scenario in which `failure` is the share of versions whose fault escapes every stage."""
    changes = {
        name: change.model_copy(update={"failure": change.failure * prod(change.pipeline.values()), "pipeline": {}})
        for name, change in scenario.changes.items()
    }
    return scenario.model_copy(update={"changes": changes})
