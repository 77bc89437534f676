"""The base class of every table's queries."""

from typing import Any

from vendor_app.store.engine.database import Connection


class Table:
    """The queries of one table, run on one connection."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def delete_some(self, table: str, key: str, where: str, most: int, **params: Any) -> int:
        """Delete at most `most` rows of a table, which has one column as its key; how many were deleted."""
        return self._db.execute(
            f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {where} LIMIT :most)", most=most, **params
        )
