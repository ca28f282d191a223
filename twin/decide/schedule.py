"""The change calendar with the least expected cost of broken promises, and what it gains over the present one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from twin.decide.slots import Calendar, Rules, as_scenario, present_calendar
from twin.experiment.intervals import mean_interval
from twin.experiment.many import replicate_many
from twin.experiment.replicate import Result
from twin.experiment.tasks import Checkpoint, Progress, part_of
from twin.simulate.run import EngineName
from twin.spec.planning import Planning
from twin.spec.scenario import Scenario

Floats = NDArray[np.float64]
Objective = Literal["cost", "misses"]

FAMILIES_USED: Final = ("availability", "service_level")
_HALVINGS: Final = (8, 24, 48)
_ALTERNATIVES = 3
_SINGLE_REPS = 24
_CLEARLY = 1.0
_BUDGET_SLACK = 0.005


@dataclass(frozen=True)
class Outcome:
    """What a calendar costs: mean with its interval over replications, and the parts of the mean by name."""

    mean: float
    low: float
    high: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Schedule:
    """The calendar found and the present one, on fresh chance that the search had not seen.

    gain  present less found, with its paired interval; is_better  the interval lies above 0.
    tried  how many calendars were tried; unit  of the outcomes.
    """

    scenario: Scenario
    objective: Objective
    unit: str
    present: Calendar
    found: Calendar
    before: Outcome
    after: Outcome
    gain: tuple[float, float, float]
    tried: int
    replications: int
    seed: int

    @property
    def is_better(self) -> bool:
        """Whether the gain is clear."""
        return self.gain[1] > 0.0

    @property
    def planned(self) -> Scenario:
        """The scenario under the calendar found."""
        return as_scenario(self.scenario, self.found)


def schedule(
    scenario: Scenario, *, objective: Objective | None = None, reps: int = 200, seed: int = 1,
    engine: EngineName = "auto", workers: int | None = None, cluster: str | None = None, confidence: float = 0.95,
    progress: Progress | None = None, checkpoint: Checkpoint | None = None,
) -> Schedule:  # fmt: skip
    """Place every occurrence of the changes that may move, under blackouts, gaps, staffing and error budget.

    objective  "cost": expected cost a year of lost user hours and missed times, as the planning section prices them
               (default where it does); announced downtime counts, whatever the contract says, for users lose it too.
               "misses": expected share of monthly promises broken, as the contract counts.
    reps       fresh replications that measure the gain.
    Raises ValueError if no change may move, or if cost is asked for and nothing has a price.
    """
    planning = scenario.planning or Planning()
    has_prices = planning.user_hour > 0 or any(planning.breach.values())
    if objective == "cost" and not has_prices:
        raise ValueError("nothing has a price; set planning.user_hour or planning.breach, or ask for misses")
    rules = Rules(scenario, planning)
    if not rules.movable:
        raise ValueError("no change may move; name some under planning.slots, or give the scenario changes")
    chosen: Objective = objective or ("cost" if has_prices else "misses")
    run = _Run(scenario, planning, rules, chosen, seed, engine, workers, cluster, progress, checkpoint)
    present = present_calendar(scenario)
    run.expected = run.at_most(present) + 2 * reps
    found = run.singles(run.series(present))
    base, other = run.results([present, found], reps, seed + 1)
    losses = run.losses(base), run.losses(other)
    gap = mean_interval(losses[0] - losses[1], confidence)
    return Schedule(
        scenario, chosen, f"{planning.currency} a year" if chosen == "cost" else "share of monthly promises",
        present, found, run.outcome(base, confidence), run.outcome(other, confidence),
        (float(gap.estimate), float(gap.low), float(gap.high)), run.tried, reps, seed,
    )  # fmt: skip


@dataclass
class _Run:
    scenario: Scenario
    planning: Planning
    rules: Rules
    objective: Objective
    seed: int
    engine: EngineName
    workers: int | None
    cluster: str | None
    progress: Progress | None
    checkpoint: Checkpoint | None
    tried: int = 0
    done: int = 0
    expected: int = 0

    def results(self, calendars: Sequence[Calendar], reps: int, seed: int) -> list[Result]:
        self.tried += len(calendars)
        before, self.done = self.done, self.done + len(calendars) * reps
        contract = self.scenario.contract.model_copy(update={"planned_maintenance_counts": True})
        is_cost = self.objective == "cost"
        counted = self.scenario.model_copy(update={"contract": contract}) if is_cost else self.scenario
        return replicate_many(
            [as_scenario(counted, calendar) for calendar in calendars], reps=reps, seed=seed,
            engine=self.engine, workers=self.workers, cluster=self.cluster, families=FAMILIES_USED,
            progress=part_of(self.progress, before, max(self.expected, self.done)), checkpoint=self.checkpoint,
        )  # fmt: skip

    def at_most(self, present: Calendar) -> int:
        """Replications that the search takes if no option falls away and every occurrence may move."""
        options = [1 + len(list(self.rules.series(present, name))) for name in self.rules.movable]
        halved = sum(math.ceil(count / 3**k) * reps for count in options for k, reps in enumerate(_HALVINGS))
        places = sum(place.change in self.rules.movable for place in present)
        return int(halved) + places * (1 + _ALTERNATIVES) * _SINGLE_REPS

    def losses(self, result: Result) -> Floats:
        """What each replication loses, in the unit of the objective."""
        return np.asarray(sum(self.parts(result).values(), np.zeros(result.replications)))

    def parts(self, result: Result) -> dict[str, Floats]:
        """What each replication loses, by name."""
        if self.objective == "misses":
            return {
                f"months that break {words}": 1.0 - _kept(result, name)
                for name, words in (("availability_kept", "availability"), ("attainment_kept", "promised times"))
                if _cell(result, name) is not None
            }
        out = {}
        hours = [k for k, cell in enumerate(result.cells)
                 if cell.name == "user_hours_lost" and cell.dimensions == {"function": "whole"}]  # fmt: skip
        if hours and self.planning.user_hour > 0:
            out["lost user hours"] = self.planning.user_hour * result.raw[:, hours[0], 0]
        clock = self.scenario.clock
        per_year = 365 * 86_400 / (clock.horizon - clock.warm_up)
        for k, cell in enumerate(result.cells):
            price = self.planning.breach.get(cell.dimensions.get("priority", ""), 0.0)
            if cell.name == "attainment" and "clock" in cell.dimensions and price > 0:
                name = f"late {cell.dimensions['priority']} tickets"
                late = price * per_year * (result.raw[:, k, 1] - result.raw[:, k, 0])
                out[name] = out.get(name, np.zeros(len(late))) + late
        return out

    def outcome(self, result: Result, confidence: float) -> Outcome:
        """The mean loss with its interval and parts."""
        found = mean_interval(self.losses(result), confidence)
        parts = {name: float(values.mean()) for name, values in self.parts(result).items()}
        return Outcome(float(found.estimate), float(found.low), float(found.high), parts)

    def series(self, present: Calendar) -> Calendar:
        """The best day and time for each change as a whole, by successive halving on common tapes."""
        best = present
        for name in self.rules.movable:
            options = [best, *(c for c in self.rules.series(best, name) if c != best)]
            for reps in _HALVINGS:
                losses = self.means(options, reps)
                order = np.argsort(losses, kind="stable")
                options = [options[k] for k in order[: max(1, math.ceil(len(options) / 3))]]
                if len(options) == 1:
                    break
            best = options[0]
        return best

    def means(self, calendars: Sequence[Calendar], reps: int) -> Floats:
        """Mean losses on the first replications; endless for one that overspends the error budget more often."""
        results = self.results(calendars, reps, self.seed)
        kept = [float(_kept(one, "availability_kept").mean()) for one in results]
        return np.array([
            math.inf if share < kept[0] - _BUDGET_SLACK else float(self.losses(one).mean())
            for one, share in zip(results, kept, strict=True)
        ])  # fmt: skip

    def singles(self, calendar: Calendar) -> Calendar:
        """Each occurrence moved by itself where that is clearly better on common tapes."""
        for place in calendar:
            if place.change not in self.rules.movable:
                continue
            moved = self.rules.singles(calendar, place)[:_ALTERNATIVES]
            if not moved:
                continue
            base, *others = self.results([calendar, *moved], _SINGLE_REPS, self.seed)
            here, budget = self.losses(base), float(_kept(base, "availability_kept").mean()) - _BUDGET_SLACK
            best = (-_CLEARLY, calendar)
            for option, result in zip(moved, others, strict=True):
                gap = self.losses(result) - here
                error = float(gap.std(ddof=1)) / math.sqrt(len(gap))
                sure = float(gap.mean()) / error if error > 0 else 0.0
                if sure < best[0] and float(_kept(result, "availability_kept").mean()) >= budget:
                    best = (sure, option)
            calendar = best[1]
        return calendar


def _cell(result: Result, name: str) -> int | None:
    whole = {"function": "whole", "variant": "service_hours"} if name == "availability_kept" else {}
    wanted = {"period": "month", **whole}
    return next((k for k, c in enumerate(result.cells) if c.name == name and c.dimensions == wanted), None)


def _kept(result: Result, name: str) -> Floats:
    """Share of the months of each replication that keep a promise; 1 where there is none."""
    place = _cell(result, name)
    if place is None:
        return np.ones(result.replications)
    top, bottom = result.raw[:, place, 0], result.raw[:, place, 1]
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 1.0)


def moved_words(schedule: Schedule) -> list[tuple[str, datetime, datetime]]:
    """Change, present start and new start of every occurrence that moves, in order of time."""
    pairs = zip(schedule.present, schedule.found, strict=True)
    return sorted(((a.change, a.start, b.start) for a, b in pairs if a.start != b.start), key=lambda one: one[2])


