"""Backtests: learn from what an export at an instant would have shown, forecast, and score against what followed."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.calibrate.readers.record import Record
from twin.calibrate.score import Figures, Outcome, Target, distance_h, figures_of, outcome_of
from twin.calibrate.tickets.fit import TicketsFit, fit_tickets
from twin.calibrate.tickets.forecast import Window, forecast
from twin.calibrate.tickets.spells import spells_of
from twin.experiment.tasks import Checkpoint, Progress, part_of
from twin.simulate.run import EngineName

Floats = NDArray[Any]
ReadAt = Callable[[datetime | None], Record]

CONFIDENCE: Final = 0.8
CARRY_FORWARD: Final = "carry forward"
SEASONAL_NAIVE: Final = "seasonal naive"
TWIN: Final = "twin"


@dataclass(frozen=True)
class Line:
    """One figure: what happened, what the twin said (mean, 80 % interval, share of futures below what happened), and
    what the baselines said; nan where there is none."""

    name: str
    where: str
    unit: str
    real: float
    twin: float
    low: float
    high: float
    pit: float
    carry_forward: float
    seasonal_naive: float

    @property
    def is_inside(self) -> bool:
        """Whether what happened lies inside the interval."""
        return self.low <= self.real <= self.high


@dataclass(frozen=True)
class Trial:
    """One origin: the fit, the figures of what happened, of the futures and of the baselines, and their comparison.

    distances  Wasserstein distance in hours (clipped at 720 h) of the resolution times of tickets opened in the window,
    or at the window, if shorter), by who forecast; resolved_distances  of those resolved in it.
    """

    begin: datetime
    end: datetime
    fit: TicketsFit
    window: Window
    real: Figures
    futures: Sequence[Figures]
    carry: Figures
    naive: Figures
    lines: tuple[Line, ...]
    distances: Mapping[str, float]
    resolved_distances: Mapping[str, float]


@dataclass(frozen=True)
class Backtest:
    """The trials of a source, one per origin, and what they come to."""

    source: str
    trials: tuple[Trial, ...]

    def lines(self, name: str) -> list[Line]:
        """All lines of a figure."""
        every = [line for trial in self.trials for line in trial.lines if line.name == name]
        return [line for line in every if not math.isnan(line.real + line.twin)]

    def mean_error(self, name: str, who: str = TWIN) -> float:
        """Mean absolute error of a figure over all tickets of a window, or over its weeks."""
        lines = [line for line in self.lines(name) if line.where == "all"] or self.lines(name)
        gaps = [abs(getattr(line, who.replace(" ", "_")) - line.real) for line in lines]
        return float(np.mean(gaps)) if gaps else math.nan

    def coverage(self) -> tuple[float, int]:
        """Share of weekly figures inside their 80 % interval, and how many there are."""
        inside = [line.is_inside for line in self._weekly()]
        return (float(np.mean(inside)) if inside else math.nan), len(inside)

    def pits(self) -> list[float]:
        """Of each weekly figure, the share of futures below what happened: even from 0 to 1 if intervals are right."""
        return [line.pit for line in self._weekly()]

    def _weekly(self) -> list[Line]:
        every = [line for trial in self.trials for line in trial.lines if line.where.startswith("week")]
        return [line for line in every if not math.isnan(line.real + line.twin)]

    def mean_distance(self, who: str) -> float:
        """Mean Wasserstein distance over the origins, hours."""
        return float(np.mean([trial.distances[who] for trial in self.trials]))


def backtest(
    read_at: ReadAt, train_until: datetime, test_until: datetime, targets: Sequence[Target], *, origins: int = 1,
    country: str | None = None, reps: int = 50, seed: int = 1, engine: EngineName = "auto",
    workers: int | None = None, cluster: str | None = None, progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> Backtest:  # fmt: skip
    """The trials of a source between two instants (local times), cut into as many windows as there are origins.

    read_at  the record as an export at that instant would have shown it. Each trial learns from the record at its
    origin only, and is scored against the record at the end of its window.
    Raises ValueError if the instants do not fit the record.
    """
    if not train_until < test_until:
        raise ValueError(f"--train-until {train_until} is not before --test-until {test_until}; swap them")
    length = (test_until - train_until) / origins
    trials, source = [], ""
    for k in range(origins):
        begin, end = (_minute(train_until + k * length), _minute(train_until + (k + 1) * length))
        step = part_of(progress, k * reps, origins * reps)
        run = (reps, seed, engine, workers, cluster, step, checkpoint)
        trial = _trial(read_at, begin, end, targets, country, run)
        trials.append(trial)
        source = trial.fit.record.report.file
    return Backtest(source, tuple(trials))


def _minute(at: datetime) -> datetime:
    return at - timedelta(seconds=at.second, microseconds=at.microsecond)


def _trial(
    read_at: ReadAt, begin: datetime, end: datetime, targets: Sequence[Target], country: str | None,
    run: tuple[int, int, EngineName, int | None, str | None, Progress | None, Checkpoint | None],
) -> Trial:  # fmt: skip
    after = read_at(end)
    fit = fit_tickets(read_at(begin), country)
    window = Window.of((end - begin).total_seconds() / 60, targets, fit.tick_min)
    real = _real(fit, after, window)
    futures = forecast(fit, window, *run)
    carry, naive = _carry_forward(fit, window), _seasonal_naive(fit, window)
    sides = {CARRY_FORWARD: carry, SEASONAL_NAIVE: naive}
    curves = {
        what: {TWIN: np.mean([getattr(one, what) for one in futures], axis=0),
               **{who: getattr(side, what) for who, side in sides.items()}}
        for what in ("survival", "resolved")
    }  # fmt: skip
    longest = (end - begin).total_seconds() / 3600
    gaps = {
        what: {who: distance_h(curve, getattr(real, what), longest) for who, curve in of_who.items()}
        for what, of_who in curves.items()
    }
    lines = tuple(_lines(fit, window, real, futures, carry, naive))
    return Trial(begin, end, fit, window, real, futures, carry, naive, lines, gaps["survival"], gaps["resolved"])


def _real(fit: TicketsFit, after: Record, window: Window) -> Figures:
    """What happened: the record at the end of the window, on the window's clock."""
    origin = fit.spells.end_ticks - round((fit.record.start - after.start).total_seconds() / after.tick_s)
    spells = spells_of(after.log)
    desk_of = dict(zip(fit.record.log.names.queues, fit.desks.of_queue.tolist(), strict=True))
    desks = np.array([desk_of.get(name, len(fit.desks.names) - 1) for name in after.log.names.queues], np.int64)
    outcome = outcome_of(spells, desks, spells.opened >= origin, 0, round(window.minutes / fit.tick_min))
    opened, resolved = outcome.opened - origin, outcome.resolved - origin
    priority = _renumbered(fit, after, outcome.priority)
    return _figures(fit, replace(outcome, opened=opened, resolved=resolved, priority=priority), window)


