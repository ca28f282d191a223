"""Scenarios that once made the engines differ or fail, shrunk: name -> (scenario as plain data, seed)."""

from typing import Any

KNOWN: dict[str, tuple[dict[str, Any], int]] = {}
