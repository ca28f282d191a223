"""What a load test needs to know about a PLM: how to log in, what exists, and how to do each verb."""

import importlib
import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any, Protocol
from urllib.parse import urlsplit

from loadtests.client import Answer, Client
from loadtests.deck import Draws

VERBS = {
    "search": "find items by a part of their number",
    "open_item": "open an item with its files",
    "expand_bom": "expand a multi-level bill of materials",
    "where_used": "list the assemblies an item is used in",
    "edit": "change an attribute of an item",
    "file": "check a file out, and check its next version in",
    "create_part": "create a part",
    "engineering_change": "open an engineering change or order",
    "approve": "pick an open change and approve it",
    "bulk_import": "import many parts at once",
    "report": "pull a table of items",
}
GROUP = "plm_twin.targets"
BUILT_IN = {
    "tryton": "loadtests.targets.tryton.adapter:Tryton",
    "odata": "loadtests.targets.odata:OData",
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What exists on a server, as far as users need it: ids and a text to search by, in the server's own order."""

    items: tuple[Any, ...]
    assemblies: tuple[Any, ...] = ()
    files: tuple[Any, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(slots=True)
class Visit:
    """One transaction about to happen: the connection, what exists, and what chance decides about it.

    run  tells the texts of this run from those an earlier run left on the same server.
    """

    client: Client
    catalogue: Catalogue
    draws: Draws
    session: Any = None
    run: str = ""

    def item(self) -> Any:
        """The id of some item."""
        return self.catalogue.items[self.draws.whole(len(self.catalogue.items))]

    def assembly(self) -> Any:
        """The id of some item that has a bill of materials."""
        return self.catalogue.assemblies[self.draws.whole(len(self.catalogue.assemblies))]

    def file(self) -> Any:
        """The id of some file."""
        return self.catalogue.files[self.draws.whole(len(self.catalogue.files))]

    def term(self) -> str:
        """A text that some items are found by."""
        return self.catalogue.terms[self.draws.whole(len(self.catalogue.terms))]

    def text(self) -> str:
        """A text that hardly comes twice."""
        return f"{self.run}{self.draws.whole(2**40):010x}"


class Target(Protocol):
    """A kind of PLM. verbs names what it can do, each with the function that does it."""

    verbs: Mapping[str, Callable[[Visit], object]]

    def judge(self, answer: Answer) -> tuple[str, str]:
        """Outcome of an answer (see journal.OUTCOMES) and the reason when it is not ok."""

    def log_in(self, client: Client, number: int) -> Any:
        """A session of one of the server's accounts; every client of the session sends its headers."""

    def catalogue(self, client: Client, session: Any) -> Catalogue:
        """What exists, read from the server itself."""


@dataclass(frozen=True, slots=True)
class Address:
    """Which server, and of which kind.

    kind     tryton, odata, a name that an installed package registers under plm_twin.targets, or module:Class.
    options  what the kind wants to know besides, e.g. how its verbs are spelled.
    """

    kind: str
    url: str
    options: dict[str, Any] = field(default_factory=dict)


def target_of(address: Address) -> Target:
    """The target of an address. Raises ValueError when its kind is unknown or it names verbs that don't exist."""
    registered = {point.name: point.value for point in entry_points(group=GROUP)}
    place = {**registered, **BUILT_IN}.get(address.kind, address.kind)
    module, colon, name = place.partition(":")
    if not colon:
        known = ", ".join(sorted({**registered, **BUILT_IN}))
        raise ValueError(f'target kind "{address.kind}" is unknown; write one of {known}, or module:Class')
    try:
        target: Target = getattr(importlib.import_module(module), name)(**address.options)
    except (ImportError, AttributeError) as error:
        raise ValueError(f'target kind "{address.kind}" cannot be loaded: {error}') from None
    if strange := sorted(target.verbs.keys() - VERBS.keys()):
        raise ValueError(f"target {address.kind} names unknown verbs {', '.join(strange)}; known: {', '.join(VERBS)}")
    return target


def refuse_strangers(url: str, owned: str | None) -> None:
    """Raises ValueError unless every address of the url's host is this machine's own, or the host is `owned`."""
    host = urlsplit(url).hostname or ""
    if owned and owned == host:
        return
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        raise ValueError(f"host {host} is not known here; check the address {url}") from None
    if not all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in addresses):
        raise ValueError(
            f"{host} is not this machine; if you may put load on it, repeat the command with --i-own-this-target {host}"
        )
