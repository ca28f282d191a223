"""What a system holds, by the names its users know: to be compared after both systems took the same writes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from loadtests.client import Client
from loadtests.rehearsal.asking import Side
from loadtests.targets.base import Target
from loadtests.targets.tryton.adapter import Session, Tryton, call

State = dict[str, dict[str, str]]
MOST_EXAMPLES = 5


@runtime_checkable
class Readable(Protocol):
    """A target that can say what its server holds: kind of thing -> name of the thing -> digest of its content."""

    def state(self, client: Client, session: Any) -> State:
        """Everything of a kind, by a name that both systems give it."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Things of one kind of which the two systems hold different content, or which only one of them holds."""

    kind: str
    count: int
    total: int
    examples: tuple[str, ...]


def state_of(side: Side) -> State | None:
    """What a side's server holds; None when its target cannot say."""
    target: Target = side.crew.target
    client, session = side.worker.client, side.worker.session
    found: list[State] = []

    def read() -> None:
        found.append(target.state(client, session) if isinstance(target, Readable) else _tryton(client, session))

    if not isinstance(target, Readable | Tryton):
        return None
    if side.worker.client.transact(-1, "", "reconcile", 0, read) != "ok":
        raise RuntimeError(f"what {side.name} holds cannot be read: {client.why}")
    return found[0]


def reconciled(old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> list[Discrepancy]:
    """One entry for each kind of thing, those with most discrepancies first; those without have a count of 0."""
    found = []
    for kind in sorted(old.keys() | new.keys()):
        ours, theirs = old.get(kind, {}), new.get(kind, {})
        names = sorted(ours.keys() | theirs.keys())
        wrong = [name for name in names if ours.get(name) != theirs.get(name)]
        examples = tuple(_example(name, ours.get(name), theirs.get(name)) for name in wrong[:MOST_EXAMPLES])
        found.append(Discrepancy(kind, len(wrong), len(names), examples))
    return sorted(found, key=lambda one: -one.count)


def _example(name: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{name} is only in the {'new' if old is None else 'old'} system"
    return f"{name}: content differs"


def content(*values: Any) -> str:
    """A digest of some values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _tryton(client: Client, session: Session) -> State:
    """Items, bills (lines of each assembly), attachments and open orders of a Tryton server."""

    def rows(model: str, fields: list[str], domain: list[Any] | None = None) -> list[dict[str, Any]]:
        order = [["id", "ASC"]]
        answer: list[dict[str, Any]] = call(
            client, f"model.{model}.search_read", domain or [], 0, None, order, fields, session.context
        )
        return answer

    items = rows("product.product", ["code", "template.name", "template.list_price", "description"])
    code = {row["id"]: row["code"] for row in items}
    named = {row["id"]: row["name"] for row in rows("production.bom", ["name"])}
    lines: dict[str, list[list[Any]]] = {name: [] for name in named.values()}
    for row in rows("production.bom.input", ["bom", "product", "quantity"]):
        lines[named[row["bom"]]].append([code.get(row["product"]), row["quantity"]])
    files = rows("ir.attachment", ["name", "data_size"])
    orders = rows("production", ["product", "state", "quantity"], [["state", "=", "draft"]])
    open_orders: dict[str, int] = {}
    for row in orders:
        name = code.get(row["product"]) or "?"
        open_orders[name] = open_orders.get(name, 0) + 1
    return {
        "items": {
            row["code"]: content(row["template."]["name"], row["template."]["list_price"], row["description"])
            for row in items
        },
        "bills of materials": {name: content(sorted(mine, key=str)) for name, mine in lines.items()},
        "attachments": {row["name"]: content(row["data_size"]) for row in files},
        "open changes": {name: str(count) for name, count in open_orders.items()},
    }
