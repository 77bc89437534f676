"""SQLite, by sqlite-utils: one machine.

Every write transaction starts with `BEGIN IMMEDIATE`. (`db.atomic()` opens a deferred BEGIN: read-then-write fails at once under
load.) A gate within the process keeps its threads in a fair queue. Reads wait for no writer: WAL. With `synchronous=FULL` an
answer we gave survives a power cut. Times are fixed-width UTC text, so that text order is time order.
"""

import contextlib
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlite_utils

from vendor_app.store.engine import private, sqlite_news
from vendor_app.store.engine.gate import OF_A_JOB, Gate, Wait, WaitLimit
from vendor_app.store.engine.interface import JSON_COLUMNS, Connection, Database, News, Row, storable
from vendor_app.store.engine.migrations import refuse_newer
from vendor_app.store.engine.sqlite_history import HISTORY_OF_SQLITE
from vendor_app.store.engine.sqlite_locks import begin_immediate, use_wal
from vendor_app.store.errors import StoreError, StoreUnavailable

log = logging.getLogger(__name__)

_LATEST_UNSAFE_WAL = (3, 51, 2)


class SqliteConnection(Connection):
    """A connection of one thread."""

    for_update = ""
    skipping_locked = ""

    def __init__(self, engine: sqlite_utils.Database) -> None:
        self.engine = engine
        self.has_news = False

    def __del__(self) -> None:
        """Close with its thread. By itself sqlite3's would wait for the garbage collector: its cache of statements holds it."""
        with contextlib.suppress(sqlite3.Error):
            self.engine.close()

    def query(self, sql: str, **params: Any) -> list[Row]:
        """All rows."""
        return list(_rows(self._run(sql, params)))

    def execute(self, sql: str, **params: Any) -> int:
        """How many rows were changed."""
        return self._run(sql, params).rowcount

    def stream(self, sql: str) -> Iterator[Row]:
        """Row by row."""
        return _rows(self._run(sql, {}))

    def tables(self) -> dict[str, set[str]]:
        """As SQLite's schema has them."""
        found: dict[str, set[str]] = {}
        for row in self.query(
            """SELECT t.name AS table_name, c.name AS column_name FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' AND t.name <> :own""",
            own=HISTORY_OF_SQLITE.migrations_table,
        ):
            found.setdefault(row["table_name"], set()).add(row["column_name"])
        return found

    def applied(self) -> set[str]:
        """As sqlite-utils' migrations recorded them."""
        return {one.name for one in HISTORY_OF_SQLITE.applied(self.engine)}

    def lock(self, name: str) -> None:
        """Nothing to do: there is only one writer at a time."""

    def announce(self) -> None:
        """Noted here; the database announces it after the commit."""
        self.has_news = True

    def _run(self, sql: str, params: dict[str, Any]) -> sqlite3.Cursor:
        return self.engine.conn.execute(sql, {name: _to_column(name, value) for name, value in params.items()})


class SqliteDatabase(Database):
    """A database file; connections belong to one thread each."""

    def __init__(self, path: str, wait: Wait = OF_A_JOB) -> None:
        self._path = Path(path)
        self._seconds = wait.seconds
        self._wait_limit = WaitLimit(wait.seconds, wait.in_vain)
        self._wait_limit_of_inbox = WaitLimit(wait.seconds_of_inbox, wait.in_vain)
        self._writing = Gate(1, wait.most, moment=0.05)
        self._of_thread = threading.local()

    @contextmanager
    def read(self) -> Iterator[SqliteConnection]:
        """The thread's connection."""
        self._refuse_unprepared()
        with _engine_errors():
            yield self._connection()

    @contextmanager
    def transaction(self) -> Iterator[SqliteConnection]:
        """The only writer, from its first statement on."""
        with self._alone(self._wait_limit) as connection:
            yield connection

    @contextmanager
    def inbox(self) -> Iterator[SqliteConnection]:
        """The same, with a shorter wait."""
        with self._alone(self._wait_limit_of_inbox) as connection:
            yield connection

    @contextmanager
    def _alone(self, limit: WaitLimit) -> Iterator[SqliteConnection]:
        self._refuse_unprepared()
        ends = time.monotonic() + limit.seconds()
        with _engine_errors(), self._writing.place(limit):
            connection = self._connection()
            begin_immediate(connection.engine.conn, self._seconds, ends, limit)
            connection.has_news = False
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.engine.conn.rollback()
                raise
        if connection.has_news:
            sqlite_news.tell(self._path)

    @contextmanager
    def news(self) -> Iterator[News]:
        """By a pipe beside the database file."""
        with sqlite_news.listen(self._path) as news:
            yield news

    @contextmanager
    def snapshot(self) -> Iterator[SqliteConnection]:
        """The file as it is now, opened so that it cannot be written.

        Raises StoreError when there is no file, and at the end when somebody wrote to it meanwhile.
        """
        if not self._path.is_file():
            raise StoreError(f"there is no database at {self._path}")
        with _engine_errors(), closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            before = _version(opened)
            opened.execute("BEGIN")
            yield SqliteConnection(sqlite_utils.Database(opened))
            opened.rollback()
            if _version(opened) != before:
                raise StoreError(f"{self._path} was written to meanwhile: stop every process that uses it")

    def migrate(self) -> list[str]:
        """All in one transaction, by sqlite-utils' migrations."""
        self.make_private()
        with self.transaction() as tx:
            refuse_newer(tx.applied(), str(self._path))
            names = [one.name for one in HISTORY_OF_SQLITE.pending(tx.engine)]
            HISTORY_OF_SQLITE.apply(tx.engine)
        return names

    def make_private(self) -> None:
        """The folder and the file; SQLite gives its log beside them the file's mode."""
        try:
            private.make_folder(self._path.parent)
            for one in (self._path, *(self._path.with_name(self._path.name + end) for end in ("-wal", "-shm"))):
                private.make_owner_only(one)
        except OSError as error:
            raise StoreUnavailable(f"the database did not answer: {self._path} ({error.strerror})") from error

    def is_current(self) -> bool:
        """Whether nothing is pending."""
        with self.read() as connection:
            return not HISTORY_OF_SQLITE.pending(connection.engine)

    def close(self) -> None:
        """Close the calling thread's connection."""
        connection: SqliteConnection | None = getattr(self._of_thread, "connection", None)
        if connection is not None:
            connection.engine.close()
            del self._of_thread.connection

    def _connection(self) -> SqliteConnection:
        connection: SqliteConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = SqliteConnection(self._open())
        return connection

    def _open(self) -> sqlite_utils.Database:
        with contextlib.suppress(OSError):  # which SQLite will tell better
            private.make_file(self._path)
        opened = sqlite3.connect(self._path, timeout=self._seconds)
        engine = sqlite_utils.Database(opened)
        use_wal(opened, self._seconds)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            opened.execute(f"PRAGMA {pragma}")
        return engine


def _version(opened: sqlite3.Connection) -> Any:
    """SQLite's data version, which changes whenever another connection has committed."""
    return opened.execute("PRAGMA data_version").fetchone()[0]


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


def _rows(cursor: sqlite3.Cursor) -> Iterator[Row]:
    names = [column[0] for column in cursor.description or ()]
    for row in cursor:
        yield {name: _from_column(name, value) for name, value in zip(names, row, strict=True)}


def _to_column(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if name in JSON_COLUMNS and value is not None:
        return json.dumps(storable(value))
    return storable(value)


def _from_column(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith(("_at", "_until")):
        return datetime.fromisoformat(value)
    return json.loads(value) if name in JSON_COLUMNS else value
