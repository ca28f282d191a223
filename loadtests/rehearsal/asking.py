"""A user who puts the same question to two systems and keeps what each answered."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loadtests.client import Answer, Client, RequestError
from loadtests.crew import Card, Crew, Worker
from loadtests.journal import Journal, now
from loadtests.plan import Plan
from loadtests.rehearsal.normal import Normal


class Recorder(Client):
    """A client that keeps the answers of the transaction under way."""

    answers: list[tuple[str, bytes]]

    def call(
        self, name: str, method: str, path: str = "", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The server's answer to one request, which is kept."""
        try:
            answer = super().call(name, method, path, body, headers)
        except RequestError as failure:
            self.answers.append((name, f'"{failure.outcome}"'.encode()))
            raise
        self.answers.append((name, answer.body))
        return answer


class _AskingCrew(Crew):
    """A crew whose clients keep their answers."""

    def _client(self) -> Client:
        plan = self.plan
        client = Recorder(plan.target.url, self.journal, timeout_s=plan.timeout, judge=self.target.judge)
        client.answers = []
        return client


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system made of one question: outcome, length in seconds, and the answers in normal form."""

    outcome: str
    length_s: float
    plain: Any


@dataclass
class Side:
    """One of the two systems, with two users logged in: the second one asks what the first one has asked before.

    So the first one's connection is used as often as the other system's, and their lengths can be compared.
    """

    name: str
    plan: Plan
    journal: Journal
    normal: Normal
    run: str = "same"
    crew: Crew = field(init=False)
    _workers: tuple[Worker, Worker] = field(init=False)

    def __post_init__(self) -> None:
        self.crew = _AskingCrew(self.plan, self.journal, run=self.run)
        self.crew.log_in(accounts=1)
        self._workers = self.crew.member(0), self.crew.member(1)

    @property
    def worker(self) -> Worker:
        """The first user."""
        return self._workers[0]

    def ask(self, card: Card, *, again: bool = False) -> Reply:
        """The reply to a question; the same card is the same question on every system with the same data."""
        worker = self._workers[again]
        client = worker.client
        assert isinstance(client, Recorder)
        client.answers = []
        start = time.perf_counter()
        outcome = self.crew.perform(worker, card, now())
        length_s = time.perf_counter() - start
        plain = [outcome if outcome != "ok" else "", self.normal.answers(card.verb, client.answers)]
        return Reply(outcome, length_s, plain)

    def close(self) -> None:
        """Close both users' connections."""
        for worker in self._workers:
            worker.client.close()
