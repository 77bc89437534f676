"""News between the processes that use one PostgreSQL database: LISTEN and NOTIFY."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from vendor_app.store.engine.interface import News

_CHANNEL = "vendor_news"
TELL = f"SELECT pg_notify('{_CHANNEL}', '')"


@contextmanager
def listen(url: str, connect_seconds: int) -> Iterator[News]:
    """Listen to the announcements from now on; every listener gets them. Raises psycopg.Error, `wait` too."""
    with psycopg.connect(url, autocommit=True, connect_timeout=connect_seconds) as own:
        own.execute(f"LISTEN {_CHANNEL}")
        yield _Listener(own)


class _Listener(News):
    def __init__(self, own: psycopg.Connection[Any]) -> None:
        self._own = own

    def wait(self, seconds: float) -> bool:
        return any(self._own.notifies(timeout=seconds, stop_after=1))
