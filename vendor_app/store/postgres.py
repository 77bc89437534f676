"""PostgreSQL, by psycopg 3: any number of processes on any number of hosts.

Transactions run at READ COMMITTED. Times are `timestamptz`, JSON is `jsonb`; the session speaks UTC. Connections come from a
pool that checks each before it is lent and replaces those a restart or failover has cut; who finds the pool empty for
`_WAIT_SECONDS` gets StoreUnavailable.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool, PoolTimeout

from vendor_app.store.engine import Connection, Database, Row, storable
from vendor_app.store.errors import StoreError, StoreUnavailable
from vendor_app.store.migrations import HISTORY, refuse_newer

_WAIT_SECONDS = 5.0
_CONNECT_SECONDS = 5
_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)")
_MIGRATIONS = "vendor_migrations"


class PostgresConnection(Connection):
    """A connection lent by the pool."""

    for_update = "FOR UPDATE"
    skipping_locked = "FOR UPDATE SKIP LOCKED"

    def __init__(self, lent: psycopg.Connection[Row]) -> None:
        self._lent = lent

    def query(self, sql: str, **params: Any) -> list[Row]:
        """All rows."""
        return self._run(sql, params).fetchall()

    def execute(self, sql: str, **params: Any) -> int:
        """How many rows were changed."""
        return self._run(sql, params).rowcount

    def lock(self, name: str) -> None:
        """An advisory lock that ends with the transaction."""
        self._run("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", {"name": name})

    def _run(self, sql: str, params: dict[str, Any]) -> psycopg.Cursor[Row]:
        return self._lent.execute(_in_its_words(sql), {name: _to_column(value) for name, value in params.items()})


class PostgresDatabase(Database):
    """A PostgreSQL server, by its URL; at most `most` connections from this process."""

    def __init__(self, url: str, most: int) -> None:
        self._url = url
        self._most = most
        self._opening = threading.Lock()
        self._pool: ConnectionPool[psycopg.Connection[Row]] | None = None

    @contextmanager
    def read(self) -> Iterator[PostgresConnection]:
        """A connection in autocommit: every statement sees what is committed at its start."""
        with _engine_errors(), self._connections().connection() as lent:
            lent.autocommit = True
            try:
                yield PostgresConnection(lent)
            finally:
                if not lent.closed:
                    lent.autocommit = False

    @contextmanager
    def transaction(self) -> Iterator[PostgresConnection]:
        """READ COMMITTED."""
        with _engine_errors(), self._connections().connection() as lent:
            yield PostgresConnection(lent)

    def migrate(self) -> list[str]:
        """All in one transaction, under a lock of its own: the last of ten processes finds nothing left to do."""
        with self.transaction() as tx:
            tx.lock("migrations")
            tx.execute(f"CREATE TABLE IF NOT EXISTS {_MIGRATIONS} (name text PRIMARY KEY, applied_at timestamptz NOT NULL)")
            applied = {row["name"] for row in tx.query(f"SELECT name FROM {_MIGRATIONS}")}
            refuse_newer(applied, "the database")
            names = [name for name in HISTORY if name not in applied]
            for name in names:
                for statement in HISTORY[name].format(generated_id=_GENERATED_ID).split(";"):
                    tx.execute(statement)
                tx.execute(f"INSERT INTO {_MIGRATIONS} (name, applied_at) VALUES (:name, now())", name=name)
        return names

    def is_current(self) -> bool:
        """Whether nothing is pending."""
        with self.read() as db:
            if not db.one(f"SELECT to_regclass('{_MIGRATIONS}') AS found")["found"]:  # type: ignore[index]
                return False
            return {row["name"] for row in db.query(f"SELECT name FROM {_MIGRATIONS}")} >= HISTORY.keys()

    def close(self) -> None:
        """Close the pool."""
        with self._opening:
            if self._pool:
                self._pool.close(timeout=1)
                self._pool = None

    def _connections(self) -> "ConnectionPool[psycopg.Connection[Row]]":
        """The pool, opened by the first who needs it: after a worker process has begun its own life."""
        with self._opening:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self._url,
                    kwargs={"row_factory": dict_row, "options": "-c timezone=UTC", "connect_timeout": _CONNECT_SECONDS},
                    min_size=1,
                    max_size=self._most,
                    timeout=_WAIT_SECONDS,
                    reconnect_timeout=_WAIT_SECONDS,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool


_GENERATED_ID = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable(f"the database did not answer: {type(error).__name__}") from error
    except psycopg.Error as error:
        raise StoreError(f"the database refused: {type(error).__name__}") from error


@lru_cache(maxsize=256)
def _in_its_words(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


def _to_column(value: Any) -> Any:
    if isinstance(value, dict | list):
        return Jsonb(storable(value))
    return storable(str(value)) if isinstance(value, StrEnum) else storable(value)
