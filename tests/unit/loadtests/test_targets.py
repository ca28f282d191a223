"""Targets: OData as Windchill and Aras spell it, the file to copy, and the bundled data set."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from plm_server import Plm, plm_server

from loadtests.client import Answer, Client, RequestError
from loadtests.deck import Draws
from loadtests.journal import Journal, now, read_run
from loadtests.targets.base import VERBS, Address, Visit, target_of
from loadtests.targets.odata import filled, part_of
from loadtests.targets.tryton.adapter import Tryton, spread
from loadtests.targets.tryton.dataset import Size, dataset
from loadtests.targets.tryton.release import RELEASES, Release


@pytest.fixture
def server() -> Iterator[tuple[str, type[Plm]]]:
    with plm_server() as found:
        yield found


@pytest.mark.parametrize("spelling", ["windchill", "aras"])
def test_odata_does_each_verb_it_names(server: tuple[str, type[Plm]], tmp_path: Path, spelling: str) -> None:
    target = target_of(Address("odata", server[0], {"spelling": spelling, "headers": {"X-Nonce": "n{account}"}}))
    client = Client(server[0], Journal(tmp_path), judge=target.judge)
    session = target.log_in(client, 4)
    known = target.catalogue(client, session)
    outcomes = {
        verb: client.transact(
            1, "p", verb, now(), lambda work=work: work(Visit(client, known, Draws(1, "v", 2), session))
        )
        for verb, work in target.verbs.items()
    }
    assert outcomes == dict.fromkeys(target.verbs, "ok"), client.why
    assert {"search", "open_item", "expand_bom", "where_used", "edit", "create_part", "engineering_change"} == set(
        outcomes
    )
    assert server[1].seen[-1][3]["X-Nonce"] == "n4"
    sent = [path for _, path, _, _ in server[1].seen]
    assert not any("{" in path for path in sent)


def test_windchill_edits_under_check_out_and_with_the_nonce(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    target = target_of(Address("odata", server[0], {"spelling": "windchill"}))
    client = Client(server[0], Journal(tmp_path))
    session = target.log_in(client, 0)
    visit = Visit(client, target.catalogue(client, session), Draws(1, "v", 2), session)
    server[1].seen.clear()
    assert client.transact(1, "p", "edit", now(), lambda: target.verbs["edit"](visit)) == "ok"
    assert [(method, path.rpartition("/")[2].partition("(")[0]) for method, path, _, _ in server[1].seen] == [
        ("POST", "PTC.ProdMgmt.CheckOut"), ("PATCH", "Parts"), ("POST", "PTC.ProdMgmt.CheckIn"),
    ]  # fmt: skip
    assert {headers["CSRF_NONCE"] for _, _, _, headers in server[1].seen} == {"abc"}
    server[1].checked_out.update(part["ID"].removeprefix("OR:") for part in visit_parts())
    assert client.transact(1, "p", "edit", now(), lambda: target.verbs["edit"](visit)) == "refused"


def visit_parts() -> list[dict[str, str]]:
    from plm_server import PARTS

    return PARTS


def test_aras_expands_level_by_level(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    target = target_of(Address("odata", server[0], {"spelling": "aras"}))
    client = Client(server[0], Journal(tmp_path))
    visit = Visit(client, target.catalogue(client, target.log_in(client, 0)), Draws(1, "v", 0), {})
    visit.catalogue = type(visit.catalogue)(("0",), ("0",))
    client.transact(1, "p", "expand_bom", now(), lambda: target.verbs["expand_bom"](visit))
    assert read_run(tmp_path)[0]["request"].to_pylist()[-3:] == ["level 1", "level 2", "level 2"]


def test_fields_and_parts() -> None:
    assert filled("/a('{item}')?q={term}", {"item": "OR:1", "term": "x"}) == "/a('OR:1')?q=x"
    with pytest.raises(ValueError, match=r"unknown field \{thing\}"):
        filled("{thing}", {})
    assert part_of({"value": [{"id": 3}, {"id": 4}]}, "value.*.id") == [3, 4]
    assert part_of({"value": [{"id": 3}]}, "value.0.id") == 3
    with pytest.raises(RequestError, match="has no missing"):
        part_of({}, "missing")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (Address("nothing", ""), 'kind "nothing" is unknown; write one of odata, tryton'),
        (Address("json:Nothing", ""), "cannot be loaded"),
        (Address("odata", "", {"spelling": "nobody"}), 'spelling "nobody" is no file and none of aras, windchill'),
    ],
)
def test_a_wrong_target_is_named(address: Address, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        target_of(address)


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        (b'{"id":1,"result":[1]}', 200, "ok"),
        (b'{"id":1,"error":["ConcurrencyException","Records were modified"]}', 200, "refused"),
        (b'{"id":1,"error":["UserError",["no"]]}', 200, "refused"),
        (b'{"id":1,"error":["KeyError","x"]}', 200, "error"),
        (b"<html>", 200, "error"),
        (b"conflict", 409, "refused"),
        (b"broken", 500, "error"),
    ],
)
def test_tryton_answers_are_judged_by_their_body(body: bytes, status: int, outcome: str) -> None:
    assert Tryton().judge(Answer(status, body))[0] == outcome


def test_tryton_can_do_every_verb() -> None:
    assert Tryton().verbs.keys() == VERBS.keys()


def test_catalogues_are_spread_over_all_items() -> None:
    rows = [{"id": n} for n in range(1000)]
    assert [row["id"] for row in spread(rows, 4)] == [0, 250, 500, 750]
    assert spread(rows, 2000) == rows


def test_the_data_set_is_a_bill_of_five_levels_without_cycles() -> None:
    data = dataset(Size(600, 5), seed=3)
    assert data == dataset(Size(600, 5), seed=3) != dataset(Size(600, 5), seed=4)
    levels = [item["level"] for item in data["items"]]
    assert len(levels) == 600
    assert set(levels) == {0, 1, 2, 3, 4}
    for bom in data["boms"]:
        inputs = [child for child, _ in bom["inputs"]]
        assert 2 <= len(set(inputs)) == len(inputs) <= 6
        assert {levels[child] for child in inputs} == {levels[bom["item"]] + 1}
    assert {bom["item"] for bom in data["boms"]} == {i for i, level in enumerate(levels) if level < 4}
    assert set(data["changes"]) <= {bom["item"] for bom in data["boms"]}
    with pytest.raises(ValueError, match="do not fill 5 levels"):
        dataset(Size(20, 5))


def test_pinned_releases(tmp_path: Path) -> None:
    assert "7.0" in RELEASES
    pins = Release("7.0", tmp_path).pins.read_text().split()
    assert pins
    assert all(pin.count("==") == 1 for pin in pins)
    with pytest.raises(ValueError, match=r'no release "1.0"'):
        Release("1.0", tmp_path)
