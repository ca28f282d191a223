"""Both engines of the requests model write the same log, row for row, and it obeys the laws of any request log."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from small_workloads import scenario_of, workloads

from twin.eventlog.request_checkers import check_requests
from twin.eventlog.requests import first_request_difference
from twin.simulate.request_run import RequestModel
from twin.spec.check import check as cross_check
from twin.spec.problems import Source

PHASES = (Phase.generate, Phase.shrink)
QUIET = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=PHASES)
PARTS = 10


def assert_engines_agree(world: dict[str, Any], number: int, cards: tuple[int, ...] = ()) -> None:
    model = RequestModel(scenario_of(world))
    tape = model.tape(number)
    if cards:
        transactions = len(model.recipe.workload.transactions)
        tape = tape.dealing(np.array(cards) % transactions, np.array(cards) // transactions, 1.0)
    reference, fast = model.run(tape, "simpy"), model.run(tape, "fast")
    assert first_request_difference(reference, fast) is None
    assert check_requests(reference) == []


@settings(QUIET, max_examples=300, derandomize=True)
@given(workloads(), st.integers(1, 3))
def test_request_engines_write_the_same_lawful_log(world: dict[str, Any], number: int) -> None:
    assert_engines_agree(world, number)


@settings(QUIET, max_examples=100, derandomize=True)
@given(workloads(), st.lists(st.integers(0, 20), min_size=1, max_size=7).map(tuple))
def test_request_engines_deal_the_same_cards(world: dict[str, Any], cards: tuple[int, ...]) -> None:
    assert_engines_agree(world, 1, cards)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_request_engines_write_the_same_lawful_log_10_000_times(part: int) -> None:
    @seed(part)
    @settings(QUIET, max_examples=10_000 // PARTS)
    @given(workloads(), st.integers(1, 1000))
    def agree(world: dict[str, Any], number: int) -> None:
        assert_engines_agree(world, number)

    agree()


@settings(QUIET, max_examples=100, derandomize=True, phases=[Phase.generate])
@given(workloads())
def test_small_workloads_are_valid_scenarios(world: dict[str, Any]) -> None:
    assert cross_check(scenario_of(world), Source("scenario")).errors == []
