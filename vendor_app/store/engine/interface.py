"""The interface to the database engines: what queries and transactions may rely on.

Two engines stand behind it: SQLite (sqlite.py) and PostgreSQL (postgres.py). A query exists once, in SQL both speak, with
named parameters (`:name`). Where an engine needs its own words they are a named operation here, never an `if` in a query.

What a transaction may rely on, on both engines:

- What it wrote is durable once its block has ended, and gone when the block raised.
- Rows it read through `for_update` do not change before it ends. (SQLite: `BEGIN IMMEDIATE`, there is one writer. PostgreSQL:
  READ COMMITTED and row locks, so a row that was *not* read so may change between two statements.)
- After `lock(name)` nobody else is between their `lock` of that name and the end of their transaction, in any process on any
  host. Where several are taken, it is the community's before the client's.
- An INSERT that meets a key somebody else is just writing waits for them.

Values are converted by column name: `…_at` and `…_until` are aware datetimes in Python; the columns in `JSON_COLUMNS` are dicts
and lists.
"""

import logging
import math
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from vendor_app.store.errors import StoreError, StoreUnavailable

log = logging.getLogger(__name__)

_TRY_AGAIN_SECONDS = 1.0
# Deeper JSON is cut off: partners send nothing so deep, and Python's recursion is limited.
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
        """Take the lock of this name until the transaction ends."""

    @abstractmethod
    def announce(self) -> None:
        """Once the transaction is committed, wake one process that waits for news of this database."""

    def one(self, sql: str, **params: Any) -> Row | None:
        """The first row, or None."""
        rows = self.query(sql, **params)
        return rows[0] if rows else None


class News(ABC):
    """Waits for announcements of transactions."""

    @abstractmethod
    def wait(self, seconds: float) -> bool:
        """Whether something was announced since the last call, or is within so many seconds. Raises StoreUnavailable."""


class Database(ABC):
    """One database, used by any number of threads and processes."""

    _preparing: threading.Thread | None = None

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A connection for single reads; each sees what is committed at that moment."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Connection]:
        """A write transaction: committed when the block ends, undone when it raises.

        Raises StoreUnavailable when the database is busy or out of reach, StoreError when it refuses.
        """

    @abstractmethod
    def inbox(self) -> AbstractContextManager[Connection]:
        """The same, to keep what a partner tells us. It waits less: a partner repeats what we refuse.

        Where the engine has several who write, it does not queue behind the others.
        """

    @abstractmethod
    def news(self) -> AbstractContextManager[News]:
        """Listen to what is announced from now on. Raises StoreUnavailable.

        News may get lost, so listeners must also look for themselves now and then.
        """

    @abstractmethod
    def migrate(self) -> list[str]:
        """Bring the schema up to date, safe in many processes at once; the names of what was applied.

        Raises DatabaseTooNew for a database that a newer version of the product has migrated.
        """

    @abstractmethod
    def is_current(self) -> bool:
        """Whether the database answers and has every migration. Raises StoreUnavailable when it does not answer."""

    @abstractmethod
    def make_private(self) -> None:
        """Create the database's file and folder, where it has them, readable by their owner only."""

    def prepare(self, migrate: Callable[[], object], end: Callable[[int], object] = os._exit) -> None:
        """Run `migrate`; where the database is still coming up, go on without it and run it as soon as it answers.

        Until it has been run nobody else gets a connection (StoreUnavailable). Raises StoreError when it refuses; once we have
        gone on without the database a refusal is logged and ends the process, with status 2.
        """
        try:
            migrate()
        except StoreUnavailable as error:
            log.warning("%s; going on without it until it does", error)
            self._preparing = threading.Thread(target=self._when_it_answers, args=(migrate, end), name="migrate", daemon=True)
            self._preparing.start()

    def _when_it_answers(self, migrate: Callable[[], object], end: Callable[[int], object]) -> None:
        gone = threading.Event()
        while not gone.wait(_TRY_AGAIN_SECONDS):
            try:
                migrate()
            except StoreUnavailable:
                continue
            except Exception as error:  # whatever it is: the database must not be used as it is
                log.critical("the database cannot be used: %s", error, exc_info=not isinstance(error, StoreError))
                end(2)
            else:
                self._preparing = None
                log.info("the database answers and is up to date")
            return

    def _refuse_unprepared(self) -> None:
        """Raise StoreUnavailable for everybody but the thread that prepares the database."""
        if self._preparing not in (None, threading.current_thread()):
            raise StoreUnavailable("the database did not answer yet")

    @abstractmethod
    def close(self) -> None:
        """Give the connections back: all of the pool, or the calling thread's."""


def storable(value: Any, deepest: int = _DEEPEST) -> Any:
    """The value with what no engine can store replaced: NUL and lone surrogates in text, numbers such as NaN, and whatever lies
    more than `deepest` levels down.
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
