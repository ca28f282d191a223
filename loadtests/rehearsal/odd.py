"""Which of three answers is the odd one out, and whether the new system is it more often than chance allows.

Two systems that are alike give three exchangeable answers (old, new, old again), whatever noise they have. So where
exactly one answer deviates, it is the new system's in one of three cases: the noise of the old one against itself is
the measure, and the test is exact at any number of reads. A difference that comes back each time the same question is
asked needs no such count: answers asked anew are compared by themselves (hypergeometric, exact).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

Odd = Literal["none", "new", "old", "all"]
AGAIN = 6


def odd_one(first: str, new: str, again: str) -> Odd:
    """Whose answer deviates from the two others; "all" when no two are alike."""
    if first == again:
        return "none" if new == first else "new"
    return "old" if new in (first, again) else "all"


def excess_p(new: int, old: int) -> float:
    """Probability that alike systems make the new one the odd one at least `new` of new + old times (binomial, 1/3)."""
    n = new + old
    return float(sum(comb(n, k) * 2 ** (n - k) for k in range(new, n + 1)) / 3**n)


def repeat_p(old: Sequence[str], new: Sequence[str]) -> float:
    """Probability that alike systems give so few new answers that equal the old one's usual answer (hypergeometric).

    old, new  answers to one question that were asked after the question was chosen.
    """
    usual = max(sorted(set(old)), key=old.count)
    drawn, alike = len(new), old.count(usual) + new.count(usual)
    rest = len(old) + drawn - alike
    most = min(new.count(usual), drawn, alike)
    ways = sum(comb(alike, k) * comb(rest, drawn - k) for k in range(max(0, drawn - rest), most + 1))
    return ways / comb(alike + rest, drawn)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often whose answer was the odd one, for one transaction."""

    verb: str
    asked: int
    new: int
    old: int
    all: int

    @property
    def excess(self) -> int:
        """New answers that deviate beyond what the old system's own deviations explain."""
        return max(0, self.new - (self.old + 1) // 2)


def tally(verb: str, found: Iterable[Odd]) -> Tally:
    """The tally of one transaction's questions."""
    odds = list(found)
    return Tally(verb, len(odds), odds.count("new"), odds.count("old"), odds.count("all"))


def level(false_alarm: float, tests: int) -> float:
    """The level of each test so that all tests together, in both ways, raise a false alarm that rarely (Bonferroni)."""
    return false_alarm / 2.0 / max(1, tests)
