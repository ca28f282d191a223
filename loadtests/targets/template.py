"""A target to copy: another PLM in one file. Fill in how it logs in, what exists, and the verbs it can do.

Name it in a plan as `kind: my_module:MyPlm`, or let your package register it under the entry point group
plm_twin.targets. What you leave out of `verbs` is left out of the mix, and said so; never pretend.
"""

from collections.abc import Callable, Mapping
from typing import Any

from loadtests.client import Answer, Client, by_status
from loadtests.targets.base import Catalogue, Visit


class MyPlm:
    """A PLM with a JSON interface. The plan's `options` are the arguments of this function."""

    def __init__(self, token: str = "") -> None:
        self._token = token
        self.verbs: Mapping[str, Callable[[Visit], object]] = {"search": search, "open_item": open_item}

    def judge(self, answer: Answer) -> tuple[str, str]:
        """ok, refused (the server works and says no) or error, and the reason."""
        return by_status(answer)

    def log_in(self, client: Client, number: int) -> Any:
        """Log account `number` in. Headers set on the client here go with every later request of the session."""
        client.headers = {"Authorization": f"Bearer {self._token}"}
        return client.call("log in", "GET", "/session").json()

    def catalogue(self, client: Client, session: Any) -> Catalogue:
        """Ids of what exists, so that users can ask for it."""
        rows = client.call("catalogue", "GET", "/items?limit=2000").json()
        return Catalogue(tuple(row["id"] for row in rows), terms=tuple(row["number"][:4] for row in rows))


def search(visit: Visit) -> None:
    """One request; whatever the server answers is on record already."""
    visit.client.call("search", "GET", f"/items?number={visit.term()}")


def open_item(visit: Visit) -> None:
    """Two requests in one transaction."""
    item = visit.client.call("open", "GET", f"/items/{visit.item()}").json()
    visit.client.call("files", "GET", f"/items/{item['id']}/files")
