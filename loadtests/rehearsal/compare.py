"""Do both systems answer alike, and as fast? Each question goes to the old, the new and the old system again."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from loadtests.crew import Card, Crew
from loadtests.rehearsal.asking import Reply
from loadtests.rehearsal.normal import Normal, digest, first_difference
from loadtests.rehearsal.odd import AGAIN, Odd, Tally, excess_p, level, odd_one, repeat_p, tally
from twin.experiment.intervals import quantile_interval
from twin.tape.streams import below, name_key, replication_key, uniform

READS = ("search", "open_item", "expand_bom", "where_used", "report")
MOST_ASKED_AGAIN = 4  # of each transaction: with five of them the level of each test can still be reached
FEWEST_PAIRS = 8


class Asked(Protocol):
    """Whatever can be asked the same question as another one."""

    def ask(self, card: Card, *, again: bool = False) -> Reply:
        """The reply to a question; again  asked by a second user, for it was asked before."""


@dataclass(frozen=True, slots=True)
class Triple:
    """One question and its three replies."""

    card: Card
    odd: Odd
    old_s: float
    new_s: float
    outcomes: tuple[str, str, str]
    example: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """A question that was asked again on both systems because the new one's answer deviated."""

    card: Card
    p: float
    example: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Pace:
    """How many times as long the new system takes as the old one: median over questions, with exact bounds.

    low, high  at the level shared among all transactions; low_one, high_one  one-sided, at 95 %, of this one alone.
    """

    verb: str
    pairs: int
    ratio: float
    low: float
    high: float
    low_one: float
    high_one: float


@dataclass
class Compared:
    """Everything two systems were asked. false_alarm  of the whole comparison of two systems that are alike."""

    false_alarm: float
    triples: list[Triple] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)

    @property
    def verbs(self) -> list[str]:
        """Transactions that were asked."""
        return sorted({triple.card.verb for triple in self.triples})

    def tallies(self) -> list[Tally]:
        """Whose answers deviated, by transaction."""
        return [tally(verb, (t.odd for t in self.triples if t.card.verb == verb)) for verb in self.verbs]

    def is_different(self, found: Tally) -> bool:
        """Whether new answers deviate beyond chance: over all questions, or each time one question is asked."""
        if excess_p(found.new, found.old) <= level(self.false_alarm, len(self.verbs)):
            return True
        return any(repeat.card.verb == found.verb for repeat in self.proven())

    def proven(self) -> list[Repeat]:
        """Questions that the new system answers differently again and again."""
        most = level(self.false_alarm, len(self.repeats))
        return [repeat for repeat in self.repeats if repeat.p <= most]

    def paces(self) -> list[Pace]:
        """How the new system's lengths compare, by transaction; those with few pairs are left out."""
        return [pace for verb in self.verbs if (pace := self._pace(verb)) is not None]

    def _pace(self, verb: str) -> Pace | None:
        logs = [
            math.log(t.new_s / t.old_s) for t in self.triples
            if t.card.verb == verb and t.outcomes[:2] == ("ok", "ok") and t.new_s > 0 and t.old_s > 0
        ]  # fmt: skip
        if len(logs) < FEWEST_PAIRS:
            return None
        shared = quantile_interval(np.array(logs), 0.5, 1.0 - 2.0 * self.false_alarm / max(1, len(self.verbs)))
        one = quantile_interval(np.array(logs), 0.5, 0.90)
        ratio = float(np.median(logs))
        ends = [math.exp(float(x)) for x in (ratio, shared.low, shared.high, one.low, one.high)]
        return Pace(verb, len(logs), *ends)


def questions(crew: Crew, count: int, verbs: Iterable[str] = READS) -> Iterator[Card]:
    """The next cards of the crew's mix that are one of these verbs. Stops early when the mix has none of them."""
    wanted, found, dealt = set(verbs), 0, 0
    while found < count and (found or dealt < 5000):
        card = crew.deal()
        dealt += 1
        if card.verb in wanted:
            found += 1
            yield card


def compare(
    old: Asked, new: Asked, cards: Iterable[Card], normal: Normal, *, seed: int = 1, false_alarm: float = 0.05,
    go_on: Callable[[], bool] = lambda: True,
) -> Compared:  # fmt: skip
    """Ask everything, and again where the new system deviates. go_on  asked before each question: False ends it.

    A lot decides for each question whether the old or the new system is asked first, so that neither always finds what
    the other one has warmed up.
    """
    compared = Compared(false_alarm)
    key = below(replication_key(seed, 0), int(name_key("who is asked first")))
    for number, card in enumerate(cards):
        if not go_on():
            break
        triple = ask_three(old, new, card, normal, is_new_first=float(uniform(key, number)) < 0.5)
        compared.triples.append(triple)
        asked_again = sum(repeat.card.verb == card.verb for repeat in compared.repeats)
        if triple.odd == "new" and asked_again < MOST_ASKED_AGAIN:
            compared.repeats.append(ask_again(old, new, triple, normal))
    return compared


def ask_three(old: Asked, new: Asked, card: Card, normal: Normal, *, is_new_first: bool) -> Triple:
    """One question to the old, the new and the old system again (or new, old, old)."""
    replies = [new.ask(card), old.ask(card)] if is_new_first else [old.ask(card), new.ask(card)]
    fresh, first = replies if is_new_first else replies[::-1]
    again = old.ask(card, again=True)
    seen = normal.seen_as(first.plain, fresh.plain)
    odd = odd_one(digest(first.plain), digest(seen), digest(again.plain))
    example = first_difference(first.plain, seen) if odd == "new" else None
    outcomes = (first.outcome, fresh.outcome, again.outcome)
    return Triple(card, odd, first.length_s, fresh.length_s, outcomes, example)


def ask_again(old: Asked, new: Asked, triple: Triple, normal: Normal, times: int = AGAIN) -> Repeat:
    """The same question several more times, in turn: are the new answers still different?"""
    ours: list[Any] = []
    theirs: list[Any] = []
    for _ in range(times):
        ours.append(old.ask(triple.card).plain)
        theirs.append(normal.seen_as(ours[-1], new.ask(triple.card).plain))
    p = repeat_p([digest(x) for x in ours], [digest(x) for x in theirs])
    return Repeat(triple.card, p, triple.example or ("", "", ""))
