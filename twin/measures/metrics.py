"""A log as live monitoring would have seen it: samples of the state in OpenMetrics text, under the usual names."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.eventlog.log import EventLog
from twin.eventlog.schema import (
    CLOSED,
    DOWN,
    FAILED,
    IN_QUEUE,
    MAINTAINED,
    MAINTENANCE_ENDED,
    ON_DUTY,
    OPENED,
    REOPENED,
    REPAIRED,
    UP,
)
from twin.measures.frame import Frame
from twin.measures.reading import Reading
from twin.measures.stays import AT_WORK, stays_of

Array = NDArray[Any]

HELP: Final[Mapping[str, tuple[str, str]]] = {
    "up": ("gauge", "1 while the component serves, 0 while it does not, as Prometheus writes it for each target."),
    "plm_units_up": ("gauge", "Units of a component that are in service."),
    "plm_tickets_open": ("gauge", "Tickets that are neither solved nor given up."),
    "plm_tickets_waiting": ("gauge", "Tickets that lie in a queue."),
    "plm_agents_busy": ("gauge", "People who work on a ticket, or get up for one."),
    "plm_agents_on_duty": ("gauge", "People on duty or on call."),
    "plm_tickets_opened": ("counter", "Tickets opened since the start, by class."),
    "plm_outages": ("counter", "Times a component went down since the start."),
}


def openmetrics(log: EventLog, frame: Frame, every_s: float) -> Iterator[str]:
    """The lines of an OpenMetrics document with a sample of every series each `every_s` seconds, ending in # EOF.

    Names are those of live monitoring (`up` with its instance, the rest with the prefix plm_), so that predicted and
    measured series can be laid over each other. Times are seconds since 1970 of the scenario's clock.
    """
    step = max(round(every_s / frame.tick_s), 1)
    at = np.arange(0, log.end_ticks, step, dtype=np.int64)
    start = frame.scenario.clock.start_utc
    stamps = [_stamp(start, tick * frame.tick_s) for tick in at.tolist()]
    found = series(Reading(log, frame), at)
    for name, (kind, about) in HELP.items():
        lines = {labels: values for (metric, labels), values in found.items() if metric == name}
        if not lines:
            continue
        yield f"# TYPE {name} {kind}\n# HELP {name} {about}\n"
        sample = f"{name}_total" if kind == "counter" else name
        for labels, values in lines.items():
            tail = "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels) + "}" if labels else ""
            for stamp, value in zip(stamps, values.tolist(), strict=True):
                yield f"{sample}{tail} {value} {stamp}\n"
    yield "# EOF\n"


def series(reading: Reading, at: Array) -> dict[tuple[str, tuple[tuple[str, str], ...]], Array]:
    """Values at each tick by metric and labels, whole numbers; what happens at a tick is seen at it."""
    log, names = reading.log, reading.names
    out: dict[tuple[str, tuple[tuple[str, str], ...]], Array] = {}
    units = {name: part.units for name, part in reading.frame.scenario.deployment.components.items()}
    for k, name in enumerate(names.components):
        here, labels = log.place == k, (("job", "plm"), ("instance", name))
        out["up", labels] = 1 - _running(log, at, here & (log.event == DOWN), here & (log.event == UP))
        gone, back = (FAILED, MAINTAINED), (REPAIRED, MAINTENANCE_ENDED)
        missing = _running(log, at, here & np.isin(log.event, gone), here & np.isin(log.event, back))
        out["plm_units_up", labels] = units.get(name, 1) - missing
        out["plm_outages", (("instance", name),)] = _running(log, at, here & (log.event == DOWN), log.at < 0)
    opened, closed = np.isin(log.event, (OPENED, REOPENED)), np.isin(log.event, CLOSED)
    out["plm_tickets_open", ()] = _running(log, at, opened, closed)
    for k, name in enumerate(names.classes):
        first = (log.event == OPENED) & (log.ticket_class[np.where(log.event == OPENED, log.entity, 0)] == k)
        out["plm_tickets_opened", (("class", name),)] = _running(log, at, first, log.at < 0)
    stays = stays_of(reading)
    for metric, places, kinds, label in (
        ("plm_tickets_waiting", names.queues, IN_QUEUE, "queue"), ("plm_agents_busy", names.tiers, AT_WORK, "tier"),
    ):  # fmt: skip
        chosen = np.isin(stays.event, kinds)
        for k, name in enumerate(places):
            rows = chosen & (stays.place == k)
            out[metric, ((label, name),)] = _count(stays.begin[rows], at) - _count(stays.end[rows], at)
    for k, name in enumerate(names.tiers):
        rows = np.flatnonzero((log.event == ON_DUTY) & (log.place == k))
        heads = np.concatenate([[0], log.value[rows]])
        out["plm_agents_on_duty", (("tier", name),)] = heads[np.searchsorted(log.at[rows], at, side="right")]
    return out


def _running(log: EventLog, at: Array, ups: Array, downs: Array) -> Array:
    return _count(log.at[ups], at) - _count(log.at[downs], at)


def _count(when: Array, at: Array) -> Array:
    return np.searchsorted(np.sort(when), at, side="right")


def _stamp(start: datetime, seconds: float) -> str:
    return f"{start.timestamp() + seconds:.3f}".rstrip("0").rstrip(".")


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
