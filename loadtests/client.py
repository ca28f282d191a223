"""HTTP as a load test needs it: every request is on record, with its outcome, before anybody judges it."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from loadtests.journal import Journal, now


class RequestError(Exception):
    """A request that did not do what the user wanted; outcome says how (see journal.OUTCOMES)."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sent back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON. Raises RequestError when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise RequestError("error", f"the answer is no JSON: {self.body[:80]!r}") from None


Judge = Callable[[Answer], tuple[str, str]]


def by_status(answer: Answer) -> tuple[str, str]:
    """Outcome and reason by HTTP's own rules: 409, 412 and 423 are refusals of a server that works."""
    if answer.status < 400:
        return "ok", ""
    outcome = "refused" if answer.status in (409, 412, 423) else "error"
    return outcome, f"HTTP {answer.status}: {answer.body[:120].decode(errors='replace')}"


class Client:
    """One user's connection to a server: calls are recorded, judged, and raise RequestError when not ok.

    headers  sent with every request; why  what went wrong in the last transaction, empty when nothing did.

    seen  called after each request with its name, length in seconds, bytes received and reason of failure or None.
    """

    def __init__(
        self, url: str, journal: Journal, *, timeout_s: float = 60.0, judge: Judge = by_status,
        seen: Callable[[str, float, int, str | None], None] | None = None,
    ) -> None:  # fmt: skip
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url} is no address of a server; write e.g. http://127.0.0.1:8500/plm/")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_s)
        self._base = parts.path.rstrip("/")
        self._journal, self._judge, self._seen = journal, judge, seen
        self._transaction, self._step = 0, 0
        self.headers: dict[str, str] = {}
        self.why = ""

    def transact(self, user: int, persona: str, verb: str, intended_at: int, work: Callable[[], object]) -> str:
        """The outcome of one transaction: everything `work` sends through this client, from its intended start."""
        self._transaction = self._journal.begin_transaction(user, persona, verb, intended_at, now())
        self._step = 0
        outcome, why = "cut", "stopped"
        try:
            work()
            outcome, why = "ok", ""
        except RequestError as failure:
            outcome, why = failure.outcome, str(failure)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            outcome, why = "error", f"unexpected answer: {type(error).__name__}: {error}"
        finally:
            self.why = why
            self._journal.end_transaction(self._transaction, now(), outcome, why)
        return outcome

    def call(
        self, name: str, method: str, path: str = "", body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The server's answer to one request; a body that is not bytes is sent as JSON.

        Raises RequestError with outcome timeout, reset, or what the judge says.
        """
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = {} if data is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
        started_at = now()
        number = self._journal.begin_request(self._transaction, self._step, name, started_at, len(data or b""))
        self._step += 1
        outcome, why, status, size = "cut", "stopped", 0, 0
        try:
            answer = self._send(method, self._base + path, data, {**kind, **self.headers, **(headers or {})})
            status, size = answer.status, len(answer.body)
            outcome, why = self._judge(answer)
        except TimeoutError:
            outcome, why = "timeout", f"no answer to {name} in {self._connection.timeout:g} s"
        except (OSError, http.client.HTTPException) as error:
            outcome, why = "reset", f"{type(error).__name__}: {error}"
        finally:
            if outcome not in ("ok", "refused"):
                self._connection.close()
            ended_at = now()
            self._journal.end_request(number, ended_at, outcome, status, size)
        if self._seen:
            self._seen(name, (ended_at - started_at) / 1e6, size, why if outcome != "ok" else None)
        if outcome != "ok":
            raise RequestError(outcome, why)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        self._connection.request(method, path or "/", data, headers)
        response = self._connection.getresponse()
        body = response.read()
        return Answer(response.status, body, dict(response.getheaders()))
