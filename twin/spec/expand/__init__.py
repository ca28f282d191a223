"""Shorthand spelled out: convenient keys of a scenario become tiers, queues, visits, classes and calendars.

Applied once, when a scenario is loaded. Engines, tapes, measures and reports see plain scenarios only.
"""

from collections.abc import Callable
from typing import Final

from twin.spec.expand import desks, intake, pipeline, self_service, sites, work
from twin.spec.findings import Findings
from twin.spec.problems import Source
from twin.spec.scenario import Scenario

Step = tuple[Callable[[Scenario], bool], Callable[[Scenario, Findings], None], Callable[[Scenario], Scenario]]

# In this order: whether the shorthand is used, what may be wrong with it, and the scenario without it.
STEPS: Final[tuple[Step, ...]] = (
    (sites.uses_sites, sites.check_sites, sites.expand_sites),
    (pipeline.uses_pipelines, pipeline.check_pipelines, pipeline.expand_pipelines),
    (work.uses_false_alarms, work.check_false_alarms, work.expand_false_alarms),
    (work.uses_routines, work.check_routines, work.expand_routines),
    (work.uses_runbooks, work.check_runbooks, work.expand_runbooks),
    (intake.uses_channels, intake.check_channels, intake.expand_channels),
    (self_service.uses_chatbot, self_service.check_chatbot, self_service.expand_chatbot),
    (self_service.uses_knowledge_base, self_service.check_knowledge_base, self_service.expand_knowledge_base),
    (desks.uses_without, desks.check_without, desks.expand_without),
    (desks.uses_travel, desks.check_travel, desks.expand_travel),
    (desks.uses_until, desks.check_until, desks.expand_until),
    (desks.uses_groups, desks.check_groups, desks.expand_groups),
)


def expand(scenario: Scenario, findings: Findings | None = None) -> Scenario:
    """The scenario without shorthand; itself if it has none.

    findings  collects what is wrong with the shorthand; a faulty part is left as it is. Without it, a fault raises
    ValueError.
    """
    notes = findings or Findings(Source("scenario"))
    for is_used, check, spell_out in STEPS:
        if is_used(scenario):
            known = len(notes.errors)
            check(scenario, notes)
            if len(notes.errors) == known:
                scenario = spell_out(scenario)
    if findings is None and notes.errors:
        raise ValueError("\n".join(map(str, notes.errors)))
    return scenario


def is_plain(scenario: Scenario) -> bool:
    """Whether nothing is left to spell out."""
    return not any(is_used(scenario) for is_used, _, _ in STEPS)
