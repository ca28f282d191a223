"""Whatever the file holds, the loader answers with a scenario or with problems, never with a traceback."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from twin.spec.load import Loaded, ScenarioError, load_data, load_text
from twin.spec.starter import starter_text

STARTER = starter_text()
TOKENS = st.sampled_from(
    ["{", "}", "[", "]", ":", "- ", "\n", "  ", '"', "'", "&a ", "*a", "<<: ", "!!python/object:os.system ", "? ", "|", "#", "---\n"]
    + ["name", "clock", "start", "horizon", "5 d", "30 min", "0", "-1", "1e999", ".nan", ".inf", "9" * 400, "null", "true", "NO"]
    + ["2026-01-05", "value", "measured", "assumed", "range", "demand", "tickets", "\x00", "\ud800", "é", "\u2028", "%", "@", "`"]
)
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


def answers(load: Any, *args: Any) -> None:
    try:
        loaded = load(*args)
    except ScenarioError as error:
        assert error.problems
        assert all("\n" not in str(problem) and problem.reason for problem in error.problems)
        str(error).encode()
    else:
        assert isinstance(loaded, Loaded)


@given(st.text(max_size=200))
def test_random_text(text: str) -> None:
    answers(load_text, text)


@given(st.lists(TOKENS, max_size=40).map("".join))
def test_random_tokens(text: str) -> None:
    answers(load_text, text)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(STARTER)), st.integers(0, 40), st.one_of(TOKENS, st.text(max_size=6)))
def test_mutated_text(at: int, removed: int, inserted: str) -> None:
    answers(load_text, STARTER[:at] + inserted + STARTER[at + removed :])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(STARTER)))
def test_truncated_text(length: int) -> None:
    answers(load_text, STARTER[:length])


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] + [found for key, value in items for found in places(value, (*path, key))]


def changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


def starter_data() -> Any:
    from twin.spec.document import read_document

    return read_document(STARTER, "starter").data


DATA = starter_data()
PLACES = places(DATA)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), ODD)
def test_mutated_data(path: tuple[Any, ...], value: Any) -> None:
    answers(load_data, changed(DATA, path, value))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PLACES), st.text(max_size=5), ODD)
def test_overrides(path: tuple[Any, ...], more: str, value: Any) -> None:
    answers(lambda: load_data(DATA, overrides={".".join(map(str, path)) + more: value}))
