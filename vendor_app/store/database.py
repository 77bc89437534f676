"""The seam to the database engine: open, read, transaction, migrate. SQLite, by sqlite-utils.

What every transaction relies on: it starts with `BEGIN IMMEDIATE`, so what it reads cannot change before it commits, and
nobody else writes meanwhile. (`db.atomic()` opens a deferred BEGIN: read-then-write fails at once under load.) A lock
a process keeps its own threads in a fair queue, which SQLite's busy handler does not. WAL with `synchronous=FULL`:
an answer we gave survives a power cut.

Values cross the seam by column name: `…_at` and `…_until` are aware datetimes above and fixed-width UTC text below, so
that text order is time order; the columns in `_JSON` are dicts and lists above and JSON text below.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlite_utils

from vendor_app.store.errors import DatabaseTooNew, StoreError, StoreUnavailable
from vendor_app.store.migrations import history

log = logging.getLogger(__name__)

Row = dict[str, Any]
_JSON = frozenset({"profile", "unit_names", "payload", "answer", "detail", "address", "geolocation"})
_BUSY_SECONDS = 20.0
_LATEST_UNSAFE_WAL = (3, 51, 2)


class Connection:
    """Runs queries, each with its named parameters. Belongs to one thread."""

    def __init__(self, engine: sqlite_utils.Database) -> None:
        self.engine = engine

    def query(self, sql: str, **params: Any) -> list[Row]:
        """All rows."""
        cursor = self.engine.conn.execute(sql, {name: _to_column(name, value) for name, value in params.items()})
        names = [column[0] for column in cursor.description or ()]
        return [{name: _from_column(name, value) for name, value in zip(names, row, strict=True)} for row in cursor]

    def one(self, sql: str, **params: Any) -> Row | None:
        """The first row, or None."""
        rows = self.query(sql, **params)
        return rows[0] if rows else None

    def execute(self, sql: str, **params: Any) -> int:
        """How many rows were changed."""
        return self.engine.conn.execute(sql, {name: _to_column(name, value) for name, value in params.items()}).rowcount


class Database:
    """One database, used by any number of threads and processes."""

    def __init__(self, url: str) -> None:
        """`url` is `sqlite:///path`, relative to the working directory or, with a fourth slash, absolute."""
        self._path = Path(url.removeprefix("sqlite:///"))
        self._writing = threading.Lock()
        self._of_thread = threading.local()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for single reads; each sees what is committed at that moment."""
        with _engine_errors():
            yield self._connection()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction: committed when the block ends, undone when it raises."""
        with _engine_errors(), self._writing:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.engine.conn.rollback()
                raise

    def migrate(self) -> list[str]:
        """Bring the schema up to date, safe in many processes at once; the names of what was applied.

        Raises DatabaseTooNew for a database that a newer version of the product has migrated.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self.transaction() as tx:
            known = {migration.name for migration in history.pending(sqlite_utils.Database(memory=True))}
            applied = {migration.name for migration in history.applied(tx.engine)}
            if unknown := applied - known:
                raise DatabaseTooNew(f"{self._path} has migrations this version does not know: {', '.join(sorted(unknown))}")
            names = [migration.name for migration in history.pending(tx.engine)]
            history.apply(tx.engine)
        return names

    def is_current(self) -> bool:
        """Whether the database answers and has every migration. Raises StoreUnavailable when it does not answer."""
        with self.read() as connection:
            return not history.pending(connection.engine)

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = Connection(self._open())
        return connection

    def _open(self) -> sqlite_utils.Database:
        opened = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        engine = sqlite_utils.Database(opened)
        _use_wal(opened)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            opened.execute(f"PRAGMA {pragma}")
        return engine


def _use_wal(opened: sqlite3.Connection) -> None:
    """Once a database; the change to WAL ignores the busy timeout, so processes that start together have to take turns."""
    ends = time.monotonic() + _BUSY_SECONDS
    while opened.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            opened.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)


def warn_of_unsafe_engine() -> None:
    """Say so when the linked SQLite can corrupt a WAL database under simultaneous checkpoints (fixed in 3.51.3)."""
    if sqlite3.sqlite_version_info <= _LATEST_UNSAFE_WAL:
        log.warning(
            "SQLite %s can, rarely, corrupt a database when several processes checkpoint at the same instant; "
            "3.51.3 or newer is safe. Keep backups and upgrade SQLite.",
            sqlite3.sqlite_version,
        )


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(f"the database did not answer: {error}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"the database refused: {error}") from error


def _to_column(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if name in _JSON and value is not None:
        return json.dumps(_storable(value))
    return _storable(value)


def _storable(value: Any) -> Any:
    """Text without what no engine stores in text: NUL and lone surrogates, which JSON from outside can carry."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def _from_column(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith(("_at", "_until")):
        return datetime.fromisoformat(value)
    return json.loads(value) if name in _JSON else value
