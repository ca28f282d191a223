"""Every way a request can end is an outcome on record, never an exception that loses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from plm_server import Plm, plm_server

from loadtests.client import Client, RequestError
from loadtests.journal import Journal, now, read_run
from loadtests.targets.base import refuse_strangers


@pytest.fixture
def server() -> Iterator[tuple[str, type[Plm]]]:
    with plm_server() as found:
        yield found


@pytest.mark.parametrize(
    ("how", "outcome", "why"),
    [
        ("", "ok", ""),
        ("error", "error", "HTTP 500"),
        ("reset", "reset", ""),
        ("hang", "timeout", "no answer to look in 0.2 s"),
        ("html", "error", "no JSON"),
    ],
)
def test_outcomes(server: tuple[str, type[Plm]], tmp_path: Path, how: str, outcome: str, why: str) -> None:
    url, plm = server
    plm.failing["/items"] = how
    journal = Journal(tmp_path)
    seen: list[str | None] = []
    client = Client(url, journal, timeout_s=0.2, seen=lambda name, s, size, why: seen.append(why))
    assert client.transact(1, "viewer", "search", now(), lambda: client.call("look", "GET", "/items").json()) == outcome
    assert why in client.why
    requests, transactions = read_run(tmp_path)
    assert transactions["outcome"].to_pylist() == [outcome]
    assert requests["outcome"].to_pylist() == ["ok" if how == "html" else outcome]
    assert (seen[0] is None) == (how in ("", "html"))
    plm.failing.clear()
    assert client.transact(1, "viewer", "search", now(), lambda: client.call("look", "GET", "/items")) == "ok"


def test_a_refusal_is_not_an_error(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    url, plm = server
    plm.checked_out.add("3")
    client = Client(url, Journal(tmp_path))
    work = lambda: client.call("check out", "POST", "/Parts('OR:3')/CheckOut", {"note": "x"})  # noqa: E731
    assert client.transact(1, "designer", "edit", now(), work) == "refused"
    assert plm.seen[-1][2] == {"note": "x"}


def test_a_stopped_transaction_is_cut_and_the_stop_goes_on(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    client = Client(server[0], Journal(tmp_path))

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.transact(1, "viewer", "search", now(), stop)
    assert read_run(tmp_path)[1]["outcome"].to_pylist() == ["cut"]


def test_an_unexpected_answer_is_an_error_with_its_reason(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    client = Client(server[0], Journal(tmp_path))
    work = lambda: client.call("look", "GET", "/items").json()["value"]  # noqa: E731
    assert client.transact(1, "viewer", "search", now(), work) == "error"
    assert client.why.startswith("unexpected answer: TypeError")


def test_only_this_machine_or_a_named_host_gets_load() -> None:
    refuse_strangers("http://127.0.0.1:8500/plm", None)
    refuse_strangers("http://[::1]:8500", None)
    refuse_strangers("http://192.0.2.7/plm", "192.0.2.7")
    with pytest.raises(ValueError, match=r"is not this machine; .*--i-own-this-target 192.0.2.7"):
        refuse_strangers("http://192.0.2.7/plm", None)
    with pytest.raises(ValueError, match="is not known here"):
        refuse_strangers("http://plm.invalid/", "other")


def test_an_address_without_host_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no address of a server"):
        Client("ftp://x", Journal(tmp_path))
    assert issubclass(RequestError, Exception)
