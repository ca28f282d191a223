"""The reference engine and the fast engine write the same log, row for row, and it obeys the laws of any log."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from known_worlds import KNOWN
from small_worlds import scenario_of, worlds

from twin.eventlog.checkers import check
from twin.eventlog.log import first_difference
from twin.simulate.run import Model
from twin.spec.check import check as cross_check
from twin.spec.problems import Source

PHASES = (Phase.generate, Phase.shrink)
QUIET = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=PHASES)
PARTS = 20


def assert_engines_agree(world: dict[str, Any], number: int) -> None:
    scenario = scenario_of(world)
    model = Model(scenario)
    tape = model.tape(number)
    reference, fast = model.run(tape, "simpy"), model.run(tape, "fast")
    assert first_difference(reference, fast) is None
    assert check(reference, scenario) == []


@settings(QUIET, max_examples=600, derandomize=True)
@given(worlds(), st.integers(1, 3))
def test_engines_write_the_same_lawful_log(world: dict[str, Any], number: int) -> None:
    assert_engines_agree(world, number)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_engines_write_the_same_lawful_log_20_000_times(part: int) -> None:
    @seed(part)
    @settings(QUIET, max_examples=20_000 // PARTS)
    @given(worlds(), st.integers(1, 1000))
    def agree(world: dict[str, Any], number: int) -> None:
        assert_engines_agree(world, number)

    agree()


@pytest.mark.parametrize("name", KNOWN)
def test_engines_agree_on_what_once_told_them_apart(name: str) -> None:
    assert_engines_agree(*KNOWN[name])


@settings(QUIET, max_examples=100, derandomize=True, phases=[Phase.generate])
@given(worlds())
def test_small_worlds_are_valid_scenarios(world: dict[str, Any]) -> None:
    assert cross_check(scenario_of(world), Source("scenario")).errors == []
