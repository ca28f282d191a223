"""Counter-based draws are uniform, distinct, and unrelated to their neighbours."""

import numpy as np
import pytest
from scipy import stats

from twin.compiled import is_compiled, kernel
from twin.tape.streams import below, child, key_drawing, name_key, replication_key, uniform

N = 1_000_000 if is_compiled() else 50_000
KEY = replication_key(1, 0)


@kernel
def fill_by_entity(key, draw, u):  # type: ignore[no-untyped-def]
    """The same draw of neighbouring entities."""
    for k in range(len(u)):
        u[k] = uniform(child(key, np.uint64(k)), draw)


@kernel
def fill_by_draw(key, u):  # type: ignore[no-untyped-def]
    """Neighbouring draws of one entity."""
    for k in range(len(u)):
        u[k] = uniform(key, k)


def of_entities(key: np.uint64, draw: int, n: int = N) -> np.ndarray:
    """The same draw of n neighbouring entities."""
    u = np.empty(n)
    with np.errstate(over="ignore"):
        fill_by_entity(key, draw, u)
    return u


def of_draws(key: np.uint64, n: int = N) -> np.ndarray:
    """Neighbouring draws of one entity."""
    u = np.empty(n)
    with np.errstate(over="ignore"):
        fill_by_draw(key, u)
    return u


@pytest.fixture(scope="module")
def samples() -> dict[str, np.ndarray]:
    return {
        "entities": of_entities(KEY, 0),
        "next draw of the entities": of_entities(KEY, 1),
        "draws": of_draws(KEY),
        "next replication": of_entities(replication_key(1, 1), 0),
    }


def test_draws_fill_the_unit_interval_evenly(samples: dict[str, np.ndarray]) -> None:
    for name, u in samples.items():
        counts = np.bincount((u * 1024).astype(int), minlength=1024)
        assert stats.chisquare(counts).pvalue > 0.001, name
        assert u.min() > 0.0, name
        assert u.max() < 1.0, name


def test_low_bits_are_even_too(samples: dict[str, np.ndarray]) -> None:
    for name, u in samples.items():
        low = ((u * 2.0**52).astype(np.int64) & 255).astype(int)
        assert stats.chisquare(np.bincount(low, minlength=256)).pvalue > 0.001, name


def test_neighbours_are_uncorrelated(samples: dict[str, np.ndarray]) -> None:
    for name, u in samples.items():
        for lag in (1, 2, 3, 16):
            assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4.5 / np.sqrt(len(u)), (name, lag)


@pytest.mark.parametrize("other", ["next draw of the entities", "draws", "next replication"])
def test_streams_are_independent_of_each_other(samples: dict[str, np.ndarray], other: str) -> None:
    pairs = (samples["entities"] * 32).astype(int) * 32 + (samples[other] * 32).astype(int)
    assert stats.chisquare(np.bincount(pairs, minlength=1024)).pvalue > 0.001


def test_triples_of_neighbours_fill_the_cube(samples: dict[str, np.ndarray]) -> None:
    cells = (samples["entities"] * 10).astype(int)
    triples = cells[:-2:3] * 100 + cells[1:-1:3] * 10 + cells[2::3]
    assert stats.chisquare(np.bincount(triples, minlength=1000)).pvalue > 0.001


def test_keys_and_draws_do_not_collide() -> None:
    streams = [below(KEY, name_key("stream", str(k))) for k in range(20)]
    with np.errstate(over="ignore"):
        keys = [int(child(stream, np.uint64(k))) for stream in streams for k in range(5000)]
    assert len(set(keys)) == len(keys)
    assert len(set(of_draws(KEY).tolist())) == N


def test_names_are_told_apart() -> None:
    keys = {int(name_key(*names)) for names in (("a", "b"), ("ab",), ("a", "b", ""), ("b", "a"), ("a b",))}
    assert len(keys) == 5
    assert replication_key(1, 2) != replication_key(2, 1)
    assert replication_key(1, 23) != replication_key(12, 3)


@kernel
def drawn_again(number, draw):  # type: ignore[no-untyped-def]
    return uniform(key_drawing(number, draw), draw)


@pytest.mark.parametrize("number", [0.0, 0.1, 0.5, 0.999999, 1.0 - 2.0**-52])
def test_a_key_made_for_a_number_draws_it(number: float) -> None:
    with np.errstate(over="ignore"):
        assert abs(drawn_again(number, 18) - number) <= 2.0**-52
