"""A user of the reference engine: who it is, what it asks for, and what its request holds."""

from collections.abc import Callable
from typing import Any


class GaveUp(Exception):  # noqa: N818
    """An attempt ends without an answer; `outcome` says how."""

    def __init__(self, outcome: int) -> None:
        self.outcome = outcome


class User:
    """A user or a session under way, and what its request holds."""

    def __init__(self, slot: int, number: int, persona: int, place: int, key: Any) -> None:
        self.slot, self.number, self.persona, self.place, self.key = slot, number, persona, place, key
        self.wake: Any = None
        self.waits_at: Any = None
        self.deadline = -1
        self.is_asking = self.has_licence = False
        self.node_of: dict[int, int] = {}
        self.held: list[Callable[[], None]] = []
        self.transaction = self.attempts = 0
        self.card = -1
        self.intended_at = self.start_at = 0
        self.spent: list[int] = []
