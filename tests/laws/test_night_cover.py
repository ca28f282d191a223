"""Who is there at night decides how long an outage lasts."""

from pathlib import Path

import pytest

from twin.decide.compare import compare
from twin.spec.load import load

FILE = Path(__file__).parents[2] / "scenarios" / "night_cover_with_l2.yaml"
NIGHT = "support.tiers.L2.shifts.night.heads"


@pytest.fixture(scope="module")
def halved():
    full = load(FILE).scenario
    half = load(FILE, overrides={NIGHT: full.support.tiers["L2"].shifts["night"].heads // 2}).scenario
    return compare([full, half], reps=200, families=("availability",), seed=1)


def test_half_the_night_l2_lowers_availability(halved):
    rows = [
        (row, gain)
        for row, gain in zip(halved.differences[0].rows, halved.differences[0].variance_reduction, strict=True)
        if row.name == "availability" and row.where == {"function": "whole", "variant": "calendar"}
    ]
    (row, gain), = rows  # fmt: skip
    assert row.high < 0
    assert gain > 1


def test_the_failures_themselves_are_the_same(halved):
    full, half = (
        [row.estimate for row in result["mean_time_to_detect"] if row.estimate == row.estimate]
        for result in halved.results
    )
    assert full == pytest.approx(half, rel=0.05)
