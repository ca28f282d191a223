"""Fills a fresh Tryton database with a company, users, items, bills of materials and files.

Run by a release's own Python:  python seed.py CONFIG DATABASE DATASET   (the data set as dataset.py writes it).
Everything goes through Tryton's own models, so each record passes the checks an interactive user's would.
"""

import hashlib
import json
import sys
from decimal import Decimal
from pathlib import Path

from trytond.config import config

BATCH = 500


def main(config_file: str, database: str, dataset_file: str) -> None:
    config.update_etc([config_file])
    from trytond.pool import Pool

    data = json.loads(Path(dataset_file).read_text(encoding="utf-8"))
    Pool.start()
    Pool(database).init()
    company = in_transaction(database, 0, {}, lambda: make_company(data["users"]))
    products = in_steps(database, company, data["items"], lambda batch: make_items(batch))
    boms = in_steps(database, company, data["boms"], lambda batch: make_boms(batch, products))
    in_steps(database, company, boms, link_boms)
    in_steps(database, company, data["changes"], lambda batch: make_changes(batch, products))
    in_steps(database, company, data["files"], lambda batch: make_files(batch, products), size=50)


def in_steps(database, company, rows, work, size=BATCH):
    """What `work` gives for all rows, one transaction a batch."""
    results = []
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        results += in_transaction(database, 1, {"company": company}, lambda batch=batch: work(batch))
    return results


def in_transaction(database, user, context, work):
    from trytond.transaction import Transaction

    with Transaction().start(database, user, context=context):
        return work()


def get(name):
    from trytond.pool import Pool

    return Pool().get(name)


def make_company(users):
    """The id of a new company that the administrator and the given users work for, with every group's rights."""
    User = get("res.user")
    (currency,) = get("currency.currency").create([{"name": "Euro", "symbol": "EUR", "code": "EUR"}])
    (party,) = get("party.party").create([{"name": "Appliances", "addresses": None}])
    (company,) = get("company.company").create([{"party": party.id, "currency": currency.id}])
    belongs = {"companies": [("add", [company.id])], "company": company.id}
    groups = [group.id for group in get("res.group").search([])]
    with_rights = {**belongs, "groups": [("add", groups)]}
    (admin,) = User.search([("login", "=", "admin")])
    User.write([admin], with_rights)
    User.create([{"name": u["login"], "login": u["login"], "password": u["password"], **with_rights} for u in users])
    return company.id


def make_items(rows):
    """The ids of new products, in the order of the rows."""
    (unit,) = get("product.uom").search([("symbol", "=", "u")])
    templates = get("product.template").create([
        {
            "name": row["name"], "code": row["code"], "type": "goods", "default_uom": unit.id,
            "producible": row["made"], "list_price": Decimal(row["price"]),
            "products": [("create", [{"description": row["description"], "cost_price": Decimal(row["price"])}])],
        }
        for row in rows
    ])  # fmt: skip
    return [template.products[0].id for template in templates]


def make_boms(rows, products):
    """Product and bill of each row, as ids."""
    (unit,) = get("product.uom").search([("symbol", "=", "u")])
    boms = get("production.bom").create([
        {
            "name": row["name"],
            "outputs": [("create", [{"product": products[row["item"]], "quantity": 1, "unit": unit.id}])],
            "inputs": [("create", [
                {"product": products[child], "quantity": quantity, "unit": unit.id} for child, quantity in row["inputs"]
            ])],
        }
        for row in rows
    ])  # fmt: skip
    return [(products[row["item"]], bom.id) for row, bom in zip(rows, boms, strict=True)]


def link_boms(pairs):
    """Makes each bill the one its product is made by."""
    return get("product.product-production.bom").create([{"product": item, "bom": bom} for item, bom in pairs])


def make_changes(rows, products):
    """An open production order for each item that has a bill."""
    Product = get("product.product")
    (unit,) = get("product.uom").search([("symbol", "=", "u")])
    made = [Product(products[item]) for item in rows]
    return get("production").create([
        {"product": item.id, "bom": item.boms[0].bom.id, "quantity": 1, "unit": unit.id} for item in made
    ])  # fmt: skip


def make_files(rows, products):
    """A file attached to the template of each row's item, where users look for it."""
    Product = get("product.product")
    templates = {row["item"]: Product(products[row["item"]]).template.id for row in rows}
    return get("ir.attachment").create([
        {
            "name": row["name"], "type": "data", "resource": f"product.template,{templates[row['item']]}",
            "data": content(row["name"], row["bytes"]),
        }
        for row in rows
    ])  # fmt: skip


def content(name, size):
    """Bytes that do not compress, the same for the same name."""
    return hashlib.shake_256(name.encode()).digest(size)


if __name__ == "__main__":
    main(*sys.argv[1:])
