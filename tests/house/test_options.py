"""Every command that simulates takes the same options, and the documents list who takes which."""

import inspect
import re

import pytest
from sources import ROOT

from twin.cli import COMMANDS

TAKEN = {command.__name__: set(inspect.signature(command).parameters) for command in COMMANDS}
SIMULATE = {
    "run", "compare", "sweep", "staff", "schedule", "sensitivity", "explain", "load", "packages", "rehearse",
    "backtest", "health", "audit", "frontier",
}  # fmt: skip
EVERY = {"seed", "out", "as_json", "quiet", "engine", "workers", "cluster"}
# staff measures months until it is as sure as asked; the others that simulate otherwise:
OTHERWISE = {
    "replay": "one history on one tape, in this process",
    "rare": "cycles instead of replications, of the compiled engine, in this process",
    "studio": "answers in under a second",
    "bench": "measures speed, so it sets the workers itself",
}


@pytest.mark.parametrize("name", sorted(SIMULATE))
def test_a_command_that_simulates_takes_every_common_option(name: str) -> None:
    assert EVERY - TAKEN[name] == set()
    assert {"reps", "months"} & TAKEN[name]


def test_no_other_command_takes_an_engine() -> None:
    assert {name for name, taken in TAKEN.items() if {"engine", "workers", "reps"} & taken} <= SIMULATE | set(OTHERWISE)


def test_the_page_on_clusters_lists_the_commands_that_take_one() -> None:
    text = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8").split("\n\n")[1]
    listed = set(re.findall(r"`(\w+)`", text.partition("; `cluster=`")[0]))
    assert listed == {name for name, taken in TAKEN.items() if "cluster" in taken}
