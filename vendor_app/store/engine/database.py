"""Which engine a database URL means."""

from vendor_app.store.engine.gate import OF_A_JOB, OF_A_PAGE, Wait
from vendor_app.store.engine.interface import Connection, Database, Row
from vendor_app.store.engine.postgres import PostgresDatabase
from vendor_app.store.engine.sqlite import SqliteDatabase, warn_of_unsafe_engine

__all__ = ["OF_A_JOB", "OF_A_PAGE", "Connection", "Database", "Row", "Wait", "open_database", "warn_about"]

POSTGRES_SCHEMES = ("postgresql://", "postgres://")
SQLITE_SCHEME = "sqlite:///"


def open_database(url: str, pool_size: int = 8, wait: Wait = OF_A_JOB) -> Database:
    """The database at `sqlite:///path` (a fourth slash makes it absolute) or `postgresql://…`; nothing is contacted yet.

    `wait` is how long whoever uses it waits for others who do.
    """
    if url.startswith(POSTGRES_SCHEMES):
        return PostgresDatabase(url, pool_size, wait)
    return SqliteDatabase(url.removeprefix(SQLITE_SCHEME), wait)


def warn_about(url: str) -> None:
    """Say what an operator should know about the engine at hand."""
    if url.startswith(SQLITE_SCHEME):
        warn_of_unsafe_engine()
