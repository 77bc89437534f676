"""The migrations in the form in which sqlite-utils applies and records them."""

import sqlite_utils
from sqlite_utils import Migrations

from vendor_app.store.engine.migrations import HISTORY

_WORDS = {"generated_id": "INTEGER PRIMARY KEY AUTOINCREMENT", "json": "TEXT"}


def migrations_of_sqlite() -> Migrations:
    """The history as it is now, in the words of SQLite."""
    migrations = Migrations("vendor")
    for name, statements in HISTORY.items():

        def apply(engine: sqlite_utils.db.Database, statements: str = statements) -> None:
            for statement in statements.format(**_WORDS).split(";"):
                engine.execute(statement)

        migrations(name=name)(apply)
    return migrations


HISTORY_OF_SQLITE = migrations_of_sqlite()
