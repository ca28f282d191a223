"""History as a tape: a recorded event log becomes what another staffing has to cope with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.calendar import timeline_of
from twin.eventlog.log import EventLog
from twin.eventlog.schema import OPENED
from twin.spec.calendars import business_calendar
from twin.spec.problems import did_you_mean, shown
from twin.spec.scenario import Scenario
from twin.tape.paths import VISIT_TRIAGE, VISIT_WORK
from twin.tape.recipe import Recipe
from twin.tape.recorded import TICKET, put_work, recorded_paths
from twin.tape.streams import below, name_key, replication_key
from twin.tape.tape import (
    LIFE_AUTOMATIC,
    LIFE_COLUMNS,
    LIFE_REPORT,
    LIFE_TICKS,
    LIFE_UNIT,
    LIFE_UPKEEP,
    STEP_QUEUE,
    STEP_TICKS,
    Tape,
)

Ints = NDArray[np.int64]
UNKNOWNS: Final = (
    "recorded arrivals already contain reactions to recorded outages, changes and slow answers: other staffing would "
    "have changed some of them",
    "queueing and work are mixed in what is recorded as active: how long people worked is assumed, not measured",
    "the staff seen is the staff that acted; who was on duty without acting, and who held several tickets, is unknown",
    "waits on customers and vendors, hand-offs and reopened tickets are taken as they were recorded, whoever works",
    "tickets still open at the end go on beyond the record: the work left is drawn, a wait still on lasts to the end",
    "what was in the queues before the first day is unknown: the replay starts empty",
    "no component fails and no change is made in a replay: what they did is already in the recorded tickets",
)


@dataclass(frozen=True)
class Match:
    """How a scenario names what a log records; what is not listed keeps its name.

    queues, priorities  name in the log -> name in the scenario; default_queue  takes all queues not listed that the
    scenario does not serve; ticket_class  class of all tickets whose class the scenario lacks (default: its first
    with arrivals). Priorities that are neither listed nor known go by rank, most urgent first.
    """

    queues: Mapping[str, str] = field(default_factory=dict)
    default_queue: str | None = None
    priorities: Mapping[str, str] = field(default_factory=dict)
    ticket_class: str | None = None

    def queue_numbers(self, log: EventLog, names: tuple[str, ...]) -> Ints:
        """Number in the scenario of each queue of the log. Raises ValueError if one has no counterpart."""
        found = []
        for name in log.names.queues:
            there = self.queues.get(name, name)
            if there not in names and name not in self.queues and self.default_queue is not None:
                there = self.default_queue
            if there not in names:
                remedy = did_you_mean(there, names) + "; name a default_queue in a map and pass it with --map"
                raise ValueError(f"the scenario has no queue {shown(there)} for {shown(name)} of the log; {remedy}")
            found.append(names.index(there))
        return np.array(found, np.int64)

    def priority_numbers(self, log: EventLog, names: tuple[str, ...]) -> Ints:
        """Number in the scenario of each priority of the log. Raises ValueError if one is mapped to nothing known."""
        found = []
        for rank, name in enumerate(log.names.priorities):
            there = self.priorities.get(name, name)
            if there not in names and name in self.priorities:
                raise ValueError(f"the scenario has no priority {shown(there)}; {did_you_mean(there, names)}")
            found.append(names.index(there) if there in names else min(rank, len(names) - 1))
        return np.array(found, np.int64)

    def class_numbers(self, log: EventLog, scenario: Scenario) -> Ints:
        """Number in the scenario of each ticket class of the log. Raises ValueError if it has no such class."""
        names = list(scenario.demand.tickets)
        coming = [name for name, ticket in scenario.demand.tickets.items() if ticket.arrivals is not None]
        default = self.ticket_class or next(iter([*coming, *names]), None)
        if default not in names:
            remedy = did_you_mean(default, names) if names else "describe one under demand.tickets"
            raise ValueError(f"the scenario has no ticket class {shown(default or '')}; {remedy}")
        return np.array([names.index(name if name in names else default) for name in log.names.classes], np.int64)


def on_the_clock_of(log: EventLog, scenario: Scenario, start: datetime, tick_s: float) -> Scenario:
    """The scenario on the clock of a log, without failures, maintenance and changes: the log already contains them.

    start  the aware instant of the log's tick 0.
    """
    length = float(log.end_ticks * tick_s)
    zone = getattr(start.tzinfo, "key", "UTC")
    times = {"horizon": length, "warm_up": 0.0, "drain": 0.0, "tick": float(tick_s)}
    clock = scenario.clock.model_copy(update={"start": start, "time_zone": zone, **times})
    quiet = {"mtbf": None, "maintenance": None, "degradation": None, "common_cause": 0.0}
    parts = {name: part.model_copy(update=quiet) for name, part in scenario.deployment.components.items()}
    deployment = scenario.deployment.model_copy(update={"components": parts})
    return scenario.model_copy(update={"clock": clock, "deployment": deployment, "changes": {}})


def tape_from_log(
    log: EventLog, scenario: Scenario, *, match: Match | None = None, work_share: float | None = None, seed: int = 1,
    hours: str | None = None,
) -> Tape:
    """The tape of what a log recorded: arrivals, priorities, and each ticket's path with its waits, as they were.

    Work is assumed, for a log of a ticket system has none. By default each visit to a queue takes the work the
    scenario says its class takes there, drawn by the ticket's name, but no longer than it was recorded active (than it
    was there at all, where it was never seen active). Or it takes `work_share` of the recorded active time.
    A log of the twin itself, whose active time is work, is repeated exactly by work_share = 1.

    hours  a calendar of the scenario: all the time at a queue within it counts as active, for records whose waiting
    and working can't be told apart and scenarios that were calibrated so.

    What this cannot know is in `UNKNOWNS`: recorded arrivals already contain reactions to recorded outages; queueing
    and work are mixed in active time; the staff seen is the staff that acted. Tickets moved on before anybody began
    spend the triage of the scenario there, else no work. Raises ValueError if the scenario's clock is not the log's
    (`on_the_clock_of` sets it), if a queue has no counterpart, or if work_share is not in [0, 1].
    """
    if scenario.clock.end_ticks != log.end_ticks:
        raise ValueError("the scenario's clock is not the log's; set it by on_the_clock_of(log, scenario, ...)")
    if work_share is not None and not 0.0 <= work_share <= 1.0:
        raise ValueError(f"work_share is {work_share:g}; give a share from 0 to 1")
    match, recipe = match or Match(), Recipe(scenario)
    opened = np.flatnonzero(log.event == OPENED)
    tickets = log.entity[opened].astype(np.int64)
    number = np.full(int(log.entity.max(initial=0)) + 1, -1, np.int64)
    number[tickets] = np.arange(len(tickets))
    queues = match.queue_numbers(log, recipe.queues)
    timeline = None
    if hours is not None:
        clock = scenario.clock
        timeline = timeline_of(business_calendar(scenario, hours), clock.start_utc, clock.end_ticks, clock.tick)
    path_from, steps, patience = recorded_paths(log, number, len(tickets), queues, timeline)
    classes = match.class_numbers(log, scenario)[log.ticket_class[tickets]]
    share = -1.0 if work_share is None else work_share
    put_work(steps, _law_rows(steps, classes, recipe), recipe.laws, _keys(log, tickets, seed), share)
    priority = match.priority_numbers(log, scenario.support.priorities)[log.value[opened]]
    units = len(recipe.unit_component)
    levels = np.concatenate([priority, np.full(units, -1)]).astype(np.int8)
    return Tape(
        opened_at=log.at[opened].astype(np.int64),
        ticket_class=np.concatenate([classes, np.zeros(units, np.int64)]).astype(np.int16),
        priority=levels, true_priority=levels,
        patience=np.concatenate([patience, np.full(units, -1)]),
        ticket_occurrence=np.full(len(tickets) + units, -1, np.int32),
        path_from=np.concatenate([path_from, np.full(units, path_from[-1])]),
        steps=np.ascontiguousarray(steps[:, : STEP_TICKS + 1]), life_from=np.arange(units + 1),
        lives=_endless_lives(units, log.end_ticks),
        shocks=np.zeros((0, 4), np.int64), holds=np.zeros((0, 7), np.int64), phases=np.zeros((0, 4), np.int64),
        booked=np.zeros((0, 3), np.int64), end_ticks=log.end_ticks, world=recipe.world, seed=seed, replication=0,
    )  # fmt: skip


def _endless_lives(units: int, end: int) -> Ints:
    lives = np.zeros((units, LIFE_COLUMNS), np.int64)
    lives[:, LIFE_TICKS], lives[:, LIFE_REPORT], lives[:, LIFE_AUTOMATIC] = 4 * end + 4, -1, 1
    lives[:, LIFE_UNIT], lives[:, LIFE_UPKEEP] = np.arange(units), -1
    return lives


def _law_rows(steps: Ints, classes: Ints, recipe: Recipe) -> tuple[Ints, Ints]:
    """Rows of the work and triage laws per step: of the ticket's class, else of the first class that goes there."""
    visit = recipe.visit_of.copy()
    for queue in range(visit.shape[1]):
        others = visit[visit[:, queue] >= 0, queue]
        visit[visit[:, queue] < 0, queue] = others[0] if len(others) else -1
    chosen = visit[classes[steps[:, TICKET]], steps[:, STEP_QUEUE]]
    if np.any(chosen < 0):
        name = recipe.queues[int(steps[np.argmin(chosen), STEP_QUEUE])]
        raise ValueError(f"no ticket class says what work queue {shown(name)} does; add a visit to it")
    return recipe.visits[chosen, VISIT_WORK].astype(np.int64), recipe.visits[chosen, VISIT_TRIAGE].astype(np.int64)


def _keys(log: EventLog, tickets: Ints, seed: int) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        root = below(replication_key(seed, 0), name_key("recorded work"))
        names = [log.ticket_names[t] if log.ticket_names else str(t) for t in tickets.tolist()]
        return np.array([below(root, name_key(name)) for name in names], np.uint64)
