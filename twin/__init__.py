"""A digital twin for PLM service assurance: will the PLM stay available, will support keep its promises?

The verbs, in the order of a working day: `load` a scenario, `simulate_one` history or `replicate` many, `compare`
scenarios on the same random numbers, `replay` real incidents, `write_report`. Everything is loaded on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.decide.compare import compare as compare
    from twin.decide.replay import replay as replay
    from twin.eventlog.log import EventLog as EventLog
    from twin.eventlog.log import first_difference as first_difference
    from twin.eventlog.log import read_log as read_log
    from twin.eventlog.log import write_log as write_log
    from twin.experiment.capacity import capacity_curve as capacity_curve
    from twin.experiment.replicate import Precision as Precision
    from twin.experiment.replicate import replicate as replicate
    from twin.experiment.table import to_frame as to_frame
    from twin.report.page import write_report as write_report
    from twin.simulate.run import simulate_one as simulate_one
    from twin.spec.load import load as load
    from twin.spec.load import load_data as load_data
    from twin.spec.problems import ScenarioError as ScenarioError
    from twin.spec.scenario import Scenario as Scenario

__version__ = "0.1.0"

_HOME = {
    "EventLog": "twin.eventlog.log",
    "Precision": "twin.experiment.replicate",
    "Scenario": "twin.spec.scenario",
    "ScenarioError": "twin.spec.problems",
    "capacity_curve": "twin.experiment.capacity",
    "compare": "twin.decide.compare",
    "first_difference": "twin.eventlog.log",
    "load": "twin.spec.load",
    "load_data": "twin.spec.load",
    "read_log": "twin.eventlog.log",
    "replay": "twin.decide.replay",
    "replicate": "twin.experiment.replicate",
    "simulate_one": "twin.simulate.run",
    "to_frame": "twin.experiment.table",
    "write_log": "twin.eventlog.log",
    "write_report": "twin.report.page",
}

__all__ = [
    "EventLog",
    "Precision",
    "Scenario",
    "ScenarioError",
    "capacity_curve",
    "compare",
    "first_difference",
    "load",
    "load_data",
    "read_log",
    "replay",
    "replicate",
    "simulate_one",
    "to_frame",
    "write_log",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'twin' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
