"""The search against every plan of small scenarios, on chance it has not seen; and what common tapes are worth."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from staffing_worlds import two_tiers

from twin.decide.staff import staff, variance_gain
from twin.decide.staffing.space import Space
from twin.decide.staffing.trials import Trials, score_of
from twin.spec.load import load, load_data
from twin.spec.scenario import Scenario

ROOT = Path(__file__).parents[3]


def day_and_night() -> Scenario:
    """One line by day and by night, with few questions and urgent failures."""
    return load_data({
        "name": "day and night",
        "clock": {"start": "2026-01-05", "horizon": "30 d", "warm_up": "2 d", "drain": "3 d"},
        "calendars": {"day": {"hours": "07:00-19:00"}, "night": {"hours": "19:00-07:00"}},
        "demand": {
            "profiles": {"hours": {"span": "day", "weights": [1] * 7 + [6] * 12 + [1] * 5}},
            "tickets": {"question": {
                "queue": "desk", "priority": {"P1": 0.2, "P2": 0.8},
                "arrivals": {"rate": "60 / day", "profile": "hours"},
                "visits": {"desk": {"work": {"mean": "30 min", "cv": 1}}},
            }},
        },
        "support": {"tiers": {"L1": {"serves": ["desk"], "preempt": "P1", "shifts": {
            "day": {"calendar": "day", "heads": 3}, "night": {"calendar": "night", "heads": 1},
        }}}},
        "contract": {"attainment": 0.9, "targets": {"P1": {"respond": "10 min"}, "P2": {"respond": "1 h"}}},
        "staffing": {"tiers": {"L1": {"heads": {"day": [0, 6], "night": [0, 4]}, "premiums": {"night": 1.5}}}},
    }).scenario  # fmt: skip


def with_people_at_home() -> Scenario:
    """Failures by night are for the one at home, if there is one; questions wait for the morning."""
    data = day_and_night().model_dump(mode="json")
    tier = data["support"]["tiers"]["L1"]
    tier["on_call"] = {"heads": 1, "call_out": "5 min", "priorities": "P1"}
    data["staffing"]["tiers"]["L1"] |= {"on_call": [0, 3], "heads": {"day": [0, 6], "night": [0, 2]}}
    data["contract"]["targets"] |= {"P1": {"respond": "20 min"}, "P2": {"resolve": "16 h"}}
    return load_data(data).scenario


def two_lines() -> Scenario:
    """Two lines in a row with unlike wages."""
    return two_tiers("6 / h", ("20 min", "40 min"), 0.3, ("5 min", "20 min"), (0.9, 0.85), (1.0, 1.7), most=7,
                     horizon="20 d")  # fmt: skip


WORLDS = {"day and night": day_and_night, "people at home": with_people_at_home, "two lines": two_lines}


def cheapest_of_all(scenario: Scenario, replications: int) -> float:
    """The least cost of any plan that keeps every promise by its estimate, on tapes of another seed."""
    space = Space(scenario)
    trials = Trials(space, seed=977)
    plans = itertools.product(*(range(lever.low, lever.high + 1) for lever in space.levers))
    found = [p for p in plans if not space.breach(p) and trials.run([p], replications)[0].keeps()]
    return min(map(space.cost, found))


def one_agent(scenario: Scenario) -> float:
    """The cost of the dearest single head."""
    space = Space(scenario)
    steps = np.eye(len(space.levers), dtype=int)
    base = np.array([max(lever.low, 1) for lever in space.levers])
    return max(space.cost(tuple(base + step)) - space.cost(tuple(base)) for step in steps)


def check_against_all(scenario: Scenario, seed: int, months: int, replications: int) -> None:
    answer = staff(scenario, seed=seed, workers=1, months=months, with_frontier=False)
    best = cheapest_of_all(scenario, replications)
    assert answer.plan is not None
    assert answer.cost <= best + one_agent(scenario) + 1e-6


def test_the_search_is_at_most_one_head_above_the_best_of_all_plans():
    check_against_all(day_and_night(), seed=1, months=100, replications=20)


@pytest.mark.long
@pytest.mark.parametrize("world", WORLDS)
def test_the_search_is_at_most_one_head_above_the_best_of_all_plans_at_length(world):
    check_against_all(WORLDS[world](), seed=3, months=1000, replications=150)


@pytest.mark.long
@pytest.mark.parametrize("world", WORLDS)
def test_the_plan_keeps_its_promises_on_fresh_tapes_in_19_of_20_repeats(world):
    scenario = WORLDS[world]()
    kept = 0
    for seed in range(20):
        answer = staff(scenario, seed=seed, workers=1, months=200, with_frontier=False)
        assert answer.plan is not None
        fresh = Trials(answer.space, seed=1000 + seed)
        kept += score_of(fresh.fresh([answer.plan], range(300))[0], fresh.promises).keeps(0.95)
    assert kept >= 19


def test_common_tapes_make_one_head_cheap_to_judge():
    trials = Trials(Space(load(ROOT / "scenarios" / "manufacturer_staffing.yaml").scenario), seed=1)
    space, now = trials.space, trials.space.present
    names = [lever.words for lever in space.levers]

    def gain(words: str) -> float:
        plan = tuple(number + (name == words) for name, number in zip(names, now, strict=True))
        trials.run([now, plan], 24)
        return variance_gain(trials.raw(now), trials.raw(plan), trials.promises)

    assert gain("L1 early") >= 10
    assert min(map(gain, ("L1 night", "L2 early", "L2 late", "L3 early"))) >= 50
