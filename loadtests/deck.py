"""The mix dealt exactly: shuffled decks in which each card comes as often as its weight says.

Independent draws would add noise of their own to every comparison. Cards are functions of (seed, name, number), so two
systems under the same plan get the same users, who do the same things in the same order. Which items they work on is
dealt as evenly: one number from each hundredth of (0, 1) in every hundred.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor
from typing import Any

from twin.tape.streams import below, name_key, replication_key, uniform

CARDS = 100


@dataclass(frozen=True, slots=True)
class Dealt:
    """Weights after a target's missing cards were left out.

    missing  weight of each card the target cannot do; their share went to the others in proportion.
    """

    weights: dict[str, float]
    missing: dict[str, float] = field(default_factory=dict)

    def words(self, who: str, target: str) -> str:
        """One line for people about what is left out; empty when nothing is."""
        if not self.missing:
            return ""
        total = sum(self.weights.values()) + sum(self.missing.values())
        cards = ", ".join(f"{card} ({weight / total:.1%})" for card, weight in self.missing.items())
        return f"{who}: {target} cannot do {cards}; the other transactions are dealt in proportion instead"


def reweighted(weights: Mapping[str, float], can: "set[str] | frozenset[str]") -> Dealt:
    """The weights of what a target can do. Raises ValueError when nothing is left."""
    kept = {card: weight for card, weight in weights.items() if card in can and weight > 0}
    if not kept:
        raise ValueError(f"the target can do none of {', '.join(sorted(weights))}; give it at least one of them")
    return Dealt(kept, {card: weight for card, weight in weights.items() if card not in can and weight > 0})


def counts(weights: Mapping[str, float], cards: int = CARDS) -> dict[str, int]:
    """How many of `cards` each name gets: whole numbers nearest to the weights, at least 1 each, `cards` in total.

    The largest remainders are rounded up (Hamilton's method). Raises ValueError when there are more names than cards.
    """
    if len(weights) > cards:
        raise ValueError(f"{len(weights)} kinds of card do not fit a deck of {cards}")
    total = sum(weights.values())
    exact = {name: weight * cards / total for name, weight in weights.items()}
    whole = {name: max(1, floor(value)) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in order[: max(0, cards - sum(whole.values()))]:
        whole[name] += 1
    while sum(whole.values()) > cards:
        largest = max(whole, key=lambda name: whole[name] - exact[name] if whole[name] > 1 else -1.0)
        whole[largest] -= 1
    return whole


class Deck:
    """An endless row of shuffled decks: card number n, n = 0, 1, 2, ..., the same for the same seed and name."""

    def __init__(self, seed: int, name: str, weights: Mapping[str, float], cards: int = CARDS) -> None:
        whole = counts(weights, cards)
        self._cards = [card for card in sorted(whole) for _ in range(whole[card])]
        self._key = below(replication_key(seed, 0), int(name_key("deck", name)))
        self._number, self._shuffled = -1, self._cards

    def card(self, number: int) -> str:
        """The card at place `number` of the row."""
        deck, place = divmod(number, len(self._cards))
        if deck != self._number:
            self._number, self._shuffled = deck, self._deal(deck)
        return self._shuffled[place]

    def _deal(self, deck: int) -> list[str]:
        return [self._cards[place] for place in shuffled(below(self._key, deck), len(self._cards))]


class Evenly:
    """An endless row of numbers, each uniform in (0, 1): of every `cards` one lies in each of as many equal parts."""

    def __init__(self, seed: int, name: str, cards: int = CARDS) -> None:
        self._key, self._cards = below(replication_key(seed, 0), int(name_key("evenly", name))), cards
        self._deck, self._places = -1, [0]

    def unit(self, number: int) -> float:
        """The number at place `number` of the row."""
        deck, place = divmod(number, self._cards)
        if deck != self._deck:
            self._deck, self._places = deck, shuffled(below(self._key, deck), self._cards)
        within = float(uniform(below(self._key, deck), self._cards + place))
        return (self._places[place] + within) / self._cards


def shuffled(key: Any, count: int) -> list[int]:
    """0 to `count` - 1 in an order that depends on the key: Fisher and Yates' shuffle by counter-based draws."""
    places = list(range(count))
    for last in range(count - 1, 0, -1):
        other = int(uniform(key, last) * (last + 1))
        places[last], places[other] = places[other], places[last]
    return places


class Draws:
    """What chance decides within one transaction, the same on every system: a function of (seed, who, number).

    first  the first number, if it is dealt; it says what the transaction works on.
    """

    def __init__(self, seed: int, who: str, number: int, first: float | None = None) -> None:
        self._key = below(below(replication_key(seed, 0), int(name_key("choices", who))), number)
        self._next, self._first = 0, first

    def unit(self) -> float:
        """The next number, uniform in (0, 1)."""
        self._next += 1
        if self._next == 1 and self._first is not None:
            return self._first
        return float(uniform(self._key, self._next))

    def whole(self, among: int) -> int:
        """The next whole number from 0 to `among` - 1."""
        return int(self.unit() * among)
