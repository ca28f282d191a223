"""Whatever the file holds, the loader answers with a scenario or with problems, never with a traceback."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twin.spec.document import read_document
from twin.spec.load import Loaded, ScenarioError, load_data, load_text

WHOLE = (Path(__file__).parent / "everything.yaml").read_text()
WORDS = (
    "name clock start horizon demand tickets value measured assumed range null true NO 2026-01-05 # --- % @ ` | { } [ ]"
)
ODD_WORDS = ["9" * 400, "\x00", "\ud800", "é", "\u2028", "---\n", "30 min", "5 d", "-1", "1e999", ".nan", ".inf"]
MARKS = [":", "- ", "\n", "  ", '"', "'", "&a ", "*a", "<<: ", "!!python/object:os.system ", "? "]
TOKENS = st.sampled_from([*WORDS.split(), *ODD_WORDS, *MARKS])
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**301),
    st.floats(),
    st.text(max_size=12),
    TOKENS,
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def answers(load: Callable[[], Loaded]) -> None:
    try:
        problems = load().warnings
    except ScenarioError as error:
        problems = error.problems
        assert problems
    lines = [str(problem) for problem in problems]
    assert all(line.isprintable() and line.encode() for line in lines)


@given(st.text(max_size=200))
def test_random_text(text: str) -> None:
    answers(lambda: load_text(text))


@given(st.lists(TOKENS, max_size=40).map("".join))
def test_random_tokens(text: str) -> None:
    answers(lambda: load_text(text))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.one_of(TOKENS, st.text(max_size=6)))
def test_mutated_text(at: int, removed: int, inserted: str) -> None:
    answers(lambda: load_text(WHOLE[:at] + inserted + WHOLE[at + removed :]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(WHOLE)))
def test_truncated_text(length: int) -> None:
    answers(lambda: load_text(WHOLE[:length]))


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] + [found for key, value in items for found in places(value, (*path, key))]


def changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


DATA = read_document(WHOLE, "whole").data
PLACES = places(DATA)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), ODD)
def test_mutated_data(path: tuple[Any, ...], value: Any) -> None:
    answers(lambda: load_data(changed(DATA, path, value)))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PLACES), st.text(max_size=5), ODD)
def test_overrides(path: tuple[Any, ...], more: str, value: Any) -> None:
    answers(lambda: load_data(DATA, overrides={".".join(map(str, path)) + more: value}))
