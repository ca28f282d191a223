"""What people and monitoring see of a rehearsal while it runs: breaches as they happen, one line of state, metrics."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from loadtests.journal import now
from loadtests.rehearsal.watch import BAD, LOST, Ended, Say, Tail
from twin.decide.goals import Goal

HOST = "127.0.0.1"
BUCKETS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
MEASURES = ("response", "latency", "errors", "lost")


class Metrics:
    """Counts and response times by system, phase and transaction, for a monitoring system to read."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.transactions = Counter(
            "plm_rehearsal_transactions", "Transactions that ended, by outcome.",
            ["system", "phase", "transaction", "outcome"], registry=self.registry,
        )  # fmt: skip
        self.response = Histogram(
            "plm_rehearsal_response_seconds", "Response from the intended start.", ["system", "transaction"],
            buckets=BUCKETS_S, registry=self.registry,
        )  # fmt: skip
        self.waiting = Gauge("plm_rehearsal_waiting", "Users without an answer.", ["system"], registry=self.registry)
        self.breached = Gauge(
            "plm_rehearsal_breached", "1 while a target is breached.", ["system", "target"], registry=self.registry
        )

    @contextmanager
    def served(self, port: int | None) -> Iterator[None]:
        """Answer on http://127.0.0.1:port/metrics meanwhile, as OpenMetrics to who asks for it; None: nowhere."""
        if port is None:
            yield
            return
        server, thread = start_http_server(port, HOST, self.registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@dataclass(frozen=True, slots=True)
class Breach:
    """A target that the latest transactions did not keep. lasted_s  None: until the phase ended."""

    turn: str
    system: str
    words: str
    lasted_s: float | None


@dataclass
class Live:
    """Watches one rehearsal. show  takes a line of state that replaces the last one; fewest  answers to judge by."""

    targets: list[Goal]
    fewest: int
    say: Say
    show: Say
    metrics: Metrics = field(default_factory=Metrics)
    breaches: list[Breach] = field(default_factory=list)
    _since: dict[int, tuple[int, str]] = field(default_factory=dict)

    def second(self, turn: str, system: str, tail: Tail) -> None:
        """Take in what ended since the last call; announce targets that are breached from now on, or kept again."""
        phase = turn.partition(" ")[0]
        for one in tail.fresh:
            self.metrics.transactions.labels(system, phase, one.verb, one.outcome).inc()
            self.metrics.response.labels(system, one.verb).observe(one.length_s)
        self.metrics.waiting.labels(system).set(len(tail.waiting_s))
        for number, target in enumerate(self.targets):
            if target.measure in MEASURES:
                self._judge(number, target, turn, system, list(tail.recent))
        self.show(f"{turn}, {system} system: {state_words(tail)}")

    def end(self, turn: str, system: str) -> None:
        """The phase is over, and with it whatever was still breached."""
        for number, (_, words) in self._since.items():
            self.metrics.breached.labels(system, title(self.targets[number])).set(0)
            self.breaches.append(Breach(turn, system, words, None))
        self._since.clear()

    def _judge(self, number: int, target: Goal, turn: str, system: str, recent: list[Ended]) -> None:
        mine = [one for one in recent if target.where.get("transaction", one.verb) == one.verb]
        words = broken(target, mine) if len(mine) >= self.fewest else ""
        if words and number not in self._since:
            self._since[number] = now(), words
            self.say(f"breach: {turn}, {system} system: {words}")
        elif not words and number in self._since:
            since, said = self._since.pop(number)
            lasted_s = (now() - since) / 1e6
            self.breaches.append(Breach(turn, system, said, lasted_s))
            self.say(f"kept again: {turn}, {system} system: {title(target)}, after {lasted_s:.0f} s")
        self.metrics.breached.labels(system, title(target)).set(number in self._since)


def broken(target: Goal, ended: list[Ended]) -> str:
    """How these transactions miss a target, empty when they keep it. What failed is slower than any limit."""
    count = len(ended)
    if target.measure in ("errors", "lost"):
        kinds = BAD if target.measure == "errors" else LOST
        bad = sum(one.outcome in kinds for one in ended)
        is_broken = bad / count > target.limit("") if target.at_most is not None else False
        return f"{title(target)}: {bad} of the last {count} transactions" if is_broken else ""
    limit_s = target.limit("s")
    lengths = [math.inf if one.outcome in BAD else one.length_s for one in ended]
    if target.share is None:
        mean = sum(lengths) / count
        return f"{title(target)}: {mean:.2g} s on average over the last {count}" if mean > limit_s else ""
    kept = sum(length <= limit_s for length in lengths)
    is_broken = kept / count < target.share
    return f"{title(target)}: {kept} of the last {count} within {limit_s:g} s" if is_broken else ""


def title(target: Goal) -> str:
    """What a target is called."""
    return target.name or target.measure


def state_words(tail: Tail) -> str:
    """The state of a load test in a line: rate, response and failures of the last seconds."""
    lengths = sorted(one.length_s for one in tail.recent)
    if not lengths:
        return "no answer yet"
    bad = sum(one.outcome in BAD for one in tail.recent)
    p95 = lengths[math.ceil(0.95 * len(lengths)) - 1]
    return (
        f"{len(lengths) / tail.within_s:.1f} answers/s, 95 % within {p95:.2g} s, {bad} failed, "
        f"{len(tail.waiting_s)} users waiting; {tail.done} answers so far"
    )
