"""Answering alike: planted differences are found and named, noise is not, and alike systems rarely raise an alarm."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scipy.stats import binomtest, hypergeom

from loadtests.crew import Card
from loadtests.rehearsal.asking import Reply
from loadtests.rehearsal.compare import Compared, compare
from loadtests.rehearsal.normal import Normal, Rules, common, digest, first_difference
from loadtests.rehearsal.odd import excess_p, odd_one, repeat_p
from twin.tape.streams import below, name_key, replication_key, uniform

NORMAL = Normal(Rules())
Change = Callable[[Card, int, float], tuple[Any, float]]


class Told:
    """A system that answers from a function of card, call and luck; 40 ms on average, with a tail."""

    def __init__(self, seed: int, change: Change = lambda card, call, luck: (None, 1.0)) -> None:
        self._key = below(replication_key(seed, 0), int(name_key("a system")))
        self._change, self.calls = change, 0

    def ask(self, card: Card, *, again: bool = False) -> Reply:
        self.calls += 1
        luck, length = (float(uniform(self._key, 2 * self.calls + k)) for k in range(2))
        wrong, slower = self._change(card, self.calls, luck)
        answer = {"id": self.calls, "lines": [card.number, card.verb], **({"wrong": wrong} if wrong else {})}
        body = Normal(Rules()).answers(card.verb, [("r", str(answer).replace("'", '"').encode())])
        return Reply("ok", 0.04 * (1.0 - math.log(length)) * slower, ["", body])


def cards(count: int) -> Iterator[Card]:
    for number in range(count):
        yield Card(number, "viewer", ("expand_bom", "search", "open_item")[number % 3])


def found(old: Told, new: Told, count: int) -> Compared:
    normal = Normal(Rules(added="count"))
    return compare(old, new, cards(count), normal)


def test_the_odd_one_out() -> None:
    assert [odd_one(*x) for x in ("aaa", "aba", "aab", "abb", "abc")] == ["none", "new", "old", "old", "all"]


@pytest.mark.parametrize(("new", "old"), [(3, 0), (1, 0), (5, 4), (0, 3)])
def test_the_tests_are_those_of_another_program(new: int, old: int) -> None:
    assert excess_p(new, old) == pytest.approx(binomtest(new, new + old, 1 / 3, "greater").pvalue)
    assert repeat_p(["a"] * 6, ["b"] * 6) == pytest.approx(1 / 924)
    assert repeat_p(["a"] * 6, ["a"] * 5 + ["b"]) == pytest.approx(hypergeom.cdf(5, 12, 11, 6))
    assert repeat_p(["a"] * 6, ["a"] * 6) == 1.0


def test_one_item_of_a_thousand_that_is_always_wrong_is_found_and_named() -> None:
    def wrong_bill(card: Card, call: int, luck: float) -> tuple[Any, float]:
        return ("7" if card.verb == "expand_bom" and card.number == 1500 else None), 1.0

    result = found(Told(1), Told(2, wrong_bill), 3000)
    assert [t.verb for t in result.tallies() if result.is_different(t)] == ["expand_bom"]
    (proof,) = result.proven()
    assert proof.card.number == 1500
    assert proof.example == ("[1][0][1].wrong", "absent", "7")


def test_one_answer_of_five_hundred_at_random_is_found_over_many() -> None:
    def now_and_then(card: Card, call: int, luck: float) -> tuple[Any, float]:
        return ("7" if card.verb == "expand_bom" and luck < 0.002 else None), 1.0

    result = found(Told(1), Told(2, now_and_then), 12_000)
    assert [t.verb for t in result.tallies() if result.is_different(t)] == ["expand_bom"]
    assert result.proven() == []


def test_noise_that_both_have_does_not_count() -> None:
    def noise(card: Card, call: int, luck: float) -> tuple[Any, float]:
        return (f"{luck}" if luck < 0.05 else None), 1.0

    result = found(Told(1, noise), Told(2, noise), 3000)
    assert sum(t.new for t in result.tallies()) > 50
    assert not any(result.is_different(t) for t in result.tallies())


def test_a_fifth_slower_in_one_transaction_is_found_there_alone() -> None:
    def slow(card: Card, call: int, luck: float) -> tuple[Any, float]:
        return None, 1.2 if card.verb == "expand_bom" else 1.0

    paces = {pace.verb: pace for pace in found(Told(1), Told(2, slow), 3000).paces()}
    assert paces["expand_bom"].low > 1.0
    assert paces["expand_bom"].low < 1.2 < paces["expand_bom"].high
    assert all(paces[verb].low < 1.0 for verb in ("search", "open_item"))


def test_alike_systems_raise_an_alarm_no_more_often_than_stated() -> None:
    """40 comparisons with noise: false alarms by answers, and by lengths, within the 99 % range of a 5 % rate."""

    def noise(card: Card, call: int, luck: float) -> tuple[Any, float]:
        return (f"{luck}" if luck < 0.02 else None), 1.0

    results = [found(Told(2 * k, noise), Told(2 * k + 1, noise), 300) for k in range(40)]
    most = 6  # P(Binomial(40, 0.05) > 6) < 0.01
    assert sum(any(r.is_different(t) for t in r.tallies()) for r in results) <= most
    assert sum(any(pace.low > 1.0 for pace in r.paces()) for r in results) <= most


def test_ids_times_and_order_do_not_count_where_the_rules_say_so() -> None:
    rules = Rules.model_validate({
        "drop": ["id", "*_date"], "unordered": ["search"], "skip": ["*.create"],
        "replace": [{"pattern": "20[0-9-]+", "by": "DAY"}],
    })  # fmt: skip
    normal = Normal(rules)
    one = [("x.create", b"5"), ("read", b'[{"id": 1, "a": "on 2026-01-02", "w_date": 3}, {"id": 2, "a": "b"}]')]
    two = [("x.create", b"9"), ("read", b'[{"id": 7, "a": "b"}, {"id": 8, "a": "on 2027-03-04", "w_date": 9}]')]
    assert digest(normal.answers("search", one)) == digest(normal.answers("search", two))
    assert digest(normal.answers("report", one)) != digest(normal.answers("report", two))


def test_what_a_new_release_adds_is_no_difference_and_what_it_drops_is() -> None:
    old, new = {"a": [{"b": 1.0}]}, {"a": [{"b": 1.0, "c": 2.0}], "d": 1}
    assert common(old, new) == old
    assert first_difference(old, common(old, {"a": [{}]})) == ("a[0].b", "1.0", "absent")
    assert NORMAL.seen_as(old, new) == old
    assert Normal(Rules(added="count")).seen_as(old, new) == new
