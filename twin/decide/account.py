"""Periods of a simulated or recorded history, each measured like a run of its own: what accounts are made from."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from twin.calendar.zones import TickAxis, zone
from twin.experiment.replicate import Result
from twin.experiment.tasks import Progress
from twin.measures.periods import months
from twin.spec.audit import Audit
from twin.spec.scenario import Clock, Scenario

if TYPE_CHECKING:
    from twin.decide.history import History

Window = tuple[int, int]


@dataclass(frozen=True)
class Period:
    """A span of time with its name and what was measured in it; a recorded one has a single replication."""

    name: str
    window: Window
    result: Result


@dataclass(frozen=True)
class Account:
    """A period to account for, the months of the history up to its end, and where it all is from.

    period    what the account is about; months  whole months, oldest first.
    recorded  true for a real log: one history, so no intervals.
    notes     what was taken for granted in reading a record, or how a simulation differs from the run it is of.
    """

    period: Period
    months: tuple[Period, ...]
    recorded: bool
    source: str
    notes: tuple[str, ...] = ()

    @property
    def before(self) -> Period | None:
        """The month before the period, if the period is a month that has one."""
        names = [month.name for month in self.months]
        at = names.index(self.period.name) if self.period.name in names else 0
        return self.months[at - 1] if at else None


def month_windows(scenario: Scenario) -> dict[str, Window]:
    """The whole months of the measured time by name, such as 2026-03, in ticks; all of it if none is whole."""
    edges = months(scenario.clock).edges.tolist()
    return {f"{_local(scenario.clock, begin):%Y-%m}": (begin, end) for begin, end in pairwise(edges)}


def _local(clock: Clock, tick: int) -> datetime:
    axis = TickAxis.of(clock.start_utc, clock.tick)
    return datetime.fromtimestamp((axis.start_us + tick * axis.tick_us) / 1e6, zone(clock.time_zone))


def windowed(scenario: Scenario, window: Window) -> Scenario:
    """The scenario with its measured time cut to [begin, end) ticks; the simulated time stays the same."""
    clock, (begin, end) = scenario.clock, window
    seconds = {"warm_up": begin * clock.tick, "horizon": end * clock.tick}
    rest = clock.horizon + clock.drain - seconds["horizon"]
    cut = clock.model_copy(update={**seconds, "drain": max(rest, 0.0)})
    return scenario.model_copy(update={"clock": cut, "audit": scenario.audit or Audit()})


def month_account(history: "History", month: str | None = None, progress: Progress | None = None) -> Account:
    """The account of a month (default: the last whole one). Raises ValueError if the history has no such month."""
    windows = month_windows(history.scenario)
    names = list(windows)
    name = month or names[-1]
    if name not in windows:
        reason = "no whole month of the history"
        raise ValueError(f"--month {name}: {reason}; write one from {names[0]} to {names[-1]}")
    past = {key: windows[key] for key in names[: names.index(name) + 1][-12:]}
    found = history.measured([*past.values()], progress)
    periods = tuple(Period(key, past[key], result) for key, result in zip(past, found, strict=True))
    return Account(periods[-1], periods, history.recorded, history.source, history.notes)


def year_account(history: "History", progress: Progress | None = None) -> Account:
    """The account of the last year of the history, or of all of it if it is shorter."""
    clock = history.scenario.clock
    end = clock.horizon_ticks
    begin = max(clock.ticks(clock.warm_up), end - clock.ticks(366 * 86_400))
    parts = {name: one for name, one in month_windows(history.scenario).items() if begin <= one[0] and one[1] <= end}
    found = history.measured([(begin, end), *parts.values()], progress)
    name = f"{_local(clock, begin):%Y-%m-%d} to {_local(clock, end - 1):%Y-%m-%d}"
    periods = tuple(Period(key, parts[key], result) for key, result in zip(parts, found[1:], strict=True))
    return Account(Period(name, (begin, end), found[0]), periods, history.recorded, history.source, history.notes)