def _renumbered(fit: TicketsFit, after: Record, priority: Any) -> Any:
    names = fit.record.log.names.priorities
    number = [names.index(name) if name in names else len(names) - 1 for name in after.log.names.priorities]
    return np.array(number, np.int64)[priority]


def _figures(fit: TicketsFit, outcome: Outcome, window: Window) -> Figures:
    clock = fit.working.timeline_at(fit.record, fit.spells.end_ticks, window.minutes)
    names, count = fit.record.log.names.priorities, len(fit.desks.names)
    return figures_of(outcome, window.targets, clock, fit.tick_min, names, count, window.weeks)


def _past(fit: TicketsFit, since: int, weeks: Any, window: Window) -> Figures:
    """The figures of what was opened in the record from a tick on, as known at its end."""
    outcome = outcome_of(fit.spells, fit.desks.of_queue, fit.spells.opened >= since, 0, fit.spells.end_ticks)
    names, count = fit.record.log.names.priorities, len(fit.desks.names)
    return figures_of(outcome, window.targets, fit.clock, fit.tick_min, names, count, weeks)


def _carry_forward(fit: TicketsFit, window: Window) -> Figures:
    """The training window's own figures, its mean week repeated; the backlog stays as it is."""
    week = round(10_080 / fit.tick_min)
    weeks = np.arange(fit.spells.end_ticks % week, fit.spells.end_ticks + 1, week)
    return _repeated(_past(fit, 0, weeks, window), window, 1000)


def _seasonal_naive(fit: TicketsFit, window: Window) -> Figures:
    """The last week again and again."""
    week = round(10_080 / fit.tick_min)
    since = max(fit.spells.end_ticks - week, 0)
    return _repeated(_past(fit, since, np.array([since, fit.spells.end_ticks]), window), window, 1)


def _repeated(past: Figures, window: Window, last: int) -> Figures:
    lengths = np.diff(window.weeks) / np.diff(window.weeks).max()
    by_week = {}
    for name, series in past.by_week.items():
        known = series[-last:][~np.isnan(series[-last:])]
        mean = float(known.mean()) if len(known) else math.nan
        if name == "backlog":
            by_week[name] = np.full(len(lengths), float(series[-1]))
        else:
            by_week[name] = mean * (lengths if name in ("opened", "resolved") else np.ones(len(lengths)))
    return Figures(past.survival, past.resolved, past.attainment, by_week, past.desk_shares, past.handoffs)


def _lines(
    fit: TicketsFit, window: Window, real: Figures, futures: Sequence[Figures], carry: Figures, naive: Figures
) -> list[Line]:
    lines = []
    for key in real.attainment:
        values = (real.share(key), [one.share(key) for one in futures], carry.share(key), naive.share(key))
        lines.append(_line(f"within {key[0]}", key[1], "1", *values))
    for name in real.by_week:
        for week in range(len(window.weeks) - 1):
            series = [one.by_week[name][week] for one in futures]
            sides = carry.by_week[name][week], naive.by_week[name][week]
            unit = "1" if name.startswith("within") else "tickets"
            lines.append(_line(name, f"week {week + 1}", unit, float(real.by_week[name][week]), series, *sides))
    for desk, name in enumerate(fit.desks.names):
        shares = [one.desk_shares[desk] for one in futures]
        lines.append(_line("resolved by", name, "1", float(real.desk_shares[desk]), shares,
                           carry.desk_shares[desk], naive.desk_shares[desk]))  # fmt: skip
    for many in range(len(real.handoffs)):
        where = f"{many} hand-offs" if many < len(real.handoffs) - 1 else f"{many} hand-offs or more"
        shares = [one.handoffs[many] for one in futures]
        lines.append(_line("handed off", where, "1", float(real.handoffs[many]), shares, carry.handoffs[many],
                           naive.handoffs[many]))  # fmt: skip
    return lines


def _line(
    name: str, where: str, unit: str, real: float, futures: Sequence[float], carry: float, naive: float
) -> Line:
    known = np.array([one for one in futures if not math.isnan(one)])
    if math.isnan(real) or not len(known):
        nan = math.nan
        return Line(name, where, unit, real, nan, nan, nan, nan, float(carry), float(naive))
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    pit = float((known < real).mean() + 0.5 * (known == real).mean())
    return Line(name, where, unit, real, float(known.mean()), float(low), float(high), pit, float(carry), float(naive))
