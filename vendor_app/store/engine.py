"""The seam to the database engines: what the queries, and whoever opens transactions, may rely on.

Two engines stand behind it: SQLite (sqlite.py) and PostgreSQL (postgres.py). A query exists once, in SQL both speak, with
named parameters (`:name`). Where an engine needs its own words they are a named operation here, never an `if` in a query.

What a transaction may rely on, on both engines:

- What it wrote is durable once its block has ended, and gone when the block raised.
- Rows it read through `for_update` do not change before it ends. (SQLite: `BEGIN IMMEDIATE`, there is one writer. PostgreSQL:
  READ COMMITTED and row locks, so a row that was *not* read so may change between two statements.)
- After `lock(name)` nobody else is between their `lock` of that name and the end of their transaction, in any process on any
  host. Where several are taken, it is the community's before the client's.
- An INSERT that meets a key somebody else is just writing waits for them.

Values cross the seam by column name: `…_at` and `…_until` are aware datetimes above; the columns in `JSON_COLUMNS` are dicts
and lists above.
"""

import logging
import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from vendor_app.store.errors import StoreError, StoreUnavailable

log = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 1.0
# Nothing a partner has to say lies deeper, and Python can go only so deep.
_DEEPEST = 50
Row = dict[str, Any]
JSON_COLUMNS = frozenset(
    {"profile", "unit_names", "visit_unit_names", "payload", "answer", "detail", "address", "geolocation", "rules"}
)


class Connection(ABC):
    """Runs queries, each with its named parameters, on one connection. Belongs to one thread."""

    for_update: str
    """Ends a SELECT whose rows must not change before the transaction ends."""
    skipping_locked: str
    """Ends a SELECT that takes rows for itself and passes over those somebody else is taking."""

    @abstractmethod
    def query(self, sql: str, **params: Any) -> list[Row]:
        """All rows."""

    @abstractmethod
    def execute(self, sql: str, **params: Any) -> int:
        """How many rows were changed."""

    @abstractmethod
    def stream(self, sql: str) -> Iterator[Row]:
        """All rows, a few in memory at a time, inside a transaction; one stream at a time."""

    @abstractmethod
    def tables(self) -> dict[str, set[str]]:
        """The tables there are and their columns, without those the engine and the migrations keep for themselves."""

    @abstractmethod
    def applied(self) -> set[str]:
        """The migrations the database has had."""

    @abstractmethod
    def lock(self, name: str) -> None:
        """Be alone under this name until the transaction ends."""

    def one(self, sql: str, **params: Any) -> Row | None:
        """The first row, or None."""
        rows = self.query(sql, **params)
        return rows[0] if rows else None


class Database(ABC):
    """One database, used by any number of threads and processes."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A connection for single reads; each sees what is committed at that moment."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Connection]:
        """A write transaction: committed when the block ends, undone when it raises.

        Raises StoreUnavailable when the database is busy or out of reach, StoreError when it refuses.
        """

    @abstractmethod
    def migrate(self) -> list[str]:
        """Bring the schema up to date, safe in many processes at once; the names of what was applied.

        Raises DatabaseTooNew for a database that a newer version of the product has migrated.
        """

    @abstractmethod
    def is_current(self) -> bool:
        """Whether the database answers and has every migration. Raises StoreUnavailable when it does not answer."""

    def prepare(self) -> None:
        """Migrate; where the database is still coming up, go on without it and migrate as soon as it answers.

        Raises DatabaseTooNew.
        """
        try:
            self.migrate()
        except StoreUnavailable as error:
            log.warning("%s; going on without it until it does", error)
            threading.Thread(target=self._migrate_when_it_answers, name="migrate", daemon=True).start()

    def _migrate_when_it_answers(self) -> None:
        gone = threading.Event()
        while not gone.wait(_TRY_AGAIN_SECONDS):
            try:
                self.migrate()
            except StoreUnavailable:
                continue
            except StoreError:
                log.exception("the database cannot be migrated")
            else:
                log.info("the database answers and is up to date")
            return

    def close(self) -> None:  # noqa: B027 - an engine without a pool has nothing to end
        """Give the connections back."""


def storable(value: Any, deepest: int = _DEEPEST) -> Any:
    """What no engine stores, and JSON from outside can carry, as something they do: NUL and lone surrogates in text, numbers
    that are none, and what lies more than `deepest` levels down.
    """
    if isinstance(value, str):
        return str(value).replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if not isinstance(value, dict | list):
        return value
    if deepest <= 0:
        return "…"
    if isinstance(value, dict):
        return {storable(name): storable(inner, deepest - 1) for name, inner in value.items()}
    return [storable(inner, deepest - 1) for inner in value]
