"""The operations engine against theorems: the exact value lies inside the 99.9 % interval."""

import re

import pytest
from instances import BUILDERS, ELSEWHERE, LEFT_OUT, ORACLES, OTHERS, worlds_of
from proving import Verdict, prove
from readers import instants
from table import MOST, PAGE, verdicts_of
from worlds import agents

from twin.eventlog.schema import RESOLVED, STARTED
from twin.simulate.run import simulate_one
from twin.spec.load import load_data, load_text

QUICK_EFFORT, SEED = 0.5, 2
HOUR_S = 3600
needs_table = pytest.mark.skipif(not ORACLES, reason="oracles.json is not beside the repository")


def _shown(verdicts: list[Verdict]) -> list[str]:
    return [f"{v.check.name}: {v.check.exact:.6g} against {v.estimate:.6g} in [{v.low:.6g}, {v.high:.6g}]"
            for v in verdicts]


def _quick(name: str, effort: float) -> list[Verdict]:
    return [verdict for world in worlds_of(name, effort) for verdict in prove(world, seed=SEED)]


@needs_table
@pytest.mark.parametrize("name", BUILDERS)
def test_known_answer_lies_in_the_interval(name: str) -> None:
    verdicts = _quick(name, QUICK_EFFORT)
    assert verdicts
    assert not _shown([v for v in verdicts if not v.is_inside])


@pytest.mark.parametrize("name", OTHERS)
def test_closed_form_at_other_parameters_lies_in_the_interval(name: str) -> None:
    verdicts = _quick(name, QUICK_EFFORT / 2)
    assert verdicts
    assert not _shown([v for v in verdicts if not v.is_inside])


@needs_table
@pytest.mark.long
@pytest.mark.parametrize("name", BUILDERS)
def test_known_answer_lies_in_an_interval_as_narrow_as_asked(name: str) -> None:
    verdicts = verdicts_of(name)
    assert not _shown([v for v in verdicts if not v.is_inside])
    assert name in MOST or not _shown([v for v in verdicts if not v.is_sharp])


@needs_table
def test_every_known_answer_is_run_or_tested_elsewhere_or_left_out_with_a_reason() -> None:
    groups = (set(BUILDERS), set(ELSEWHERE), set(LEFT_OUT))
    assert set.union(*groups) == set(ORACLES)
    assert sum(map(len, groups)) == len(ORACLES)


def _trace(classes: dict[str, list[tuple[float, float]]], heads: int, **tier: str) -> tuple[list[float], list[float]]:
    """Starts and ends in hours, by order of arrival; classes  (arrival, work) per priority, in hours."""
    tickets = {
        priority: {"queue": "q", "priority": priority, "visits": {"q": {"work": "1 h"}}, "arrivals": {
            "scheduled": [{"at": f"{at!r} h", "work": f"{work!r} h"} for at, work in jobs]}}
        for priority, jobs in classes.items()
    }  # fmt: skip
    scenario = load_data({
        "name": "trace", "clock": {"start": "2026-01-05", "horizon": "1 d"}, "demand": {"tickets": tickets},
        "support": {"priorities": sorted(classes), "tiers": {"agents": agents(["q"], heads, **tier)}},
    }).scenario  # fmt: skip
    log = simulate_one(scenario, engine="fast")
    return (instants(log, STARTED) / HOUR_S).tolist(), (instants(log, RESOLVED) / HOUR_S).tolist()


@needs_table
def test_deterministic_trace_is_exact() -> None:
    oracle = ORACLES["trace-a"]
    params = oracle["params"]
    jobs = list(zip(params["arrivals"], params["services"], strict=True))
    starts, ends = _trace({"P1": jobs}, params["c"])
    assert starts == pytest.approx([job["start"] for job in oracle["metrics"]["jobs"]], abs=1e-9)
    assert ends == pytest.approx([job["end"] for job in oracle["metrics"]["jobs"]], abs=1e-9)
    waits = [start - at for start, at in zip(starts, params["arrivals"], strict=True)]
    assert sum(waits) / len(waits) == pytest.approx(oracle["metrics"]["mean_wait"], abs=1e-9)
    assert max(ends) == pytest.approx(oracle["metrics"]["makespan"], abs=1e-9)


@needs_table
def test_deterministic_preemptive_trace_is_exact() -> None:
    oracle = ORACLES["prtrace-a"]
    jobs = oracle["params"]["jobs"]
    classes: dict[str, list[tuple[float, float]]] = {}
    for at, level, work in jobs:
        classes.setdefault(f"P{level}", []).append((at, work))
    second_last = sorted(classes)[-2]
    _, ends = _trace(classes, 1, preempt=second_last)
    assert ends == pytest.approx(oracle["metrics"]["completion"], abs=1e-9)
    sojourns = [end - at for end, (at, _, _) in zip(ends, jobs, strict=True)]
    assert sojourns == pytest.approx(oracle["metrics"]["sojourn"], abs=1e-9)


def test_examples_of_the_page_are_scenarios() -> None:
    head, *blocks = re.findall(r"```yaml(?: part)?\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) >= 8
    for block in blocks:
        opening = "name: theory\n" if block.startswith("clock") else head
        assert load_text(opening + block).scenario.name == "theory"
