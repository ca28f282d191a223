"""Load shapes as levels, and open arrivals at their rates."""

import itertools
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from loadtests.shapes import Level, Shape, arrivals, level_at
from twin.spec.load import load

ROOT = Path(__file__).parents[3]
SHAPES: TypeAdapter[Shape] = TypeAdapter(Shape)


@pytest.mark.parametrize(
    ("told", "levels"),
    [
        ({"shape": "steps", "amounts": [2, 5], "hold": "10 s", "settle": "3 s"}, [(0, 10, 2), (10, 20, 5)]),
        ({"shape": "ramp", "first": 0, "last": 10, "length": "30 s", "pieces": 3},
         [(0, 10, 0), (10, 20, 5), (20, 30, 10)]),
        ({"shape": "spike", "base": 2, "peak": 9, "before": "5 s", "lasts": "1 s", "after": "4 s"},
         [(0, 5, 2), (5, 6, 9), (6, 10, 2)]),
        ({"shape": "soak", "amount": 4, "length": "1 min", "pieces": 2}, [(0, 30, 4), (30, 60, 4)]),
        ({"shape": "day", "peak": 8, "weights": [1, 4, 2], "hour": "10 s"}, [(0, 10, 2), (10, 20, 8), (20, 30, 4)]),
    ],
)  # fmt: skip
def test_shapes_become_levels(told: dict[str, object], levels: list[tuple[float, float, float]]) -> None:
    assert [(one.start_s, one.end_s, one.amount) for one in SHAPES.validate_python(told).levels()] == levels


def test_steps_may_have_beats() -> None:
    told = {"shape": "steps", "amounts": [2, 5], "hold": "10 s", "beats": ["0 s", "4 s"]}
    assert [one.beat_s for one in SHAPES.validate_python(told).levels()] == [0.0, 4.0]
    with pytest.raises(ValidationError, match="1 beats for 2 amounts"):
        SHAPES.validate_python({**told, "beats": ["4 s"]})


def test_steps_may_be_dealt_the_same_cards() -> None:
    told = {"shape": "steps", "amounts": [2, 5], "hold": "10 s"}
    assert [one.first for one in SHAPES.validate_python({**told, "cards": [0, 100]}).levels()] == [0, 100]
    assert [one.first for one in SHAPES.validate_python(told).levels()] == [None, None]
    with pytest.raises(ValidationError, match="3 cards for 2 amounts"):
        SHAPES.validate_python({**told, "cards": [0, 0, 0]})


def test_a_scenario_lends_its_workload(tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "load_800_users.yaml").read_text()
    (tmp_path / "scenario.yaml").write_text(text)
    workload = load(tmp_path / "scenario.yaml").scenario.workload
    assert workload is not None
    users = sum(p.users or 0 for p in workload.personas.values() if not p.is_background)
    levels = SHAPES.validate_python({"shape": "workload", "scenario": str(tmp_path / "scenario.yaml")}).levels()
    assert levels[0].start_s == 0
    assert levels[-1].end_s == workload.length
    assert all(a.end_s == b.start_s for a, b in pairwise(levels))
    assert max(level.amount for level in levels) == pytest.approx(users * max(workload.ratio_at(t) for t in range(360)))
    assert [level.settle_s for level in levels if level.end_s <= workload.warm_up] == [workload.warm_up]
    bare = "name: bare\nclock: {start: 2026-01-05, horizon: 1 h}\n"
    (tmp_path / "scenario.yaml").write_text(bare)
    with pytest.raises(ValueError, match="has no workload"):
        SHAPES.validate_python({"shape": "workload", "scenario": str(tmp_path / "scenario.yaml")}).levels()


def test_levels_are_half_open() -> None:
    levels = [Level("a", 0, 10, 1), Level("b", 10, 20, 2)]
    assert [level.label if (level := level_at(levels, at)) else None for at in (0, 9.999, 10, 20)] == [
        "a",
        "a",
        "b",
        None,
    ]


def test_open_arrivals_are_poisson_at_the_rate_in_force() -> None:
    levels = [Level("a", 0, 1000, 2.0), Level("quiet", 1000, 1500, 0.0), Level("b", 1500, 2500, 5.0)]
    instants = list(arrivals(levels, seed=4))
    assert instants == sorted(instants)
    counts = [sum(level.start_s <= at < level.end_s for at in instants) for level in levels]
    assert counts[1] == 0
    assert abs(counts[0] - 2000) < 4 * 2000**0.5
    assert abs(counts[2] - 5000) < 4 * 5000**0.5
    gaps = [b - a for a, b in itertools.pairwise(instants) if b < 1000]
    mean = sum(gaps) / len(gaps)
    cv = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5 / mean
    assert 0.9 < cv < 1.1


def test_more_load_keeps_the_draws() -> None:
    slow, fast = (list(arrivals([Level("a", 0, 100 / rate, rate)], seed=4)) for rate in (1.0, 10.0))
    assert len(slow) == len(fast)
    assert all(abs(a - 10 * b) < 1e-9 for a, b in zip(slow, fast, strict=True))
