"""The users of one load-generating process: who they are, what they do next, and their connections."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from loadtests.client import Client
from loadtests.deck import Dealt, Deck, Draws, Evenly, counts, reweighted
from loadtests.journal import Journal, now
from loadtests.plan import Plan
from loadtests.shapes import Level
from loadtests.targets.base import Catalogue, Target, Visit, target_of
from twin.tape.laws import law_row, length_of
from twin.tape.streams import below, name_key, replication_key

ACCOUNTS = 8
TICK_S = 1e-6
Seen = Callable[[str, float, int, str | None], None]


@dataclass(slots=True)
class Worker:
    """A virtual user: number among all users, a connection, and a session shared with other users."""

    number: int
    client: Client
    session: Any


@dataclass(frozen=True, slots=True)
class Card:
    """A transaction dealt: its number in the whole run, who does it and what.

    part  which of the things there are it works on, as a place in (0, 1); None: chance decides.
    """

    number: int
    persona: str
    verb: str
    part: float | None = None


def mixes(plan: Plan, target: Target) -> dict[str, Dealt]:
    """What each persona does on the target. Raises ValueError when one of them can do nothing there."""
    return {name: reweighted(persona.does, frozenset(target.verbs)) for name, persona in plan.personas.items()}


def mix_of(plan: Plan) -> dict[str, float]:
    """Share of each verb in all transactions, as the decks deal it in the long run."""
    personas = counts({name: persona.share for name, persona in plan.personas.items()})
    shares: dict[str, float] = {}
    for name, mix in mixes(plan, target_of(plan.target.address)).items():
        for verb, count in counts(mix.weights).items():
            shares[verb] = shares.get(verb, 0.0) + personas[name] * count / 10_000
    return shares


class Dealer:
    """Who does what next, and how long they think: the same for the same plan and target, whoever is free to do it.

    So the mix is exact at every level of load, and two systems get the same transactions in the same order.
    """

    def __init__(self, plan: Plan, target: Target) -> None:
        self._think = np.array([law_row(plan.think, TICK_S)])
        self._thinks = below(replication_key(plan.seed, 0), int(name_key("think")))
        self._decks = {name: Deck(plan.seed, name, mix.weights) for name, mix in mixes(plan, target).items()}
        self._personas = Deck(plan.seed, "personas", {name: one.share for name, one in plan.personas.items()})
        self._parts = {verb: Evenly(plan.seed, f"part of {verb}") for verb in target.verbs}
        self._dealt: dict[str, int] = {}
        self._first = 0

    def deal(self, share: int = 0, shares: int = 1) -> Card:
        """The next transaction of process `share` of `shares`: a persona from the deck of personas, a verb from the
        persona's own deck, and a part of what there is."""
        number = self._draw("", share, shares)
        persona = self._personas.card(number)
        verb = self._decks[persona].card(self._draw(f"verb of {persona}", share, shares))
        return Card(number, persona, verb, self._parts[verb].unit(self._draw(f"part of {verb}", share, shares)))

    def start(self, first: int) -> None:
        """Go on from card `first` of every deck."""
        self._dealt, self._first = {}, first

    def think_s(self, number: int) -> float:
        """How long the user who did transaction `number` thinks afterwards.

        Each time by chance, as users do: thinking dealt evenly would make arrivals more regular, and waits near the
        knee shorter, than they are.
        """
        return TICK_S * float(length_of(self._think, 0, self._thinks, number))

    def _draw(self, deck: str, share: int, shares: int) -> int:
        count = self._dealt.get(deck, self._first)
        self._dealt[deck] = count + 1
        return count * shares + share


@dataclass(slots=True)
class Crew:
    """All virtual users of a process, which is number `share` of `shares` that deal one mix between them."""

    plan: Plan
    journal: Journal
    share: int = 0
    shares: int = 1
    seen: Seen | None = None
    run: str = ""
    target: Target = field(init=False)
    _dealer: Dealer = field(init=False)
    _catalogue: Catalogue = field(init=False)
    _sessions: list[tuple[Any, dict[str, str]]] = field(init=False, default_factory=list)
    _free: list[int] = field(init=False, default_factory=list)
    _next: int = field(init=False, default=0)
    _level: Level | None = field(init=False, default=None)
    _again: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.target = target_of(self.plan.target.address)
        self._dealer = Dealer(self.plan, self.target)

    def log_in(self, accounts: int = ACCOUNTS) -> None:
        """Log each account in once; users share the sessions, as each login costs far more than a request.

        Raises RuntimeError with the reason when an account cannot log in.
        """
        for number in range(accounts):
            client = self._client()
            session = self._setup(client, partial(self.target.log_in, client, number))
            self._sessions.append((session, dict(client.headers)))
            if number == 0:
                self._catalogue = self._setup(client, partial(self.target.catalogue, client, session))
            client.close()

    def join(self) -> Worker:
        """A user comes: the one with the lowest number that is free."""
        local = heapq.heappop(self._free) if self._free else self._next
        self._next = max(self._next, local + 1)
        return self.member(local * self.shares + self.share)

    def leave(self, worker: Worker) -> None:
        """A user goes."""
        heapq.heappush(self._free, worker.number // self.shares)
        worker.client.close()

    def member(self, number: int) -> Worker:
        """User `number`, with a connection of its own on one of the shared sessions."""
        session, headers = self._sessions[number % len(self._sessions)]
        client = self._client()
        client.headers = dict(headers)
        return Worker(number, client, session)

    def deal(self, level: Level | None = None) -> Card:
        """The next transaction that is this process's to do; where a level begins that says so, from its first card."""
        if level != self._level:
            self._level = level
            if level is not None and level.first is not None:
                self._dealer.start(level.first)
                self._again += 1
        return self._dealer.deal(self.share, self.shares)

    def think_s(self, number: int) -> float:
        """How long the user who did transaction `number` thinks afterwards."""
        return self._dealer.think_s(number)

    def perform(self, worker: Worker, card: Card, intended_at: int) -> str:
        """The outcome of one transaction of a user."""
        draws = Draws(self.plan.seed, "visit", card.number, card.part)
        run = f"{self.run}{self._again:x}." if self._again else self.run  # the same cards again make other texts
        visit = Visit(worker.client, self._catalogue, draws, worker.session, run)
        work = self.target.verbs[card.verb]
        return worker.client.transact(worker.number, card.persona, card.verb, intended_at, lambda: work(visit))

    def _client(self) -> Client:
        plan = self.plan
        return Client(plan.target.url, self.journal, timeout_s=plan.timeout, judge=self.target.judge, seen=self.seen)

    def _setup(self, client: Client, work: Callable[[], Any]) -> Any:
        """What `work` returns, on record as a login."""
        results: list[Any] = []
        outcome = client.transact(-1, "", "log_in", now(), lambda: results.append(work()))
        if outcome != "ok":
            raise RuntimeError(f"cannot log in at {self.plan.target.url}: {client.why}")
        return results[0]
