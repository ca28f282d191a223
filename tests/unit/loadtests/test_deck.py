"""Decks: exact, shuffled, the same for the same seed; what a target cannot do is left out for all to see."""

from collections import Counter

import pytest

from loadtests.deck import Deck, Draws, Evenly, counts, reweighted

WEIGHTS = {"search": 50.0, "open": 30.0, "approve": 19.6, "report": 0.4}


def test_each_deck_holds_each_card_as_often_as_its_weight_says() -> None:
    deck = Deck(7, "designer", WEIGHTS)
    for start in range(0, 400, 100):
        assert Counter(deck.card(n) for n in range(start, start + 100)) == {
            "search": 50,
            "open": 30,
            "approve": 19,
            "report": 1,
        }


def test_the_order_depends_on_seed_name_and_deck_and_on_nothing_else() -> None:
    rows = [
        [Deck(seed, name, WEIGHTS).card(n) for n in numbers]
        for seed, name, numbers in [
            (7, "a", range(100)),
            (8, "a", range(100)),
            (7, "b", range(100)),
            (7, "a", range(100, 200)),
        ]
    ]
    assert len({tuple(row) for row in rows}) == 4
    again = Deck(7, "a", WEIGHTS)
    assert [again.card(n) for n in reversed(range(100))] == rows[0][::-1]


def test_the_shuffle_prefers_no_place() -> None:
    deck = Deck(1, "fair", {"ace": 1.0, "other": 9.0}, cards=10)
    places = Counter(next(n for n in range(10) if deck.card(10 * k + n) == "ace") for k in range(2000))
    assert all(150 < places[place] < 250 for place in range(10)), places


def test_every_weight_gets_a_card_and_too_many_kinds_are_refused() -> None:
    assert counts({"a": 1000.0, "b": 0.001, "c": 0.001}, 10) == {"a": 8, "b": 1, "c": 1}
    assert sum(counts({name: 1.0 for name in "abcdefg"}, 100).values()) == 100
    with pytest.raises(ValueError, match="do not fit"):
        counts({"a": 1, "b": 1}, 1)


def test_what_is_missing_is_named_with_its_share_and_the_rest_keeps_its_proportions() -> None:
    dealt = reweighted(WEIGHTS, {"search", "open"})
    assert dealt.weights == {"search": 50.0, "open": 30.0}
    assert dealt.words("viewer", "plm") == (
        "viewer: plm cannot do approve (19.6%), report (0.4%); the other transactions are dealt in proportion instead"
    )
    assert reweighted(WEIGHTS, set(WEIGHTS)).words("viewer", "plm") == ""
    with pytest.raises(ValueError, match="can do none of"):
        reweighted(WEIGHTS, {"fly"})


def test_draws_are_functions_of_who_and_which() -> None:
    first, same, other = (Draws(3, "visit", n) for n in (5, 5, 6))
    assert [first.unit() for _ in range(4)] == [same.unit() for _ in range(4)] != [other.unit() for _ in range(4)]
    assert {Draws(3, "visit", n).whole(3) for n in range(50)} == {0, 1, 2}


def test_every_hundred_numbers_dealt_evenly_hit_every_hundredth() -> None:
    row = Evenly(3, "part")
    for deck in range(3):
        numbers = [row.unit(100 * deck + k) for k in range(100)]
        assert sorted(int(100 * u) for u in numbers) == list(range(100))
    assert [Evenly(3, "part").unit(n) for n in (250, 7, 250)] == [row.unit(n) for n in (250, 7, 250)]
    assert row.unit(0) != Evenly(3, "other").unit(0) != Evenly(4, "other").unit(0)


def test_what_a_transaction_works_on_can_be_dealt() -> None:
    dealt, drawn = Draws(3, "visit", 5, 0.25), Draws(3, "visit", 5)
    assert dealt.unit() == 0.25
    assert drawn.unit() != 0.25
    assert dealt.unit() == drawn.unit()
