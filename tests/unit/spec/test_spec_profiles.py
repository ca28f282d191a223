"""The four SLA profiles and how a contract starts from one."""

import pytest

from twin.spec.profiles import PROFILES, RANKS, resolve
from twin.spec.sla import Contract

P = ("P0", "P1", "P2", "P3")
HOUR = 3600.0


@pytest.mark.parametrize(
    ("name", "rank", "clocks"),
    [
        ("major-30min", "P0", {"respond": HOUR / 2}),
        ("major-30min", "P2", {"resolve": 2 * HOUR}),
        ("contract-p1-p2", "P1", {"respond": 2 * HOUR}),
        ("contract-p1-p2", "P2", {"resolve": 8 * HOUR}),
        ("auto-parts", "P0", {"respond": 1.5 * HOUR, "restore": 4 * HOUR}),
        *(("appliance", rank, {"respond": HOUR}) for rank in P),
    ],
)
def test_what_the_articles_state_is_cited(name: str, rank: str, clocks: dict[str, float]) -> None:
    promise = PROFILES[name].promises[rank]
    assert promise.tag == "cited"
    assert promise.target.model_dump(exclude_none=True) == clocks


def test_every_profile_has_a_row_per_rank_and_a_source() -> None:
    for name, profile in PROFILES.items():
        assert (profile.name, tuple(sorted(profile.promises))) == (name, RANKS)
        assert "section" in profile.source
        assert all(promise.source for promise in profile.promises.values())


def test_targets_replace_rows_of_the_profile() -> None:
    contract = Contract.model_validate({"profile": "appliance", "targets": {"P1": {"resolve": "1 d"}}})
    found = resolve(contract, P)
    assert found["P1"].model_dump(exclude_none=True) == {"resolve": 24 * HOUR}
    assert [found[name].respond for name in ("P0", "P2", "P3")] == [HOUR] * 3


def test_other_names_take_rows_by_rank() -> None:
    contract = Contract(profile="contract-p1-p2")
    found = resolve(contract, ("critical", "high", "medium", "low", "wish"))
    assert [*found] == ["critical", "high", "medium", "low"]
    assert found["medium"].resolve == 8 * HOUR
    assert [*resolve(contract, ("P1", "P2"))] == ["P1", "P2"]
    assert resolve(contract, ("P1", "P2"))["P2"].resolve == 8 * HOUR


def test_no_profile_and_unknown_profile() -> None:
    assert resolve(Contract(), P) == {}
    with pytest.raises(KeyError):
        resolve(Contract(profile="gold"), P)
