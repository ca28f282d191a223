"""The levels of a calibration, and what they say of the machine: how its pace is felt, and how much that scatters."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from loadtests.journal import Journal
from loadtests.plan import Plan
from loadtests.predict.levels import LONG, LONG_S, PAIRS, SHORT_S, as_steps, light_levels, users_at_a_beat
from loadtests.predict.light import feeling, felt_by, stretches, unpaced
from loadtests.probe import read_probe
from loadtests.shapes import Steps
from twin.calibrate.requests.fit import Calibration, Step
from twin.calibrate.requests.hindrance import Hindrance
from twin.calibrate.requests.limits import Limits
from twin.calibrate.requests.record import Level, Record, read_load_test

PLAN = Plan.model_validate({
    "target": {"kind": "tryton"}, "think": {"mean": "2 s", "law": "exponential"},
    "personas": {"a": {"share": 1, "does": {"search": 3, "open_item": 1}}},
    "load": {"shape": "steps", "amounts": [1], "hold": "1 s"},
})  # fmt: skip
LIMITS = Limits.model_validate({"users": "closed", "workers": 4, "stations": {"core": {"groups": ["machine"]}}})
STEP = Step("search", 0, "find", 1.0, 0.05, 0.05, 0.05, 1.0, 0.0, 500)


def found(speed_s: float | None) -> Calibration:
    """A search takes 50 ms when the fixed work takes so long, and 4 % longer for each other one it meets."""
    return Calibration("response", (STEP,), {"core": 1.0}, (), "4", speed_s, LIMITS, Hindrance(0.04, 0.04, 0.04, 1.0))


def at_paces(
    folder: Path, slower: list[float], felt: float, company: list[int], chance: Sequence[float] = (0.0,) * 6
) -> Record:  # fmt: skip
    """Levels of 20 s with one request a second or several at the same time, on a machine that is so much slower.

    chance  by which share more than that the core is used.
    """
    journal = Journal(folder)
    number = journal.begin_transaction(1, "a", "search", 5_000_000, 5_000_000)
    lines, used = [], 0.0
    for level, (slow, crowd) in enumerate(zip(slower, company, strict=True)):
        work = 0.05 * (1.0 + felt * slow) * (1.0 + 0.04 * (crowd - 1))
        for second in range(20 * level, 20 * (level + 1)):
            at = 5_000_000 + 1_000_000 * second
            begun = [journal.begin_request(number, 0, "find", at, 1) for _ in range(crowd)]
            for request in begun:
                journal.end_request(request, at + round(1e6 * crowd * work), "ok", 200, 1)
            lines += [f"{at}\tmachine\tcpu_s\t{used}", f"{at + 500_000}\tmachine\tspeed\t{0.002 * (1.0 + slow)}"]
            used += crowd * work * (1.0 + chance[level])
    journal.end_transaction(number, 5_000_000 + 20_000_000 * len(slower), "ok")
    journal.close()
    lines.append(f"{5_000_000 + 20_000_000 * len(slower)}\tmachine\tcpu_s\t{used}")
    rows = [[str(k), 20.0 * k, 20.0 * (k + 1), 4.0, 0.0, 0.0, 0] for k in range(len(slower))]
    (folder / "levels.json").write_text(json.dumps({"started_at": 5_000_000, "levels": rows}))
    (folder / "probe.tsv").write_text("\n".join(lines) + "\n")
    pq.write_table(read_probe(folder), folder / "probe.parquet")
    return read_load_test(folder)


def test_long_levels_and_pairs_that_are_dealt_the_same() -> None:
    levels = light_levels(PLAN, 40.0, 4)
    longs = [one for one in levels if one.is_long]
    assert [one.users for one in longs] == [round(ratio * 40) for ratio in LONG]
    assert max(one.users for one in longs) <= 0.3 * 40
    shorts = [one for one in levels if not one.is_long]
    assert len(shorts) == 2 * PAIRS * (len(LONG) - 1)
    pairs = list(zip(shorts[::2], shorts[1::2], strict=True))
    assert all(one.first_card == other.first_card for one, other in pairs)
    assert {sorted([one.beat_s, other.beat_s])[1] for one, other in pairs} == {2.0}
    assert all(min(one.beat_s, other.beat_s) == 0.0 for one, other in pairs)
    assert len({one.first_card for one in levels}) == len(longs) + len(pairs)
    assert {one.beat_s > 0 for one, _ in pairs} == {True, False}, "which comes first alternates"
    steps = Steps.model_validate(as_steps(levels)).levels()
    assert [one.end_s - one.start_s for one in steps] == pytest.approx([one.hold_s for one in levels])
    assert {one.hold_s for one in levels} == {LONG_S, SHORT_S}
    assert [one.first for one in steps] == [one.first_card for one in levels]


def test_bursts_have_more_users_so_that_as_much_is_done() -> None:
    """Users whose thinking is exponential wait for the next beat: a geometric number of beats."""
    expected = 15 * (1.5 / (1 - np.exp(-1.5 / 2.0))) / 2.0
    assert users_at_a_beat(PLAN, 15, 1.5) == pytest.approx(expected, abs=1.0)
    assert users_at_a_beat(PLAN, 15, 0.01) == 15


def test_a_load_may_feel_more_of_a_slow_machine_than_what_tells_the_pace(tmp_path: Path) -> None:
    slower = [-0.1, 0.0, 0.1, 0.05, -0.05, 0.0]
    record = at_paces(tmp_path, slower, felt=1.7, company=[1, 4, 1, 4, 4, 1])
    assert felt_by(record, found(0.002)) == pytest.approx(1.7, abs=0.02)
    felt = feeling(record, 1.7, 0.002)
    assert felt.speed is not None
    assert felt.speed[::20, 1] == pytest.approx([0.002 * (1 + 1.7 * slow) for slow in slower])
    assert felt_by(felt, found(0.002)) == pytest.approx(1.0, abs=0.02)


def test_what_is_unsure_is_taken_for_less(tmp_path: Path) -> None:
    slower, chance = np.array([-0.1, 0.0, 0.1, 0.05, -0.05, 0.0]), np.array([0.02, -0.03, 0.02, -0.02, 0.0, 0.01])
    sure, unsure = tmp_path / "sure", tmp_path / "unsure"
    felt = []
    for folder, noise in ((sure, 0.2 * chance), (unsure, chance)):
        folder.mkdir()
        felt.append(felt_by(at_paces(folder, list(slower), 1.7, [1] * 6, noise), found(0.002)))
    assert felt[0] == pytest.approx(1.7, abs=0.1)
    assert 1.1 < felt[1] < felt[0]


def test_without_a_look_at_the_pace_nothing_is_felt(tmp_path: Path) -> None:
    steady = at_paces(tmp_path, [0.1, 0.1], felt=2.0, company=[1, 1])
    assert felt_by(steady, found(0.0022)) == 1.0, "always the same"
    record = unpaced(steady)
    assert felt_by(record, found(None)) == 1.0
    assert feeling(record, 2.0, 1.0) is record


def test_levels_in_a_row_are_taken_together_until_they_are_as_long_as_the_longest(tmp_path: Path) -> None:
    record = at_paces(tmp_path, [0.0], felt=1.0, company=[1])
    spans = [(0.0, 10.0), (10.0, 14.0), (14.0, 20.0), (20.0, 30.0), (30.0, 35.0)]
    levels = tuple(Level("", start, end) for start, end in spans)
    means = stretches(replace(record, levels=levels), np.array([1.0, 2.0, 4.0, 3.0, 9.0]))
    assert means == pytest.approx([1.0, 3.2, 3.0])
