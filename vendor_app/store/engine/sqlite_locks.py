"""Waiting for SQLite's lock between processes, where its own busy handler does that badly or not at all."""

import random
import sqlite3
import time

from vendor_app.store.engine.gate import WaitLimit
from vendor_app.store.errors import StoreUnavailable

_TRY_AGAIN_SECONDS = 0.004


def begin_immediate(opened: sqlite3.Connection, busy_seconds: float, ends: float, limit: WaitLimit) -> None:
    """Begin a transaction that may write, when nobody else is in one. Raises StoreUnavailable after `ends` (monotonic).

    `busy_seconds` is the busy handler's time for everything else.

    The busy handler tries at ever longer intervals, and starved one of two busy writers for eight seconds; trying every few
    milliseconds took half a second at most.
    """
    opened.execute("PRAGMA busy_timeout=0")
    try:
        while not _began(opened):
            if time.monotonic() > ends:
                limit.note_timeout()
                raise StoreUnavailable("the database is busy: another process does not finish writing")
            # At random, so that two processes do not fall into step.
            time.sleep(random.uniform(0, _TRY_AGAIN_SECONDS))  # noqa: S311
    finally:
        opened.execute(f"PRAGMA busy_timeout={busy_seconds * 1000:.0f}")


def _began(opened: sqlite3.Connection) -> bool:
    try:
        opened.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


def use_wal(opened: sqlite3.Connection, seconds: float) -> None:
    """Once a database; the change to WAL ignores the busy timeout, so processes that start together have to take turns."""
    ends = time.monotonic() + seconds
    while opened.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            opened.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.01)
