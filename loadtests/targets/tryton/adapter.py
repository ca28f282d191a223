"""PLM verbs on a Tryton server, as its own clients send them (JSON-RPC).

Tryton has no check-out: who writes names the time stamp he read, and is refused when somebody else was faster. So
`edit` and `file` read and write under that condition. A change is a production order, approved by `wait`.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loadtests.client import Answer, Client, RequestError, by_status
from loadtests.targets.base import Catalogue, Visit
from loadtests.targets.tryton.dataset import PASSWORD, USERS

ITEM_FIELDS = [
    "code", "rec_name", "description", "template", "default_uom.rec_name", "list_price", "cost_price", "boms",
    "_timestamp",
]  # fmt: skip
MOST_KNOWN = 4_000
SEARCH_LIMIT, INBOX, IMPORTED, REPORTED = 50, 20, 20, 100
REFUSALS = {"ConcurrencyException", "UserError", "UserWarning"}


@dataclass(frozen=True, slots=True)
class Session:
    """A logged-in account: what its requests carry, and the context Tryton wants with every call."""

    headers: dict[str, str]
    context: dict[str, Any]
    unit: int


class Tryton:
    """The target kind `tryton`. accounts  how many of the accounts user1, user2, ... are shared by the users."""

    def __init__(self, accounts: int = USERS, password: str = PASSWORD) -> None:
        self._accounts, self._password = accounts, password
        self.verbs: Mapping[str, Callable[[Visit], object]] = {
            "search": search, "open_item": open_item, "expand_bom": expand_bom, "where_used": where_used, "edit": edit,
            "file": check_out_and_in, "create_part": create_part, "engineering_change": engineering_change,
            "approve": approve, "bulk_import": bulk_import, "report": report,
        }  # fmt: skip

    def judge(self, answer: Answer) -> tuple[str, str]:
        """Tryton answers errors of the application with status 200 and an "error" in the body."""
        if answer.status == 200 and not answer.body.startswith(b'{"id":') and b'"error"' not in answer.body[:200]:
            return "error", f"no answer of Tryton: {answer.body[:80]!r}"
        if answer.status != 200 or b'"error"' not in answer.body[:200]:
            return by_status(answer)
        error = json.loads(answer.body).get("error")
        if not error:
            return "ok", ""
        return ("refused" if error[0] in REFUSALS else "error"), ": ".join(map(str, error[:2]))

    def log_in(self, client: Client, number: int) -> Session:
        """A session of account `number` modulo the number of accounts."""
        login = f"user{number % self._accounts + 1}"
        user, key = call(client, "common.db.login", login, {"password": self._password}, "en")[:2]
        word = base64.b64encode(f"{login}:{user}:{key}".encode()).decode()
        client.headers = {"Authorization": f"Session {word}"}
        preferences = call(client, "model.res.user.get_preferences", True, {})
        context = {"company": preferences["company"], "language": "en"}
        (unit,) = call(client, "model.product.uom.search", [["symbol", "=", "u"]], 0, 1, None, context)
        return Session(client.headers, context, unit)

    def catalogue(self, client: Client, session: Session) -> Catalogue:
        """Up to 4,000 of each: items, items with a bill, files; items spread evenly over all there are."""
        items = spread(_known(client, session, "product.product", [["code", "like", "P______"]], "code"))
        made = spread(_known(client, session, "product.product", [["boms", "!=", None]], "code"))
        files = _known(client, session, "ir.attachment", [], "name")
        terms = tuple(dict.fromkeys(row["code"][:-1] for row in items))
        return Catalogue(_ids(items), _ids(made), _ids(files), terms)


def spread(rows: list[dict[str, Any]], most: int = MOST_KNOWN) -> list[dict[str, Any]]:
    """At most `most` of the rows, evenly over all of them."""
    return [rows[i * len(rows) // most] for i in range(most)] if len(rows) > most else rows


def _ids(rows: list[dict[str, Any]]) -> tuple[int, ...]:
    return tuple(row["id"] for row in rows)


def _known(client: Client, session: Session, model: str, domain: list[Any], text: str) -> list[dict[str, Any]]:
    order = [["id", "ASC"]]
    rows: list[dict[str, Any]] = call(
        client, f"model.{model}.search_read", domain, 0, None, order, [text], session.context
    )
    return rows


def call(client: Client, method: str, *params: Any) -> Any:
    """The result of one remote call, named after its method in the record."""
    return client.call(method, "POST", "/", {"id": 1, "method": method, "params": params}).json()["result"]


def search(visit: Visit) -> None:
    """Items whose number starts with a text, as the list view asks for them."""
    domain = [["code", "ilike", f"{visit.term()}%"]]
    fields = ["code", "rec_name", "default_uom.rec_name", "list_price"]
    _call(visit, "product.product.search_read", domain, 0, SEARCH_LIMIT, None, fields)


def open_item(visit: Visit) -> None:
    """An item's form, then the names of its files."""
    (item,) = _call(visit, "product.product.read", [visit.item()], ITEM_FIELDS)
    of_item = [["resource", "=", f"product.template,{item['template']}"]]
    _call(visit, "ir.attachment.search_read", of_item, 0, SEARCH_LIMIT, None, ["name", "data_size"])


