"""The crew and the open driver: the same mix whoever is free, and latency from the intended start."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import pstdev
from types import SimpleNamespace

import pytest
from plm_server import Plm, plm_server

from loadtests.crew import Card, Crew, mixes
from loadtests.journal import Journal, now, read_run
from loadtests.openly import Driver, Due, dues_of, left_out, levels_of, poisson
from loadtests.plan import Plan, TargetAddress
from loadtests.shapes import Level
from loadtests.targets.base import target_of


def plan_for(url: str, **more: object) -> Plan:
    target = TargetAddress(kind="loadtests.targets.template:MyPlm", url=url)
    personas = {
        "viewer": {"share": 3, "does": {"search": 3, "open_item": 1}},
        "buyer": {"share": 1, "does": {"search": 1, "approve": 1}},
    }
    load = {"shape": "steps", "amounts": [1], "hold": "1 s"}
    return Plan.model_validate({"target": target, "personas": personas, "load": load, **more})


@pytest.fixture
def server() -> Iterator[tuple[str, type[Plm]]]:
    with plm_server() as found:
        yield found


def crew_for(url: str, folder: Path, **more: int) -> Crew:
    crew = Crew(plan_for(url), Journal(folder), **more)  # type: ignore[arg-type]
    crew.log_in(2)
    return crew


def test_two_processes_deal_one_mix_between_them(tmp_path: Path) -> None:
    plan = plan_for("http://127.0.0.1:1")
    alone = Crew(plan, Journal(tmp_path / "a"))
    halves = [Crew(plan, Journal(tmp_path / "b"), share, 2) for share in (0, 1)]
    whole = [alone.deal() for _ in range(400)]
    assert [halves[n % 2].deal().persona for n in range(400)] == [card.persona for card in whole]
    assert Counter(card.persona for card in whole) == {"viewer": 300, "buyer": 100}
    assert Counter(card.verb for card in whole) == {"search": 325, "open_item": 75}


def test_levels_may_be_dealt_the_same_transactions_again(tmp_path: Path) -> None:
    crew = Crew(plan_for("http://127.0.0.1:1"), Journal(tmp_path))
    levels = [Level(str(k), 10.0 * k, 10.0 * k + 10.0, 2.0, first=first) for k, first in enumerate([0, 500, None, 0])]
    first, second, onwards, again = ([crew.deal(level) for _ in range(60)] for level in levels)
    assert again == first
    assert [card.number for card in second + onwards] == list(range(500, 620))


def test_what_the_target_cannot_do_is_said(tmp_path: Path) -> None:
    plan = plan_for("http://127.0.0.1:1")
    words = mixes(plan, target_of(plan.target.address))["buyer"].words("buyer", "my plm")
    assert words == "buyer: my plm cannot do approve (50.0%); the other transactions are dealt in proportion instead"


def test_users_share_sessions_and_their_places_are_used_again(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    crew = crew_for(server[0], tmp_path)
    assert sum(path == "/session" for _, path, _, _ in server[1].seen) == 2
    users = [crew.join() for _ in range(3)]
    assert [user.number for user in users] == [0, 1, 2]
    crew.leave(users[1])
    assert crew.join().number == 1
    assert crew.perform(users[0], Card(0, "viewer", "open_item"), now()) == "ok"
    assert [path for _, path, _, _ in server[1].seen[-2:]] == [server[1].seen[-2][1], f"{server[1].seen[-2][1]}/files"]
    assert server[1].seen[-1][3]["Authorization"] == "Bearer "


def test_the_same_cards_again_make_other_texts(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    crew = crew_for(server[0], tmp_path)
    texts: list[str] = []
    user, card = crew.join(), Card(7, "viewer", "search")
    crew.target = SimpleNamespace(verbs={"search": lambda visit: texts.append(visit.text())})  # type: ignore[assignment]
    for number, first in enumerate([None, 0, 0, None]):
        crew.deal(Level(str(number), 0.0, 1.0, 1.0, first=first))
        assert crew.perform(user, card, now()) == "ok"
    assert len(set(texts)) == 3
    assert texts[2] == texts[3], "the decks go on"


def test_thinking_has_the_mean_of_the_plan_and_comes_by_chance(tmp_path: Path) -> None:
    crew = Crew(plan_for("http://127.0.0.1:1", think={"mean": "2 s", "law": "exponential"}), Journal(tmp_path))
    thinks = [crew.think_s(n) for n in range(4000)]
    assert abs(sum(thinks) / 4000 - 2) < 0.05 * 2
    hundreds = [sum(thinks[k : k + 100]) / 100 for k in range(0, 4000, 100)]
    assert 0.12 < pstdev(hundreds) < 0.3  # 0.2 for independent draws, near 0 for dealt ones
    assert Crew(plan_for("http://127.0.0.1:1", think="3.4 s"), Journal(tmp_path)).think_s(5) == 3.4
    steady = Crew(plan_for("http://127.0.0.1:1", think={"mean": "2 s", "cv": 0.1}), Journal(tmp_path))
    assert {1.0 < steady.think_s(n) < 3.0 for n in range(200)} == {True}


def test_nobody_is_let_in_without_a_login(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"cannot log in at http://127.0.0.1:1: ConnectionRefusedError"):
        crew_for("http://127.0.0.1:1", tmp_path)


def test_open_latency_counts_from_the_intended_start(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    """A server that stalls once for 0.4 s is charged for everybody due meanwhile in the same session."""
    crew = crew_for(server[0], tmp_path)
    server[1].stalls.append(0.4)
    dues = [Due(0.05 * k, 7, Card(k, "viewer", "search")) for k in range(6)]
    run(crew, dues)
    rows = [row for row in read_run(tmp_path)[1].to_pylist() if row["verb"] == "search"]
    from_intended = [(row["ended_at"] - row["intended_at"]) / 1e6 for row in rows]
    from_started = [(row["ended_at"] - row["started_at"]) / 1e6 for row in rows]
    assert min(from_intended[:5]) > 0.15
    assert sorted(from_started)[-2] < 0.35 < from_started[0]
    assert all(later < earlier + 0.1 for earlier, later in pairwise(from_intended[:5]))


def test_open_transactions_of_different_users_do_not_wait_for_each_other(
    server: tuple[str, type[Plm]], tmp_path: Path
) -> None:
    crew = crew_for(server[0], tmp_path)
    server[1].stalls.append(0.4)
    run(crew, [Due(0.02 * k, k, Card(k, "viewer", "search")) for k in range(6)])
    rows = [row for row in read_run(tmp_path)[1].to_pylist() if row["verb"] == "search"]
    assert sorted((row["ended_at"] - row["intended_at"]) / 1e6 for row in rows)[-2] < 0.35


def test_what_was_due_and_never_sent_is_on_record(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    crew = crew_for(server[0], tmp_path)
    driver = Driver(crew, time.sleep, lambda work, session: None)
    driver.drive([Due(0.0, 1, Card(0, "viewer", "search")), Due(0.0, 1, Card(1, "viewer", "open_item"))], now())
    driver.give_up()
    assert read_run(tmp_path)[1]["outcome"].to_pylist()[-1] == "unsent"


def test_processes_share_the_arrivals(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    levels = [Level("a", 0, 50, 2.0)]
    alone = [due.at_s for due in poisson(levels, Crew(plan_for(server[0]), Journal(tmp_path)))]
    halves = [[due.at_s for due in poisson(levels, Crew(plan_for(server[0]), Journal(tmp_path), k, 2))] for k in (0, 1)]
    assert sorted(halves[0] + halves[1]) == alone
    assert abs(len(halves[0]) - len(halves[1])) <= 1


def test_an_access_log_is_replayed_with_its_sessions(server: tuple[str, type[Plm]], tmp_path: Path) -> None:
    """Ada's second request was due while her first one stalled: it waits for her, Bob's does not."""
    line = '{} - {} [05/Jan/2026:08:00:{:06.3f} +0000] "GET {} HTTP/1.1" 200 9 "-" "x" 100\n'
    lines = [
        ("h", "ada", 0.0, "/part?q=1"),
        ("h", "bob", 1.0, "/part?q=2"),
        ("h", "ada", 2.0, "/part/7"),
        ("h", "x", 3.0, "/css"),
    ]
    (tmp_path / "access.log").write_text("".join(line.format(*one) for one in lines))
    log = {"file": str(tmp_path / "access.log"), "verbs": {"/part/": "open_item", "/part": "search"}, "speed": 10}
    crew = Crew(plan_for(server[0], users="log", load=None, log=log), Journal(tmp_path / "run"))
    crew.log_in(2)
    assert [(round(level.end_s, 2), level.label) for level in levels_of(crew.plan)] == [(1.3, "log")]
    assert left_out(crew.plan, {"search", "open_item"}).endswith("1 of 4 lines are no transaction the target can do")
    server[1].stalls.append(0.5)
    run(crew, list(dues_of([], crew)))
    rows = [row for row in read_run(tmp_path / "run")[1].to_pylist() if row["persona"] == "log"]
    assert [(row["verb"], row["outcome"]) for row in rows] == [("search", "ok"), ("search", "ok"), ("open_item", "ok")]
    ada, bob, again = rows
    assert ada["user"] == again["user"] != bob["user"]
    assert bob["ended_at"] < ada["ended_at"] <= again["started_at"]
    assert (again["intended_at"] - ada["intended_at"]) / 1e6 == pytest.approx(0.2, abs=0.01)


def run(crew: Crew, dues: list[Due]) -> None:
    """Drive with operating system threads and wait for the last answer."""
    threads: list[threading.Thread] = []

    def spawn(work: Callable[..., None], *arguments: object) -> None:
        threads.append(threading.Thread(target=work, args=arguments))
        threads[-1].start()

    Driver(crew, time.sleep, spawn).drive(dues, now())
    for thread in threads:
        thread.join()
