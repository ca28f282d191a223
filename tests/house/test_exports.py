"""The package exports few names, sorted, each explained."""

import inspect
from pathlib import Path

import twin

MOST_EXPORTS = 16


def test_exports_are_few_and_sorted() -> None:
    assert hasattr(twin, "__all__"), "twin/__init__.py lists the public verbs in __all__"
    assert list(twin.__all__) == sorted(set(twin.__all__))
    assert 0 < len(twin.__all__) <= MOST_EXPORTS


def test_every_export_exists_and_is_explained() -> None:
    assert [name for name in twin.__all__ if not explained(name)] == []


def test_dir_shows_every_export() -> None:
    assert set(twin.__all__) <= set(dir(twin))


def explained(name: str) -> bool:
    """Whether an export has a docstring of its own: inherited ones and those dataclasses write don't count."""
    value = getattr(twin, name)
    if isinstance(value, str):  # __version__ explains itself
        return bool(value)
    text = (value.__dict__.get("__doc__") if inspect.isclass(value) else value.__doc__) or ""
    return bool(text.strip()) and not text.startswith(f"{name}(")


def test_no_export_shares_its_name_with_a_room() -> None:
    rooms = {path.stem for path in Path(twin.__file__).parent.iterdir() if path.suffix in ("", ".py")}
    assert rooms.isdisjoint(twin.__all__)
