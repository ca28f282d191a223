"""Variants of one scenario file: read once, then changed at dotted paths as often as a search needs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.spec.document import read_document
from twin.spec.load import Loaded, load, load_data
from twin.spec.scenario import Scenario


class Variants:
    """The scenarios that differ from a base by values at dotted paths.

    base  the loaded base scenario with its ledger. Raises ScenarioError as `load`.
    """

    def __init__(self, source: str | Path | Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> None:
        self._settings = dict(settings or {})
        if isinstance(source, Mapping):
            self.base: Loaded = load_data(source, overrides=self._settings)
            self._data: Mapping[str, Any] = source
        else:
            self.base = load(source, overrides=self._settings)
            self._data = read_document(Path(source).read_text(encoding="utf-8-sig"), str(source)).data

    def at(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario with those values. Raises ScenarioError for a path or value that does not fit."""
        return load_data(self._data, overrides={**self._settings, **values}).scenario
