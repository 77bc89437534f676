"""The base class of every table's queries."""

from vendor_app.store.engine.database import Connection


class Table:
    """The queries of one table, run on one connection."""

    def __init__(self, db: Connection) -> None:
        self._db = db
