"""Quick answers for a planner who moves sliders: few replications on common tapes, in well under a second."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from twin.decide.staffing.space import Lever, Space
from twin.decide.staffing.trials import Shelf
from twin.eventlog.log import EventLog
from twin.eventlog.schema import ABANDONED, OPENED, REOPENED, RESOLVED
from twin.experiment.table import Row, tidy
from twin.measures.gauge import Gauge
from twin.simulate.run import Model
from twin.spec.changes import StrategyName
from twin.spec.load import Loaded
from twin.spec.scenario import Scenario
from twin.spec.staffing import Staffing, TierStaffing

Floats = NDArray[np.float64]

LONGEST_S: Final = 13 * 7 * 86_400.0
FEWEST, MOST = 4, 60
_SIMPLE: Final = ("outage", "rolling", "blue-green")
_DAY_S: Final = 86_400.0


@dataclass(frozen=True)
class Setting:
    """Where the sliders stand: heads by lever path, load as a factor, and the strategy of each change."""

    heads: Mapping[str, int] = field(default_factory=dict)
    load: float = 1.0
    strategies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Glance:
    """What a setting gives: rows of attainment by promise, availability (None without a deployment), cost a year,
    mean open tickets by day, replications and seconds it took."""

    attainment: tuple[Row, ...]
    overall: Row | None
    availability: Row | None
    cost: float
    backlog: Floats
    replications: int
    seconds: float


class WhatIf:
    """A scenario under quick trial. Long scenarios are cut to 13 weeks after their warm-up."""

    def __init__(self, loaded: Loaded, budget_s: float = 0.6, seed: int = 1) -> None:
        clock = loaded.scenario.clock
        short = min(clock.horizon, clock.warm_up + LONGEST_S)
        cut = clock.model_copy(update={"horizon": short, "drain": min(clock.drain, 14 * _DAY_S)})
        self.loaded, self._seed, self._budget_s = loaded, seed, budget_s
        self.scenario = _free(loaded.scenario.model_copy(update={"clock": cut}))
        self.space = Space(self.scenario)
        self.levers: tuple[Lever, ...] = tuple(one for one in self.space.levers if one.kind != "hours")
        self._shelf = Shelf()

    @property
    def currency(self) -> str:
        """What costs are counted in."""
        return self.space.staffing.currency

    @property
    def strategies(self) -> dict[str, list[str]]:
        """Strategies each change may take: those that need no further figures, and its own."""
        return {
            name: list(dict.fromkeys([change.strategy.kind, *_SIMPLE]))
            for name, change in self.scenario.changes.items()
        }

    @property
    def present(self) -> Setting:
        """The setting of the file."""
        now = dict(zip(self.space.levers, self.space.present, strict=True))
        kinds: dict[str, str] = {name: change.strategy.kind for name, change in self.scenario.changes.items()}
        return Setting({lever.path: now[lever] for lever in self.levers}, 1.0, kinds)

    def at(self, setting: Setting) -> Scenario:
        """The scenario of a setting."""
        plan = tuple(
            setting.heads.get(lever.path, now) for lever, now in zip(self.space.levers, self.space.present, strict=True)
        )
        return _restrategised(_loaded(self.space.at(plan), setting.load), setting.strategies)

    def glance(self, setting: Setting) -> Glance:
        """Measures of a setting, over as many common replications as fit the time budget (4 to 60)."""
        begun = time.perf_counter()
        scenario = self.at(setting)
        model, gauge = Model(scenario), Gauge(scenario, ("availability", "service_level"))
        numbers, backlog = list[Floats](), list[Floats]()
        while len(numbers) < MOST:
            log = model.run(self._shelf.tape(model, self._seed, len(numbers), True))
            numbers.append(gauge.measure(log))
            backlog.append(open_by_day(log, scenario.clock.tick, scenario.clock.horizon))
            if len(numbers) >= FEWEST and time.perf_counter() - begun > self._budget_s:
                break
        rows = tidy(gauge.cells, np.stack(numbers))
        by_clock = tuple(row for row in rows if row.name == "attainment" and set(row.where) == {"priority", "clock"})
        plan = Space(scenario)
        return Glance(
            by_clock, _row(rows, "attainment", {}),
            _row(rows, "availability", {"function": "whole", "variant": "service_hours"}),
            plan.cost(plan.present), np.mean(backlog, axis=0), len(numbers), time.perf_counter() - begun,
        )  # fmt: skip


def open_by_day(log: EventLog, tick_s: float, horizon_s: float) -> Floats:
    """Open tickets at the end of each day."""
    step = np.zeros(len(log.at))
    step[(log.event == OPENED) | (log.event == REOPENED)] = 1
    step[(log.event == RESOLVED) | (log.event == ABANDONED)] = -1
    is_opening = log.event == OPENED
    queued = np.isin(log.entity, log.entity[is_opening])
    total = np.cumsum(np.where(queued, step, 0.0))
    days = np.arange(1, int(horizon_s // _DAY_S) + 1) * _DAY_S / tick_s
    place = np.searchsorted(log.at, days, side="right") - 1
    return np.where(place >= 0, total[np.maximum(place, 0)], 0.0)


def saved(what: WhatIf, setting: Setting, data: dict[str, Any], file: Path) -> Path:
    """Write the setting as a scenario file that keeps the tags of the others; the path, numbered if the name is taken.

    data  the scenario's data as written, tags included.
    """
    import copy

    import yaml

    new = copy.deepcopy(data)
    base = what.present
    for path, number in setting.heads.items():
        if number != base.heads.get(path):
            _put(new, path.split("."), number)
    for name, kind in setting.strategies.items():
        if kind != base.strategies.get(name):
            new["changes"][name]["strategy"] = {"kind": kind}
    if setting.load != 1.0:
        for name, ticket in what.loaded.scenario.demand.tickets.items():
            if ticket.arrivals is not None and ticket.arrivals.rate is not None:
                rate = ticket.arrivals.rate * setting.load
                _put(new, ["demand", "tickets", name, "arrivals", "rate"], f"{rate * 86_400:.6g} / day")
    number, target = 1, file
    while target.exists():
        number += 1
        target = file.with_stem(f"{file.stem}-{number}")
    target.write_text(yaml.safe_dump(new, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")
    return target


def _put(data: dict[str, Any], words: list[str], value: Any) -> None:
    at, rest = data, words
    while len(rest) > 1:
        key = next(".".join(rest[:n]) for n in range(len(rest) - 1, 0, -1) if n == 1 or ".".join(rest[:n]) in at)
        at, rest = at.setdefault(key, {}), rest[key.count(".") + 1 :]
    at[rest[0]] = {"value": value, "assumed": "set in the studio"}


def _free(scenario: Scenario) -> Scenario:
    """The scenario with every shift and every person on call as a lever, at the wages of its staffing section."""
    staffing = scenario.staffing or Staffing()
    tiers = {}
    for name, tier in scenario.support.tiers.items():
        section = staffing.tiers.get(name, TierStaffing())
        heads = {shift: (0, max(2 * written.heads + 2, section.heads.get(shift, (0, 0))[1]))
                 for shift, written in tier.shifts.items()}  # fmt: skip
        at_home = (0, max(3, tier.on_call.heads + 2)) if tier.on_call is not None else None
        tiers[name] = section.model_copy(update={"heads": heads, "on_call": at_home, "hours": {}})
    return scenario.model_copy(update={"staffing": staffing.model_copy(update={"tiers": tiers})})


def _loaded(scenario: Scenario, factor: float) -> Scenario:
    if factor == 1.0:
        return scenario
    tickets = {}
    for name, ticket in scenario.demand.tickets.items():
        arrivals = ticket.arrivals
        if arrivals is not None and arrivals.rate is not None:
            arrivals = arrivals.model_copy(update={"rate": arrivals.rate * factor})
        tickets[name] = ticket.model_copy(update={"arrivals": arrivals})
    return scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"tickets": tickets})})


def _restrategised(scenario: Scenario, kinds: Mapping[str, str]) -> Scenario:
    changes = {}
    for name, change in scenario.changes.items():
        kind = kinds.get(name, change.strategy.kind)
        if kind != change.strategy.kind and kind in get_args(StrategyName):
            strategy = type(change.strategy).model_validate({"kind": kind})
            change = change.model_copy(update={"strategy": strategy})
        changes[name] = change
    return scenario.model_copy(update={"changes": changes})


def _row(rows: list[Row], name: str, where: dict[str, str]) -> Row | None:
    found = next((row for row in rows if row.name == name and row.where == where), None)
    return None if found is None or np.isnan(found.estimate) else found


def moved(setting: Setting, path: str, heads: int) -> Setting:
    """The setting with one slider elsewhere."""
    return replace(setting, heads={**setting.heads, path: heads})
