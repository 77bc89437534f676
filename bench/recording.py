"""What the store says to its driver, in the engine's own words, for the bare driver to say again."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

from bench.engines import Statement
from vendor_app.store.engine.postgres import PostgresConnection
from vendor_app.store.engine.sqlite import SqliteConnection
from vendor_app.store.tables import Tables


class _Nothing:
    """A driver's answer without rows: one row was changed."""

    description = None
    rowcount = 1

    def fetchall(self) -> list[Any]:
        return []

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class _Recorder:
    """Listens in a driver's place."""

    def __init__(self) -> None:
        self.said: list[Statement] = []

    def execute(self, sql: str, params: dict[str, Any]) -> _Nothing:
        self.said.append((sql, params))
        return _Nothing()

    def close(self) -> None:
        """Nothing to close."""


def record(url: str, queries: Callable[[Tables], Any]) -> list[Statement]:
    """The statements of these queries with their parameters as the driver gets them."""
    recorder = _Recorder()
    if url.startswith("sqlite"):
        queries(Tables(SqliteConnection(cast(Any, SimpleNamespace(conn=recorder, close=recorder.close)))))
    else:
        queries(Tables(PostgresConnection(cast(Any, recorder))))
    return recorder.said