def expand_bom(visit: Visit) -> None:
    """The whole tree below an assembly: Tryton's own wizard, four calls."""
    item, wizard = visit.assembly(), "wizard.production.bom.tree.open"
    context = {**visit.session.context, "active_id": item, "active_ids": [item], "active_model": "product.product"}
    number = call(visit.client, f"{wizard}.create", context)[0]
    start = call(visit.client, f"{wizard}.execute", number, {}, "start", context)
    given = {name: value for name, value in start["view"]["defaults"].items() if not name.endswith(".")}
    call(visit.client, f"{wizard}.execute", number, {"start": {**given, "quantity": 1}}, "tree", context)
    call(visit.client, f"{wizard}.delete", number, context)


def where_used(visit: Visit) -> None:
    """The bills an item is on."""
    domain = [["product", "=", visit.item()]]
    _call(visit, "production.bom.input.search_read", domain, 0, 1000, None, ["bom.rec_name", "quantity"])


def edit(visit: Visit) -> None:
    """Open an item and write its description, unless somebody else wrote since."""
    (item,) = _call(visit, "product.product.read", [visit.item()], ITEM_FIELDS)
    stamp = {f"product.product,{item['id']}": item["_timestamp"]}
    _call(visit, "product.product.write", [item["id"]], {"description": f"edited {visit.text()}"}, _timestamp=stamp)


def check_out_and_in(visit: Visit) -> None:
    """Fetch a file, and store its next version unless somebody else did since."""
    number = visit.file()
    (file,) = _call(visit, "ir.attachment.read", [number], ["name", "data", "_timestamp"])
    content = base64.b64decode(file["data"]["base64"])
    next_version = base64.b64encode(content[:-10] + visit.text().encode()).decode()
    data = {"__class__": "bytes", "base64": next_version}
    stamp = {f"ir.attachment,{number}": file["_timestamp"]}
    _call(visit, "ir.attachment.write", [number], {"data": data}, _timestamp=stamp)


def create_part(visit: Visit) -> None:
    """A new part with one variant."""
    _call(visit, "product.template.create", [_part(visit)])


def bulk_import(visit: Visit) -> None:
    """Many new parts in one call."""
    _call(visit, "product.template.create", [_part(visit) for _ in range(IMPORTED)])


def engineering_change(visit: Visit) -> None:
    """A production order for an assembly by its bill."""
    item = visit.assembly()
    (read,) = _call(visit, "product.product.read", [item], ["code", "boms", "boms.bom"])
    bom = _call(visit, "product.product-production.bom.read", read["boms"][:1], ["bom"])[0]["bom"]
    order = {"product": item, "bom": bom, "quantity": 1, "unit": visit.session.unit}
    _call(visit, "production.create", [order])


def approve(visit: Visit) -> None:
    """Look at the oldest open orders, pick one and let it pass. Two who pick the same one: one is refused."""
    oldest, fields = [["id", "ASC"]], ["rec_name", "product.rec_name"]
    open_orders = _call(visit, "production.search_read", [["state", "=", "draft"]], 0, INBOX, oldest, fields)
    if not open_orders:
        raise RequestError("refused", "no open order is left to approve")
    order = open_orders[visit.draws.whole(len(open_orders))]["id"]
    _call(visit, "production.wait", [order])


def report(visit: Visit) -> None:
    """A table of items as the client's export pulls it."""
    first = visit.draws.whole(max(1, len(visit.catalogue.items) - REPORTED))
    fields = ["code", "rec_name", "description", "default_uom/rec_name", "list_price", "template/name", "boms/bom/name"]
    _call(visit, "product.product.export_data", list(visit.catalogue.items[first : first + REPORTED]), fields)


def _part(visit: Visit) -> dict[str, Any]:
    name, unit = f"new {visit.text()}", visit.session.unit
    variant = {"description": "made by a load test", "cost_price": {"__class__": "Decimal", "decimal": "1"}}
    price = {"__class__": "Decimal", "decimal": "2"}
    return {
        "name": name, "code": name, "type": "goods", "default_uom": unit, "list_price": price,
        "products": [["create", [variant]]],
    }  # fmt: skip


def _call(visit: Visit, method: str, *params: Any, **context: Any) -> Any:
    return call(visit.client, f"model.{method}", *params, {**visit.session.context, **context})
